/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's surfaces: shared memory of its own, to be handed on to an X server, or a server's,
 * mapped for reading after its seals and its size are checked.
 */
#include "base/log.h"
#include "base/mem.h"
#include "io/shm.h"
#include "rfb/client/private.h"

#include <stdlib.h>

static void release_shm(struct surface *s)
{
    io_shm_finish(s->maker);
    free(s->maker);
}

/* The surface owns the memory from here on. */
static struct surface *wrap(const struct io_shm *shm, uint32_t width, uint32_t height,
                            size_t stride, size_t offset)
{
    struct surface *s = surface_wrap(width, height, stride, (uint8_t *)shm->data + offset,
                                     shm->size - offset, offset ? -1 : shm->fd, release_shm);

    s->maker = mem_dup(shm, sizeof(*shm));
    return s;
}

struct surface *client_make_surface(uint32_t width, uint32_t height)
{
    struct io_shm shm = IO_SHM_INIT;
    struct err err = {0};

    if (io_shm_create((size_t)width * height * 4, "oriel-screen", &shm, &err)) {
        log_warning("rfb", "%s; using ordinary memory", err.text);
        return surface_create(width, height);
    }
    return wrap(&shm, width, height, (size_t)width * 4, 0);
}

struct surface *client_map_surface(int fd, const struct rfb_shared_surface *shared, struct err *err)
{
    struct io_shm shm = IO_SHM_INIT;

    if (fd < 0) {
        err_set(err, "the server named a shared screen but passed no descriptor");
        return NULL;
    }
    if (io_shm_map_peer(fd, shared->size, shared->size, &shm, err)) {
        err_prefix(err, "the server's shared screen");
        return NULL;
    }
    return wrap(&shm, shared->width, shared->height, shared->stride, shared->offset);
}
