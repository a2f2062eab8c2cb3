/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operand and the options of trust, once a command's words are read; see aim.h. */
#include "cli/aim.h"

#include "base/mem.h"
#include "cli/ask.h"
#include "cli/command.h"

#include <stdio.h>

bool aim_take_option(struct trust_options *options, int option, const char *value)
{
    switch (option) {
    case AIM_SECURITY:
        options->security = value;
        return true;
    case AIM_USER:
        options->user = value;
        return true;
    case AIM_PASSWORD_FILE:
        options->password_file = value;
        return true;
    case AIM_CA:
        options->ca_file = value;
        return true;
    case AIM_FINGERPRINT:
        options->fingerprint = value;
        return true;
    default:
        return false;
    }
}

static int ask_at_terminal(void *owner, const char *question, bool echo, char *answer, size_t room,
                           struct err *err)
{
    (void)owner;
    return ask(question, echo, answer, room, err);
}

int aim_take(const char *where, const struct trust_options *options, trust_ask_fn asker,
             void *owner, struct route *route, struct trust **trust)
{
    cleanup_free char *only = where ? NULL : cli_only_machine();
    struct err err;

    if (!where)
        where = only;
    if (!where)
        return CLI_WRONG; /* the person was told */
    if (route_parse(where, route, &err))
        return cli_wrong("%s", err.text);
    if (trust_create(options, route, asker ? asker : ask_at_terminal, owner, trust, &err)) {
        route_finish(route);
        return cli_wrong("%s", err.text);
    }
    return CLI_OK;
}

void aim_tell_loss(const char *why)
{
    if (why)
        fprintf(stderr, "oriel: %s\n", why);
}

int aim_tell_end(enum keeper_end end, const char *why)
{
    if (end == KEEPER_FAILED)
        return cli_failed("%s", why);
    puts(why);
    return CLI_OK;
}
