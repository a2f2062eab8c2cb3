/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys, commands and the rest; see input.h. */
#include "term/input.h"

#include "base/buf.h"
#include "base/mem.h"
#include "layout/keys.h"
#include "term/keyboard.h"

#include <glib.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_NOTCH = 3 };

struct term_input {
    struct keyboard *keyboard;
    const struct layout *layout;
    const struct term_input_ops *ops;
    void *owner;
    struct term_keys keys;
    uint8_t escape;
    bool read_only, is_in_menu, is_scrolled;
    struct buf waiting; /* of a sequence that isn't whole */
    GSource *late;
    struct buf paste;
    bool paste_was_cut;
};

/* ---- To the guest ---- */

static bool may_type(struct term_input *in)
{
    if (in->read_only)
        in->ops->say(in->owner, "only looking, nothing is typed");
    return !in->read_only;
}

static void press_key(struct term_input *in, uint32_t code, uint32_t modifiers)
{
    struct strokes_item item = {.count = 1, .strokes = {{code, keys_keysym(code), modifiers}}};

    if (!may_type(in))
        return;
    in->ops->typed(in->owner);
    keyboard_press(in->keyboard, &item);
}

static void press_character(struct term_input *in, uint32_t character, uint32_t modifiers)
{
    struct strokes_item item = {.character = character};
    char text[7] = {0};

    if (!may_type(in))
        return;
    item.count = (uint32_t)layout_find(in->layout, character, item.strokes);
    if (!item.count) {
        g_autofree char *what = NULL;

        g_unichar_to_utf8(character, text);
        what = g_strdup_printf("the guest's keyboard layout has no \"%s\"; see --layout", text);
        in->ops->say(in->owner, what);
        return;
    }
    item.strokes[item.count - 1].modifiers |= modifiers;
    in->ops->typed(in->owner);
    keyboard_press(in->keyboard, &item);
}

/* ---- Commands ---- */

static void command(struct term_input *in, enum term_command what, int by)
{
    in->ops->command(in->owner, what, by);
}

/* True: it scrolls. */
static bool scroll_key(struct term_input *in, const struct term_event *event)
{
    switch (event->code) {
    case KEY_UP:
        command(in, TERM_ROWS, 1);
        return true;
    case KEY_DOWN:
        command(in, TERM_ROWS, -1);
        return true;
    case KEY_PAGEUP:
        command(in, TERM_PAGES, 1);
        return true;
    case KEY_PAGEDOWN:
        command(in, TERM_PAGES, -1);
        return true;
    case KEY_LEFT:
        command(in, TERM_COLUMNS, -1);
        return true;
    case KEY_RIGHT:
        command(in, TERM_COLUMNS, 1);
        return true;
    case KEY_HOME:
        command(in, TERM_START, 0);
        return true;
    case KEY_END:
        command(in, TERM_LIVE, 0);
        return true;
    default:
        return false;
    }
}

static bool is_escape(const struct term_input *in, const struct term_event *event)
{
    return in->escape && event->kind == TERM_CHARACTER && event->modifiers == STROKE_CTRL &&
           event->character < 0x80 && (event->character & 0x1f) == in->escape;
}

static void menu_character(struct term_input *in, uint32_t c)
{
    switch (c) {
    case 'd':
    case 'q':
        command(in, TERM_DETACH, 0);
        break;
    case 'c':
        press_key(in, KEY_DELETE, STROKE_CTRL | STROKE_ALT);
        break;
    case 'z':
        command(in, TERM_STOP, 0);
        break;
    case 'r':
        command(in, TERM_REPAINT, 0);
        break;
    default:
        if (c >= '1' && c <= '9')
            press_key(in, KEY_F1 + (c - '1'), STROKE_CTRL | STROKE_ALT);
        break;
    }
}

/* What follows the escape key. It stays while keys scroll. */
static void menu(struct term_input *in, const struct term_event *event)
{
    if (event->kind == TERM_KEY && scroll_key(in, event))
        return;
    in->is_in_menu = false;
    command(in, TERM_NO_MENU, 0);
    if (event->kind == TERM_KEY && event->code == KEY_ESC)
        command(in, TERM_LIVE, 0);
    if (is_escape(in, event))
        press_character(in, event->character, event->modifiers);
    else if (event->kind == TERM_CHARACTER)
        menu_character(in, event->character);
}

