/* Pillow's bicubic resize of rows and columns, bit for bit.
 *
 * Pillow weighs 8-bit values with coefficients in fixed point, and integers add up to the same in
 * any order. Each coefficient is taken as two 16-bit numbers: processors multiply and add pairs of
 * these at once.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "loops.h"

enum {
    PRECISION = 22,     /* Pillow's fixed point */
    LOW_BITS = 11,      /* of a coefficient, in the lower of its two numbers */
    SEGMENT = 256,      /* products that are added up in 32 bits: 256 * 255 * 2^15 < 2^31 */
    SHORT = 16,         /* weights, up to which the sums of a value are kept side by side: two thirds
                         * of the time; with twice as many nothing is won */
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
/* Two neighbours, four bytes each, as pairs of 16-bit values: r r g g b b x x. */
static inline __m128i paired(__m128i one, __m128i other)
{
    return _mm_unpacklo_epi16(one, other);
}

/* A row as all pairs of neighbours: those that begin at even places, and those at odd ones.
 *
 * length: of the row with the zeros that fill it up, even; at least two more than width.
 * even, odd: length / 2 pairs each, 8 values a pair.
 */
static inline void pair_up(const uint32_t *pixels, size_t width, size_t length,
                           int16_t *restrict even, int16_t *restrict odd)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i before = zero; /* the last pixel of the pair before */
    for (size_t x = 0; x < length; x += 2) {
        __m128i two = zero;
        if (x + 1 < width)
            two = _mm_loadl_epi64((const __m128i *)(pixels + x));
        else if (x < width)
            two = _mm_cvtsi32_si128((int32_t)pixels[x]);
        __m128i both = _mm_unpacklo_epi8(two, zero), second = _mm_srli_si128(both, 8);
        _mm_storeu_si128((__m128i *)(even + 4 * x), paired(both, second));
        if (x)
            _mm_storeu_si128((__m128i *)(odd + 4 * (x - 2)), paired(before, both));
        before = second;
    }
    _mm_storeu_si128((__m128i *)(odd + 4 * (length - 2)), paired(before, zero));
}

/* Resize rows of RGB with few weights for a value: nothing is left to add up at the end of each.
 *
 * room: 8 * (width + longest + 3).
 */
static inline void narrow_short(const uint32_t *pixels, size_t rows, size_t width,
                                const Weights *weights, int16_t *room, uint8_t *out)
{
    size_t longest = weights->longest, length = (width + longest + 3) & ~(size_t)1;
    int16_t *even = room, *odd = room + 4 * length;
    const __m128i half = _mm_set1_epi32(1 << (PRECISION - 1));
    for (size_t y = 0; y < rows; y++) {
        pair_up(pixels + y * width, width, length, even, odd);
        for (size_t x = 0; x < weights->px; x++) {
            size_t first = (size_t)weights->first[x];
            const int16_t *pairs = (first & 1 ? odd : even) + 8 * (first / 2);
            const int16_t *high = weights->high + x * longest, *low = weights->low + x * longest;
            __m128i highs = _mm_setzero_si128(), lows = half;
            for (size_t i = 0; i < longest; i += 2) {
                int32_t two_high, two_low;
                memcpy(&two_high, high + i, sizeof two_high);
                memcpy(&two_low, low + i, sizeof two_low);
                __m128i values = _mm_loadu_si128((const __m128i *)(pairs + 4 * i));
                highs = _mm_add_epi32(highs, _mm_madd_epi16(values, _mm_set1_epi32(two_high)));
                lows = _mm_add_epi32(lows, _mm_madd_epi16(values, _mm_set1_epi32(two_low)));
            }
            /* Pillow's sums fit into 32 bits, too. */
            __m128i total = _mm_add_epi32(_mm_slli_epi32(highs, LOW_BITS), lows);
            __m128i value = _mm_packs_epi32(_mm_srai_epi32(total, PRECISION), total);
            int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(value, value));
            memcpy(out + 3 * (y * weights->px + x), &bytes, 3);
        }
    }
}
#endif

/* Resize rows of RGB to another width.
 *
 * pixels: (rows, width), four bytes each, the first channel the lowest; the fourth does not count.
 * room: 8 * (width + longest + 3).
 * out: (rows, px, 3), written to.
 */
FOR_EACH_PROCESSOR
void narrow_colours(const uint32_t *pixels, size_t rows, size_t width, const Weights *weights,
                    int16_t *room, uint8_t *out)
{
    size_t longest = weights->longest, length = width + longest;
#ifdef __SSE2__
    if (longest <= SHORT && longest % 2 == 0) {
        narrow_short(pixels, rows, width, weights, room, out);
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
