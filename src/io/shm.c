/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealed memfds; see shm.h. */
#include "io/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int io_shm_create(size_t size, const char *name, struct io_shm *out, struct err *err)
{
    struct io_shm shm = {NULL, size, memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};

    if (shm.fd < 0)
        return err_set(err, "cannot make shared memory: %s", strerror(errno));
    if (ftruncate(shm.fd, (off_t)size) < 0) {
        err_set(err, "cannot make %zu bytes of shared memory: %s", size, strerror(errno));
        close(shm.fd);
        return -1;
    }
    shm.data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm.fd, 0);
    if (shm.data == MAP_FAILED) {
        err_set(err, "cannot map %zu bytes of shared memory: %s", size, strerror(errno));
        close(shm.fd);
        return -1;
    }
    /* FUTURE_WRITE leaves the mapping above writable and refuses every later one. */
    if (fcntl(shm.fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0) {
        err_set(err, "cannot seal shared memory: %s", strerror(errno));
        io_shm_finish(&shm);
        return -1;
    }
    *out = shm;
    return 0;
}

int io_shm_map_peer(int fd, size_t min_size, size_t max_size, struct io_shm *out, struct err *err)
{
    struct io_shm shm = {NULL, 0, fd};
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
        err_set(err, "the peer's shared memory is not sealed against shrinking");
        goto refused;
    }
    if (fstat(fd, &st) < 0 || st.st_size < 0 || (size_t)st.st_size < min_size) {
        err_set(err, "the peer's shared memory is smaller than the %zu bytes announced", min_size);
        goto refused;
    }
    shm.size = (size_t)st.st_size < max_size ? (size_t)st.st_size : max_size;
    if (shm.size < min_size) {
        err_set(err, "the peer announces %zu bytes of shared memory, at most %zu are allowed",
                min_size, max_size);
        goto refused;
    }
    shm.data = mmap(NULL, shm.size, PROT_READ, MAP_SHARED, fd, 0);
    if (shm.data == MAP_FAILED) {
        err_set(err, "cannot map the peer's shared memory: %s", strerror(errno));
        goto refused;
    }
    *out = shm;
    return 0;

refused:
    close(fd);
    return -1;
}

void io_shm_finish(struct io_shm *shm)
{
    if (shm->data)
        munmap(shm->data, shm->size);
    if (shm->fd >= 0)
        close(shm->fd);
    *shm = IO_SHM_INIT;
}
