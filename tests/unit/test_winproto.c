/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec of the windows protocol. Every message has an example whose bytes stand here and, the
 * same, in docs/windows-protocol.md (given as the argument): whoever writes another implementation
 * can trust them. Then every rule is broken once.
 */
#include "base/arith.h"
#include "base/buf.h"
#include "base/wire.h"
#include "check.h"
#include "winproto/message.h"

#include <ctype.h>
#include <stdlib.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

static uint32_t ids[] = {3, 7, 5};
static struct rect rects[] = {{0, 0, 300, 20}, {0, 20, 640, 380}};
static uint32_t pixels[] = {0xff0080ff, 0x00000000};

/* clang-format off */
static const struct example {
    struct win_msg msg;
    const char *hex;
} examples[] = {
    {{WIN_HELLO, .hello = {0x1122334455667788, 0, 0, TEXT("")}},
     "0001 0000 0000001e 4f52574e 0001 0000 1122334455667788 0000000000000000 00000000 0000"},
    {{WIN_HELLO, .hello = {0x99aabbccddeeff00, 0x1122334455667788, 0, TEXT("ann on :0")}},
     "0001 0000 00000027 4f52574e 0001 0000 99aabbccddeeff00 1122334455667788 00000000 "
     "0009 616e6e206f6e203a30"},
    {{WIN_ACK, .ack = {9, 0}}, "0002 0000 00000005 00000009 00"},
    {{WIN_SYNC_BEGIN, .sync = {1}}, "0101 0000 00000004 00000001"},
    {{WIN_SYNC_END, .sync = {1}}, "0102 0000 00000004 00000001"},
    {{WIN_DESKTOP, .desktop = {1400, 1050, {0, 0, 1400, 1020}, 120}},
     "0103 0000 0000001c 00000578 0000041a 00000000 00000000 00000578 000003fc 00000078"},
    {{WIN_WINDOW, .window = {7, 3, WINDOW_DIALOG, 0, {-10, 40, 640, 400}, 0, {-10, 40, 640, 400}, 12}},
     "0104 0000 00000035 00000007 00000003 01 00000000 fffffff6 00000028 00000280 00000190 00000000 "
     "fffffff6 00000028 00000280 00000190 0000000c"},
    {{WIN_GONE, .id = {7, 0}}, "0105 0000 00000008 00000007 00000000"},
    {{WIN_STACK, .order = {4, 3, ids}},
     "0106 0000 00000014 00000004 00000003 00000003 00000007 00000005"},
    {{WIN_ACTIVE, .active = {7, 2}}, "0107 0000 00000008 00000007 00000002"},
    {{WIN_TITLE, .title = {7, TEXT("Gr\xc3\xbc\xc3\x9f")}}, "0108 0000 0000000c 00000007 0006 4772c3bcc39f"},
    {{WIN_APP, .app = {7, TEXT("xterm"), TEXT("xterm"), TEXT("XTerm"), 4711}},
     "0109 0000 0000001d 00000007 0005 787465726d 0005 787465726d 0005 585465726d 00001267"},
    {{WIN_ICON, .icon = {7, 2, 1, pixels}}, "010a 0000 00000014 00000007 00000002 00000001 ff0080ff 00000000"},
    {{WIN_STATE, .state = {7, WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V}}, "010b 0000 00000008 00000007 00000006"},
    {{WIN_LIMITS, .limits = {7, {23, 17, 0, 0, 4, 4, 6, 13}}},
     "010c 0000 00000024 00000007 00000017 00000011 00000000 00000000 00000004 00000004 00000006 0000000d"},
    {{WIN_SHAPE, .shape = {7, 2, rects}},
     "010d 0000 00000028 00000007 00000002 00000000 00000000 0000012c 00000014 "
     "00000000 00000014 00000280 0000017c"},
    {{WIN_FRAME, .frame = {7, {{0, 0, 0, 0}, {14, 14, 12, 17}}}},
     "010e 0000 00000014 00000007 0000 0000 0000 0000 000e 000e 000c 0011"},
    {{WIN_CONFIGURE, .configure = {7, 12, {-10, 40, 645, 407}}},
     "0201 0000 00000018 00000007 0000000c fffffff6 00000028 00000285 00000197"},
    {{WIN_ACTIVATE, .activate = {7, 2}}, "0202 0000 00000008 00000007 00000002"},
    {{WIN_CLOSE, .id = {7, 9}}, "0203 0000 00000008 00000007 00000009"},
    {{WIN_SET_STATE, .set_state = {7, 10, WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V, 0}},
     "0204 0000 00000010 00000007 0000000a 00000006 00000000"},
    {{WIN_POINTER_EVENT, .pointer = {7, 120, 300, 1, 0, -120}},
     "0205 0000 00000014 00000007 00000078 0000012c 00000001 0000 ff88"},
    {{WIN_KEY_EVENT, .key = {7, 30, 1, 0x61}}, "0206 0000 0000000d 00000007 0000001e 01 00000061"},
    {{WIN_SET_DESKTOP, .set_desktop = {1366, 768, 120, WIN_SEAMLESS | WIN_HOST_FRAMES, {0, 0, 1366, 740}}},
     "0207 0000 00000020 00000556 00000300 00000078 00000003 00000000 00000000 00000556 000002e4"},
    {{WIN_RESTACK, .order = {4, 3, ids}}, "0208 0000 00000014 00000004 00000003 00000003 00000007 00000005"},
    {{WIN_DISMISS, .id = {8, 11}}, "0209 0000 00000008 00000008 0000000b"},
};
/* clang-format on */

