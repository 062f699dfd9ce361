/* The calls from Python that make signatures and find candidates; see `calls.h`. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "loops.h"

/* Signatures */

enum { BASIS, LINES, ORDER, FACTORS, SIGNATURES, SUMS, TRANSFORM_ARRAYS };

/* Rows that are taken at once fit a processor's cache: 20,000 pixels, in multiples of FOLD. */
static size_t strip_of(size_t px)
{
    size_t folds = ((px + 1) / 2 + FOLD - 1) / FOLD, most = 20000 / px / FOLD;
    size_t fewer = folds < most ? folds : most;
    return FOLD * (fewer > 0 ? fewer : 1);
}

/* Take a list of arrays (edge, edge, 3) of bytes; how many were taken, less on error. */
static size_t take_tensors(PyObject *tensors, size_t px, Py_buffer *taken, size_t count)
{
    static const Wanted wanted = {"a tensor", 'u', 1, 3, READ};
    size_t shape[] = {px, px, 3}, number = 0;
    while (number < count) {
        PyObject *tensor = PyList_GetItem(tensors, (Py_ssize_t)number);
        if (tensor == NULL)
            break;
        Py_INCREF(tensor); /* an exporter in Python could take it off the list */
        int good = take_array(tensor, &wanted, taken + number);
        Py_DECREF(tensor);
        if (!good)
            break;
        number++;
        if (!has_shape(taken + number - 1, wanted.name, shape))
            break;
    }
    return number;
}

/* Private copies of what decides where memory is touched; 0 with an error set. */
static int take_transform(const Py_buffer *taken, Transform *transform, double **basis,
                          int64_t **kinds, int64_t **order)
{
    size_t px = length_of(taken + BASIS, 1), frequencies = length_of(taken + BASIS, 0);
    size_t lines = length_of(taken + LINES, 0), length = length_of(taken + ORDER, 0);
    size_t kinds_shape[] = {lines, 2}, order_shape[] = {length, 3}, factors_shape[] = {3};
    if (!has_shape(taken + LINES, "lines", kinds_shape) ||
        !has_shape(taken + ORDER, "order", order_shape) ||
        !has_shape(taken + FACTORS, "factors", factors_shape) ||
        refuse(px < 1 || px > MOST_PX || frequencies < 1 || lines < 1, "the basis has no size") ||
        refuse(frequencies > MOST_PX || lines > MOST_PX, "the basis is too large"))
        return 0;
    int64_t most = (int64_t)(frequencies > lines ? frequencies : lines) + REST;
    *kinds = copy_of_indices(taken + LINES, "lines", 0, most);
    *order = *kinds == NULL ? NULL : copy_of_indices(taken + ORDER, "order", 0, most);
    if (*order == NULL)
        return 0;
    for (size_t line = 0; line < lines; line++)
        if (refuse((*kinds)[2 * line] >= REST || (size_t)(*kinds)[2 * line + 1] >= frequencies,
                   "a line is none of the basis"))
            return 0;
    for (size_t number = 0; number < length; number++) {
        const int64_t *entry = *order + 3 * number;
        if (refuse(entry[2] > REST || (size_t)entry[0] >= lines || (size_t)entry[1] >= frequencies,
                   "a number of the signature is none of the basis"))
            return 0;
    }
    size_t strip = strip_of(px), wide = px + strip;
    *basis = room_for(frequencies * wide, sizeof **basis);
    if (*basis == NULL)
        return 0;
    const double *given = taken[BASIS].buf, *factors = taken[FACTORS].buf;
    for (size_t u = 0; u < frequencies; u++) {
        memcpy(*basis + u * wide, given + u * px, px * sizeof *given);
        memset(*basis + u * wide + px, 0, strip * sizeof *given);
    }
    *transform = (Transform){px, strip, frequencies, *basis, lines, *kinds, length, *order,
                             {factors[0], factors[1], factors[2]}};
    return 1;
}

