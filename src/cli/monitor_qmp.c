/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QMP for `oriel monitor --qmp`: objects in, lines out, as they are. */
#include "base/buf.h"
#include "base/terminal.h"
#include "cli/command.h"
#include "cli/monitor.h"
#include "cli/stdinout.h"
#include "io/stream.h"
#include "vm/json.h"
#include "vm/qmp.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct talk {
    const char *only; /* the one command, or NULL */
    struct io_stream *stream;
    struct stdinout *stdio;
    struct terminal_filter filter;
    struct buf typed; /* of an object that is not whole */
    GMainLoop *loop;
    unsigned lines;   /* that have come: the greeting, the answer to our negotiation, and on */
    unsigned waiting; /* commands without an answer */
    bool input_ended, is_over;
    int status;
};

static const char negotiate[] = "{\"execute\": \"qmp_capabilities\"}\n";

/* ---- From QEMU ---- */

static void print_line(struct talk *t, const uint8_t *line, size_t len)
{
    struct buf out = BUF_INIT;

    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    terminal_filter_feed(&t->filter, line, len, &out);
    buf_append(&out, "\n", 1);
    stdinout_write(t->stdio, out.data, out.len);
    buf_finish(&out);
}

static void end_when_answered(struct talk *t)
{
    if (t->input_ended && !t->waiting && t->lines > 1)
        g_main_loop_quit(t->loop);
}

static void take_line(struct talk *t, const uint8_t *line, size_t len)
{
    struct json_document *document = json_parse(line, len);
    const struct json *root = document ? json_root(document) : NULL;
    bool is_event = json_member(root, "event") != NULL;
    bool is_error = json_member(root, "error") != NULL;

    json_document_destroy(document);
    t->lines++;
    if (t->lines == 2 && !is_event) {
        stdinout_pause_input(t->stdio, false);
        if (t->only)
            io_stream_send(t->stream, t->only, strlen(t->only));
        return end_when_answered(t);
    }
    if (!t->only || (t->lines > 2 && !is_event))
        print_line(t, line, len);
    if (t->lines == 1 || is_event)
        return;
    if (t->waiting)
        t->waiting--;
    if (is_error && t->only)
        t->status = CLI_FAILED;
    end_when_answered(t);
}

static size_t qemu_data(void *owner, const uint8_t *bytes, size_t len)
{
    const uint8_t *newline = memchr(bytes, '\n', len);
    size_t n = newline ? (size_t)(newline + 1 - bytes) : 0;

    if (n)
        take_line(owner, bytes, n);
    return n;
}

static void qemu_closed(void *owner, const char *reason)
{
    struct talk *t = owner;

    (void)reason;
    t->is_over = true;
    g_main_loop_quit(t->loop);
}

static const struct io_stream_ops stream_ops = {.data = qemu_data, .closed = qemu_closed};

/* ---- From standard input ---- */

static void typed(void *owner, const uint8_t *bytes, size_t len)
{
    struct talk *t = owner;
    long n;

    buf_append(&t->typed, bytes, len);
    while ((n = qmp_frame(t->typed.data, t->typed.len)) > 0) {
        struct json_document *document = json_parse(t->typed.data, (size_t)n);

        if (!document)
            break;
        json_document_destroy(document);
        io_stream_send(t->stream, t->typed.data, (size_t)n);
        buf_consume(&t->typed, (size_t)n);
        t->waiting++;
    }
    if (!n && t->typed.len <= QMP_MESSAGE_MAX)
        return;
    t->status = cli_wrong("what was typed is no JSON object; write {\"execute\": …}");
    t->input_ended = true;
    stdinout_pause_input(t->stdio, true);
    end_when_answered(t);
}

static void typing_ended(void *owner)
{
    struct talk *t = owner;

    t->input_ended = true;
    end_when_answered(t);
}

static void told_to_end(void *owner)
{
    g_main_loop_quit(((struct talk *)owner)->loop);
}

static const struct stdinout_ops stdinout_ops = {
    .input = typed, .input_ended = typing_ended, .told_to_end = told_to_end};

/* ---- Together ---- */

static bool is_object(const char *json)
{
    struct json_document *document = json_parse(json, strlen(json));
    bool is = document && json_root(document)->type == JSON_OBJECT;

    json_document_destroy(document);
    return is;
}

int monitor_speak_qmp(const char *name, int fd, const char *json, struct witness *witness)
{
    struct talk t = {.only = json, .input_ended = json != NULL, .waiting = json != NULL};
    int signal;

    if (json && !is_object(json)) {
        close(fd);
        return cli_wrong("\"%.80s\" is no JSON object; write '{\"execute\": \"query-status\"}'",
                         json);
    }
    t.loop = g_main_loop_new(NULL, FALSE);
    terminal_filter_init(&t.filter);
    t.stream = io_stream_create(fd, &stream_ops, &t);
    t.stdio = stdinout_create(&stdinout_ops, &t, false);
    stdinout_pause_input(t.stdio, true); /* until commands may be given */
    io_stream_send(t.stream, negotiate, sizeof(negotiate) - 1);
    g_main_loop_run(t.loop);
    signal = stdinout_signal(t.stdio);
    stdinout_destroy(t.stdio);
    io_stream_destroy(t.stream);
    buf_finish(&t.typed);
    g_main_loop_unref(t.loop);
    if (t.is_over && (monitor_tell_end(witness, name) < 0 || t.waiting))
        t.status = CLI_FAILED;
    if (signal)
        stdinout_die_of(signal);
    return t.status;
}
