/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Typing into a guest that is made up here: a keyboard controller of 16 bytes that loses what comes
 * when it is full, a layout, a line discipline and a text screen. What is on its screen at the end,
 * and what was told, is compared with what was typed.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "check.h"
#include "typing/typist.h"

#include <glib.h>
#include <stdlib.h>
#include <xkbcommon/xkbcommon.h>

enum {
    COLUMNS = 40,
    ROWS = 6,
    CELLS = COLUMNS * ROWS,
    QUEUE = 16,
    EVDEV_OFFSET = 8,
    PATIENCE_MS = 150
};

enum echo_kind { ECHOES, SHOWS_NOTHING, SHOWS_ASTERISKS, IS_PICTURE };

struct guest {
    struct scene_source source; /* first */
    struct scene *scene;
    struct xkb_keymap *keymap;
    struct xkb_state *state;
    /* The keyboard controller: key codes, as they come */
    struct {
        uint32_t code;
        bool down;
    } queue[QUEUE];
    unsigned queued, bytes, lost;
    guint reads; /* an event source, while there is something */
    unsigned pause_ms;
    /* Faults: the nth character that is read is lost, or comes twice. 0: none. */
    unsigned loses, doubles;
    bool keeps_losing;
    unsigned read;
    enum echo_kind kind;
    struct console_screen screen;
    uint32_t at;    /* cell */
    GString *line;  /* of what was read */
    GString *lines; /* and Enter was pressed behind */
    struct typist *typist;
    GMainLoop *loop;
    bool has_told, told;
    struct typist_report report;
    char missing[100], shown[100];
};

/* ---- The screen ---- */

static void scroll(struct guest *g)
{
    memmove(g->screen.cells, g->screen.cells + COLUMNS,
            (CELLS - COLUMNS) * sizeof(*g->screen.cells));
    for (uint32_t x = 0; x < COLUMNS; x++)
        g->screen.cells[CELLS - COLUMNS + x].character = ' ';
    g->at -= COLUMNS;
}

static void put(struct guest *g, uint32_t character)
{
    if (g->at >= CELLS)
        scroll(g);
    g->screen.cells[g->at++].character = character;
}

static void put_text(struct guest *g, const char *text)
{
    for (; *text; text = g_utf8_next_char(text))
        put(g, g_utf8_get_char(text));
}

static void put_prompt(struct guest *g)
{
    while (g->at % COLUMNS || g->at >= CELLS) {
        if (g->at >= CELLS)
            scroll(g);
        else
            g->at++;
    }
    put_text(g, "guest login: ");
}

static void show_cursor(struct guest *g)
{
    if (g->at >= CELLS)
        scroll(g);
    g->screen.has_cursor = true;
    g->screen.cursor_column = g->at % COLUMNS;
    g->screen.cursor_row = g->at / COLUMNS;
    if (g->typist && g->kind != IS_PICTURE)
        typist_screen_changed(g->typist);
}

/* ---- Reading keys ---- */

static void echo(struct guest *g, uint32_t character)
{
    if (g->kind == ECHOES)
        put(g, character);
    else if (g->kind == SHOWS_ASTERISKS)
        put(g, '*');
}

static void backspace(struct guest *g)
{
    const char *end = g->line->str + g->line->len;

    if (!g->line->len)
        return;
    g_string_truncate(g->line, (gsize)(g_utf8_prev_char(end) - g->line->str));
    if (g->kind == ECHOES || g->kind == SHOWS_ASTERISKS)
        g->screen.cells[--g->at].character = ' ';
}

static void take(struct guest *g, uint32_t character)
{
    unsigned times = 1;

    g->read++;
    if (g->read == g->loses || (g->keeps_losing && character == 'b'))
        times = 0;
    if (g->read == g->doubles)
        times = 2;
    for (; times; times--) {
        if (character == '\r') {
            g_string_append(g_string_append(g->lines, g->line->str), "\n");
            g_string_truncate(g->line, 0);
            put_prompt(g);
        } else if (character == '\b') {
            backspace(g);
        } else if (character >= ' ') {
            g_string_append_unichar(g->line, character);
            echo(g, character);
        }
    }
}

