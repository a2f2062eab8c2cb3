/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON (RFC 8259) as QMP needs it: one whole text becomes a tree, with caps on depth and on the
 * number of values, and text can be written escaped. Not a general document model: nothing is
 * changed in place, and duplicate keys are found by the first.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 32, JSON_VALUES_MAX = 1 << 17 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A value; everything it points to belongs to its document. */
struct json {
    enum json_type type;
    bool truth;               /* JSON_BOOL */
    double number;            /* JSON_NUMBER */
    const char *text;         /* JSON_STRING: UTF-8, NUL-terminated; NUL inside becomes U+FFFD */
    const char *key;          /* of a member of an object, else NULL */
    const struct json *first; /* JSON_ARRAY, JSON_OBJECT: the first child or NULL */
    const struct json *next;  /* the next child of the same parent or NULL */
};

struct json_document;

/* NULL when the bytes are not exactly one valid JSON value, or exceed a cap. */
struct json_document *json_parse(const void *bytes, size_t len);
void json_document_destroy(struct json_document *d); /* NULL is fine */
const struct json *json_root(const struct json_document *d);

/* All of these take NULL, or a value of another type, and answer NULL, false or the default. */
const struct json *json_member(const struct json *object, const char *key);
const char *json_text(const struct json *value, const char *otherwise);
int64_t json_integer(const struct json *value, int64_t otherwise); /* truncated, saturated */
bool json_truth(const struct json *value, bool otherwise);

/* Appends a quoted and escaped string; what is not UTF-8 becomes '?'. */
void json_put_string(struct buf *out, const char *text);
/* Appends text as it is. */
void json_put_raw(struct buf *out, const char *text);
