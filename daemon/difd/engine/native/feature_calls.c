/* The calls from Python that find and describe local features; see `calls.h`. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "loops.h"

enum { MOST_EDGE = 1 << 15, MOST_FEATURES = 1 << 12 };

PyObject *call_blur(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[3] = {
        {"level", 'i', 2, 2, READ}, {"weights", 'i', 2, 1, READ}, {"out", 'i', 2, 2, WRITE}};
    PyObject *given[3];
    Py_buffer taken[3];
    if (!PyArg_ParseTuple(arguments, "OOO:blur", &given[0], &given[1], &given[2]) ||
        !take_arrays(given, wanted, taken, 3))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1), count = length_of(taken + 1, 0);
    size_t shape[] = {height, width};
    int16_t *room = NULL;
    int failed = 1;
    if (refuse(height == 0 || width == 0, "there is no picture") ||
        refuse(count == 0 || count - 1 > MOST_RADIUS, "weights are 1 to 64") ||
        !has_shape(taken + 2, "out", shape))
        goto done;
    room = room_for(width + 2 * (count - 1), sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    blur(taken[0].buf, height, width, taken[1].buf, count - 1, room, taken[2].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 3);
    return none_unless(failed);
}

PyObject *call_extrema(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"levels", 'i', 2, 3, READ}, {"out", 'f', 4, 2, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    int lowest;
    if (!PyArg_ParseTuple(arguments, "OiO:extrema", &given[0], &lowest, &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t height = length_of(taken, 1), width = length_of(taken, 2), count = 0;
    size_t levels[] = {LEVELS, height, width}, out[] = {length_of(taken + 1, 0), 4};
    int16_t *room = NULL;
    int failed = 1;
    if (refuse(lowest < 0 || lowest >= INT16_MAX, "lowest is 0 to 32766") ||
        refuse(height > MOST_EDGE || width > MOST_EDGE, "a level is too large") ||
        !has_shape(taken, "levels", levels) || !has_shape(taken + 1, "out", out))
        goto done;
    room = room_for(width, (3 * DIFFERENCES + 1) * sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    count = find_extrema(taken[0].buf, height, width, (int16_t)lowest, room, out[0], taken[1].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 2);
    return failed ? NULL : PyLong_FromSize_t(count);
}

PyObject *call_spread_of_directions(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[5] = {
        {"level", 'i', 2, 2, READ},      {"points", 'f', 4, 2, READ}, {"window", 'f', 4, 2, READ},
        {"directions", 'f', 4, 2, READ}, {"out", 'f', 4, 2, WRITE},
    };
    PyObject *given[5];
    Py_buffer taken[5];
    if (!PyArg_ParseTuple(arguments, "OOOOO:spread_of_directions", &given[0], &given[1], &given[2],
                          &given[3], &given[4]) ||
        !take_arrays(given, wanted, taken, 5))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t count = length_of(taken + 1, 0), points[] = {count, 5}, window[] = {TURNED, TURNED};
    size_t directions[] = {2, ANGLES / 2}, out[] = {count, ANGLES};
    Samples *room = NULL;
    int failed = 1;
    if (refuse(height > MOST_EDGE || width > MOST_EDGE, "a level is too large") ||
        !has_shape(taken + 1, "points", points) || !has_shape(taken + 2, "window", window) ||
        !has_shape(taken + 3, "directions", directions) || !has_shape(taken + 4, "out", out))
        goto done;
    room = room_for(1, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    spread_of_directions(taken[0].buf, height, width, taken[1].buf, count, taken[2].buf, taken[3].buf,
                         room, taken[4].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 5);
    return none_unless(failed);
}

PyObject *call_describe(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[4] = {{"level", 'i', 2, 2, READ},
                                     {"points", 'f', 4, 2, READ},
                                     {"weights", 'f', 4, 2, READ},
                                     {"out", 'f', 4, 4, WRITE}};
    PyObject *given[4];
    Py_buffer taken[4];
    if (!PyArg_ParseTuple(arguments, "OOOO:describe", &given[0], &given[1], &given[2], &given[3]) ||
        !take_arrays(given, wanted, taken, 4))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t count = length_of(taken + 1, 0), points[] = {count, 5}, weights[] = {CELLS, GRID};
    size_t out[] = {count, CELLS, CELLS, LOBES};
    Samples *room = NULL;
    int failed = 1;
    if (refuse(height > MOST_EDGE || width > MOST_EDGE, "a level is too large") ||
        !has_shape(taken + 1, "points", points) || !has_shape(taken + 2, "weights", weights) ||
        !has_shape(taken + 3, "out", out))
        goto done;
    room = room_for(1, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    describe(taken[0].buf, height, width, taken[1].buf, count, taken[2].buf, room, taken[3].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 4);
    return none_unless(failed);
}

/* Where the features of each picture begin: (pictures + 1), rising; a copy to be freed, or NULL. */
static int64_t *take_starts(const Py_buffer *starts, size_t features)
{
    int64_t *copy = copy_of_indices(starts, "starts", 0, (int64_t)features);
    size_t count = length_of(starts, 0), most = 0;
    for (size_t n = 1; copy != NULL && n < count; n++) {
        most = copy[n] - copy[n - 1] > MOST_FEATURES ? 1 : most;
        if (refuse(copy[n] < copy[n - 1] || most, "starts fall, or a picture has too many features")) {
            free(copy);
            return NULL;
        }
    }
    return copy;
}

