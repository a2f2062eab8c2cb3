/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory shared with another process through a file descriptor. The owner writes, the peer only
 * ever reads: the seals on the descriptor see to it, and they also promise the reader that the
 * memory cannot shrink under its mapping. Not for memory that both sides write.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct io_shm {
    void *data;  /* page aligned; NULL while there is none */
    size_t size; /* bytes mapped */
    int fd;      /* -1 when there is none */
};

#define IO_SHM_INIT ((struct io_shm){NULL, 0, -1})

/*
 * `size` (above 0) zeroed bytes that this process may write; the descriptor can be handed to peers,
 * who can map it for reading only. `name` is seen in /proc only. Negative with *err filled.
 */
int io_shm_create(size_t size, const char *name, struct io_shm *out, struct err *err);

/*
 * Maps a peer's descriptor for reading: it must be sealed against shrinking and hold at least
 * `min_size` bytes (above 0), and no more than `max_size` are mapped. Takes `fd` over in any case,
 * also when it fails (negative, *err filled). On success `out` owns it.
 */
int io_shm_map_peer(int fd, size_t min_size, size_t max_size, struct io_shm *out, struct err *err);

void io_shm_finish(struct io_shm *shm); /* unmaps and closes; afterwards as IO_SHM_INIT */
