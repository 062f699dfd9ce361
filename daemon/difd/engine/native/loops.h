/* The loops, without Python: what each file offers to the `…_calls.c`.
 *
 * All arrays are in one piece, in the order of their places, aligned to their values, and do not
 * overlap. Nobody here allocates: room to work in comes from the caller, who owns everything. Sizes
 * and indices were checked there; what can be computed from the values alone is safe for any
 * values. Floating-point operations are done in the order that is written: the results are the same
 * on every machine, with and without AVX2 and AVX-512.
 */
#ifndef DIFD_LOOPS_H
#define DIFD_LOOPS_H

#include <stddef.h>
#include <stdint.h>

/* A function that is compiled several times, for all processors, those with AVX2 and those with
 * AVX-512; the C library chooses when the module is loaded. Only glibc can do so. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(DIFD_PLAIN) && !defined(__clang__) && \
    __GNUC__ >= 12 && !defined(DIFD_NO_AVX512)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#elif defined(__x86_64__) && defined(__GLIBC__) && !defined(DIFD_PLAIN) && \
    ((defined(__clang__) && __clang_major__ >= 14) || (!defined(__clang__) && __GNUC__ >= 9))
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#define DIFD_ONE_PROCESSOR
#endif
#ifndef DIFD_ONE_PROCESSOR
#define DIFD_AVX2 /* what is written for AVX2 by hand can be compiled, too */
#endif

/* Have memory read that is needed soon. */
#if defined(__GNUC__)
#define PREFETCH(place) __builtin_prefetch(place)
#else
#define PREFETCH(place) ((void)(place))
#endif

/* resize.c */

enum { BESIDE = 4 }; /* rows that are narrowed at once */

/* What the values of a resized row are made of. */
typedef struct {
    size_t px;            /* values of the result */
    size_t longest;       /* weights of each */
    const int64_t *first; /* (px), where its values begin; 0 to the width of a row */
    const int16_t *high;  /* (px, longest), weight >> 11 */
    const int16_t *low;   /* (px, longest), weight & 2047 */
} Weights;

size_t room_to_narrow(const Weights *weights, size_t width); /* values */
void narrow_colours(const uint32_t *pixels, size_t rows, size_t width, const Weights *weights,
                    int16_t *room, uint8_t *out);
void narrow_grey(const uint8_t *pixels, size_t rows, size_t width, const Weights *weights,
                 int16_t *room, uint8_t *out);
void shorten(const uint8_t *strip, size_t rows, size_t width, const Weights *weights, uint32_t *room,
             uint8_t *out);
void halve(const uint32_t *pixels, size_t height, size_t width, uint32_t *out);

/* grey.c */

enum { TURNED_ROWS = 16 }; /* rows that are turned over at once */

void grey_columns(const void *pixels, size_t bytes, size_t height, size_t width, size_t across,
                  size_t down, uint32_t *room, uint8_t *strip, uint8_t *out);
void turn_over(const uint8_t *values, size_t rows, size_t width, uint8_t *out);

/* sums.c */

void split_and_add(const uint32_t *pixels, size_t rows, size_t width, size_t channels,
                   int16_t *room, uint8_t *planar, int64_t *totals);
void add_channels(const uint32_t *pixels, size_t rows, size_t width, int64_t *totals);
void add_grey(const uint8_t *pixels, size_t rows, size_t width, int16_t *room, int64_t *totals);

/* signature.c */

enum { FOLD = 5, REST = 3 };

/* The colour transform and the DCT of tensors of one size. */
typedef struct {
    size_t px;            /* edge of a tensor */
    size_t strip;         /* rows that are taken at once; a multiple of FOLD */
    size_t frequencies;   /* rows of the basis */
    const double *basis;  /* (frequencies, px + strip), the DCT; filled up with zeros */
    size_t lines;         /* combinations of channel and row frequency */
    const int64_t *kinds; /* (lines, 2): channel 0 to 2, row frequency */
    size_t length;        /* numbers of a signature */
    const int64_t *order; /* (length, 3): line, column frequency, channel 0 to 2 or REST */
    double factors[3];    /* of the channels, to make the transform orthonormal */
} Transform;

