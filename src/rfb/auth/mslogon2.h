/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security type 113, UltraVNC's MSLogonII, the client's end: a user's name and a password under
 * DES, with a key that a Diffie-Hellman of 64 bits or fewer made. Who listens reads them in no
 * time; it is here because UltraVNC offers nothing else to who logs in by name, and it is the last
 * that a client should take. The config is a struct rfb_security_asks.
 */
#pragma once

#include "rfb/auth/security.h"

extern const struct rfb_security rfb_security_mslogon2_client;
