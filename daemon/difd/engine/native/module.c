/* The loops as a Python module: the table of what can be called, and what it was made of. */
#include "calls.h"

#ifndef DIFD_VERSION
#define DIFD_VERSION "unknown"
#endif
#ifndef DIFD_SOURCES
#define DIFD_SOURCES "unknown"
#endif

static PyMethodDef methods[] = {
    {"narrow_colours", call_narrow_colours, METH_VARARGS, NULL},
    {"narrow_grey", call_narrow_grey, METH_VARARGS, NULL},
    {"shorten", call_shorten, METH_VARARGS, NULL},
    {"halve", call_halve, METH_VARARGS, NULL},
    {"columns_of_colours", call_columns_of_colours, METH_VARARGS, NULL},
    {"columns_of_grey", call_columns_of_grey, METH_VARARGS, NULL},
    {"turn_over", call_turn_over, METH_VARARGS, NULL},
    {"split_and_add", call_split_and_add, METH_VARARGS, NULL},
    {"add_channels", call_add_channels, METH_VARARGS, NULL},
    {"add_grey", call_add_grey, METH_VARARGS, NULL},
    {"transform", call_transform, METH_VARARGS, NULL},
    {"near_pairs", call_near_pairs, METH_VARARGS, NULL},
    {"turns_of_pairs", call_turns_of_pairs, METH_VARARGS, NULL},
    {"closest", call_closest, METH_VARARGS, NULL},
    {"split_colours", call_split_colours, METH_VARARGS, NULL},
    {"add_moments", call_add_moments, METH_VARARGS, NULL},
    {"measure_blocks", call_measure_blocks, METH_VARARGS, NULL},
    {"blur", call_blur, METH_VARARGS, NULL},
    {"extrema", call_extrema, METH_VARARGS, NULL},
    {"spread_of_directions", call_spread_of_directions, METH_VARARGS, NULL},
    {"describe", call_describe, METH_VARARGS, NULL},
    {"lies_of", call_lies_of, METH_VARARGS, NULL},
    {"enter_codes", call_enter_codes, METH_VARARGS, NULL},
    {"cast_votes", call_cast_votes, METH_VARARGS, NULL},
    {"count_repeats", call_count_repeats, METH_VARARGS, NULL},
    {"window_means", call_window_means, METH_VARARGS, NULL},
    {"window_likeness", call_window_likeness, METH_VARARGS, NULL},
    {"warp", call_warp, METH_VARARGS, NULL},
    {"add_slopes", call_add_slopes, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int fill_module(PyObject *module)
{
    if (PyModule_AddStringConstant(module, "VERSION", DIFD_VERSION) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "SOURCES", DIFD_SOURCES);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)fill_module},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_loops", "Compiled loops; see `_loops.pyi`.", 0, methods, slots,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__loops(void)
{
    return PyModuleDef_Init(&definition);
}
