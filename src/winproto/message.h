/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The windows protocol's messages and their codec: bytes in, checked values out, and back. The wire
 * format of each is in docs/windows-protocol.md, in the order of the fields here, big-endian,
 * without padding. Nothing here remembers anything: sessions are link.h's business.
 *
 * A message is an envelope {U16 type, U16 flags = 0, U32 length} and its payload. A payload longer
 * than its known fields is accepted and the rest ignored (room for later fields); a shorter one is
 * invalid. A string is {U16 length, bytes}; an id is a U32 that the guest's agent chose, never 0.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "winproto/window.h"

#include <stddef.h>

enum {
    WIN_VERSION = 1,           /* in HELLO; another one is refused */
    WIN_MAGIC = 0x4f52574e,    /* "ORWN" */
    WIN_ENVELOPE = 8,          /* bytes */
    WIN_MAX_PAYLOAD = 1 << 20, /* bytes */
    WIN_MAX_EXTENT = 1024,     /* pixels of a frame's or shadow's side */
    WIN_SCALE_MIN = 30,        /* a quarter … */
    WIN_SCALE_MAX = 1200,      /* … to ten */
    WIN_KEY_MAX = 0x2ff,       /* evdev's */
};

/* Types below 0x100 go both ways, 0x1xx guest to host, 0x2xx host to guest. */
enum win_type {
    WIN_HELLO = 0x001,
    WIN_ACK = 0x002,

    WIN_SYNC_BEGIN = 0x101, /* a full statement of all state follows … */
    WIN_SYNC_END = 0x102,   /* … and is complete: what was not stated is gone */
    WIN_DESKTOP = 0x103,
    WIN_WINDOW = 0x104,
    WIN_GONE = 0x105,
    WIN_STACK = 0x106,
    WIN_ACTIVE = 0x107,
    WIN_TITLE = 0x108,
    WIN_APP = 0x109,
    WIN_ICON = 0x10a,
    WIN_STATE = 0x10b,
    WIN_LIMITS = 0x10c,
    WIN_SHAPE = 0x10d,
    WIN_FRAME = 0x10e,

    WIN_CONFIGURE = 0x201,
    WIN_ACTIVATE = 0x202,
    WIN_CLOSE = 0x203,
    WIN_SET_STATE = 0x204,
    WIN_POINTER_EVENT = 0x205,
    WIN_KEY_EVENT = 0x206,
    WIN_SET_DESKTOP = 0x207,
    WIN_RESTACK = 0x208,
    WIN_DISMISS = 0x209,
};

/* Bytes inside the decoded data, not NUL-terminated; valid as long as that data is. */
struct win_text {
    const char *data;
    size_t len;
};

/* Both ways, first on a byte stream. */
struct win_hello {
    /* U32 magic WIN_MAGIC, U16 version, U16 zero precede on the wire */
    uint64_t nonce;          /* the sender's, random, another one for every HELLO it starts with */
    uint64_t answer;         /* the other side's nonce that this answers; 0: please greet me */
    uint32_t capabilities;   /* none defined yet: 0 */
    struct win_text session; /* "user on display", for a person; "" from the host */
};

/* `serial` has taken effect (result 0) or never will (1: no such window, 2: refused). Guest to
 * host. */
struct win_ack {
    uint32_t serial;
    uint8_t result;
};

/* SYNC_BEGIN and SYNC_END. */
struct win_sync {
    uint32_t epoch; /* the same number in both of a pair; inside RFB also one of these */
};

/* Inside RFB: why there are no windows. */
enum {
    WIN_EPOCH_NONE = 0,               /* nobody knows of any: no agent runs */
    WIN_EPOCH_ELSEWHERE = 0x7fffffff, /* another viewer has them; they come when it leaves them */
};

/* The guest's desktop: the coordinate space of all places. */
struct win_desktop {
    uint32_t width, height; /* 1…RECT_SIZE_MAX pixels */
    struct rect work_area; /* what the guest's panels leave free; equal to the desktop if unknown */
    uint32_t scale;        /* in 1/120: 120 is 1, 240 is 2 */
};

/* Creates the window or replaces its record. */
struct win_window {
    uint32_t id;
    uint32_t parent;   /* owner of a dialog, parent of a popup; 0: none. May be not known yet */
    uint8_t kind;      /* enum window_kind */
    uint32_t flags;    /* enum window_flags */
    struct rect place; /* on the guest's desktop; w and h at least 1 */
    uint32_t surface;  /* which surface holds the pixels: 0, the screen */
    struct rect
        source; /* where on that surface; may reach over its edges (those pixels don't exist) */
    uint32_t
        serial; /* the newest CONFIGURE of this window that the guest has dealt with; 0: none */
};

/* GONE, CLOSE (asks politely) and DISMISS (closes a popup and all that it opened). */
struct win_id {
    uint32_t id;
    uint32_t serial; /* host to guest: for the ACK, 0 wants none. Guest to host: 0 */
};

/* STACK: the whole order, bottom to top. RESTACK: the order the host wants, of the windows it
 * knows. */
struct win_order {
    uint32_t serial; /* STACK: the newest RESTACK dealt with; RESTACK: its serial */
    uint32_t count;
    uint32_t *ids; /* owned by the message */
};

