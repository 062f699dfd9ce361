/* Scale space: a picture blurred more and more, and the places where its differences are extreme.
 *
 * D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60 (2004), 3 and 4.
 * Values are grey levels times 64.
 */
#include <math.h>
#include <string.h>

#include "loops.h"

/* Rounded down, half a unit too low in the mean: `blur_columns` and `blur_row` begin with as much. */
static inline int16_t scaled(int16_t value, int16_t weight)
{
    return (int16_t)((int32_t)value * weight >> 16);
}

static inline size_t inside(ptrdiff_t at, size_t length)
{
    return at < 0 ? 0 : (size_t)at < length ? (size_t)at : length - 1;
}

/* One row of a picture, blurred downwards. */
FOR_EACH_PROCESSOR
static void blur_columns(const int16_t *level, size_t height, size_t width, size_t y,
                         const int16_t *weights, size_t radius, int16_t *restrict out)
{
    const int16_t *middle = level + y * width;
    int16_t first = weights[0], half = (int16_t)((radius + 1) / 2);
    for (size_t x = 0; x < width; x++)
        out[x] = (int16_t)(scaled(middle[x], first) + half);
    for (size_t k = 1; k <= radius; k++) {
        const int16_t *above = level + inside((ptrdiff_t)y - (ptrdiff_t)k, height) * width;
        const int16_t *below = level + inside((ptrdiff_t)(y + k), height) * width;
        int16_t weight = weights[k];
        for (size_t x = 0; x < width; x++)
            out[x] = (int16_t)(out[x] + scaled((int16_t)(above[x] + below[x]), weight));
    }
}

/* A row, blurred along itself; it has `radius` values on both sides. */
FOR_EACH_PROCESSOR
static void blur_row(const int16_t *row, size_t width, const int16_t *weights, size_t radius,
                     int16_t *restrict out)
{
    int16_t first = weights[0], half = (int16_t)((radius + 1) / 2);
    for (size_t x = 0; x < width; x++)
        out[x] = (int16_t)(scaled(row[x], first) + half);
    for (size_t k = 1; k <= radius; k++) {
        const int16_t *left = row - k, *right = row + k;
        int16_t weight = weights[k];
        for (size_t x = 0; x < width; x++)
            out[x] = (int16_t)(out[x] + scaled((int16_t)(left[x] + right[x]), weight));
    }
}

/* Blur a picture; its rim goes on beyond it.
 *
 * level, out: (height, width), 0 to 16320.
 * weights: (radius + 1), in 2^-16, from the middle outwards; together, each but the first twice, 1.
 * room: width + 2 * radius.
 */
void blur(const int16_t *level, size_t height, size_t width, const int16_t *weights, size_t radius,
          int16_t *room, int16_t *out)
{
    int16_t *row = room + radius;
    for (size_t y = 0; y < height; y++) {
        blur_columns(level, height, width, y, weights, radius, row);
        for (size_t k = 1; k <= radius; k++) {
            row[-(ptrdiff_t)k] = row[0];
            row[width - 1 + k] = row[width - 1];
        }
        blur_row(row, width, weights, radius, out + y * width);
    }
}


FOR_EACH_PROCESSOR
static void subtract(const int16_t *one, const int16_t *other, size_t width, int16_t *restrict out)
{
    for (size_t x = 0; x < width; x++)
        out[x] = (int16_t)(other[x] - one[x]);
}

/* The largest and the smallest of nine values around each value of a difference's middle row. */
FOR_EACH_PROCESSOR
static void spread(const int16_t *const rows[3], size_t width, int16_t *restrict column,
                   int16_t *restrict most, int16_t *restrict least)
{
    const int16_t *a = rows[0], *b = rows[1], *c = rows[2];
    for (size_t x = 0; x < width; x++) {
        int16_t high = a[x] > b[x] ? a[x] : b[x];
        column[x] = high > c[x] ? high : c[x];
    }
    for (size_t x = 1; x + 1 < width; x++) {
        int16_t high = column[x - 1] > column[x + 1] ? column[x - 1] : column[x + 1];
        most[x] = high > column[x] ? high : column[x];
    }
    for (size_t x = 0; x < width; x++) {
        int16_t low = a[x] < b[x] ? a[x] : b[x];
        column[x] = low < c[x] ? low : c[x];
    }
    for (size_t x = 1; x + 1 < width; x++) {
        int16_t low = column[x - 1] < column[x + 1] ? column[x - 1] : column[x + 1];
        least[x] = low < column[x] ? low : column[x];
    }
}

/* Where the middle difference is further from 0 than all around it. */
FOR_EACH_PROCESSOR
static void mark(const int16_t *values, const int16_t *const most[3], const int16_t *const least[3],
                 size_t width, int16_t lowest, uint8_t *restrict marks)
{
    const int16_t *m0 = most[0], *m1 = most[1], *m2 = most[2];
    const int16_t *l0 = least[0], *l1 = least[1], *l2 = least[2];
    for (size_t x = 1; x + 1 < width; x++) {
        int16_t value = values[x];
        int top = (value > lowest) & (value >= m0[x]) & (value >= m1[x]) & (value >= m2[x]);
        int bottom = (value < -lowest) & (value <= l0[x]) & (value <= l1[x]) & (value <= l2[x]);
        marks[x] = (uint8_t)(top | bottom);
    }
}

