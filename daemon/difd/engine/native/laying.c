/* One picture laid onto another: windows in which they are alike, and which way it should move. */
#include <math.h>
#include <string.h>

#include "loops.h"

/* Variance, in squares of grey levels, that counts as nothing. */
static const double NOISE = 3.0;

enum { SUMS = 5 };

static inline size_t within(ptrdiff_t at, size_t length)
{
    return at < 0 ? 0 : at >= (ptrdiff_t)length ? length - 1 : (size_t)at;
}

/* The mean over the square window of 2 radius + 1 around each pixel; beyond the border stands what
 * stands on it.
 *
 * plane, out: (height, width), at least one pixel.
 * room: width values.
 */
void window_means(const float *plane, size_t height, size_t width, size_t radius, double *room,
                  float *out)
{
    ptrdiff_t reach = (ptrdiff_t)radius;
    double share = 1.0 / ((double)(2 * radius + 1) * (double)(2 * radius + 1));
    memset(room, 0, width * sizeof *room);
    for (ptrdiff_t y = -reach; y <= reach; y++)
        for (size_t x = 0; x < width; x++)
            room[x] += plane[within(y, height) * width + x];
    for (size_t y = 0; y < height; y++) {
        if (y > 0) {
            const float *come = plane + within((ptrdiff_t)y + reach, height) * width;
            const float *gone = plane + within((ptrdiff_t)y - reach - 1, height) * width;
            for (size_t x = 0; x < width; x++)
                room[x] += (double)come[x] - (double)gone[x];
        }
        double sum = 0.0;
        for (ptrdiff_t x = -reach; x <= reach; x++)
            sum += room[within(x, width)];
        for (size_t x = 0; x < width; x++) {
            if (x > 0)
                sum += room[within((ptrdiff_t)x + reach, width)] -
                       room[within((ptrdiff_t)x - reach - 1, width)];
            out[y * width + x] = (float)(sum * share);
        }
    }
}

/* Adds a row to the sums of columns: of both pictures, their squares and their product. */
static void add_row(const float *one, const float *other, size_t width, double sign, double *room)
{
    for (size_t x = 0; x < width; x++) {
        double a = one[x], b = other[x];
        room[SUMS * x] += sign * a;
        room[SUMS * x + 1] += sign * b;
        room[SUMS * x + 2] += sign * (a * a);
        room[SUMS * x + 3] += sign * (b * b);
        room[SUMS * x + 4] += sign * (a * b);
    }
}

/* How alike two planes are in the window around each pixel, but for brightness and contrast.
 *
 * one, other: (height, width).
 * room: 5 width values.
 * out: (6, height, width): correlation; the larger variance; means of both; deviations of both.
 */
void window_likeness(const float *one, const float *other, size_t height, size_t width,
                     size_t radius, double *room, float *out)
{
    ptrdiff_t reach = (ptrdiff_t)radius;
    size_t area = height * width;
    double share = 1.0 / ((double)(2 * radius + 1) * (double)(2 * radius + 1));
    memset(room, 0, SUMS * width * sizeof *room);
    for (ptrdiff_t y = -reach; y <= reach; y++) {
        size_t row = within(y, height) * width;
        add_row(one + row, other + row, width, 1.0, room);
    }
    for (size_t y = 0; y < height; y++) {
        if (y > 0) {
            size_t come = within((ptrdiff_t)y + reach, height) * width;
            size_t gone = within((ptrdiff_t)y - reach - 1, height) * width;
            add_row(one + come, other + come, width, 1.0, room);
            add_row(one + gone, other + gone, width, -1.0, room);
        }
        double sum[SUMS] = {0};
        for (ptrdiff_t x = -reach; x <= reach; x++)
            for (size_t k = 0; k < SUMS; k++)
                sum[k] += room[SUMS * within(x, width) + k];
        for (size_t x = 0; x < width; x++) {
            if (x > 0) {
                const double *come = room + SUMS * within((ptrdiff_t)x + reach, width);
                const double *gone = room + SUMS * within((ptrdiff_t)x - reach - 1, width);
                for (size_t k = 0; k < SUMS; k++)
                    sum[k] += come[k] - gone[k];
            }
            double a = sum[0] * share, b = sum[1] * share;
            double aa = fmax(sum[2] * share - a * a, 0.0), bb = fmax(sum[3] * share - b * b, 0.0);
            double ab = sum[4] * share - a * b;
            size_t at = y * width + x;
            out[at] = (float)(ab / sqrt((aa + NOISE) * (bb + NOISE)));
            out[area + at] = (float)fmax(aa, bb);
            out[2 * area + at] = (float)a;
            out[3 * area + at] = (float)b;
            out[4 * area + at] = (float)sqrt(aa);
            out[5 * area + at] = (float)sqrt(bb);
        }
    }
}

