/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel run --web: the web server joined to the machine's RFB server, and the ports where browsers
 * find it.
 */
#pragma once

#include "base/err.h"
#include "vm/config.h"

#include <stdbool.h>
#include <stddef.h>

struct guard;
struct rfb_server;
struct web;

/* Could browsers be served at "PORT", "HOST:PORT" or "[::1]:6080", which others can reach only with
   `anywhere`? Negative with *err filled. */
int web_check(const char *address, bool anywhere, struct err *err);

/*
 * Listens at all of these addresses. `names`: by which browsers may know this host besides those
 * that stand in the addresses. The guard says who may come in, and the RFB server outlives it. NULL
 * with *err filled when it cannot.
 */
struct web *web_create(const struct vm_strings *addresses, const struct vm_strings *names,
                       struct guard *guard, struct rfb_server *server, struct err *err);
void web_destroy(struct web *web); /* takes NULL; browsers that show the machine stay */

/* Where it listens, for people to click at: "http://127.0.0.1:6080/", and https:// where others can
   reach it. NULL listens nowhere. */
size_t web_count(const struct web *web);
const char *web_url(const struct web *web, size_t index);
/* "SHA256:…", what the browser will ask about; NULL for http://. */
const char *web_certificate(const struct web *web, size_t index);
