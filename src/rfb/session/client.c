/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client session: its life, the loop over the server's bytes, and the messages other than
 * FramebufferUpdate (client_update.c, client_pseudo.c). The handshake is client_handshake.c, input
 * client_input.c.
 */
#include "rfb/session/client.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "rfb/enc/h264.h"
#include "rfb/msg/client.h"
#include "rfb/session/client_private.h"

#include <stdlib.h>
#include <string.h>

enum { SKIP_MAX = 64 << 20 }; /* bytes of a message that we throw away: a clipboard's */

struct rfb_client_session *rfb_client_session_create(const struct rfb_client_options *options,
                                                     const struct rfb_client_session_ops *ops,
                                                     void *owner)
{
    struct rfb_client_session *s = mem_new0(struct rfb_client_session);

    s->options = *options;
    s->ops = ops;
    s->owner = owner;
    s->out = BUF_INIT;
    rfb_client_session_take_security(s, options->security, options->security_count, NULL);
    return s;
}

void rfb_client_session_destroy(struct rfb_client_session *s)
{
    if (!s)
        return;
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        rfb_codecs[i].decoder->destroy(s->states[i]);
    client_security_finish(s);
    surface_unref(s->screen);
    buf_finish(&s->out);
    buf_finish(&s->clipboard.message);
    free(s);
}

void rfb_client_session_prefer(struct rfb_client_session *s, int32_t encoding)
{
    s->options.preferred = encoding;
}

void rfb_client_session_hear_recording(struct rfb_client_session *s)
{
    s->recorded = true;
}

void rfb_client_session_watch(struct rfb_client_session *s)
{
    s->options.watch = true;
}

void rfb_client_session_only(struct rfb_client_session *s, int32_t encoding)
{
    s->options.preferred = encoding;
    s->only_preferred = true;
}

void rfb_client_session_set_quality(struct rfb_client_session *s, unsigned quality,
                                    unsigned compression)
{
    bool sharpens = s->options.quality && !quality;

    s->options.quality = MIN_OF(quality, 9u);
    s->options.compression = MIN_OF(compression, 9u);
    if (!(s->abilities & RFB_CAN_UPDATE))
        return;
    client_send_encodings(s);
    if (sharpens) /* what was sent with losses stays so until the server is asked again */
        client_request(s, false);
}

void rfb_client_session_take_security(struct rfb_client_session *s,
                                      const struct rfb_security_offer *security, size_t count,
                                      const char *hint)
{
    static const struct rfb_security_offer none[] = {{&rfb_security_none_client, NULL}};

    s->takes_count = count ? MIN_OF(count, (size_t)RFB_CLIENT_SECURITY_MAX) : ARRAY_LEN(none);
    memcpy(s->takes, count ? security : none, s->takes_count * sizeof(*s->takes));
    s->takes_hint = hint;
}

void rfb_client_session_treat_as_remote(struct rfb_client_session *s)
{
    s->options.local = false;
}

void rfb_client_session_stop(struct rfb_client_session *s)
{
    s->stopped = true;
}

struct buf *rfb_client_session_output(struct rfb_client_session *s)
{
    return &s->out;
}

bool rfb_client_session_in_update(const struct rfb_client_session *s)
{
    return s->step >= STEP_RECT && s->step <= STEP_WINDOWS;
}

uint32_t rfb_client_session_abilities(const struct rfb_client_session *s)
{
    return s->abilities;
}

uint64_t rfb_client_session_drawn(const struct rfb_client_session *s, int32_t encoding)
{
    int codec = rfb_codec_index(encoding);

    return codec < 0 ? 0 : s->drawn[codec];
}

struct surface *rfb_client_session_screen(const struct rfb_client_session *s)
{
    return s->screen;
}

/* ---- The screen ---- */

void client_set_screen(struct rfb_client_session *s, struct surface *screen)
{
    struct surface *old = s->screen;

    s->screen = screen;
    if (screen)
        s->ops->screen(s->owner, screen);
    surface_unref(old);
}