static void from_hex(struct buf *out, const char *hex)
{
    while (*hex) {
        char pair[3] = {hex[0], hex[1]};

        if (isspace((unsigned char)*hex)) {
            hex++;
            continue;
        }
        *buf_extend(out, 1) = (uint8_t)strtoul(pair, NULL, 16);
        hex += 2;
    }
}

static void check_bytes(const char *what, const struct buf *got, const struct buf *want)
{
    check_count++;
    if (got->len == want->len && !memcmp(got->data, want->data, got->len))
        return;
    check_failures++;
    fprintf(stderr, "%s: encoded as", what);
    for (size_t i = 0; i < got->len; i++)
        fprintf(stderr, " %02x", got->data[i]);
    fprintf(stderr, "\n");
}

/* An incomplete message is incomplete wherever it ends, and bytes behind it do not matter. */
static void check_every_cut(const struct buf *wire)
{
    struct win_msg msg;
    struct err err = {0};
    size_t used = 0;

    for (size_t cut = 0; cut < wire->len; cut++)
        CHECK_INT(win_msg_decode(wire->data, cut, &used, &msg, &err), WIN_NEEDS_MORE);
    CHECK_INT(used, 0);
}

/* A shorter payload is invalid, whatever field it ends in; a longer one is for later versions. */
static void check_other_lengths(const char *name, const struct buf *wire)
{
    struct buf copy = BUF_INIT;
    struct win_msg msg;
    size_t used = 0;

    buf_append(&copy, wire->data, wire->len);
    for (size_t len = 0; len < wire->len - WIN_ENVELOPE; len++) {
        struct err err = {0};

        wire_patch_u32(&copy, 4, (uint32_t)len);
        CHECK_INT(win_msg_decode(copy.data, copy.len, &used, &msg, &err), WIN_INVALID);
        CHECK(strstr(err.text, "it ends before its field"));
        CHECK(!strncmp(err.text, name, strlen(name)));
    }
    wire_put_zeros(&copy, 3);
    for (uint32_t more = 0; more <= 3; more++) {
        struct err err = {0};

        wire_patch_u32(&copy, 4, (uint32_t)(wire->len - WIN_ENVELOPE) + more);
        CHECK_INT(win_msg_decode(copy.data, copy.len, &used, &msg, &err), WIN_MESSAGE);
        CHECK_INT(used, wire->len + more);
        win_msg_finish(&msg);
    }
    buf_finish(&copy);
}

