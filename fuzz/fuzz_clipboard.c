/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an extended clipboard's message holds, as either end reads it, and the text in it; then the
 * same bytes as plain cut text. Text that was put right stays as it is when it travels again.
 */
#include "rfb/msg/clipboard.h"
#include "rfb/msg/cut_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64 << 10 };

static void check_text(const struct buf *text)
{
    struct buf wire = BUF_INIT, again = BUF_INIT;

    rfb_text_to_wire((const char *)text->data, text->len, &wire);
    rfb_text_from_wire(wire.data, wire.len, &again);
    if (again.len != text->len || (text->len && memcmp(again.data, text->data, text->len)))
        __builtin_trap();
    buf_clear(&again);
    rfb_text_to_latin1((const char *)text->data, text->len, &again);
    if (again.len > text->len)
        __builtin_trap();
    buf_finish(&wire);
    buf_finish(&again);
}

static void check_provided(const struct rfb_clipboard_msg *msg)
{
    struct buf wire = BUF_INIT, text = BUF_INIT;
    struct err err;

    for (uint32_t bit = 1; bit <= RFB_CLIPBOARD_FILES; bit <<= 1) {
        buf_clear(&wire);
        if (rfb_clipboard_unpack(msg, (enum rfb_clipboard_format)bit, TEXT_MAX, &wire, &err) <= 0)
            continue;
        if (wire.len > TEXT_MAX)
            __builtin_trap();
        rfb_text_from_wire(wire.data, wire.len, &text);
        check_text(&text);
        buf_clear(&text);
    }
    buf_finish(&wire);
    buf_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rfb_clipboard_msg msg;
    struct buf text = BUF_INIT;
    struct err err;

    if (!rfb_clipboard_parse(data, size, &msg, &err) && msg.action == RFB_CLIPBOARD_PROVIDE)
        check_provided(&msg);
    rfb_text_from_latin1(data, size, &text);
    check_text(&text);
    buf_finish(&text);
    return 0;
}
