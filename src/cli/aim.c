/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operand and the options of trust, once a command's words are read; see aim.h. */
#include "cli/aim.h"

#include "base/mem.h"
#include "cli/command.h"

int aim_take(const char *where, const struct trust_options *options, struct route *route,
             struct trust **trust)
{
    cleanup_free char *only = where ? NULL : cli_only_machine();
    struct err err;

    if (!where)
        where = only;
    if (!where)
        return CLI_WRONG; /* the person was told */
    if (route_parse(where, route, &err))
        return cli_wrong("%s", err.text);
    if (trust_create(options, route, trust, &err)) {
        route_finish(route);
        return cli_wrong("%s", err.text);
    }
    return CLI_OK;
}