PyObject *call_lies_of(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    enum { CODED, PLACES, STARTS, PAIRS, MAPS, AGREE, ARRAYS };
    static const Wanted wanted[ARRAYS] = {
        {"codes", 'u', 8, 1, READ}, {"places", 'f', 4, 2, READ}, {"starts", 'i', 8, 1, READ},
        {"pairs", 'i', 8, 2, READ}, {"maps", 'f', 8, 2, WRITE},  {"agree", 'i', 4, 1, WRITE},
    };
    PyObject *given[ARRAYS];
    Py_buffer taken[ARRAYS];
    int limit;
    if (!PyArg_ParseTuple(arguments, "OOOOiOO:lies_of", &given[CODED], &given[PLACES],
                          &given[STARTS], &given[PAIRS], &limit, &given[MAPS], &given[AGREE]) ||
        !take_arrays(given, wanted, taken, ARRAYS))
        return NULL;
    size_t features = length_of(taken, 0), pictures = length_of(taken + STARTS, 0);
    size_t count = length_of(taken + PAIRS, 0);
    size_t places[] = {features, PLACE}, pairs[] = {count, 2}, maps[] = {count, 6};
    int64_t *starts = NULL, *both = NULL;
    char *room = NULL;
    int failed = 1;
    if (!has_shape(taken + PLACES, "places", places) ||
        !has_shape(taken + PAIRS, "pairs", pairs) || !has_shape(taken + MAPS, "maps", maps) ||
        !has_shape(taken + AGREE, "agree", &count) || refuse(pictures == 0, "there are no starts") ||
        refuse(limit < 0 || limit > 64, "limit is 0 to 64"))
        goto done;
    starts = take_starts(taken + STARTS, features);
    both = starts == NULL ? NULL : copy_of_indices(taken + PAIRS, "pairs", 0, (int64_t)pictures - 2);
    room = both == NULL ? NULL : room_for(MOST_FEATURES, 6 * sizeof(int32_t) + 4);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    int32_t *whole = (int32_t *)room;
    GeometryRoom parts = {whole,
                          whole + MOST_FEATURES,
                          whole + 2 * MOST_FEATURES,
                          whole + 4 * MOST_FEATURES,
                          (uint8_t *)(whole + 6 * MOST_FEATURES),
                          (uint8_t *)(whole + 6 * MOST_FEATURES) + 2 * MOST_FEATURES};
    for (size_t n = 0; n < count; n++) {
        Features sides[2];
        for (int side = 0; side < 2; side++) {
            int64_t picture = both[2 * n + side], start = starts[picture];
            sides[side] = (Features){(size_t)(starts[picture + 1] - start),
                                     (uint64_t *)taken[CODED].buf + start,
                                     (float *)taken[PLACES].buf + PLACE * start};
        }
        double *map = (double *)taken[MAPS].buf + 6 * n;
        ((int32_t *)taken[AGREE].buf)[n] = lie_of(&sides[0], &sides[1], limit, &parts, map);
    }
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    free(both);
    free(starts);
    release_arrays(taken, ARRAYS);
    return none_unless(failed);
}