PyObject *call_transform(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[TRANSFORM_ARRAYS] = {
        {"basis", 'f', 8, 2, READ},   {"lines", 'i', 8, 2, READ},
        {"order", 'i', 8, 2, READ},   {"factors", 'f', 8, 1, READ},
        {"signatures", 'f', 4, 2, WRITE}, {"sums", 'i', 8, 2, WRITE},
    };
    PyObject *tensors, *given[TRANSFORM_ARRAYS];
    Py_buffer taken[TRANSFORM_ARRAYS], *held = NULL;
    if (!PyArg_ParseTuple(arguments, "OOOOOOO:transform", &tensors, &given[0], &given[1],
                          &given[2], &given[3], &given[4], &given[5]))
        return NULL;
    if (!PyList_Check(tensors)) {
        PyErr_SetString(PyExc_TypeError, "tensors is not a list");
        return NULL;
    }
    if (!take_arrays(given, wanted, taken, TRANSFORM_ARRAYS))
        return NULL;
    Transform transform;
    TransformRoom room = {NULL, NULL, NULL};
    double *basis = NULL;
    int64_t *kinds = NULL, *order = NULL;
    size_t count = (size_t)PyList_Size(tensors), tensors_held = 0;
    int failed = 1;
    if (!take_transform(taken, &transform, &basis, &kinds, &order))
        goto done;
    size_t px = transform.px, signatures[] = {count, transform.length}, sums[] = {count, 3};
    if (!has_shape(taken + SIGNATURES, "signatures", signatures) ||
        !has_shape(taken + SUMS, "sums", sums))
        goto done;
    room.channels = room_for(6 * transform.strip * px, sizeof *room.channels);
    room.rows = room_for(6 * transform.strip * px, sizeof *room.rows);
    room.along = room_for(transform.lines * px, sizeof *room.along);
    held = room_for(count, sizeof *held);
    if (room.channels == NULL || room.rows == NULL || room.along == NULL || held == NULL)
        goto done;
    tensors_held = take_tensors(tensors, px, held, count);
    if (PyErr_Occurred())
        goto done;
    Py_BEGIN_ALLOW_THREADS
    for (size_t number = 0; number < count; number++)
        transform_tensor(&transform, held[number].buf, &room,
                         (float *)taken[SIGNATURES].buf + number * transform.length,
                         (int64_t *)taken[SUMS].buf + number * 3);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    release_arrays(held, tensors_held);
    free(held);
    free(room.along);
    free(room.rows);
    free(room.channels);
    free(basis);
    free(order);
    free(kinds);
    release_arrays(taken, TRANSFORM_ARRAYS);
    return none_unless(failed);
}

/* Candidates */

/* The turns of signatures of a length, with private copies; 0 with an error set. */
static int take_turns(const Py_buffer *codes, const Py_buffer *order, const Py_buffer *signs,
                      size_t length, Turns *turns, uint8_t *own_codes, int64_t **own_order)
{
    size_t count = length_of(codes, 0), shape[] = {count, length};
    if (refuse(count > MOST_TURNS, "there are more than 8 turns") ||
        refuse(length < FIRST, "a signature has less than 16 numbers") ||
        !has_shape(order, "order", shape) || !has_shape(signs, "signs", shape))
        return 0;
    if (count > 0)
        memcpy(own_codes, codes->buf, count);
    for (size_t turn = 0; turn < count; turn++)
        if (refuse(own_codes[turn] >= CODES, "a code is none of a turn"))
            return 0;
    *own_order = copy_of_indices(order, "order", 0, (int64_t)length - 1);
    *turns = (Turns){count, length, own_codes, *own_order, signs->buf};
    return *own_order != NULL;
}

