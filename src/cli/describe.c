/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, the manual page and the shell's completion, all out of the table; see command.h. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static const char purpose[] = "virtual machines whose windows are windows of your desktop";

static void print_usage(const struct cli_command *c)
{
    printf("oriel %s%s%s%s%s%s", c->name, c->options ? " [OPTIONS]" : "", c->operands[0] ? " " : "",
           c->operands, c->rest ? " [-- " : "", c->rest ? c->rest : "");
    printf("%s\n", c->rest ? "]" : "");
}

static void print_option(const struct cli_option *o)
{
    char left[64];

    snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    printf("  %-28s %s\n", left, o->help);
}

void cli_print_help(const struct cli_command *command)
{
    if (!command) {
        printf("oriel - %s\n\n", purpose);
        for (const struct cli_command *const *c = cli_commands; *c; c++)
            printf("  oriel %-6s %s\n", (*c)->name, (*c)->summary);
        printf("\n\"oriel COMMAND --help\" tells more of each.\n");
        return;
    }
    printf("usage: ");
    print_usage(command);
    printf("\n%s\n", command->summary);
    if (command->options)
        printf("\n");
    for (const struct cli_option *o = command->options; o && o->name; o++)
        print_option(o);
    if (command->text)
        printf("\n%s\n", command->text);
}

/* Text for roff: a hyphen is a minus, a backslash is doubled, a dot never starts a line. */
static void roff(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '\n' && text[1] == '\n')
            fputs("\n.PP", stdout);
        else
            putchar(*text);
        start = *text == '\n';
    }
    putchar('\n');
}

static void man_command(const struct cli_command *c)
{
    printf(".SS oriel %s\n", c->name);
    fputs(".B ", stdout);
    print_usage(c);
    printf(".PP\n");
    roff(c->summary);
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        printf(".TP\n");
        if (o->letter)
            printf("\\fB\\-%c\\fR, ", o->letter);
        printf("\\fB\\-\\-%s\\fR%s%s\n", o->name, o->argument ? " " : "",
               o->argument ? o->argument : "");
        roff(o->help);
    }
    if (c->text) {
        printf(".PP\n");
        roff(c->text);
    }
}

void cli_print_man(void)
{
    printf(".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n.TH ORIEL 1\n.SH NAME\n"
           "oriel \\- %s\n.SH SYNOPSIS\n.B oriel\nCOMMAND [OPTIONS] [OPERANDS]\n"
           ".SH DESCRIPTION\nRuns machines with unmodified QEMU, shows them, and leaves nothing\n"
           "behind when they end.\n.SH COMMANDS\n",
           purpose);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        man_command(*c);
    printf(".SH FILES\n.TP\n$XDG_RUNTIME_DIR/oriel/NAME/\n"
           "A running machine: its pid, and the sockets \\fBdisplay\\fR (RFB), \\fBserial\\fR,\n"
           "\\fBserial1\\fR, … (each serial port: history first, then live; \\fB.log\\fR: all of "
           "it), \\fBqmp\\fR (QEMU's monitor, for\n"
           "any number of programs) and\n"
           "\\fBcontrol\\fR. Only you can reach them.\n.TP\n$XDG_CACHE_HOME/oriel/kvm\n"
           "Whether KVM can run a guest on this host. Delete it to have it tried again.\n"
           ".SH EXIT STATUS\n0 on success, 2 for a mistake in the command line, 1 for anything\n"
           "else that fails.\n.SH SEE ALSO\n.BR qemu-system-x86_64 (1)\n");
}

static void completion_words(const struct cli_command *c)
{
    printf("        %s)\n            words=\"--help", c->name);
    for (const struct cli_option *o = c->options; o && o->name; o++)
        printf(" --%s", o->name);
    printf("\"\n            machines=%d\n            case $previous in\n", c->takes_machine);
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        if (!o->argument)
            continue;
        printf("                --%s", o->name);
        if (o->letter)
            printf("|-%c", o->letter);
        if (o->choices)
            printf(") COMPREPLY=($(compgen -W \"%s\" -- \"$word\")); return ;;\n", o->choices);
        else if (!strcmp(o->argument, "FILE"))
            printf(") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
        else
            printf(") return ;;\n");
    }
    printf("            esac ;;\n");
}

void cli_print_completion(void)
{
    printf("# SPDX-License-Identifier: LGPL-2.1-or-later\n"
           "# Made by \"oriel help --bash-completion\".\n_oriel() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words='' "
           "machines=0\n"
           "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W \"");
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        printf("%s ", (*c)->name);
    printf("--help --version\" -- \"$word\"))\n        return\n    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        completion_words(*c);
    printf("    esac\n    case $word in\n"
           "        -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
           "        *) if [ \"$machines\" = 1 ]; then\n"
           "               COMPREPLY=($(compgen -W \"$(oriel ls --names 2>/dev/null)\" -- "
           "\"$word\"))\n"
           "           else\n"
           "               COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "           fi ;;\n    esac\n}\ncomplete -o filenames -F _oriel oriel\n");
}
