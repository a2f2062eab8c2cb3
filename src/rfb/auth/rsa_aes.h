/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types RSA-AES, both ends: RA2 and RA2_256 (5 and 129) seal all that follows, RA2ne and
 * RA2ne_256 (6 and 130) only the exchange with the credentials. "256" is AES-256 and SHA-256 in
 * place of AES-128 and SHA-1. A server is known by its RSA key, a client by a user's name and a
 * password, or by a password alone, whichever the server asks for. Not the two-step types (13 and
 * 133).
 */
#pragma once

#include "rfb/auth/account.h"
#include "rfb/auth/rsa_key.h"

#include <stdbool.h>

/* The server's config. */
struct rfb_rsa_aes_server {
    const struct rfb_rsa_key *key;
    const struct rfb_account *account;
    bool with_user; /* asks for the user's name as well as for the password */
};

extern const struct rfb_security rfb_security_ra2, rfb_security_ra2ne, rfb_security_ra2_256,
    rfb_security_ra2ne_256;
/* The client's config is a struct rfb_security_asks. */
extern const struct rfb_security rfb_security_ra2_client, rfb_security_ra2ne_client,
    rfb_security_ra2_256_client, rfb_security_ra2ne_256_client;
