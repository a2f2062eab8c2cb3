/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scene's clipboard: who has something to paste, and the way to it. What is copied on one side
 * (the guest's, a person's) can be pasted on the other; two persons who look at the same machine do
 * not see each other's. Nothing is transferred until somebody pastes: an offer is only the word
 * that there is something. Text only, so far.
 *
 * Text is UTF-8 without NULs; line ends are as their writer made them. Same thread as the scene.
 */
#pragma once

#include "scene/scene.h"

#include <stdbool.h>
#include <stddef.h>

enum { SCENE_CLIPBOARD_BYTES = 10 << 20 }; /* of a text, unless set otherwise */

enum scene_side { SCENE_GUEST, SCENE_PERSON };

struct scene_clipboard_peer;

struct scene_clipboard_peer_ops {
    /* What this peer could paste is something else, or nothing any more: see
       scene_clipboard_has(). */
    void (*changed)(struct scene_clipboard_peer *peer);
    /* Somebody pastes what this peer offered. It answers with scene_clipboard_provide(), here or
       later; it is not asked again before that, unless it makes another offer. */
    void (*asked)(struct scene_clipboard_peer *peer);
};

/* Who can copy and paste. Embedded in a struct of the source's or the sink's. */
struct scene_clipboard_peer {
    const struct scene_clipboard_peer_ops *ops;
    enum scene_side side;
    struct scene *scene;               /* NULL while it is not joined */
    struct scene_clipboard_peer *next; /* the scene's */
};

/* Somebody who waits for the text. Embedded; zeroed before its first use. */
struct scene_paste {
    /* Once for each scene_clipboard_paste(), maybe from inside it. The text lives during the call;
       NULL: there is none, its owner could not give it, or it is too long. */
    void (*done)(struct scene_paste *paste, const char *text, size_t len);
    struct scene_clipboard_peer *peer; /* who pastes; NULL: not waiting */
    struct scene_paste *next;          /* the scene's */
};

/* Nobody hears of it. The peer looks for itself whether there is something already. */
void scene_clipboard_join(struct scene *scene, struct scene_clipboard_peer *peer);
/* Withdraws its offer and ends its waits, without calling it. Fine when it is not joined. */
void scene_clipboard_leave(struct scene_clipboard_peer *peer);

/* Something was copied on the peer's side; what was offered before is gone. */
void scene_clipboard_offer(struct scene_clipboard_peer *peer);
/* There is nothing any more. Has no effect while another peer's offer is the newest. */
void scene_clipboard_withdraw(struct scene_clipboard_peer *peer);
/*
 * The text of the newest offer, if that is the peer's; copied, and kept for who pastes it later.
 * NULL: it cannot be given. Text that is longer than the limit counts as NULL.
 */
void scene_clipboard_provide(struct scene_clipboard_peer *peer, const char *text, size_t len);

/* The newest offer comes from the other side. */
bool scene_clipboard_has(const struct scene_clipboard_peer *peer);
/* `paste` is not waiting. */
void scene_clipboard_paste(struct scene_clipboard_peer *peer, struct scene_paste *paste);
void scene_clipboard_cancel(struct scene_paste *paste); /* done() is not called; fine when idle */

/* Bytes of the longest text; 0: nothing can be copied at all. Before anybody joins. */
void scene_clipboard_set_limit(struct scene *scene, size_t bytes);
size_t scene_clipboard_limit(const struct scene *scene);
