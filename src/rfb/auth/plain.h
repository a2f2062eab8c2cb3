/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain's words, for TLS's first ones; see plain.c. */
#pragma once

#include "rfb/auth/security.h"

/* Asks for a name and a password and appends what says them. -1 with *err: there are none. */
int rfb_plain_put(const struct rfb_security_asks *asks, struct buf *out, struct err *err);
