/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Viewers that listen; see reverse.h. */
#include "cli/reverse.h"

#include "base/mem.h"
#include "io/socket.h"
#include "rfb/server/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

/* With its port; the caller frees it. */
static char *whole_address(const char *address)
{
    const char *colon = strrchr(address, ':'), *bracket = strrchr(address, ']');
    size_t room = strlen(address) + 8;
    char *whole;

    if (colon && (!bracket || colon > bracket))
        return mem_strdup(address);
    whole = mem_alloc0(room, 1);
    snprintf(whole, room, "%s:%d", address, REVERSE_PORT);
    return whole;
}

int reverse_check(const char *address, bool anywhere, struct err *err)
{
    cleanup_free char *whole = whole_address(address);

    /* Without a password whoever answers there may use the machine. */
    return io_check_tcp(whole, anywhere, err);
}

int reverse_connect(const struct vm_strings *addresses, struct rfb_server *server,
                    const struct rfb_security_offer *offers, size_t count, struct err *err)
{
    for (size_t i = 0; i < addresses->count; i++) {
        cleanup_free char *whole = whole_address(addresses->items[i]);
        int fd = io_connect_tcp(whole, PATIENCE_MS, err);

        if (fd < 0)
            return -1;
        rfb_server_accept_secured(server, fd, offers, count);
    }
    return 0;
}
