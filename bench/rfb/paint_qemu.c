/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: the workloads as a machine's screen, for QEMU's -vnc, without a guest: the machine's
 * processor sleeps, its ramfb shows a piece of the machine's memory, that memory is a file, and
 * this program paints into it. What QEMU pays is its display and its VNC server alone. Keys come
 * back as the keyboard controller's interrupts, by QEMU's interface for tests.
 *     paint_qemu WIDTH HEIGHT MEMORY QTEST_SOCKET STATS       it prints "painting"
 */
#include "base/err.h"
#include "io/socket.h"
#include "painter.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    /* Places in the machine's memory. */
    CONFIG_AT = 0x1000,
    COMMAND_AT = 0x2000,
    SCREEN_AT = 16 << 20,
    /* The firmware's configuration device. */
    SELECTOR_PORT = 0x510,
    DATA_PORT = 0x511,
    DMA_PORT = 0x514,
    DIRECTORY = 0x19,
    DMA_SELECT_AND_WRITE = 0x18,
    /* The keyboard controller. */
    KEY_PORT = 0x60,
    KEY_STATUS_PORT = 0x64,
    KEY_IRQ = 1,
    KEY_RELEASED = 0xf0, /* the byte before a released key's, set 2 */
    XRGB8888 = 'X' | 'R' << 8 | '2' << 16 | '4' << 24,
};

struct ramfb_config {
    uint64_t address;
    uint32_t fourcc, flags, width, height, stride;
} __attribute__((packed));

struct dma_command {
    uint32_t control, length;
    uint64_t address;
} __attribute__((packed));

struct bench {
    struct painter painter;
    uint8_t *memory;
    int fd; /* qtest's lines */
    char held[4096];
    size_t held_len;
    unsigned interrupts; /* of the keyboard, not looked at yet */
    bool released;       /* the next byte of the keyboard is a released key's */
};

static void fail(const char *what)
{
    fprintf(stderr, "paint_qemu: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Reads once; interrupts are counted. True: an answer has come, its number is in *value. */
static bool read_lines(struct bench *b, uint64_t *value)
{
    ssize_t n = read(b->fd, b->held + b->held_len, sizeof(b->held) - 1 - b->held_len);
    bool answered = false;
    char *end;

    if (n <= 0)
        exit(1); /* QEMU has ended */
    b->held_len += (size_t)n;
    b->held[b->held_len] = 0;
    while ((end = strchr(b->held, '\n'))) {
        unsigned irq;

        *end = 0;
        if (sscanf(b->held, "IRQ raise %u", &irq) == 1)
            b->interrupts += irq == KEY_IRQ;
        if (!strncmp(b->held, "OK", 2)) {
            answered = true;
            *value = b->held[2] ? strtoull(b->held + 2, NULL, 0) : 0;
        }
        b->held_len -= (size_t)(end + 1 - b->held);
        memmove(b->held, end + 1, b->held_len + 1);
    }
    return answered;
}

static uint64_t ask(struct bench *b, const char *question)
{
    uint64_t value = 0;

    if (write(b->fd, question, strlen(question)) < 0)
        fail("qtest");
    while (!read_lines(b, &value))
        ;
    return value;
}

static uint8_t in_byte(struct bench *b, unsigned port)
{
    char line[32];

    snprintf(line, sizeof(line), "inb 0x%x\n", port);
    return (uint8_t)ask(b, line);
}

static uint32_t in_big_endian(struct bench *b, unsigned bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | in_byte(b, DATA_PORT);
    return value;
}

/* The number under which the firmware's configuration has a file. */
static uint32_t find_file(struct bench *b, const char *wanted)
{
    char line[32];
    uint32_t count;

    snprintf(line, sizeof(line), "outw 0x%x 0x%x\n", SELECTOR_PORT, DIRECTORY);
    ask(b, line);
    count = in_big_endian(b, 4);
    while (count--) {
        char name[57] = {0};
        uint32_t select;

        in_big_endian(b, 4);
        select = in_big_endian(b, 2);
        in_big_endian(b, 2);
        for (int i = 0; i < 56; i++)
            name[i] = (char)in_byte(b, DATA_PORT);
        if (!strcmp(name, wanted))
            return select;
    }
    fprintf(stderr, "paint_qemu: this QEMU has no %s\n", wanted);
    exit(1);
}

/* What a machine's firmware does to get a screen out of ramfb. */
static void show_memory(struct bench *b, uint32_t width, uint32_t height)
{
    struct ramfb_config config = {htobe64(SCREEN_AT), htobe32(XRGB8888), 0,
                                  htobe32(width),     htobe32(height),   htobe32(width * 4)};
    struct dma_command command = {htobe32(find_file(b, "etc/ramfb") << 16 | DMA_SELECT_AND_WRITE),
                                  htobe32(sizeof(config)), htobe64(CONFIG_AT)};
    char line[48];

    memcpy(b->memory + CONFIG_AT, &config, sizeof(config));
    memcpy(b->memory + COMMAND_AT, &command, sizeof(command));
    snprintf(line, sizeof(line), "outl 0x%x 0\n", DMA_PORT);
    ask(b, line);
    snprintf(line, sizeof(line), "outl 0x%x 0x%x\n", DMA_PORT + 4, htobe32(COMMAND_AT));
    ask(b, line);
    ask(b, "irq_intercept_in ioapic\n");
}

static void take_keys(struct bench *b)
{
    struct painter_change change;

    b->interrupts = 0;
    while (in_byte(b, KEY_STATUS_PORT) & 1) {
        uint8_t code = in_byte(b, KEY_PORT);

        if (code != KEY_RELEASED && !b->released)
            painter_key(&b->painter, &change);
        b->released = code == KEY_RELEASED;
    }
}

static void open_machine(struct bench *b, const char *memory, const char *socket, size_t size)
{
    int fd = open(memory, O_RDWR | O_CLOEXEC);
    struct err err;

    if (fd < 0)
        fail(memory);
    b->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (b->memory == MAP_FAILED)
        fail(memory);
    close(fd);
    b->fd = io_connect_unix(socket, &err);
    if (b->fd < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    fcntl(b->fd, F_SETFL, fcntl(b->fd, F_GETFL) & ~O_NONBLOCK);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct painter_change change;
    int width, height;

    if (argc != 6) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT MEMORY QTEST_SOCKET STATS\n", argv[0]);
        return 2;
    }
    width = atoi(argv[1]);
    height = atoi(argv[2]);
    open_machine(&b, argv[3], argv[4], (size_t)SCREEN_AT + (size_t)width * (size_t)height * 4);
    painter_init(&b.painter, width, height, (uint32_t *)(void *)(b.memory + SCREEN_AT),
                 (size_t)width, argv[5], false);
    show_memory(&b, (uint32_t)width, (uint32_t)height);
    puts("painting");
    for (;;) {
        struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.fd = b.fd, .events = POLLIN}};
        uint64_t ignored;

        poll(fds, 2, b.interrupts ? 0 : painter_timeout(&b.painter));
        if (fds[1].revents)
            read_lines(&b, &ignored);
        if (b.interrupts)
            take_keys(&b);
        if (fds[0].revents && !painter_read_command(&b.painter, &change))
            return 0;
        painter_tick(&b.painter, &change);
    }
}
