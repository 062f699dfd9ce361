/* Scale space: a picture blurred more and more, and the places where its differences are extreme.
 *
 * D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60 (2004), 3 and 4.
 * Values are grey levels times 64.
 */
#include <math.h>
#include <string.h>

#include "loops.h"

/* The next loop, whose length is known, becomes one statement after the other: what is around it is
 * then done for many values at once. */
#ifdef __GNUC__
#define UNROLLED _Pragma("GCC unroll 16")
#else
#define UNROLLED
#endif

/* Rounded down, half a unit too low in the mean: `weigh` begins with as much. */
static inline int16_t scaled(int16_t value, int16_t weight)
{
    return (int16_t)((int32_t)value * weight >> 16);
}

static inline size_t inside(ptrdiff_t at, size_t length)
{
    return at < 0 ? 0 : (size_t)at < length ? (size_t)at : length - 1;
}

/* A row of weighted sums: of the values in the middle, and of those at 1 to `radius` from them.
 *
 * sides: (2 * radius), the rows at one side and at the other, from the middle outwards.
 */
static inline void weigh(const int16_t *middle, const int16_t *const *sides, size_t width,
                         const int16_t *weights, size_t radius, int16_t *restrict out)
{
    int16_t half = (int16_t)((radius + 1) / 2);
    for (size_t x = 0; x < width; x++) {
        int16_t total = (int16_t)(scaled(middle[x], weights[0]) + half);
        UNROLLED
        for (size_t k = 0; k < radius; k++) {
            int16_t both = (int16_t)(sides[2 * k][x] + sides[2 * k + 1][x]);
            total = (int16_t)(total + scaled(both, weights[k + 1]));
        }
        out[x] = total;
    }
}

/* The same, several values at a time for those radii that the scale space has. */
FOR_EACH_PROCESSOR
static void weigh_sides(const int16_t *middle, const int16_t *const *sides, size_t width,
                        const int16_t *weights, size_t radius, int16_t *restrict out)
{
    switch (radius) {
    case 4:
        weigh(middle, sides, width, weights, 4, out);
        break;
    case 5:
        weigh(middle, sides, width, weights, 5, out);
        break;
    case 6:
        weigh(middle, sides, width, weights, 6, out);
        break;
    case 8:
        weigh(middle, sides, width, weights, 8, out);
        break;
    case 10:
        weigh(middle, sides, width, weights, 10, out);
        break;
    default:
        weigh(middle, sides, width, weights, radius, out);
    }
}

/* Blur a picture; its rim goes on beyond it.
 *
 * level, out: (height, width), 0 to 16320.
 * weights: (radius + 1), in 2^-16, from the middle outwards; together, each but the first twice, 1.
 * radius: at most MOST_RADIUS.
 * room: width + 2 * radius.
 */
void blur(const int16_t *level, size_t height, size_t width, const int16_t *weights, size_t radius,
          int16_t *room, int16_t *out)
{
    const int16_t *sides[2 * MOST_RADIUS];
    int16_t *row = room + radius;
    for (size_t y = 0; y < height; y++) {
        for (size_t k = 1; k <= radius; k++) {
            sides[2 * k - 2] = level + inside((ptrdiff_t)y - (ptrdiff_t)k, height) * width;
            sides[2 * k - 1] = level + inside((ptrdiff_t)(y + k), height) * width;
        }
        weigh_sides(level + y * width, sides, width, weights, radius, row);
        for (size_t k = 1; k <= radius; k++) {
            row[-(ptrdiff_t)k] = row[0];
            row[width - 1 + k] = row[width - 1];
        }
        for (size_t k = 1; k <= radius; k++) {
            sides[2 * k - 2] = row - k;
            sides[2 * k - 1] = row + k;
        }
        weigh_sides(row, sides, width, weights, radius, out + y * width);
    }
}


FOR_EACH_PROCESSOR
static void subtract(const int16_t *one, const int16_t *other, size_t width, int16_t *restrict out)
{
    for (size_t x = 0; x < width; x++)
        out[x] = (int16_t)(other[x] - one[x]);
}

/* Where a difference's middle row is further from 0 than its neighbours above, below, at both sides,
 * and in the differences before and after: a few places, of which `stands_out` tells more.
 *
 * rows: [difference][row] of three each.
 * nearest: how far from 0 at least, 1 or more.
 */
FOR_EACH_PROCESSOR
static void mark(const int16_t *const rows[3][3], size_t width, int16_t nearest,
                 uint8_t *restrict marks)
{
    const int16_t *here = rows[1][1], *above = rows[1][0], *below = rows[1][2];
    const int16_t *before = rows[0][1], *after = rows[2][1];
    for (size_t x = 1; x + 1 < width; x++) {
        int16_t value = here[x], most = nearest, least = (int16_t)-nearest;
        most = most > here[x - 1] ? most : here[x - 1];
        most = most > here[x + 1] ? most : here[x + 1];
        most = most > above[x] ? most : above[x];
        most = most > below[x] ? most : below[x];
        most = most > before[x] ? most : before[x];
        most = most > after[x] ? most : after[x];
        least = least < here[x - 1] ? least : here[x - 1];
        least = least < here[x + 1] ? least : here[x + 1];
        least = least < above[x] ? least : above[x];
        least = least < below[x] ? least : below[x];
        least = least < before[x] ? least : before[x];
        least = least < after[x] ? least : after[x];
        marks[x] = (uint8_t)((value >= most) | (value <= least));
    }
}

/* Whether a value, which is not 0, is further from 0 than all 26 around it. */
static int stands_out(const int16_t *const rows[3][3], size_t x)
{
    int16_t value = rows[1][1][x];
    for (size_t d = 0; d < 3; d++) {
        for (size_t y = 0; y < 3; y++) {
            const int16_t *row = rows[d][y] + x - 1;
            for (size_t k = 0; k < 3; k++)
                if (value > 0 ? row[k] > value : row[k] < value)
                    return 0;
        }
    }
    return 1;
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
 * lowest: differences that are not further from 0 do not count, 0 to 32766.
 * room: see `room_for_extrema`.
 * out: (most, 4): column, row, level (1 to LEVELS - 2, with fractions), distance from 0.
 *
 * Returns how many were found; at most `most`, then the others are left out.
 */
size_t find_extrema(const int16_t *levels, size_t height, size_t width, int16_t lowest,
                    int16_t *room, size_t most, float *out)
{
    size_t plane = height * width, count = 0;
    int16_t *ring = room;
    uint8_t *marks = (uint8_t *)(ring + 3 * DIFFERENCES * width);
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
        }
        for (size_t d = 1; d + 1 < DIFFERENCES; d++) {
            const int16_t *const(*around)[3] = (const int16_t *const(*)[3])rows + (d - 1);
            mark(around, width, (int16_t)(lowest + 1), marks);
            const uint8_t *at = marks + 1, *end = marks + width - 1;
            while ((at = memchr(at, 1, (size_t)(end - at))) != NULL) {
                size_t x = (size_t)(at++ - marks);
                if (count == most)
                    return count;
                float found[4];
                if (!stands_out(around, x) || !locate(around, x, found))
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