int client_set_size(struct rfb_client_session *s, uint32_t width, uint32_t height, struct err *err)
{
    struct surface *screen;

    if (!width || !height)
        return 0; /* no screen yet, or an extension's greeting: what there is stays */
    if (width > RECT_SIZE_MAX || height > RECT_SIZE_MAX ||
        (uint64_t)width * height > RFB_CLIENT_AREA_MAX)
        return err_set(err, "the server's screen is %ux%u, too large to show", width, height);
    if (s->screen && s->screen->width == width && s->screen->height == height &&
        !(s->abilities & RFB_IS_SHARED))
        return 0;
    screen = s->ops->make_surface ? s->ops->make_surface(s->owner, width, height)
                                  : surface_create(width, height);
    /* Until the server has drawn it anew; a shared screen is about to be followed by another. */
    if (s->screen && !s->kept_picture &&
        (!(s->abilities & RFB_IS_SHARED) || s->screen->width == width)) {
        surface_copy(screen, s->screen, surface_bounds(screen));
        s->kept_picture = true;
    }
    s->abilities &= ~(uint32_t)RFB_IS_SHARED;
    client_set_screen(s, screen);
    s->resized = true;
    return 0;
}

void client_set_name(struct rfb_client_session *s, const uint8_t *text, size_t len)
{
    char *name = mem_alloc0(len + 1, 1);

    utf8_sanitize(text, len, name, len + 1);
    s->ops->name(s->owner, name);
    free(name);
}

/* ---- What we ask for ---- */

static const int32_t listed[] = {
    RFB_LAST_RECT,
    RFB_DESKTOP_SIZE,
    RFB_EXTENDED_DESKTOP_SIZE,
    RFB_CURSOR_WITH_ALPHA,
    RFB_VMWARE_CURSOR,
    RFB_CURSOR,
    RFB_POINTER_POS,
    RFB_QEMU_POINTER_MOTION,
    RFB_QEMU_EXTENDED_KEY,
    RFB_QEMU_LED_STATE,
    RFB_VMWARE_CURSOR_POSITION,
    RFB_EXTENDED_MOUSE_BUTTONS,
    RFB_DESKTOP_NAME,
    RFB_XVP,
    RFB_FENCE,
    RFB_CONTINUOUS_UPDATES,
};

static const int32_t listed_clipboard[] = {RFB_EXTENDED_CLIPBOARD};
static const int32_t listed_audio[] = {RFB_QEMU_AUDIO};
static const int32_t listed_windows[] = {RFB_WINDOWS};
static const int32_t listed_local[] = {RFB_SHARED_SURFACE, RFB_SHARED_DAMAGE};

/*
 * neatvnc reads 32 at most, and takes what follows for the next message. So what no server has
 * without having something better of the list comes last, and only as far as there is room. JPEG,
 * H.264 and two levels come and go while connected; their room is kept, so that the rest stays as
 * it is.
 */
enum { LISTED_MAX = 32, LISTED_LATER = 4 };

static const int32_t listed_last[] = {RFB_TIGHT_PNG, RFB_X_CURSOR, RFB_RRE, RFB_VMWARE_LED_STATE,
                                      RFB_TRLE};

static bool is_among(int32_t encoding, const int32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == encoding)
            return true;
    return false;
}

/* JPEG and H.264 lose something always: they are for those who asked for a quality. Raw goes
   without saying. */
static bool is_listed_codec(int32_t encoding, int32_t first)
{
    return encoding != first && encoding != RFB_RAW && encoding != RFB_JPEG &&
           encoding != RFB_OPEN_H264 && !is_among(encoding, listed_last, ARRAY_LEN(listed_last));
}

static size_t list_encodings(const struct rfb_client_session *s, bool lossy, int32_t *to)
{
    int32_t first = s->options.preferred;
    size_t n = 0;

    if (first == RFB_COPY_RECT && s->options.local && !s->only_preferred) /* no wire to spare */
        first = RFB_RAW;
    to[n++] = first;
    for (int i = 0; i < RFB_CODEC_COUNT && !s->only_preferred; i++)
        if (is_listed_codec(rfb_codecs[i].encoding, first))
            to[n++] = rfb_codecs[i].encoding;
    for (size_t i = 0; i < ARRAY_LEN(listed); i++)
        to[n++] = listed[i];
    for (size_t i = 0; s->options.clipboard && i < ARRAY_LEN(listed_clipboard); i++)
        to[n++] = listed_clipboard[i];
    for (size_t i = 0; s->options.audio && i < ARRAY_LEN(listed_audio); i++)
        to[n++] = listed_audio[i];
    for (size_t i = 0; s->options.windows && i < ARRAY_LEN(listed_windows); i++)
        to[n++] = listed_windows[i];
    if (s->options.windows && s->options.watch)
        to[n++] = RFB_WINDOWS_WATCH;
    for (size_t i = 0; s->options.local && i < ARRAY_LEN(listed_local); i++)
        to[n++] = listed_local[i];
    for (size_t i = 0; i < ARRAY_LEN(listed_last) && n + LISTED_LATER < LISTED_MAX; i++)
        if (listed_last[i] != first && (!s->only_preferred || rfb_codec_index(listed_last[i]) < 0))
            to[n++] = listed_last[i];
    if (lossy && !s->only_preferred && first != RFB_JPEG)
        to[n++] = RFB_JPEG;
    if (lossy && !s->only_preferred && rfb_h264_decodes())
        to[n++] = RFB_OPEN_H264;
    return n;
}

