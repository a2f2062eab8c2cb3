/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel serial: a machine's serial port at standard input and output, which usually are a terminal.
 * What the guest says to it goes through base/terminal.h.
 */
#include "vm/serial.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/stdinout.h"
#include "cli/witness.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/config.h"
#include "vm/runtime.h"
#include "vm/serial_log.h"

#include <glib.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PORT = 'p',
    ESCAPE = 'e',
    READ_ONLY = 'r',
    LOG = 'l',
    LONG_ONLY = 256,
    RAW,
    TYPED_AHEAD = 64 << 10, /* then standard input waits */
    NO_KEY = -1,
    DETACH_KEY = ']' & 0x1f,
};

static const struct cli_option options[] = {
    {PORT, 'p', "port", "NUMBER", "which port, where there are several (default 0)", NULL},
    {ESCAPE, 'e', "escape", "KEY",
     "the key that detaches, as ^X, ctrl-x or a character, or none (default ctrl-])", NULL},
    {READ_ONLY, 'r', "read-only", NULL, "look, and type nothing", NULL},
    {LOG, 'l', "log", NULL, "print all that the port has said since the machine started", NULL},
    {RAW, 0, "raw", NULL,
     "leave nothing out of what the guest says, whatever it does to a terminal", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

struct serial {
    const char *name;
    unsigned port;
    int escape;
    bool read_only, log, raw;
    struct terminal_filter filter;
    struct stdinout *stdio;
    struct io_stream *stream;
    struct witness *witness;
    GMainLoop *loop;
    bool machine_ended, is_lost;
};

/* ---- From the guest ---- */

static void start_filter(struct serial *s, bool to_terminal, bool interactive)
{
    terminal_filter_init(&s->filter);
    s->filter.answers = interactive;
    s->filter.ascii = to_terminal && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* A terminal that does not read must not hold us: it gets what is said through the queue as well.
 */
static void say(struct serial *s, const char *sentence)
{
    g_autofree char *line = g_strdup_printf("\r\noriel: %s\r\n", sentence);

    if (stdinout_output_is_terminal(s->stdio))
        stdinout_write(s->stdio, line, strlen(line));
    else
        fprintf(stderr, "oriel: %s\n", sentence);
}

/* For the person, beside what the guest says. */
static void note_dropped(struct serial *s)
{
    size_t dropped = stdinout_take_dropped(s->stdio);
    g_autofree char *sentence = NULL;

    if (!dropped)
        return;
    sentence =
        g_strdup_printf("%zu bytes were left out, since they came faster than they were read; "
                        "\"oriel serial --log\" has them",
                        dropped);
    say(s, sentence);
}

static size_t guest_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct serial *s = owner;
    struct buf out = BUF_INIT;
    unsigned columns, rows;

    note_dropped(s);
    if (s->raw) {
        stdinout_write(s->stdio, bytes, len);
        return len;
    }
    terminal_filter_feed(&s->filter, bytes, len, &out);
    if (out.len)
        stdinout_write(s->stdio, out.data, out.len);
    buf_clear(&out);
    for (; s->filter.size_asked; s->filter.size_asked--)
        if (stdinout_get_size(s->stdio, &columns, &rows))
            terminal_put_size(&out, columns, rows);
    if (out.len)
        io_stream_send(s->stream, out.data, out.len);
    buf_finish(&out);
    return len;
}

static void guest_closed(void *owner, const char *reason)
{
    struct serial *s = owner;

    (void)reason;
    s->machine_ended = true;
    g_main_loop_quit(s->loop);
}

static void guest_drained(void *owner)
{
    stdinout_pause_input(((struct serial *)owner)->stdio, false);
}

static const struct io_stream_ops stream_ops = {
    .data = guest_data, .closed = guest_closed, .drained = guest_drained};

/* ---- From the person ---- */

static void typed(void *owner, const uint8_t *bytes, size_t len)
{
    struct serial *s = owner;
    const uint8_t *key = s->escape != NO_KEY && stdinout_input_is_terminal(s->stdio)
                             ? memchr(bytes, s->escape, len)
                             : NULL;

    if (key)
        len = (size_t)(key - bytes);
    if (len && !s->read_only)
        io_stream_send(s->stream, bytes, len);
    if (io_stream_queued(s->stream) > TYPED_AHEAD)
        stdinout_pause_input(s->stdio, true);
    if (key)
        g_main_loop_quit(s->loop);
}

/* A pipe that ends has nothing more to type; a terminal that ends is gone. */
static void typing_ended(void *owner)
{
    struct serial *s = owner;

    s->is_lost = stdinout_input_is_terminal(s->stdio);
    if (s->is_lost)
        g_main_loop_quit(s->loop);
}

static void resized(void *owner)
{
    struct serial *s = owner;
    unsigned columns, rows;

    if (!s->read_only && stdinout_get_size(s->stdio, &columns, &rows))
        witness_tell_size(s->witness, s->port, columns, rows);
}

static void told_to_end(void *owner)
{
    g_main_loop_quit(((struct serial *)owner)->loop);
}

static const struct stdinout_ops stdinout_ops = {typed, typing_ended, resized, told_to_end};

/* ---- A conversation ---- */

static const char *key_name(int key, char name[16])
{
    if (key < ' ')
        snprintf(name, 16, "Ctrl-%c", key | 0x40);
    else
        snprintf(name, 16, "%c", key);
    return name;
}

static void say_hello(const struct serial *s)
{
    char name[16];

    if (!stdinout_input_is_terminal(s->stdio))
        return;
    if (s->escape == NO_KEY)
        fprintf(stderr, "oriel: serial port %u of %s; no key detaches\r\n", s->port, s->name);
    else
        fprintf(stderr, "oriel: serial port %u of %s; %s detaches\r\n", s->port, s->name,
                key_name(s->escape, name));
}

/* What is brought back, and how it ended. */
static int say_goodbye(struct serial *s)
{
    int signal = stdinout_signal(s->stdio), end = 0;
    char sentence[WITNESS_ROOM];
    struct buf out = BUF_INIT;

    if (!s->machine_ended)
        stdinout_discard(s->stdio);
    if (!s->raw && stdinout_output_is_terminal(s->stdio))
        terminal_filter_reset(&s->filter, &out);
    if (out.len)
        stdinout_write(s->stdio, out.data, out.len);
    buf_finish(&out);
    if (s->machine_ended) {
        end = witness_hear_end(s->witness, s->name, sentence);
        say(s, sentence);
    } else if (signal || s->is_lost) {
        end = signal ? signal : SIGHUP;
    } else {
        snprintf(sentence, sizeof(sentence), "detached from %s", s->name);
        say(s, sentence);
    }
    stdinout_destroy(steal(&s->stdio));
    return end;
}

/* fd: connected to the port. */
static int converse(struct serial *s, int fd)
{
    int end, status = CLI_OK;

    s->loop = g_main_loop_new(NULL, FALSE);
    s->witness = witness_create(s->name);
    s->stdio = stdinout_create(&stdinout_ops, s, true);
    start_filter(s, stdinout_output_is_terminal(s->stdio),
                 stdinout_input_is_terminal(s->stdio) && stdinout_output_is_terminal(s->stdio) &&
                     !s->read_only);
    s->stream = io_stream_create(fd, &stream_ops, s);
    say_hello(s);
    resized(s);
    g_main_loop_run(s->loop);
    end = say_goodbye(s);
    if (end < 0)
        status = CLI_FAILED;
    io_stream_destroy(s->stream);
    witness_destroy(s->witness);
    g_main_loop_unref(s->loop);
    if (end > 0)
        stdinout_die_of(end);
    return status;
}

/* ---- The log ---- */

static void write_out(const struct buf *out)
{
    if (out->len && fwrite(out->data, 1, out->len, stdout) != out->len)
        stdinout_die_of(SIGPIPE);
}

static void log_bytes(void *owner, const uint8_t *bytes, size_t len)
{
    struct serial *s = owner;
    struct buf out = BUF_INIT;

    if (s->raw)
        buf_append(&out, bytes, len);
    else
        terminal_filter_feed(&s->filter, bytes, len, &out);
    write_out(&out);
    buf_finish(&out);
}

static void log_gap(void *owner, uint64_t len)
{
    (void)owner;
    fflush(stdout);
    fprintf(stderr, "\noriel: here %" PRIu64 " bytes are missing, which the log does not keep\n",
            len);
}

static int print_log(struct serial *s, const char *path)
{
    static const struct vm_serial_log_reader reader = {log_bytes, log_gap};
    g_autofree char *log = g_strconcat(path, ".log", NULL);
    struct buf out = BUF_INIT;
    struct err err;

    start_filter(s, isatty(STDOUT_FILENO), false);
    if (vm_serial_log_read(log, &reader, s, &err) < 0)
        return cli_failed("%s", err.text);
    if (!s->raw && isatty(STDOUT_FILENO))
        terminal_filter_reset(&s->filter, &out);
    write_out(&out);
    buf_finish(&out);
    if (fflush(stdout) != 0)
        stdinout_die_of(SIGPIPE);
    return CLI_OK;
}

/* ---- The command ---- */

/* "^X", "ctrl-x", "x", "none". */
static int read_key(const char *text, int *key)
{
    bool control = false;

    if (!strcmp(text, "none")) {
        *key = NO_KEY;
        return 0;
    }
    if (text[0] == '^' && text[1]) {
        control = true;
        text++;
    } else if (!g_ascii_strncasecmp(text, "ctrl-", 5) && text[5]) {
        control = true;
        text += 5;
    }
    if (text[0] < ' ' || text[0] > '~' || text[1] ||
        (control && (g_ascii_toupper(text[0]) < '@' || g_ascii_toupper(text[0]) > '_')))
        return -1;
    *key = control ? text[0] & 0x1f : text[0];
    return 0;
}

static int read_words(struct serial *s, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_serial, argc, argv);
    char *end;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        switch (what) {
        case PORT:
            s->port = (unsigned)strtoul(words.value, &end, 10);
            if (!g_ascii_isdigit(words.value[0]) || *end || strlen(words.value) > 3)
                return cli_wrong("\"%.40s\" is no number of a port", words.value);
            break;
        case ESCAPE:
            if (read_key(words.value, &s->escape) < 0)
                return cli_wrong("\"%.40s\" is no key; write it as ^X, ctrl-x or a character, or "
                                 "none",
                                 words.value);
            break;
        case READ_ONLY:
            s->read_only = true;
            break;
        case LOG:
            s->log = true;
            break;
        case RAW:
            s->raw = true;
            break;
        case CLI_OPERAND:
            if (s->name)
                return cli_wrong("\"oriel serial\" takes one machine; %.80s is a second",
                                 words.value);
            s->name = words.value;
            break;
        default:
            return CLI_WRONG;
        }
    }
    return CLI_OK;
}

