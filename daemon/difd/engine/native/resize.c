/* Pillow's bicubic resize of rows and columns, bit for bit.
 *
 * Pillow weighs 8-bit values with coefficients in fixed point, and integers add up to the same in
 * any order. Each coefficient is taken as two 16-bit numbers: processors multiply and add pairs of
 * these at once.
 */
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "loops.h"

enum {
    PRECISION = 22,     /* Pillow's fixed point */
    LOW_BITS = 11,      /* of a coefficient, in the lower of its two numbers */
    SEGMENT = 256,      /* products that are added up in 32 bits: 256 * 255 * 2^15 < 2^31 */
    FEW = 16, MANY = 64, /* weights, up to which pairs are the quicker way: without AVX2, and with it */
};

/* A value of the result from its sum in fixed point. */
static inline uint8_t rounded(int64_t total)
{
    int64_t value = (total + ((int64_t)1 << (PRECISION - 1))) >> PRECISION;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* The first three channels of `width` pixels, as rows of 16-bit values. */
static inline void split(const uint32_t *pixels, size_t width, int16_t *restrict red,
                         int16_t *restrict green, int16_t *restrict blue)
{
    for (size_t x = 0; x < width; x++) {
        uint32_t pixel = pixels[x];
        red[x] = (int16_t)(pixel & 255);
        green[x] = (int16_t)((pixel >> 8) & 255);
        blue[x] = (int16_t)((pixel >> 16) & 255);
    }
}

#ifdef __SSE2__
/* Weights and pixels in pairs, for rows that are narrowed BESIDE each other. A pair of pixels is 8
 * values, r r g g b b x x; pairs begin at even places, and weights that begin at an odd one have a
 * zero before them.
 *
 * used: weights of each value, even; the others of `longest` are zeros that only fill it up.
 * weights: (px, used + 2, 2), two high ones and two low ones by turns.
 * step: values from the pairs of a row to those of the next.
 * pairs: (BESIDE, step); or, in the way of AVX2, (BESIDE / 2, 2 * step), two rows by turns.
 */
typedef struct {
    size_t used, step;
    int16_t *weights, *pairs;
} Paired;

static size_t used_of(const Weights *weights)
{
    size_t longest = weights->longest, used = longest;
    for (; used > 2; used -= 2)
        for (size_t x = 0; x < weights->px; x++) {
            const int16_t *high = weights->high + x * longest + used - 2;
            const int16_t *low = weights->low + x * longest + used - 2;
            if (high[0] | high[1] | low[0] | low[1])
                return used;
        }
    return used;
}

static Paired paired_of(const Weights *weights, size_t width, int16_t *room)
{
    size_t used = used_of(weights), longest = weights->longest, line = 2 * (used + 2);
    Paired paired = {used, 4 * ((width + used + 7) & ~(size_t)3), room, room + weights->px * line};
    memset(room, 0, weights->px * line * sizeof *room);
    for (size_t x = 0; x < weights->px; x++)
        for (size_t i = 0; i < used; i++) {
            size_t at = i + (weights->first[x] & 1);
            int16_t *two = room + x * line + 4 * (at / 2) + (at & 1);
            two[0] = weights->high[x * longest + i];
            two[2] = weights->low[x * longest + i];
        }
    return paired;
}

/* Two weights that lie side by side. */
static inline int32_t two_of(const int16_t *weights)
{
    int32_t two;
    memcpy(&two, weights, sizeof two);
    return two;
}

/* One value of a row, three channels, from its sums. */
static inline void put_value(__m128i high, __m128i low, uint8_t *out)
{
    /* Pillow's sums fit into 32 bits, too. */
    __m128i total = _mm_add_epi32(_mm_slli_epi32(high, LOW_BITS), low);
    __m128i value = _mm_packs_epi32(_mm_srai_epi32(total, PRECISION), total);
    int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(value, value));
    memcpy(out, &bytes, 3);
}

/* Four pixels of a row from a place on, zeros behind its end. */
static inline __m128i four_of(const uint32_t *pixels, size_t width, size_t x)
{
    uint32_t four[4] = {0};
    if (x + 4 <= width)
        return _mm_loadu_si128((const __m128i *)(pixels + x));
    for (size_t i = 0; x + i < width; i++)
        four[i] = pixels[x + i];
    return _mm_loadu_si128((const __m128i *)four);
}

