/* The calls from Python that measure distances; see `calls.h`. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "loops.h"

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

PyObject *call_closest(PyObject *Py_UNUSED(module), PyObject *arguments)
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
