/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel monitor: QEMU's monitor of a running machine, for people and for scripts. */
#include "cli/monitor.h"

#include "base/mem.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/witness.h"
#include "io/socket.h"
#include "vm/hmp.h"
#include "vm/monitor.h"
#include "vm/runtime.h"

#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QMP = 'q' };

static const struct cli_option options[] = {
    {QMP, 'q', "qmp", NULL, "speak QMP, QEMU's protocol for programs, in JSON", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

struct monitor {
    const char *name;
    struct vm_monitor *qemu;
    bool is_ready, is_over, waits, refused;
    GString *answer;
    struct vm_strings commands, infos;
};

/* ---- One command ---- */

static void on_ready(void *owner)
{
    ((struct monitor *)owner)->is_ready = true;
}

static void on_event(void *owner, const char *name, const struct json *data)
{
    (void)owner, (void)name, (void)data;
}

static void on_closed(void *owner, const char *reason)
{
    struct monitor *m = owner;

    (void)reason;
    m->is_over = true;
    m->waits = false;
}

static const struct vm_monitor_ops monitor_ops = {on_ready, on_event, on_closed};

static void answered(void *owner, const struct json *value, const char *error)
{
    struct monitor *m = owner;

    m->waits = false;
    m->refused = error != NULL || hmp_is_refusal(json_text(value, ""));
    g_string_assign(m->answer, error ? error : json_text(value, ""));
}

/* Waits for the answer; false when there is none. */
static bool ask(struct monitor *m, const char *line)
{
    struct buf arguments = BUF_INIT;

    if (m->is_over)
        return false;
    json_put_raw(&arguments, "{\"command-line\": ");
    json_put_string(&arguments, line);
    buf_append(&arguments, "}", 2);
    m->waits = true;
    m->refused = false;
    g_string_truncate(m->answer, 0);
    vm_monitor_call(m->qemu, "human-monitor-command", (const char *)arguments.data, answered, m);
    buf_finish(&arguments);
    while (m->waits)
        g_main_context_iteration(NULL, TRUE);
    return !m->is_over || m->answer->len;
}

/* What a guest can have put into an answer is not to reach the terminal. */
static void print_answer(const GString *answer)
{
    struct terminal_filter filter;
    struct buf out = BUF_INIT;
    size_t kept = 0;

    terminal_filter_init(&filter);
    terminal_filter_feed(&filter, (const uint8_t *)answer->str, answer->len, &out);
    terminal_filter_reset(&filter, &out);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] != '\r')
            out.data[kept++] = out.data[i];
    if (kept && (fwrite(out.data, 1, kept, stdout) != kept))
        clearerr(stdout);
    if (kept && out.data[kept - 1] != '\n')
        putchar('\n');
    fflush(stdout);
    buf_finish(&out);
}

bool monitor_run(struct monitor *m, const char *line)
{
    if (!ask(m, line))
        return false;
    print_answer(m->answer);
    return !m->refused;
}

bool monitor_is_over(const struct monitor *m)
{
    return m->is_over;
}

const char *monitor_name(const struct monitor *m)
{
    return m->name;
}

const struct vm_strings *monitor_commands(struct monitor *m, bool of_info)
{
    struct vm_strings *names = of_info ? &m->infos : &m->commands;

    if (!names->count && ask(m, of_info ? "help info" : "help"))
        hmp_add_names(m->answer->str, names);
    return names;
}

/* ---- The command ---- */

int monitor_tell_end(struct witness *witness, const char *machine)
{
    char sentence[WITNESS_ROOM];
    int rc = witness_hear_end(witness, machine, sentence);

    fprintf(stderr, "oriel: %s\n", sentence);
    return rc;
}

/* Lines of a file or a pipe. */
static bool run_lines(struct monitor *m)
{
    g_autofree char *line = NULL;
    size_t room = 0;
    bool fine = true;

    while (!m->is_over && getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] && !monitor_run(m, line))
            fine = false;
    }
    return fine;
}

