/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When a viewer gets updates, and how much at a time. A viewer that asks for each one gets it when
 * everything of before has left for the network. One that has updates for good (ContinuousUpdates)
 * and answers fences gets as much as its path holds (flow.h). Until it is a viewer's turn news pile
 * up as regions and revisions: a slow viewer gets fewer and newer updates.
 *
 * A frame is what is owed at one reading of the screen; its pixels are being encoded elsewhere
 * (strips.h). To a viewer that asks it goes as one update, in pieces when it is large. To one that
 * is measured it goes as several, none longer than the viewer takes in in a moment, and only as
 * many as keep it busy: what is encoded beyond that waits here, where a small change, as of a key,
 * can still pass it. An update with facts about windows is an exception, as the pixels that they
 * explain belong to it. Other messages wait for an update's end.
 */
#include "rfb/server/private.h"

#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    BYTES_MAX = 32 << 20,     /* of an update; then the rest waits for the next one, */
    COUNTED_MAX = 1792 << 10, /* or of one that is put together before its first byte leaves */
    QUEUED_MAX = 512 << 10,   /* then nothing more is encoded until it has left */
    UPDATE_LEAST = RFB_FLOW_WINDOW_FIRST,
    PIECE = 64 << 10, /* sent while the rest is being encoded */
    MUCH = 64 << 10,  /* bytes for which memory was taken that is to go when nothing happens */
    FENCE_BYTES = 8,
};

/* An update that has facts may take as long on its way. */
#define WHOLE_SECONDS 0.1

static const uint8_t fence_mark[4] = {'o', 'r', 'f', '1'};

void rfb_viewer_sending_init(struct rfb_viewer *c)
{
    c->streams = rfb_streams_create();
    c->sending.fd = -1;
    rfb_flow_init(&c->sending.flow);
    rfb_quality_init(&c->sending.learned);
}

void rfb_viewer_sending_finish(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;

    while (s->pending_count)
        rfb_strip_unref(s->pending[--s->pending_count].strip);
    rfb_streams_unref(c->streams);
    free(s->parts);
    buf_finish(&s->out);
    buf_finish(&s->later);
}

void rfb_viewer_send(struct rfb_viewer *c, const void *data, size_t len)
{
    if (c->sending.open)
        buf_append(&c->sending.later, data, len);
    else
        io_stream_send(c->stream, data, len);
}

void rfb_viewer_sending_rest(struct rfb_viewer *c)
{
    if (!c->sending.out.len)
        buf_finish(&c->sending.out);
    io_stream_trim(c->stream);
}

/* ---- The frame --------------------------------------------------------------------------------
 */

static bool has_parts(const struct rfb_sending *s)
{
    return s->next_part < s->part_count;
}

bool rfb_viewer_is_busy(const struct rfb_viewer *c)
{
    const struct rfb_sending *s = &c->sending;

    return s->open || ((has_parts(s) || s->pending_count) && rfb_flow_room(&s->flow));
}

static struct rfb_strip *unqueue(struct rfb_sending *s, unsigned i)
{
    struct rfb_strip *strip = s->pending[i].strip;

    memmove(&s->pending[i], &s->pending[i + 1], (--s->pending_count - i) * sizeof(s->pending[0]));
    return strip;
}

/* What was to be sent is still owed, and what went as JPEG has not been sharpened. */
static void drop(struct rfb_viewer *c, unsigned i)
{
    struct rfb_sending *s = &c->sending;
    struct rfb_part part = s->pending[i].part;

    rfb_strip_unref(unqueue(s, i));
    if (part.sharpen)
        return;
    rfb_owed_changed_rect(&c->owed, part.at);
    if (s->next_part)
        s->parts[--s->next_part] = part;
}

/* Strips to which others refer must arrive. */
static bool all_apart(const struct rfb_sending *s)
{
    for (unsigned i = 0; i < s->pending_count; i++)
        if (s->pending[i].strip->streams)
            return false;
    return true;
}

