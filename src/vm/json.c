/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recursive descent with two fixed arenas, both sized from the input before it is read: decoded
 * strings are never longer than their source plus a NUL each, which their quotes pay for. See
 * json.h.
 */
#include "vm/json.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct json_document {
    struct json *values;
    size_t n_values, room;
    char *texts;
    size_t used;
};

struct parser {
    const uint8_t *at, *end;
    struct json_document *doc;
};

static void skip_space(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' || *p->at == '\n'))
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip_space(p);
    if (p->at == p->end || *p->at != (uint8_t)c)
        return false;
    p->at++;
    return true;
}

static bool take_word(struct parser *p, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
        return false;
    p->at += len;
    return true;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex4(struct parser *p, uint32_t *code)
{
    uint32_t value = 0;

    if (p->end - p->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*p->at++);

        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *code = value;
    return true;
}

static void put_code(struct json_document *d, uint32_t code)
{
    char *out = d->texts + d->used;

    if (!code)
        code = 0xfffd; /* so that a C string holds it; as long as \u0000 at most */
    if (code < 0x80) {
        out[0] = (char)code;
        d->used += 1;
    } else if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        d->used += 2;
    } else if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        d->used += 3;
    } else {
        out[0] = (char)(0xf0 | code >> 18);
        out[1] = (char)(0x80 | (code >> 12 & 0x3f));
        out[2] = (char)(0x80 | (code >> 6 & 0x3f));
        out[3] = (char)(0x80 | (code & 0x3f));
        d->used += 4;
    }
}

