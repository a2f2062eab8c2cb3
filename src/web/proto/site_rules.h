/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which browsers may talk to us: the two rules that keep pages from elsewhere away from a machine
 * that listens on loopback, where a browser is the attacker's way in.
 *
 * Host: a name that leads here is the attacker's if he can point it here (DNS rebinding). Literal
 * addresses cannot be pointed anywhere, and "localhost" belongs to the machine itself; any other
 * name must have been told.
 *
 * Origin: browsers let every page open a WebSocket to everywhere and say in Origin whose page it
 * was. It must be our own, which is the one of this Host. Programs that are no browsers send none.
 */
#pragma once

#include "web/proto/http.h"

#include <stdbool.h>
#include <stddef.h>

/* Is this Host ours? `names` are those beside addresses and localhost, compared without ports. */
bool web_host_is_ours(struct http_text host, const char *const *names, size_t count);

/* May this page open a WebSocket? The Host has been found to be ours before. */
bool web_origin_is_ours(struct http_text origin, struct http_text host);
