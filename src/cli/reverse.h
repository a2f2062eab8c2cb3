/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel run --vnc-reverse: connects to VNC viewers that listen, for those whom nobody can connect
 * to. From there on they are viewers as any others.
 */
#pragma once

#include "base/err.h"
#include "vm/config.h"

#include <stdbool.h>
#include <stddef.h>

struct rfb_security_offer;
struct rfb_server;

enum { REVERSE_PORT = 5500 };

/* Could this be a viewer's address, "HOST", "HOST:PORT" or "[::1]:5500", on other hosts only with
   `anywhere`? Negative with *err. */
int reverse_check(const char *address, bool anywhere, struct err *err);

/* Connects to all of them and gives them to the server; it waits a few seconds at most for each.
   Negative with *err filled when one does not answer. */
int reverse_connect(const struct vm_strings *addresses, struct rfb_server *server,
                    const struct rfb_security_offer *offers, size_t count, struct err *err);
