/* Exact sums of squared differences (SSD) between images, over all planes and the best turn.
 *
 * Nothing is copied but the turned tensor, of which rows are made as they are needed.
 */
#include "loops.h"

/* Values between two looks at the limit: three in four candidates leave early. */
enum { STRIP = 1024 };

/* The SSD of bytes; at most STRIP of them. */
static inline int32_t ssd_of(const uint8_t *one, const uint8_t *other, size_t count)
{
    int32_t total = 0;
    for (size_t place = 0; place < count; place++) {
        int16_t difference = (int16_t)(one[place] - other[place]);
        total += (int32_t)difference * difference;
    }
    return total;
}

/* Fill rows `from` to `to` of a copy, (px, px, 3), with a tensor in the turn that `steps` says. */
static inline void turn_rows(const uint8_t *tensor, const int64_t *steps, size_t px, size_t from,
                             size_t to, uint8_t *copy)
{
    ptrdiff_t step = 3 * (ptrdiff_t)steps[2];
    for (size_t y = from; y < to; y++) {
        ptrdiff_t place = 3 * ((ptrdiff_t)steps[0] + (ptrdiff_t)y * (ptrdiff_t)steps[1]);
        uint8_t *target = copy + 3 * px * y;
        for (size_t x = 0; x < px; x++) {
            target[3 * x] = tensor[place];
            target[3 * x + 1] = tensor[place + 1];
            target[3 * x + 2] = tensor[place + 2];
            place += step;
        }
    }
}

/* The SSD of two tensors, the right one turned; above the limit it may be cut short. */
static inline int64_t ssd_in_turn(const Comparison *comparison, const uint8_t *left,
                                  const uint8_t *right, size_t code, int64_t limit,
                                  TurnedCopies *turned)
{
    size_t px = comparison->px, length = 3 * px * px, slot = code % turned->slots;
    const uint8_t *other = right;
    uint8_t *copy = turned->copies + slot * length;
    size_t rows = px;
    if (code != 0) {
        other = copy;
        rows = turned->codes[slot] == (int)code ? turned->rows[slot] : 0;
    }
    int64_t total = 0;
    for (size_t start = 0; start < length && total <= limit; start += STRIP) {
        size_t end = length - start < STRIP ? length : start + STRIP;
        size_t bottom = (end + 3 * px - 1) / (3 * px);
        if (rows < bottom) {
            turn_rows(right, comparison->steps + 3 * code, px, rows, bottom, copy);
            turned->codes[slot] = (int)code;
            turned->rows[slot] = bottom;
            rows = bottom;
        }
        /* A constant number of values is compiled without odd ends. */
        total += end - start == STRIP ? ssd_of(left + start, other + start, STRIP)
                                      : ssd_of(left + start, other + start, end - start);
    }
    return total;
}

/* The largest SSD of the planes of two images, the right one turned; `limit` or more if that much. */
static inline int64_t largest(const Comparison *comparison, const Image *left, const Image *right,
                              size_t code, int64_t limit, const uint8_t **copied,
                              TurnedCopies *turned)
{
    size_t length = 3 * comparison->px * comparison->px;
    size_t first_frame = left->frames != right->frames;
    const int8_t *planes = comparison->compared +
                           ((left->count * KINDS + right->count) * 2 + first_frame) * BACKDROPS * 2;
    int64_t worst = 0;
    for (size_t place = 0; place < BACKDROPS; place++) {
        int one = planes[2 * place], other = planes[2 * place + 1];
        if (one < 0 || worst >= limit)
            break;
        const uint8_t *tensor = right->planes + (size_t)other * length;
        if (tensor != *copied) {
            *copied = tensor;
            for (size_t slot = 0; slot < turned->slots; slot++)
                turned->codes[slot] = -1;
        }
        int64_t ssd = ssd_in_turn(comparison, left->planes + (size_t)one * length, tensor, code,
                                  limit - 1, turned);
        worst = ssd > worst ? ssd : worst;
    }
    return worst;
}

/* Lower `ssd`, and set `turn`, where a turn brings two images closer than `ssd` says.
 *
 * a, b: (count), places in `images`; b is turned. Fastest if equal places in b follow each other.
 * later: (count), 1 where a is the later image: of equally good turns the smallest code wins of that
 *     which turns the later image onto the earlier one, whichever is turned here.
 * turns: (count), a bit for every turn of b that is tried.
 * ssd, turn: (count), updated.
 * stop: (1), set by other threads; once it is not 0, the rest is left as it is.
 */
FOR_EACH_PROCESSOR
void closest(const Comparison *comparison, const Image *images, const int32_t *a, const int32_t *b,
             const uint8_t *later, const uint8_t *turns, size_t count, TurnedCopies *turned,
             int64_t *ssd, int8_t *turn, const volatile uint8_t *stop)
{
    const uint8_t *copied = NULL;
    for (size_t pair = 0; pair < count && !*stop; pair++) {
        const Image *left = images + a[pair], *right = images + b[pair];
        int64_t best = ssd[pair];
        for (size_t preference = 0; preference < CODES; preference++) {
            size_t code = later[pair] ? comparison->inverse[preference] : preference;
            if (best <= 0 || !(turns[pair] >> code & 1))
                continue;
            int64_t worst = largest(comparison, left, right, code, best, &copied, turned);
            if (worst < best) {
                best = worst;
                turn[pair] = (int8_t)code;
            }
        }
        ssd[pair] = best;
    }
}
