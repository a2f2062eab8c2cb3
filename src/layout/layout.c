/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A layout turned round; see layout.h. Every key is pressed in XKB's own state machine, alone and
 * with each set of modifiers, and what comes out is written down; then every dead key with all of
 * that, through the Compose table. So nothing here knows how layouts are made, and what is found is
 * what a guest with the same layout reads.
 */
#include "layout/layout.h"

#include "base/arith.h"
#include "base/keycodes.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

enum {
    EVDEV_OFFSET = 8, /* XKB's key codes are evdev's plus this */
    LEVELS = 8,       /* sets of the first three modifiers */
    LEVEL_MODIFIERS = 3,
    CHARACTERS = 0x110000,
    RIGHT_ALT = 100,
};

struct symbol {
    struct stroke stroke;
    bool is_dead;
};

struct entry {
    uint32_t character;
    uint32_t count;
    struct stroke strokes[STROKES_PER_CHARACTER];
};

struct layout {
    struct layout_key modifiers[STROKE_MODIFIERS];
    struct symbol *symbols; /* each keysym once */
    size_t symbol_count;
    struct entry *entries; /* by character, once all are there */
    size_t entry_count;
    uint8_t *has; /* a bit a character */
};

/*
 * The keys that make characters, by preference: a dead key and the space bar make the accent
 * itself, and the last three keys lack on many keyboards. Keypads are left out, as Num Lock decides
 * what they are.
 */
static const uint8_t codes[] = {
    57, 2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18,
    19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 32, 33, 34, 35, 36, 37,
    38, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 1,
};
static const uint8_t rare_codes[] = {86, 89, 124};

/* ---- Filling ---- */

static bool has_character(const struct layout *l, uint32_t character)
{
    return l->has[character / 8] >> character % 8 & 1;
}

/* The first way to a character is the best. */
static void add_entry(struct layout *l, uint32_t character, const struct symbol *const *symbols,
                      uint32_t count)
{
    struct entry *e;

    if (!character || character >= CHARACTERS || has_character(l, character))
        return;
    l->has[character / 8] |= (uint8_t)(1u << character % 8);
    if ((l->entry_count & (l->entry_count - 1)) == 0)
        l->entries = mem_resize(l->entries, MAX_OF(2 * l->entry_count, 64), sizeof(*l->entries));
    e = &l->entries[l->entry_count++];
    *e = (struct entry){.character = character, .count = count};
    for (uint32_t i = 0; i < count; i++)
        e->strokes[i] = symbols[i]->stroke;
}

static bool is_dead(xkb_keysym_t keysym)
{
    char name[32];

    return xkb_keysym_get_name(keysym, name, sizeof(name)) > 0 && !strncmp(name, "dead_", 5);
}

static void add_symbol(struct layout *l, struct stroke stroke)
{
    struct symbol *s;

    for (size_t i = 0; i < l->symbol_count; i++)
        if (l->symbols[i].stroke.keysym == stroke.keysym)
            return;
    if ((l->symbol_count & (l->symbol_count - 1)) == 0)
        l->symbols = mem_resize(l->symbols, MAX_OF(2 * l->symbol_count, 64), sizeof(*l->symbols));
    s = &l->symbols[l->symbol_count++];
    *s = (struct symbol){stroke, is_dead(stroke.keysym)};
}

/* ---- Keys ---- */

/* The first key of those that QEMU has with this keysym on its lowest level; right Alt before all
   others, as it is AltGr nearly everywhere. */
static struct layout_key find_key(struct xkb_state *state, xkb_keysym_t keysym)
{
    if (xkb_state_key_get_one_sym(state, RIGHT_ALT + EVDEV_OFFSET) == keysym)
        return (struct layout_key){RIGHT_ALT, keysym};
    for (uint32_t code = 1; code <= KEYCODE_MAX; code++)
        if (keycode_to_qnum(code) &&
            xkb_state_key_get_one_sym(state, code + EVDEV_OFFSET) == keysym)
            return (struct layout_key){code, keysym};
    return (struct layout_key){0, 0};
}

