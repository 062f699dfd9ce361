/* The loops as a Python module: arguments are taken, checked and released here.
 *
 * Arrays arrive by the buffer protocol and are held for as long as a call takes; the interpreter is
 * let go while a loop runs. Nothing is read or written beyond them, whatever is passed, and whatever
 * other threads do to their values meanwhile. Contracts: `_loops.pyi`.
 */
#include "arrays.h"

#include <stdlib.h>
#include <string.h>

#include "loops.h"

#ifndef DIFD_VERSION
#define DIFD_VERSION "unknown"
#endif
#ifndef DIFD_SOURCES
#define DIFD_SOURCES "unknown"
#endif

enum { MOST_PX = 1 << 14, MOST_IMAGES = INT32_MAX };

static PyObject *none_unless(int failed)
{
    return failed ? NULL : Py_NewRef(Py_None);
}

static int refuse(int wrong, const char *why)
{
    if (wrong)
        PyErr_SetString(PyExc_ValueError, why);
    return wrong;
}

/* Resizing */

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

static PyObject *call_narrow_colours(PyObject *Py_UNUSED(module), PyObject *arguments)
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
    room = room_for(width + weights.longest + 3, 8 * sizeof *room);
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

static PyObject *call_narrow_grey(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return resize_bytes(arguments, "OOOOO:narrow_grey", 1);
}

static PyObject *call_shorten(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    return resize_bytes(arguments, "OOOOO:shorten", 0);
}

static PyObject *call_halve(PyObject *Py_UNUSED(module), PyObject *arguments)
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

/* Sums */