static void test_examples(void)
{
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        const char *name = win_type_name(examples[i].msg.type);
        struct buf want = BUF_INIT, first = BUF_INIT, second = BUF_INIT;
        struct win_msg msg;
        struct err err = {0};
        size_t used;

        from_hex(&want, examples[i].hex);
        win_msg_encode(&first, &examples[i].msg);
        check_bytes(name, &first, &want);
        CHECK_INT(win_msg_decode(want.data, want.len, &used, &msg, &err), WIN_MESSAGE);
        CHECK_STR(err.text, "");
        CHECK_INT(used, want.len);
        CHECK_INT(msg.type, examples[i].msg.type);
        win_msg_encode(&second, &msg);
        check_bytes(name, &second, &want);
        win_msg_finish(&msg);
        check_every_cut(&want);
        check_other_lengths(name, &want);
        buf_finish(&want);
        buf_finish(&first);
        buf_finish(&second);
    }
}

/* Values, not only bytes: an encoder and a decoder can be wrong together. */
static void test_values(void)
{
    struct buf wire = BUF_INIT;
    struct win_msg msg;
    struct err err;
    size_t used;

    from_hex(&wire, examples[6].hex);
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_MESSAGE);
    CHECK_INT(msg.window.id, 7);
    CHECK_INT(msg.window.parent, 3);
    CHECK_INT(msg.window.kind, WINDOW_DIALOG);
    CHECK(rect_equal(msg.window.place, (struct rect){-10, 40, 640, 400}));
    CHECK(rect_equal(msg.window.source, (struct rect){-10, 40, 640, 400}));
    CHECK_INT(msg.window.serial, 12);
    buf_clear(&wire);
    from_hex(&wire, "0205 0000 00000014 00000007 ffffff88 0000012c 00000005 0078 8000");
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_MESSAGE);
    CHECK_INT(msg.pointer.x, -120);
    CHECK_INT(msg.pointer.buttons, 5);
    CHECK_INT(msg.pointer.wheel_x, 120);
    CHECK_INT(msg.pointer.wheel_y, -32768);
    buf_clear(&wire);
    from_hex(&wire, "010e 0000 00000014 00000007 0001 0002 0003 0004 0005 0006 0007 0400");
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_MESSAGE);
    CHECK_INT(msg.frame.frame.frame.right, 2);
    CHECK_INT(msg.frame.frame.shadow.left, 5);
    CHECK_INT(msg.frame.frame.shadow.bottom, 1024);
    buf_finish(&wire);
}

