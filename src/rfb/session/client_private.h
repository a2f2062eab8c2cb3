/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client session's memory, shared by its files: handshake, updates, extras, input. */
#pragma once

#include "base/wire.h"
#include "rfb/enc/enc.h"
#include "rfb/session/client.h"

/* What the next bytes are. Each has a function in client_steps. */
enum client_step {
    STEP_VERSION,
    STEP_SECURITY_33,   /* 3.3: the server decides */
    STEP_SECURITY_LIST, /* 3.7 and 3.8: it offers */
    STEP_AUTH,
    STEP_RESULT,
    STEP_REASON,
    STEP_INIT,
    STEP_MESSAGE,
    STEP_SKIP, /* bytes of a message that means nothing to us */
    STEP_FENCE,
    STEP_XVP,
    STEP_QEMU,
    STEP_AUDIO,    /* its samples */
    STEP_CUT_TEXT, /* what the clipboard's message holds */
    STEP_RECT,
    STEP_PIXELS,
    STEP_PSEUDO, /* the body of a rectangle without pixels */
    STEP_WINDOWS,
    STEP_BROKEN,
    STEP_COUNT
};

struct rfb_client_session {
    struct rfb_client_options options;
    const struct rfb_client_session_ops *ops;
    void *owner;
    struct buf out;
    enum client_step step;
    bool stopped;        /* by the owner */
    bool only_preferred; /* no other encoding is listed */
    bool listed_lossy;   /* once listed it may come, whatever was asked for meanwhile */
    uint32_t abilities;
    unsigned minor;             /* of protocol 3: 3, 7 or 8 */
    bool recorded;              /* the server is a recording, and its format is what it was */
    struct pixel_format format; /* of pixels */
    struct rfb_security_offer takes[RFB_CLIENT_SECURITY_MAX];
    size_t takes_count;
    const char *takes_hint; /* for servers that have none of them; NULL: nothing to say */
    const struct rfb_security *security; /* the one that was agreed on; NULL before and after */
    void *security_state;
    bool layered; /* in this feed: the rest of its bytes is the layer's */

    struct surface *screen;
    bool kept_picture;               /* in this feed: a storm of sizes must not cost a copy each */
    void *states[RFB_CODEC_COUNT];   /* of the decoders, made when first used */
    uint64_t drawn[RFB_CODEC_COUNT]; /* rectangles */

    struct {
        bool listens, is_playing;
        uint32_t left; /* STEP_AUDIO: bytes */
    } audio;
    unsigned power_asked; /* requests that the server has not refused */
    uint64_t skip;        /* STEP_SKIP: bytes left */
    struct {
        struct buf message; /* STEP_CUT_TEXT: what has come of it */
        size_t message_left;
        bool message_is_extended;
        uint32_t actions, formats; /* what the server takes */
        bool is_asking;            /* for its text */
        bool is_offered;           /* text of ours */
        bool is_settled;           /* whether the server knows the extension */
    } clipboard;
    /* The FramebufferUpdate under way. */
    uint32_t rects_left;
    bool until_last;
    bool resized;
    struct rect rect;
    int32_t encoding;
    int codec;
    uint32_t windows_left; /* STEP_WINDOWS: bytes left of this rectangle */

    struct rfb_screen head;               /* the first of ExtendedDesktopSize's screens */
    uint32_t wanted_width, wanted_height; /* asked for before the server could; 0: nothing */
    /* The pointer as last sent. */
    int32_t x, y;
    uint16_t buttons; /* enum rfb_button_mask */
    int32_t wheel_x, wheel_y;
};

/*
 * A step reads what it can: 1 goes on, 0 needs more, -1 is over with *err. One that finds the
 * reader failed has done nothing yet; what it had read is given back.
 */
typedef int (*client_step_fn)(struct rfb_client_session *s, struct wire_reader *in,
                              struct err *err);

int client_read_rect(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_pixels(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_pseudo(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_windows(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_cut_text(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_qemu(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_audio(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_version(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_security_33(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_security_list(struct rfb_client_session *s, struct wire_reader *in,
                              struct err *err);
int client_read_auth(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_result(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
int client_read_reason(struct rfb_client_session *s, struct wire_reader *in, struct err *err);
void client_security_finish(struct rfb_client_session *s);
int client_read_init(struct rfb_client_session *s, struct wire_reader *in, struct err *err);

/* The update's header has come, count rectangles follow. */
int client_begin_update(struct rfb_client_session *s, uint16_t count);
/* A rectangle is done with: the next, or the update's end. */
int client_end_rect(struct rfb_client_session *s);
/* The screen has another size; 0 × 0 leaves none. -1: too large. */
int client_set_size(struct rfb_client_session *s, uint32_t width, uint32_t height, struct err *err);
/* Takes over the surface. */
void client_set_screen(struct rfb_client_session *s, struct surface *screen);
void client_set_name(struct rfb_client_session *s, const uint8_t *text, size_t len);
void client_send_encodings(struct rfb_client_session *s);
bool client_listed(const struct rfb_client_session *s, int32_t encoding);
/* Asks for the next update, unless they come by themselves. */
void client_request(struct rfb_client_session *s, bool incremental);
void client_continue(struct rfb_client_session *s);
void client_audio_agreed(struct rfb_client_session *s);
/* The next so many bytes mean nothing. */
int client_skip(struct rfb_client_session *s, uint64_t len, struct err *err);
int client_begin_cut_text(struct rfb_client_session *s, int32_t wire_length, struct err *err);
void client_settle_clipboard(struct rfb_client_session *s);
