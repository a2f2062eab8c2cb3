/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types, our client's end against our server's: each in every version, cut and stopped at
 * every byte.
 */
#include "check.h"
#include "rfb_wire.h"

#include "base/arith.h"
#include "rfb/auth/account.h"

/* ---- A type that puts a layer on the stream ---------------------------------------------------
 * Both say "Y", then everything is xored; through that the server says "yes".
 */

static int xors;

static int xor_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                       struct buf *plain, struct buf *wire, struct err *err)
{
    uint8_t *to = buf_extend(plain, len);

    (void)wire, (void)err;
    for (size_t i = 0; i < len; i++)
        to[i] = bytes[i] ^ *(uint8_t *)layer;
    *used = len;
    return 0;
}

static int xor_send(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err)
{
    size_t used;

    return len ? xor_receive(layer, data, len, &used, wire, NULL, err) : 0;
}

static void xor_destroy(void *layer)
{
    xors--;
    free(layer);
}

static const struct layer_ops xor_ops = {xor_receive, xor_send, xor_destroy};

struct toy {
    unsigned step;
};

static void *toy_create(const void *config)
{
    (void)config;
    return mem_new0(struct toy);
}

static void toy_take_layer(void *state, struct rfb_security_layer *layer)
{
    (void)state;
    xors++;
    *layer = (struct rfb_security_layer){&xor_ops, mem_dup("\x5a", 1)};
}

static enum rfb_security_answer toy_server(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    (void)err;
    if (t->step == 1) {
        buf_append(out, "yes", 3);
        return RFB_SECURITY_PASSED;
    }
    if (!len)
        return RFB_SECURITY_NEEDS_MORE;
    *used = 1;
    t->step++;
    buf_append(out, "Y", 1);
    return data[0] == 'Y' ? RFB_SECURITY_LAYER : RFB_SECURITY_REFUSED;
}

static enum rfb_security_answer toy_client(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    if (!t->step++)
        buf_append(out, "Y", 1);
    if (t->step < 3 && len && data[0] == 'Y') {
        t->step = 3;
        *used = 1;
        return RFB_SECURITY_LAYER;
    }
    if (t->step < 3)
        t->step = 1;
    else if (len >= 3) {
        *used = 3;
        if (!memcmp(data, "yes", 3))
            return RFB_SECURITY_PASSED;
        err_set(err, "that was no yes");
        return RFB_SECURITY_REFUSED;
    }
    return RFB_SECURITY_NEEDS_MORE;
}

static const struct rfb_security toy_security = {(enum rfb_security_type)77, toy_create, toy_server,
                                                 free, toy_take_layer};
static const struct rfb_security toy_security_client = {(enum rfb_security_type)77, toy_create,
                                                        toy_client, free, toy_take_layer};

/* ---- Who comes, and who is let in -------------------------------------------------------------
 */

static uint64_t the_time;

static uint64_t now_ms(void)
{
    return the_time;
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"kim", "s3cr3t!"}, now_ms, &brake};
static const struct rfb_account account_of_8 = {{"kim", "12345678"}, now_ms, &brake};

static int answer(void *owner, bool user, struct rfb_credentials *credentials, struct err *err)
{
    const struct rfb_credentials *known = owner;

    (void)user;
    if (!known)
        return err_set(err, "there is nobody to ask");
    *credentials = *known;
    return 0;
}

static struct rfb_credentials kim = {"kim", "s3cr3t!"}, kim_of_8 = {"kim", "12345678"},
                              kim_wrong = {"kim", "s3cr3t"}, kim_long = {"kim", "123456789"};

static const struct rfb_security_asks right = {&kim, NULL, answer, NULL},
                                      right_of_8 = {&kim_of_8, NULL, answer, NULL},
                                      wrong = {&kim_wrong, NULL, answer, NULL},
                                      too_long = {&kim_long, NULL, answer, NULL},
                                      nobody = {NULL, NULL, answer, NULL};

