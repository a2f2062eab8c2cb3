/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel type: text and keys typed into a machine in its keyboard layout, and compared with what
 * appears on its screen. How they are typed is typing/typist.h's.
 */
#include "cli/commands.h"

#include "cli/aim.h"
#include "cli/glance.h"
#include "layout/keys.h"
#include "layout/strokes.h"
#include "rfb/registry.h"
#include "text/reader.h"
#include "typing/typist.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_MAX = 1 << 20,
    LAYOUT = 'l',
    KEYS = 'k',
    PLAIN = 'p',
    FILE_OPTION = 'f',
    LONG_ONLY = 256
};
enum { UNCHECKED = LONG_ONLY, NO_MENDING, PATIENCE, SSH };

static const struct cli_option options[] = {
    {LAYOUT, 'l', "layout", "NAME",
     "the guest's keyboard layout, in XKB's words, as de or us+intl (default us)", NULL},
    {KEYS, 'k', "keys", NULL, "the operands are keys, as f2, down or ctrl+alt+del", NULL},
    {FILE_OPTION, 'f', "file", "FILE", "type this file as it is; - is standard input", NULL},
    {PLAIN, 'p', "plain", NULL, "a backslash is a backslash", NULL},
    {UNCHECKED, 0, "unchecked", NULL, "don't compare with what appears", NULL},
    {NO_MENDING, 0, "no-mending", NULL, "fail at once where something else appears", NULL},
    {PATIENCE, 0, "patience", "SECONDS", "how long the guest may stand still (default 5)", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct type {
    struct glance glance;
    const char *layout_name, *file;
    GPtrArray *operands;
    bool are_keys, is_plain;
    struct typist_options how;
    /* Made of them: */
    struct layout *layout;
    struct strokes strokes;
    /* While it types: */
    GMainLoop *loop;
    struct text_reader *reader;
    struct typist *typist;
    const char *name;
    int status;
};

/* ---- What to type ---- */

static int read_all(FILE *file, const char *name, GString *out)
{
    char piece[4096];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), file)) > 0 && out->len <= TEXT_MAX)
        g_string_append_len(out, piece, (gssize)n);
    if (ferror(file))
        return cli_failed("%s: %s", name, strerror(errno));
    if (out->len > TEXT_MAX)
        return cli_wrong("%s has more than 1 MiB, which nobody types", name);
    return CLI_OK;
}

static int take_file(struct type *t, const char *path)
{
    bool is_input = !strcmp(path, "-");
    FILE *file = is_input ? stdin : fopen(path, "re");
    const char *name = is_input ? "standard input" : path;
    g_autoptr(GString) text = g_string_new(NULL);
    struct err err;
    int status;

    if (!file)
        return cli_wrong("%s: %s", name, strerror(errno));
    status = read_all(file, name, text);
    if (!is_input)
        fclose(file);
    if (!status && strokes_add_text(&t->strokes, t->layout, text->str, text->len, &err) < 0)
        return cli_wrong("%s: %s", name, err.text);
    return status;
}

static int take_operand(struct type *t, const char *text)
{
    struct err err;
    int rc;

    if (!strcmp(text, "-") && !t->are_keys)
        return take_file(t, text);
    if (t->are_keys)
        rc = strokes_add_key(&t->strokes, t->layout, text, &err);
    else if (t->is_plain)
        rc = strokes_add_text(&t->strokes, t->layout, text, strlen(text), &err);
    else
        rc = strokes_add_escaped(&t->strokes, t->layout, text, strlen(text), &err);
    return rc < 0 ? cli_wrong("%s", err.text) : CLI_OK;
}

/* All of it, before anything is typed. */
static int make_strokes(struct type *t)
{
    struct err err;
    int status = CLI_OK;

    t->layout = layout_create(t->layout_name, &err);
    if (!t->layout)
        return cli_wrong("%s", err.text);
    for (guint i = 0; i < t->operands->len && !status; i++)
        status = take_operand(t, t->operands->pdata[i]);
    if (!status && t->file)
        status = take_file(t, t->file);
    return status;
}

/* ---- Typing ---- */

static const struct console_screen *screen(void *owner)
{
    struct type *t = owner;

    return text_reader_is_text(t->reader) ? text_reader_screen(t->reader) : NULL;
}

static void on_done(void *owner, const struct typist_report *r)
{
    struct type *t = owner;

    if (r->outcome == TYPIST_NO_KEYBOARD)
        t->status = cli_failed("%s takes no keys", t->name);
    else if (r->outcome == TYPIST_DIFFERS && !*r->missing)
        t->status = cli_failed("\"%s\" was typed, but the screen of %s shows \"%s\"; what follows "
                               "was not typed",
                               r->text, t->name, r->shown);
    else if (r->outcome == TYPIST_DIFFERS)
        t->status = cli_failed("after \"%s\" there should be \"%s\", but the screen of %s shows "
                               "\"%s\"; what follows was not typed",
                               r->text, r->missing, t->name, r->shown);
    if (r->mended)
        fprintf(stderr, "oriel: mended %u times what had appeared wrongly\n", r->mended);
    g_main_loop_quit(t->loop);
}

static void on_changed(void *owner, const pixman_region32_t *cells)
{
    struct type *t = owner;

    (void)cells;
    if (t->typist)
        typist_screen_changed(t->typist);
}

/* All that can be read is: the text of before is known. */
static void on_settled(void *owner)
{
    struct type *t = owner;

    if (!t->typist) /* the first time */
        g_main_loop_quit(t->loop);
}