/* The path of the port's socket; NULL after it said which ports there are. */
static char *find_port(const struct serial *s)
{
    g_autoptr(GString) there = g_string_new(NULL);
    char name[VM_SERIAL_FILE_SIZE];
    struct err err;

    for (unsigned i = 0; i < VM_SERIAL_MAX; i++) {
        cleanup_free char *path = vm_runtime_find(s->name, vm_serial_file(i, name), &err);

        if (!path) {
            cli_wrong("%s", err.text);
            return NULL;
        }
        if (access(path, F_OK) < 0)
            continue;
        if (i == s->port)
            return steal(&path);
        g_string_append_printf(there, "%s%u", there->len ? ", " : "", i);
    }
    if (there->len)
        cli_wrong("%s has no serial port %u; it has %s", s->name, s->port, there->str);
    else
        cli_wrong("%s has no serial port yet; try again when it is up", s->name);
    return NULL;
}

static int serial(int argc, char **argv)
{
    struct serial s = {.escape = DETACH_KEY};
    cleanup_free char *only = NULL, *path = NULL;
    int status = read_words(&s, argc, argv), fd;
    struct err err;

    if (status != CLI_OK)
        return status;
    if (!s.name)
        s.name = only = cli_only_machine();
    path = s.name ? find_port(&s) : NULL;
    if (!path)
        return CLI_WRONG;
    setlocale(LC_CTYPE, "");
    if (s.log)
        return print_log(&s, path);
    fd = io_connect_unix(path, &err);
    return fd < 0 ? cli_failed("%s", err.text) : converse(&s, fd);
}