PyObject *call_near_pairs(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    enum { COORDINATES, SIGNATURE, CODE, ORDERS, SIGNS, ROWS, COLUMNS, NEAR, COUNT };
    static const Wanted wanted[COUNT] = {
        {"coordinates", 'f', 4, 2, READ}, {"signatures", 'f', 4, 2, READ},
        {"codes", 'u', 1, 1, READ},       {"order", 'i', 8, 2, READ},
        {"signs", 'f', 4, 2, READ},       {"rows", 'i', 4, 1, WRITE},
        {"columns", 'i', 4, 1, WRITE},    {"near", 'u', 1, 1, WRITE},
    };
    PyObject *given[COUNT];
    Py_buffer taken[COUNT];
    Py_ssize_t core, top, bottom, left, right;
    double reach;
    float reach_squared, radius_squared;
    if (!PyArg_ParseTuple(arguments, "OO(nnnnn)(dff)OOOOOO:near_pairs", &given[0], &given[1],
                          &core, &top, &bottom, &left, &right, &reach, &reach_squared,
                          &radius_squared, &given[2], &given[3], &given[4], &given[5], &given[6],
                          &given[7]) ||
        !take_arrays(given, wanted, taken, COUNT))
        return NULL;
    size_t images = length_of(taken + COORDINATES, 1), axes = length_of(taken + COORDINATES, 0);
    size_t length = length_of(taken + SIGNATURE, 1), shape[] = {images, length}, found = 0;
    uint8_t codes[MOST_TURNS];
    int64_t *order = NULL;
    float *room = NULL;
    int32_t *close = NULL;
    Turns turns;
    int failed = 1;
    if (!has_shape(taken + SIGNATURE, "signatures", shape) ||
        refuse(axes < 1 || images > MOST_IMAGES, "coordinates have no size") ||
        refuse(core < 0 || top < 0 || left < 0 || bottom < top || right < left ||
                   (size_t)bottom > images || (size_t)right > images,
               "the tile is not within the images") ||
        !take_turns(taken + CODE, taken + ORDERS, taken + SIGNS, length, &turns, codes, &order))
        goto done;
    size_t tall = (size_t)(bottom - top), wide = (size_t)(right - left);
    size_t most[] = {tall * wide}; /* below 2^62 */
    if (!has_shape(taken + ROWS, "rows", most) || !has_shape(taken + COLUMNS, "columns", most) ||
        !has_shape(taken + NEAR, "near", most))
        goto done;
    room = room_for(tall + turns.count * length, sizeof *room);
    close = room == NULL ? NULL : room_for(tall, sizeof *close);
    if (close == NULL)
        goto done;
    Tile tile = {images, axes, taken[COORDINATES].buf, taken[SIGNATURE].buf, (size_t)core,
                 (size_t)top, (size_t)bottom, (size_t)left, (size_t)right};
    Pairs pairs = {taken[ROWS].buf, taken[COLUMNS].buf, taken[NEAR].buf};
    Py_BEGIN_ALLOW_THREADS
    found = near_pairs(&tile, reach, reach_squared, radius_squared, &turns, room, close,
                       room + tall, &pairs);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(close);
    free(room);
    free(order);
    release_arrays(taken, COUNT);
    return failed ? NULL : PyLong_FromSize_t(found);
}

PyObject *call_turns_of_pairs(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    enum { SIGNATURE, ROWS, COLUMNS, CODE, ORDERS, SIGNS, NEAR, COUNT };
    static const Wanted wanted[COUNT] = {
        {"signatures", 'f', 4, 2, READ}, {"rows", 'i', 8, 1, READ}, {"columns", 'i', 8, 1, READ},
        {"codes", 'u', 1, 1, READ},      {"order", 'i', 8, 2, READ}, {"signs", 'f', 4, 2, READ},
        {"near", 'u', 1, 1, WRITE},
    };
    PyObject *given[COUNT];
    Py_buffer taken[COUNT];
    float radius_squared;
    if (!PyArg_ParseTuple(arguments, "OOOfOOOO:turns_of_pairs", &given[0], &given[1], &given[2],
                          &radius_squared, &given[3], &given[4], &given[5], &given[6]) ||
        !take_arrays(given, wanted, taken, COUNT))
        return NULL;
    size_t images = length_of(taken + SIGNATURE, 0), length = length_of(taken + SIGNATURE, 1);
    size_t pairs[] = {length_of(taken + ROWS, 0)};
    uint8_t codes[MOST_TURNS];
    int64_t *order = NULL;
    float *room = NULL;
    Turns turns;
    int failed = 1, known = 0;
    if (!has_shape(taken + COLUMNS, "columns", pairs) || !has_shape(taken + NEAR, "near", pairs) ||
        !take_turns(taken + CODE, taken + ORDERS, taken + SIGNS, length, &turns, codes, &order))
        goto done;
    room = room_for(turns.count * length, sizeof *room);
    if (room == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    known = turns_of_pairs(taken[SIGNATURE].buf, images, taken[ROWS].buf, taken[COLUMNS].buf,
                           pairs[0], radius_squared, &turns, room, taken[NEAR].buf);
    Py_END_ALLOW_THREADS
    failed = refuse(!known, "a row or column is none of the images");
done:
    free(room);
    free(order);
    release_arrays(taken, COUNT);
    return none_unless(failed);
}
