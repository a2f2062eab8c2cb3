/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a viewer can make the server keep and do (docs/security.md, "Budgets"): each abuse goes on
 * for megabytes, the heap is looked at all the while, another viewer is served meanwhile, and
 * nothing stays behind. Hostile bytes themselves are fuzz_rfb_server's.
 */
#define WATCHER_WIDTH 320
#define WATCHER_HEIGHT 200
#include "check.h"
#include "heap.h"
#include "rfb_rig.h"

#include "base/arith.h"
#include "rfb/msg/clipboard.h"

#include <stdlib.h>

enum {
    FLOOD = 4 << 20, /* bytes of each abuse */
    CHUNK = 64 << 10,
    CLIPBOARD = RIG_CLIPBOARD,
    /* Heap in bytes: three times the clipboard's limit, four times the picture, and */
    FIXED = 2 << 20,
    BUDGET = FIXED + 3 * CLIPBOARD + 4 * 4 * W * H,
    LEFT_BEHIND = 96 << 10, /* pools and tables that the libraries keep for the next one */
};

/* ---- Abuses -----------------------------------------------------------------------------------
 */

static void put_encodings(struct buf *out, int32_t first)
{
    static const int32_t all[] = {RFB_COPY_RECT,
                                  RFB_LAST_RECT,
                                  RFB_EXTENDED_DESKTOP_SIZE,
                                  RFB_CURSOR_WITH_ALPHA,
                                  RFB_QEMU_POINTER_MOTION,
                                  RFB_QEMU_EXTENDED_KEY,
                                  RFB_QEMU_LED_STATE,
                                  RFB_DESKTOP_NAME,
                                  RFB_EXTENDED_MOUSE_BUTTONS,
                                  RFB_EXTENDED_CLIPBOARD,
                                  RFB_QEMU_AUDIO,
                                  RFB_XVP,
                                  RFB_FENCE,
                                  RFB_CONTINUOUS_UPDATES,
                                  RFB_WINDOWS};
    int32_t list[1 + ARRAY_LEN(all)] = {first};

    memcpy(list + 1, all, sizeof(all));
    rfb_put_set_encodings(out, list, ARRAY_LEN(list));
}