static void find_modifiers(struct layout *l, struct xkb_keymap *keymap)
{
    static const xkb_keysym_t keysyms[STROKE_MODIFIERS] = {
        XKB_KEY_Shift_L, XKB_KEY_ISO_Level3_Shift, XKB_KEY_ISO_Level5_Shift, XKB_KEY_Control_L,
        XKB_KEY_Alt_L,   XKB_KEY_Super_L,
    };
    struct xkb_state *state = xkb_state_new(keymap);

    for (size_t i = 0; i < STROKE_MODIFIERS; i++)
        l->modifiers[i] = find_key(state, keysyms[i]);
    xkb_state_unref(state);
}

/* Holds the modifiers; false: the layout lacks one. */
static bool hold(const struct layout *l, struct xkb_state *state, uint32_t modifiers)
{
    for (uint32_t i = 0; i < LEVEL_MODIFIERS; i++) {
        if (!(modifiers & 1u << i))
            continue;
        if (!l->modifiers[i].code)
            return false;
        xkb_state_update_key(state, l->modifiers[i].code + EVDEV_OFFSET, XKB_KEY_DOWN);
    }
    return true;
}

static void read_key(struct layout *l, struct xkb_state *state, uint32_t code, uint32_t modifiers)
{
    struct symbol s = {.stroke = {.code = code, .modifiers = modifiers}};
    const struct symbol *one = &s;
    uint32_t character;

    s.stroke.keysym = xkb_state_key_get_one_sym(state, code + EVDEV_OFFSET);
    character = xkb_keysym_to_utf32(s.stroke.keysym);
    if (character || is_dead(s.stroke.keysym))
        add_symbol(l, s.stroke);
    add_entry(l, character, &one, 1);
}

/* Keys with each set of modifiers. */
static void read_levels(struct layout *l, struct xkb_keymap *keymap, const uint8_t *some,
                        size_t count)
{
    static const uint8_t few_first[LEVELS] = {0, 1, 2, 4, 3, 5, 6, 7};

    for (size_t level = 0; level < LEVELS; level++) {
        struct xkb_state *state = xkb_state_new(keymap);
        bool is_held = hold(l, state, few_first[level]);

        for (size_t i = 0; is_held && i < count; i++)
            read_key(l, state, some[i], few_first[level]);
        xkb_state_unref(state);
    }
}

/* Return is U+000D; a line of a text ends with U+000A. */
static void add_newline(struct layout *l)
{
    for (size_t i = 0; i < l->entry_count; i++) {
        struct symbol s = {l->entries[i].strokes[0], false};
        const struct symbol *one = &s;

        if (l->entries[i].character != '\r')
            continue;
        add_entry(l, '\n', &one, 1);
        return;
    }
}

static void read_keys(struct layout *l, struct xkb_keymap *keymap)
{
    find_modifiers(l, keymap);
    read_levels(l, keymap, codes, ARRAY_LEN(codes));
    read_levels(l, keymap, rare_codes, ARRAY_LEN(rare_codes));
    add_newline(l);
}

/* ---- Dead keys ---- */

static uint32_t composed_character(struct xkb_compose_state *compose)
{
    char text[16];
    uint32_t character = 0;
    int len = xkb_compose_state_get_utf8(compose, text, sizeof(text));

    if (len <= 0 || len >= (int)sizeof(text) ||
        utf8_decode(text, (size_t)len, &character) != (size_t)len)
        return 0;
    return character;
}

/* What follows symbols[0 … count), of which the first is dead. */
static void read_compositions(struct layout *l, struct xkb_compose_state *compose,
                              const struct symbol **symbols, uint32_t count)
{
    for (size_t i = 0; i < l->symbol_count; i++) {
        enum xkb_compose_status status;

        xkb_compose_state_reset(compose);
        symbols[count] = &l->symbols[i];
        for (uint32_t s = 0; s <= count; s++)
            xkb_compose_state_feed(compose, symbols[s]->stroke.keysym);
        status = xkb_compose_state_get_status(compose);
        if (status == XKB_COMPOSE_COMPOSED)
            add_entry(l, composed_character(compose), symbols, count + 1);
        else if (status == XKB_COMPOSE_COMPOSING && count + 1 < STROKES_PER_CHARACTER)
            read_compositions(l, compose, symbols, count + 1);
    }
}

