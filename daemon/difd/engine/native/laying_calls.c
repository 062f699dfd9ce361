/* The calls from Python that lay one picture onto another; see `calls.h`. */
#include "calls.h"

#include <stdlib.h>

#include "arrays.h"
#include "loops.h"

enum { MOST_WINDOW = 1 << 10 };

PyObject *call_window_means(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[2] = {{"plane", 'f', 4, 2, READ}, {"out", 'f', 4, 2, WRITE}};
    PyObject *given[2];
    Py_buffer taken[2];
    int radius;
    if (!PyArg_ParseTuple(arguments, "OiO:window_means", &given[0], &radius, &given[1]) ||
        !take_arrays(given, wanted, taken, 2))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1), shape[] = {height, width};
    double *room = NULL;
    int failed = 1;
    if (refuse(height == 0 || width == 0, "there is no picture") ||
        refuse(radius < 0 || radius > MOST_WINDOW, "radius is 0 to 1024") ||
        !has_shape(taken + 1, "out", shape))
        goto done;
    room = room_for(width, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    window_means(taken[0].buf, height, width, (size_t)radius, room, taken[1].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 2);
    return none_unless(failed);
}

PyObject *call_window_likeness(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[3] = {
        {"one", 'f', 4, 2, READ}, {"other", 'f', 4, 2, READ}, {"out", 'f', 4, 3, WRITE}};
    PyObject *given[3];
    Py_buffer taken[3];
    int radius;
    if (!PyArg_ParseTuple(arguments, "OOiO:window_likeness", &given[0], &given[1], &radius,
                          &given[2]) ||
        !take_arrays(given, wanted, taken, 3))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t shape[] = {height, width}, out[] = {LIKENESSES, height, width};
    double *room = NULL;
    int failed = 1;
    if (refuse(height == 0 || width == 0, "there is no picture") ||
        refuse(radius < 0 || radius > MOST_WINDOW, "radius is 0 to 1024") ||
        !has_shape(taken + 1, "other", shape) || !has_shape(taken + 2, "out", out))
        goto done;
    room = room_for(5 * width, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    window_likeness(taken[0].buf, taken[1].buf, height, width, (size_t)radius, room, taken[2].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(room);
    release_arrays(taken, 3);
    return none_unless(failed);
}

PyObject *call_warp(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[5] = {{"part", 'f', 4, 2, READ},
                                     {"matrix", 'f', 8, 2, READ},
                                     {"bounds", 'f', 8, 1, READ},
                                     {"out", 'f', 4, 2, WRITE},
                                     {"seen", 'u', 1, 2, WRITE}};
    PyObject *given[5];
    Py_buffer taken[5];
    if (!PyArg_ParseTuple(arguments, "OOOOO:warp", &given[0], &given[1], &given[2], &given[3],
                          &given[4]) ||
        !take_arrays(given, wanted, taken, 5))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t rows = length_of(taken + 3, 0), columns = length_of(taken + 3, 1);
    size_t matrix[] = {3, 3}, bounds[] = {4}, seen[] = {rows, columns};
    int failed = 1;
    if (refuse(height == 0 || width == 0, "there is no picture") ||
        !has_shape(taken + 1, "matrix", matrix) || !has_shape(taken + 2, "bounds", bounds) ||
        !has_shape(taken + 4, "seen", seen))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    warp(taken[0].buf, height, width, taken[1].buf, taken[2].buf, rows, columns, taken[3].buf,
         taken[4].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, 5);
    return none_unless(failed);
}

PyObject *call_add_slopes(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[5] = {{"theirs", 'f', 4, 2, READ},
                                     {"rest", 'f', 4, 2, READ},
                                     {"say", 'f', 4, 2, READ},
                                     {"unit", 'f', 8, 1, READ},
                                     {"out", 'f', 8, 2, WRITE}};
    PyObject *given[5];
    Py_buffer taken[5];
    if (!PyArg_ParseTuple(arguments, "OOOOO:add_slopes", &given[0], &given[1], &given[2],
                          &given[3], &given[4]) ||
        !take_arrays(given, wanted, taken, 5))
        return NULL;
    size_t height = length_of(taken, 0), width = length_of(taken, 1);
    size_t plane[] = {height, width}, unit[] = {3}, out[] = {MAP_NUMBERS, MAP_NUMBERS + 1};
    int failed = 1;
    if (!has_shape(taken + 1, "rest", plane) || !has_shape(taken + 2, "say", plane) ||
        !has_shape(taken + 3, "unit", unit) || !has_shape(taken + 4, "out", out))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    add_slopes(taken[0].buf, taken[1].buf, taken[2].buf, height, width, taken[3].buf, taken[4].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(taken, 5);
    return none_unless(failed);
}
