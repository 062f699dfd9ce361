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

/* The gradients on a square grid around a place, turned with it; 0 beyond the picture. */
static inline void sample(const int16_t *level, size_t height, size_t width, const float *point,
                          size_t edge, float *across, float *down)
{
    float cosine = point[3] * point[2], sine = point[4] * point[2];
    float middle = (float)(edge - 1) / 2, right = (float)width - 2, bottom = (float)height - 2;
    for (size_t j = 0; j < edge; j++) {
        float v = (float)j - middle, rest = point[0] - v * sine, more = point[1] + v * cosine;
        for (size_t i = 0; i < edge; i++) {
            float u = (float)i - middle, x = rest + u * cosine, y = more + u * sine;
            size_t place = j * edge + i;
            if (!(x >= 1 && y >= 1 && x < right && y < bottom)) {
                across[place] = down[place] = 0;
                continue;
            }
            int32_t left = (int32_t)x, top = (int32_t)y;
            float fx = x - (float)left, fy = y - (float)top;
            const int16_t *a = level + (size_t)top * width + (size_t)left, *b = a + width;
            const int16_t *above = a - width, *below = b + width;
            float upper = (float)(a[1] - a[-1]) * (1 - fx) + (float)(a[2] - a[0]) * fx;
            float lower = (float)(b[1] - b[-1]) * (1 - fx) + (float)(b[2] - b[0]) * fx;
            float before = (float)(b[0] - above[0]) * (1 - fy) + (float)(below[0] - a[0]) * fy;
            float after = (float)(b[1] - above[1]) * (1 - fy) + (float)(below[1] - a[1]) * fy;
            across[place] = upper * (1 - fy) + lower * fy;
            down[place] = before * (1 - fx) + after * fx;
        }
    }
}

/* One over the length of each gradient, times a weight; 0 for none. */
static inline void invert(const float *across, const float *down, size_t count,
                          float *restrict inverse)
{
    for (size_t k = 0; k < count; k++) {
        float squared = across[k] * across[k] + down[k] * down[k];
        float value = 1 / sqrtf(squared > 0 ? squared : 1);
        inverse[k] = squared > 0 ? value : 0;
    }
}

/* How the gradients around places are spread over directions.
 *
 * level: (height, width).
 * points: (count, 5): column, row, distance of samples, cosine and sine of the turn.
 * window: (TURNED, TURNED), the weights of the samples.
 * directions: (2, ANGLES / 2), cosines and sines of the first half of all directions.
 * room: 3 * TURNED * TURNED.
 * out: (count, ANGLES).
 */
FOR_EACH_PROCESSOR
void spread_of_directions(const int16_t *level, size_t height, size_t width, const float *points,
                          size_t count, const float *window, const float *directions, float *room,
                          float *out)
{
    enum { HALF = ANGLES / 2, SAMPLES = TURNED * TURNED };
    float *across = room, *down = room + SAMPLES, *inverse = room + 2 * SAMPLES;
    for (size_t n = 0; n < count; n++) {
        float ahead[HALF] = {0}, behind[HALF] = {0};
        sample(level, height, width, points + 5 * n, TURNED, across, down);
        invert(across, down, SAMPLES, inverse);
        for (size_t k = 0; k < SAMPLES; k++) {
            float x = across[k], y = down[k], over = inverse[k], weight = window[k];
            if (over == 0 || weight == 0)
                continue;
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

/* Descriptors of places: the gradients in CELLS x CELLS cells, in LOBES directions each.
 *
 * level, points: see `spread_of_directions`.
 * weights: (CELLS, GRID), of a sample in a row (or column) for each cell.
 * room: 3 * GRID * GRID.
 * out: (count, CELLS, CELLS, LOBES).
 */
FOR_EACH_PROCESSOR
void describe(const int16_t *level, size_t height, size_t width, const float *points, size_t count,
              const float *weights, float *room, float *out)
{
    static const float cosines[LOBES] = {1, 0.70710678f, 0, -0.70710678f, -1, -0.70710678f, 0, 0.70710678f};
    static const float sines[LOBES] = {0, 0.70710678f, 1, 0.70710678f, 0, -0.70710678f, -1, -0.70710678f};
    enum { ROW = GRID * LOBES };
    float *across = room, *down = room + GRID * GRID, *inverse = room + 2 * GRID * GRID;
    for (size_t n = 0; n < count; n++) {
        float cosine = points[5 * n + 3], sine = points[5 * n + 4];
        float columns[CELLS][ROW] = {{0}}, lobes[ROW];
        float *restrict sums = out + n * CELLS * CELLS * LOBES;
        sample(level, height, width, points + 5 * n, GRID, across, down);
        invert(across, down, GRID * GRID, inverse);
        for (size_t j = 0; j < GRID; j++) {
            for (size_t i = 0; i < GRID; i++) {
                float gx = across[j * GRID + i], gy = down[j * GRID + i], over = inverse[j * GRID + i];
                float x = gx * cosine + gy * sine, y = gy * cosine - gx * sine;
                LANES
                for (size_t a = 0; a < LOBES; a++) {
                    float along = x * cosines[a] + y * sines[a], lobe = along * along * over;
                    lobe = lobe * lobe * over;
                    lobe = lobe * lobe * over;
                    lobes[i * LOBES + a] = along > 0 ? lobe : 0;
                }
            }
            for (size_t r = 0; r < CELLS; r++) {
                float weight = weights[r * GRID + j];
                if (weight == 0)
                    continue;
                for (size_t k = 0; k < ROW; k++)
                    columns[r][k] += lobes[k] * weight;
            }
        }
        memset(sums, 0, CELLS * CELLS * LOBES * sizeof *sums);
        for (size_t r = 0; r < CELLS; r++) {
            for (size_t i = 0; i < GRID; i++) {
                for (size_t c = 0; c < CELLS; c++) {
                    float weight = weights[c * GRID + i];
                    if (weight == 0)
                        continue;
                    LANES
                    for (size_t a = 0; a < LOBES; a++)
                        sums[(r * CELLS + c) * LOBES + a] += columns[r][i * LOBES + a] * weight;
                }
            }
        }
    }
}