static inline void pair_up(const uint32_t *pixels, size_t width, size_t step, int16_t *pairs)
{
    const __m128i zero = _mm_setzero_si128();
    for (size_t x = 0; 4 * x < step; x += 4) {
        __m128i four = four_of(pixels, width, x);
        __m128i first = _mm_unpacklo_epi8(four, zero), second = _mm_unpackhi_epi8(four, zero);
        first = _mm_unpacklo_epi16(first, _mm_srli_si128(first, 8));
        second = _mm_unpacklo_epi16(second, _mm_srli_si128(second, 8));
        _mm_storeu_si128((__m128i *)(pairs + 4 * x), first);
        _mm_storeu_si128((__m128i *)(pairs + 4 * x + 8), second);
    }
}

/* Resize BESIDE rows: a weight is loaded once for all of them. */
static inline void narrow_beside(const uint32_t *pixels, size_t width, const Weights *weights,
                                 const Paired *paired, uint8_t *out)
{
    size_t step = paired->step, line = 3 * weights->px;
    const __m128i zero = _mm_setzero_si128(), half = _mm_set1_epi32(1 << (PRECISION - 1));
    for (size_t row = 0; row < BESIDE; row++)
        pair_up(pixels + row * width, width, step, paired->pairs + row * step);
    for (size_t x = 0; x < weights->px; x++) {
        size_t first = (size_t)weights->first[x], count = paired->used / 2 + (first & 1);
        const int16_t *pairs = paired->pairs + 8 * (first / 2);
        const int16_t *two = paired->weights + x * 2 * (paired->used + 2);
        __m128i high0 = zero, high1 = zero, high2 = zero, high3 = zero;
        __m128i low0 = half, low1 = half, low2 = half, low3 = half;
        for (size_t i = 0; i < count; i++, pairs += 8, two += 4) {
            __m128i by_high = _mm_set1_epi32(two_of(two)), by_low = _mm_set1_epi32(two_of(two + 2));
            __m128i values0 = _mm_loadu_si128((const __m128i *)pairs);
            __m128i values1 = _mm_loadu_si128((const __m128i *)(pairs + step));
            __m128i values2 = _mm_loadu_si128((const __m128i *)(pairs + 2 * step));
            __m128i values3 = _mm_loadu_si128((const __m128i *)(pairs + 3 * step));
            high0 = _mm_add_epi32(high0, _mm_madd_epi16(values0, by_high));
            high1 = _mm_add_epi32(high1, _mm_madd_epi16(values1, by_high));
            high2 = _mm_add_epi32(high2, _mm_madd_epi16(values2, by_high));
            high3 = _mm_add_epi32(high3, _mm_madd_epi16(values3, by_high));
            low0 = _mm_add_epi32(low0, _mm_madd_epi16(values0, by_low));
            low1 = _mm_add_epi32(low1, _mm_madd_epi16(values1, by_low));
            low2 = _mm_add_epi32(low2, _mm_madd_epi16(values2, by_low));
            low3 = _mm_add_epi32(low3, _mm_madd_epi16(values3, by_low));
        }
        put_value(high0, low0, out + 3 * x);
        put_value(high1, low1, out + 3 * x + line);
        put_value(high2, low2, out + 3 * x + 2 * line);
        put_value(high3, low3, out + 3 * x + 3 * line);
    }
}

#ifdef DIFD_AVX2
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline void pair_up_two(const uint32_t *pixels, size_t width, size_t step,
                                    int16_t *pairs)
{
    const __m256i first = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1));
    const __m256i second = _mm256_add_epi8(first, _mm256_set1_epi16(8));
    for (size_t x = 0; 4 * x < step; x += 4) {
        __m256i both = _mm256_inserti128_si256(
            _mm256_castsi128_si256(four_of(pixels, width, x)), four_of(pixels + width, width, x), 1);
        _mm256_storeu_si256((__m256i *)(pairs + 8 * x), _mm256_shuffle_epi8(both, first));
        _mm256_storeu_si256((__m256i *)(pairs + 8 * x + 16), _mm256_shuffle_epi8(both, second));
    }
}