/* After "\u": a lone surrogate becomes U+FFFD, a pair its character. */
static bool take_unicode_escape(struct parser *p)
{
    uint32_t code, low;
    const uint8_t *before;

    if (!take_hex4(p, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        before = p->at;
        if (take_word(p, "\\u") && take_hex4(p, &low) && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else {
            p->at = before;
            code = 0xfffd;
        }
    } else if (code >= 0xdc00 && code < 0xe000) {
        code = 0xfffd;
    }
    put_code(p->doc, code);
    return true;
}

static bool take_escape(struct parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint8_t c;

    if (p->at == p->end)
        return false;
    c = *p->at++;
    if (c == 'u')
        return take_unicode_escape(p);
    found = c ? strchr(from, c) : NULL;
    if (!found)
        return false;
    p->doc->texts[p->doc->used++] = to[found - from];
    return true;
}

/* The opening quote is taken already. */
static const char *take_string(struct parser *p)
{
    const char *start = p->doc->texts + p->doc->used;

    while (p->at < p->end) {
        uint8_t c = *p->at;
        uint32_t code;
        size_t n;

        if (c == '"') {
            p->at++;
            p->doc->texts[p->doc->used++] = 0;
            return start;
        }
        if (c == '\\') {
            p->at++;
            if (!take_escape(p))
                return NULL;
            continue;
        }
        n = utf8_decode(p->at, (size_t)(p->end - p->at), &code);
        if (c < 0x20 || !n)
            return NULL;
        memcpy(p->doc->texts + p->doc->used, p->at, n);
        p->doc->used += n;
        p->at += n;
    }
    return NULL;
}

static size_t take_digits(struct parser *p)
{
    const uint8_t *start = p->at;

    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return (size_t)(p->at - start);
}

static bool take_number(struct parser *p, double *number)
{
    const uint8_t *start = p->at;
    char copy[64];
    size_t len;

    if (p->at < p->end && *p->at == '-')
        p->at++;
    if (p->at < p->end && *p->at == '0')
        p->at++;
    else if (!take_digits(p))
        return false;
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        if (!take_digits(p))
            return false;
    }
    if (p->at < p->end && (*p->at | 0x20) == 'e') {
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
            p->at++;
        if (!take_digits(p))
            return false;
    }
    len = (size_t)(p->at - start);
    if (len >= sizeof(copy))
        return false;
    memcpy(copy, start, len);
    copy[len] = 0;
    *number = strtod(copy, NULL);
    return true;
}

static struct json *take_value(struct parser *p, int depth);

/* The opening bracket or brace is taken already. */
static bool take_children(struct parser *p, struct json *parent, int depth)
{
    char closing = parent->type == JSON_OBJECT ? '}' : ']';
    const struct json **link = &parent->first;

    if (depth >= JSON_DEPTH_MAX)
        return false;
    if (take(p, closing))
        return true;
    do {
        const char *key = NULL;
        struct json *child;

        if (parent->type == JSON_OBJECT &&
            (!take(p, '"') || !(key = take_string(p)) || !take(p, ':')))
            return false;
        child = take_value(p, depth + 1);
        if (!child)
            return false;
        child->key = key;
        *link = child;
        link = &child->next;
    } while (take(p, ','));
    return take(p, closing);
}

static struct json *take_value(struct parser *p, int depth)
{
    struct json *v;
    bool ok;

    skip_space(p);
    if (p->at == p->end || p->doc->n_values == p->doc->room)
        return NULL;
    v = &p->doc->values[p->doc->n_values++];
    switch (*p->at) {
    case '{':
    case '[':
        v->type = *p->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
        ok = take_children(p, v, depth);
        break;
    case '"':
        p->at++;
        v->type = JSON_STRING;
        v->text = take_string(p);
        ok = v->text;
        break;
    case 't':
    case 'f':
        v->type = JSON_BOOL;
        v->truth = *p->at == 't';
        ok = take_word(p, v->truth ? "true" : "false");
        break;
    case 'n':
        ok = take_word(p, "null");
        break;
    default:
        v->type = JSON_NUMBER;
        ok = take_number(p, &v->number);
    }
    return ok ? v : NULL;
}

/* No text has more values than separators, plus one. */
static size_t count_values(const uint8_t *bytes, size_t len)
{
    size_t n = 1;

    for (size_t i = 0; i < len; i++)
        n += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{';
    return n < JSON_VALUES_MAX ? n : JSON_VALUES_MAX;
}

struct json_document *json_parse(const void *bytes, size_t len)
{
    struct json_document *d = mem_new0(struct json_document);
    struct parser p = {.at = bytes, .doc = d};

    p.end = len ? p.at + len : p.at;
    d->room = count_values(bytes, len);
    d->values = mem_alloc0(d->room, sizeof(*d->values));
    d->texts = mem_alloc0(len + 1, 1);
    if (take_value(&p, 0)) {
        skip_space(&p);
        if (p.at == p.end)
            return d;
    }
    json_document_destroy(d);
    return NULL;
}

void json_document_destroy(struct json_document *d)
{
    if (!d)
        return;
    free(d->values);
    free(d->texts);
    free(d);
}

const struct json *json_root(const struct json_document *d)
{
    return d->values;
}

const struct json *json_member(const struct json *object, const char *key)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *m = object->first; m; m = m->next)
        if (!strcmp(m->key, key))
            return m;
    return NULL;
}

const char *json_text(const struct json *value, const char *otherwise)
{
    return value && value->type == JSON_STRING ? value->text : otherwise;
}

int64_t json_integer(const struct json *value, int64_t otherwise)
{
    if (!value || value->type != JSON_NUMBER)
        return otherwise;
    if (value->number >= 9.2e18)
        return INT64_MAX;
    return value->number <= -9.2e18 ? INT64_MIN : (int64_t)value->number;
}

bool json_truth(const struct json *value, bool otherwise)
{
    return value && value->type == JSON_BOOL ? value->truth : otherwise;
}

void json_put_raw(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

void json_put_string(struct buf *out, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = strlen(text);

    json_put_raw(out, "\"");
    for (size_t i = 0; i < len;) {
        uint8_t c = (uint8_t)text[i];
        uint32_t code;
        size_t n = utf8_decode(text + i, len - i, &code);

        if (c == '"' || c == '\\') {
            buf_append(out, (char[]){'\\', (char)c}, 2);
        } else if (c < 0x20) {
            buf_append(out, (char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
        } else if (!n) {
            json_put_raw(out, "?");
        } else {
            buf_append(out, text + i, n);
        }
        i += n ? n : 1;
    }
    json_put_raw(out, "\"");
}
