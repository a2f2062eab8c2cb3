/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gives Linux's console a font, in a guest: static, and with no idea of files. Standard input is
 * what the kernel takes, as four numbers (width, height, glyphs, characters), the glyphs in 32 rows
 * each, and the characters as pairs of 16 bits: a code point and a glyph.
 */
#include <fcntl.h>
#include <linux/kd.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

enum { BYTES_MAX = 512 * 32 * 4, PAIRS_MAX = 65535 };

int main(void)
{
    static unsigned char glyphs[BYTES_MAX];
    static struct unipair pairs[PAIRS_MAX];
    uint32_t head[4];
    struct console_font_op op = {.op = KD_FONT_OP_SET, .data = glyphs};
    struct unimapdesc map = {.entries = pairs};
    struct unimapinit init = {0};
    int fd = open("/dev/tty1", O_RDWR);
    size_t bytes;

    if (fd < 0 || fread(head, sizeof(head), 1, stdin) != 1)
        return 1;
    bytes = (size_t)head[2] * 32 * ((head[0] + 7) / 8);
    if (bytes > BYTES_MAX || head[3] > PAIRS_MAX || fread(glyphs, 1, bytes, stdin) != bytes ||
        fread(pairs, sizeof(pairs[0]), head[3], stdin) != head[3])
        return 1;
    op.width = head[0];
    op.height = head[1];
    op.charcount = head[2];
    map.entry_ct = (unsigned short)head[3];
    if (ioctl(fd, KDFONTOP, &op) < 0 || ioctl(fd, PIO_UNIMAPCLR, &init) < 0 ||
        ioctl(fd, PIO_UNIMAP, &map) < 0) {
        perror("setfont");
        return 1;
    }
    return 0;
}
