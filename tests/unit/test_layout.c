/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyboard layouts turned round: whatever a layout is said to type is typed into XKB's state
 * machine, as a guest would read it, and must come out as the same character. And the ways in which
 * people write keys.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "check.h"
#include "layout/keys.h"
#include "layout/strokes.h"

#include <stdlib.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

enum { EVDEV_OFFSET = 8 };

/* ---- The guest ---- */

struct guest {
    struct xkb_keymap *keymap;
    struct xkb_compose_table *table;
    const struct layout *layout;
    unsigned characters, composed;
};

static void guest_init(struct guest *g, const char *name, const char *variant)
{
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct xkb_rule_names rules = {"evdev", "pc105", name, variant, ""};

    *g = (struct guest){xkb_keymap_new_from_names(context, &rules, 0), NULL, NULL, 0, 0};
    g->table = xkb_compose_table_new_from_locale(context, "en_US.UTF-8", 0);
    CHECK(g->keymap && g->table);
    xkb_context_unref(context);
}

static void guest_finish(struct guest *g)
{
    xkb_keymap_unref(g->keymap);
    xkb_compose_table_unref(g->table);
}

static void hold(struct guest *g, struct xkb_state *state, uint32_t modifiers, bool down)
{
    for (uint32_t bit = 1; bit < 1u << STROKE_MODIFIERS; bit *= 2)
        if (modifiers & bit)
            xkb_state_update_key(
                state, layout_modifier(g->layout, (enum stroke_modifier)bit).code + EVDEV_OFFSET,
                down ? XKB_KEY_DOWN : XKB_KEY_UP);
}

/* What the guest reads: the text of a composition, or the character of the only key. */
static uint32_t decode(struct guest *g, const struct stroke *strokes, size_t count)
{
    struct xkb_state *state = xkb_state_new(g->keymap);
    struct xkb_compose_state *compose = xkb_compose_state_new(g->table, 0);
    uint32_t character = 0;
    char text[16];

    for (size_t i = 0; i < count; i++) {
        xkb_keysym_t keysym;

        hold(g, state, strokes[i].modifiers, true);
        keysym = xkb_state_key_get_one_sym(state, strokes[i].code + EVDEV_OFFSET);
        CHECK_INT(keysym, strokes[i].keysym);
        xkb_compose_state_feed(compose, keysym);
        if (xkb_compose_state_get_status(compose) == XKB_COMPOSE_NOTHING)
            character = xkb_keysym_to_utf32(keysym);
        hold(g, state, strokes[i].modifiers, false);
    }
    if (xkb_compose_state_get_status(compose) == XKB_COMPOSE_COMPOSED) {
        xkb_compose_state_get_utf8(compose, text, sizeof(text));
        CHECK(utf8_decode(text, strlen(text), &character));
    }
    xkb_compose_state_unref(compose);
    xkb_state_unref(state);
    return character;
}

static void check_character(void *owner, uint32_t character)
{
    struct guest *g = owner;
    struct stroke strokes[STROKES_PER_CHARACTER];
    size_t count = layout_find(g->layout, character, strokes);

    CHECK(count >= 1 && count <= STROKES_PER_CHARACTER);
    CHECK_INT(decode(g, strokes, count), character == '\n' ? '\r' : character);
    g->characters++;
    g->composed += count > 1;
}

/* ---- Layouts ---- */

static const struct {
    const char *name, *layout, *variant, *has, *lacks;
    bool composes, has_ascii;
} cases[] = {
    {"us", "us", "", "", "é", false, true},
    {"gb", "gb", "", "£€", "ж", true, true},
    {"de", "de", "", "äöüßÄ€µ@éàî", "ж", true, true},
    {"de(nodeadkeys)", "de", "nodeadkeys", "äöüß´^~", "ж", true, true},
    {"fr", "fr", "", "éèçàùâêïµ§", "ж", true, true},
    {"us+intl", "us", "intl", "éèñüçß€ǖ", "ж", true, true},
    {"us(dvorak)", "us", "dvorak", "", "é", false, true},
    {"ru", "ru", "", "жЖыё№", "a", false, false},
    {"es", "es", "", "ñÑ¿¡áüç", "ж", true, true},
    {"ch+fr", "ch", "fr", "éàèüÉ", "ж", true, true},
    {"jp", "jp", "", "", "é", false, true},
};

static void test_round_trips(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {""};
        struct layout *layout = layout_create(cases[i].name, &err);
        struct strokes strokes = STROKES_INIT;
        struct guest g;
        char ascii[] = " \n\t!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

        CHECK_STR(err.text, "");
        if (!layout)
            continue;
        guest_init(&g, cases[i].layout, cases[i].variant);
        g.layout = layout;
        layout_each(layout, check_character, &g);
        CHECK(g.characters > 60);
        CHECK_INT(g.composed > 0, cases[i].composes);
        err = (struct err){""};
        CHECK_INT(strokes_add_text(&strokes, layout, ascii, strlen(ascii), &err),
                  cases[i].has_ascii ? 0 : -1);
        CHECK_INT(err.text[0] == 0, cases[i].has_ascii);
        CHECK_INT(strokes_add_text(&strokes, layout, cases[i].has, strlen(cases[i].has), &err), 0);
        CHECK_INT(strokes_add_text(&strokes, layout, cases[i].lacks, strlen(cases[i].lacks), &err),
                  -1);
        strokes_finish(&strokes);
        guest_finish(&g);
        layout_destroy(layout);
    }
}