/* ---- Events ---- */

static void take_paste(struct term_input *in, const struct term_event *event)
{
    size_t room = TERM_PASTE_MAX - in->paste.len;

    if (event->kind == TERM_PASTED) {
        in->paste_was_cut = in->paste_was_cut || event->len > room;
        buf_append(&in->paste, event->text, MIN(event->len, room));
        return;
    }
    if (in->paste_was_cut)
        in->ops->say(in->owner, "more was pasted than a mebibyte, and the rest left out");
    if (may_type(in))
        in->ops->pasted(in->owner, (const char *)in->paste.data, in->paste.len);
    buf_finish(&in->paste);
    in->paste_was_cut = false;
}

static void take_typed(struct term_input *in, const struct term_event *event)
{
    if (in->is_in_menu) {
        menu(in, event);
    } else if (is_escape(in, event)) {
        in->is_in_menu = true;
        command(in, TERM_MENU, 0);
    } else if (event->kind == TERM_CHARACTER) {
        press_character(in, event->character, event->modifiers);
    } else if (!in->is_scrolled || !scroll_key(in, event)) {
        if (in->is_scrolled && event->code == KEY_ESC)
            command(in, TERM_LIVE, 0);
        else
            press_key(in, event->code, event->modifiers);
    }
}

static void take_event(struct term_input *in, const struct term_event *event)
{
    switch (event->kind) {
    case TERM_CHARACTER:
    case TERM_KEY:
        take_typed(in, event);
        break;
    case TERM_WHEEL:
        command(in, TERM_ROWS, -ROWS_A_NOTCH * event->wheel);
        break;
    case TERM_PASTED:
    case TERM_PASTE_END:
        take_paste(in, event);
        break;
    case TERM_ANSWER:
        in->ops->answer(in->owner, event);
        break;
    case TERM_NOTHING:
        break;
    }
}

static void end_late(struct term_input *in)
{
    if (!in->late)
        return;
    g_source_destroy(in->late);
    g_source_unref(in->late);
    in->late = NULL;
}

static gboolean on_late(gpointer owner);

static void take(struct term_input *in, bool is_late)
{
    struct term_event event;
    size_t n;

    end_late(in);
    while ((n = term_keys_next(&in->keys, in->waiting.data, in->waiting.len, is_late, &event))) {
        take_event(in, &event);
        buf_consume(&in->waiting, n);
    }
    if (!in->waiting.len)
        return;
    in->late = g_timeout_source_new(TERM_ESCAPE_MS);
    g_source_set_callback(in->late, on_late, in, NULL);
    g_source_attach(in->late, g_main_context_get_thread_default());
}

static gboolean on_late(gpointer owner)
{
    take(owner, true);
    return G_SOURCE_REMOVE;
}

void term_input_take(struct term_input *in, const uint8_t *bytes, size_t len)
{
    buf_append(&in->waiting, bytes, len);
    take(in, false);
}

void term_input_painted(struct term_input *in)
{
    keyboard_painted(in->keyboard);
}

/* ---- Life ---- */

void term_input_set_scrolled(struct term_input *in, bool is_scrolled)
{
    in->is_scrolled = is_scrolled;
}

struct term_input *term_input_create(struct scene *scene, const struct layout *layout,
                                     const struct term_input_options *options,
                                     const struct term_input_ops *ops, void *owner)
{
    struct term_input *in = mem_new0(struct term_input);

    in->keyboard = keyboard_create(scene, layout);
    in->layout = layout;
    in->escape = options->escape;
    in->read_only = options->read_only;
    in->keys.backspace_is_8 = options->backspace_is_8;
    in->ops = ops;
    in->owner = owner;
    return in;
}

void term_input_destroy(struct term_input *in)
{
    if (!in)
        return;
    end_late(in);
    keyboard_destroy(in->keyboard);
    buf_finish(&in->waiting);
    buf_finish(&in->paste);
    free(in);
}
