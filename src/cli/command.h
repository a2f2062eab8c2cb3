/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A subcommand of `oriel` is one file and one `struct cli_command` in the table of commands.c. The
 * table is all that help, the manual page and the shell's completion are made of, so they cannot
 * differ from what the program takes.
 */
#pragma once

#include <stdbool.h>

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_WRONG = 2 }; /* exit status: fine, the world, the person */

/* What next() can answer beside an option's id. */
enum { CLI_END = 0, CLI_OPERAND = -1, CLI_BAD = -2 };

struct cli_option {
    int id;               /* above 0; the letter where there is one */
    char letter;          /* 0: none */
    const char *name;     /* without the dashes */
    const char *argument; /* what follows, in capitals; NULL for a flag */
    const char *help;     /* one clause */
    const char *choices;  /* for completion: words with spaces between, or NULL */
};

struct cli_command {
    const char *name;
    const char *operands;             /* as in "DISK…"; "" when there are none */
    const char *rest;                 /* what words behind "--" are, or NULL: operands as well */
    const char *summary;              /* one line */
    const char *text;                 /* paragraphs for the manual, an empty line between */
    const struct cli_option *options; /* an option without a name ends them; may be NULL */
    bool takes_machine;               /* completion: an operand is a running machine's name */
    /* argv[0] is the subcommand's name; returns the exit status. */
    int (*run)(int argc, char **argv);
};

/* The table, in the order in which help shows it; NULL ends it. */
extern const struct cli_command *const cli_commands[];
const struct cli_command *cli_command_find(const char *name); /* NULL: there is none */

/* ---- Reading a command line ---- */

struct cli_words {
    const struct cli_command *command;
    int argc;
    char **argv;
    int at;
    int letter_at;      /* inside a word of letters, as -dm512 */
    bool only_operands; /* "--" was seen */
    const char *value;  /* the option's argument, or the operand */
};

struct cli_words cli_words_of(const struct cli_command *command, int argc, char **argv);
/*
 * The next option's id with its argument in `value`; CLI_OPERAND with the word; CLI_END; or CLI_BAD
 * after it told the person what is wrong. With a `rest` it ends at "--", and argv[at] is the first
 * word behind it. "--help" is handled before a command runs.
 */
int cli_next(struct cli_words *words);

/* Prints "oriel: …" on standard error and returns the status, so `return cli_wrong(…);` works. */
int cli_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The machine that is meant when none is named: the only one; the caller frees the name. NULL after
   it told the person why there is none. */
char *cli_only_machine(void);

/* ---- What is made of the table, on standard output ---- */

void cli_print_help(const struct cli_command *command); /* NULL: the program's */
void cli_print_man(void);                               /* oriel(1), roff */
void cli_print_completion(void);                        /* bash */
