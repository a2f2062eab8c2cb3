/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of subcommands; see command.h. */
#include "cli/command.h"

#include "cli/commands.h"

#include <stddef.h>
#include <string.h>

const struct cli_command *const cli_commands[] = {
    &cli_run, &cli_view, &cli_term, &cli_shot,    &cli_text,   &cli_expect,  &cli_type, &cli_record,
    &cli_ls,  &cli_stop, &cli_kill, &cli_connect, &cli_serial, &cli_monitor, &cli_help, NULL,
};

const struct cli_command *cli_command_find(const char *name)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    return NULL;
}
