/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the RFB server share. server.c: the sink and who is there; client.c: one
 * viewer's life and messages; update.c: what goes into a FramebufferUpdate; sending.c: when, and
 * how much of it; notes.c: its rectangles without pixels; strips.c: its pixels, encoded; film.c:
 * what of them is a film; picture.c: the screen as it was read; owed.c: what of it a viewer lacks;
 * windows.c: the facts about windows; input.c: keys, pointer and window requests; clipboard.c: what
 * is copied and pasted; audio.c: what is played.
 */
#pragma once

#include "io/socket.h"
#include "io/stream.h"
#include "rfb/enc/enc.h"
#include "rfb/server/film.h"
#include "rfb/server/moves.h"
#include "rfb/server/owed.h"
#include "rfb/server/picture.h"
#include "rfb/server/sending.h"
#include "rfb/server/server.h"
#include "rfb/server/strips.h"
#include "rfb/server/windows.h"
#include "rfb/session/keyboard.h"
#include "rfb/session/server.h"
#include "rfb/session/wants.h"
#include "scene/audio.h"
#include "scene/clipboard.h"

#include <glib.h>

enum { RFB_SERVER_MOVES = 8 };

struct rfb_server {
    struct scene_sink sink;
    GSource *flush; /* ready when some viewer may be owed an update */
    struct rfb_viewer *clients;
    unsigned count, next_number;
    struct rfb_viewer *driver; /* the one that has the windows; NULL: the first to ask */
    struct {
        int64_t spent, since; /* microseconds of processor time; of the clock, when that was so */
    } strangers;
    /* The screen as it was read, for viewers that get pixels, and what to read of it now. */
    struct rfb_picture picture;
    pixman_region32_t unread;
    pixman_region32_t urgent;     /* what of it are small changes */
    int64_t read_at;              /* microseconds */
    int64_t painted_at, interval; /* a large change; and how they follow one another, about */
    struct rfb_moves windows;
    struct rfb_move moves[RFB_SERVER_MOVES]; /* of windows since the last reading */
    uint32_t move_count;
    struct rfb_strips strips;
    GSource *sharpen; /* the timer for what went as JPEG and has become calm */
    GSource *rest;    /* the timer for what the strips hold, while they do */
    int64_t (*clock)(void *data);
    void *clock_data;
};

/* A fence that is answered when the next message comes. */
struct rfb_held_fence {
    bool held;
    uint32_t flags;
    uint8_t len, payload[RFB_FENCE_MAX];
};

/* What a viewer has been told besides pixels; compared with the scene's revisions. */
struct rfb_told {
    uint64_t cursor, pointer, pointer_mode, leds, name;
    bool extended_key, led_state, extended_buttons, pointer_motion, cursor_any; /* once */
    bool fence, continuous_updates, windows, extended_desktop_size, xvp, audio;
    bool absolute; /* the pointer's mode that it was told last */
};

/* The next ExtendedDesktopSize. */
struct rfb_resize {
    bool wanted;
    enum rfb_resize_reason reason;
    enum rfb_resize_status status;
};

struct rfb_viewer_clipboard {
    struct scene_clipboard_peer peer;
    struct scene_paste paste;  /* the text that is on its way to the viewer */
    bool is_greeted;           /* it has said what it knows */
    bool is_extended;          /* … which is the extended clipboard */
    uint32_t actions, formats; /* what it takes then */
    bool is_asking;            /* it was asked for its text and has not answered */
    /* To be said when there is nothing else to be sent: */
    bool is_news, asks, wants_text;
};

enum {
    /* The longest message and a little, while no extended clipboard is agreed upon. */
    RFB_VIEWER_INPUT_MAX = RFB_CLIENT_WINDOWS_MAX + (64 << 10),
};

struct rfb_viewer {
    struct rfb_server *server;
    struct rfb_viewer *next;
    unsigned number; /* for the log */
    char peer[IO_PEER_SIZE];
    bool is_unix;
    struct io_stream *stream;
    struct rfb_server_session *session;
    GSource *handshake;        /* the time-out; NULL once the viewer is in */
    struct buf *handshake_out; /* what the session has to say; while it is being fed */
    size_t answers;            /* bytes of answers since the queue was last empty */

    struct rfb_wants wants;
    struct rfb_encode_settings settings;
    struct rfb_streams *streams;
    struct rfb_sending sending;

    uint16_t width, height; /* of the framebuffer, as the viewer knows it */
    struct rfb_resize resize;
    uint16_t asked_width, asked_height; /* by its SetDesktopSize that was passed on; 0: none */
    struct surface *shared;             /* whose memory it was given */
    struct rfb_owed owed;
    struct rfb_film film;
    bool requested; /* an update, and which part */
    struct rect request_area;
    bool continuous;
    struct rect continuous_area;

    struct rfb_told told;
    struct rfb_windows_told windows;
    struct rfb_held_fence fence;
    struct rfb_viewer_clipboard clipboard;
    struct {
        struct scene_listener listener;
        struct pcm_format format; /* as the viewer wants it */
        struct pcm_rate rate;
        bool is_playing; /* it was told of a beginning */
        size_t unread;   /* bytes of sound since the queue was last empty */
    } audio;

    struct rfb_keyboard keyboard;
    uint16_t buttons; /* enum rfb_button_mask */
    int32_t pointer_x, pointer_y;
    bool pointer_seen;
    /* As the driver of windows: what it holds by window requests. */
    struct rfb_keyboard window_keys;
    uint32_t window_buttons;
    int32_t window_x, window_y;
    bool window_desktop; /* it asked for seamless windows or host frames */
};

