/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transitions of agree.h's state machine. */
#include "x11/agree.h"

void agree_told(struct agree *a, uint32_t serial)
{
    a->open = serial;
    a->newer = false;
}

void agree_asked(struct agree *a)
{
    a->asking = true;
    a->ask_is_old = false;
}

enum agree_action agree_host(struct agree *a, bool as_asked, bool same)
{
    if (a->asking) {
        if (!as_asked)
            return AGREE_NOTHING; /* a step on the way, or a refusal: the deadline tells */
        a->asking = false;
        return a->ask_is_old ? AGREE_ASK_HOST : AGREE_NOTHING;
    }
    a->unequal = 0;
    if (a->open) {
        a->newer = !same;
        return AGREE_NOTHING;
    }
    return same ? AGREE_NOTHING : AGREE_TELL_GUEST;
}

enum agree_action agree_guest(struct agree *a, uint32_t serial, bool as_asked, bool same)
{
    if (a->open) {
        if (!agree_answers(serial, a->open))
            return AGREE_NOTHING;
        a->open = 0;
        if (a->newer)
            return same ? AGREE_NOTHING : AGREE_TELL_GUEST;
        if (same) {
            a->unequal = 0;
            return AGREE_NOTHING;
        }
        if (a->unequal >= AGREE_TRIES)
            return AGREE_NOTHING;
        a->unequal++;
        return AGREE_ASK_HOST;
    }
    if (a->asking) {
        a->ask_is_old = !as_asked;
        return AGREE_NOTHING;
    }
    return same ? AGREE_NOTHING : AGREE_ASK_HOST;
}

enum agree_action agree_deadline(struct agree *a, bool same)
{
    if (!a->asking)
        return AGREE_NOTHING;
    a->asking = false;
    if (same)
        return AGREE_NOTHING;
    if (a->ask_is_old)
        return AGREE_ASK_HOST;
    if (a->unequal >= AGREE_TRIES)
        return AGREE_NOTHING;
    a->unequal++;
    return AGREE_TELL_GUEST;
}