const struct cli_command cli_serial = {
    .name = "serial",
    .operands = "[NAME]",
    .summary = "A machine's serial port in your terminal.",
    .text =
        "Shows the last of what the port has said, then the present, and types what you type into\n"
        "it, Ctrl-C too; Ctrl-] detaches. Several may do so at once. Without NAME, the only "
        "machine\n"
        "that runs. Standard input and output may be pipes: then no key detaches, and the end of\n"
        "the input ends nothing; the output goes on until the machine's end.\n\n"
        "What the guest says is let through as far as it draws: text in UTF-8, colours, the "
        "cursor\n"
        "and the ways of VT100 and xterm. What could do harm is left out: titles, the clipboard,\n"
        "palettes, links, notifications, printing, resized windows, answers with text, other\n"
        "character sets. Modes that a program of the guest's leaves on are put off at the end.\n"
        "--raw leaves nothing out, for those who have something binary on the line.\n\n"
        "A guest that asks a terminal for its size (resize, or agetty at a login) gets the "
        "answer;\n"
        "when there are several viewers, from the one that typed last. A change of the size is\n"
        "passed on to virtio consoles (\"oriel run --serial virtio\") if QEMU can; serial lines "
        "know\n"
        "no sizes: run resize again.\n\n"
        "--log prints the first 16 MiB of what the port has said and the last 8 to 16 MiB, and "
        "says\n"
        "how much is missing between. The log ends with the machine.\n\n"
        "Exit status: 0 detached or the machine ended, which is said; 1 the connection was lost; 2 "
        "there\n"
        "is no such machine or port; 128 and more a signal.",
    .options = options,
    .takes_machine = true,
    .run = serial,
};
