/* How one picture lies in another, by the places of features that look alike in both. */
#include <math.h>
#include <string.h>

#include "loops.h"

/* How exactly places are known, in long edges of a picture. */
static const double EXACTNESS = 0.004;

/* Features of two pictures that look most alike, each of one with its best of the other.
 *
 * room: b->count of each.
 * first, second: room for a->count + b->count.
 */
FOR_EACH_PROCESSOR
static size_t match(const Features *a, const Features *b, int limit, int32_t *best, int32_t *whose,
                    int32_t *first, int32_t *second)
{
    size_t count = 0;
    for (size_t j = 0; j < b->count; j++)
        best[j] = limit + 1;
    for (size_t i = 0; i < a->count; i++) {
        int least = limit + 1;
        size_t place = 0;
        for (size_t j = 0; j < b->count; j++) {
            int now = bits_of(a->codes[i] ^ b->codes[j]);
            if (now < least) {
                least = now;
                place = j;
            }
            if (now < best[j]) {
                best[j] = now;
                whose[j] = (int32_t)i;
            }
        }
        if (least <= limit) {
            first[count] = (int32_t)i;
            second[count++] = (int32_t)place;
        }
    }
    size_t before = count;
    for (size_t j = 0; j < b->count; j++) {
        if (best[j] > limit)
            continue;
        size_t k = 0;
        while (k < before && !(first[k] == whose[j] && second[k] == (int32_t)j))
            k++;
        if (k == before) {
            first[count] = whose[j];
            second[count++] = (int32_t)j;
        }
    }
    return count;
}

/* The similarity that lays one feature onto another: x' = m[0] x + m[1] y + m[2], and so on. */
static double lay(const float *a, const float *b, double *m)
{
    double zoom = (double)b[2] / a[2];
    double cosine = ((double)a[3] * b[3] + (double)a[4] * b[4]) * zoom;
    double sine = ((double)a[3] * b[4] - (double)a[4] * b[3]) * zoom;
    m[0] = cosine;
    m[1] = -sine;
    m[2] = b[0] - (cosine * a[0] - sine * a[1]);
    m[3] = sine;
    m[4] = cosine;
    m[5] = b[1] - (sine * a[0] + cosine * a[1]);
    return zoom;
}

/* Which matches agree with a map; how many, those at one place counted once.
 *
 * slack: how far off they may be, in the scale of a feature (at least EXACTNESS).
 */
static int agreeing(const Features *a, const Features *b, const int32_t *first,
                    const int32_t *second, size_t count, const double *m, double slack,
                    uint8_t *agrees)
{
    uint8_t used[2][RASTER * RASTER / 8];
    double zoom = sqrt(fabs(m[0] * m[4] - m[1] * m[3]));
    double floor_of = EXACTNESS * (zoom > 1 ? zoom : 1);
    int found = 0;
    memset(used, 0, sizeof used);
    for (size_t k = 0; k < count; k++) {
        const float *p = a->places + PLACE * first[k], *q = b->places + PLACE * second[k];
        double dx = m[0] * p[0] + m[1] * p[1] + m[2] - q[0];
        double dy = m[3] * p[0] + m[4] * p[1] + m[5] - q[1];
        double reach = slack * (floor_of > 0.25 * q[2] ? floor_of : 0.25 * q[2]);
        double ratio = q[2] / (p[2] * zoom);
        double along = (m[0] * p[3] + m[1] * p[4]) * q[3] + (m[3] * p[3] + m[4] * p[4]) * q[4];
        agrees[k] = dx * dx + dy * dy <= reach * reach && ratio > 0.6 && ratio < 1.7 &&
                    along > 0.85 * zoom;
        if (!agrees[k])
            continue;
        size_t cells[2];
        const float *both[2] = {p, q};
        for (int side = 0; side < 2; side++) {
            double x = fabs(both[side][0]) * RASTER, y = fabs(both[side][1]) * RASTER;
            size_t column = x < RASTER - 1 ? (size_t)x : RASTER - 1;
            size_t row = y < RASTER - 1 ? (size_t)y : RASTER - 1;
            cells[side] = row * RASTER + column;
        }
        if ((used[0][cells[0] / 8] >> cells[0] % 8 & 1) || (used[1][cells[1] / 8] >> cells[1] % 8 & 1))
            continue;
        used[0][cells[0] / 8] |= (uint8_t)(1u << cells[0] % 8);
        used[1][cells[1] / 8] |= (uint8_t)(1u << cells[1] % 8);
        found++;
    }
    return found;
}

