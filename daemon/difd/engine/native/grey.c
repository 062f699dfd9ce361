/* Pictures in grey, made of the means of blocks, bit for bit as Pillow's `convert("L")` and `reduce`.
 *
 * Results are turned over, so that a resize of their rows is one of columns: many values at once.
 */
#include <string.h>

#include "loops.h"

/* The luma of a pixel by ITU-R 601. */
static inline uint32_t luma_of(uint32_t pixel)
{
    uint32_t red = pixel & 255, green = (pixel >> 8) & 255, blue = (pixel >> 16) & 255;
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

FOR_EACH_PROCESSOR
static void take_luma(const uint32_t *pixels, size_t width, uint8_t *restrict out)
{
    for (size_t x = 0; x < width; x++)
        out[x] = (uint8_t)luma_of(pixels[x]);
}

FOR_EACH_PROCESSOR
static void add_luma(const uint32_t *pixels, size_t width, uint32_t *restrict sums)
{
    for (size_t x = 0; x < width; x++)
        sums[x] += luma_of(pixels[x]);
}

FOR_EACH_PROCESSOR
static void add_values(const uint8_t *values, size_t width, uint32_t *restrict sums)
{
    for (size_t x = 0; x < width; x++)
        sums[x] += values[x];
}

/* What a sum of so many values is multiplied by, in 2^-24, as Pillow computes it. */
static inline uint32_t share(size_t count)
{
    return (uint32_t)(4294967296.0f / (float)(256 * count));
}

/* The means of `across` sums each, of `rows` values. */
static inline void divide_sums(const uint32_t *sums, size_t count, size_t across, size_t rows,
                               uint8_t *restrict out)
{
    uint32_t factor = share(across * rows), half = (uint32_t)(across * rows / 2);
    for (size_t x = 0; x < count; x++) {
        uint32_t total = half;
        for (size_t k = 0; k < across; k++)
            total += sums[x * across + k];
        out[x] = (uint8_t)(total * factor >> 24);
    }
}

/* The same of a row, at whose end there may be fewer sums; with a fixed number of them many means
 * are made at once. */
FOR_EACH_PROCESSOR
static void take_means(const uint32_t *sums, size_t width, size_t across, size_t rows, uint8_t *out)
{
    size_t count = width / across, rest = width % across;
    switch (across) {
    case 1:
        divide_sums(sums, count, 1, rows, out);
        break;
    case 2:
        divide_sums(sums, count, 2, rows, out);
        break;
    case 3:
        divide_sums(sums, count, 3, rows, out);
        break;
    case 4:
        divide_sums(sums, count, 4, rows, out);
        break;
    default:
        divide_sums(sums, count, across, rows, out);
    }
    if (rest)
        divide_sums(sums + count * across, 1, rest, rows, out + count);
}

/* Rows become columns.
 *
 * values: (rows, width), at most TURNED_ROWS rows.
 * out: (width, beside), of which `rows` values each are written to.
 */
static void turn_strip(const uint8_t *values, size_t rows, size_t width, uint8_t *restrict out,
                       size_t beside)
{
    for (size_t x = 0; x < width; x++)
        for (size_t y = 0; y < rows; y++)
            out[x * beside + y] = values[y * width + x];
}

/* Rows become columns.
 *
 * values: (rows, width).
 * out: (width, rows), written to.
 */
void turn_over(const uint8_t *values, size_t rows, size_t width, uint8_t *out)
{
    for (size_t y = 0; y < rows; y += TURNED_ROWS)
        turn_strip(values + y * width, rows - y < TURNED_ROWS ? rows - y : TURNED_ROWS, width, out + y, rows);
}

/* A picture in grey, of the means of blocks; those at the right and at the bottom may be smaller.
 *
 * pixels: (height, width), of one byte or of four each, the first channel the lowest.
 * across, down: values of a block, at least 1 each.
 * room: width.
 * strip: TURNED_ROWS * blocks across.
 * out: (blocks across, blocks down), written to: turned over.
 */
void grey_columns(const void *pixels, size_t bytes, size_t height, size_t width, size_t across,
                  size_t down, uint32_t *room, uint8_t *strip, uint8_t *out)
{
    size_t columns = (width + across - 1) / across, rows = (height + down - 1) / down;
    const uint8_t *values = pixels;
    const uint32_t *colours = pixels;
    for (size_t y = 0; y < rows; y++) {
        size_t first = y * down, end = height - first < down ? height : first + down;
        uint8_t *means = strip + y % TURNED_ROWS * columns;
        if (across * (end - first) > 1) {
            memset(room, 0, width * sizeof *room);
            for (size_t k = first; k < end; k++) {
                if (bytes == 1)
                    add_values(values + k * width, width, room);
                else
                    add_luma(colours + k * width, width, room);
            }
            take_means(room, width, across, end - first, means);
        } else if (bytes == 1) {
            memcpy(means, values + first * width, width);
        } else {
            take_luma(colours + first * width, width, means);
        }
        if (y % TURNED_ROWS == TURNED_ROWS - 1 || y + 1 == rows)
            turn_strip(strip, y % TURNED_ROWS + 1, columns, out + (y - y % TURNED_ROWS), rows);
    }
}