/* A picture as it lies in a grid, by a projective map of the grid's points to its own; between its
 * pixels it changes evenly. Pixel (0, 0) reaches from 0 to 1 both ways.
 *
 * part: (height, width), at least one pixel.
 * matrix: (9), row by row.
 * bounds: left, top, right and bottom of what may be seen.
 * out, seen: (rows, columns); what is not seen is 0.
 */
void warp(const float *part, size_t height, size_t width, const double *matrix,
          const double *bounds, size_t rows, size_t columns, float *out, uint8_t *seen)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            double x = (double)column + 0.5, y = (double)row + 0.5;
            double depth = matrix[6] * x + matrix[7] * y + matrix[8];
            size_t at = row * columns + column;
            double u = (matrix[0] * x + matrix[1] * y + matrix[2]) / depth;
            double v = (matrix[3] * x + matrix[4] * y + matrix[5]) / depth;
            seen[at] = depth > 0 && u > bounds[0] && v > bounds[1] && u < bounds[2] && v < bounds[3];
            if (!seen[at]) {
                out[at] = 0.0f;
                continue;
            }
            u = fmin(fmax(u - 0.5, 0.0), (double)(width - 1));
            v = fmin(fmax(v - 0.5, 0.0), (double)(height - 1));
            size_t left = (size_t)u, top = (size_t)v;
            size_t right = left + 1 < width ? left + 1 : left;
            size_t bottom = top + 1 < height ? top + 1 : top;
            double across = u - (double)left, down = v - (double)top;
            const float *upper = part + top * width, *lower = part + bottom * width;
            double above = upper[left] + across * ((double)upper[right] - upper[left]);
            double below = lower[left] + across * ((double)lower[right] - lower[left]);
            out[at] = (float)(above + down * (below - above));
        }
}

/* Half of the difference between the neighbours of a pixel, or all of it on a border. */
static inline double slope(const float *plane, size_t at, size_t step, size_t place, size_t length)
{
    if (length == 1)
        return 0.0;
    if (place == 0)
        return (double)plane[at + step] - plane[at];
    if (place + 1 == length)
        return (double)plane[at] - plane[at - step];
    return ((double)plane[at + step] - plane[at - step]) / 2;
}

/* The equations of which small change of a map makes one plane the other, by least squares.
 *
 * theirs: (height, width), what is moved.
 * rest: what is left of the other plane less this one.
 * say: how much each pixel counts.
 * unit: (3), of a square around the grid: half its edge in pixels, and where its middle is.
 * out: (8, 9), added to: products of the slopes by the 8 numbers of the map, and with the rest.
 */
void add_slopes(const float *theirs, const float *rest, const float *say, size_t height,
                size_t width, const double *unit, double *out)
{
    for (size_t row = 0; row < height; row++) {
        double y = ((double)row + 0.5 - unit[2]) / unit[0];
        for (size_t column = 0; column < width; column++) {
            size_t at = row * width + column;
            double weight = say[at];
            if (weight == 0.0)
                continue;
            double x = ((double)column + 0.5 - unit[1]) / unit[0];
            double across = slope(theirs, at, 1, column, width);
            double down = slope(theirs, at, width, row, height);
            double along = -(across * x + down * y);
            const double slopes[MAP_NUMBERS + 1] = {across * x, across * y, across,
                                                    down * x,   down * y,   down,
                                                    along * x,  along * y,  rest[at]};
            for (size_t i = 0; i < MAP_NUMBERS; i++)
                for (size_t j = i; j <= MAP_NUMBERS; j++)
                    out[i * (MAP_NUMBERS + 1) + j] += weight * slopes[i] * slopes[j];
        }
    }
}
