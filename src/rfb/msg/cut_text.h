/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text for pasting, between what the scene has (UTF-8, line ends as their writer made them, no NUL)
 * and what travels: the extended clipboard's UTF-8 with CR LF and a NUL behind it, and plain cut
 * text in Latin-1 with LF. What a peer sends is put right here: whatever is no UTF-8 becomes '?'.
 */
#pragma once

#include "base/buf.h"

#include <stddef.h>

/* The extended clipboard's text. Each appends. */
void rfb_text_to_wire(const char *text, size_t len, struct buf *out);
/* Up to the first NUL; CR LF and lone CRs become LF. Never longer than what was sent. */
void rfb_text_from_wire(const void *wire, size_t len, struct buf *out);

/* Plain cut text: what Latin-1 lacks becomes '?'. */
void rfb_text_to_latin1(const char *text, size_t len, struct buf *out);
void rfb_text_from_latin1(const void *latin1, size_t len, struct buf *out);
