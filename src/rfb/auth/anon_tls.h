/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security type 18, "TLS", both ends: anonymous TLS at once, and inside of it a second list of
 * types, of which these take None and VncAuth. What Vino and GNOME's remote desktop offer; VeNCrypt
 * came after it and does the same better. It keeps out who only listens.
 */
#pragma once

#include "rfb/auth/account.h"

/* The server's config is a struct rfb_account, whose password VncAuth asks for; the client's a
   struct rfb_security_asks. */
extern const struct rfb_security rfb_security_anon_tls, rfb_security_anon_tls_client;
