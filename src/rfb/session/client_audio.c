/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's audio, by QEMU's messages: samples are handed on as they come. See client.h. */
#include "base/arith.h"
#include "rfb/msg/client.h"
#include "rfb/session/client_private.h"

enum { FRAME = 4 }; /* bytes of what we ask for: 16 bits, two channels */

static const struct pcm_format wanted = {
    .bits = 16, .is_signed = true, .channels = 2, .rate = RFB_CLIENT_AUDIO_RATE};

static void ask(struct rfb_client_session *s)
{
    rfb_put_audio_format(&s->out, &wanted);
    rfb_put_audio_enable(&s->out, true);
}

void client_audio_agreed(struct rfb_client_session *s)
{
    if (s->audio.listens && !(s->abilities & RFB_CAN_AUDIO))
        ask(s);
    s->abilities |= RFB_CAN_AUDIO;
}

static void end(struct rfb_client_session *s)
{
    if (s->audio.is_playing)
        s->ops->audio_end(s->owner);
    s->audio.is_playing = false;
}

void rfb_client_session_listen(struct rfb_client_session *s, bool listens)
{
    if (s->audio.listens == listens || !s->options.audio)
        return;
    s->audio.listens = listens;
    if (!listens)
        end(s);
    if (!(s->abilities & RFB_CAN_AUDIO))
        return;
    if (listens)
        ask(s);
    else
        rfb_put_audio_enable(&s->out, false);
}

int client_read_qemu(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t subtype = wire_get_u8(in);
    uint16_t event = wire_get_u16(in);
    uint32_t len = event == RFB_AUDIO_DATA ? wire_get_u32(in) : 0;

    if (in->failed)
        return 0;
    if (subtype != 1 || event > RFB_AUDIO_DATA || !(s->abilities & RFB_CAN_AUDIO))
        return err_set(err, "the server sent QEMU's message %u with operation %u, unasked", subtype,
                       event);
    if (len % FRAME)
        return err_set(err, "%u bytes of sound are no whole number of samples", len);
    s->step = event == RFB_AUDIO_DATA ? STEP_AUDIO : STEP_MESSAGE;
    s->audio.left = len;
    if (event == RFB_AUDIO_END)
        end(s);
    if (event == RFB_AUDIO_BEGIN && s->audio.listens) {
        end(s);
        s->audio.is_playing = true;
        s->ops->audio_begin(s->owner);
    }
    return 1;
}

/* What is still on its way when we listen no more is thrown away. */
int client_read_audio(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    static const struct pcm_format wire = {.bits = 16, .is_signed = true, .channels = 2, .rate = 1};
    size_t n = MIN_OF(wire_left(in), (size_t)s->audio.left) / FRAME * FRAME;
    struct buf stereo = BUF_INIT;

    (void)err;
    if (!n && s->audio.left)
        return 0;
    pcm_to_stereo(&wire, wire_get_bytes(in, n), n, &stereo);
    s->audio.left -= (uint32_t)n;
    if (n && s->audio.is_playing)
        s->ops->audio_samples(s->owner, (const int16_t *)(void *)stereo.data, n / FRAME);
    buf_finish(&stereo);
    if (s->audio.left)
        return 0;
    s->step = STEP_MESSAGE;
    return 1;
}
