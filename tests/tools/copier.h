/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody at a scene's clipboard, for tests: counts what it hears, gives the text it was told to
 * give, and keeps what it pasted.
 */
#pragma once

#include "base/buf.h"
#include "scene/clipboard.h"

#include <stddef.h>
#include <string.h>

struct copier {
    struct scene_clipboard_peer peer; /* first */
    struct scene_paste paste;
    const char *text; /* what it gives at once when asked; NULL: it is asked and waits */
    unsigned changed, asked, pasted;
    struct buf got; /* with a NUL behind it, once something was pasted */
    bool got_nothing;
};

static inline void copier_on_changed(struct scene_clipboard_peer *peer)
{
    ((struct copier *)peer)->changed++;
}

static inline void copier_on_asked(struct scene_clipboard_peer *peer)
{
    struct copier *c = (struct copier *)peer;

    c->asked++;
    if (c->text)
        scene_clipboard_provide(peer, c->text, strlen(c->text));
}

static inline void copier_on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct copier *c = (struct copier *)((char *)paste - offsetof(struct copier, paste));

    c->pasted++;
    c->got_nothing = !text;
    buf_clear(&c->got);
    buf_append(&c->got, text, text ? len : 0);
    buf_append(&c->got, "", 1);
}

static inline void copier_join(struct copier *c, struct scene *scene, enum scene_side side)
{
    static const struct scene_clipboard_peer_ops ops = {copier_on_changed, copier_on_asked};

    *c = (struct copier){.peer = {.ops = &ops, .side = side}, .paste = {.done = copier_on_pasted}};
    scene_clipboard_join(scene, &c->peer);
}

static inline void copier_leave(struct copier *c)
{
    scene_clipboard_leave(&c->peer);
    buf_finish(&c->got);
}

/* What it pasted last; "(none)": there was nothing. */
static inline const char *copier_got(const struct copier *c)
{
    return c->got_nothing || !c->got.len ? "(none)" : (const char *)c->got.data;
}