static void long_lists(struct buf *out)
{
    int32_t list[RFB_ENCODINGS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        list[i] = i % 2 ? RFB_ZRLE : RFB_FENCE;
    rfb_put_set_encodings(out, list, ARRAY_LEN(list));
}

static void asks_for_all(struct buf *out)
{
    rfb_put_update_request(out, false, (struct rect){0, 0, W, H});
}

static void asks_for_all_as_raw(struct buf *out)
{
    put_encodings(out, RFB_RAW);
    asks_for_all(out);
}

static void changes_encodings(struct buf *out)
{
    put_encodings(out, RFB_TIGHT);
    asks_for_all(out);
    put_encodings(out, RFB_ZRLE);
    asks_for_all(out);
}

static void changes_formats(struct buf *out)
{
    struct pixel_format map = {8, 8, false, false, 0, 0, 0, 0, 0, 0};

    rfb_put_set_pixel_format(out, &map);
    rfb_put_set_pixel_format(out, &pixel_format_native);
    asks_for_all(out);
}

static void sends_fences(struct buf *out)
{
    uint8_t payload[RFB_FENCE_MAX] = {0};

    rfb_put_client_fence(out, RFB_FENCE_REQUEST, payload, sizeof(payload));
}

static void pastes_bombs(struct buf *out)
{
    static const uint8_t zeros[4 << 20];

    put_encodings(out, RFB_RAW);
    rfb_put_clipboard_provide(out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, zeros, sizeof(zeros));
}

static void pastes_the_most(struct buf *out)
{
    static uint8_t text[CLIPBOARD - 1];

    memset(text, 'x', sizeof(text));
    put_encodings(out, RFB_RAW);
    rfb_put_clipboard_provide(out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, text, sizeof(text));
}

static void pastes_plain(struct buf *out)
{
    static uint8_t text[CLIPBOARD - 1];

    rfb_put_client_cut_text(out, text, sizeof(text));
}

static void announces_much(struct buf *out)
{
    put_encodings(out, RFB_RAW);
    wire_put_u8(out, RFB_CLIENT_CUT_TEXT);
    wire_put_u8(out, 0), wire_put_u16(out, 0);
    wire_put_s32(out, -(CLIPBOARD + 64)); /* of which never more than this comes: */
    memset(buf_extend(out, CLIPBOARD), 0, CLIPBOARD);
}

static void asks_for_text(struct buf *out)
{
    put_encodings(out, RFB_RAW);
    rfb_put_clipboard_action(out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_REQUEST, RFB_CLIPBOARD_TEXT);
}

static void resizes(struct buf *out)
{
    put_encodings(out, RFB_RAW);
    for (uint16_t i = 0; i < 200; i++) {
        struct rfb_screen screen = {1, {0, 0, 100 + i, 100}, 0};

        rfb_put_set_desktop_size(out, 100 + i, 100, &screen, 1);
    }
}

static void presses_keys(struct buf *out)
{
    for (uint32_t i = 0; i < 300; i++)
        rfb_put_qemu_key_event(out, true, i * 7919, 1 + i % 200);
}

static void listens(struct buf *out)
{
    put_encodings(out, RFB_TIGHT);
    rfb_put_audio_enable(out, true);
    asks_for_all(out);
}

static void wants_everything_always(struct buf *out)
{
    put_encodings(out, RFB_TIGHT);
    rfb_put_enable_continuous_updates(out, true, (struct rect){0, 0, W, H});
}

static void has_windows_messages(struct buf *out)
{
    put_encodings(out, RFB_RAW);
    wire_put_u8(out, RFB_CLIENT_WINDOWS);
    wire_put_u8(out, 0), wire_put_u16(out, 0);
    wire_put_u32(out, 1 << 20);
    memset(buf_extend(out, (1 << 20) - 1), 0, (1 << 20) - 1);
}

static const struct {
    const char *name;
    void (*compose)(struct buf *out); /* said again and again */
} abuses[] = {
    {"long lists of encodings", long_lists},
    {"all of the picture, unread", asks_for_all},
    {"all of the picture as Raw, unread", asks_for_all_as_raw},
    {"encodings that change", changes_encodings},
    {"pixel formats that change", changes_formats},
    {"fences, unread", sends_fences},
    {"compressed text of 4 MiB", pastes_bombs},
    {"text of the greatest length", pastes_the_most},
    {"plain text of the greatest length", pastes_plain},
    {"an announcement and no end", announces_much},
    {"requests for text, unread", asks_for_text},
    {"sizes", resizes},
    {"keys", presses_keys},
    {"sound, unread", listens},
    {"continuous updates, unread", wants_everything_always},
    {"one long windows message", has_windows_messages},
};

/* ---- Measuring --------------------------------------------------------------------------------
 */

struct flood {
    int fd;
    size_t sent, peak;
    bool over;
};

static void look(struct flood *f)
{
    size_t now = heap_now();

    f->peak = MAX_OF(f->peak, now);
}

/* As much as the server takes. What it does not take for a while it will not take at all. */
static void push(struct flood *f, const uint8_t *data, size_t len)
{
    int refused = 0;

    for (size_t at = 0; at < len && !f->over;) {
        ssize_t n =
            send(f->fd, data + at, MIN_OF(len - at, (size_t)65536), MSG_DONTWAIT | MSG_NOSIGNAL);

        at += n > 0 ? (size_t)n : 0;
        f->sent += n > 0 ? (size_t)n : 0;
        refused = n > 0 ? 0 : refused + 1;
        f->over = (n < 0 && errno != EAGAIN) || refused > 3;
        g_main_context_iteration(NULL, FALSE);
        look(f);
        settle();
        look(f);
    }
}

static void flood_it(struct rig *r, struct flood *f, const struct buf *chunk)
{
    for (unsigned pass = 0; f->sent < FLOOD && !f->over; pass++) {
        push(f, chunk->data, chunk->len);
        rig_paint(r);
        scene_audio_begin(r->scene, 48000);
        scene_audio_samples(r->scene, (const int16_t *)(const void *)rig_text,
                            sizeof(rig_text) / 4);
        if (pass % 16 == 0)
            CHECK(rig_serves(r, &r->calm));
        look(f);
    }
    rig_paint(r);
    CHECK(rig_serves(r, &r->calm));
    look(f);
}

static void check_abuse(size_t index)
{
    struct rig r;
    struct flood f = {0};
    struct buf chunk = BUF_INIT;
    struct viewer v;
    size_t without, before;

    do
        abuses[index].compose(&chunk);
    while (chunk.len < CHUNK);
    without = heap_now();
    rig_start(&r);
    rig_paint(&r);
    CHECK(rig_serves(&r, &r.calm));
    before = f.peak = heap_now();
    v = viewer_new(r.server);
    f.fd = v.fd;
    flood_it(&r, &f, &chunk);
    viewer_finish(&v);
    scene_audio_end(r.scene);
    CHECK(rig_serves(&r, &r.calm));
    rig_stop(&r);
    printf("%-36s %5zu KiB sent, %5zu KiB of %d at most\n", abuses[index].name, f.sent >> 10,
           (f.peak - before) >> 10, BUDGET >> 10);
    CHECK(f.peak - before <= BUDGET);
    CHECK(index == 0 || heap_now() <= without + LEFT_BEHIND); /* some things are made once */
    buf_finish(&chunk);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < ARRAY_LEN(abuses); i++)
        check_abuse(i);
    return check_result();
}
