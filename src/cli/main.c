/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program `oriel`: finds the subcommand in the table and lets it do the rest. */
#include "cli/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Before "--", which may be QEMU's. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    const struct cli_command *command;

    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        cli_print_help(NULL);
        return CLI_WRONG;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        cli_print_help(NULL);
        return CLI_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("oriel " ORIEL_VERSION);
        return CLI_OK;
    }
    command = cli_command_find(argv[1]);
    if (!command)
        return cli_wrong("there is no command %.80s; \"oriel help\" lists those there are",
                         argv[1]);
    if (asks_for_help(argc - 1, argv + 1)) {
        cli_print_help(command);
        return CLI_OK;
    }
    return command->run(argc - 1, argv + 1);
}
