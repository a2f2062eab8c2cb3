/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel kill: ends a machine at once. */
#include "cli/commands.h"
#include "cli/control.h"

#include <stddef.h>

static int kill_machine(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_kill, argc, argv);
    const char *name = NULL;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == CLI_BAD)
            return CLI_WRONG;
        if (name)
            return cli_wrong("\"oriel kill\" takes one machine; %.80s is a second", words.value);
        name = words.value;
    }
    if (!name)
        return cli_wrong("which machine is to be killed? \"oriel ls\" lists those that run");
    return control_ask(name, "kill", true);
}

const struct cli_command cli_kill = {
    .name = "kill",
    .operands = "NAME",
    .summary = "Ends a machine at once, as if its plug were pulled.",
    .takes_machine = true,
    .run = kill_machine,
};
