/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pixels on their way to the X server. A surface whose memory has a descriptor is attached to the
 * server once, for reading only, and put from there: no copy is made in this process. Any other
 * surface, or a server that is not on this machine, gets the pixels through the socket in chunks.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xcb/shm.h>

enum { CHUNK = 256 * 1024 - 1024 }; /* bytes of pixels in one request through the socket */

static xcb_shm_seg_t attach(struct display *d, const struct surface *s)
{
    xcb_generic_error_t *error;
    xcb_shm_seg_t seg;
    struct stat st;
    int fd;

    if (!d->has_shm || s->handle < 0 || fstat(s->handle, &st) < 0 || (uint64_t)st.st_size < s->size)
        return XCB_NONE;
    fd = fcntl(s->handle, F_DUPFD_CLOEXEC, 0); /* xcb closes the one that it sends */
    if (fd < 0)
        return XCB_NONE;
    seg = xcb_generate_id(d->c);
    error = xcb_request_check(d->c, xcb_shm_attach_fd_checked(d->c, seg, fd, true));
    if (!error && !xcb_connection_has_error(d->c))
        return seg;
    free(error);
    return XCB_NONE;
}

void picture_set(struct display *d, struct picture *p, struct surface *surface)
{
    if (surface)
        surface_ref(surface);
    if (p->seg)
        xcb_shm_detach(d->c, p->seg);
    surface_unref(p->surface);
    p->surface = surface;
    p->seg = surface ? attach(d, surface) : XCB_NONE;
}

static void buffer_release(struct surface *s)
{
    munmap(s->data, s->size);
    close(s->handle);
}

struct surface *picture_buffer(uint32_t width, uint32_t height)
{
    size_t size = (size_t)width * height * 4;
    int fd = memfd_create("oriel-view", MFD_CLOEXEC);
    void *data;

    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        goto heap;
    data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        goto heap;
    return surface_wrap(width, height, (size_t)width * 4, data, size, fd, buffer_release);

heap:
    if (fd >= 0)
        close(fd);
    return surface_create(width, height);
}

static void put_through_socket(struct display *d, const struct surface *s, xcb_window_t window,
                               struct rect from, int32_t x, int32_t y)
{
    int32_t rows = MAX_OF(1, CHUNK / (from.w * 4));
    size_t row_bytes = (size_t)from.w * 4;
    uint8_t *packed = malloc((size_t)rows * row_bytes);

    for (int32_t top = 0; packed && top < from.h; top += rows) {
        int32_t n = MIN_OF(rows, from.h - top);

        for (int32_t i = 0; i < n; i++)
            memcpy(packed + (size_t)i * row_bytes, surface_row(s, from.y + top + i) + from.x,
                   row_bytes);
        xcb_put_image(d->c, XCB_IMAGE_FORMAT_Z_PIXMAP, window, d->gc, (uint16_t)from.w, (uint16_t)n,
                      (int16_t)x, (int16_t)(y + top), 0, 24, (uint32_t)((size_t)n * row_bytes),
                      packed);
    }
    free(packed);
}

bool picture_put(struct display *d, const struct picture *p, xcb_window_t window, struct rect from,
                 int32_t x, int32_t y, bool notify)
{
    const struct surface *s = p->surface;

    if (!p->seg) {
        put_through_socket(d, s, window, from, x, y);
        return false;
    }
    xcb_shm_put_image(d->c, window, d->gc, (uint16_t)(s->stride / 4), (uint16_t)s->height,
                      (uint16_t)from.x, (uint16_t)from.y, (uint16_t)from.w, (uint16_t)from.h,
                      (int16_t)x, (int16_t)y, 24, XCB_IMAGE_FORMAT_Z_PIXMAP, notify, p->seg, 0);
    return notify;
}
