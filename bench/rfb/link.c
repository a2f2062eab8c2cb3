/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: a slow, long wire. Two network devices of ours, and what is sent into one comes out of
 * the other after its time: each direction has a rate, a queue in front of it that drops what does
 * not fit, and a delay. The same as `tc netem` does, on kernels that are built without it.
 *     link MBIT_PER_SECOND ONE_WAY_MS QUEUE_MS DEVICE_A DEVICE_B       it prints "link"
 * The runner gives the devices their addresses and puts one of them into a name space of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, PACKETS = 8192 }; /* a power of two: more than any queue and delay hold */

struct packet {
    int64_t due;
    uint16_t len;
    uint8_t data[PACKET_MAX];
};

struct direction {
    int from, to;
    struct packet *ring;
    uint32_t first, last;
    int64_t free_at; /* when the wire has sent all of before */
};

struct wire {
    double ns_per_byte;
    int64_t delay, queue;
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_device(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request)) {
        fprintf(stderr, "/dev/net/tun: %s\n", strerror(errno));
        exit(1);
    }
    return fd;
}

static void take_in(struct direction *d, const struct wire *wire)
{
    for (;;) {
        struct packet *p = &d->ring[d->last % PACKETS];
        ssize_t n = read(d->from, p->data, sizeof(p->data));
        int64_t now = now_ns();

        if (n <= 0)
            return;
        if (d->free_at < now)
            d->free_at = now;
        if (d->free_at - now > wire->queue || d->last - d->first == PACKETS - 1)
            continue; /* dropped */
        d->free_at += (int64_t)((double)n * wire->ns_per_byte);
        p->due = d->free_at + wire->delay;
        p->len = (uint16_t)n;
        d->last++;
    }
}

/* What a device cannot take is lost, as on any wire. */
static void give_out(struct direction *d)
{
    int64_t now = now_ns();

    for (; d->first != d->last && d->ring[d->first % PACKETS].due <= now; d->first++) {
        struct packet *p = &d->ring[d->first % PACKETS];

        if (write(d->to, p->data, p->len) < 0 && errno == EBADF)
            exit(1);
    }
}

static int64_t next_due(const struct direction *d)
{
    return d->first == d->last ? INT64_MAX : d->ring[d->first % PACKETS].due;
}

static void run(struct direction directions[2], const struct wire *wire)
{
    for (;;) {
        struct pollfd fds[3] = {{.fd = directions[0].from, .events = POLLIN},
                                {.fd = directions[1].from, .events = POLLIN},
                                {.fd = 0, .events = POLLIN}};
        int64_t a = next_due(&directions[0]), b = next_due(&directions[1]), due = a < b ? a : b;
        int64_t left = due - now_ns() > 0 ? due - now_ns() : 0;
        struct timespec wait = {left / 1000000000, left % 1000000000};

        ppoll(fds, 3, due == INT64_MAX ? NULL : &wait, NULL);
        if (fds[2].revents)
            return; /* the runner has ended */
        for (int i = 0; i < 2; i++) {
            take_in(&directions[i], wire);
            give_out(&directions[i]);
        }
    }
}

int main(int argc, char **argv)
{
    struct direction directions[2] = {0};
    struct wire wire;
    int a, b;

    if (argc != 6) {
        fprintf(stderr, "usage: %s MBIT_PER_SECOND ONE_WAY_MS QUEUE_MS DEVICE_A DEVICE_B\n",
                argv[0]);
        return 2;
    }
    wire.ns_per_byte = 8000 / atof(argv[1]);
    wire.delay = (int64_t)(atof(argv[2]) * 1e6);
    wire.queue = (int64_t)(atof(argv[3]) * 1e6);
    a = open_device(argv[4]);
    b = open_device(argv[5]);
    directions[0] =
        (struct direction){.from = a, .to = b, .ring = calloc(PACKETS, sizeof(struct packet))};
    directions[1] =
        (struct direction){.from = b, .to = a, .ring = calloc(PACKETS, sizeof(struct packet))};
    if (!directions[0].ring || !directions[1].ring)
        return 1;
    puts("link");
    fflush(stdout);
    run(directions, &wire);
    free(directions[0].ring);
    free(directions[1].ring);
    return 0;
}