static void on_ended(void *owner)
{
    struct type *t = owner;

    t->status = CLI_FAILED;
    g_main_loop_quit(t->loop);
}

static int type_all(void *owner, struct scene *scene, const struct route *route)
{
    static const struct text_reader_ops reader_ops = {on_changed, NULL, on_settled};
    static const struct typist_ops typist_ops = {screen, on_done};
    const struct text_reader_options how = {.machine = route->kind == ROUTE_MACHINE ? route->machine
                                                                                    : NULL};
    struct type *t = owner;

    t->name = route->name;
    t->loop = g_main_loop_new(NULL, FALSE);
    t->reader = text_reader_create(scene, &how, &reader_ops, t);
    if (!t->how.is_unchecked && !text_reader_is_settled(t->reader))
        g_main_loop_run(t->loop);
    if (!t->status) {
        t->typist = typist_create(scene, t->layout, &t->how, &typist_ops, t);
        typist_type(t->typist, &t->strokes);
        g_main_loop_run(t->loop);
        typist_destroy(t->typist);
        t->typist = NULL;
    }
    text_reader_destroy(t->reader);
    g_main_loop_unref(t->loop);
    return t->status;
}

/* ---- The command ---- */

static int take_option(struct type *t, int what, const char *value)
{
    char *end;

    switch (what) {
    case LAYOUT:
        t->layout_name = value;
        return CLI_OK;
    case KEYS:
        t->are_keys = true;
        return CLI_OK;
    case PLAIN:
        t->is_plain = true;
        return CLI_OK;
    case FILE_OPTION:
        t->file = value;
        return CLI_OK;
    case UNCHECKED:
        t->how.is_unchecked = true;
        return CLI_OK;
    case NO_MENDING:
        t->how.no_mending = true;
        return CLI_OK;
    case PATIENCE:
        t->how.patience_ms = (unsigned)(g_ascii_strtod(value, &end) * 1000);
        if (*end || end == value || g_ascii_strtod(value, NULL) < 0.1 ||
            g_ascii_strtod(value, NULL) > 3600)
            return cli_wrong("\"%.80s\" is no number of seconds; 0.1 to 3600 can be", value);
        return CLI_OK;
    case SSH:
        t->glance.keep.ssh = value;
        return CLI_OK;
    default:
        return aim_take_option(&t->glance.trust, what, value) ? CLI_OK : CLI_WRONG;
    }
}

static int read_words(struct type *t, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_type, argc, argv);
    int what, status = CLI_OK;

    while (!status && (what = cli_next(&words)) != CLI_END) {
        if (what == CLI_BAD)
            status = CLI_WRONG;
        else if (what != CLI_OPERAND)
            status = take_option(t, what, words.value);
        else if (!t->glance.where)
            t->glance.where = words.value;
        else
            g_ptr_array_add(t->operands, (char *)words.value);
    }
    if (!status && (!t->glance.where || (!t->operands->len && !t->file)))
        status = cli_wrong("name a machine and what to type, as in \"oriel type NAME 'root\\n'\"");
    return status;
}

static int type(int argc, char **argv)
{
    struct type t = {
        .layout_name = "us",
        .glance = {.keep = {.encoding = RFB_COPY_RECT}, .look = type_all, .ended = on_ended}};
    int status;

    t.operands = g_ptr_array_new();
    t.glance.owner = &t;
    status = read_words(&t, argc, argv);
    if (!status)
        status = make_strokes(&t);
    if (!status)
        status = glance_run(&t.glance);
    strokes_finish(&t.strokes);
    layout_destroy(t.layout);
    g_ptr_array_unref(t.operands);
    return status;
}

const struct cli_command cli_type = {
    .name = "type",
    .operands = "WHERE [TEXT...]",
    .summary = "Types text and keys into a machine, and sees to it that they arrive.",
    .text =
        "WHERE is what \"oriel view\" takes. In TEXT, \\n and \\r are Enter, \\t is Tab, \\b is\n"
        "Backspace, \\e Escape, \\\\ a backslash, and \\<KEY> a key, as in \"ls\\n\", \"\\<f2>\" "
        "or\n"
        "\"\\<ctrl+alt+del>\"; a TEXT of - is standard input, as it is. With --keys each TEXT is "
        "a\n"
        "key: any number of modifiers (shift, ctrl, alt, altgr, super) with a + behind each, and "
        "a\n"
        "character or one of these names: enter, esc, tab, space, backspace, ins, del, home, end,\n"
        "pgup, pgdn, up, down, left, right, f1 to f24, print, pause, menu, capslock, numlock,\n"
        "scrolllock, kp0 to kp9, kpenter, kpplus, kpminus, kpstar, kpslash, kpdot, shift, ctrl, "
        "alt,\n"
        "altgr, super, rightshift, rightctrl.\n"
        "\n"
        "Characters are typed in the keyboard layout that the guest has; nothing is typed if the\n"
        "layout lacks one. On a text screen the next keys go when those before them have "
        "appeared,\n"
        "so that a slow guest loses none, and what appears is compared with what was typed: keys\n"
        "that were lost or came twice are mended with Backspace before Enter is pressed. Fields\n"
        "that show nothing, or asterisks, are passwords'. Keys that are commands, as \"q\" in a\n"
        "pager, don't appear: they belong behind --keys or \\<>.\n"
        "\n"
        "Exit status 1: something else appeared; 2: the text can't be typed.",
    .options = options,
    .takes_machine = true,
    .run = type,
};