static gboolean read_key(gpointer owner)
{
    struct guest *g = owner;
    uint32_t code = g->queue[0].code + EVDEV_OFFSET;

    if (g->queue[0].down) {
        uint32_t character = xkb_state_key_get_utf32(g->state, code);

        if (character)
            take(g, character);
    }
    xkb_state_update_key(g->state, code, g->queue[0].down ? XKB_KEY_DOWN : XKB_KEY_UP);
    g->bytes -= g->queue[0].down ? 1 : 2;
    memmove(g->queue, g->queue + 1, --g->queued * sizeof(*g->queue));
    show_cursor(g);
    if (!g->queued)
        g->reads = 0;
    return g->queued > 0;
}

static void key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    struct guest *g = (struct guest *)source;
    unsigned bytes = down ? 1 : 2;

    CHECK(keysym);
    if (g->bytes + bytes > QUEUE) {
        g->lost++;
        return;
    }
    g->bytes += bytes;
    g->queue[g->queued].code = code;
    g->queue[g->queued++].down = down;
    if (!g->reads)
        /* Before the typist's patience, however busy this machine is. */
        g->reads = g_timeout_add_full(G_PRIORITY_HIGH, g->pause_ms, read_key, g, NULL);
}

/* ---- Life ---- */

static const struct console_screen *screen(void *owner)
{
    struct guest *g = owner;

    return g->kind == IS_PICTURE ? NULL : &g->screen;
}

static void done(void *owner, const struct typist_report *r)
{
    struct guest *g = owner;

    g->told = true;
    g->report = *r;
    g_strlcpy(g->missing, r->missing ? r->missing : "", sizeof(g->missing));
    g_strlcpy(g->shown, r->shown ? r->shown : "", sizeof(g->shown));
    g_main_loop_quit(g->loop);
}

static void guest_init(struct guest *g, const char *layout)
{
    static const struct scene_source_ops ops = {.key = key};
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct xkb_rule_names rules = {"evdev", "pc105", layout, "", ""};

    *g = (struct guest){.source.ops = &ops};
    g->scene = scene_create();
    scene_add_source(g->scene, &g->source);
    g->keymap = xkb_keymap_new_from_names(context, &rules, 0);
    g->state = xkb_state_new(g->keymap);
    xkb_context_unref(context);
    console_screen_init(&g->screen);
    g->screen.grid.columns = COLUMNS;
    g->screen.grid.rows = ROWS;
    g->screen.cells = mem_alloc0(CELLS, sizeof(*g->screen.cells));
    for (uint32_t i = 0; i < CELLS; i++)
        g->screen.cells[i].character = ' ';
    put_text(g, "Welcome, root. The root login is root.");
    put_prompt(g);
    show_cursor(g);
    g->line = g_string_new(NULL);
    g->lines = g_string_new(NULL);
    g->loop = g_main_loop_new(NULL, FALSE);
}

static void guest_finish(struct guest *g)
{
    if (g->reads)
        g_source_remove(g->reads);
    CHECK_INT(g->lost, 0); /* whatever else happens, no key is pressed that there is no room for */
    scene_remove_source(g->scene, &g->source);
    scene_destroy(g->scene);
    console_screen_finish(&g->screen);
    xkb_state_unref(g->state);
    xkb_keymap_unref(g->keymap);
    g_string_free(g->line, TRUE);
    g_string_free(g->lines, TRUE);
    g_main_loop_unref(g->loop);
}

