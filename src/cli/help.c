/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel help: what the program says about itself. */
#include "cli/commands.h"

#include <stddef.h>

enum { MAN = 1, COMPLETION };

static const struct cli_option options[] = {
    {MAN, 0, "man", NULL, "print the manual page's source (roff)", NULL},
    {COMPLETION, 0, "bash-completion", NULL, "print the completion for bash", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

static int help(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_help, argc, argv);
    const struct cli_command *command = NULL;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        switch (what) {
        case MAN:
            cli_print_man();
            return CLI_OK;
        case COMPLETION:
            cli_print_completion();
            return CLI_OK;
        case CLI_OPERAND:
            command = cli_command_find(words.value);
            if (!command)
                return cli_wrong("there is no command %.80s; \"oriel help\" lists those there are",
                                 words.value);
            break;
        default:
            return CLI_WRONG;
        }
    }
    cli_print_help(command);
    return CLI_OK;
}

const struct cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "Tells what there is, or more of one command.",
    .options = options,
    .run = help,
};