static PyObject *call_split_and_add(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_add_channels(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_add_grey(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_transform(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_near_pairs(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_turns_of_pairs(PyObject *Py_UNUSED(module), PyObject *arguments)
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

/* Distances */

/* The images of a call: the planes of each are held once, however many pairs have it. */
typedef struct {
    PyObject *planes; /* of all images, a list */
    size_t px, count, capacity, mask;
    Py_buffer *held;  /* (capacity), of which `count` are taken */
    Image *images;    /* (capacity) */
    int64_t *numbers; /* (mask + 1), a hash table: image + 1, or 0 */
    int32_t *places;  /* (mask + 1), where it is in `images` */
} Held;

/* Where an image is in `held->images`, taken if it is new; -1 with an error set. */
static int32_t place_of(Held *held, int64_t image, int64_t frames)
{
    static const Wanted wanted = {"planes", 'u', 1, 4, READ};
    size_t entry = (size_t)((uint64_t)image * UINT64_C(0x9E3779B97F4A7C15) >> 20) & held->mask;
    for (; held->numbers[entry] != 0; entry = (entry + 1) & held->mask)
        if (held->numbers[entry] == image + 1)
            return held->places[entry];
    PyObject *planes = PyList_GetItem(held->planes, (Py_ssize_t)image);
    if (planes == NULL)
        return -1;
    Py_INCREF(planes); /* an exporter in Python could take it off the list */
    Py_buffer *taken = held->held + held->count;
    int good = take_array(planes, &wanted, taken);
    Py_DECREF(planes);
    if (!good)
        return -1;
    size_t place = held->count++, count = length_of(taken, 0);
    size_t shape[] = {count, held->px, held->px, 3};
    if (!has_shape(taken, wanted.name, shape) ||
        refuse(count >= KINDS, "an image has more than 6 planes"))
        return -1;
    held->images[place] = (Image){taken->buf, count, frames};
    held->numbers[entry] = image + 1;
    held->places[entry] = (int32_t)place;
    return (int32_t)place;
}

/* Room for the images of so many pairs; 0 with an error set. */
static int make_held(Held *held, PyObject *planes, size_t px, size_t pairs)
{
    size_t all = (size_t)PyList_Size(planes), some = 2 * pairs, table = 16;
    *held = (Held){planes, px, 0, some < all ? some : all, 0, NULL, NULL, NULL, NULL};
    while (table < 2 * held->capacity)
        table *= 2;
    held->mask = table - 1;
    held->held = room_for(held->capacity, sizeof *held->held);
    held->images = room_for(held->capacity, sizeof *held->images);
    held->places = room_for(table, sizeof *held->places);
    held->numbers = room_for(table, sizeof *held->numbers);
    if (held->held == NULL || held->images == NULL || held->places == NULL ||
        held->numbers == NULL)
        return 0;
    memset(held->numbers, 0, table * sizeof *held->numbers);
    return 1;
}

static void release_held(Held *held)
{
    release_arrays(held->held, held->count);
    free(held->numbers);
    free(held->places);
    free(held->images);
    free(held->held);
}

enum { FRAMES, ONE, OTHER, TURN_BITS, SSD, TURN, COMPARED, STEPS, INVERSES, STOP, CLOSEST_ARRAYS };

/* Private copies of the tables, checked; 0 with an error set. */
static int take_comparison(const Py_buffer *taken, size_t px, Comparison *comparison,
                           int8_t *compared, int64_t **steps, uint8_t *inverse)
{
    size_t table[] = {KINDS, KINDS, 2, BACKDROPS, 2}, step[] = {CODES, 3}, codes[] = {CODES};
    if (!has_shape(taken + COMPARED, "compared", table) ||
        !has_shape(taken + STEPS, "steps", step) || !has_shape(taken + INVERSES, "inverse", codes))
        return 0;
    memcpy(compared, taken[COMPARED].buf, KINDS * KINDS * 2 * BACKDROPS * 2);
    for (int left = 0; left < KINDS; left++)
        for (int right = 0; right < KINDS; right++)
            for (int place = 0; place < 2 * BACKDROPS; place++) {
                const int8_t *pair = compared + ((left * KINDS + right) * 2 * BACKDROPS + place) * 2;
                if (refuse(pair[0] >= left || pair[1] >= right || (pair[0] >= 0 && pair[1] < 0),
                           "compared names a plane that is not there"))
                    return 0;
            }
    memcpy(inverse, taken[INVERSES].buf, CODES);
    for (int code = 0; code < CODES; code++)
        if (refuse(inverse[code] >= CODES, "an inverse is none of a turn"))
            return 0;
    int64_t area = (int64_t)(px * px), last = (int64_t)px - 1;
    *steps = copy_of_indices(taken + STEPS, "steps", -area, area);
    if (*steps == NULL)
        return 0;
    for (int code = 0; code < CODES; code++) {
        const int64_t *own = *steps + 3 * code;
        int64_t corners[] = {own[0], own[0] + last * own[1], own[0] + last * own[2],
                             own[0] + last * (own[1] + own[2])};
        for (int corner = 0; corner < 4; corner++)
            if (refuse(corners[corner] < 0 || corners[corner] >= area, "a step leaves the tensor"))
                return 0;
    }
    *comparison = (Comparison){px, *steps, inverse, compared};
    return 1;
}

/* The images of all pairs as places in `held->images`; 0 with an error set. */
static int take_pairs(const Py_buffer *taken, size_t count, Held *held, int32_t *a, int32_t *b,
                      uint8_t *later)
{
    const int64_t *one = taken[ONE].buf, *other = taken[OTHER].buf, *frames = taken[FRAMES].buf;
    int64_t all = (int64_t)length_of(taken + FRAMES, 0), last = -1;
    int32_t place = -1;
    for (size_t pair = 0; pair < count; pair++) {
        int64_t left = one[pair], right = other[pair];
        if (refuse(left < 0 || left >= all || right < 0 || right >= all,
                   "a pair has an image that is not there"))
            return 0;
        a[pair] = place_of(held, left, frames[left]);
        if (right != last) /* pairs come sorted by b */
            place = a[pair] < 0 ? -1 : place_of(held, right, frames[right]);
        if (a[pair] < 0 || place < 0)
            return 0;
        b[pair] = place;
        last = right;
        later[pair] = left > right;
    }
    return 1;
}

static PyObject *call_closest(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    static const Wanted wanted[CLOSEST_ARRAYS] = {
        {"frames", 'i', 8, 1, READ},   {"a", 'i', 8, 1, READ},
        {"b", 'i', 8, 1, READ},        {"turns", 'u', 1, 1, READ},
        {"ssd", 'i', 8, 1, WRITE},     {"turn", 'i', 1, 1, WRITE},
        {"compared", 'i', 1, 5, READ}, {"steps", 'i', 8, 2, READ},
        {"inverse", 'i', 1, 1, READ},  {"stop", 'u', 1, 1, READ},
    };
    PyObject *planes, *given[CLOSEST_ARRAYS];
    Py_buffer taken[CLOSEST_ARRAYS];
    Py_ssize_t px, slots;
    if (!PyArg_ParseTuple(arguments, "OOnOOOOOOOOOn:closest", &planes, &given[FRAMES], &px,
                          &given[ONE], &given[OTHER], &given[TURN_BITS], &given[SSD],
                          &given[TURN], &given[COMPARED], &given[STEPS], &given[INVERSES],
                          &given[STOP], &slots))
        return NULL;
    if (!PyList_Check(planes)) {
        PyErr_SetString(PyExc_TypeError, "planes is not a list");
        return NULL;
    }
    if (!take_arrays(given, wanted, taken, CLOSEST_ARRAYS))
        return NULL;
    size_t count = length_of(taken + ONE, 0), pairs[] = {count};
    size_t images[] = {(size_t)PyList_Size(planes)}, one[] = {1};
    Comparison comparison;
    int8_t compared[KINDS * KINDS * 2 * BACKDROPS * 2];
    uint8_t inverse[CODES], *later = NULL;
    int64_t *steps = NULL;
    int32_t *a = NULL, *b = NULL;
    Held held = {0};
    TurnedCopies turned = {0};
    int failed = 1;
    if (refuse(px < 1 || px > MOST_PX || slots < 1 || slots > CODES, "px or slots has no size") ||
        refuse(images[0] >= MOST_IMAGES || count > MOST_IMAGES, "there are too many images") ||
        !has_shape(taken + FRAMES, "frames", images) || !has_shape(taken + OTHER, "b", pairs) ||
        !has_shape(taken + TURN_BITS, "turns", pairs) || !has_shape(taken + SSD, "ssd", pairs) ||
        !has_shape(taken + TURN, "turn", pairs) || !has_shape(taken + STOP, "stop", one) ||
        !take_comparison(taken, (size_t)px, &comparison, compared, &steps, inverse) ||
        !make_held(&held, planes, (size_t)px, count))
        goto done;
    a = room_for(count, sizeof *a);
    b = room_for(count, sizeof *b);
    later = room_for(count, sizeof *later);
    turned.slots = (size_t)slots;
    turned.copies = room_for((size_t)(slots * px * px), 3);
    if (a == NULL || b == NULL || later == NULL || turned.copies == NULL ||
        !take_pairs(taken, count, &held, a, b, later))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    closest(&comparison, held.images, a, b, later, taken[TURN_BITS].buf, count, &turned,
            taken[SSD].buf, taken[TURN].buf, taken[STOP].buf);
    Py_END_ALLOW_THREADS
    failed = 0;
done:
    free(turned.copies);
    free(later);
    free(b);
    free(a);
    release_held(&held);
    free(steps);
    release_arrays(taken, CLOSEST_ARRAYS);
    return none_unless(failed);
}

/* Blocks */

static PyObject *call_split_colours(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_add_moments(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyObject *call_measure_blocks(PyObject *Py_UNUSED(module), PyObject *arguments)
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

static PyMethodDef methods[] = {
    {"narrow_colours", call_narrow_colours, METH_VARARGS, NULL},
    {"narrow_grey", call_narrow_grey, METH_VARARGS, NULL},
    {"shorten", call_shorten, METH_VARARGS, NULL},
    {"halve", call_halve, METH_VARARGS, NULL},
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