static void test_names_of_layouts(void)
{
    static const char *const wrong[] = {
        "",         "nonsense", "us+",    "us()",   "us(intl", "us+nonsense", "../us",
        "us/../de", "+intl",    "us+a b", "de(x)y", "us,de",   "us\n",        "%(x)",
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err err = {""};

        CHECK(!layout_create(wrong[i], &err));
        CHECK(strstr(err.text, "there is no keyboard layout"));
    }
}

/* ---- Keys ---- */

static void test_keys(const struct layout *us, const struct layout *de)
{
    static const struct {
        const char *text;
        bool is_german;
        uint32_t code, modifiers;
    } right[] = {
        {"enter", false, 28, 0},
        {"F2", false, 60, 0},
        {"ctrl+alt+del", false, 111, STROKE_CTRL | STROKE_ALT},
        {"Ctrl+C", false, 46, STROKE_CTRL},
        {"ctrl+z", false, 44, STROKE_CTRL},
        {"ctrl+z", true, 21, STROKE_CTRL},
        {"shift+a", false, 30, STROKE_SHIFT},
        {"ctrl++", false, 13, STROKE_CTRL | STROKE_SHIFT},
        {"+", false, 13, STROKE_SHIFT},
        {"alt+sysrq", false, 99, STROKE_ALT},
        {"super", false, 125, 0},
        {"ctrl+shift", false, 42, STROKE_CTRL},
        {"altgr+q", true, 16, STROKE_LEVEL3},
        {"ä", true, 40, 0},
    };
    static const char *const wrong[] = {"",          "ctrl+",   "hyper+a", "f25",
                                        "ctrl+alt+", "enterr",  "a+b",     "ctrl",
                                        "é",         "ctrl+ab", "\xff",    "ctrl+\xc3"};
    struct err err = {""};

    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        struct stroke s = {0};

        CHECK_INT(keys_parse(right[i].is_german ? de : us, right[i].text, strlen(right[i].text), &s,
                             &err),
                  0);
        CHECK_INT(s.code, right[i].code);
        CHECK_INT(s.modifiers, right[i].modifiers);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct stroke s = {0};

        if (!strcmp(wrong[i], "ctrl")) /* alone it is a key */
            CHECK_INT(keys_parse(us, wrong[i], strlen(wrong[i]), &s, &err), 0);
        else
            CHECK_INT(keys_parse(us, wrong[i], strlen(wrong[i]), &s, &err), -1);
    }
}

/* ---- Texts ---- */

/* As "28 30 S30 C46": modifiers' initials before the code. */
static void shown(const struct strokes *s, char *out, size_t room)
{
    static const char initials[] = "S35CAM";

    *out = 0;
    for (size_t i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < s->items[i].count; k++) {
            const struct stroke *stroke = &s->items[i].strokes[k];
            size_t len = strlen(out);

            if (len)
                out[len++] = ' ';
            for (uint32_t m = 0; m < STROKE_MODIFIERS; m++)
                if (stroke->modifiers & 1u << m)
                    out[len++] = initials[m];
            snprintf(out + len, room - len, "%u", stroke->code);
        }
}

static void test_texts(const struct layout *us, const struct layout *de)
{
    static const struct {
        const char *text, *strokes;
        bool is_plain, is_german;
    } right[] = {
        {"", ""},
        {"aA\\n", "30 S30 28"},
        {"a\r\nb\n", "30 28 48 28", true},
        {"a\\n", "30 43 49", true},
        {"<b>", "S51 48 S52"},
        {"\\\\<", "43 S51"},
        {"\\<f2>x\\<ctrl+alt+del>", "60 45 CA111"},
        {"\\<>>\\<ctrl+>>", "S52 SC52"},
        {"\\t\\e\\b\\r", "15 1 14 28"},
        {"{@é", "38 316 13 18", false, true},
        {"z^", "21 41 57", false, true},
    };
    static const char *const wrong[] = {"\\",   "a\\",          "\\q",  "\\<",   "\\<f2",
                                        "\\<>", "\\<nonsense>", "\xff", "a\xc3", "\\\xff",
                                        "é",    "a\001"};
    struct err err = {""};
    char text[200];

    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        struct strokes s = STROKES_INIT;
        int (*parse)(struct strokes *, const struct layout *, const char *, size_t, struct err *) =
            right[i].is_plain ? strokes_add_text : strokes_add_escaped;

        CHECK_INT(
            parse(&s, right[i].is_german ? de : us, right[i].text, strlen(right[i].text), &err), 0);
        shown(&s, text, sizeof(text));
        CHECK_STR(text, right[i].strokes);
        strokes_finish(&s);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct strokes s = STROKES_INIT;

        err = (struct err){""};
        CHECK_INT(strokes_add_text(&s, us, "x", 1, &err), 0);
        CHECK_INT(strokes_add_escaped(&s, us, wrong[i], strlen(wrong[i]), &err), -1);
        CHECK(err.text[0]);
        CHECK_INT(s.count, 1); /* nothing of it */
        strokes_finish(&s);
    }
}

int main(void)
{
    struct err err;
    struct layout *us = layout_create("us", &err), *de = layout_create("de", &err);

    CHECK(us && de);
    test_round_trips();
    test_names_of_layouts();
    test_keys(us, de);
    test_texts(us, de);
    layout_destroy(us);
    layout_destroy(de);
    return check_result();
}
