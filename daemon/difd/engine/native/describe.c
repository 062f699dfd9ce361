/* What a picture looks like around a place: how strong its gradients are in which direction.
 *
 * After Lowe's SIFT, with two changes that leave out all angles: directions are lobes of a power of
 * the cosine, and the gradients are taken from a turned grid of a fixed number of samples.
 */
#include <math.h>
#include <string.h>

#include "loops.h"

/* The next loop is done at once, by as many lanes; unrolled it would be one by one. */
#ifdef __GNUC__
#define LANES _Pragma("GCC unroll 1")
#else
#define LANES
#endif

/* Values by which a row of samples is made longer, so that all of it is added in whole registers. */
enum { PAD = 4 };

/* Two neighbours that were fetched at once: the first is the lower half. */
static inline int32_t first(int32_t pair)
{
    return (int16_t)(pair & 0xFFFF);
}

static inline int32_t second(int32_t pair)
{
    return pair >> 16;
}

/* Add the sample in column i and row j of a square grid of `edge` samples around a place. */
static void add_sample(Samples *samples, size_t i, size_t j, size_t edge)
{
    float middle = (float)(edge - 1) / 2;
    samples->u[samples->count] = (float)i - middle;
    samples->v[samples->count++] = (float)j - middle;
}

/* The gradients at all samples around a place, turned with it; 0 beyond the picture.
 *
 * First all positions, then the values around them, then what is computed of these. Only the values
 * are fetched one by one: the other steps have no branch, and are done for many samples at once.
 */
static inline void take_gradients(const int16_t *level, size_t height, size_t width,
                                  const float *point, Samples *samples)
{
    size_t count = samples->count;
    if (height < 4 || width < 4) {
        memset(samples->across, 0, count * sizeof *samples->across);
        memset(samples->down, 0, count * sizeof *samples->down);
        memset(samples->inverse, 0, count * sizeof *samples->inverse);
        return;
    }
    float cosine = point[3] * point[2], sine = point[4] * point[2], left = point[0], top = point[1];
    float right = (float)width - 2, bottom = (float)height - 2;
    int32_t across = (int32_t)width, down = (int32_t)height;
    for (size_t k = 0; k < count; k++) {
        float u = samples->u[k], v = samples->v[k];
        float x = left - v * sine + u * cosine, y = top + v * cosine + u * sine;
        samples->seen[k] = (x >= 1 ? 1.0f : 0.0f) * (y >= 1 ? 1.0f : 0.0f) *
                           (x < right ? 1.0f : 0.0f) * (y < bottom ? 1.0f : 0.0f);
        /* Those beyond are moved to the rim, where there is something to fetch. */
        x = x > 1 ? x : 1;
        y = y > 1 ? y : 1;
        x = x < right ? x : right;
        y = y < bottom ? y : bottom;
        int32_t column = (int32_t)x, row = (int32_t)y;
        samples->x[k] = x - (float)column;
        samples->y[k] = y - (float)row;
        column = column < across - 3 ? column : across - 3;
        row = row < down - 3 ? row : down - 3;
        samples->place[k] = row * across + column;
    }
    for (size_t k = 0; k < count; k++) {
        const int16_t *a = level + samples->place[k], *b = a + width;
        memcpy(samples->above + k, a - width, 4);
        memcpy(samples->upper + 2 * k, a - 1, 8);
        memcpy(samples->lower + 2 * k, b - 1, 8);
        memcpy(samples->below + k, b + width, 4);
    }
    for (size_t k = 0; k < count; k++) {
        int32_t a0 = samples->upper[2 * k], a2 = samples->upper[2 * k + 1];
        int32_t b0 = samples->lower[2 * k], b2 = samples->lower[2 * k + 1];
        int32_t above = samples->above[k], below = samples->below[k];
        float fx = samples->x[k], fy = samples->y[k];
        float upper = (float)(first(a2) - first(a0)) * (1 - fx) +
                      (float)(second(a2) - second(a0)) * fx;
        float lower = (float)(first(b2) - first(b0)) * (1 - fx) +
                      (float)(second(b2) - second(b0)) * fx;
        float before = (float)(second(b0) - first(above)) * (1 - fy) +
                       (float)(first(below) - second(a0)) * fy;
        float after = (float)(first(b2) - second(above)) * (1 - fy) +
                      (float)(second(below) - first(a2)) * fy;
        float gx = upper * (1 - fy) + lower * fy, gy = before * (1 - fx) + after * fx;
        gx *= samples->seen[k];
        gy *= samples->seen[k];
        float squared = gx * gx + gy * gy, value = 1 / sqrtf(squared > 0 ? squared : 1);
        samples->across[k] = gx;
        samples->down[k] = gy;
        samples->inverse[k] = squared > 0 ? value : 0;
    }
}

/* How the gradients around places are spread over directions.
 *
 * level: (height, width), at most 2^15 each.
 * points: (count, 5): column, row, distance of samples, cosine and sine of the turn.
 * window: (TURNED, TURNED), the weights of the samples.
 * directions: (2, ANGLES / 2), cosines and sines of the first half of all directions.
 * out: (count, ANGLES).
 */