/* Room for the work on one tensor. */
typedef struct {
    int16_t *channels; /* (2, 3, strip, px) */
    double *rows;      /* (6, strip, px) */
    double *along;     /* (lines, px) */
} TransformRoom;

void transform_tensor(const Transform *transform, const uint8_t *tensor, const TransformRoom *room,
                      float *signature, int64_t *sums);

/* candidates.c */

enum { FIRST = 16, MOST_TURNS = 8 };

/* How turns act on signatures. */
typedef struct {
    size_t count;          /* of turns, at most MOST_TURNS */
    size_t length;         /* numbers of a signature, at least FIRST */
    const uint8_t *codes;  /* (count), 0 to 7 */
    const int64_t *order;  /* (count, length), which number comes to each place */
    const float *signs;    /* (count, length), what it is multiplied by */
} Turns;

/* Which images are compared with which, as places in arrays of `images`. */
typedef struct {
    size_t images;
    size_t axes;              /* coordinates of each, at least 1 */
    const float *coordinates; /* (axes, images) */
    const float *signatures;  /* (images, length) */
    size_t core;              /* columns before this one are compared with rows before them only */
    size_t top, bottom;       /* rows */
    size_t left, right;       /* columns */
} Tile;

/* Pairs that were found; room for (bottom - top) * (right - left) of them. */
typedef struct {
    int32_t *rows, *columns;
    uint8_t *turns;
} Pairs;

size_t near_pairs(const Tile *tile, double reach, float reach_squared, float radius_squared,
                  const Turns *turns, float *distance, int32_t *close, float *turned,
                  const Pairs *pairs);
int turns_of_pairs(const float *signatures, size_t images, const int64_t *rows,
                   const int64_t *columns, size_t count, float radius_squared, const Turns *turns,
                   float *turned, uint8_t *near);

/* distance.c */

enum { CODES = 8, KINDS = 7, BACKDROPS = 6 };

/* An image whose planes are compared. */
typedef struct {
    const uint8_t *planes; /* (count, px, px, 3) */
    size_t count;          /* less than KINDS */
    int64_t frames;
} Image;

/* Which turns are tried, and which planes. */
typedef struct {
    size_t px;
    const int64_t *steps;    /* (CODES, 3): where a turn finds row y, column x: [0] + y [1] + x [2] */
    const uint8_t *inverse;  /* (CODES), 0 to 7 */
    const int8_t *compared;  /* (KINDS, KINDS, 2, BACKDROPS, 2), planes below both counts, or -1 */
} Comparison;

/* Turned copies of one tensor. */
typedef struct {
    size_t slots;    /* how many are kept */
    uint8_t *copies; /* (slots, px, px, 3) */
    int codes[CODES];
    size_t rows[CODES];
} TurnedCopies;

void closest(const Comparison *comparison, const Image *images, const int32_t *a, const int32_t *b,
             const uint8_t *later, const uint8_t *turns, size_t count, TurnedCopies *turned,
             int64_t *ssd, int8_t *turn, const volatile uint8_t *stop);

/* blocks.c */

enum { BLOCK = 8, TERMS = 5 };

void split_colours(const uint8_t *pixels, size_t height, size_t width, ptrdiff_t down,
                   ptrdiff_t across, float *room, uint8_t *luma, uint8_t *blue, uint8_t *red);
void add_moments(const uint8_t *one, const uint8_t *other, size_t height, size_t width,
                 double *moments);
void measure_blocks(const uint8_t *one, const uint8_t *other, size_t height, size_t width,
                    const float *shared, const float *basis, const float *weight, float *out);

/* pyramid.c */

enum { LEVELS = 6, DIFFERENCES = LEVELS - 1, MOST_RADIUS = 63 };

void blur(const int16_t *level, size_t height, size_t width, const int16_t *weights, size_t radius,
          int16_t *room, int16_t *out);
