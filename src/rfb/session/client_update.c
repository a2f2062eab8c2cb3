/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's FramebufferUpdate: headers, and rectangles with pixels. It asks for the next update
 * as soon as one begins, so that the server never waits for a round trip.
 */
#include "rfb/session/client_private.h"

/* All of it has been told; with another size everything is to be drawn anew. */
static int end_update(struct rfb_client_session *s)
{
    s->step = STEP_MESSAGE;
    if (s->resized) {
        s->resized = false;
        client_continue(s);
        client_request(s, false);
    }
    client_settle_clipboard(s); /* an answer to our list would have come before */
    s->ops->update_ended(s->owner);
    return 1;
}

int client_begin_update(struct rfb_client_session *s, uint16_t count)
{
    s->until_last = count == RFB_RECTS_UNTIL_LAST;
    s->rects_left = count;
    client_request(s, true);
    if (!count)
        return end_update(s);
    s->step = STEP_RECT;
    return 1;
}

int client_end_rect(struct rfb_client_session *s)
{
    s->step = STEP_RECT;
    if (s->until_last || --s->rects_left)
        return 1;
    return end_update(s);
}

static int begin_pixels(struct rfb_client_session *s, struct err *err)
{
    const struct rfb_codec *codec = &rfb_codecs[s->codec];

    if (!s->screen || !rect_contains(surface_bounds(s->screen), s->rect))
        return err_set(err, "a %s rectangle at %d,%d %dx%d is not on the screen", codec->name,
                       s->rect.x, s->rect.y, s->rect.w, s->rect.h);
    if (s->abilities & RFB_IS_SHARED)
        return err_set(err, "the server draws into the screen that it shares");
    if (!s->states[s->codec])
        s->states[s->codec] = codec->decoder->create();
    codec->decoder->begin(s->states[s->codec], &s->format, s->screen, s->rect);
    s->step = STEP_PIXELS;
    return 1;
}

int client_read_rect(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct rect r;
    int32_t encoding;

    r.x = wire_get_u16(in);
    r.y = wire_get_u16(in);
    r.w = wire_get_u16(in);
    r.h = wire_get_u16(in);
    encoding = wire_get_s32(in);
    if (in->failed)
        return 0;
    if (!client_listed(s, encoding))
        return err_set(err, "a rectangle has encoding %d, which was not asked for", encoding);
    s->rect = r;
    s->encoding = encoding;
    s->codec = rfb_codec_index(encoding);
    if (encoding == RFB_LAST_RECT) {
        s->until_last = false;
        s->rects_left = 1;
        return client_end_rect(s);
    }
    if (s->codec < 0) {
        s->step = STEP_PSEUDO;
        return 1;
    }
    if (rect_is_empty(r) && encoding == RFB_RAW) /* some servers send these: no pixels, no body */
        return client_end_rect(s);
    if (rect_is_empty(r))
        return err_set(err, "a %s rectangle is empty", rfb_codecs[s->codec].name);
    return begin_pixels(s, err);
}

int client_read_pixels(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    const struct rfb_decoder *decoder = rfb_codecs[s->codec].decoder;
    size_t used;
    enum rfb_decoded decoded =
        decoder->decode(s->states[s->codec], in->at, wire_left(in), &used, err);

    if (decoded == RFB_DECODE_INVALID)
        return -1;
    wire_skip(in, used);
    if (decoded == RFB_DECODE_NEEDS_MORE)
        return 0;
    s->drawn[s->codec]++;
    s->ops->damage(s->owner, s->rect);
    return client_end_rect(s);
}
