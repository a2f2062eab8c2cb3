/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QMP's lines; see qmp.h. */
#include "vm/qmp.h"

#include <stdio.h>
#include <string.h>

static int classify(const struct json *root, struct qmp_message *m)
{
    const struct json *error = json_member(root, "error");

    m->id = (uint64_t)json_integer(json_member(root, "id"), 0);
    if ((m->body = json_member(root, "return"))) {
        m->kind = QMP_RETURN;
    } else if (error) {
        m->kind = QMP_ERROR;
        m->text = json_text(json_member(error, "desc"), "an error without a description");
    } else if ((m->text = json_text(json_member(root, "event"), NULL))) {
        m->kind = QMP_EVENT;
        m->body = json_member(root, "data");
    } else if ((m->body = json_member(root, "QMP"))) {
        m->kind = QMP_GREETING;
    } else {
        return -1;
    }
    return 0;
}

long qmp_parse(const uint8_t *bytes, size_t len, struct qmp_message *out, struct err *err)
{
    const uint8_t *newline = len ? memchr(bytes, '\n', len) : NULL;
    size_t line = newline ? (size_t)(newline - bytes) : len;
    struct qmp_message m = {.kind = QMP_GREETING};

    if (line > QMP_MESSAGE_MAX)
        return err_set(err, "QEMU's monitor sent a line of more than %d bytes", QMP_MESSAGE_MAX);
    if (!newline)
        return 0;
    m.document = json_parse(bytes, line);
    if (!m.document)
        return err_set(err, "QEMU's monitor sent a line that is not JSON");
    if (classify(json_root(m.document), &m) < 0) {
        qmp_message_finish(&m);
        return err_set(err, "QEMU's monitor sent a message of no known kind");
    }
    *out = m;
    return (long)line + 1;
}

void qmp_message_finish(struct qmp_message *m)
{
    json_document_destroy(m->document);
    *m = (struct qmp_message){.kind = QMP_GREETING};
}

void qmp_put_command(struct buf *out, uint64_t id, const char *command, const char *arguments)
{
    char number[32];

    json_put_raw(out, "{\"execute\":");
    json_put_string(out, command);
    if (arguments) {
        json_put_raw(out, ",\"arguments\":");
        json_put_raw(out, arguments);
    }
    snprintf(number, sizeof(number), ",\"id\":%llu}\r\n", (unsigned long long)id);
    json_put_raw(out, number);
}

long qmp_frame(const uint8_t *bytes, size_t len)
{
    size_t i = 0, depth = 0;
    bool in_string = false;

    while (i < len && (bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r')))
        i++;
    if (i < len && bytes[i] != '{')
        return -1;
    for (; i < len; i++) {
        if (in_string && bytes[i] == '\\') {
            i++;
        } else if (bytes[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && (bytes[i] == '{' || bytes[i] == '[')) {
            depth++;
        } else if (!in_string && (bytes[i] == '}' || bytes[i] == ']')) {
            if (!--depth)
                return (long)i + 1;
        }
    }
    return 0;
}
