/* The detail check: planes, what all of them share, what their blocks differ by.
 *
 * All work on planes of 8-bit values; a plane of 12 megapixels is passed twice.
 */
#include <string.h>

#include "loops.h"

enum {
    EDGE = BLOCK + 2,
    MOMENTS = TERMS + 1,
    PARTS = 32,  /* of a sum */
    STRIP = 512, /* columns that are taken at once: all their terms fit the nearest cache */
};

static inline float middle(uint8_t one, uint8_t other)
{
    return 0.5F * ((float)one + (float)other);
}

static inline size_t within(ptrdiff_t place, size_t length)
{
    return place < 0 ? 0 : (size_t)place >= length ? length - 1 : (size_t)place;
}

/* A colour difference of four pixels as 8 bits. */
static inline uint8_t as_colour(double gain, float mean)
{
    double value = 128.5 + gain * (double)mean;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* RGB as brightness and two colour differences of half its size, as JPEG (BT.601).
 *
 * pixels: (height, width), four bytes each, the first three red, green, blue; `down` and `across`
 *     are the steps in bytes from row to row and from pixel to pixel.
 * room: 2 * 2 * ((width + 1) / 2).
 * luma: (height, width); blue, red: ((height + 1) / 2, (width + 1) / 2), written to.
 */
FOR_EACH_PROCESSOR
void split_colours(const uint8_t *pixels, size_t height, size_t width, ptrdiff_t down,
                   ptrdiff_t across, float *room, uint8_t *luma, uint8_t *blue, uint8_t *red)
{
    size_t half = (width + 1) / 2;
    float *restrict blues = room, *restrict reds = room + 2 * half;
    for (size_t top = 0; 2 * top < height; top++) {
        size_t rows = height - 2 * top < 2 ? 1 : 2;
        memset(room, 0, 4 * half * sizeof *room);
        for (size_t y = 2 * top; y < 2 * top + rows; y++) {
            const uint8_t *row = pixels + (ptrdiff_t)y * down;
            uint8_t *restrict out = luma + y * width;
            for (size_t x = 0; x < width; x++) {
                const uint8_t *pixel = row + (ptrdiff_t)x * across;
                float r = pixel[0], g = pixel[1], b = pixel[2];
                float bright = (0.299F * r + 0.587F * g) + 0.114F * b;
                out[x] = (uint8_t)(bright + 0.5F);
                blues[x] += b - bright;
                reds[x] += r - bright;
            }
        }
        if (width % 2) {
            blues[width] = blues[width - 1];
            reds[width] = reds[width - 1];
        }
        float share = (float)(2 * rows);
        for (size_t x = 0; x < half; x++) {
            blue[top * half + x] = as_colour(0.564, (blues[2 * x] + blues[2 * x + 1]) / share);
            red[top * half + x] = as_colour(0.713, (reds[2 * x] + reds[2 * x + 1]) / share);
        }
    }
}

/* The sum of products, in PARTS parts, so that processors add several at once. */
static inline float scalar_product(const float *one, const float *other, size_t count)
{
    float parts[PARTS] = {0}, rest = 0;
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

/* The mean of two rows. */
static inline void mean_of_rows(const uint8_t *one, const uint8_t *other, size_t width,
                                float *restrict out)
{
    for (size_t x = 0; x < width; x++)
        out[x] = middle(one[x], other[x]);
}

/* What all of a picture may share, (inner) of each, from three rows of means, (inner + 2) each. */
static inline void terms_of(const float *above, const float *here, const float *below,
                            size_t inner, float *restrict gain, float *restrict right,
                            float *restrict down, float *restrict sharp)
{
    for (size_t x = 0; x < inner; x++) {
        float centre = here[x + 1], west = here[x], east = here[x + 2];
        float north = above[x + 1], south = below[x + 1];
        gain[x] = centre - 128.0F;
        right[x] = 0.5F * (east - west);
        down[x] = 0.5F * (south - north);
        sharp[x] = ((west + east) + (north + south)) - 4.0F * centre;
    }
}

/* The difference of two rows. */
static inline void change_of_rows(const uint8_t *one, const uint8_t *other, size_t width,
                                  float *restrict out)
{
    for (size_t x = 0; x < width; x++)
        out[x] = (float)other[x] - (float)one[x];
}

/* The sums for the least-squares fit of `other - one` by the terms of their mean.
 *
 * one, other: (height, width), both at least 3. Every second row is looked at.
 * moments: (TERMS, MOMENTS), products of the terms, and of each with the difference; the upper
 *     triangle is added to.
 */
FOR_EACH_PROCESSOR
void add_moments(const uint8_t *one, const uint8_t *other, size_t height, size_t width,
                 double *moments)
{
    float above[STRIP + 2], here[STRIP + 2], below[STRIP + 2], terms[MOMENTS][STRIP];
    for (size_t x = 0; x < STRIP; x++)
        terms[0][x] = 1;
    for (size_t y = 1; y + 1 < height; y += 2) {
        for (size_t start = 0; start < width - 2; start += STRIP) {
            size_t count = width - 2 - start < STRIP ? width - 2 - start : STRIP;
            const uint8_t *row = one + y * width + start, *other_row = other + y * width + start;
            mean_of_rows(row - width, other_row - width, count + 2, above);
            mean_of_rows(row, other_row, count + 2, here);
            mean_of_rows(row + width, other_row + width, count + 2, below);
            terms_of(above, here, below, count, terms[1], terms[2], terms[3], terms[4]);
            change_of_rows(row + 1, other_row + 1, count, terms[5]);
            for (size_t i = 0; i < TERMS; i++)
                for (size_t j = i; j < MOMENTS; j++)
                    moments[i * MOMENTS + j] += (double)scalar_product(terms[i], terms[j], count);
        }
    }
}

/* The two-dimensional DCT of a block: basis * block * turned, where `turned` is the basis turned. */
static inline void transform(const float block[BLOCK][BLOCK], const float *basis,
                             const float turned[BLOCK][BLOCK], float out[BLOCK][BLOCK])
{
    for (size_t u = 0; u < BLOCK; u++) {
        float half[BLOCK] = {0}, row[BLOCK] = {0};
        for (size_t k = 0; k < BLOCK; k++)
            for (size_t x = 0; x < BLOCK; x++)
                half[x] += basis[u * BLOCK + k] * block[k][x];
        for (size_t k = 0; k < BLOCK; k++)
            for (size_t v = 0; v < BLOCK; v++)
                row[v] += half[k] * turned[k][v];
        memcpy(out[u], row, sizeof row);
    }
}

/* The weighted sum of products of two transformed blocks. */
static inline float energy(const float values[BLOCK][BLOCK], const float others[BLOCK][BLOCK],
                           const float weight[BLOCK][BLOCK])
{
    float parts[BLOCK] = {0};
    for (size_t u = 0; u < BLOCK; u++)
        for (size_t v = 0; v < BLOCK; v++)
            parts[v] += values[u][v] * others[u][v] * weight[u][v];
    return ((parts[0] + parts[4]) + (parts[2] + parts[6])) +
           ((parts[1] + parts[5]) + (parts[3] + parts[7]));
}

/* What every block of two planes differs by, without what all of them share.
 *
 * one, other: (height, width), both at least BLOCK.
 * shared: (TERMS), how much of each term `other - one` has.
 * basis: (BLOCK, BLOCK), the orthonormal DCT; rows are frequencies.
 * weight: (BLOCK, BLOCK), what the square of each coefficient counts; a block's mean is no texture.
 * out: (blocks down, blocks across, 4), written to: the weighted energy of the difference, the
 *     weighted texture of each plane, and that of their product. The last row and column of blocks
 *     end with the plane, and overlap their neighbours.
 */
FOR_EACH_PROCESSOR
void measure_blocks(const uint8_t *one, const uint8_t *other, size_t height, size_t width,
                    const float *shared, const float *basis, const float *weight, float *out)
{
    float turned[BLOCK][BLOCK], all[BLOCK][BLOCK], texture[BLOCK][BLOCK];
    float change[BLOCK][BLOCK], first[BLOCK][BLOCK], second[BLOCK][BLOCK];
    float result[BLOCK][BLOCK], others[BLOCK][BLOCK], both[EDGE][EDGE];
    for (size_t u = 0; u < BLOCK; u++)
        for (size_t v = 0; v < BLOCK; v++) {
            turned[v][u] = basis[u * BLOCK + v];
            all[u][v] = weight[u * BLOCK + v];
            texture[u][v] = u + v == 0 ? 0 : weight[u * BLOCK + v];
        }
    for (size_t down = 0; down * BLOCK < height; down++) {
        size_t top = down * BLOCK < height - BLOCK ? down * BLOCK : height - BLOCK;
        for (size_t across = 0; across * BLOCK < width; across++, out += 4) {
            size_t left = across * BLOCK < width - BLOCK ? across * BLOCK : width - BLOCK;
            for (size_t y = 0; y < EDGE; y++) {
                size_t row = within((ptrdiff_t)(top + y) - 1, height) * width;
                for (size_t x = 0; x < EDGE; x++) {
                    size_t place = row + within((ptrdiff_t)(left + x) - 1, width);
                    both[y][x] = middle(one[place], other[place]);
                }
            }
            for (size_t y = 0; y < BLOCK; y++)
                for (size_t x = 0; x < BLOCK; x++) {
                    size_t place = (top + y) * width + left + x;
                    float a = one[place], b = other[place], centre = both[y + 1][x + 1];
                    float west = both[y + 1][x], east = both[y + 1][x + 2];
                    float north = both[y][x + 1], south = both[y + 2][x + 1];
                    float sharp = ((west + east) + (north + south)) - 4.0F * centre;
                    change[y][x] = b - a - shared[0] - shared[1] * (centre - 128.0F) -
                                   shared[2] * 0.5F * (east - west) -
                                   shared[3] * 0.5F * (south - north) - shared[4] * sharp;
                    first[y][x] = a;
                    second[y][x] = b;
                }
            transform(change, basis, turned, result);
            out[0] = energy(result, result, all);
            transform(first, basis, turned, result);
            transform(second, basis, turned, others);
            out[1] = energy(result, result, texture);
            out[2] = energy(others, others, texture);
            out[3] = energy(result, others, texture);
        }
    }
}
