/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What commands that look at a machine make of the words that say where to look and whom to trust
 * there, and how they tell of the way there. Connecting is reach/keeper.h's.
 */
#pragma once

#include "reach/keeper.h"
#include "reach/route.h"
#include "reach/trust.h"

/* The rows of struct trust_options in a command's table, and what is said by them; false: the
 * option is another. */
enum {
    AIM_SECURITY = 1000,
    AIM_USER,
    AIM_PASSWORD_FILE,
    AIM_CA,
    AIM_FINGERPRINT,
};
#define AIM_OPTIONS                                                                                 \
    {AIM_SECURITY,                                                                                  \
     0,                                                                                             \
     "security",                                                                                    \
     "TYPES",                                                                                       \
     "security types to take from a VNC server, the best first, with commas between",               \
     security_names},                                                                               \
        {AIM_USER, 0, "user", "NAME", "for servers that ask for a user's name", NULL},              \
        {AIM_PASSWORD_FILE,                                                                         \
         0,                                                                                         \
         "password-file",                                                                           \
         "FILE",                                                                                    \
         "whose first line is the password, instead of asking at the terminal",                     \
         NULL},                                                                                     \
        {AIM_CA, 0, "ca", "FILE", "certificate authorities to trust (default: this system's), PEM", \
         NULL},                                                                                     \
    {                                                                                               \
        AIM_FINGERPRINT, 0, "fingerprint", "SHA256:...",                                            \
            "take the server with this certificate or key, and no other", NULL                      \
    }
bool aim_take_option(struct trust_options *options, int option, const char *value);

/*
 * where: the operand; NULL: the only machine that runs. CLI_OK, or CLI_WRONG after the person was
 * told why, and then neither is set. The options and the route outlive the trust; the caller
 * destroys the trust, then finishes the route. ask NULL: at the terminal.
 */
int aim_take(const char *where, const struct trust_options *options, trust_ask_fn ask, void *owner,
             struct route *route, struct trust **trust);

/* Tells of a loss; `why` as in keeper_ops.status(). */
void aim_tell_loss(const char *why);
/* Tells of the end, as in keeper_ops.over(); the exit status. */
int aim_tell_end(enum keeper_end end, const char *why);
