/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointers of older viewers: XCursor and VMware's there and back, cut at every byte and broken; and
 * which kind our server sends to whom, with VMware's position and lights.
 */
#include "check.h"
#include "rfb_watcher.h"

#include "base/arith.h"
#include "base/mem.h"
#include "rfb/enc/enc.h"

#include <stdlib.h>

enum { HEADER = 12 };

struct kind {
    void (*put)(struct buf *out, const struct cursor *cursor);
    enum rfb_decoded (*get)(struct rect r, const uint8_t *data, size_t len, size_t *used,
                            struct cursor **cursor, struct err *err);
};

static enum rfb_decoded get_vmware(struct rect r, const uint8_t *data, size_t len, size_t *used,
                                   struct cursor **cursor, struct err *err)
{
    return rfb_get_vmware_cursor(&pixel_format_native, r, data, len, used, cursor, err);
}

static const struct kind kinds[] = {{rfb_put_x_cursor, rfb_get_x_cursor},
                                    {rfb_put_vmware_cursor, get_vmware}};

/* Decodes a body after checking that no part of it is enough. */
static struct cursor *decode(const struct kind *kind, struct rect r, const struct buf *b)
{
    size_t whole = b->len - HEADER, used = 1;
    struct cursor *back = NULL;
    struct err err = {""};

    for (size_t len = 0; len <= whole; len++) {
        uint8_t *part = mem_dup(b->data + HEADER, len ? len : 1);

        CHECK_INT(kind->get(r, part, len, &used, &back, &err),
                  len < whole ? RFB_DECODE_NEEDS_MORE : RFB_DECODE_DONE);
        CHECK_INT(used, len < whole ? 0 : whole);
        free(part);
    }
    CHECK(back && (int32_t)back->width == r.w && (int32_t)back->height == r.h);
    return back;
}

static void test_there_and_back(void)
{
    static const uint32_t two[] = {0xff000000, 0xffffffff, 0,          0xff000000, 0xffffffff,
                                   0,          0xffffffff, 0xff000000, 0,          0};
    static const uint32_t shades[] = {0xff102030, 0x80402010, 0, 0xffffffff, 0x01010001};
    struct rect r = {1, 1, 5, 2}, row = {0, 0, 5, 1};
    struct cursor *c = cursor_create(5, 2, 1, 1, two), *back;
    struct buf b = BUF_INIT;

    rfb_put_x_cursor(&b, c);
    CHECK_INT(b.len, HEADER + 6 + 2 * 2);
    back = decode(&kinds[0], r, &b);
    for (size_t i = 0; i < ARRAY_LEN(two); i++)
        CHECK_INT(back->pixels[i], two[i]);
    CHECK(back->hot_x == 1 && back->hot_y == 1);
    cursor_unref(back);
    cursor_unref(c);
    buf_clear(&b);
    c = cursor_create(5, 1, 0, 0, shades);
    rfb_put_vmware_cursor(&b, c);
    CHECK(!memcmp(b.data + HEADER + 2, "\x10\x20\x30\xff", 4));
    back = decode(&kinds[1], row, &b);
    for (size_t i = 0; i < ARRAY_LEN(shades); i++)
        CHECK_INT(back->pixels[i], shades[i]);
    cursor_unref(back);
    cursor_unref(c);
    buf_finish(&b);
}

/* VMware's classic kind: opaque, transparent, inverting. */
static void test_classic(void)
{
    static const uint32_t masks[2][3] = {{0, 0xffffff, 0xffffff}, {0x123456, 0, 0xffffff}};
    struct buf b = BUF_INIT;
    struct cursor *back;

    wire_put_zeros(&b, HEADER + 2);
    for (int i = 0; i < 2; i++)
        pixel_row_to_wire(&pixel_format_native, buf_extend(&b, 12), masks[i], 3);
    back = decode(&kinds[1], (struct rect){2, 0, 3, 1}, &b);
    CHECK(back->pixels[0] == 0xff123456 && !back->pixels[1] && back->pixels[2] == 0xff000000);
    cursor_unref(back);
    buf_finish(&b);
}

static void test_odd(void)
{
    struct cursor *back = NULL;
    struct err err = {""};
    size_t used;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct buf b = BUF_INIT;

        kinds[i].put(&b, NULL); /* no pointer */
        CHECK_INT(b.len, i ? HEADER + 2 : HEADER);
        CHECK_INT(
            kinds[i].get((struct rect){0}, b.data + HEADER, b.len - HEADER, &used, &back, &err),
            RFB_DECODE_DONE);
        CHECK(back && !back->width);
        cursor_unref(back);
        CHECK_INT(kinds[i].get((struct rect){0, 0, 65535, 65535}, b.data + HEADER, b.len - HEADER,
                               &used, &back, &err),
                  RFB_DECODE_INVALID);
        buf_finish(&b);
    }
    CHECK_INT(get_vmware((struct rect){0, 0, 1, 1}, (const uint8_t *)"\2\0", 2, &used, &back, &err),
              RFB_DECODE_INVALID);
    CHECK(strstr(err.text, "unknown kind 2"));
}

/* The first of these that a viewer lists is what it gets, whatever else it lists. */
static void test_server(void)
{
    static const struct {
        int32_t encoding;
        const char *said;
    } cases[] = {
        {RFB_X_CURSOR, "[xcursor(10x16) at(7,8) vmleds(5)"},
        {RFB_VMWARE_CURSOR, "[vmware(10x16) at(7,8) vmleds(5)"},
        {RFB_CURSOR_WITH_ALPHA, "[cursor(10x16) at(7,8) vmleds(5)"},
        {RFB_QEMU_LED_STATE, "[cursor(10x16) at(7,8) leds(5)"},
        {RFB_POINTER_POS, "[cursor(10x16) ack(-232,7) leds(5)"},
    };
    struct scene *scene = scene_create();
    struct rfb_server *server = rfb_server_create(scene);
    int32_t list[2 + ARRAY_LEN(cases)] = {RFB_VMWARE_CURSOR_POSITION, RFB_VMWARE_LED_STATE};

    scene_set_pointer(scene, 7, 8);
    scene_set_leds(scene, 5);
    scene_commit(scene);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct viewer v = viewer_new(server);

        list[2 + i] = cases[i].encoding; /* one more each time */
        rfb_put_set_encodings(&v.out, list, 3 + i);
        rfb_put_update_request(&v.out, true, (struct rect){0, 0, 1, 1});
        CHECK(strstr(talk(&v), cases[i].said));
        if (!strstr(v.said->str, cases[i].said))
            fprintf(stderr, "  %s\n", v.said->str);
        viewer_finish(&v);
    }
    rfb_server_destroy(server);
    scene_destroy(scene);
}

int main(void)
{
    test_there_and_back();
    test_classic();
    test_odd();
    test_server();
    return check_result();
}