/* One rule each: the example of the type with a U16 or U32 of it replaced. */
static const struct {
    enum win_type type;
    unsigned offset, size;
    uint32_t value;
    const char *want;
} broken[] = {
    {WIN_TITLE, 2, 2, 1, "TITLE: the flags 0x0001 are not defined"},
    {WIN_TITLE, 4, 4, WIN_MAX_PAYLOAD + 1, "at most 1048576 are allowed"},
    {WIN_HELLO, 8, 4, 0x4f52574f, "HELLO: the magic is 4f52574f"},
    {WIN_HELLO, 12, 2, 2, "speaks version 2 of the windows protocol, this program version 1"},
    {WIN_DESKTOP, 8, 4, 0, "width is 0, allowed are 1 to 16384"},
    {WIN_DESKTOP, 12, 4, 16385, "height is 16385"},
    {WIN_DESKTOP, 16, 4, 32768, "work_area is at 32768, allowed are -32767 to 32767"},
    {WIN_DESKTOP, 24, 4, 0, "work_area has the size 0×1020"},
    {WIN_DESKTOP, 32, 4, 29, "scale is 29, allowed are 30 to 1200"},
    {WIN_DESKTOP, 32, 4, 1201, "scale is 1201"},
    {WIN_WINDOW, 8, 4, 0, "WINDOW: id is 0"},
    {WIN_WINDOW, 12, 4, 7, "window 7 is its own parent"},
    {WIN_WINDOW, 21, 4, 0x80000000, "place is at -2147483648"},
    {WIN_WINDOW, 25, 4, 0x7fffffff, "place is at 2147483647"},
    {WIN_WINDOW, 29, 4, 0, "place has the size 0×400"},
    {WIN_WINDOW, 33, 4, 0xffffffff, "place has the size 640×4294967295"},
    {WIN_WINDOW, 41, 4, 0xffff8000, "source is at -32768"},
    {WIN_WINDOW, 53, 4, 16385, "source has the size 640×16385"},
    {WIN_GONE, 8, 4, 0, "GONE: id is 0"},
    {WIN_STACK, 12, 4, 4097, "STACK: 4097 windows in the order, at most 4096"},
    {WIN_STACK, 12, 4, 4, "it ends before its field \"order\""},
    {WIN_STACK, 20, 4, 0, "a window id in the order is 0"},
    {WIN_STACK, 24, 4, 3, "window 3 is twice in the order"},
    {WIN_TITLE, 8, 4, 0, "TITLE: id is 0"},
    {WIN_TITLE, 12, 2, 7, "it ends before its field \"text\""},
    {WIN_TITLE, 14, 2, 0x471b, "text is not UTF-8 without control characters"},
    {WIN_TITLE, 14, 2, 0xc0af, "text is not UTF-8"},
    {WIN_APP, 8, 4, 0, "APP: id is 0"},
    {WIN_APP, 14, 2, 0x0a0d, "app_id is not UTF-8"},
    {WIN_APP, 21, 2, 0xff00, "instance is not UTF-8"},
    {WIN_APP, 28, 2, 0x587f, "class_name is not UTF-8"},
    {WIN_ICON, 8, 4, 0, "ICON: id is 0"},
    {WIN_ICON, 12, 4, 0, "width is 0, allowed are 1 to 256"},
    {WIN_ICON, 12, 4, 257, "width is 257"},
    {WIN_ICON, 16, 4, 0, "height is 0"},
    {WIN_ICON, 16, 4, 0xffffffff, "height is 4294967295"},
    {WIN_ICON, 16, 4, 2, "it ends before its field \"icon\""},
    {WIN_STATE, 8, 4, 0, "STATE: id is 0"},
    {WIN_LIMITS, 8, 4, 0, "LIMITS: id is 0"},
    {WIN_LIMITS, 12, 4, 16385, "min_w is 16385, allowed are 0 to 16384"},
    {WIN_LIMITS, 16, 4, 16385, "min_h is 16385"},
    {WIN_LIMITS, 20, 4, 22, "the largest width is 22 and the smallest 23"},
    {WIN_LIMITS, 24, 4, 16, "the largest height is 16 and the smallest 17"},
    {WIN_LIMITS, 28, 4, 16385, "base_w is 16385"},
    {WIN_LIMITS, 32, 4, 16385, "base_h is 16385"},
    {WIN_LIMITS, 36, 4, 16385, "inc_w is 16385"},
    {WIN_LIMITS, 40, 4, 0xffffffff, "inc_h is 4294967295"},
    {WIN_SHAPE, 8, 4, 0, "SHAPE: id is 0"},
    {WIN_SHAPE, 12, 4, 4097, "a shape of 4097 rectangles, at most 4096"},
    {WIN_SHAPE, 12, 4, 3, "it ends before its field \"shape\""},
    {WIN_SHAPE, 16, 4, 32768, "a rectangle of the shape is at 32768"},
    {WIN_SHAPE, 40, 4, 0, "a rectangle of the shape has the size 0×380"},
    {WIN_FRAME, 8, 4, 0, "FRAME: id is 0"},
    {WIN_FRAME, 12, 2, 1025, "frame has a side of 1025, allowed are 0 to 1024"},
    {WIN_FRAME, 26, 2, 65535, "shadow has a side of 65535"},
    {WIN_CONFIGURE, 8, 4, 0, "CONFIGURE: id is 0"},
    {WIN_CONFIGURE, 16, 4, 40000, "place is at 40000"},
    {WIN_CONFIGURE, 24, 4, 0, "place has the size 0×407"},
    {WIN_CLOSE, 8, 4, 0, "CLOSE: id is 0"},
    {WIN_SET_STATE, 8, 4, 0, "SET_STATE: id is 0"},
    {WIN_POINTER_EVENT, 12, 4, 32768, "x is at 32768"},
    {WIN_POINTER_EVENT, 16, 4, 0x80000000, "y is at -2147483648"},
    {WIN_KEY_EVENT, 12, 4, 0x300, "code is 768, allowed are 0 to 767"},
    {WIN_KEY_EVENT, 16, 2, 0x0200, "down is 2"},
    {WIN_SET_DESKTOP, 8, 4, 16385, "width is 16385"},
    {WIN_SET_DESKTOP, 8, 4, 0, "the size asked for is 0×768"},
    {WIN_SET_DESKTOP, 12, 4, 0, "the size asked for is 1366×0"},
    {WIN_SET_DESKTOP, 16, 4, 1, "scale is 1, allowed are 30 to 1200"},
    {WIN_SET_DESKTOP, 24, 4, 32768, "work_area is at 32768"},
    {WIN_SET_DESKTOP, 32, 4, 0, "work_area has the size 0×740"},
    {WIN_RESTACK, 20, 4, 0, "RESTACK: a window id in the order is 0"},
    {WIN_RESTACK, 24, 4, 7, "window 7 is twice in the order"},
    {WIN_DISMISS, 8, 4, 0, "DISMISS: id is 0"},
};

