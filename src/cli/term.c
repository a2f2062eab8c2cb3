/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel term: a machine's screen in the terminal that this runs in; term/view.h joined to a way. */
#include "cli/commands.h"

#include "cli/aim.h"
#include "cli/ask.h"
#include "rfb/registry.h"
#include "term/view.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { ESCAPE = 'e', LAYOUT = 'l', READ_ONLY = 'r', PICTURES = 'p', NO_MOUSE = 'm', SSH = 's' };

static const struct cli_option options[] = {
    {ESCAPE, 'e', "escape", "KEY",
     "the key before a command, as ^X or ctrl-x, or none (default ctrl-])", NULL},
    {LAYOUT, 'l', "layout", "NAME",
     "the guest's keyboard layout, in XKB's words, as de or us+intl (default us)", NULL},
    {PICTURES, 0, "pictures", "HOW", "draw them by kitty, sixel or blocks (default: the best)",
     "kitty sixel blocks"},
    {NO_MOUSE, 0, "no-mouse", NULL, "leave the mouse, wheel and all, to the terminal", NULL},
    {READ_ONLY, 'r', "read-only", NULL, "look, and type nothing", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct term {
    struct term_view_options how;
    struct keeper_options keep;
    struct trust_options trust;
    const char *where, *layout_name;
    struct route route;
    struct term_view *view;
    GMainLoop *loop;
    bool has_ended; /* the way there has, and why was not told yet */
    enum keeper_end end;
    char *why;
};

/* ---- The way there ---- */

static void on_status(void *owner, const char *note, const char *why)
{
    struct term *t = owner;

    (void)why;
    if (t->view)
        term_view_set_note(t->view, note);
}

/* Told once the terminal is as it was. */
static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct term *t = owner;

    t->has_ended = true;
    t->end = end;
    t->why = g_strdup(why);
    g_main_loop_quit(t->loop);
}

static void on_refused(void *owner, const char *what)
{
    term_view_say(((struct term *)owner)->view, what);
}

static int on_question(void *owner, const char *question, bool echo, char *answer, size_t room,
                       struct err *err)
{
    struct term *t = owner;
    int rc;

    if (t->view)
        term_view_leave(t->view);
    rc = ask(question, echo, answer, room, err);
    if (t->view)
        term_view_enter(t->view);
    return rc;
}

static void on_view_ended(void *owner)
{
    g_main_loop_quit(((struct term *)owner)->loop);
}

/* ---- The command ---- */

static int show(struct term *t, const struct layout *layout)
{
    static const struct keeper_ops keeper_ops = {on_status, on_over, on_refused};
    static const struct term_view_ops view_ops = {on_view_ended};
    struct scene *scene = scene_create();
    struct keeper *keeper;
    struct err err;
    int status = CLI_OK;

    t->how.name = t->route.name;
    t->how.machine = t->route.kind == ROUTE_MACHINE ? t->route.machine : NULL;
    t->loop = g_main_loop_new(NULL, FALSE);
    t->view = term_view_create(scene, layout, &t->how, &view_ops, t, &err);
    if (t->view) {
        keeper = keeper_create(scene, &t->route, &t->keep, &keeper_ops, t);
        g_main_loop_run(t->loop);
        keeper_destroy(keeper);
        term_view_destroy(t->view);
        if (t->has_ended)
            status = aim_tell_end(t->end, t->why);
        else
            printf("oriel: detached from %s\n", t->route.name);
    } else {
        status = cli_failed("%s", err.text);
    }
    scene_destroy(scene);
    g_main_loop_unref(t->loop);
    g_free(t->why);
    return status;
}

static int run(struct term *t)
{
    struct trust *trust = NULL;
    struct layout *layout;
    struct err err;
    int status;

    layout = layout_create(t->layout_name, &err);
    if (!layout)
        return cli_wrong("%s", err.text);
    status = aim_take(t->where, &t->trust, on_question, t, &t->route, &trust);
    if (!status) {
        t->keep.trust = trust;
        status = show(t, layout);
        trust_destroy(trust);
        route_finish(&t->route);
    }
    layout_destroy(layout);
    return status;
}

/* ---- Its words ---- */

static int take_escape(const char *text, uint8_t *key)
{
    const char *letter = text[0] == '^' ? text + 1 : text + 5;

    if (!strcmp(text, "none")) {
        *key = 0;
        return CLI_OK;
    }
    if ((text[0] != '^' && g_ascii_strncasecmp(text, "ctrl-", 5)) || !letter[0] || letter[1] ||
        g_ascii_toupper(letter[0]) <= '@' || g_ascii_toupper(letter[0]) > '_')
        return cli_wrong("\"%.40s\" is no escape key; write it as ^X or ctrl-x, or none", text);
    *key = letter[0] & 0x1f;
    return CLI_OK;
}

static int take_pictures(const char *text, enum term_pictures *how)
{
    static const char *const words[] = {"kitty", "sixel", "blocks"};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (!strcmp(text, words[i])) {
            *how = TERM_PICTURES_KITTY + i;
            return CLI_OK;
        }
    return cli_wrong("--pictures is \"kitty\", \"sixel\" or \"blocks\", not \"%.40s\"", text);
}

static int take_word(struct term *t, int what, const char *value)
{
    switch (what) {
    case ESCAPE:
        return take_escape(value, &t->how.escape);
    case LAYOUT:
        t->layout_name = value;
        return CLI_OK;
    case PICTURES:
        return take_pictures(value, &t->how.pictures);
    case NO_MOUSE:
        t->how.no_mouse = true;
        return CLI_OK;
    case READ_ONLY:
        t->how.read_only = true;
        return CLI_OK;
    case SSH:
        t->keep.ssh = value;
        return CLI_OK;
    case CLI_OPERAND:
        if (t->where)
            return cli_wrong("\"oriel term\" shows one machine; %.80s is a second", value);
        t->where = value;
        return CLI_OK;
    default:
        return aim_take_option(&t->trust, what, value) ? CLI_OK : CLI_WRONG;
    }
}

static int term(int argc, char **argv)
{
    struct term t = {.how.escape = ']' & 0x1f,
                     .layout_name = "us",
                     .keep = {.encoding = RFB_COPY_RECT, .watch = true}};
    struct cli_words words = cli_words_of(&cli_term, argc, argv);
    int what, status;

    while ((what = cli_next(&words)) != CLI_END) {
        status = take_word(&t, what, words.value);
        if (status)
            return status;
    }
    return run(&t);
}

const struct cli_command cli_term = {
    .name = "term",
    .operands = "[WHERE]",
    .summary = "Shows a machine's screen in this terminal.",
    .text =
        "WHERE is what \"oriel view\" takes; without it, the only machine that runs. A text "
        "screen,\n"
        "be it in a text mode or drawn in a graphical one, is shown as text (see \"oriel text\"), "
        "and\n"
        "everything else as a picture: by kitty's protocol or as sixels where the terminal draws\n"
        "them, else of half blocks. Any number may look at and type into a machine at once.\n"
        "\n"
        "What is typed goes to the machine, Ctrl-C and Ctrl-Z too. After Ctrl-] the next key is a\n"
        "command: D detaches, C sends Ctrl+Alt+Del, 1 to 9 send Ctrl+Alt+F1 to F9, arrows, Page "
        "Up\n"
        "and Page Down scroll, Z stops this program, R paints anew, Ctrl-] sends itself. The\n"
        "machine does not notice when this ends; run it again to be back.\n"
        "\n"
        "What has scrolled off the screen while this ran is kept, 10,000 rows of it: the mouse's\n"
        "wheel goes back to it. What is selected with Shift held is the terminal's own selection,\n"
        "and what is pasted is typed. A terminal that is too small shows the part of the screen\n"
        "with the cursor, and says which.\n"
        "\n"
        "Colours are as exact as COLORTERM and TERM say that they can be. Nothing that a guest "
        "shows\n"
        "can be an escape sequence.",
    .options = options,
    .takes_machine = true,
    .run = term,
};