size_t find_extrema(const int16_t *levels, size_t height, size_t width, int16_t lowest,
                    int16_t *room, size_t most, float *out);

/* describe.c */

enum { TURNED = 13, ANGLES = 32, GRID = 20, CELLS = 4, LOBES = 8 };

/* Samples around a place, and what is found there: room for the work. */
typedef struct {
    size_t count;
    float u[GRID * GRID], v[GRID * GRID], weight[GRID * GRID]; /* where they lie on the grid */
    float x[GRID * GRID], y[GRID * GRID];                      /* fractions of their positions */
    float seen[GRID * GRID];
    int32_t place[GRID * GRID];
    int32_t above[GRID * GRID], upper[2 * GRID * GRID]; /* values around them, two and two */
    int32_t lower[2 * GRID * GRID], below[GRID * GRID];
    float across[GRID * GRID], down[GRID * GRID]; /* gradients */
    float inverse[GRID * GRID];                   /* one over their lengths, 0 for none */
} Samples;

void spread_of_directions(const int16_t *level, size_t height, size_t width, const float *points,
                          size_t count, const float *window, const float *directions,
                          Samples *samples, float *out);
void describe(const int16_t *level, size_t height, size_t width, const float *points, size_t count,
              const float *weights, Samples *samples, float *out);

/* How many bits are set. */
static inline int bits_of(uint64_t x)
{
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)((x * 0x0101010101010101u) >> 56);
}

/* geometry.c */

enum { PLACE = 5, RASTER = 48, MOST_GUESSES = 300 };

/* The features of a picture. */
typedef struct {
    size_t count;
    const uint64_t *codes; /* (count) */
    const float *places;   /* (count, PLACE): column and row and scale in long edges; cosine, sine */
} Features;

/* Room for the work on two pictures, of `a` and `b` features. */
typedef struct {
    int32_t *best, *whose;     /* (b) */
    int32_t *first, *second;   /* (a + b) */
    uint8_t *agrees, *trial;   /* (a + b) */
} GeometryRoom;

int lie_of(const Features *a, const Features *b, int limit, const GeometryRoom *room, double *map);

/* laying.c */

enum { LIKENESSES = 6, MAP_NUMBERS = 8 };

void window_means(const float *plane, size_t height, size_t width, size_t radius, double *room,
                  float *out);
void window_likeness(const float *one, const float *other, size_t height, size_t width,
                     size_t radius, double *room, float *out);
void warp(const float *part, size_t height, size_t width, const double *matrix,
          const double *bounds, size_t rows, size_t columns, float *out, uint8_t *seen);
void add_slopes(const float *theirs, const float *rest, const float *say, size_t height,
                size_t width, const double *unit, double *out);

/* votes.c */

enum { FLIP_BITS = 2, FLIPS = 3 };

/* The codes of all pictures, and what a table does with them. */
typedef struct {
    size_t count;            /* of codes */
    const uint64_t *codes;   /* (count) */
    const int32_t *pictures; /* (count), below 2^24 */
    const uint8_t *turns;    /* (count), angles in 256ths of a turn */
    const uint8_t *zooms;    /* (count), scales in eighths of an octave, at most 127 */
    size_t earlier;
    const uint64_t *masks;   /* (earlier), bits that earlier tables group by */
    size_t ways;             /* 1 to 4 */
    const uint64_t *flips;   /* (ways): none, mirrored, inverted, both */
    int limit;               /* bits in which codes may differ */
} Index;

/* Votes: two pictures and how one lies in the other; `count` may be more than there is room for. */
typedef struct {
    uint64_t *votes;
    size_t most, count;
} Ballots;

void count_repeats(const uint64_t *codes, size_t count, int limit, int32_t *counts);

size_t enter_codes(const uint64_t *codes, const int64_t *numbers, size_t count,
                   const uint64_t *flips, size_t kinds, const int64_t *bits, size_t length,
                   const uint8_t *wanted, size_t beginning, uint64_t *out);
void cast_votes(const Index *index, const uint64_t *entries, size_t count, int length, int least,
                size_t crowd, Ballots *ballots);

#endif
