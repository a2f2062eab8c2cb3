/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading command lines by the table; see command.h. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

struct cli_words cli_words_of(const struct cli_command *command, int argc, char **argv)
{
    return (struct cli_words){.command = command, .argc = argc, .argv = argv, .at = 1};
}

static int unknown(const struct cli_words *w, const char *shown)
{
    cli_wrong("there is no option %.80s; \"oriel %s --help\" lists those there are", shown,
              w->command->name);
    return CLI_BAD;
}

static int wants_argument(const struct cli_option *o, const char *shown)
{
    cli_wrong("the option %.80s wants %s behind it", shown, o->argument);
    return CLI_BAD;
}

/* "--name", "--name=value" or "--name value". */
static int next_long(struct cli_words *w)
{
    const char *word = w->argv[w->at++], *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word - 2) : strlen(word + 2);

    for (const struct cli_option *o = w->command->options; o && o->name; o++) {
        if (strlen(o->name) != len || memcmp(o->name, word + 2, len) != 0)
            continue;
        if (!o->argument && equals) {
            cli_wrong("the option --%s takes nothing behind it", o->name);
            return CLI_BAD;
        }
        if (o->argument && !equals && w->at >= w->argc)
            return wants_argument(o, word);
        w->value = equals ? equals + 1 : o->argument ? w->argv[w->at++] : NULL;
        return o->id;
    }
    return unknown(w, word);
}

/* "-m512", "-m 512", and flags joined as in "-dm 512". */
static int next_letter(struct cli_words *w)
{
    const char *word = w->argv[w->at];
    char shown[] = {'-', word[w->letter_at], 0};

    for (const struct cli_option *o = w->command->options; o && o->name; o++) {
        if (!o->letter || o->letter != shown[1])
            continue;
        w->value = NULL;
        if (!word[++w->letter_at]) {
            w->at++;
            w->letter_at = 0;
            if (o->argument && w->at >= w->argc)
                return wants_argument(o, shown);
            if (o->argument)
                w->value = w->argv[w->at++];
        } else if (o->argument) {
            w->value = word + w->letter_at;
            w->at++;
            w->letter_at = 0;
        }
        return o->id;
    }
    return unknown(w, shown);
}

int cli_next(struct cli_words *w)
{
    const char *word;

    if (w->letter_at)
        return next_letter(w);
    if (w->at >= w->argc)
        return CLI_END;
    word = w->argv[w->at];
    if (!w->only_operands && !strcmp(word, "--")) {
        w->at++;
        if (w->command->rest)
            return CLI_END;
        w->only_operands = true;
        return cli_next(w);
    }
    if (!w->only_operands && word[0] == '-' && word[1] == '-')
        return next_long(w);
    if (!w->only_operands && word[0] == '-' && word[1]) {
        w->letter_at = 1;
        return next_letter(w);
    }
    w->value = w->argv[w->at++];
    return CLI_OPERAND;
}
