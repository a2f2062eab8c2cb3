/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has not been let in yet: what each may cost in memory and in time, how many there may be, and
 * that they are nobody else's business (docs/security.md, "Budgets").
 */
#include "check.h"
#include "heap.h"
#include "rfb_rig.h"

#include "base/arith.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/rsa_aes.h"
#include "rfb/auth/tls.h"

#include <stdlib.h>
#include <time.h>

enum {
    BUDGET = 256 << 10, /* bytes of heap, whatever the security type */
    LEFT_BEHIND = 96 << 10,
};

static int64_t wall; /* the server's clock, microseconds */

static int64_t clock_now(void *data)
{
    (void)data;
    return wall;
}

static uint64_t now_ms(void)
{
    return 1;
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"ada", "geheim"}, now_ms, &brake};
static struct rfb_rsa_aes_server rsa = {NULL, &account, true};

static int connect_to(struct rfb_server *server, const struct rfb_security *type,
                      const void *config, const struct buf *says)
{
    struct rfb_security_offer offer = {type, config};
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    rfb_server_accept_secured(server, fds[1], &offer, 1);
    if (says->len)
        send(fds[0], says->data, says->len, MSG_NOSIGNAL);
    settle();
    return fds[0];
}

static bool is_closed(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        ;
    return n == 0 || errno != EAGAIN;
}

static void chooses(struct buf *out, const struct rfb_security *type)
{
    buf_append(out, "RFB 003.008\n", 12);
    wire_put_u8(out, (uint8_t)type->type);
}

static void says_nothing(struct buf *out, const struct rfb_security *type)
{
    (void)out, (void)type;
}

static void half_an_answer(struct buf *out, const struct rfb_security *type)
{
    chooses(out, type);
    memset(buf_extend(out, 15), 0, 15);
}

static void a_record_of_tls_without_an_end(struct buf *out, const struct rfb_security *type)
{
    chooses(out, type);
    wire_put_u8(out, 22);
    wire_put_u16(out, 0x0301);
    wire_put_u16(out, 16384);
    memset(buf_extend(out, 16000), 1, 16000);
}

static void hello_of_tls(struct buf *out, const struct rfb_security *type)
{
    struct rfb_security_asks asks = {.host = "host.example"};
    struct rfb_security_layer tls;
    struct err err;

    chooses(out, type);
    rfb_tls_client_layer(NULL, &asks, NULL, &tls);
    CHECK_INT(tls.ops->send(tls.layer, NULL, 0, out, &err), 0);
    tls.ops->destroy(tls.layer);
}

/* A key of 8192 bits with the longest exponent, and what is sealed with ours. */
static void the_longest_key(struct buf *out, const struct rfb_security *type)
{
    chooses(out, type);
    wire_put_u32(out, 8192);
    memset(buf_extend(out, 1024), 0xff, 1024);
    memset(buf_extend(out, 1016), 0, 1016);
    memset(buf_extend(out, 8), 0xff, 8);
    wire_put_u16(out, 256);
    memset(buf_extend(out, 256), 0x11, 256);
}

static void a_public_value(struct buf *out, const struct rfb_security *type)
{
    chooses(out, type);
    memset(buf_extend(out, 128 + 256), 0x37, 128 + 256);
}

static const struct {
    const char *name;
    const struct rfb_security *type;
    const void *config;
    void (*compose)(struct buf *out, const struct rfb_security *type);
} strangers[] = {
    {"nothing", &rfb_security_vnc_auth, &account, says_nothing},
    {"half an answer", &rfb_security_vnc_auth, &account, half_an_answer},
    {"a TLS record without an end", &rfb_security_anon_tls, &account,
     a_record_of_tls_without_an_end},
    {"TLS's hello", &rfb_security_anon_tls, &account, hello_of_tls},
    {"the longest RSA key", &rfb_security_ra2_256, &rsa, the_longest_key},
    {"a Diffie-Hellman value", &rfb_security_apple_dh, &account, a_public_value},
};