/* ---- Every type ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct rfb_security_offer offers[1], takes[1];
} types[] = {
    {"None", {{&rfb_security_none, NULL}}, {{&rfb_security_none_client, NULL}}},
    {"VncAuth", {{&rfb_security_vnc_auth, &account}}, {{&rfb_security_vnc_auth_client, &right}}},
    {"VncAuth, all eight characters",
     {{&rfb_security_vnc_auth, &account_of_8}},
     {{&rfb_security_vnc_auth_client, &right_of_8}}},
    {"a toy with a layer", {{&toy_security, NULL}}, {{&toy_security_client, NULL}}},
};

static void check_pieces(size_t type)
{
    struct wire w;
    size_t whole = 0;

    for (size_t piece = 1; piece <= 64; piece++) {
        wire_begin(&w, types[type].offers, 1, types[type].takes, 1);
        whole = wire_run(&w, piece, SIZE_MAX);
        if (w.server.inits != 1 || w.client.connects != 1)
            fprintf(stderr, "%s in pieces of %zu: %s, %s\n", types[type].name, piece,
                    w.server.err.text, w.client.err.text);
        CHECK_INT(w.server.inits, 1);
        CHECK_INT(w.client.connects, 1);
        CHECK(!w.server.over && !w.client.over);
        wire_finish(&w);
    }
    for (size_t limit = 0; limit < whole; limit++) { /* the wire is cut for good */
        wire_begin(&w, types[type].offers, 1, types[type].takes, 1);
        CHECK_INT(wire_run(&w, SIZE_MAX, limit), limit);
        wire_finish(&w);
    }
    CHECK_INT(xors, 0);
}

static void check_refused(const char *what, struct rfb_security_offer offer,
                          struct rfb_security_offer take, const char *server_says,
                          const char *client_says)
{
    struct wire w;

    wire_begin(&w, &offer, 1, &take, 1);
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    if (w.server.inits)
        fprintf(stderr, "%s was let in\n", what);
    CHECK_INT(w.server.inits, 0);
    CHECK_STR(w.server.err.text, server_says);
    CHECK_STR(w.client.err.text, client_says);
    wire_finish(&w);
}

static void check_wrong(void)
{
    struct rfb_security_offer offer = {&rfb_security_vnc_auth, &account};

    check_refused("a wrong password", offer,
                  (struct rfb_security_offer){&rfb_security_vnc_auth_client, &wrong},
                  "Authentication failed",
                  "the server refused the connection: Authentication failed");
    check_refused("a long password", offer,
                  (struct rfb_security_offer){&rfb_security_vnc_auth_client, &too_long}, "",
                  "the server asks for VNC Authentication, which knows passwords of at most 8 "
                  "characters, and yours has 9; if the server cut it, give the first 8");
    check_refused("nobody", offer,
                  (struct rfb_security_offer){&rfb_security_vnc_auth_client, &nobody}, "",
                  "there is nobody to ask");
}

/* The same client with the right password, or with a wrong one; what the server says to it. */
static const char *try_at(uint64_t time, bool is_right)
{
    static char says[512];
    struct rfb_security_offer offer = {&rfb_security_vnc_auth, &account};
    struct rfb_security_offer take = {&rfb_security_vnc_auth_client, is_right ? &right : &wrong};
    struct wire w;

    the_time = time;
    wire_begin(&w, &offer, 1, &take, 1);
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    CHECK_INT(w.server.inits, !w.server.over);
    snprintf(says, sizeof(says), "%s", w.server.over ? w.server.err.text : "welcome");
    wire_finish(&w);
    return says;
}

static void check_brake(void)
{
    static const char shut[] = "Too many security failures", failed[] = "Authentication failed";
    uint64_t time = 5000, pause = 1000;

    brake = (struct rfb_brake){0};
    for (int i = 1; i < RFB_ACCOUNT_TRIES; i++)
        CHECK_STR(try_at(time, false), failed);
    CHECK_STR(try_at(time, true), "welcome"); /* which wipes the slate */
    for (int i = 0; i < RFB_ACCOUNT_TRIES; i++)
        CHECK_STR(try_at(time, false), failed);
    for (int i = 0; i < 40; i++) {
        CHECK_STR(try_at(time, true), shut); /* not even the right one */
        CHECK_STR(try_at(time + pause - 1, true), shut);
        time += pause;
        CHECK_STR(try_at(time, false), failed);
        pause = MIN_OF(pause * 2, (uint64_t)RFB_ACCOUNT_SHUT_MAX_MS);
    }
    CHECK_STR(try_at(time + pause, true), "welcome");
    CHECK_STR(try_at(time + pause, false), failed);
    CHECK_STR(try_at(time + pause, true), "welcome");
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        check_pieces(i);
    check_wrong();
    check_brake();
    return check_result();
}
