/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel stop: asks the guest to switch off, and insists when it does not. */
#include "cli/commands.h"
#include "cli/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT = 't', TIMEOUT_DEFAULT_S = 30, TIMEOUT_MAX_S = 86400 };

static const struct cli_option options[] = {
    {TIMEOUT, 't', "timeout", "SECONDS",
     "wait this long for the guest before it is switched off (default 30)", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

static int stop(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_stop, argc, argv);
    long seconds = TIMEOUT_DEFAULT_S;
    const char *name = NULL;
    char request[32], *end;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        switch (what) {
        case TIMEOUT:
            seconds = strtol(words.value, &end, 10);
            if (end == words.value || *end || seconds < 0 || seconds > TIMEOUT_MAX_S)
                return cli_wrong("\"%.40s\" is no time-out; choose 0 to %d seconds", words.value,
                                 TIMEOUT_MAX_S);
            break;
        case CLI_OPERAND:
            if (name)
                return cli_wrong("\"oriel stop\" takes one machine; %.80s is a second",
                                 words.value);
            name = words.value;
            break;
        default:
            return CLI_WRONG;
        }
    }
    if (!name)
        return cli_wrong("which machine is to stop? \"oriel ls\" lists those that run");
    snprintf(request, sizeof(request), "stop %ld", seconds);
    return control_ask(name, request, false);
}

const struct cli_command cli_stop = {
    .name = "stop",
    .operands = "NAME",
    .summary = "Asks the guest to switch itself off, and insists after a time-out.",
    .text =
        "The guest hears its power button, every few seconds, for one that boots is deaf to it at\n"
        "first. When it has not switched off after the time-out, QEMU is told to quit, which\n"
        "flushes the disks, and at last it is killed. The command returns when nothing of the\n"
        "machine is left, and says which of these it took.",
    .options = options,
    .takes_machine = true,
    .run = stop,
};