struct win_active {
    uint32_t id;     /* 0: no window of the guest has the keyboard */
    uint32_t serial; /* the newest ACTIVATE dealt with; 0: none */
};

struct win_title {
    uint32_t id;
    struct win_text text;
};

struct win_app {
    uint32_t id;
    struct win_text app_id;     /* desktop file's name, "" if unknown */
    struct win_text instance;   /* WM_CLASS's first part */
    struct win_text class_name; /* WM_CLASS's second part */
    uint32_t pid;               /* in the guest; 0 if unknown */
};

struct win_icon {
    uint32_t id;
    uint32_t width, height; /* 0 × 0: no icon; else 1…WINDOW_MAX_ICON */
    uint32_t *pixels;       /* ARGB, not premultiplied, row by row; owned by the message */
};

struct win_state {
    uint32_t id;
    uint32_t bits; /* enum window_state_bits; unknown ones are ignored */
};

struct win_limits {
    uint32_t id;
    struct window_limits limits;
};

struct win_shape {
    uint32_t id;
    uint32_t count;     /* 0: rectangular */
    struct rect *rects; /* relative to the place's corner; owned by the message */
};

struct win_frame {
    uint32_t id;
    struct window_frame frame;
};

/* Answered by WINDOW with this serial or a newer one, even when the guest refuses. */
struct win_configure {
    uint32_t id;
    uint32_t serial;
    struct rect place;
};

/* Raises the window and gives it the keyboard. Answered by ACTIVE with this serial. id 0: the
   host's person has left the guest's windows; nothing is raised or focused. */
struct win_activate {
    uint32_t id;
    uint32_t serial;
};

struct win_set_state {
    uint32_t id;
    uint32_t serial; /* answered by ACK */
    uint32_t mask, bits;
};

/*
 * The whole state of the pointer, in the guest's *desktop* coordinates: while a window is dragged
 * in the guest a position relative to it would feed back on itself. The agent makes sure that
 * window `id` receives it (it is raised first if another one covers that point); id 0: whatever is
 * there.
 */
struct win_pointer {
    uint32_t id;
    int32_t x, y;
    uint32_t buttons; /* bit 0 left, 1 middle, 2 right, 3 back (8), 4 forward (9): as held now */
    int16_t wheel_x, wheel_y; /* in 1/120 of a notch since the last; positive: right, down */
};

struct win_key {
    uint32_t
        id; /* the window that has the keyboard on the host; 0: whichever has it in the guest */
    uint32_t code; /* Linux evdev code, KEY_… */
    uint8_t down;
    uint32_t keysym; /* X keysym where known, else 0 */
};

enum win_desktop_flags {
    WIN_SEAMLESS = 1 << 0,    /* somebody shows the windows one by one */
    WIN_HOST_FRAMES = 1 << 1, /* the host draws the frames: the guest should draw none */
};

/* Asks for a size of the desktop, any size; 0 × 0 leaves it. Answered by DESKTOP when it changed.
 */
struct win_set_desktop {
    uint32_t width, height;
    uint32_t scale;        /* in 1/120 */
    uint32_t flags;        /* enum win_desktop_flags */
    struct rect work_area; /* where the content of a maximised window should be; empty: unknown */
};

struct win_msg {
    enum win_type type;
    union {
        struct win_hello hello;
        struct win_ack ack;
        struct win_sync sync; /* SYNC_BEGIN, SYNC_END */
        struct win_desktop desktop;
        struct win_window window;
        struct win_id id;       /* GONE, CLOSE, DISMISS */
        struct win_order order; /* STACK, RESTACK */
        struct win_active active;
        struct win_title title;
        struct win_app app;
        struct win_icon icon;
        struct win_state state;
        struct win_limits limits;
        struct win_shape shape;
        struct win_frame frame;
        struct win_configure configure;
        struct win_activate activate;
        struct win_set_state set_state;
        struct win_pointer pointer;
        struct win_key key;
        struct win_set_desktop set_desktop;
    };
};

/* Frees what a decoded message owns. */
void win_msg_finish(struct win_msg *msg);

/*
 * Appends the whole message, envelope included. The caller keeps to the limits (it is a bug in the
 * program if it does not, and asserted).
 */
void win_msg_encode(struct buf *out, const struct win_msg *msg);

enum win_decoded {
    WIN_INVALID = -1, /* err says which rule was broken; the peer is to be cut off */
    WIN_NEEDS_MORE = 0,
    WIN_MESSAGE = 1, /* *msg is filled; the caller finishes it */
    WIN_UNKNOWN = 2, /* a message of a type that this version does not know; skip it */
};

/*
 * Decodes one message from the front of the data and checks every rule of the protocol that needs
 * no memory of earlier messages. *used is the length of the message when one was there. Text in
 * *msg points into data.
 */
enum win_decoded win_msg_decode(const uint8_t *data, size_t len, size_t *used, struct win_msg *msg,
                                struct err *err);

/* Which side sends it: the guest states facts (0x1xx, ACK), the host makes requests (0x2xx). HELLO
   is neither: it belongs to the link. False for an unknown type. */
bool win_type_is_fact(unsigned type);
bool win_type_is_request(unsigned type);

/* "WINDOW", "TITLE" …; "?" for an unknown type. For logs. */
const char *win_type_name(unsigned type);