/* The same, two rows in a register. */
AVX2 static void narrow_beside_avx2(const uint32_t *pixels, size_t width, const Weights *weights,
                                    const Paired *paired, uint8_t *out)
{
    size_t step = 2 * paired->step, line = 3 * weights->px;
    const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(1 << (PRECISION - 1));
    for (size_t row = 0; row < BESIDE; row += 2)
        pair_up_two(pixels + row * width, width, paired->step, paired->pairs + row * paired->step);
    for (size_t x = 0; x < weights->px; x++) {
        size_t first = (size_t)weights->first[x], count = paired->used / 2 + (first & 1);
        const int16_t *pairs = paired->pairs + 16 * (first / 2);
        const int16_t *two = paired->weights + x * 2 * (paired->used + 2);
        __m256i high0 = zero, high2 = zero, low0 = half, low2 = half;
        for (size_t i = 0; i < count; i++, pairs += 16, two += 4) {
            __m256i by_high = _mm256_set1_epi32(two_of(two));
            __m256i by_low = _mm256_set1_epi32(two_of(two + 2));
            __m256i values0 = _mm256_loadu_si256((const __m256i *)pairs);
            __m256i values2 = _mm256_loadu_si256((const __m256i *)(pairs + step));
            high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(values0, by_high));
            high2 = _mm256_add_epi32(high2, _mm256_madd_epi16(values2, by_high));
            low0 = _mm256_add_epi32(low0, _mm256_madd_epi16(values0, by_low));
            low2 = _mm256_add_epi32(low2, _mm256_madd_epi16(values2, by_low));
        }
        put_value(_mm256_castsi256_si128(high0), _mm256_castsi256_si128(low0), out + 3 * x);
        put_value(_mm256_extracti128_si256(high0, 1), _mm256_extracti128_si256(low0, 1),
                  out + 3 * x + line);
        put_value(_mm256_castsi256_si128(high2), _mm256_castsi256_si128(low2),
                  out + 3 * x + 2 * line);
        put_value(_mm256_extracti128_si256(high2, 1), _mm256_extracti128_si256(low2, 1),
                  out + 3 * x + 3 * line);
    }
}
#endif

static int has_avx2(void)
{
#ifdef DIFD_AVX2
    return __builtin_cpu_supports("avx2") != 0;
#else
    return 0;
#endif
}

/* Resize rows of RGB, of which there are BESIDE or more; room: as that of `narrow_colours`. */
static void narrow_in_pairs(const uint32_t *pixels, size_t rows, size_t width,
                            const Weights *weights, int16_t *room, uint8_t *out)
{
    Paired paired = paired_of(weights, width, room);
    for (size_t done = 0; done < rows; done += BESIDE) {
        /* The last ones may be made twice, and become the same. */
        size_t y = rows - done < BESIDE ? rows - BESIDE : done;
        uint8_t *values = out + 3 * y * weights->px;
#ifdef DIFD_AVX2
        if (has_avx2()) {
            narrow_beside_avx2(pixels + y * width, width, weights, &paired, values);
            continue;
        }
#endif
        narrow_beside(pixels + y * width, width, weights, &paired, values);
    }
}
#endif

size_t room_to_narrow(const Weights *weights, size_t width)
{
    size_t longest = weights->longest;
    return 4 * BESIDE * (width + longest + 7) + 2 * weights->px * (longest + 2);
}

/* Resize rows of RGB to another width.
 *
 * pixels: (rows, width), four bytes each, the first channel the lowest; the fourth does not count.
 * room: room_to_narrow(weights, width).
 * out: (rows, px, 3), written to.
 */
FOR_EACH_PROCESSOR
void narrow_colours(const uint32_t *pixels, size_t rows, size_t width, const Weights *weights,
                    int16_t *room, uint8_t *out)
{
    size_t longest = weights->longest, length = width + longest;
#ifdef __SSE2__
    if (longest <= (has_avx2() ? MANY : FEW) && longest % 2 == 0 && rows >= BESIDE) {
        narrow_in_pairs(pixels, rows, width, weights, room, out);
        return;
    }
#endif
    int16_t *red = room, *green = room + length, *blue = room + 2 * length;
    memset(room, 0, 3 * length * sizeof *room);
    for (size_t y = 0; y < rows; y++) {
        split(pixels + y * width, width, red, green, blue);
        for (size_t x = 0; x < weights->px; x++) {
            size_t first = (size_t)weights->first[x];
            int64_t reds = 0, greens = 0, blues = 0;
            /* All channels at once: a weight is loaded once for three products. */
            for (size_t start = 0; start < longest; start += SEGMENT) {
                size_t count = longest - start < SEGMENT ? longest - start : SEGMENT;
                const int16_t *high = weights->high + x * longest + start;
                const int16_t *low = weights->low + x * longest + start;
                const int16_t *r = red + first + start, *g = green + first + start;
                const int16_t *b = blue + first + start;
                int32_t r_high = 0, r_low = 0, g_high = 0, g_low = 0, b_high = 0, b_low = 0;
                for (size_t i = 0; i < count; i++) {
                    r_high += (int32_t)r[i] * high[i];
                    r_low += (int32_t)r[i] * low[i];
                    g_high += (int32_t)g[i] * high[i];
                    g_low += (int32_t)g[i] * low[i];
                    b_high += (int32_t)b[i] * high[i];
                    b_low += (int32_t)b[i] * low[i];
                }
                reds += (int64_t)r_high * (1 << LOW_BITS) + r_low;
                greens += (int64_t)g_high * (1 << LOW_BITS) + g_low;
                blues += (int64_t)b_high * (1 << LOW_BITS) + b_low;
            }
            uint8_t *value = out + 3 * (y * weights->px + x);
            value[0] = rounded(reds);
            value[1] = rounded(greens);
            value[2] = rounded(blues);
        }
    }
}