_Static_assert(ARRAY_LEN(listed) + ARRAY_LEN(listed_clipboard) + ARRAY_LEN(listed_audio) +
                       ARRAY_LEN(listed_windows) + 1 + ARRAY_LEN(listed_local) + 1 +
                       RFB_CODEC_COUNT - 6 + LISTED_LATER <=
                   LISTED_MAX,
               "all but the last fit: the codecs without Raw, JPEG, H.264 and those of the last");

/* Levels are no encodings of rectangles, so they are not among those. */
void client_send_encodings(struct rfb_client_session *s)
{
    int32_t encodings[LISTED_MAX];
    size_t n;

    n = list_encodings(s, s->options.quality > 0, encodings);
    s->listed_lossy = s->listed_lossy || s->options.quality;
    if (s->options.quality)
        encodings[n++] = RFB_JPEG_QUALITY_0 + (int32_t)s->options.quality;
    if (s->options.compression)
        encodings[n++] = RFB_COMPRESSION_0 + (int32_t)s->options.compression;
    rfb_put_set_encodings(&s->out, encodings, n);
}

bool client_listed(const struct rfb_client_session *s, int32_t encoding)
{
    int32_t encodings[LISTED_MAX];
    size_t n = list_encodings(s, s->listed_lossy, encodings);

    /* What there was no room for is welcome all the same. */
    return encoding == RFB_RAW || is_among(encoding, encodings, n) ||
           (!s->only_preferred && is_among(encoding, listed_last, ARRAY_LEN(listed_last)));
}

static struct rect whole_screen(const struct rfb_client_session *s)
{
    return s->screen ? surface_bounds(s->screen) : (struct rect){0};
}

void client_request(struct rfb_client_session *s, bool incremental)
{
    if (!incremental || !(s->abilities & RFB_CAN_CONTINUE))
        rfb_put_update_request(&s->out, incremental, whole_screen(s));
}

void client_continue(struct rfb_client_session *s)
{
    if (s->abilities & RFB_CAN_CONTINUE)
        rfb_put_enable_continuous_updates(&s->out, true, whole_screen(s));
}

/* ---- Messages ---- */

int client_skip(struct rfb_client_session *s, uint64_t len, struct err *err)
{
    if (len > SKIP_MAX)
        return err_set(err, "a message of %llu bytes is too long", (unsigned long long)len);
    s->skip = len;
    s->step = STEP_SKIP;
    return 1;
}

static int read_message(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t type = wire_get_u8(in);
    uint16_t count;
    int32_t cut;

    if (in->failed)
        return 0;
    switch (type) {
    case RFB_FRAMEBUFFER_UPDATE:
        wire_skip(in, 1);
        count = wire_get_u16(in);
        return in->failed ? 0 : client_begin_update(s, count);
    case RFB_SET_COLOUR_MAP_ENTRIES: /* has no meaning with the true colours that we ask for */
        wire_skip(in, 3);
        count = wire_get_u16(in);
        return in->failed ? 0 : client_skip(s, (uint64_t)count * 6, err);
    case RFB_BELL:
        return 1;
    case RFB_SERVER_CUT_TEXT:
        wire_skip(in, 3);
        cut = wire_get_s32(in);
        return in->failed ? 0 : client_begin_cut_text(s, cut, err);
    case RFB_END_OF_CONTINUOUS_UPDATES: /* the first says that the server knows them */
        if (!(s->abilities & RFB_CAN_CONTINUE)) {
            s->abilities |= RFB_CAN_CONTINUE;
            client_continue(s);
        }
        return 1;
    case RFB_QEMU_SERVER:
        s->step = STEP_QEMU;
        return 1;
    case RFB_SERVER_XVP:
        s->step = STEP_XVP;
        return 1;
    case RFB_SERVER_FENCE:
        s->step = STEP_FENCE;
        return 1;
    default:
        return err_set(err, "the server sent a message of the unknown type %u", type);
    }
}