void rfb_viewer_drop_frame(struct rfb_viewer *c)
{
    for (unsigned i = c->sending.pending_count; i-- > 0;)
        if (!c->sending.pending[i].strip->streams)
            drop(c, i);
    c->sending.part_count = c->sending.next_part = 0;
}

void rfb_viewer_cut_update(struct rfb_viewer *c)
{
    if (c->sending.open)
        c->sending.cut = true;
    else
        rfb_viewer_drop_frame(c);
}

/* ---- When -------------------------------------------------------------------------------------
 */

/* Whether the viewer's path is measured: otherwise the queue to the network is all that is known.
 */
static bool is_measured(const struct rfb_viewer *c)
{
    return c->continuous && c->sending.flow.answers;
}

static bool may_begin(struct rfb_viewer *c)
{
    c->sending.only_urgent = false;
    if (!c->requested && !c->continuous)
        return false;
    if (is_measured(c)) {
        struct rfb_sending *s = &c->sending;

        s->only_urgent = !rfb_flow_room(&s->flow);
        if (!s->only_urgent)
            return true;
        rfb_flow_limited(&s->flow);
        return !rect_is_empty(s->urgent) && rfb_flow_has_fences(&s->flow);
    }
    return !io_stream_queued(c->stream);
}

void rfb_viewer_fence_answered(struct rfb_viewer *c, const void *payload, size_t len)
{
    struct rfb_flow *flow = &c->sending.flow;
    struct wire_reader in = wire_reader_of((const uint8_t *)payload + sizeof(fence_mark),
                                           FENCE_BYTES - sizeof(fence_mark));

    if (len == FENCE_BYTES && !memcmp(payload, fence_mark, sizeof(fence_mark)))
        rfb_flow_answered(flow, wire_get_u32(&in), rfb_server_now(c->server));
    else
        flow->answers = true; /* of the greeting */
    rfb_server_want_flush(c->server);
}

/* Behind an update, with whose bytes it goes. */
static void put_fence(struct rfb_viewer *c)
{
    struct buf payload = BUF_INIT;
    uint32_t id;

    if (!rfb_flow_fence(&c->sending.flow, rfb_server_now(c->server), &id))
        return;
    buf_append(&payload, fence_mark, sizeof(fence_mark));
    wire_put_u32(&payload, id);
    rfb_put_server_fence(&c->sending.out, RFB_FENCE_REQUEST | RFB_FENCE_BLOCK_BEFORE, payload.data,
                         (uint8_t)payload.len);
    buf_finish(&payload);
}

/* ---- One update -------------------------------------------------------------------------------
 */

static void send_out(struct rfb_viewer *c, bool is_end)
{
    struct rfb_sending *s = &c->sending;

    if (is_measured(c)) {
        rfb_flow_sent(&s->flow, s->out.len, rfb_server_now(c->server));
        if (is_end)
            put_fence(c);
    }
    if (s->fd >= 0 && !s->sent)
        io_stream_send_fd(c->stream, s->out.data, s->out.len, s->fd);
    else
        io_stream_send(c->stream, s->out.data, s->out.len);
    s->sent += s->out.len;
    buf_clear(&s->out);
}

/* Bytes with which the update is long enough. */
static size_t limit_of(struct rfb_viewer *c)
{
    struct rfb_flow *flow = &c->sending.flow;

    if (!is_measured(c) || c->sending.only_urgent)
        return c->sending.until_last ? BYTES_MAX : COUNTED_MAX;
    if (c->sending.split)
        return rfb_flow_piece(flow);
    /* Nothing passes an update with facts while it is on its way. */
    return (size_t)MAX(rfb_flow_rate(flow) * WHOLE_SECONDS, UPDATE_LEAST);
}