static const struct example *example_of(enum win_type type)
{
    for (size_t i = 0; i < ARRAY_LEN(examples); i++)
        if (examples[i].msg.type == type)
            return &examples[i];
    return NULL;
}

static void test_broken(void)
{
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct buf wire = BUF_INIT;
        struct win_msg msg;
        struct err err = {0};
        size_t used = 0;

        from_hex(&wire, example_of(broken[i].type)->hex);
        if (broken[i].size == 2)
            wire_patch_u16(&wire, broken[i].offset, (uint16_t)broken[i].value);
        else
            wire_patch_u32(&wire, broken[i].offset, broken[i].value);
        CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_INVALID);
        CHECK_INT(used, 0);
        if (!strstr(err.text, broken[i].want))
            CHECK_STR(err.text, broken[i].want);
        buf_finish(&wire);
    }
}

static void test_nonce(void)
{
    struct buf wire = BUF_INIT;
    struct win_msg msg;
    struct err err;
    size_t used;

    from_hex(&wire, "0001 0000 0000001e 4f52574e 0001 0000 0000000000000000 0000000000000001 "
                    "00000000 0000");
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_INVALID);
    CHECK_STR(err.text, "HELLO: the nonce is 0");
    buf_finish(&wire);
}

/* A type of a later version is stepped over, and its flags are not ours to judge. */
static void test_unknown(void)
{
    struct buf wire = BUF_INIT;
    struct win_msg msg;
    struct err err = {0};
    size_t used = 0;

    from_hex(&wire, "01ff 8000 00000003 aabb");
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_NEEDS_MORE);
    from_hex(&wire, "cc 0001");
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_UNKNOWN);
    CHECK_INT(used, 11);
    wire_patch_u32(&wire, 4, WIN_MAX_PAYLOAD + 1);
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_INVALID);
    buf_finish(&wire);
    CHECK_STR(win_type_name(0x1ff), "?");
    CHECK(!win_type_is_fact(0x1ff));
    CHECK(!win_type_is_request(0x2ff));
}

static void round_trip(const struct win_msg *msg)
{
    struct buf first = BUF_INIT, second = BUF_INIT;
    struct win_msg back;
    struct err err = {0};
    size_t used;

    win_msg_encode(&first, msg);
    CHECK_INT(win_msg_decode(first.data, first.len, &used, &back, &err), WIN_MESSAGE);
    CHECK_STR(err.text, "");
    CHECK_INT(used, first.len);
    win_msg_encode(&second, &back);
    CHECK_INT(second.len, first.len);
    CHECK(!memcmp(first.data, second.data, first.len));
    win_msg_finish(&back);
    buf_finish(&first);
    buf_finish(&second);
}