/* Until it is told how that went. */
static void type(struct guest *g, const char *layout, const char *text,
                 const struct typist_options *options)
{
    static const struct typist_ops ops = {screen, done};
    struct strokes strokes = STROKES_INIT;
    struct err err = {""};
    struct layout *l = layout_create(layout, &err);

    CHECK_INT(strokes_add_escaped(&strokes, l, text, strlen(text), &err), 0);
    CHECK_STR(err.text, "");
    g->typist = typist_create(g->scene, l, options, &ops, g);
    g->told = false;
    typist_type(g->typist, &strokes);
    CHECK(typist_is_busy(g->typist));
    g_main_loop_run(g->loop);
    CHECK(g->told && !typist_is_busy(g->typist));
    while (g->queued) /* releases */
        g_main_context_iteration(NULL, TRUE);
    typist_destroy(g->typist);
    g->typist = NULL;
    strokes_finish(&strokes);
    layout_destroy(l);
}

static const struct typist_options how = {.patience_ms = PATIENCE_MS};

/* ---- What is right ---- */

static const char ascii[] =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghi"
    "jklmnopqrstuvwxyz{|}~ !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQR"
    "STUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaa   b    c";

static void test_text(void)
{
    static const unsigned pauses[] = {0, 1, 3};

    for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
        struct guest g;
        g_autofree char *lines = g_strdup_printf("root\n%s\nroot\n", ascii);
        g_autofree char *text = g_strdup_printf("root\\n%s\\nroot\\n", ascii);

        guest_init(&g, "us");
        g.pause_ms = pauses[i];
        type(&g, "us", text, &how);
        CHECK_INT(g.report.outcome, TYPIST_DONE);
        CHECK_INT(g.report.mended, 0);
        CHECK_INT(g.report.unseen, 0);
        CHECK_STR(g.lines->str, lines);
        guest_finish(&g);
    }
}

/* Layouts, with dead keys and AltGr, which cost a keyboard controller more. */
static void test_layouts(void)
{
    static const struct {
        const char *layout, *text;
    } cases[] = {
        {"de", "Grüße {aus} [Köln] @home ~ |äöü ÄÖÜ| 100 €"},
        {"fr", "Voilà: ça marche, n'est-ce pas? {[@#]} 1234567890 ù%µ£"},
        {"gb", "#1: £5 \"quoted\" ~user @home | cat"},
        {"ru", "Съешь же ещё этих мягких французских булок"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guest g;

        guest_init(&g, cases[i].layout);
        type(&g, cases[i].layout, cases[i].text, &how);
        CHECK_INT(g.report.outcome, TYPIST_DONE);
        CHECK_INT(g.report.unseen, 0);
        CHECK_STR(g.line->str, cases[i].text);
        guest_finish(&g);
    }
}

/* ---- What is wrong ---- */

static void test_mending(void)
{
    static const struct {
        unsigned loses, doubles;
    } faults[] = {{2, 0}, {5, 0}, {13, 0}, {0, 2}, {0, 5}, {0, 13}, {4, 9}};
    const char *text = "hello, world!";

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        struct guest g;
        g_autofree char *line = g_strdup_printf("%s\\n", text);

        guest_init(&g, "us");
        g.loses = faults[i].loses;
        g.doubles = faults[i].doubles;
        type(&g, "us", line, &how);
        CHECK_INT(g.report.outcome, TYPIST_DONE);
        CHECK(g.report.mended >= 1);
        CHECK_STR(g.lines->str, "hello, world!\n");
        guest_finish(&g);
    }
}

