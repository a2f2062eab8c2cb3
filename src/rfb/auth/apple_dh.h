/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security type 30, Apple's Diffie-Hellman, both ends: a user's name and a password under AES-128,
 * with a key that Diffie-Hellman made. What macOS's Screen Sharing speaks besides VncAuth. It keeps
 * credentials from those who only listen; it proves no server, and nothing that follows is
 * encrypted. Our group is RFC 7919's of 2048 bits, with generator 2.
 */
#pragma once

#include "rfb/auth/account.h"

/* The server's config is a struct rfb_account, the client's a struct rfb_security_asks. */
extern const struct rfb_security rfb_security_apple_dh, rfb_security_apple_dh_client;