FOR_EACH_PROCESSOR
void spread_of_directions(const int16_t *level, size_t height, size_t width, const float *points,
                          size_t count, const float *window, const float *directions,
                          Samples *samples, float *out)
{
    enum { HALF = ANGLES / 2 };
    samples->count = 0;
    for (size_t j = 0; j < TURNED; j++) {
        for (size_t i = 0; i < TURNED; i++) {
            samples->weight[samples->count] = window[j * TURNED + i];
            if (window[j * TURNED + i] != 0)
                add_sample(samples, i, j, TURNED);
        }
    }
    for (size_t n = 0; n < count; n++) {
        float ahead[HALF] = {0}, behind[HALF] = {0};
        take_gradients(level, height, width, points + 5 * n, samples);
        for (size_t k = 0; k < samples->count; k++) {
            float x = samples->across[k], y = samples->down[k];
            float over = samples->inverse[k], weight = samples->weight[k];
            LANES
            for (size_t a = 0; a < HALF; a++) {
                float along = x * directions[a] + y * directions[HALF + a];
                float lobe = along * along * over;
                lobe = lobe * lobe * over;
                lobe = lobe * lobe * over * weight;
                float forward = along > 0 ? lobe : 0;
                ahead[a] += forward;
                behind[a] += lobe - forward;
            }
        }
        LANES
        for (size_t a = 0; a < HALF; a++) {
            out[n * ANGLES + a] = ahead[a];
            out[n * ANGLES + HALF + a] = behind[a];
        }
    }
}

/* How much of a gradient points into a direction, and into the opposite one.
 *
 * along: how far it does; over: one over its length.
 */
static inline void divide(float along, float over, float *ahead, float *behind)
{
    float lobe = along * along * over;
    lobe = lobe * lobe * over;
    lobe = lobe * lobe * over;
    *ahead = along > 0 ? lobe : 0;
    *behind = along < 0 ? lobe : 0;
}

/* How much of all gradients points into LOBES directions of a grid that is turned.
 *
 * cosine, sine: of its turn.
 * lobes: written to, but for the last PAD values of each.
 */
static inline void divide_all(const Samples *samples, float cosine, float sine,
                              float lobes[restrict LOBES][GRID * GRID + PAD])
{
    const float diagonal = 0.70710678f;
    for (size_t k = 0; k < GRID * GRID; k++) {
        float gx = samples->across[k], gy = samples->down[k], over = samples->inverse[k];
        float x = gx * cosine + gy * sine, y = gy * cosine - gx * sine;
        float halfx = x * diagonal, halfy = y * diagonal;
        divide(x, over, &lobes[0][k], &lobes[4][k]);
        divide(halfx + halfy, over, &lobes[1][k], &lobes[5][k]);
        divide(y, over, &lobes[2][k], &lobes[6][k]);
        divide(halfy - halfx, over, &lobes[3][k], &lobes[7][k]);
    }
}

/* Descriptors of places: the gradients in CELLS x CELLS cells, in LOBES directions each.
 *
 * level, points: see `spread_of_directions`.
 * weights: (CELLS, GRID), of a sample in a row (or column) for each cell.
 * out: (count, CELLS, CELLS, LOBES).
 */
FOR_EACH_PROCESSOR
void describe(const int16_t *level, size_t height, size_t width, const float *points, size_t count,
              const float *weights, Samples *samples, float *out)
{
    samples->count = 0;
    for (size_t k = 0; k < GRID * GRID; k++)
        add_sample(samples, k % GRID, k / GRID, GRID);
    float lobes[LOBES][GRID * GRID + PAD] = {{0}};
    for (size_t n = 0; n < count; n++) {
        float *restrict sums = out + n * CELLS * CELLS * LOBES;
        take_gradients(level, height, width, points + 5 * n, samples);
        divide_all(samples, points[5 * n + 3], points[5 * n + 4], lobes);
        for (size_t r = 0; r < CELLS; r++) {
            float turned[GRID][LOBES];
            size_t low = 0, high = GRID;
            while (low < high && weights[r * GRID + low] == 0)
                low++;
            while (low < high && weights[r * GRID + high - 1] == 0)
                high--;
            for (size_t a = 0; a < LOBES; a++) {
                float column[GRID + PAD] = {0}; /* the last ones mean nothing */
                for (size_t j = low; j < high; j++) {
                    float weight = weights[r * GRID + j];
                    for (size_t i = 0; i < GRID + PAD; i++)
                        column[i] += lobes[a][j * GRID + i] * weight;
                }
                for (size_t i = 0; i < GRID; i++)
                    turned[i][a] = column[i];
            }
            for (size_t c = 0; c < CELLS; c++) {
                float cell[LOBES] = {0};
                for (size_t i = 0; i < GRID; i++) {
                    float weight = weights[c * GRID + i];
                    LANES
                    for (size_t a = 0; a < LOBES; a++)
                        cell[a] += turned[i][a] * weight;
                }
                memcpy(sums + (r * CELLS + c) * LOBES, cell, sizeof cell);
            }
        }
    }
}