/* The map that fits the agreeing matches best, by least squares; 0 if there is none.
 *
 * bent: an affine map, else a similarity.
 */
static int fit(const Features *a, const Features *b, const int32_t *first, const int32_t *second,
               size_t count, const uint8_t *agrees, int bent, double *m)
{
    double n = 0, px = 0, py = 0, qx = 0, qy = 0;
    for (size_t k = 0; k < count; k++) {
        if (!agrees[k])
            continue;
        const float *p = a->places + PLACE * first[k], *q = b->places + PLACE * second[k];
        double weight = 1 / (q[2] + 0.01);
        n += weight;
        px += weight * p[0], py += weight * p[1], qx += weight * q[0], qy += weight * q[1];
    }
    if (n == 0)
        return 0;
    px /= n, py /= n, qx /= n, qy /= n;
    double xx = 0, xy = 0, yy = 0, ux = 0, uy = 0, vx = 0, vy = 0;
    for (size_t k = 0; k < count; k++) {
        if (!agrees[k])
            continue;
        const float *p = a->places + PLACE * first[k], *q = b->places + PLACE * second[k];
        double weight = 1 / (q[2] + 0.01), x = p[0] - px, y = p[1] - py, u = q[0] - qx, v = q[1] - qy;
        xx += weight * x * x, xy += weight * x * y, yy += weight * y * y;
        ux += weight * u * x, uy += weight * u * y, vx += weight * v * x, vy += weight * v * y;
    }
    double area = xx * yy - xy * xy, spread = xx + yy;
    if (!(spread > 1e-12))
        return 0;
    if (bent) {
        if (!(area > 1e-4 * spread * spread))
            return 0;
        m[0] = (ux * yy - uy * xy) / area, m[1] = (uy * xx - ux * xy) / area;
        m[3] = (vx * yy - vy * xy) / area, m[4] = (vy * xx - vx * xy) / area;
    } else {
        m[0] = m[4] = (ux + vy) / spread;
        m[3] = (vx - uy) / spread;
        m[1] = -m[3];
    }
    m[2] = qx - m[0] * px - m[1] * py;
    m[5] = qy - m[3] * px - m[4] * py;
    return 1;
}

/* The map of one picture into another on which most features agree.
 *
 * limit: bits in which codes may differ, 0 to 64.
 * room: see `loops.h`.
 * map: (6), written to if more than 2 agree.
 *
 * Returns how many agree.
 */
int lie_of(const Features *a, const Features *b, int limit, const GeometryRoom *room, double *map)
{
    size_t count = match(a, b, limit, room->best, room->whose, room->first, room->second);
    if (count < 3)
        return 0;
    size_t step = count / MOST_GUESSES + 1;
    double m[6];
    int most = 0;
    for (size_t k = 0; k < count; k += step) {
        const float *p = a->places + PLACE * room->first[k], *q = b->places + PLACE * room->second[k];
        double zoom = lay(p, q, m);
        if (!(zoom > 0.03 && zoom < 33))
            continue;
        int found = agreeing(a, b, room->first, room->second, count, m, 3, room->trial);
        if (found > most) {
            most = found;
            memcpy(map, m, sizeof m);
            memcpy(room->agrees, room->trial, count);
        }
    }
    if (most < 3)
        return most;
    for (int round = 0; round < 4; round++) {
        if (!fit(a, b, room->first, room->second, count, room->agrees, round > 0 && most >= 6, m))
            break;
        int found = agreeing(a, b, room->first, room->second, count, m, round < 2 ? 2 : 1.3, room->trial);
        if (found < 3 || found < most * 0.6)
            break;
        most = found;
        memcpy(map, m, sizeof m);
        memcpy(room->agrees, room->trial, count);
    }
    return most;
}
