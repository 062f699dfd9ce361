/* Signatures of tensors: one pass over the bytes, exact integers up to the first cosine.
 *
 * Sums of products are taken in eight parts, so that processors add several at once; `signature.py`
 * proves its bound for any order.
 */
#include <math.h>
#include <string.h>

#include "loops.h"

enum {
    PARTS = 8,          /* of a sum */
    SQUARES = 1 << 14,  /* squares of bytes that are added up in 32 bits */
};

/* The sum of the squares of bytes, exact. */
static inline uint64_t squares_of(const uint8_t *bytes, size_t count)
{
    uint64_t total = 0;
    for (size_t start = 0; start < count; start += SQUARES) {
        size_t part = count - start < SQUARES ? count - start : SQUARES;
        const uint8_t *some = bytes + start;
        int32_t sum = 0;
        for (size_t i = 0; i < part; i++) {
            int16_t value = some[i];
            sum += (int32_t)value * value;
        }
        total += (uint64_t)sum;
    }
    return total;
}

/* The colour transform without its factors; adds the sum of each channel to `sums`.
 *
 * pixels: (count, 3).
 * R + G + B, R - B and R - 2 G + B: (count) each, written to.
 */
static inline void split(const uint8_t *pixels, size_t count, int16_t *restrict brightness,
                         int16_t *restrict second, int16_t *restrict third, int64_t *sums)
{
    int64_t totals[3] = {0, 0, 0};
    for (size_t start = 0; start < count; start += SQUARES) {
        size_t end = count - start < SQUARES ? count : start + SQUARES;
        int32_t one = 0, two = 0, three = 0;
        for (size_t x = start; x < end; x++) {
            int16_t red = pixels[3 * x], green = pixels[3 * x + 1], blue = pixels[3 * x + 2];
            brightness[x] = (int16_t)(red + green + blue);
            second[x] = (int16_t)(red - blue);
            third[x] = (int16_t)(red - 2 * green + blue);
        }
        for (size_t x = start; x < end; x++)
            one += brightness[x];
        for (size_t x = start; x < end; x++)
            two += second[x];
        for (size_t x = start; x < end; x++)
            three += third[x];
        totals[0] += one;
        totals[1] += two;
        totals[2] += three;
    }
    for (int channel = 0; channel < 3; channel++)
        sums[channel] += totals[channel];
}

/* Sums and differences of rows from above and, in reverse order, from below.
 *
 * above, below: (3, strip, px), of which `rows` rows count.
 * out: (6, strip, px), written to; rows that do not count become zeros.
 */
static inline void mirror(const int16_t *above, const int16_t *below, size_t px, size_t rows,
                          size_t strip, double *out)
{
    for (size_t channel = 0; channel < 3; channel++) {
        double *even = out + 2 * channel * strip * px, *odd = even + strip * px;
        for (size_t row = 0; row < rows; row++) {
            const int16_t *one = above + (channel * strip + row) * px;
            const int16_t *other = below + (channel * strip + rows - 1 - row) * px;
            double *restrict sums = even + row * px, *restrict differences = odd + row * px;
            for (size_t x = 0; x < px; x++) {
                sums[x] = (int32_t)one[x] + other[x];
                differences[x] = (int32_t)one[x] - other[x];
            }
        }
        memset(even + rows * px, 0, (strip - rows) * px * sizeof *even);
        memset(odd + rows * px, 0, (strip - rows) * px * sizeof *odd);
    }
}

/* Add weighted rows to a row, FOLD at once: fewer trips to memory.
 *
 * rows: (count, px), count being a multiple of FOLD.
 */
static inline void add_rows(const double *rows, size_t count, size_t px, const double *weights,
                            double *restrict target)
{
    for (size_t row = 0; row < count; row += FOLD) {
        double a = weights[row], b = weights[row + 1], c = weights[row + 2];
        double d = weights[row + 3], e = weights[row + 4];
        const double *one = rows + row * px, *two = one + px, *three = two + px;
        const double *four = three + px, *five = four + px;
        for (size_t x = 0; x < px; x++)
            target[x] += ((a * one[x] + b * two[x]) + (c * three[x] + d * four[x])) + e * five[x];
    }
}

/* The sum of products. */
static inline double scalar_product(const double *one, const double *other, size_t count)
{
    double parts[PARTS] = {0}, rest = 0;
    size_t whole = count - count % PARTS;
    for (size_t x = 0; x < whole; x += PARTS)
        for (size_t part = 0; part < PARTS; part++)
            parts[part] += one[x + part] * other[x + part];
    for (size_t x = whole; x < count; x++)
        rest += one[x] * other[x];
    for (size_t apart = PARTS / 2; apart > 0; apart /= 2)
        for (size_t part = 0; part < apart; part++)
            parts[part] += parts[part + apart];
    return parts[0] + rest;
}

/* The signature of a tensor, and the sums of its transformed channels.
 *
 * tensor: (px, px, 3).
 * signature: (length), written to.
 * sums: (3) of R + G + B, R - B and R - 2 G + B, written to; exact.
 */
FOR_EACH_PROCESSOR
void transform_tensor(const Transform *transform, const uint8_t *tensor, const TransformRoom *room,
                      float *signature, int64_t *sums)
{
    size_t px = transform->px, strip = transform->strip, half = (px + 1) / 2;
    size_t wide = px + strip;
    int16_t *above = room->channels, *below = room->channels + 3 * strip * px;
    uint64_t squares = 0;
    memset(sums, 0, 3 * sizeof *sums);
    memset(room->along, 0, transform->lines * px * sizeof *room->along);
    /* Cosines are even or odd about the middle: sums and differences of rows halve the work. */
    for (size_t top = 0; top < half; top += strip) {
        size_t rows = half - top < strip ? half - top : strip;
        const uint8_t *upper = tensor + 3 * px * top;
        const uint8_t *lower = tensor + 3 * px * (px - top - rows);
        /* The middle row of an odd number of rows has no partner. */
        size_t skipped = 2 * (top + rows) > px ? px : 0;
        size_t count = rows * px;
        squares += squares_of(upper, 3 * count);
        split(upper, count, above, above + strip * px, above + 2 * strip * px, sums);
        for (size_t channel = 0; channel < 3; channel++)
            memset(below + channel * strip * px, 0, skipped * sizeof *below);
        int16_t *rest = below + skipped;
        squares += squares_of(lower + 3 * skipped, 3 * (count - skipped));
        split(lower + 3 * skipped, count - skipped, rest, rest + strip * px,
              rest + 2 * strip * px, sums);
        mirror(above, below, px, rows, strip, room->rows);
        for (size_t line = 0; line < transform->lines; line++) {
            size_t channel = (size_t)transform->kinds[2 * line];
            size_t u = (size_t)transform->kinds[2 * line + 1];
            add_rows(room->rows + (2 * channel + u % 2) * strip * px, strip, px,
                     transform->basis + u * wide + top, room->along + line * px);
        }
    }
    double kept = 0;
    for (size_t number = 0; number < transform->length; number++) {
        const int64_t *entry = transform->order + 3 * number;
        if (entry[2] == REST)
            continue;
        double value = scalar_product(room->along + (size_t)entry[0] * px,
                                      transform->basis + (size_t)entry[1] * wide, px);
        value *= transform->factors[entry[2]];
        kept += value * value;
        signature[number] = (float)value;
    }
    double rest = (double)squares - kept;
    for (size_t number = 0; number < transform->length; number++)
        if (transform->order[3 * number + 2] == REST)
            signature[number] = (float)sqrt(rest > 0 ? rest : 0);
}