/* Enter isn't pressed behind what is wrong. */
static void test_differences(void)
{
    static const struct typist_options as_it_is = {.patience_ms = PATIENCE_MS, .no_mending = true};
    static const struct {
        const char *guest, *typed, *text, *line, *missing, *shown;
        unsigned loses, doubles;
        bool keeps_losing;
    } cases[] = {
        {"de", "us", "zoo\\n", NULL, "zoo", "login: yoo"},
        {"us", "de", "a-z\\n", NULL, "-z", ": a/y"},
        {"us", "us", "hello\\n", "helo", "lo", ": helo", 4},
        {"us", "us", "hello\\n", "hell", "o", ": hell", 5},
        {"us", "us", "hello\\n", "ello", "hello", "login: ello", 1},
        {"us", "us", "hello\\n", "hhello", "", "n: hhello", 0, 1},
        {"us", "us", "hello\\n", "helloo", "", ": helloo", 0, 5},
        {"us", "us", "abc\\n", "ac", "bc", "login: ac", 0, 0, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guest g;

        guest_init(&g, cases[i].guest);
        g.loses = cases[i].loses;
        g.doubles = cases[i].doubles;
        g.keeps_losing = cases[i].keeps_losing;
        type(&g, cases[i].typed, cases[i].text, &as_it_is);
        CHECK_INT(g.report.outcome, TYPIST_DIFFERS);
        CHECK_STR(g.missing, cases[i].missing);
        CHECK(strstr(g.shown, cases[i].shown));
        CHECK_STR(g.lines->str, "");
        if (cases[i].line)
            CHECK_STR(g.line->str, cases[i].line);
        guest_finish(&g);
    }
}

/* What can't be mended is found out. */
static void test_no_mending_helps(void)
{
    struct guest g;

    guest_init(&g, "us");
    g.keeps_losing = true;
    type(&g, "us", "abc\\n", &how);
    CHECK_INT(g.report.outcome, TYPIST_DIFFERS);
    CHECK(g.report.mended);
    CHECK_STR(g.lines->str, "");
    CHECK_STR(g.missing, "bc");
    guest_finish(&g);
}

/* ---- What isn't seen ---- */

static void test_passwords(void)
{
    struct guest g;

    guest_init(&g, "us");
    g.kind = SHOWS_NOTHING;
    type(&g, "us", "a secret, and more\\n", &how);
    CHECK_INT(g.report.outcome, TYPIST_DONE);
    CHECK_INT(g.report.unseen, 18);
    CHECK_STR(g.lines->str, "a secret, and more\n");
    guest_finish(&g);

    guest_init(&g, "us");
    g.kind = SHOWS_ASTERISKS;
    g.pause_ms = 2;
    type(&g, "us", "a Secret, AND more\\n", &how);
    CHECK_INT(g.report.outcome, TYPIST_DONE);
    CHECK_INT(g.report.unseen, 0);
    CHECK_STR(g.lines->str, "a Secret, AND more\n");
    guest_finish(&g);

    guest_init(&g, "us");
    g.kind = SHOWS_ASTERISKS;
    g.loses = 5;
    type(&g, "us", "a Secret, AND more\\n",
         &(struct typist_options){.no_mending = true, .patience_ms = 200});
    CHECK_INT(g.report.outcome, TYPIST_DIFFERS);
    CHECK_STR(g.lines->str, "");
    guest_finish(&g);
}

static void test_pictures(void)
{
    static const struct typist_options unchecked = {.is_unchecked = true};

    for (int i = 0; i < 2; i++) {
        struct guest g;

        guest_init(&g, i ? "de" : "us"); /* the wrong one: nobody looks */
        g.kind = i ? ECHOES : IS_PICTURE;
        type(&g, "us", "some text, and then some\\n", i ? &unchecked : &how);
        CHECK_INT(g.report.outcome, TYPIST_DONE);
        CHECK_STR(g.lines->str, "some text, and then some\n");
        guest_finish(&g);
    }
}

static void test_no_keyboard(void)
{
    struct guest g;
    static const struct scene_source_ops none = {.key = NULL};

    guest_init(&g, "us");
    g.source.ops = &none;
    type(&g, "us", "text", &how);
    CHECK_INT(g.report.outcome, TYPIST_NO_KEYBOARD);
    guest_finish(&g);
}

int main(void)
{
    test_text();
    test_layouts();
    test_mending();
    test_differences();
    test_no_mending_helps();
    test_passwords();
    test_pictures();
    test_no_keyboard();
    return check_result();
}
