/* The pairs of signatures within a radius, in any turn: the inner loop of the join.
 *
 * A pair passes the coordinates, then the first FIRST numbers of the signature in every turn, then
 * the rest, and leaves where a partial sum exceeds the radius. One of the two signatures is turned
 * once for all pairs that it has in a tile, so that all sums run over memory in its order.
 */
#include <math.h>
#include <string.h>

#include "loops.h"

/* How much of the turned column is known. */
enum { NOTHING, BEGINNING, EVERYTHING };

/* Fill places `from` to `to` of each row of `turned`, (count, length), with a turned signature. */
static inline void turn_signature(const Turns *turns, const float *signature, size_t from,
                                  size_t to, float *turned)
{
    for (size_t turn = 0; turn < turns->count; turn++) {
        const int64_t *order = turns->order + turn * turns->length;
        const float *signs = turns->signs + turn * turns->length;
        for (size_t place = from; place < to; place++)
            turned[turn * turns->length + place] = signature[order[place]] * signs[place];
    }
}

/* The sum of squared differences, in FIRST parts: any order is within the bound of `candidates.py`. */
static inline float squared_distance(const float *one, const float *other, size_t count)
{
    float parts[FIRST] = {0}, rest = 0;
    size_t whole = count - count % FIRST;
    for (size_t x = 0; x < whole; x += FIRST)
        for (size_t part = 0; part < FIRST; part++) {
            float difference = one[x + part] - other[x + part];
            parts[part] += difference * difference;
        }
    for (size_t x = whole; x < count; x++) {
        float difference = one[x] - other[x];
        rest += difference * difference;
    }
    for (size_t apart = FIRST / 2; apart > 0; apart /= 2)
        for (size_t part = 0; part < apart; part++)
            parts[part] += parts[part + apart];
    return parts[0] + rest;
}

/* In which turns of the column two signatures are near, as bits.
 *
 * known: how much of the turned column is in `turned`; updated.
 */
static inline uint8_t near_turns(const Turns *turns, const float *row, const float *column,
                                 float limit, float *turned, int *known)
{
    if (*known == NOTHING) {
        turn_signature(turns, column, 0, FIRST, turned);
        *known = BEGINNING;
    }
    uint8_t near = 0;
    for (size_t turn = 0; turn < turns->count; turn++) {
        const float *other = turned + turn * turns->length;
        float total = squared_distance(row, other, FIRST);
        if (total > limit)
            continue;
        if (*known == BEGINNING) {
            turn_signature(turns, column, FIRST, turns->length, turned);
            *known = EVERYTHING;
        }
        total += squared_distance(row + FIRST, other + FIRST, turns->length - FIRST);
        if (total <= limit)
            near |= (uint8_t)(1U << turns->codes[turn]);
    }
    return near;
}

/* The near pairs of a tile; their number is returned.
 *
 * reach: largest distance of the first coordinate; reach_squared: of all coordinates, squared.
 * radius_squared: of the signatures.
 * distance, close: (bottom - top), room. turned: (turns, length), room.
 * pairs: written to, column by column.
 */
FOR_EACH_PROCESSOR
size_t near_pairs(const Tile *tile, double reach, float reach_squared, float radius_squared,
                  const Turns *turns, float *distance, int32_t *close, float *turned,
                  const Pairs *pairs)
{
    const float *lead = tile->coordinates;
    size_t count = 0, start = tile->top, stop = tile->top;
    for (size_t column = tile->left; column < tile->right; column++) {
        double value = lead[column];
        double margin = reach + 4e-16 * (fabs(value) + reach);
        while (start < tile->bottom && (double)lead[start] < value - margin)
            start++;
        while (stop < tile->bottom && (double)lead[stop] <= value + margin)
            stop++;
        size_t end = column < tile->core && column < stop ? column : stop;
        if (start >= end)
            continue;
        size_t length = end - start, found = 0;
        memset(distance, 0, length * sizeof *distance);
        for (size_t axis = 0; axis < tile->axes; axis++) {
            const float *line = tile->coordinates + axis * tile->images + start;
            float centre = tile->coordinates[axis * tile->images + column];
            for (size_t place = 0; place < length; place++) {
                float difference = line[place] - centre;
                distance[place] += difference * difference;
            }
        }
        for (size_t place = 0; place < length; place++) {
            close[found] = (int32_t)place;
            found += distance[place] <= reach_squared;
        }
        int known = NOTHING;
        for (size_t place = 0; place < found; place++) {
            size_t row = start + (size_t)close[place];
            uint8_t near = near_turns(turns, tile->signatures + row * turns->length,
                                      tile->signatures + column * turns->length, radius_squared,
                                      turned, &known);
            if (near) {
                pairs->rows[count] = (int32_t)row;
                pairs->columns[count] = (int32_t)column;
                pairs->turns[count] = near;
                count++;
            }
        }
    }
    return count;
}

/* In which turns of the column pairs are near, (count) bits, written to.
 *
 * Returns 0 if a row or column is none of the images, else 1.
 */
FOR_EACH_PROCESSOR
int turns_of_pairs(const float *signatures, size_t images, const int64_t *rows,
                   const int64_t *columns, size_t count, float radius_squared, const Turns *turns,
                   float *turned, uint8_t *near)
{
    int64_t last = -1;
    int known = NOTHING;
    for (size_t pair = 0; pair < count; pair++) {
        int64_t row = rows[pair], column = columns[pair];
        if (row < 0 || column < 0 || (uint64_t)row >= images || (uint64_t)column >= images)
            return 0;
        if (column != last) {
            last = column;
            known = NOTHING;
        }
        near[pair] = near_turns(turns, signatures + (size_t)row * turns->length,
                                signatures + (size_t)column * turns->length, radius_squared,
                                turned, &known);
    }
    return 1;
}
