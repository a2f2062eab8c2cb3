/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may come in: the one user and password of a server, whatever the security type that they come
 * by, and the brake on guessing. Pure: the time comes in through a function.
 *
 * After RFB_ACCOUNT_TRIES wrong passwords the account is shut for a second, and after each further
 * one for twice as long, up to RFB_ACCOUNT_SHUT_MAX_MS; whatever is tried while it is shut is
 * refused unlooked at. A right password ends that. The brake is the server's, not one a peer's:
 * whoever guesses from many places gains nothing.
 */
#pragma once

#include "rfb/auth/security.h"

enum {
    RFB_ACCOUNT_TRIES = 5,
    RFB_ACCOUNT_SHUT_MAX_MS = 60 * 1000,
    RFB_VNC_PASSWORD_MAX = 8, /* bytes of a password of VncAuth */
};

/* The brake; zeroed at first. */
struct rfb_brake {
    unsigned failures;   /* since the last right password */
    uint64_t shut_until; /* ms */
};

struct rfb_account {
    struct rfb_credentials credentials;
    uint64_t (*now_ms)(void); /* a clock that never goes back */
    struct rfb_brake *brake;
};

/* A client has made its try. Passed, or refused with the field's own words in *err. */
enum rfb_security_answer rfb_account_judge(const struct rfb_account *account, bool right,
                                           struct err *err);
/* The same for a name and a password in the clear; takes as long whatever they are. */
enum rfb_security_answer rfb_account_try(const struct rfb_account *account, const uint8_t *user,
                                         size_t user_len, const uint8_t *password,
                                         size_t password_len, struct err *err);