static int64_t processor_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void check_stranger(size_t index)
{
    struct rig r;
    struct buf says = BUF_INIT;
    int fds[RFB_SERVER_STRANGERS_MAX];
    size_t without = heap_now(), before, each;
    int64_t begin;

    rig_start(&r);
    strangers[index].compose(&says, strangers[index].type);
    close(connect_to(r.server, strangers[index].type, strangers[index].config, &says));
    settle(); /* what libraries make once is made */
    before = heap_now();
    begin = processor_us();
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = connect_to(r.server, strangers[index].type, strangers[index].config, &says);
    each = (heap_now() - before) / ARRAY_LEN(fds);
    printf("a stranger who says %-28s %4zu KiB of %d, %5.2f ms\n", strangers[index].name,
           each >> 10, BUDGET >> 10, (double)(processor_us() - begin) / 1000 / ARRAY_LEN(fds));
    CHECK(each <= BUDGET);
    CHECK(rig_serves(&r, &r.calm));
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    buf_finish(&says);
    rig_stop(&r);
    CHECK(index == 0 || heap_now() <= without + LEFT_BEHIND);
}

/* The oldest in their handshake make room, who is in stays, and who is quick gets in. */
static void check_many_strangers(void)
{
    enum { MANY = 200 };
    struct rig r;
    struct buf nothing = BUF_INIT;
    struct viewer v;
    int fds[MANY], closed = 0;

    rig_start(&r);
    for (int i = 0; i < MANY; i++)
        fds[i] = connect_to(r.server, &rfb_security_vnc_auth, &account, &nothing);
    CHECK_INT(rfb_server_client_count(r.server), RFB_SERVER_STRANGERS_MAX + 1);
    CHECK(is_closed(fds[0]) && !is_closed(fds[MANY - 1]));
    v = viewer_new(r.server);
    CHECK(rig_serves(&r, &v));
    CHECK(rig_serves(&r, &r.calm));
    for (int i = 0; i < MANY; i++) {
        closed += is_closed(fds[i]);
        close(fds[i]);
    }
    CHECK_INT(closed, MANY - RFB_SERVER_STRANGERS_MAX + 1);
    viewer_finish(&v);
    rig_stop(&r);
}

/* Costly handshakes are stopped, and only they; time brings them back. */
static void check_time_of_strangers(void)
{
    struct rig r;
    struct buf says = BUF_INIT;
    int64_t begin;
    struct viewer v;
    int fd = -1, tries = 0;

    rig_start(&r);
    rfb_server_set_clock(r.server, clock_now, NULL);
    the_longest_key(&says, &rfb_security_ra2_256);
    begin = processor_us();
    for (bool away = false; !away && tries < 100000; tries++) {
        fd = connect_to(r.server, &rfb_security_ra2_256, &rsa, &says);
        away = rfb_server_client_count(r.server) == 1 && is_closed(fd) && tries &&
               processor_us() - begin > RFB_SERVER_STRANGERS_US;
        close(fd);
        settle();
    }
    printf("%d handshakes, then no more\n", tries);
    CHECK(tries < 100000);
    v = viewer_new(r.server); /* without a password, as on this host */
    viewer_finish(&v);
    CHECK(rig_serves(&r, &r.calm));
    wall += 2 * G_USEC_PER_SEC;
    buf_clear(&says);
    fd = connect_to(r.server, &rfb_security_vnc_auth, &account, &says);
    CHECK(!is_closed(fd));
    close(fd);
    buf_finish(&says);
    rig_stop(&r);
}

int main(void)
{
    struct rfb_rsa_key *key = rfb_rsa_key_generate(2048);

    setvbuf(stdout, NULL, _IOLBF, 0);
    rsa.key = key;
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
        check_stranger(i);
    check_many_strangers();
    check_time_of_strangers();
    rfb_rsa_key_destroy(key);
    return check_result();
}