static int read_skip(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    size_t n = (size_t)MIN_OF((uint64_t)wire_left(in), s->skip);

    (void)err;
    wire_skip(in, n);
    s->skip -= n;
    if (s->skip)
        return 0;
    s->step = STEP_MESSAGE;
    return 1;
}

/* Everything before the fence has been dealt with by now, so it is answered at once. */
static int read_fence(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    const uint32_t known = RFB_FENCE_BLOCK_BEFORE | RFB_FENCE_BLOCK_AFTER | RFB_FENCE_SYNC_NEXT;
    const uint8_t *payload;
    uint32_t flags;
    uint8_t len;

    wire_skip(in, 3);
    flags = wire_get_u32(in);
    len = wire_get_u8(in);
    if (!in->failed && len > RFB_FENCE_MAX)
        return err_set(err, "a fence has a payload of %u bytes, more than %d", len, RFB_FENCE_MAX);
    payload = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    s->step = STEP_MESSAGE;
    if (flags & RFB_FENCE_REQUEST) {
        s->abilities |= RFB_CAN_FENCE;
        rfb_put_client_fence(&s->out, flags & known, payload, len);
    } else if (len == 4) {
        struct wire_reader id = wire_reader_of(payload, len);

        s->ops->fence(s->owner, wire_get_u32(&id));
    }
    return 1;
}

static int read_xvp(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t code;

    (void)err;
    wire_skip(in, 2); /* padding, version */
    code = wire_get_u8(in);
    if (in->failed)
        return 0;
    s->step = STEP_MESSAGE;
    if (code == RFB_XVP_INIT) {
        s->abilities |= RFB_CAN_POWER;
    } else if (s->power_asked) {
        s->power_asked--;
        if (s->ops->power_refused)
            s->ops->power_refused(s->owner);
    }
    return 1;
}

static int read_nothing(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)s, (void)in;
    return err_set(err, "the connection is over already");
}

static const client_step_fn client_steps[STEP_COUNT] = {
    [STEP_VERSION] = client_read_version,
    [STEP_SECURITY_33] = client_read_security_33,
    [STEP_SECURITY_LIST] = client_read_security_list,
    [STEP_AUTH] = client_read_auth,
    [STEP_RESULT] = client_read_result,
    [STEP_REASON] = client_read_reason,
    [STEP_INIT] = client_read_init,
    [STEP_MESSAGE] = read_message,
    [STEP_SKIP] = read_skip,
    [STEP_FENCE] = read_fence,
    [STEP_XVP] = read_xvp,
    [STEP_QEMU] = client_read_qemu,
    [STEP_AUDIO] = client_read_audio,
    [STEP_CUT_TEXT] = client_read_cut_text,
    [STEP_RECT] = client_read_rect,
    [STEP_PIXELS] = client_read_pixels,
    [STEP_PSEUDO] = client_read_pseudo,
    [STEP_WINDOWS] = client_read_windows,
    [STEP_BROKEN] = read_nothing,
};

int rfb_client_session_feed(struct rfb_client_session *s, const uint8_t *data, size_t len,
                            size_t *used, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len), before;
    int answer = 0;

    *used = 0;
    s->kept_picture = s->layered = false;
    while (!s->stopped) {
        before = in;
        answer = client_steps[s->step](s, &in, err);
        if (in.failed)
            in = before;
        if (s->layered)
            in.end = in.at;
        if (answer <= 0)
            break;
    }
    if (answer < 0) {
        s->step = STEP_BROKEN;
        return -1;
    }
    *used = len ? (size_t)(in.at - data) : 0;
    if (!*used && len >= RFB_CLIENT_INPUT_MAX) { /* a limit further in has been forgotten */
        s->step = STEP_BROKEN;
        return err_set(err, "the server sent a field that is too long");
    }
    return 0;
}
