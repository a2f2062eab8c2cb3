/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts and keys as people, or programs on their behalf, write them: whatever is taken is strokes
 * that can be typed, whatever is not leaves nothing behind and is refused with a sentence.
 */
#include "base/keycodes.h"
#include "layout/keys.h"
#include "layout/strokes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void check_stroke(const struct stroke *s)
{
    claim(s->code && s->code <= KEYCODE_MAX && keycode_to_qnum(s->code));
    claim(s->modifiers < 1u << STROKE_MODIFIERS);
}

static void check(const struct strokes *s, int rc, size_t size, const struct err *err)
{
    claim(rc == 0 || (rc == -1 && err->text[0] && !s->count));
    claim(s->count <= size);
    for (size_t i = 0; i < s->count; i++) {
        claim(s->items[i].count && s->items[i].count <= STROKES_PER_CHARACTER);
        for (uint32_t k = 0; k < s->items[i].count; k++)
            check_stroke(&s->items[i].strokes[k]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct layout *layout; /* with dead keys */
    struct strokes strokes = STROKES_INIT;
    struct stroke stroke;
    struct err err = {""};
    const char *text = (const char *)data;

    if (!layout)
        layout = layout_create("us+intl", &err);
    claim(layout);
    check(&strokes, strokes_add_escaped(&strokes, layout, text, size, &err), size, &err);
    strokes_finish(&strokes);
    err = (struct err){""};
    check(&strokes, strokes_add_text(&strokes, layout, text, size, &err), size, &err);
    strokes_finish(&strokes);
    if (keys_parse(layout, text, size, &stroke, &err) == 0)
        check_stroke(&stroke);
    return 0;
}
