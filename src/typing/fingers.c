/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys down and up; see fingers.h. */
#include "typing/fingers.h"

#include "base/arith.h"
#include "base/keycodes.h"

enum {
    EXTENDED = 0x80, /* of a qnum: its scan code has a prefix */
    BACKSPACE = 14,
    BACKSPACE_KEYSYM = 0xff08,
};

void fingers_init(struct fingers *f, struct scene *scene, const struct layout *layout)
{
    *f = (struct fingers){.scene = scene, .layout = layout};
}

/* In scan code set 2, where they are longest. */
static unsigned bytes_of(uint32_t code, bool down)
{
    return (keycode_to_qnum(code) & EXTENDED ? 1 : 0) + (down ? 1 : 2);
}

/* Of the way from some modifiers to others. */
static unsigned bytes_between(const struct fingers *f, uint32_t from, uint32_t to)
{
    unsigned bytes = 0;

    for (uint32_t bit = 1; bit < 1u << STROKE_MODIFIERS; bit *= 2)
        if ((from ^ to) & bit)
            bytes += bytes_of(layout_modifier(f->layout, (enum stroke_modifier)bit).code, to & bit);
    return bytes;
}

unsigned fingers_cost(const struct fingers *f, const struct strokes_item *item)
{
    uint32_t held = f->held;
    unsigned bytes = 0;

    for (uint32_t i = 0; i < item->count; i++) {
        const struct stroke *s = &item->strokes[i];

        bytes += bytes_between(f, held, s->modifiers) + bytes_of(s->code, true) +
                 bytes_of(s->code, false);
        held = s->modifiers;
    }
    return bytes + bytes_between(f, held, 0);
}

static unsigned send(struct fingers *f, uint32_t code, uint32_t keysym, bool down)
{
    if (!scene_send_key(f->scene, code, keysym, down))
        f->is_useless = true;
    return bytes_of(code, down);
}

/* Until exactly these are down. */
static unsigned hold(struct fingers *f, uint32_t modifiers)
{
    unsigned bytes = 0;

    for (uint32_t bit = 1; bit < 1u << STROKE_MODIFIERS; bit *= 2) {
        struct layout_key key = layout_modifier(f->layout, (enum stroke_modifier)bit);

        if ((modifiers ^ f->held) & bit)
            bytes += send(f, key.code, key.keysym, modifiers & bit);
    }
    f->held = modifiers;
    return bytes;
}

unsigned fingers_press(struct fingers *f, const struct strokes_item *item)
{
    unsigned bytes = 0;

    for (uint32_t i = 0; i < item->count; i++) {
        const struct stroke *s = &item->strokes[i];

        bytes += hold(f, s->modifiers);
        bytes += send(f, s->code, s->keysym, true);
        bytes += send(f, s->code, s->keysym, false);
    }
    return bytes;
}

void fingers_press_backspace(struct fingers *f)
{
    static const struct strokes_item backspace = {
        .count = 1, .strokes = {{.code = BACKSPACE, .keysym = BACKSPACE_KEYSYM}}};

    fingers_press(f, &backspace);
}

unsigned fingers_release(struct fingers *f)
{
    return hold(f, 0);
}
