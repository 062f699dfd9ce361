/* See `arrays.h`. Errors are raised as TypeError or ValueError, and name the argument. */
#include "arrays.h"

#include <stdlib.h>
#include <string.h>

static char kind_of(const char *format)
{
    if (format == NULL)
        return 'u'; /* bytes, by the buffer protocol */
    const char *code = format[0] == '@' ? format + 1 : format;
    if (code[0] == '\0' || code[1] != '\0')
        return '?';
    if (strchr("BHILQ", code[0]) != NULL)
        return 'u';
    if (strchr("bhilq", code[0]) != NULL)
        return 'i';
    return strchr("fd", code[0]) != NULL ? 'f' : '?';
}

/* Hold an array as it is wanted; 0 with an error set if it is not so. Only an array that was taken
 * has to be released; what is released twice, or all zeros, does no harm. */
int take_array(PyObject *object, const Wanted *wanted, Py_buffer *taken)
{
    int flags = PyBUF_FORMAT | (wanted->flags & STRIDED ? PyBUF_STRIDES : PyBUF_C_CONTIGUOUS);
    if (PyObject_GetBuffer(object, taken, flags | (wanted->flags & WRITE ? PyBUF_WRITABLE : 0)) < 0) {
        memset(taken, 0, sizeof *taken);
        return 0;
    }
    int aligned = wanted->flags & STRIDED || (uintptr_t)taken->buf % (size_t)wanted->bytes == 0;
    if (kind_of(taken->format) == wanted->kind && taken->itemsize == wanted->bytes &&
        taken->ndim == wanted->dimensions && aligned)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s is not an aligned array of %d dimensions and type %c%d",
                 wanted->name, wanted->dimensions, wanted->kind, wanted->bytes);
    PyBuffer_Release(taken);
    memset(taken, 0, sizeof *taken);
    return 0;
}

/* Hold all of some arguments, or none; 0 with an error set. */
int take_arrays(PyObject *const *objects, const Wanted *wanted, Py_buffer *taken, size_t count)
{
    memset(taken, 0, count * sizeof *taken);
    for (size_t number = 0; number < count; number++) {
        if (!take_array(objects[number], wanted + number, taken + number)) {
            release_arrays(taken, number);
            return 0;
        }
    }
    return 1;
}

void release_arrays(Py_buffer *taken, size_t count)
{
    for (size_t number = 0; number < count; number++)
        PyBuffer_Release(taken + number);
}

size_t length_of(const Py_buffer *array, int dimension)
{
    return (size_t)array->shape[dimension];
}

/* Whether an array has a shape, one length for each dimension; 0 with an error set. */
int has_shape(const Py_buffer *array, const char *name, const size_t *shape)
{
    for (int dimension = 0; dimension < array->ndim; dimension++) {
        if (length_of(array, dimension) != shape[dimension]) {
            PyErr_Format(PyExc_ValueError, "%s has length %zd in dimension %d, not %zu", name,
                         array->shape[dimension], dimension, shape[dimension]);
            return 0;
        }
    }
    return 1;
}

/* Memory of its own for so many values, at least one, to be given to `free`; NULL with an error set. */
void *room_for(size_t count, size_t bytes)
{
    void *room = count > PTRDIFF_MAX / bytes ? NULL : malloc(count ? count * bytes : 1);
    if (room == NULL)
        PyErr_NoMemory();
    return room;
}

/* A copy of an int64 array, all of whose values are within bounds; NULL with an error set.
 *
 * What is checked must not change while it is used, whoever else holds the array: hence the copy,
 * which is to be given to `free`. */
int64_t *copy_of_indices(const Py_buffer *array, const char *name, int64_t lowest, int64_t highest)
{
    size_t count = (size_t)array->len / sizeof(int64_t);
    int64_t *copy = room_for(count, sizeof *copy);
    if (copy == NULL)
        return NULL;
    if (count > 0)
        memcpy(copy, array->buf, count * sizeof *copy);
    for (size_t place = 0; place < count; place++) {
        if (copy[place] < lowest || copy[place] > highest) {
            PyErr_Format(PyExc_ValueError, "%s holds %lld, which is not from %lld to %lld", name,
                         (long long)copy[place], (long long)lowest, (long long)highest);
            free(copy);
            return NULL;
        }
    }
    return copy;
}