/* server.c */
void rfb_server_want_flush(struct rfb_server *server);
struct scene *rfb_server_scene(const struct rfb_server *server);
void rfb_server_forget(struct rfb_server *server, struct rfb_viewer *client);
/* Somebody who is not in yet has cost this much processor time. */
void rfb_server_charge(struct rfb_server *server, int64_t us);

/* Reads what was painted since the last time; viewers are owed what is new then. */
void rfb_server_read_screen(struct rfb_server *server);
void rfb_server_read_urgent(struct rfb_server *server); /* of that only small changes */
/* Viewers that get pixels; the others look into the screen's own memory. */
bool rfb_viewer_gets_pixels(const struct rfb_viewer *client);
/* Between two pictures of what moves, in microseconds. */
int64_t rfb_server_frame_interval(const struct rfb_server *server);
int64_t rfb_server_now(const struct rfb_server *server); /* microseconds */
/* Lets each viewer have its update then, at the latest. */
void rfb_server_flush_at(struct rfb_server *server, int64_t when);

/* client.c */
/* Takes the stream over; `is_bare`: there is nothing between it and its socket. */
struct rfb_viewer *rfb_viewer_create(struct rfb_server *server, struct io_stream *stream,
                                     bool is_bare, unsigned number,
                                     const struct rfb_security_offer *offers, size_t count);
/* Releases what it holds, leaves the server's list, frees it. */
void rfb_viewer_destroy(struct rfb_viewer *client);
/* Sends a message that is no update. */
void rfb_viewer_answer(struct rfb_viewer *client, const struct buf *message);
bool rfb_viewer_is_in(const struct rfb_viewer *client);

/* sending.c */
void rfb_viewer_sending_init(struct rfb_viewer *client);
void rfb_viewer_sending_finish(struct rfb_viewer *client);
/* Nothing has happened for a while: memory that is not used goes. */
void rfb_viewer_sending_rest(struct rfb_viewer *client);
/* Sends what the viewer is owed and may be sent now, if anything. */
void rfb_viewer_update(struct rfb_viewer *client);
/* Sends a whole message, behind the update that is being sent. */
void rfb_viewer_send(struct rfb_viewer *client, const void *data, size_t len);
/* What was encoded for this update is sent and nothing more: the next one is another matter. */
void rfb_viewer_cut_update(struct rfb_viewer *client);
/* Nothing of what was planned is sent, but strips that others refer to; it is owed again. No update
   is open that has part of it. */
void rfb_viewer_drop_frame(struct rfb_viewer *client);
/* It is being sent a frame, and has room for more of it. */
bool rfb_viewer_is_busy(const struct rfb_viewer *client);
void rfb_viewer_fence_answered(struct rfb_viewer *client, const void *payload, size_t len);

/* update.c */
/*
 * Begins an update: what is no pixels goes to `sending` at once; for pixels a plan is made, unless
 * the one of before goes on.
 */
void rfb_viewer_begin_update(struct rfb_viewer *client);
/* Reads small changes and puts them before the rest of the plan, as so many parts. */
size_t rfb_viewer_plan_urgent(struct rfb_viewer *client);
/* The pixels' moves that must be made before anything else is sent. */
void rfb_viewer_put_moves(struct rfb_viewer *client);
/* Whether the plan's part is still worth sending. If so it is taken off what is owed. */
bool rfb_viewer_take_part(struct rfb_viewer *client, const struct rfb_part *part);

size_t rfb_region_area(const pixman_region32_t *region); /* pixels */

/* film.c */
/* What of the region, which is to be sent, goes as a film's next picture; empty: nothing. It lies
   in what the viewer wants. */
struct rect rfb_viewer_film(struct rfb_viewer *client, const pixman_region32_t *region,
                            struct rect wanted);
/* It could not be encoded: it is owed still. */
void rfb_viewer_film_failed(struct rfb_viewer *client, struct rect at);
/* There is nothing else to say: a film that has ended takes no memory any more, there and here. As
   those of notes.c. */
unsigned rfb_viewer_close_film(struct rfb_viewer *client, struct buf *out);

/* notes.c: each appends rectangles and returns how many. */
unsigned rfb_viewer_put_resize(struct rfb_viewer *client, struct buf *out);
unsigned rfb_viewer_put_notes(struct rfb_viewer *client, struct buf *out);
/* Answers to newly listed encodings that are messages and no rectangles. */
void rfb_viewer_greet_extensions(struct rfb_viewer *client);
void rfb_viewer_offer_power(struct rfb_viewer *client); /* an update has gone out */

/* input.c */
void rfb_viewer_key(struct rfb_viewer *client, const struct rfb_key_event *event);
int rfb_viewer_xvp(struct rfb_viewer *client, const struct rfb_xvp *xvp, struct err *err);
void rfb_viewer_pointer(struct rfb_viewer *client, const struct rfb_pointer_event *event);
int rfb_viewer_window_requests(struct rfb_viewer *client, struct rfb_bytes messages,
                               struct err *err);
void rfb_viewer_release_input(struct rfb_viewer *client);

/* audio.c */
void rfb_viewer_audio_init(struct rfb_viewer *client);
void rfb_viewer_audio(struct rfb_viewer *client, const struct rfb_audio *audio);
void rfb_viewer_audio_leave(struct rfb_viewer *client);

/* clipboard.c */
void rfb_viewer_clipboard_join(struct rfb_viewer *client);
void rfb_viewer_clipboard_leave(struct rfb_viewer *client);
/* After each SetEncodings. */
void rfb_viewer_clipboard_greet(struct rfb_viewer *client);
/* Nothing is queued any more: what had to wait for that. */
void rfb_viewer_clipboard_flush(struct rfb_viewer *client);
int rfb_viewer_cut_text(struct rfb_viewer *client, const struct rfb_cut_text *cut, struct err *err);