static bool begin(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;

    s->rects = 0;
    s->sent = 0;
    s->until_last = s->cut = s->whole = false;
    if (!has_parts(s))
        s->part_count = s->next_part = 0;
    rfb_put_update_header(&s->out, RFB_RECTS_UNTIL_LAST);
    if (all_apart(s))
        rfb_viewer_begin_update(c);
    s->open = s->rects ||
              (s->only_urgent ? !rect_is_empty(s->urgent) : has_parts(s) || s->pending_count > 0);
    if (!s->open) {
        buf_clear(&s->out);
        return false;
    }
    s->split = is_measured(c) && !s->whole;
    s->until_last = s->until_last && !s->split;
    s->limit = limit_of(c);
    s->requested = c->requested;
    s->request_area = c->request_area;
    c->requested = false;
    return true;
}

/* The update came to nothing: what was asked for is still to come. */
static void take_back_request(struct rfb_viewer *c)
{
    struct rect *area = &c->request_area;

    *area = c->requested ? rect_union(*area, c->sending.request_area) : c->sending.request_area;
    c->requested = true;
}

static void end(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;

    s->open = false;
    if (s->cut)
        s->part_count = s->next_part = 0;
    if (s->until_last)
        rfb_put_last_rect(&s->out);
    else
        rfb_patch_update_count(&s->out, 0, (uint16_t)s->rects);
    if (s->rects) {
        send_out(c, true);
    } else if (s->requested) {
        take_back_request(c);
    }
    buf_clear(&s->out);
    s->fd = -1;
    if (s->later.len)
        io_stream_send(c->stream, s->later.data, s->later.len);
    buf_finish(&s->later);
    if (s->rects)
        rfb_viewer_offer_power(c);
    rfb_viewer_clipboard_flush(c);
}

static bool is_full(const struct rfb_sending *s)
{
    return s->cut || s->sent + s->out.len >= s->limit ||
           (!s->until_last && s->rects >= RFB_RECTS_UNTIL_LAST / 2);
}

static void put_strip(struct rfb_viewer *c, const struct rfb_strip *strip)
{
    struct rfb_sending *s = &c->sending;

    buf_append(&s->out, strip->out.data, strip->out.len);
    c->server->strips.holds = c->server->strips.holds || strip->out.len > MUCH;
    s->rects += strip->rects;
    if (strip->rects)
        rfb_owed_sent(&c->owed, strip->at);
    else
        rfb_viewer_film_failed(c, strip->at);
    for (size_t i = 0; i < strip->lossy_count; i++)
        rfb_owed_sent_lossy(&c->owed, strip->lossy[i]);
}

/* The network is behind: it says when it has everything. */
static bool is_queued(const struct rfb_viewer *c)
{
    return io_stream_queued(c->stream) >= QUEUED_MAX;
}

/* Takes over what the next strips have become, in their order. */
static void collect(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;

    while (s->pending_count && rfb_strip_is_done(s->pending[0].strip) && !is_queued(c)) {
        struct rfb_strip *strip = s->pending[0].strip;

        if (s->split && !s->cut && is_full(s) && all_apart(s))
            return;
        if (s->pending[0].part.lossy && strip->at.w * strip->at.h >= RFB_URGENT)
            s->is_jpeg = strip->lossy_count;
        if (strip->lossy_count && !s->pending[0].part.film)
            rfb_quality_sent(&s->learned, s->pending[0].part.level,
                             (size_t)strip->at.w * (size_t)strip->at.h, strip->out.len);
        put_strip(c, strip);
        rfb_strip_unref(unqueue(s, 0));
        if (s->until_last && s->out.len >= PIECE)
            send_out(c, false);
    }
    if (c->owed.move_count && !s->pending_count)
        rfb_viewer_put_moves(c);
}

static struct rfb_strip *get_strip(struct rfb_viewer *c, const struct rfb_part *part, bool apart)
{
    struct rfb_sending *s = &c->sending;
    struct rfb_encode_settings settings = c->settings;
    struct rfb_strip_wish wish = {part->at,   c->wants.codec,
                                  &settings,  s->small || s->at_once || part->urgent,
                                  s->by_many, apart};

    if (part->film)
        wish = (struct rfb_strip_wish){
            part->at, rfb_codec_index(RFB_OPEN_H264), &settings, false, false, false};
    settings.quality = part->film    ? MIN(c->wants.quality, (int)RFB_FILM_QUALITY)
                       : part->lossy ? s->quality
                                     : 0;
    settings.path_bytes = (uint64_t)rfb_flow_rate(&s->flow);
    settings.subsampling = s->subsampling;
    return rfb_strip_get(&c->server->strips, c->streams, &wish);
}