/* The greatest of everything, and the smallest, are allowed. */
static void test_extremes(void)
{
    static uint32_t many[WINDOW_MAX_COUNT], icon[WINDOW_MAX_ICON * WINDOW_MAX_ICON];
    static struct rect shape[WINDOW_MAX_SHAPE];
    static char text[WINDOW_MAX_TEXT];
    struct win_text longest = {text, sizeof(text)};

    for (uint32_t i = 0; i < WINDOW_MAX_COUNT; i++) {
        many[i] = 0xffffffff - i * 0x01234567; /* odd, so all are different; none is 0 */
        shape[i] = (struct rect){-RECT_PLACE_MAX, RECT_PLACE_MAX, 1, RECT_SIZE_MAX};
    }
    memset(text, 'x', sizeof(text));
    round_trip(&(struct win_msg){WIN_STACK, .order = {1, WINDOW_MAX_COUNT, many}});
    round_trip(&(struct win_msg){WIN_STACK, .order = {0, 0, NULL}});
    round_trip(&(struct win_msg){WIN_SHAPE, .shape = {1, WINDOW_MAX_SHAPE, shape}});
    round_trip(&(struct win_msg){WIN_SHAPE, .shape = {UINT32_MAX, 0, NULL}});
    round_trip(&(struct win_msg){WIN_ICON, .icon = {1, WINDOW_MAX_ICON, WINDOW_MAX_ICON, icon}});
    round_trip(&(struct win_msg){WIN_ICON, .icon = {1, 0, 0, NULL}});
    round_trip(&(struct win_msg){WIN_TITLE, .title = {1, longest}});
    round_trip(&(struct win_msg){WIN_TITLE, .title = {1, {"", 0}}});
    round_trip(&(struct win_msg){WIN_APP, .app = {1, longest, longest, longest, UINT32_MAX}});
    round_trip(&(struct win_msg){WIN_LIMITS, .limits = {1, {5, 5, 5, 5, 0, 0, 0, 0}}});
    round_trip(&(struct win_msg){WIN_SET_DESKTOP, .set_desktop = {0, 0, 0, 0, {0, 0, 0, 0}}});
    round_trip(&(struct win_msg){WIN_POINTER_EVENT, .pointer = {0, -1, -1, 0, -32768, 32767}});
    round_trip(&(struct win_msg){WIN_ACTIVATE, .activate = {0, 0}});
}

/* Two equal ids far apart in a full order. */
static void test_twice(void)
{
    static uint32_t many[WINDOW_MAX_COUNT];
    struct buf wire = BUF_INIT;
    struct win_msg msg;
    struct err err = {0};
    size_t used;

    for (uint32_t i = 0; i < WINDOW_MAX_COUNT; i++)
        many[i] = (i + 1) << 19 | (i + 1);
    win_msg_encode(&wire, &(struct win_msg){WIN_STACK, .order = {1, WINDOW_MAX_COUNT, many}});
    wire_patch_u32(&wire, 16 + 4 * 4000, many[17]);
    CHECK_INT(win_msg_decode(wire.data, wire.len, &used, &msg, &err), WIN_INVALID);
    CHECK(strstr(err.text, "is twice in the order"));
    buf_finish(&wire);
}

static void test_directions(void)
{
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        unsigned type = examples[i].msg.type;

        CHECK_INT(win_type_is_fact(type), type == WIN_ACK || (type >= 0x100 && type < 0x200));
        CHECK_INT(win_type_is_request(type), type >= 0x200);
    }
}

/* ---- The document -----------------------------------------------------------------------------
 */

/* Reads the next ```hex block's bytes; false when there is none. */
static bool next_block(FILE *file, struct buf *out)
{
    char line[512];
    bool inside = false;

    buf_clear(out);
    while (fgets(line, sizeof(line), file)) {
        if (inside && !strncmp(line, "```", 3))
            return true;
        if (inside)
            from_hex(out, line);
        else
            inside = !strcmp(line, "```hex\n");
    }
    return false;
}

static bool is_example(const struct buf *bytes)
{
    bool found = false;

    for (size_t i = 0; i < ARRAY_LEN(examples) && !found; i++) {
        struct buf want = BUF_INIT;

        from_hex(&want, examples[i].hex);
        found = want.len == bytes->len && !memcmp(want.data, bytes->data, want.len);
        buf_finish(&want);
    }
    return found;
}

/* Each example stands in the document, and nothing else does. */
static void test_document(const char *path)
{
    FILE *file = fopen(path, "r");
    struct buf block = BUF_INIT;
    size_t count = 0;

    CHECK(file);
    if (!file)
        return;
    while (next_block(file, &block)) {
        count++;
        CHECK(is_example(&block));
        if (!is_example(&block))
            fprintf(stderr, "%s: example %zu is not one of the test's\n", path, count);
    }
    CHECK_INT(count, ARRAY_LEN(examples));
    buf_finish(&block);
    fclose(file);
}

int main(int argc, char **argv)
{
    test_examples();
    test_values();
    test_broken();
    test_nonce();
    test_unknown();
    test_extremes();
    test_twice();
    test_directions();
    if (argc > 1)
        test_document(argv[1]);
    return check_result();
}
