/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's monitor on a stream; see monitor.h. */
#include "vm/monitor.h"

#include "base/mem.h"
#include "io/stream.h"
#include "vm/qmp.h"

#include <glib.h>
#include <stdlib.h>

/* A command that waits for its answer. */
struct call {
    uint64_t id;
    vm_reply_fn reply;
    void *owner;
};

struct vm_monitor {
    struct io_stream *stream;
    const struct vm_monitor_ops *ops;
    void *owner;
    uint64_t last_id;
    GQueue calls; /* of struct call, oldest first */
    bool greeted;
    unsigned busy; /* callbacks of the owner that run: destroying waits for them */
    bool doomed;
};

static void answer(struct vm_monitor *m, const struct qmp_message *msg)
{
    for (GList *l = m->calls.head; l; l = l->next) {
        struct call *call = l->data, copy = *call;

        if (call->id != msg->id)
            continue;
        g_queue_delete_link(&m->calls, l);
        free(call);
        if (copy.reply)
            copy.reply(copy.owner, msg->kind == QMP_RETURN ? msg->body : NULL,
                       msg->kind == QMP_ERROR ? msg->text : NULL);
        return;
    }
}

static void negotiated(void *owner, const struct json *value, const char *error)
{
    struct vm_monitor *m = owner;

    (void)error;
    if (value)
        m->ops->ready(m->owner);
}

static void handle(struct vm_monitor *m, const struct qmp_message *msg)
{
    switch (msg->kind) {
    case QMP_GREETING:
        if (!m->greeted) {
            m->greeted = true;
            vm_monitor_call(m, "qmp_capabilities", NULL, negotiated, m);
        }
        break;
    case QMP_EVENT:
        if (m->ops->event)
            m->ops->event(m->owner, msg->text, msg->body);
        break;
    case QMP_RETURN:
    case QMP_ERROR:
        answer(m, msg);
        break;
    }
}

/* After a callback of the owner's; false when it has destroyed the monitor, which is gone now. */
static bool leave(struct vm_monitor *m)
{
    if (--m->busy || !m->doomed)
        return true;
    free(m);
    return false;
}

static void closed(void *owner, const char *reason)
{
    struct vm_monitor *m = owner;

    m->busy++;
    while (m->calls.head) {
        struct call *call = g_queue_pop_head(&m->calls), copy = *call;

        free(call);
        if (copy.reply)
            copy.reply(copy.owner, NULL, reason);
    }
    if (!m->doomed)
        m->ops->closed(m->owner, reason);
    leave(m);
}

static size_t data(void *owner, const uint8_t *bytes, size_t len)
{
    struct vm_monitor *m = owner;
    struct qmp_message msg;
    struct err err;
    long n = qmp_parse(bytes, len, &msg, &err);

    if (n < 0) {
        struct io_stream *broken = steal(&m->stream);

        closed(m, err.text);
        io_stream_destroy(broken);
        return len;
    }
    if (!n)
        return 0;
    m->busy++;
    handle(m, &msg);
    leave(m);
    qmp_message_finish(&msg);
    return (size_t)n;
}

static const struct io_stream_ops stream_ops = {.data = data, .closed = closed};

struct vm_monitor *vm_monitor_create(int fd, const struct vm_monitor_ops *ops, void *owner)
{
    struct vm_monitor *m = mem_new0(struct vm_monitor);

    m->ops = ops;
    m->owner = owner;
    m->stream = io_stream_create(fd, &stream_ops, m);
    return m;
}

void vm_monitor_destroy(struct vm_monitor *m)
{
    if (!m)
        return;
    g_queue_clear_full(&m->calls, free);
    io_stream_destroy(steal(&m->stream));
    m->doomed = true;
    if (!m->busy)
        free(m);
}

void vm_monitor_call_fd(struct vm_monitor *m, const char *command, const char *arguments, int fd,
                        vm_reply_fn reply, void *owner)
{
    struct call *call = mem_new0(struct call);
    struct buf line = BUF_INIT;

    call->id = ++m->last_id;
    call->reply = reply;
    call->owner = owner;
    g_queue_push_tail(&m->calls, call);
    qmp_put_command(&line, call->id, command, arguments);
    if (m->stream && fd >= 0)
        io_stream_send_fd(m->stream, line.data, line.len, fd);
    else if (m->stream)
        io_stream_send(m->stream, line.data, line.len);
    buf_finish(&line);
}

void vm_monitor_call(struct vm_monitor *m, const char *command, const char *arguments,
                     vm_reply_fn reply, void *owner)
{
    vm_monitor_call_fd(m, command, arguments, -1, reply, owner);
}
