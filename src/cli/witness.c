/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hearing of a machine's end; see witness.h. Nothing is read before the end: what the supervisor
 * says until then is a few lines. */
#include "cli/witness.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "io/socket.h"
#include "vm/runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 5 };

struct witness {
    int fd; /* -1: there is none */
};

struct witness *witness_create(const char *machine)
{
    struct witness *w = mem_new0(struct witness);
    struct err ignored;
    cleanup_free char *path = vm_runtime_find(machine, "control", &ignored);

    w->fd = path ? io_connect_unix(path, &ignored) : -1;
    return w;
}

void witness_destroy(struct witness *w)
{
    if (w && w->fd >= 0)
        close(w->fd);
    free(w);
}

void witness_tell_size(struct witness *w, unsigned port, unsigned columns, unsigned rows)
{
    char line[64];
    int len = snprintf(line, sizeof(line), "size %u %u %u\n", port, columns, rows);

    if (w->fd >= 0 && send(w->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < len)
        return; /* the next size comes through, or the machine is at its end */
}

/* 1: it said how it ended; 0: it ended without a word; -1: it lives on. */
static int hear_end(int fd, char *words, size_t room)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    char line[1024];
    FILE *f;
    int found = 0;

    fcntl(fd, F_SETFL, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    f = fdopen(fd, "r");
    while (!found && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "ok ", 3)) {
            utf8_sanitize(line + 3, strlen(line + 3), words, room);
            found = 1;
        }
    }
    if (!found && ferror(f))
        found = -1;
    fclose(f);
    return found;
}

int witness_hear_end(struct witness *w, const char *machine, char sentence[WITNESS_ROOM])
{
    char words[600];
    int heard = w->fd >= 0 ? hear_end(w->fd, words, sizeof(words)) : 0;

    w->fd = -1;
    if (heard > 0)
        snprintf(sentence, WITNESS_ROOM, "%s", words);
    else if (!heard)
        snprintf(sentence, WITNESS_ROOM, "%s has ended", machine);
    else
        snprintf(sentence, WITNESS_ROOM, "the connection to %s is lost, which runs on", machine);
    return heard < 0 ? -1 : 0;
}
