/* The functions that Python calls: arguments are taken, checked and released here.
 *
 * Arrays arrive by the buffer protocol and are held for as long as a call takes; the interpreter is
 * let go while a loop runs. Nothing is read or written beyond them, whatever is passed, and whatever
 * other threads do to their values meanwhile. Contracts: `_loops.pyi`.
 */
#ifndef DIFD_CALLS_H
#define DIFD_CALLS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum { MOST_PX = 1 << 14, MOST_IMAGES = INT32_MAX };

static inline PyObject *none_unless(int failed)
{
    return failed ? NULL : Py_NewRef(Py_None);
}

static inline int refuse(int wrong, const char *why)
{
    if (wrong)
        PyErr_SetString(PyExc_ValueError, why);
    return wrong;
}

/* pixel_calls.c */

PyObject *call_narrow_colours(PyObject *module, PyObject *arguments);
PyObject *call_narrow_grey(PyObject *module, PyObject *arguments);
PyObject *call_shorten(PyObject *module, PyObject *arguments);
PyObject *call_halve(PyObject *module, PyObject *arguments);
PyObject *call_columns_of_colours(PyObject *module, PyObject *arguments);
PyObject *call_columns_of_grey(PyObject *module, PyObject *arguments);
PyObject *call_turn_over(PyObject *module, PyObject *arguments);
PyObject *call_split_and_add(PyObject *module, PyObject *arguments);
PyObject *call_add_channels(PyObject *module, PyObject *arguments);
PyObject *call_add_grey(PyObject *module, PyObject *arguments);
PyObject *call_split_colours(PyObject *module, PyObject *arguments);
PyObject *call_add_moments(PyObject *module, PyObject *arguments);
PyObject *call_measure_blocks(PyObject *module, PyObject *arguments);

/* match_calls.c */

PyObject *call_transform(PyObject *module, PyObject *arguments);
PyObject *call_near_pairs(PyObject *module, PyObject *arguments);
PyObject *call_turns_of_pairs(PyObject *module, PyObject *arguments);

/* distance_calls.c */

PyObject *call_closest(PyObject *module, PyObject *arguments);

/* feature_calls.c */

PyObject *call_blur(PyObject *module, PyObject *arguments);
PyObject *call_extrema(PyObject *module, PyObject *arguments);
PyObject *call_spread_of_directions(PyObject *module, PyObject *arguments);
PyObject *call_describe(PyObject *module, PyObject *arguments);
PyObject *call_lies_of(PyObject *module, PyObject *arguments);
PyObject *call_enter_codes(PyObject *module, PyObject *arguments);
PyObject *call_cast_votes(PyObject *module, PyObject *arguments);
PyObject *call_count_repeats(PyObject *module, PyObject *arguments);

/* laying_calls.c */

PyObject *call_window_means(PyObject *module, PyObject *arguments);
PyObject *call_window_likeness(PyObject *module, PyObject *arguments);
PyObject *call_warp(PyObject *module, PyObject *arguments);
PyObject *call_add_slopes(PyObject *module, PyObject *arguments);

#endif