/* Where exactly an extreme value lies, by a quadratic through its neighbours; 0 if it is none.
 *
 * rows: [difference][row] of three each; x: its column.
 * found: x and row and difference as offsets of -1 to 1, and how far the value is from 0.
 */
static int locate(const int16_t *const rows[3][3], size_t x, float *found)
{
    const int16_t *above = rows[1][0], *here = rows[1][1], *below = rows[1][2];
    const int16_t *before = rows[0][1], *after = rows[2][1];
    int32_t value = here[x], xx = here[x - 1] + here[x + 1] - 2 * value;
    int32_t yy = above[x] + below[x] - 2 * value;
    double xy = (below[x + 1] - below[x - 1] - above[x + 1] + above[x - 1]) / 4.0;
    double trace = (double)xx + yy, area = (double)xx * yy - xy * xy;
    /* An edge is extreme across, and hardly along (Lowe, 4.1: a ratio of 10). */
    if (area <= 0 || trace * trace * 10 >= 121 * area)
        return 0;
    double ss = before[x] + after[x] - 2.0 * value;
    double xs = (after[x + 1] - after[x - 1] - before[x + 1] + before[x - 1]) / 4.0;
    double ys = (rows[2][2][x] - rows[2][0][x] - rows[0][2][x] + rows[0][0][x]) / 4.0;
    double gx = (here[x + 1] - here[x - 1]) / 2.0, gy = (below[x] - above[x]) / 2.0;
    double gs = (after[x] - before[x]) / 2.0;
    double c0 = yy * ss - ys * ys, c1 = xs * ys - xy * ss, c2 = xy * ys - yy * xs;
    double whole = xx * c0 + xy * c1 + xs * c2;
    if (whole == 0)
        return 0;
    double dx = -(gx * c0 + gy * c1 + gs * c2) / whole;
    double dy = -(gx * c1 + gy * (xx * ss - xs * xs) + gs * (xy * xs - xx * ys)) / whole;
    double ds = -(gx * c2 + gy * (xy * xs - xx * ys) + gs * area) / whole;
    if (!(fabs(dx) <= 1 && fabs(dy) <= 1 && fabs(ds) <= 1))
        return 0;
    found[0] = (float)dx;
    found[1] = (float)dy;
    found[2] = (float)ds;
    found[3] = (float)fabs(value + (gx * dx + gy * dy + gs * ds) / 2);
    return 1;
}

/* The extreme places of an octave.
 *
 * levels: (LEVELS, height, width).
 * lowest: differences nearer to 0 do not count, 0 or more.
 * room: see `room_for_extrema`.
 * out: (most, 4): column, row, level (1 to LEVELS - 2, with fractions), distance from 0.
 *
 * Returns how many were found; at most `most`, then the others are left out.
 */
size_t find_extrema(const int16_t *levels, size_t height, size_t width, int16_t lowest,
                    int16_t *room, size_t most, float *out)
{
    size_t plane = height * width, count = 0;
    int16_t *ring = room, *tops = ring + 3 * DIFFERENCES * width;
    int16_t *bottoms = tops + DIFFERENCES * width, *column = bottoms + DIFFERENCES * width;
    uint8_t *marks = (uint8_t *)(column + width);
    if (height < 3 || width < 3)
        return 0;
    for (size_t y = 0; y < height; y++) {
        for (size_t d = 0; d < DIFFERENCES; d++) {
            const int16_t *row = levels + d * plane + y * width;
            subtract(row, row + plane, width, ring + (3 * d + y % 3) * width);
        }
        if (y < 2)
            continue;
        const int16_t *rows[DIFFERENCES][3];
        for (size_t d = 0; d < DIFFERENCES; d++) {
            for (size_t k = 0; k < 3; k++)
                rows[d][k] = ring + (3 * d + (y + 1 + k) % 3) * width;
            spread(rows[d], width, column, tops + d * width, bottoms + d * width);
        }
        for (size_t d = 1; d + 1 < DIFFERENCES; d++) {
            const int16_t *high[3], *low[3];
            for (size_t k = 0; k < 3; k++) {
                high[k] = tops + (d + k - 1) * width;
                low[k] = bottoms + (d + k - 1) * width;
            }
            mark(rows[d][1], high, low, width, lowest, marks);
            const uint8_t *at = marks + 1, *end = marks + width - 1;
            while ((at = memchr(at, 1, (size_t)(end - at))) != NULL) {
                size_t x = (size_t)(at++ - marks);
                if (count == most)
                    return count;
                float found[4];
                if (!locate((const int16_t *const(*)[3])rows + (d - 1), x, found))
                    continue;
                float *entry = out + 4 * count++;
                entry[0] = (float)x + found[0];
                entry[1] = (float)(y - 1) + found[1];
                entry[2] = (float)d + found[2];
                entry[3] = found[3];
            }
        }
    }
    return count;
}
