/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scene's clipboard; see clipboard.h. */
#include "scene/clipboard.h"

#include "base/mem.h"
#include "scene/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct scene_clipboard *of(const struct scene_clipboard_peer *peer)
{
    return &peer->scene->p->clipboard;
}

void scene_clipboard_finish(struct scene_clipboard *c)
{
    assert(!c->peers && !c->waiting);
    free(c->text);
}

void scene_clipboard_set_limit(struct scene *scene, size_t bytes)
{
    scene->p->clipboard.limit = bytes;
}

size_t scene_clipboard_limit(const struct scene *scene)
{
    return scene->p->clipboard.limit;
}

/* ---- The text, and who waits for it ------------------------------------------------------------
 */

/* Whoever is being handed the old text keeps it for that long. */
static void set_text(struct scene_clipboard *c, char *text, size_t len)
{
    if (c->text != c->in_use)
        free(c->text);
    c->text = text;
    c->len = len;
}

static void remove_paste(struct scene_paste **list, struct scene_paste *paste)
{
    while (*list && *list != paste)
        list = &(*list)->next;
    if (*list)
        *list = paste->next;
    paste->next = NULL;
}

/* Hands the text over to all of a list, which those who get it may change meanwhile. */
static void answer(struct scene_clipboard *c, struct scene_paste **list)
{
    char *text = c->text, *outer = c->in_use;
    size_t len = c->len;

    c->in_use = text;
    while (*list) {
        struct scene_paste *paste = *list;

        *list = paste->next;
        paste->next = NULL;
        paste->peer = NULL;
        paste->done(paste, text, len);
    }
    c->in_use = outer;
    if (c->text != text && text != outer)
        free(text);
}

/* Everybody who waits by now gets what there is, or nothing. */
static void answer_waiting(struct scene_clipboard *c)
{
    struct scene_paste **end = &c->answering;

    while (*end)
        end = &(*end)->next;
    *end = c->waiting;
    c->waiting = NULL;
    answer(c, &c->answering);
}

void scene_clipboard_paste(struct scene_clipboard_peer *peer, struct scene_paste *paste)
{
    struct scene_clipboard *c = of(peer);
    struct scene_paste **end = &c->waiting;

    assert(!paste->peer);
    paste->next = NULL;
    if (!scene_clipboard_has(peer)) {
        paste->done(paste, NULL, 0);
        return;
    }
    if (c->text) {
        struct scene_paste *alone = paste;

        answer(c, &alone);
        return;
    }
    while (*end)
        end = &(*end)->next;
    *end = paste;
    paste->peer = peer;
    if (c->is_asked)
        return;
    c->is_asked = true;
    c->owner->ops->asked(c->owner);
}

void scene_clipboard_cancel(struct scene_paste *paste)
{
    struct scene_clipboard *c;

    if (!paste->peer)
        return;
    c = of(paste->peer);
    remove_paste(&c->answering, paste);
    remove_paste(&c->waiting, paste);
    paste->peer = NULL;
}

/* ---- Who offers --------------------------------------------------------------------------------
 */

bool scene_clipboard_has(const struct scene_clipboard_peer *peer)
{
    const struct scene_clipboard_peer *owner = peer->scene ? of(peer)->owner : NULL;

    return owner && owner->side != peer->side;
}

/* Another owner, or none. Its own side hears of it only when that takes something away. */
static void set_owner(struct scene *scene, struct scene_clipboard_peer *owner)
{
    struct scene_clipboard *c = &scene->p->clipboard;
    struct scene_clipboard_peer *before = c->owner, *next;
    enum scene_side side = owner ? owner->side : before->side;
    bool was_other = before && before->side != side;

    c->owner = owner;
    c->is_asked = false;
    set_text(c, NULL, 0);
    answer_waiting(c);
    for (struct scene_clipboard_peer *p = c->peers; p; p = next) {
        next = p->next;
        if (p != owner && (p->side != side || was_other))
            p->ops->changed(p);
    }
}

void scene_clipboard_offer(struct scene_clipboard_peer *peer)
{
    if (peer->scene && of(peer)->limit)
        set_owner(peer->scene, peer);
}

void scene_clipboard_withdraw(struct scene_clipboard_peer *peer)
{
    if (peer->scene && of(peer)->owner == peer)
        set_owner(peer->scene, NULL);
}

void scene_clipboard_provide(struct scene_clipboard_peer *peer, const char *text, size_t len)
{
    struct scene_clipboard *c;

    if (!peer->scene || of(peer)->owner != peer)
        return;
    c = of(peer);
    c->is_asked = false;
    if (text && len <= c->limit) {
        char *copy = mem_alloc0(len + 1, 1);

        if (len)
            memcpy(copy, text, len);
        set_text(c, copy, len);
    } else {
        set_text(c, NULL, 0);
    }
    answer_waiting(c);
}

void scene_clipboard_join(struct scene *scene, struct scene_clipboard_peer *peer)
{
    struct scene_clipboard *c = &scene->p->clipboard;

    assert(!peer->scene);
    peer->scene = scene;
    peer->next = c->peers;
    c->peers = peer;
}

static void end_waits(struct scene_paste **list, const struct scene_clipboard_peer *peer)
{
    while (*list)
        if ((*list)->peer == peer) {
            struct scene_paste *paste = *list;

            *list = paste->next;
            paste->next = NULL;
            paste->peer = NULL;
        } else {
            list = &(*list)->next;
        }
}

void scene_clipboard_leave(struct scene_clipboard_peer *peer)
{
    struct scene_clipboard_peer **at;
    struct scene_clipboard *c;

    if (!peer->scene)
        return;
    c = of(peer);
    end_waits(&c->waiting, peer);
    end_waits(&c->answering, peer);
    for (at = &c->peers; *at != peer;)
        at = &(*at)->next;
    *at = peer->next;
    if (c->owner == peer)
        set_owner(peer->scene, NULL);
    peer->scene = NULL;
}
