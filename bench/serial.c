/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What 11 MB of serial output cost: through the filter of what a guest may say to a terminal, by
 * kinds of output, and through the relay with its log to viewers on sockets. Prints the median of
 * the rounds and the quartiles. QEMU and a guest are in bench/serial.py.
 * bench_serial [rounds]
 */
#include "vm/serial.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "io/socket.h"
#include "io/stream.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 11 << 20, ROUNDS_MAX = 100, PIECE = 4096, VIEWERS_MAX = 4 };

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print(const char *what, double *times, int rounds)
{
    qsort(times, (size_t)rounds, sizeof(*times), compare);
    printf("%-34s %7.1f ms  (%.1f–%.1f)  %6.0f MB/s\n", what, 1e3 * times[rounds / 2],
           1e3 * times[rounds / 4], 1e3 * times[3 * rounds / 4], 11 / times[rounds / 2]);
}

/* ---- The filter ---- */

/* 11 MB of a text again and again; NULL: of all bytes at random. */
static uint8_t *make(const char *text)
{
    uint8_t *data = mem_alloc0(SIZE, 1);
    size_t len = text ? strlen(text) : 0;
    uint32_t seed = 1;

    for (size_t i = 0; i < SIZE; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = text ? (uint8_t)text[i % len] : (uint8_t)(seed >> 24);
    }
    return data;
}

static void measure_filter(const char *what, const char *text, int rounds)
{
    uint8_t *data = make(text);
    double times[ROUNDS_MAX];
    struct buf out = BUF_INIT;

    for (int r = 0; r < rounds; r++) {
        double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        struct terminal_filter filter;

        terminal_filter_init(&filter);
        for (size_t i = 0; i < SIZE; i += PIECE) {
            buf_clear(&out);
            terminal_filter_feed(&filter, data + i, PIECE, &out);
        }
        times[r] = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    }
    print(what, times, rounds);
    buf_finish(&out);
    free(data);
}

/* ---- The relay ---- */

struct end {
    struct io_stream *stream;
    size_t got;
};

static size_t count(void *owner, const uint8_t *bytes, size_t len)
{
    (void)bytes;
    ((struct end *)owner)->got += len;
    return len;
}

static void ignore_end(void *owner, const char *reason)
{
    (void)owner, (void)reason;
}

static const struct io_stream_ops ops = {.data = count, .closed = ignore_end};

static void end_init(struct end *e, int fd)
{
    if (fd < 0)
        abort();
    e->got = 0;
    e->stream = io_stream_create(fd, &ops, e);
}

static double one_round(const uint8_t *data, const char *folder, unsigned viewers)
{
    g_autofree char *path = g_build_filename(folder, "serial", NULL);
    g_autofree char *log = g_strconcat(path, ".log", NULL);
    struct end guest, ends[VIEWERS_MAX];
    struct vm_serial *serial;
    struct err err;
    double start;
    int fds[2];

    if (io_socket_pair(fds, &err) < 0 || !(serial = vm_serial_create(fds[0], path, &err)))
        abort();
    end_init(&guest, fds[1]);
    for (unsigned i = 0; i < viewers; i++)
        end_init(&ends[i], io_connect_unix(path, &err));
    start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < SIZE; i += PIECE) {
        io_stream_send(guest.stream, data + i, PIECE);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    for (unsigned i = 0; i < viewers; i++)
        while (ends[i].got < SIZE)
            g_main_context_iteration(NULL, TRUE);
    start = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    for (unsigned i = 0; i < viewers; i++)
        io_stream_destroy(ends[i].stream);
    io_stream_destroy(guest.stream);
    vm_serial_destroy(serial);
    unlink(log);
    return start;
}

static void measure_relay(unsigned viewers, int rounds)
{
    g_autofree char *folder = g_dir_make_tmp("oriel-bench-XXXXXX", NULL);
    uint8_t *data = make("[    1.234567] a line of a kernel's log, as long as they are\r\n");
    double times[ROUNDS_MAX];
    char what[64];

    for (int r = 0; r < rounds; r++)
        times[r] = one_round(data, folder, viewers);
    snprintf(what, sizeof(what), "relay and log, %u viewer%s", viewers, viewers == 1 ? "" : "s");
    print(what, times, rounds);
    rmdir(folder);
    free(data);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 15;

    if (rounds < 1 || rounds > ROUNDS_MAX)
        rounds = ROUNDS_MAX;
    measure_filter("filter, a kernel's log",
                   "[    1.234567] a line of a kernel's log, as long as they are\r\n", rounds);
    measure_filter("filter, a coloured listing",
                   "\33[0m\33[01;34mfolder\33[0m  \33[01;32mprogram\33[0m  text\r\n", rounds);
    measure_filter("filter, a program's screen",
                   "\33[12;1H\33[7m  PID USER  \33[27m\33[K\33[1;31m100.0\33(B\33[m 0:01.68\r\n",
                   rounds);
    measure_filter("filter, boxes in UTF-8", "┌──────┤ Größe ├──────┐\r\n│ 1234 │\r\n", rounds);
    measure_filter("filter, one endless title", "\33]0;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                   rounds);
    measure_filter("filter, random bytes", NULL, rounds);
    for (unsigned v = 0; v <= VIEWERS_MAX; v = v ? 2 * v : 1)
        measure_relay(v, rounds);
    return 0;
}