/* `line`: what the words say, or NULL. */
static int speak_hmp(const char *name, int fd, const char *line, struct witness *witness)
{
    struct monitor m = {.name = name, .answer = g_string_new(NULL)};
    bool fine = true;
    int status;

    m.qemu = vm_monitor_create(fd, &monitor_ops, &m);
    while (!m.is_ready && !m.is_over)
        g_main_context_iteration(NULL, TRUE);
    if (line)
        fine = monitor_run(&m, line);
    else if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        monitor_edit(&m);
    else
        fine = run_lines(&m);
    status = fine ? CLI_OK : CLI_FAILED;
    if (m.is_over && (monitor_tell_end(witness, name) < 0 || !m.is_ready))
        status = CLI_FAILED;
    vm_monitor_destroy(m.qemu);
    vm_strings_finish(&m.commands);
    vm_strings_finish(&m.infos);
    g_string_free(m.answer, TRUE);
    return status;
}

static int speak(const char *name, const char *words, bool qmp)
{
    struct err err;
    cleanup_free char *path = vm_runtime_find(name, "qmp", &err);
    struct witness *witness;
    int fd, status;

    if (!path)
        return cli_wrong("%s", err.text);
    fd = io_connect_unix(path, &err);
    if (fd < 0)
        return cli_failed("%s", err.text);
    witness = witness_create(name);
    status =
        qmp ? monitor_speak_qmp(name, fd, words, witness) : speak_hmp(name, fd, words, witness);
    witness_destroy(witness);
    return status;
}

/* Behind the name; NULL: nothing is there. */
static bool is_command(const char *word)
{
    return word && strcmp(word, "--qmp") != 0 && strcmp(word, "-q") != 0 && strcmp(word, "--") != 0;
}

static int monitor(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_monitor, argc, argv);
    g_autoptr(GString) line = g_string_new(NULL);
    cleanup_free char *only = NULL;
    const char *name = NULL;
    bool qmp = false;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == CLI_BAD)
            return CLI_WRONG;
        if (what == QMP) {
            qmp = true;
        } else if (!name) {
            name = words.value;
            words.only_operands = !qmp && is_command(argv[words.at]);
        } else {
            g_string_append_printf(line, "%s%s", line->len ? " " : "", words.value);
        }
    }
    if (!name)
        name = only = cli_only_machine();
    if (!name)
        return CLI_WRONG;
    setlocale(LC_CTYPE, "");
    return speak(name, line->len ? line->str : NULL, qmp);
}

const struct cli_command cli_monitor = {
    .name = "monitor",
    .operands = "[NAME [COMMAND...]]",
    .summary = "QEMU's monitor of a machine, for people or in QMP.",
    .text =
        "Without COMMAND, lines are read: at a terminal with editing, a history that is kept\n"
        "nowhere and Tab for the names of commands; \"help\" lists them, Ctrl-D leaves, and "
        "\"quit\"\n"
        "ends the machine. Behind NAME everything belongs to COMMAND, dashes too. QEMU has only\n"
        "words to say that a command was refused; where they are its usual ones the exit status\n"
        "is 1.\n\n"
        "With --qmp, COMMAND is one JSON object, as '{\"execute\": \"query-status\"}', and its "
        "answer\n"
        "is printed; the exit status is 1 when it is an error. Without it, objects are read from\n"
        "standard input, and the greeting, all answers and all events are printed, a line each.\n"
        "Capabilities are negotiated already; to do so again is no mistake. At the end of the\n"
        "input what was asked is still answered.\n\n"
        "Any number of monitors may be open at once; they neither disturb each other nor what\n"
        "oriel itself does with QEMU. The socket \"qmp\" in the machine's runtime directory is\n"
        "the same for programs.",
    .options = options,
    .takes_machine = true,
    .run = monitor,
};
