/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel expect: waits until a text is on a machine's screen, or on its serial console, or isn't any
 * more. What counts as its being there says pattern.h.
 */
#include "cli/commands.h"

#include "base/mem.h"
#include "cli/aim.h"
#include "cli/glance.h"
#include "cli/lines.h"
#include "cli/pattern.h"
#include "io/socket.h"
#include "io/stream.h"
#include "rfb/registry.h"
#include "text/reader.h"
#include "vm/json.h"
#include "vm/runtime.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT = 't', REGEX = 'e', GONE = 'g', SERIAL = 256, JSON, SSH };
enum { TIMEOUT_MAX_S = 7 * 24 * 3600, LINES_AT_ONCE = LINES_KEPT / 2 };

static const struct cli_option options[] = {
    {TIMEOUT, 't', "timeout", "SECONDS", "wait no longer than that (default: as long as it runs)",
     NULL},
    {REGEX, 'e', "regex", NULL, "TEXT is a Perl-compatible regular expression", NULL},
    {GONE, 'g', "gone", NULL, "wait until no TEXT is there any more", NULL},
    {SERIAL, 0, "serial", NULL, "on the serial console instead of the screen", NULL},
    {JSON, 0, "json", NULL, "print what was found as a JSON object, with the lines around it",
     NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct expect {
    struct glance glance;
    GPtrArray *texts;    /* of char * */
    GPtrArray *patterns; /* of struct pattern */
    bool is_regex, is_gone, is_serial, is_json;
    double timeout_s; /* 0: none */
    /* While it waits: */
    GMainLoop *loop;
    guint timer;
    const char *name;
    struct page page;
    struct text_reader *reader;
    struct lines lines;
    struct io_stream *stream;
    guint whole; /* an idle source: all that the console had kept is here */
    bool is_present;
    bool is_over;
    int status;
};

/* ---- What was found ---- */

static void print_found(const struct expect *x, unsigned which, unsigned row)
{
    const struct pattern *p = x->patterns->pdata[which];
    struct buf out = BUF_INIT;
    char head[64];

    if (!x->is_json) {
        if (x->patterns->len > 1)
            puts(pattern_text(p));
        return;
    }
    json_put_raw(&out, "{\"text\": ");
    json_put_string(&out, pattern_text(p));
    snprintf(head, sizeof(head), ", \"index\": %u, \"row\": %u, \"line\": ", which, row);
    json_put_raw(&out, head);
    json_put_string(&out, row < x->page.rows->len ? x->page.rows->pdata[row] : "");
    json_put_raw(&out, ", \"lines\": [");
    for (guint i = 0; i < x->page.rows->len; i++) {
        json_put_raw(&out, i ? ",\n  " : "\n  ");
        json_put_string(&out, x->page.rows->pdata[i]);
    }
    json_put_raw(&out, "]}\n");
    fwrite(out.data, 1, out.len, stdout);
    buf_finish(&out);
}

static void finish(struct expect *x, int status)
{
    x->is_over = true;
    x->status = status;
    g_main_loop_quit(x->loop);
}

/* Looks at the page. */
static void look(struct expect *x)
{
    unsigned row = 0;

    for (guint i = 0; i < x->patterns->len && !x->is_over; i++) {
        if (!pattern_find(x->patterns->pdata[i], &x->page, &row))
            continue;
        if (x->is_gone)
            return;
        print_found(x, i, row);
        finish(x, CLI_OK);
    }
    if (x->is_gone && !x->is_over)
        finish(x, CLI_OK);
}

/* ---- What there is instead ---- */

static void tell_page(const struct expect *x)
{
    guint end = x->page.rows->len;

    while (end && !*(const char *)x->page.rows->pdata[end - 1])
        end--;
    for (guint i = 0; i < end; i++)
        fprintf(stderr, "  %s\n", (const char *)x->page.rows->pdata[i]);
}

static bool is_empty(const struct page *page)
{
    for (guint i = 0; i < page->rows->len; i++)
        if (*(const char *)page->rows->pdata[i])
            return false;
    return true;
}

static gboolean on_timeout(gpointer owner)
{
    struct expect *x = owner;
    const char *place = x->is_serial ? "serial console" : "screen";
    const struct pattern *p = x->patterns->pdata[0];
    const char *others = x->patterns->len > 1 ? " or another of the texts" : "";

    x->timer = 0;
    if (x->is_gone)
        cli_failed("\"%s\"%s was still on the %s of %s after %g s; it shows:", pattern_text(p),
                   others, place, x->name, x->timeout_s);
    else if (is_empty(&x->page))
        cli_failed("\"%s\"%s did not appear on the %s of %s within %g s; it shows no text",
                   pattern_text(p), others, place, x->name, x->timeout_s);
    else
        cli_failed("\"%s\"%s did not appear on the %s of %s within %g s; it shows:",
                   pattern_text(p), others, place, x->name, x->timeout_s);
    tell_page(x);
    finish(x, CLI_FAILED);
    return G_SOURCE_REMOVE;
}

static void start_timer(struct expect *x)
{
    if (x->timeout_s > 0)
        x->timer = g_timeout_add((guint)(x->timeout_s * 1000), on_timeout, x);
}

static void on_ended(void *owner)
{
    finish(owner, CLI_FAILED);
}

/* ---- On the screen ---- */

static bool goes_on(const struct console_cell *last)
{
    return last->character && last->character != ' ' &&
           (last->character < 0x2500 || last->character >= 0x25a0);
}

static void read_screen(struct expect *x)
{
    const struct console_screen *s = text_reader_screen(x->reader);

    page_clear(&x->page);
    for (uint32_t y = 0; y < s->grid.rows && s->grid.columns; y++) {
        const struct console_cell *row = s->cells + (size_t)y * s->grid.columns;
        GString *text = g_string_new(NULL);

        for (uint32_t i = 0; i < s->grid.columns; i++)
            g_string_append_unichar(text, row[i].character ? row[i].character : ' ');
        page_add(&x->page, g_string_free(text, FALSE), goes_on(&row[s->grid.columns - 1]));
    }
}

/* A font that isn't found yet could show the text as well. */
static void look_at_screen(struct expect *x)
{
    if (x->is_over || (x->is_gone && !text_reader_is_settled(x->reader)))
        return;
    read_screen(x);
    look(x);
}

static void on_changed(void *owner, const pixman_region32_t *cells)
{
    (void)cells;
    look_at_screen(owner);
}

static void on_settled(void *owner)
{
    look_at_screen(owner);
}

static int expect_on_screen(void *owner, struct scene *scene, const struct route *route)
{
    static const struct text_reader_ops ops = {on_changed, NULL, on_settled};
    const struct text_reader_options how = {.machine = route->kind == ROUTE_MACHINE ? route->machine
                                                                                    : NULL};
    struct expect *x = owner;

    x->name = route->name;
    x->loop = g_main_loop_new(NULL, FALSE);
    x->reader = text_reader_create(scene, &how, &ops, x);
    start_timer(x);
    look_at_screen(x);
    if (!x->is_over)
        g_main_loop_run(x->loop);
    if (x->timer)
        g_source_remove(x->timer);
    text_reader_destroy(x->reader);
    g_main_loop_unref(x->loop);
    return x->status;
}

/* ---- On the serial console ---- */

static void look_at_lines(struct expect *x)
{
    if (x->is_over)
        return;
    page_clear(&x->page);
    lines_put(&x->lines, &x->page);
    look(x);
}

/* What the console had kept counts by its last lines only, however it came in. */
static gboolean on_whole(gpointer owner)
{
    struct expect *x = owner;

    x->whole = 0;
    x->is_present = true;
    look_at_lines(x);
    return G_SOURCE_REMOVE;
}

/* What comes later counts to the last line, however much comes at once. */
static size_t on_serial(void *owner, const uint8_t *bytes, size_t len)
{
    struct expect *x = owner;

    for (size_t at = 0, lines = 0, from = 0; at < len; at++) {
        lines += bytes[at] == '\n' || bytes[at] == '\033';
        if (lines < LINES_AT_ONCE && at + 1 < len)
            continue;
        lines_feed(&x->lines, bytes + from, at + 1 - from);
        if (x->is_present)
            look_at_lines(x);
        from = at + 1;
        lines = 0;
    }
    if (!x->is_present && !x->whole)
        x->whole = g_idle_add_full(G_PRIORITY_LOW, on_whole, x, NULL);
    return len;
}

static void on_serial_closed(void *owner, const char *reason)
{
    struct expect *x = owner;

    (void)reason;
    if (x->is_over)
        return;
    look_at_lines(x);
    if (!x->is_over)
        finish(x, cli_failed("%s has ended, and \"%s\" was not on its serial console", x->name,
                             (const char *)x->texts->pdata[0]));
}

static int expect_on_serial(struct expect *x)
{
    static const struct io_stream_ops ops = {.data = on_serial, .closed = on_serial_closed};
    struct err err;
    cleanup_free char *path = vm_runtime_find(x->glance.where, "serial", &err);
    int fd = path ? io_connect_unix(path, &err) : -1;

    if (fd < 0)
        return cli_failed("%s", err.text);
    x->name = x->glance.where;
    x->loop = g_main_loop_new(NULL, FALSE);
    lines_init(&x->lines);
    x->stream = io_stream_create(fd, &ops, x);
    x->whole = g_idle_add_full(G_PRIORITY_LOW, on_whole, x, NULL);
    start_timer(x);
    g_main_loop_run(x->loop);
    if (x->timer)
        g_source_remove(x->timer);
    if (x->whole)
        g_source_remove(x->whole);
    io_stream_destroy(x->stream);
    lines_finish(&x->lines);
    g_main_loop_unref(x->loop);
    return x->status;
}

/* ---- The command ---- */

static int take_timeout(struct expect *x, const char *value)
{
    char *end;
    double seconds = g_ascii_strtod(value, &end);

    if (*end || end == value || !(seconds > 0 && seconds <= TIMEOUT_MAX_S))
        return cli_wrong("\"%.80s\" is no number of seconds to wait, as 30 or 0.5", value);
    x->timeout_s = seconds;
    return CLI_OK;
}

static int take_option(struct expect *x, int what, const char *value)
{
    switch (what) {
    case TIMEOUT:
        return take_timeout(x, value);
    case REGEX:
        x->is_regex = true;
        return CLI_OK;
    case GONE:
        x->is_gone = true;
        return CLI_OK;
    case SERIAL:
        x->is_serial = true;
        return CLI_OK;
    case JSON:
        x->is_json = true;
        return CLI_OK;
    case SSH:
        x->glance.keep.ssh = value;
        return CLI_OK;
    default:
        return aim_take_option(&x->glance.trust, what, value) ? CLI_OK : CLI_WRONG;
    }
}

static int make_patterns(struct expect *x)
{
    struct err err;

    if (!x->glance.where || !x->texts->len)
        return cli_wrong("name a machine and a text to wait for, as in \"oriel expect NAME "
                         "'login:'\"");
    for (guint i = 0; i < x->texts->len; i++) {
        struct pattern *p = pattern_create(x->texts->pdata[i], x->is_regex, &err);

        if (!p)
            return cli_wrong("%s", err.text);
        g_ptr_array_add(x->patterns, p);
    }
    return CLI_OK;
}

static int read_words(struct expect *x, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_expect, argc, argv);
    int what, status = CLI_OK;

    while (!status && (what = cli_next(&words)) != CLI_END) {
        if (what == CLI_BAD)
            status = CLI_WRONG;
        else if (what != CLI_OPERAND)
            status = take_option(x, what, words.value);
        else if (!x->glance.where)
            x->glance.where = words.value;
        else
            g_ptr_array_add(x->texts, (char *)words.value);
    }
    return status ? status : make_patterns(x);
}

static int expect(int argc, char **argv)
{
    struct expect x = {.glance = {.keep = {.encoding = RFB_COPY_RECT, .watch = true},
                                  .look = expect_on_screen,
                                  .ended = on_ended}};
    int status;

    x.glance.owner = &x;
    x.texts = g_ptr_array_new();
    x.patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_destroy);
    page_init(&x.page);
    status = read_words(&x, argc, argv);
    if (!status)
        status = x.is_serial ? expect_on_serial(&x) : glance_run(&x.glance);
    page_finish(&x.page);
    g_ptr_array_unref(x.texts);
    g_ptr_array_unref(x.patterns);
    return status;
}

const struct cli_command cli_expect = {
    .name = "expect",
    .operands = "WHERE TEXT...",
    .summary = "Waits until a text is on a machine's screen.",
    .text =
        "WHERE is what \"oriel view\" takes, TEXT what is to be there, now or later; of several, "
        "one.\n"
        "Then it is printed which one that is. The screen's text is that of \"oriel text\". Any "
        "number\n"
        "of blanks is one, lines around boxes are blanks, and the text may go on in the next row. "
        "A\n"
        "regular expression sees the rows as they are, and each as a line; (?i) at its beginning\n"
        "makes case of no matter.\n"
        "\n"
        "With --serial the text is looked for in the last 24 lines of the serial console and in "
        "all\n"
        "that comes later; WHERE is then a machine of this host.\n"
        "\n"
        "Exit status 1: it was not there in time, which shows what was there instead, or the "
        "machine\n"
        "ended.",
    .options = options,
    .takes_machine = true,
    .run = expect,
};
