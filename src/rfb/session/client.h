/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's end of an RFB connection, as a machine: the server's bytes in, pixels and facts out
 * through callbacks, bytes for the server in a buffer. Pure: no socket, no clock, no scene. The
 * edge that joins it to those is rfb/client.
 *
 * The server is not trusted. Each rule it breaks ends the session with a sentence that names the
 * rule; nothing is drawn outside of the screen and no length decides what is allocated.
 *
 * Threads: one. Callbacks come from inside rfb_client_session_feed(); they may call the functions
 * of "What a person does" but must not destroy the session.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/rect.h"
#include "pixel/cursor.h"
#include "pixel/surface.h"
#include "rfb/auth/security.h"
#include "rfb/msg/client.h"
#include "rfb/msg/server.h"
#include "winproto/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_CLIENT_AREA_MAX = 64 << 20,  /* pixels of the largest screen that we take */
    RFB_CLIENT_INPUT_MAX = 2 << 20,  /* bytes the session may leave unused before it uses some */
    RFB_CLIENT_AUDIO_RATE = 48000,   /* frames a second that we ask for */
    RFB_CLIENT_NAME_MAX = 64 * 1024, /* bytes of a desktop's name */
    RFB_CLIENT_SECURITY_MAX = 16,    /* security types that a client takes */
};

/* What the server has agreed to so far. Everything but CONNECTED is its own acknowledgement. */
enum rfb_client_ability {
    RFB_CAN_UPDATE = 1 << 0,   /* the handshake is over */
    RFB_CAN_KEYCODES = 1 << 1, /* QEMU's extended key event */
    RFB_CAN_RESIZE = 1 << 2,   /* SetDesktopSize (it may still refuse each) */
    RFB_CAN_FENCE = 1 << 3,
    RFB_CAN_CONTINUE = 1 << 4, /* ContinuousUpdates, which are on then */
    RFB_CAN_BUTTONS = 1 << 5,  /* buttons 8 and 9 */
    RFB_CAN_WINDOWS = 1 << 6,
    RFB_IS_SHARED = 1 << 7,   /* the screen is the server's own memory */
    RFB_IS_RELATIVE = 1 << 8, /* the pointer's motion is sent, not its place */
    RFB_CAN_AUDIO = 1 << 11,
    RFB_CAN_POWER = 1 << 10,    /* the machine's: xvp */
    RFB_CAN_CLIPBOARD = 1 << 9, /* the extended clipboard; without it text is plain */
};

struct rfb_client_options {
    bool local;   /* a Unix socket: prefers plain pixels to compressed ones, and may share memory */
    bool windows; /* lists the windows extension */
    /* Of rfb_codecs, listed before the others; RFB_COPY_RECT: our own choice. */
    int32_t preferred;
    /* The quality level, 1…9, at which pixels may be JPEG; 0: they come as they are. */
    unsigned quality;
    unsigned compression; /* 1…9: the level to ask for; 0: the server's own choice */
    /* What is taken, the first that the server has too; the client's ends of the types. None (1)
       when there are none; copied. */
    const struct rfb_security_offer *security;
    size_t security_count;
    bool audio;       /* lists QEMU's audio; nothing comes before rfb_client_session_listen() */
    size_t clipboard; /* bytes of the longest text to be copied and pasted; 0: none at all */
    bool watch; /* with `windows`: only watches, and is told of those that another viewer has */
};

struct rfb_client_session_ops {
    /* Send the session's output, then put the layer on the connection: what feed() is given from
       now on comes through it. May be NULL when no type of the options has layers. */
    void (*add_layer)(void *owner, const struct rfb_security_layer *layer);
    /* A new surface of this size, which the session takes over; NULL: surface_create(). */
    struct surface *(*make_surface)(void *owner, uint32_t width, uint32_t height);
    /* The same around the memory whose descriptor has just come; NULL with *err: no use. May be
       NULL when `local` is false. The geometry has been checked to lie within `size`. */
    struct surface *(*map_surface)(void *owner, const struct rfb_shared_surface *shared,
                                   struct err *err);
    /* The handshake is over. A screen (if the server has one) and a name have been told. */
    void (*connected)(void *owner);
    void (*screen)(void *owner, struct surface *screen); /* another surface from now on */
    void (*damage)(void *owner, struct rect r);
    void (*cursor)(void *owner, struct cursor *cursor); /* ref it to keep it */
    void (*pointer)(void *owner, int32_t x, int32_t y);
    void (*pointer_mode)(void *owner, bool absolute);
    void (*leds)(void *owner, uint32_t leds);
    void (*name)(void *owner, const char *name); /* clean UTF-8 */
    /* A guest-to-host message that belongs to this update; -1 with *err ends the session. */
    int (*fact)(void *owner, const struct win_msg *fact, struct err *err);
    void (*update_ended)(void *owner);       /* all of one FramebufferUpdate has been told */
    void (*fence)(void *owner, uint32_t id); /* the answer to rfb_client_session_fence() */
    /* The guest's sound at RFB_CLIENT_AUDIO_RATE, as base/pcm.h has it. NULL when options->audio is
       false. */
    void (*audio_begin)(void *owner);
    void (*audio_samples)(void *owner, const int16_t *stereo, size_t frames);
    void (*audio_end)(void *owner);
    void (*power_refused)(void *owner); /* the newest request of ours; may be NULL */
    /* The server has other text to paste, or none any more. These three may be NULL when
       options->clipboard is 0. */
    void (*clipboard)(void *owner, bool has);
    /* The text that was asked for, or (right after clipboard()) that the server sent by itself:
       UTF-8, LF at the ends of lines. NULL: it could not be had. */
    void (*clipboard_text)(void *owner, const char *text, size_t len);
    /* The server wants the text that was offered: rfb_client_session_provide_text(). */
    void (*clipboard_wanted)(void *owner);
};