PyObject *call_enter_codes(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    enum { CODED, NUMBERS, FLIPPED, BITS, WANTED, OUT, ARRAYS };
    static const Wanted wanted[ARRAYS] = {
        {"codes", 'u', 8, 1, READ}, {"numbers", 'i', 8, 1, READ}, {"flips", 'u', 8, 1, READ},
        {"bits", 'i', 8, 1, READ},  {"wanted", 'u', 1, 1, READ},  {"out", 'u', 8, 1, WRITE}};
    PyObject *given[ARRAYS];
    Py_buffer taken[ARRAYS];
    if (!PyArg_ParseTuple(arguments, "OOOOOO:enter_codes", &given[CODED], &given[NUMBERS],
                          &given[FLIPPED], &given[BITS], &given[WANTED], &given[OUT]) ||
        !take_arrays(given, wanted, taken, ARRAYS))
        return NULL;
    size_t codes = length_of(taken, 0), count = length_of(taken + NUMBERS, 0);
    size_t kinds = length_of(taken + FLIPPED, 0), length = length_of(taken + BITS, 0);
    size_t beginning = 0, beginnings = length_of(taken + WANTED, 0), out = 0, entered = 0;
    while (beginning < length && (size_t)1 << beginning < beginnings)
        beginning++;
    int64_t *bits = NULL, *numbers = NULL;
    int failed = 1;
    if (refuse(kinds == 0 || kinds > 4, "flips are 1 to 4") ||
        refuse(length < 1 || length > 62 || codes >> (62 - length) != 0,
               "keys have at least a bit, and room for the number of a code beside them") ||
        refuse(beginnings != (size_t)1 << beginning, "beginnings are a power of two"))
        goto done;
    out = count * kinds; /* both have room in memory, eight bytes each */
    if (!has_shape(taken + OUT, "out", &out))
        goto done;
    bits = copy_of_indices(taken + BITS, "bits", 0, 63);
    numbers = bits == NULL ? NULL
                           : copy_of_indices(taken + NUMBERS, "numbers", 0, (int64_t)codes - 1);
    if (numbers == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    entered = enter_codes(taken[CODED].buf, numbers, count, taken[FLIPPED].buf, kinds, bits,
                          length, taken[WANTED].buf, beginning, taken[OUT].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(numbers);
    free(bits);
    release_arrays(taken, ARRAYS);
    return failed ? NULL : PyLong_FromSize_t(entered);
}

PyObject *call_cast_votes(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    enum { CODED, PICTURES, TURNS, ZOOMS, MASKS, FLIPS, ENTRIES, VOTES, ARRAYS };
    static const Wanted wanted[ARRAYS] = {
        {"codes", 'u', 8, 1, READ}, {"pictures", 'i', 4, 1, READ}, {"turns", 'u', 1, 1, READ},
        {"zooms", 'u', 1, 1, READ}, {"masks", 'u', 8, 1, READ},    {"flips", 'u', 8, 1, READ},
        {"entries", 'u', 8, 1, READ}, {"votes", 'u', 8, 1, WRITE},
    };
    PyObject *given[ARRAYS];
    Py_buffer taken[ARRAYS];
    int limit, length, least, crowd;
    if (!PyArg_ParseTuple(arguments, "OOOOOOOiiiiO:cast_votes", &given[CODED], &given[PICTURES],
                          &given[TURNS], &given[ZOOMS], &given[MASKS], &given[FLIPS],
                          &given[ENTRIES], &limit, &length, &least, &crowd, &given[VOTES]) ||
        !take_arrays(given, wanted, taken, ARRAYS))
        return NULL;
    size_t count = length_of(taken, 0), ways = length_of(taken + FLIPS, 0);
    Ballots ballots = {taken[VOTES].buf, length_of(taken + VOTES, 0), 0};
    int failed = 1;
    if (!has_shape(taken + PICTURES, "pictures", &count) ||
        !has_shape(taken + TURNS, "turns", &count) || !has_shape(taken + ZOOMS, "zooms", &count) ||
        refuse(ways == 0 || ways > 4, "ways are 1 to 4") ||
        refuse(length < 1 || length > 62 || least < 1 || least > length, "keys have 1 to 62 bits") ||
        refuse(crowd < 1, "a crowd is 1 or more"))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    Index index = {count, taken[CODED].buf, taken[PICTURES].buf, taken[TURNS].buf,
                   taken[ZOOMS].buf, length_of(taken + MASKS, 0), taken[MASKS].buf, ways,
                   taken[FLIPS].buf, limit};
    cast_votes(&index, taken[ENTRIES].buf, length_of(taken + ENTRIES, 0), length, least,
               (size_t)crowd, &ballots);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, ARRAYS);
    return failed ? NULL : PyLong_FromSize_t(ballots.count);
}

PyObject *call_count_repeats(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"codes", 'u', 8, 1, READ}, {"counts", 'i', 4, 1, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    int limit;
    if (!PyArg_ParseTuple(arguments, "OiO:count_repeats", &given[0], &limit, &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t count = length_of(taken, 0);
    int failed = 1;
    if (refuse(count > MOST_FEATURES, "a picture has 4096 features at most") ||
        !has_shape(taken + 1, "counts", &count))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    count_repeats(taken[0].buf, count, limit, taken[1].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, 2);
    return none_unless(failed);
}
