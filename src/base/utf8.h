/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. Text from a
 * peer is validated where it enters and sanitised before it reaches a log or a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the bytes are valid UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_clean(const void *text, size_t len);

/* Decodes one character; returns its bytes (1…4), or 0 when the text is empty or starts wrongly. */
size_t utf8_decode(const void *text, size_t len, uint32_t *code);

/*
 * Writes at most room - 1 bytes and a NUL: valid characters are kept, every control character or
 * wrong byte becomes '?', and a character is never cut in two. Returns the bytes written without
 * the NUL. `room` is at least 1.
 */
size_t utf8_sanitize(const void *text, size_t len, char *out, size_t room);
