/* Exact sums of 8-bit values and of their products, and pixels sorted by channel. */
#include "loops.h"

enum { SEGMENT = 1 << 14 }; /* products of 8-bit values that are added up in 32 bits */

static inline int32_t sum(const int16_t *values, size_t count)
{
    int32_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

static inline int32_t sum_of_products(const int16_t *one, const int16_t *other, size_t count)
{
    int32_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += (int32_t)one[i] * other[i];
    return total;
}

/* Sort pixels by channel, and add up the channels and the products of each two.
 *
 * pixels: (rows, width), four bytes each, the first channel the lowest.
 * channels: 3 or 4.
 * room: 4 * width.
 * planar: (rows, channels, width), written to.
 * totals: (channels + channels * (channels + 1) / 2), added to, modulo 2^64.
 */
FOR_EACH_PROCESSOR
void split_and_add(const uint32_t *pixels, size_t rows, size_t width, size_t channels,
                   int16_t *room, uint8_t *planar, int64_t *totals)
{
    for (size_t y = 0; y < rows; y++) {
        const uint32_t *row = pixels + y * width;
        for (size_t c = 0; c < channels; c++) {
            uint8_t *restrict plane = planar + (y * channels + c) * width;
            int16_t *restrict values = room + c * width;
            unsigned shift = 8 * (unsigned)c;
            for (size_t x = 0; x < width; x++) {
                uint32_t value = (row[x] >> shift) & 255;
                plane[x] = (uint8_t)value;
                values[x] = (int16_t)value;
            }
        }
        for (size_t start = 0; start < width; start += SEGMENT) {
            size_t count = width - start < SEGMENT ? width - start : SEGMENT;
            size_t entry = channels;
            for (size_t c = 0; c < channels; c++) {
                const int16_t *one = room + c * width + start;
                totals[c] = (int64_t)((uint64_t)totals[c] + (uint64_t)sum(one, count));
                for (size_t d = c; d < channels; d++, entry++) {
                    int32_t products = sum_of_products(one, room + d * width + start, count);
                    totals[entry] = (int64_t)((uint64_t)totals[entry] + (uint64_t)products);
                }
            }
        }
    }
}

/* Add up the first three channels alone.
 *
 * pixels: (rows, width), four bytes each.
 * totals: (3), added to, modulo 2^64.
 */
FOR_EACH_PROCESSOR
void add_channels(const uint32_t *pixels, size_t rows, size_t width, int64_t *totals)
{
    for (size_t y = 0; y < rows; y++) {
        const uint32_t *row = pixels + y * width;
        for (size_t start = 0; start < width; start += SEGMENT) {
            size_t end = width - start < SEGMENT ? width : start + SEGMENT;
            uint32_t reds = 0, greens = 0, blues = 0;
            for (size_t x = start; x < end; x++) {
                reds += row[x] & 255;
                greens += (row[x] >> 8) & 255;
                blues += (row[x] >> 16) & 255;
            }
            totals[0] = (int64_t)((uint64_t)totals[0] + reds);
            totals[1] = (int64_t)((uint64_t)totals[1] + greens);
            totals[2] = (int64_t)((uint64_t)totals[2] + blues);
        }
    }
}

/* Add up values and their squares.
 *
 * pixels: (rows, width).
 * room: width.
 * totals: (2), added to, modulo 2^64.
 */
FOR_EACH_PROCESSOR
void add_grey(const uint8_t *pixels, size_t rows, size_t width, int16_t *room, int64_t *totals)
{
    uint64_t values = (uint64_t)totals[0], squares = (uint64_t)totals[1];
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < width; x++)
            room[x] = pixels[y * width + x];
        for (size_t start = 0; start < width; start += SEGMENT) {
            size_t count = width - start < SEGMENT ? width - start : SEGMENT;
            values += (uint64_t)sum(room + start, count);
            squares += (uint64_t)sum_of_products(room + start, room + start, count);
        }
    }
    totals[0] = (int64_t)values;
    totals[1] = (int64_t)squares;
}
