/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel text: the text that a machine's screen shows, on standard output: characters where the
 * screen's pixels are exactly those of a console's font, and nothing else.
 */
#include "cli/commands.h"

#include "cli/aim.h"
#include "cli/glance.h"
#include "rfb/registry.h"
#include "text/reader.h"
#include "vm/json.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

enum { JSON = 'j', SSH = 's', NO_TEXT = 0xfffd };

static const struct cli_option options[] = {
    {JSON, 0, "json", NULL, "print a JSON object, with colours, the cursor and what is no text",
     NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct text {
    struct glance glance;
    bool json;
};

/* ---- Printing ---- */

static void put_character(GString *line, uint32_t character)
{
    g_string_append_unichar(line, character ? character : NO_TEXT);
}

/* Without the blanks at its end. */
static GString *row_text(const struct console_screen *screen, uint32_t row)
{
    const struct console_cell *cells = screen->cells + (size_t)row * screen->grid.columns;
    GString *line = g_string_new(NULL);
    uint32_t end = screen->grid.columns;

    while (end && cells[end - 1].character == ' ')
        end--;
    for (uint32_t i = 0; i < end; i++)
        put_character(line, cells[i].character);
    return line;
}

static void print_plain(const struct console_screen *screen)
{
    uint32_t blank = 0;

    for (uint32_t row = 0; row < screen->grid.rows; row++) {
        g_autoptr(GString) line = row_text(screen, row);

        /* Blank rows at the end are not printed. */
        for (; line->len && blank; blank--)
            putchar('\n');
        if (line->len)
            puts(line->str);
        else
            blank++;
    }
}

/* One run of cells of the same colours. */
static void put_run(struct buf *out, const struct console_cell *cells, uint32_t first, uint32_t end)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *head =
        g_strdup_printf("%s{\"column\": %u, \"foreground\": \"#%06x\", \"background\": \"#%06x\", "
                        "\"text\": ",
                        first ? ", " : "", first, cells[first].foreground, cells[first].background);

    for (uint32_t i = first; i < end; i++)
        put_character(text, cells[i].character);
    json_put_raw(out, head);
    json_put_string(out, text->str);
    json_put_raw(out, "}");
}

static bool is_same_run(const struct console_cell *a, const struct console_cell *b)
{
    return a->foreground == b->foreground && a->background == b->background &&
           !a->character == !b->character;
}

static void put_row(struct buf *out, const struct console_screen *screen, uint32_t row)
{
    const struct console_cell *cells = screen->cells + (size_t)row * screen->grid.columns;

    json_put_raw(out, row ? ",\n  [" : "\n  [");
    for (uint32_t first = 0, end; first < screen->grid.columns; first = end) {
        for (end = first + 1;
             end < screen->grid.columns && is_same_run(&cells[first], &cells[end]);)
            end++;
        put_run(out, cells, first, end);
    }
    json_put_raw(out, "]");
}

static void print_json(const struct console_screen *screen)
{
    g_autofree char *size = g_strdup_printf(
        "{\"columns\": %u, \"rows\": %u, \"unknown\": %u, \"cursor\": ", screen->grid.columns,
        screen->grid.rows, screen->unknown);
    g_autofree char *cursor = screen->has_cursor
                                  ? g_strdup_printf("{\"column\": %u, \"row\": %u}",
                                                    screen->cursor_column, screen->cursor_row)
                                  : g_strdup("null");
    struct buf out = BUF_INIT;

    json_put_raw(&out, size);
    json_put_raw(&out, cursor);
    json_put_raw(&out, ", \"lines\": [");
    for (uint32_t row = 0; row < screen->grid.rows; row++)
        put_row(&out, screen, row);
    json_put_raw(&out, "]}\n");
    fwrite(out.data, 1, out.len, stdout);
    buf_finish(&out);
}

/* ---- Reading ---- */

static void on_changed(void *owner, const pixman_region32_t *cells)
{
    (void)owner, (void)cells;
}

static void on_settled(void *owner)
{
    g_main_loop_quit(owner);
}

static int print_text(void *owner, struct scene *scene, const struct route *route)
{
    static const struct text_reader_ops ops = {on_changed, NULL, on_settled};
    const struct text_reader_options how = {.machine = route->kind == ROUTE_MACHINE ? route->machine
                                                                                    : NULL};
    const struct text *t = owner;
    const struct console_screen *screen;
    struct text_reader *reader;
    GMainLoop *loop;
    int status = CLI_OK;

    if (!scene->screen)
        return cli_failed("%s shows nothing yet; try again when its screen is on", route->name);
    loop = g_main_loop_new(NULL, FALSE);
    reader = text_reader_create(scene, &how, &ops, loop);
    screen = text_reader_screen(reader);
    g_main_loop_run(loop);
    if (!screen->grid.columns)
        status = cli_failed("the screen of %s (%u×%u pixels) shows no text; \"oriel shot\" takes a "
                            "picture of it",
                            route->name, screen->width, screen->height);
    else if (t->json)
        print_json(screen);
    else
        print_plain(screen);
    text_reader_destroy(reader);
    g_main_loop_unref(loop);
    return status;
}

/* ---- The command ---- */

static int text(int argc, char **argv)
{
    struct text t = {
        .glance = {.keep = {.encoding = RFB_COPY_RECT, .watch = true}, .look = print_text}};
    struct cli_words words = cli_words_of(&cli_text, argc, argv);
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == JSON)
            t.json = true;
        else if (what == SSH)
            t.glance.keep.ssh = words.value;
        else if (aim_take_option(&t.glance.trust, what, words.value))
            continue;
        else if (what != CLI_OPERAND)
            return CLI_WRONG;
        else if (t.glance.where)
            return cli_wrong("\"oriel text\" takes one machine; what is \"%.80s\"?", words.value);
        else
            t.glance.where = words.value;
    }
    t.glance.owner = &t;
    return glance_run(&t.glance);
}

const struct cli_command cli_text = {
    .name = "text",
    .operands = "[WHERE]",
    .summary = "Prints the text that a machine's screen shows.",
    .text = "WHERE is what \"oriel view\" takes; without it, the only machine that runs. The "
            "screen is\n"
            "read from its pixels: what is exactly a character of a text console's font is text, "
            "be it\n"
            "in a text mode or drawn in a graphical one, and what is not is printed as U+FFFD. The "
            "fonts\n"
            "are those of the machine's firmware and kernel, if it runs on this host, and of this "
            "host's\n"
            "packages console-setup-linux, kbd and grub-common.\n"
            "\n"
            "Exit status 1: the screen shows no text.",
    .options = options,
    .takes_machine = true,
    .run = text,
};