/* Has the next part encoded. False: not now. */
static bool encode_part(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    struct rfb_part part = s->parts[s->next_part];

    if (c->streams->busy || c->owed.move_count) /* pixels come after the moves */
        return false;
    s->next_part++;
    if (!rfb_viewer_take_part(c, &part))
        return true;
    part.level = s->level;
    s->pending[s->pending_count].part = part;
    s->pending[s->pending_count++].strip = get_strip(c, &part, s->by_threads);
    return true;
}

/* Encodes what there is room for; of what may wait for the next update a little more. */
static void fill(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    bool ahead = s->split && s->by_threads;

    collect(c);
    while (has_parts(s) && s->pending_count < RFB_SENDING_STRIPS && !s->cut && !is_queued(c) &&
           (ahead || !is_full(s)) && encode_part(c))
        collect(c);
}

/* Whether pixels there may come before what is pending. A film refers only to itself. */
static bool may_pass(const struct rfb_viewer *c, struct rect r)
{
    const struct rfb_sending *s = &c->sending;

    for (unsigned i = 0; i < s->pending_count; i++)
        if (s->pending[i].strip->streams &&
            (!s->pending[i].part.film || !rect_is_empty(rect_intersect(s->pending[i].part.at, r))))
            return false;
    return (s->split || s->only_urgent) && !c->owed.move_count;
}

/*
 * A small change passes what is being encoded, as far as nothing refers to that, and what it
 * paints over is encoded anew: otherwise older pixels would come after newer ones. True: it is in
 * the update, which is to be sent at once.
 */
static bool pass(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    struct rect urgent = s->urgent, passed = {0};
    size_t n;

    if (rect_is_empty(s->urgent) || s->cut)
        return false;
    n = rfb_viewer_plan_urgent(c);
    if (!may_pass(c, urgent))
        return false;
    for (; n; n--) {
        struct rfb_part part = s->parts[s->next_part];
        struct rfb_strip *strip = get_strip(c, &part, s->pending_count || s->by_threads);

        if (!strip)
            break;
        if (!rfb_strip_is_done(strip)) { /* another viewer's, in a thread */
            rfb_strip_unref(strip);
            break;
        }
        s->next_part++;
        if (rfb_viewer_take_part(c, &part))
            put_strip(c, strip);
        rfb_strip_unref(strip);
        passed = rect_union(passed, part.at);
    }
    for (unsigned i = s->pending_count; i-- > 0;)
        if (!rect_is_empty(rect_intersect(s->pending[i].part.at, passed)))
            drop(c, i);
    return !rect_is_empty(passed);
}

/* Whether more comes into this update. */
static bool must_wait(const struct rfb_viewer *c)
{
    const struct rfb_sending *s = &c->sending;
    bool more = has_parts(s) && !is_full(s);

    if (!s->split || s->cut)
        return s->pending_count || more;
    if (!all_apart(s))
        return true;
    more = more || (s->pending_count && !is_full(s));
    /* As long as the viewer has enough to do. */
    return more && (!s->rects || s->flow.sent != s->flow.delivered);
}

void rfb_viewer_update(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    bool passed;

    if (!rfb_viewer_is_in(c))
        return;
    if (!s->open && (!may_begin(c) || !begin(c)))
        return;
    passed = pass(c);
    if (!s->only_urgent)
        fill(c);
    if (!passed && !s->only_urgent && must_wait(c))
        return; /* a thread will say when it is done */
    end(c);
    /* More may be owed: the rest of a frame, or pixels after a new size. And the others may have
       waited for this frame's end (rfb_viewer_begin_update). */
    if ((s->rects || !rfb_viewer_is_busy(c)) &&
        (may_begin(c) || pixman_region32_not_empty(&c->server->unread)))
        rfb_server_want_flush(c->server);
}