struct rfb_client_session;

struct rfb_client_session *rfb_client_session_create(const struct rfb_client_options *options,
                                                     const struct rfb_client_session_ops *ops,
                                                     void *owner);
void rfb_client_session_destroy(struct rfb_client_session *s); /* takes NULL */

/*
 * Takes bytes from the server; *used of them are done with, the rest is to be offered again with
 * more behind it, or is to come through the layer that was added. -1: the server broke a rule or
 * refused us, the session is over.
 */
int rfb_client_session_feed(struct rfb_client_session *s, const uint8_t *data, size_t len,
                            size_t *used, struct err *err);

/* Change options->watch and options->preferred; before the handshake is over. */
void rfb_client_session_watch(struct rfb_client_session *s);
/* What comes was recorded: pixels are in the format that the server named, not in ours. Before the
   first byte. */
void rfb_client_session_hear_recording(struct rfb_client_session *s);
void rfb_client_session_prefer(struct rfb_client_session *s, int32_t encoding);
/* The same, and lists no other; before the handshake is over. */
void rfb_client_session_only(struct rfb_client_session *s, int32_t encoding);
/* Changes options->quality and ->compression; at any time. */
void rfb_client_session_set_quality(struct rfb_client_session *s, unsigned quality,
                                    unsigned compression);
/* Change options->security; before the first feed. hint: what to do about a server that has none of
   them, for its sentence; NULL: nothing; outlives the session. */
void rfb_client_session_take_security(struct rfb_client_session *s,
                                      const struct rfb_security_offer *security, size_t count,
                                      const char *hint);

/* Not local after all; before the first bytes. */
void rfb_client_session_treat_as_remote(struct rfb_client_session *s);
/* The owner wants no more callbacks, also from a feed that is under way: it answers 0 soon. */
void rfb_client_session_stop(struct rfb_client_session *s);

/* Bytes for the server: the caller sends and consumes them after each call on the session. */
struct buf *rfb_client_session_output(struct rfb_client_session *s);

uint32_t rfb_client_session_abilities(const struct rfb_client_session *s);
/* True inside of a FramebufferUpdate, whose facts and pixels are told only in part. */
bool rfb_client_session_in_update(const struct rfb_client_session *s);
/* How many rectangles of an encoding have been drawn. */
uint64_t rfb_client_session_drawn(const struct rfb_client_session *s, int32_t encoding);
struct surface *rfb_client_session_screen(const struct rfb_client_session *s); /* may be NULL */

/* ---- What a person does: input is dropped before the handshake is over ------------------------
 */

/* Keys by evdev code; without key codes on the server's side a keysym of 0 goes nowhere. */
void rfb_client_session_key(struct rfb_client_session *s, uint32_t code, uint32_t keysym,
                            bool down);
/* Buttons as scene.h has them: bit 0 left, 1 middle, 2 right, 3 back, 4 forward. */
void rfb_client_session_pointer(struct rfb_client_session *s, int32_t x, int32_t y,
                                uint32_t buttons);
void rfb_client_session_pointer_relative(struct rfb_client_session *s, int32_t dx, int32_t dy,
                                         uint32_t buttons);
/* In 1/120 notch, positive right and down; what is less than a notch is kept for the next call. */
void rfb_client_session_wheel(struct rfb_client_session *s, int32_t dx, int32_t dy);
/* Asked for before the server has said that it can, the newest size is sent when it does. */
void rfb_client_session_resize(struct rfb_client_session *s, uint32_t width, uint32_t height);
void rfb_client_session_window_request(struct rfb_client_session *s, const struct win_msg *request);
/* False: the server knows no fences. */
bool rfb_client_session_fence(struct rfb_client_session *s, uint32_t id);

/* Whether we want to hear anything; kept until the server has said that it can. */
void rfb_client_session_listen(struct rfb_client_session *s, bool listens);
/* False: the server does not take such requests. */
bool rfb_client_session_power(struct rfb_client_session *s, enum rfb_xvp_code what);

/* There is text to paste on our side, another than before, or none any more. Before the server has
   said how it wants to hear of it, the newest is told when it does. */
void rfb_client_session_offer_text(struct rfb_client_session *s, bool has);
/* False: this server sends its text by itself or not at all. */
bool rfb_client_session_request_text(struct rfb_client_session *s);
void rfb_client_session_provide_text(struct rfb_client_session *s, const char *text, size_t len);
