/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The screen's surface and its size; see screen.h. */
#include "screen.h"

#include "base/arith.h"
#include "io/shm.h"

#include <assert.h>

static void release_shared(struct surface *s)
{
    struct io_shm shm = {s->data, s->size, s->handle};

    io_shm_finish(&shm);
}

/* In shared memory, so that viewers on this machine can look at the same pixels. */
static struct surface *create_surface(uint32_t width, uint32_t height, struct err *err)
{
    struct io_shm shm = IO_SHM_INIT;
    size_t stride = (size_t)width * 4;

    if (io_shm_create(stride * height, "oriel-screen", &shm, err) < 0)
        return NULL;
    return surface_wrap(width, height, stride, shm.data, shm.size, shm.fd, release_shared);
}

static void replace(struct surface **at, struct surface *s)
{
    surface_unref(*at);
    *at = s;
}

void screen_finish(struct screen *s)
{
    replace(&s->surface, NULL);
    replace(&s->cropped, NULL);
    replace(&s->incoming, NULL);
}

static bool has_size(const struct surface *s, uint32_t width, uint32_t height)
{
    return s && s->width == width && s->height == height;
}

/* Before the surface becomes smaller: remembers all pixels known. */
static void keep(struct screen *s)
{
    struct rect all = surface_bounds(s->surface);

    if (s->cropped && rect_contains(surface_bounds(s->cropped), all))
        surface_copy(s->cropped, s->surface, all);
    else
        replace(&s->cropped, surface_ref(s->surface));
}

int screen_resize(struct screen *s, uint32_t width, uint32_t height, struct err *err)
{
    struct surface *to;

    if (!s->surface || has_size(s->surface, width, height))
        return SCREEN_SAME;
    to = create_surface(width, height, err);
    if (!to)
        return -1;
    if (width < s->surface->width || height < s->surface->height)
        keep(s);
    if (s->cropped)
        surface_copy(to, s->cropped, surface_bounds(to));
    surface_copy(to, s->surface, surface_bounds(to));
    replace(&s->surface, to);
    return SCREEN_OTHER;
}

int screen_begin(struct screen *s, const struct frame *f, struct err *err)
{
    uint32_t width = (uint32_t)(f->at.x + f->at.w), height = (uint32_t)(f->at.y + f->at.h);
    struct surface *now = s->surface;

    assert(!s->incoming);
    if (now &&
        (f->whole ? has_size(now, width, height) : rect_contains(surface_bounds(now), f->at)))
        return SCREEN_SAME;
    if (now && !f->whole)
        return screen_resize(s, MAX_OF(width, now->width), MAX_OF(height, now->height), err);
    /* Not shown before it is complete. */
    s->incoming = create_surface(width, height, err);
    return s->incoming ? SCREEN_SAME : -1;
}

struct rect screen_rows(struct screen *s, const struct frame *f, uint32_t y, uint32_t count,
                        const uint8_t *pixels, size_t stride)
{
    struct rect at = {f->at.x, f->at.y + (int32_t)y, f->at.w, (int32_t)count};
    struct surface *to = s->incoming ? s->incoming : s->surface;
    struct rect changed = surface_update(to, at, pixels, stride);

    return s->incoming ? (struct rect){0} : changed;
}

int screen_end(struct screen *s, const struct frame *f)
{
    if (f->whole)
        replace(&s->cropped, NULL);
    if (!s->incoming)
        return SCREEN_SAME;
    replace(&s->surface, s->incoming);
    s->incoming = NULL;
    return SCREEN_OTHER;
}
