/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The subcommands, each defined in the file of its name. For commands.c only. */
#pragma once

#include "cli/command.h"

extern const struct cli_command cli_run, cli_ls, cli_stop, cli_kill, cli_view, cli_connect,
    cli_shot, cli_text, cli_expect, cli_type, cli_record, cli_help, cli_serial, cli_monitor,
    cli_term;
