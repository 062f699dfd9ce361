/* Which pictures have features that look alike: an index of codes by some of their bits. */
#include <string.h>

#include "loops.h"

/* Enter codes into a table: bits of each as a key, above its number and how it was flipped.
 *
 * codes: any number of them.
 * numbers: (count), of the codes that are entered.
 * flips: (kinds), 1 to 4; a code is entered with the bits of each turned round.
 * bits: (length), 0 to 63, of the key; the first becomes the highest. At most 62.
 * wanted: (2^beginning), 0 for keys that begin so and are left out.
 * out: (count * kinds), the entries: a key in the highest bits, the number times 4, the flip.
 *
 * Returns how many were entered, in the order of the numbers.
 */
size_t enter_codes(const uint64_t *codes, const int64_t *numbers, size_t count,
                   const uint64_t *flips, size_t kinds, const int64_t *bits, size_t length,
                   const uint8_t *wanted, size_t beginning, uint64_t *out)
{
    /* What each byte of a code adds to the key, for every value. */
    static const size_t bytes = sizeof(uint64_t), values = 256;
    uint64_t adds[8][256] = {{0}};
    for (size_t k = 0; k < length; k++) {
        uint64_t *of_byte = adds[bits[k] / 8 % (int64_t)bytes];
        for (size_t value = 0; value < values; value++)
            of_byte[value] |= (uint64_t)(value >> (bits[k] % 8) & 1) << (length - 1 - k);
    }
    size_t entered = 0;
    for (size_t n = 0; n < count; n++)
        for (size_t kind = 0; kind < kinds; kind++) {
            uint64_t code = codes[numbers[n]] ^ flips[kind], key = 0;
            for (size_t byte = 0; byte < bytes; byte++)
                key |= adds[byte][code >> (8 * byte) & 255];
            out[entered] = key << (64 - length) | (uint64_t)numbers[n] << FLIP_BITS | kind;
            entered += wanted[key >> (length - beginning)] != 0;
        }
    return entered;
}

/* Vote for the codes of two entries, if they look alike and no earlier table had them together.
 *
 * Of each match in some way there are several, as both may be flipped: that counts in which the one
 * of the lower picture is as it is.
 */
static void vote(const Index *index, uint64_t one, uint64_t other, Ballots *ballots)
{
    size_t x = (size_t)(one >> FLIP_BITS), y = (size_t)(other >> FLIP_BITS);
    size_t way = (one | other) & FLIPS;
    if (x >= index->count || y >= index->count || ((one & FLIPS) != 0 && (other & FLIPS) != 0) ||
        way >= index->ways)
        return;
    uint64_t difference = index->codes[x] ^ index->codes[y] ^ index->flips[way];
    if (bits_of(difference) > index->limit || index->pictures[x] == index->pictures[y])
        return;
    if (index->pictures[x] > index->pictures[y]) {
        size_t swapped = x;
        x = y;
        y = swapped;
        one = other;
    }
    if ((one & FLIPS) != 0)
        return;
    for (size_t t = 0; t < index->earlier; t++)
        if (!(difference & index->masks[t]))
            return;
    /* A mirrored picture has its angles the other way round, an inverted one turned by half. */
    unsigned turn = way & 1 ? 128u - index->turns[x] : index->turns[x];
    turn = (index->turns[y] - turn + (way & 2 ? 128u : 0) + 16) & 255;
    unsigned zoom = 128u + index->zooms[y] - index->zooms[x] + 4;
    if (ballots->count < ballots->most)
        ballots->votes[ballots->count] =
            (uint64_t)index->pictures[x] << 40 | (uint64_t)index->pictures[y] << 16 |
            (uint64_t)way << 14 | (uint64_t)(zoom >> 3 & 31) << 8 | (uint64_t)(turn >> 5);
    ballots->count++;
}

/* Codes lie anywhere in memory: they are asked for so many entries before they are needed. */
enum { AHEAD = 64 };

/* Vote for all pairs of entries that share enough leading bits of their keys.
 *
 * Entries that share the `least` leading bits are compared with each other; if they are more than
 * `crowd`, those that share one bit more, and so on. Where no bit is left, each is compared with the
 * `crowd` that follow.
 *
 * entries: (count), rising: a key of `length` bits above the index of a code, times 4, and how it is
 * flipped.
 */
FOR_EACH_PROCESSOR
void cast_votes(const Index *index, const uint64_t *entries, size_t count, int length, int least,
                size_t crowd, Ballots *ballots)
{
    int index_bits = 64 - length;
    uint64_t indices = ((uint64_t)1 << index_bits) - 1;
    size_t start = 0, fetched = 0;
    while (start < count) {
        for (; fetched < count && fetched < start + AHEAD; fetched++)
            if ((entries[fetched] & indices) >> FLIP_BITS < index->count)
                PREFETCH(index->codes + ((entries[fetched] & indices) >> FLIP_BITS));
        /* As few bits as make a group small enough: begin with `least`, add one while it is not. */
        int bits = least;
        size_t end;
        for (;;) {
            uint64_t prefix = entries[start] >> (64 - bits);
            end = start + 1;
            while (end < count && entries[end] >> (64 - bits) == prefix && end - start <= crowd)
                end++;
            if (end - start <= crowd || bits == length)
                break;
            bits++;
        }
        if (end - start > crowd) {
            uint64_t key = entries[start] >> index_bits;
            while (end < count && entries[end] >> index_bits == key)
                end++;
        }
        for (size_t x = start; x < end; x++)
            for (size_t y = x + 1; y < end && y - x <= crowd; y++)
                vote(index, entries[x] & indices, entries[y] & indices, ballots);
        start = end;
    }
}

/* How many other codes of the same picture are like each; `counts` (count) is written to. */
FOR_EACH_PROCESSOR
void count_repeats(const uint64_t *codes, size_t count, int limit, int32_t *counts)
{
    for (size_t i = 0; i < count; i++)
        counts[i] = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t alike = 0;
        for (size_t j = i + 1; j < count; j++)
            if (bits_of(codes[i] ^ codes[j]) <= limit) {
                alike++;
                counts[j]++;
            }
        counts[i] += alike;
    }
}
