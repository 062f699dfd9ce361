/* Arrays that come from Python by the buffer protocol, and are checked before a loop sees them. */
#ifndef DIFD_ARRAYS_H
#define DIFD_ARRAYS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <stdint.h>

/* What an argument has to be. */
typedef struct {
    const char *name;
    char kind;      /* 'u' unsigned, 'i' signed, 'f' floating */
    int bytes;      /* of a value */
    int dimensions;
    int flags;      /* of Access */
} Wanted;

enum Access { READ = 0, WRITE = 1, STRIDED = 2 };

int take_array(PyObject *object, const Wanted *wanted, Py_buffer *taken);
int take_arrays(PyObject *const *objects, const Wanted *wanted, Py_buffer *taken, size_t count);
void release_arrays(Py_buffer *taken, size_t count);

size_t length_of(const Py_buffer *array, int dimension);
int has_shape(const Py_buffer *array, const char *name, const size_t *shape);

void *room_for(size_t count, size_t bytes);
int64_t *copy_of_indices(const Py_buffer *array, const char *name, int64_t lowest, int64_t highest);

#endif