/* Resize rows of grey; see `narrow_colours`.
 *
 * room: width + longest.
 * out: (rows, px), written to.
 */
FOR_EACH_PROCESSOR
void narrow_grey(const uint8_t *pixels, size_t rows, size_t width, const Weights *weights,
                 int16_t *room, uint8_t *out)
{
    size_t longest = weights->longest;
    memset(room, 0, (width + longest) * sizeof *room);
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < width; x++)
            room[x] = pixels[y * width + x];
        for (size_t x = 0; x < weights->px; x++) {
            int64_t total = 0;
            for (size_t start = 0; start < longest; start += SEGMENT) {
                size_t count = longest - start < SEGMENT ? longest - start : SEGMENT;
                const int16_t *values = room + weights->first[x] + start;
                const int16_t *high = weights->high + x * longest + start;
                const int16_t *low = weights->low + x * longest + start;
                int32_t sum_high = 0, sum_low = 0;
                for (size_t i = 0; i < count; i++) {
                    sum_high += (int32_t)values[i] * high[i];
                    sum_low += (int32_t)values[i] * low[i];
                }
                total += (int64_t)sum_high * (1 << LOW_BITS) + sum_low;
            }
            out[y * weights->px + x] = rounded(total);
        }
    }
}

/* Resize columns: the second pass, over what the first one left.
 *
 * strip: (rows, width), a value each, of any number of channels side by side.
 * room: width.
 * out: (px, width), written to.
 */
FOR_EACH_PROCESSOR
void shorten(const uint8_t *strip, size_t rows, size_t width, const Weights *weights, uint32_t *room,
             uint8_t *out)
{
    for (size_t y = 0; y < weights->px; y++) {
        size_t first = (size_t)weights->first[y];
        size_t count = rows - first < weights->longest ? rows - first : weights->longest;
        for (size_t x = 0; x < width; x++)
            room[x] = 1u << (PRECISION - 1);
        for (size_t i = 0; i < count; i++) {
            size_t at = y * weights->longest + i;
            /* Without a sign: sums of any weights are then defined, and Pillow's fit into 31 bits. */
            uint32_t weight = ((uint32_t)weights->high[at] << LOW_BITS) + (uint32_t)weights->low[at];
            const uint8_t *row = strip + (first + i) * width;
            if (weight)
                for (size_t x = 0; x < width; x++)
                    room[x] += weight * row[x];
        }
        for (size_t x = 0; x < width; x++) {
            int32_t value = (int32_t)room[x] >> PRECISION;
            out[y * width + x] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
    }
}

/* A picture of half the edges: the mean of four pixels each, rounded, as Pillow's `reduce(2)`.
 *
 * pixels: (2 * height, 2 * width), four bytes each.
 * out: (height, width), written to; the fourth byte is that of a mean, too.
 */
FOR_EACH_PROCESSOR
void halve(const uint32_t *pixels, size_t height, size_t width, uint32_t *out)
{
    for (size_t y = 0; y < height; y++) {
        const uint32_t *above = pixels + 4 * y * width, *below = above + 2 * width;
        for (size_t x = 0; x < width; x++) {
            uint32_t a = above[2 * x], b = above[2 * x + 1], c = below[2 * x], d = below[2 * x + 1];
            /* Two bytes at a time, with room for their sums between them. */
            uint32_t even = (a & 0xFF00FF) + (b & 0xFF00FF) + (c & 0xFF00FF) + (d & 0xFF00FF);
            uint32_t odd = ((a >> 8) & 0xFF00FF) + ((b >> 8) & 0xFF00FF) + ((c >> 8) & 0xFF00FF) +
                           ((d >> 8) & 0xFF00FF);
            even = ((even + 0x20002) >> 2) & 0xFF00FF;
            odd = ((odd + 0x20002) >> 2) & 0xFF00FF;
            out[y * width + x] = even | odd << 8;
        }
    }
}