static void read_dead_keys(struct layout *l, struct xkb_context *context)
{
    const struct symbol *symbols[STROKES_PER_CHARACTER];
    struct xkb_compose_table *table = NULL;
    struct xkb_compose_state *compose = NULL;

    for (size_t i = 0; i < l->symbol_count; i++) {
        if (!l->symbols[i].is_dead)
            continue;
        /* A table of any UTF-8 locale will do: nearly all are this one. */
        if (!table)
            table = xkb_compose_table_new_from_locale(context, "en_US.UTF-8",
                                                      XKB_COMPOSE_COMPILE_NO_FLAGS);
        if (!table)
            return;
        if (!compose)
            compose = xkb_compose_state_new(table, XKB_COMPOSE_STATE_NO_FLAGS);
        symbols[0] = &l->symbols[i];
        read_compositions(l, compose, symbols, 1);
    }
    xkb_compose_state_unref(compose);
    xkb_compose_table_unref(table);
}

/* ---- Names ---- */

struct names {
    char layout[LAYOUT_NAME_MAX], variant[LAYOUT_NAME_MAX];
};

/* Of letters that name no other file than one of the layouts'. */
static bool is_word(const char *text, size_t len)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return len && len < LAYOUT_NAME_MAX && strspn(text, letters) >= len;
}

static bool split_name(const char *name, struct names *out)
{
    size_t len = strcspn(name, "+("), rest = strlen(name + len);
    const char *variant = name + len + 1;

    *out = (struct names){.layout = ""};
    if (!is_word(name, len))
        return false;
    memcpy(out->layout, name, len);
    if (!rest)
        return true;
    rest--;
    if (name[len] == '(' && (!rest || variant[--rest] != ')'))
        return false;
    if (!is_word(variant, rest))
        return false;
    memcpy(out->variant, variant, rest);
    return true;
}

static void say_nothing(struct xkb_context *context, enum xkb_log_level level, const char *format,
                        va_list arguments)
{
    (void)context, (void)level, (void)format, (void)arguments;
}

static struct xkb_keymap *compile(struct xkb_context *context, const char *name)
{
    struct names names;
    struct xkb_rule_names rules = {"evdev", "pc105", names.layout, names.variant, ""};

    return split_name(name, &names)
               ? xkb_keymap_new_from_names(context, &rules, XKB_KEYMAP_COMPILE_NO_FLAGS)
               : NULL;
}

/* ---- Life ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return x->character < y->character ? -1 : x->character > y->character;
}

struct layout *layout_create(const char *name, struct err *err)
{
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct xkb_keymap *keymap = NULL;
    struct layout *l = NULL;

    if (context) {
        xkb_context_set_log_fn(context, say_nothing);
        keymap = compile(context, name);
    }
    if (keymap) {
        l = mem_new0(struct layout);
        l->has = mem_alloc0(CHARACTERS / 8, 1);
        read_keys(l, keymap);
        read_dead_keys(l, context);
        qsort(l->entries, l->entry_count, sizeof(*l->entries), compare_entries);
    } else {
        err_set(
            err,
            "there is no keyboard layout %.80s here; they have XKB's names, as us, de or us+intl, "
            "and come with the package xkb-data",
            name);
    }
    xkb_keymap_unref(keymap);
    xkb_context_unref(context);
    return l;
}

void layout_destroy(struct layout *l)
{
    if (!l)
        return;
    free(l->symbols);
    free(l->entries);
    free(l->has);
    free(l);
}

/* ---- Asking ---- */

size_t layout_find(const struct layout *l, uint32_t character,
                   struct stroke strokes[STROKES_PER_CHARACTER])
{
    const struct entry key = {.character = character},
                       *e = bsearch(&key, l->entries, l->entry_count, sizeof(key), compare_entries);

    if (!e)
        return 0;
    memcpy(strokes, e->strokes, sizeof(e->strokes));
    return e->count;
}

struct layout_key layout_modifier(const struct layout *l, enum stroke_modifier modifier)
{
    struct layout_key key = l->modifiers[__builtin_ctz(modifier)];

    if (modifier == STROKE_LEVEL3 && !key.code)
        key = (struct layout_key){RIGHT_ALT, XKB_KEY_Alt_R};
    return key;
}

void layout_each(const struct layout *l, void (*visit)(void *owner, uint32_t character),
                 void *owner)
{
    for (size_t i = 0; i < l->entry_count; i++)
        visit(owner, l->entries[i].character);
}
