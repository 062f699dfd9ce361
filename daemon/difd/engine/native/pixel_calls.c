/* The calls from Python that resize pixels, sum them up and measure their blocks; see `calls.h`. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "loops.h"

/* Resizing */

enum { MOST_BLOCK = 1 << 10 };

enum { PIXELS, FIRSTS, HIGH, LOW, NARROWED, NARROW_ARRAYS };

/* The weights among some arrays; 0 with an error set. The copy in `first` is to be freed.
 *
 * width: values of what is resized.
 */
static int take_weights(const Py_buffer *taken, size_t width, Weights *weights, int64_t **first)
{
    size_t px = length_of(taken + FIRSTS, 0), longest = length_of(taken + HIGH, 1);
    size_t shape[] = {px, longest};
    if (!has_shape(taken + HIGH, "high", shape) || !has_shape(taken + LOW, "low", shape))
        return 0;
    *first = copy_of_indices(taken + FIRSTS, "first", 0, (int64_t)width);
    *weights = (Weights){px, longest, *first, taken[HIGH].buf, taken[LOW].buf};
    return *first != NULL;
}

PyObject *call_narrow_colours(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[NARROW_ARRAYS] = {
        {"pixels", 'u', 4, 2, READ}, {"first", 'i', 8, 1, READ}, {"high", 'i', 2, 2, READ},
        {"low", 'i', 2, 2, READ},    {"out", 'u', 1, 3, WRITE},
    };
    PyObject *given[NARROW_ARRAYS];
    Py_buffer taken[NARROW_ARRAYS];
    if (!PyArg_ParseTuple(arguments, "OOOOO:narrow_colours", &given[0], &given[1], &given[2],
                          &given[3], &given[4]) ||
        !take_arrays(given, wanted, taken, NARROW_ARRAYS))
        return NULL;
    Weights weights;
    int64_t *first = NULL;
    int16_t *room = NULL;
    int failed = 1;
    size_t rows = length_of(taken + PIXELS, 0), width = length_of(taken + PIXELS, 1);
    if (!take_weights(taken, width, &weights, &first))
        goto done;
    size_t shape[] = {rows, weights.px, 3};
    if (!has_shape(taken + NARROWED, "out", shape))
        goto done;
    room = room_for(room_to_narrow(&weights, width), sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    narrow_colours(taken[PIXELS].buf, rows, width, &weights, room, taken[NARROWED].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    free(first);
    release_arrays(taken, NARROW_ARRAYS);
    return none_unless(failed);
}

/* Resize bytes along one axis: rows to another width (1), or columns to another height (0). */
static PyObject *resize_bytes(PyObject *arguments, const char *format, int axis)
{
    static const Wanted wanted[NARROW_ARRAYS] = {
        {"values", 'u', 1, 2, READ}, {"first", 'i', 8, 1, READ}, {"high", 'i', 2, 2, READ},
        {"low", 'i', 2, 2, READ},    {"out", 'u', 1, 2, WRITE},
    };
    PyObject *given[NARROW_ARRAYS];
    Py_buffer taken[NARROW_ARRAYS];
    if (!PyArg_ParseTuple(arguments, format, &given[0], &given[1], &given[2], &given[3],
                          &given[4]) ||
        !take_arrays(given, wanted, taken, NARROW_ARRAYS))
        return NULL;
    Weights weights;
    int64_t *first = NULL;
    void *room = NULL;
    int failed = 1;
    size_t rows = length_of(taken + PIXELS, 0), width = length_of(taken + PIXELS, 1);
    if (!take_weights(taken, axis ? width : rows, &weights, &first))
        goto done;
    size_t shape[] = {axis ? rows : weights.px, axis ? weights.px : width};
    if (!has_shape(taken + NARROWED, "out", shape))
        goto done;
    room = axis ? room_for(width + weights.longest, sizeof(int16_t))
                : room_for(width, sizeof(uint32_t));
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    if (axis)
        narrow_grey(taken[PIXELS].buf, rows, width, &weights, room, taken[NARROWED].buf);
    else
        shorten(taken[PIXELS].buf, rows, width, &weights, room, taken[NARROWED].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    free(first);
    release_arrays(taken, NARROW_ARRAYS);
    return none_unless(failed);
}

PyObject *call_narrow_grey(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return resize_bytes(arguments, "OOOOO:narrow_grey", 1);
}

PyObject *call_shorten(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return resize_bytes(arguments, "OOOOO:shorten", 0);
}

PyObject *call_halve(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"pixels", 'u', 4, 2, READ}, {"out", 'u', 4, 2, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    if (!PyArg_ParseTuple(arguments, "OO:halve", &given[0], &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t height = length_of(taken + 1, 0), width = length_of(taken + 1, 1);
    int failed = refuse(length_of(taken, 0) != 2 * height || length_of(taken, 1) != 2 * width,
                        "pixels are not twice as many as out");
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        halve(taken[0].buf, height, width, taken[1].buf);
        Py_END_ALLOW_THREADS
    }
    release_arrays(taken, 2);
    return none_unless(failed);
}

static PyObject *columns_of(PyObject *arguments, const char *format, int bytes)
{
    const Wanted wanted[2] = {{"pixels", 'u', bytes, 2, READ}, {"out", 'u', 1, 2, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    int across, down;
    if (!PyArg_ParseTuple(arguments, format, &given[0], &across, &down, &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    uint32_t *room = NULL;
    uint8_t *strip = NULL;
    int failed = 1;
    if (refuse(across < 1 || down < 1 || across > MOST_BLOCK || down > MOST_BLOCK,
               "blocks are of 1 to 1024 values across and down"))
        goto done;
    size_t columns = (width + (size_t)across - 1) / (size_t)across;
    size_t out[] = {columns, (height + (size_t)down - 1) / (size_t)down};
    if (!has_shape(taken + 1, "out", out))
        goto done;
    room = room_for(width, sizeof *room);
    strip = room == NULL ? NULL : room_for(columns, TURNED_ROWS * sizeof *strip);
    if (strip == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    grey_columns(taken[0].buf, (size_t)bytes, height, width, (size_t)across, (size_t)down, room,
                 strip, taken[1].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(strip);
    free(room);
    release_arrays(taken, 2);
    return none_unless(failed);
}

PyObject *call_columns_of_colours(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return columns_of(arguments, "OiiO:columns_of_colours", sizeof(uint32_t));
}

PyObject *call_columns_of_grey(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return columns_of(arguments, "OiiO:columns_of_grey", 1);
}

PyObject *call_turn_over(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"values", 'u', 1, 2, READ}, {"out", 'u', 1, 2, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    if (!PyArg_ParseTuple(arguments, "OO:turn_over", &given[0], &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t rows = length_of(taken, 0), width = length_of(taken, 1), out[] = {width, rows};
    int failed = !has_shape(taken + 1, "out", out);
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        turn_over(taken[0].buf, rows, width, taken[1].buf);
        Py_END_ALLOW_THREADS
    }
    release_arrays(taken, 2);
    return none_unless(failed);
}

/* Sums */

PyObject *call_split_and_add(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[3] = {
        {"pixels", 'u', 4, 2, READ}, {"planar", 'u', 1, 3, WRITE}, {"totals", 'i', 8, 1, WRITE}};
    PyObject *given[3];
    Py_buffer taken[3];
    if (!PyArg_ParseTuple(arguments, "OOO:split_and_add", &given[0], &given[1], &given[2]) ||
        !take_arrays(given, wanted, taken, 3))
        return NULL;
    size_t rows = length_of(taken, 0), width = length_of(taken, 1);
    size_t channels = length_of(taken + 1, 1);
    size_t planar[] = {rows, channels, width}, totals[] = {channels + channels * (channels + 1) / 2};
    int16_t *room = NULL;
    int failed = 1;
    if (refuse(channels < 3 || channels > 4, "planar has not 3 or 4 channels") ||
        !has_shape(taken + 1, "planar", planar) || !has_shape(taken + 2, "totals", totals))
        goto done;
    room = room_for(width, 4 * sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    split_and_add(taken[0].buf, rows, width, channels, room, taken[1].buf, taken[2].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 3);
    return none_unless(failed);
}

PyObject *call_add_channels(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"pixels", 'u', 4, 2, READ}, {"totals", 'i', 8, 1, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    if (!PyArg_ParseTuple(arguments, "OO:add_channels", &given[0], &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t totals[] = {3};
    int failed = !has_shape(taken + 1, "totals", totals);
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        add_channels(taken[0].buf, length_of(taken, 0), length_of(taken, 1), taken[1].buf);
        Py_END_ALLOW_THREADS
    }
    release_arrays(taken, 2);
    return none_unless(failed);
}

PyObject *call_add_grey(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"pixels", 'u', 1, 2, READ}, {"totals", 'i', 8, 1, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    if (!PyArg_ParseTuple(arguments, "OO:add_grey", &given[0], &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t rows = length_of(taken, 0), width = length_of(taken, 1), totals[] = {2};
    int16_t *room = NULL;
    int failed = 1;
    if (!has_shape(taken + 1, "totals", totals))
        goto done;
    room = room_for(width, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    add_grey(taken[0].buf, rows, width, room, taken[1].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 2);
    return none_unless(failed);
}

/* Blocks */

PyObject *call_split_colours(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[4] = {{"pixels", 'u', 4, 2, READ | STRIDED},
                                     {"luma", 'u', 1, 2, WRITE},
                                     {"blue", 'u', 1, 2, WRITE},
                                     {"red", 'u', 1, 2, WRITE}};
    PyObject *given[4];
    Py_buffer taken[4];
    if (!PyArg_ParseTuple(arguments, "OOOO:split_colours", &given[0], &given[1], &given[2],
                          &given[3]) ||
        !take_arrays(given, wanted, taken, 4))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t whole[] = {height, width}, half[] = {(height + 1) / 2, (width + 1) / 2};
    float *room = NULL;
    int failed = 1;
    if (!has_shape(taken + 1, "luma", whole) || !has_shape(taken + 2, "blue", half) ||
        !has_shape(taken + 3, "red", half))
        goto done;
    room = room_for(half[1], 4 * sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    split_colours(taken[0].buf, height, width, taken[0].strides[0], taken[0].strides[1], room,
                  taken[1].buf, taken[2].buf, taken[3].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 4);
    return none_unless(failed);
}

PyObject *call_add_moments(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[3] = {
        {"one", 'u', 1, 2, READ}, {"other", 'u', 1, 2, READ}, {"moments", 'f', 8, 2, WRITE}};
    PyObject *given[3];
    Py_buffer taken[3];
    if (!PyArg_ParseTuple(arguments, "OOO:add_moments", &given[0], &given[1], &given[2]) ||
        !take_arrays(given, wanted, taken, 3))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t shape[] = {height, width}, moments[] = {TERMS, TERMS + 1};
    int failed = 1;
    if (refuse(height < 3 || width < 3, "a plane is smaller than 3 x 3") ||
        !has_shape(taken + 1, "other", shape) || !has_shape(taken + 2, "moments", moments))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    add_moments(taken[0].buf, taken[1].buf, height, width, taken[2].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, 3);
    return none_unless(failed);
}

PyObject *call_measure_blocks(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[6] = {
        {"one", 'u', 1, 2, READ},    {"other", 'u', 1, 2, READ},  {"shared", 'f', 4, 1, READ},
        {"basis", 'f', 4, 2, READ},  {"weight", 'f', 4, 2, READ}, {"out", 'f', 4, 3, WRITE},
    };
    PyObject *given[6];
    Py_buffer taken[6];
    if (!PyArg_ParseTuple(arguments, "OOOOOO:measure_blocks", &given[0], &given[1], &given[2],
                          &given[3], &given[4], &given[5]) ||
        !take_arrays(given, wanted, taken, 6))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t shape[] = {height, width}, shared[] = {TERMS}, square[] = {BLOCK, BLOCK};
    size_t out[] = {height / BLOCK + (height % BLOCK > 0), width / BLOCK + (width % BLOCK > 0), 4};
    int failed = 1;
    if (refuse(height < BLOCK || width < BLOCK, "a plane is smaller than a block") ||
        !has_shape(taken + 1, "other", shape) || !has_shape(taken + 2, "shared", shared) ||
        !has_shape(taken + 3, "basis", square) || !has_shape(taken + 4, "weight", square) ||
        !has_shape(taken + 5, "out", out))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    measure_blocks(taken[0].buf, taken[1].buf, height, width, taken[2].buf, taken[3].buf,
                   taken[4].buf, taken[5].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, 6);
    return none_unless(failed);
}
