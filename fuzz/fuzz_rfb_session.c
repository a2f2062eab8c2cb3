/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's end of an RFB connection: all that a viewer can send from its version on. Whatever
 * it is and however it is cut, the same messages come out and the same is answered.
 */
#include "rfb/session/server.h"
#include "rfb/session/wants.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct rfb_server_session *session;
    uint64_t hash; /* of all that came out */
    int rc;
    size_t left; /* bytes that were not consumed */
    struct buf out;
};

static void mix(struct run *run, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;

    for (size_t i = 0; i < len; i++)
        run->hash = (run->hash ^ b[i]) * 0x100000001b3;
}

static void on_init(void *owner, bool shared, struct rfb_server_init *init)
{
    mix(owner, &shared, sizeof(shared));
    *init = (struct rfb_server_init){640, 480, pixel_format_native, "fuzz"};
}

/* Every field that a message points at is read. */
static int on_message(void *owner, const struct rfb_client_msg *msg, struct err *err)
{
    struct run *run = owner;
    struct rfb_client_agreed *agreed = rfb_server_session_agreed(run->session);

    (void)err;
    mix(run, &msg->type, sizeof(msg->type));
    switch (msg->type) {
    case RFB_SET_ENCODINGS: {
        struct rfb_wants wants = rfb_wants_read(&msg->encodings);

        agreed->extended_buttons |= wants.extended_buttons;
        agreed->windows |= wants.windows;
        mix(run, &wants.codec, sizeof(wants.codec));
        break;
    }
    case RFB_CLIENT_CUT_TEXT:
        mix(run, msg->cut_text.text.data, msg->cut_text.text.len);
        break;
    case RFB_CLIENT_WINDOWS:
        mix(run, msg->windows.data, msg->windows.len);
        break;
    case RFB_CLIENT_FENCE:
        mix(run, msg->fence.payload.data, msg->fence.payload.len);
        break;
    case RFB_SET_DESKTOP_SIZE:
        for (unsigned i = 0; i < msg->desktop_size.count; i++) {
            struct rfb_screen screen = rfb_screen_at(msg->desktop_size.wire, i);

            mix(run, &screen.area, sizeof(screen.area));
        }
        break;
    case RFB_POINTER_EVENT:
        mix(run, &msg->pointer, sizeof(msg->pointer));
        break;
    default:
        break;
    }
    return 0;
}

static const struct rfb_server_session_ops ops = {.init = on_init, .message = on_message};

/* Feeds the input with a cut at each of the two positions, from memory of exactly that size. */
static struct run feed(const uint8_t *data, size_t size, size_t cut1, size_t cut2)
{
    static const struct rfb_security_offer offers[] = {{&rfb_security_none, NULL}};
    size_t ends[] = {cut1, cut2, size}, done = 0;
    struct run run = {.hash = 0xcbf29ce484222325};

    run.session = rfb_server_session_create(offers, 1, &ops, &run, &run.out);
    for (int i = 0; i < 3 && run.rc == 0; i++) {
        size_t have = ends[i] - done, used = 0;
        uint8_t *copy = malloc(have ? have : 1);
        struct err err = {""};

        memcpy(copy, data + done, have);
        run.rc = rfb_server_session_feed(run.session, copy, have, &used, &run.out, &err);
        assert(used <= have && (run.rc == 0 || err.text[0]));
        done += used;
        free(copy);
    }
    run.left = run.rc ? 0 : size - done;
    mix(&run, run.out.data, run.out.len);
    rfb_server_session_destroy(run.session);
    buf_finish(&run.out);
    return run;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole = feed(data, size, size, size), cut;
    size_t a = size ? (data[size - 1] * 7u + data[size / 2]) % (size + 1) : 0,
           b = a + (size - a) / 2;

    cut = feed(data, size, a, b);
    assert(cut.hash == whole.hash && cut.rc == whole.rc && cut.left == whole.left);
    return 0;
}
