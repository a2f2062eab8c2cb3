/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listener's thread: authentication, the receive loop, and the news; see listener.h. The lock
 * guards the news and what the owner asks for; it is never held while pixels are copied.
 */
#include "listener.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "screen.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Bytes received at a time: what fits into a processor's cache together with where it goes. */
enum { RECEIVE_BYTES = 128 << 10 };
/* QEMU's main loop stands still during authentication, so we don't leave it there for long. */
enum { AUTH_SECONDS = 10, AUTH_LINE_MAX = 1024 };
/* Rectangles of damage kept apart while the owner is busy. */
enum { DAMAGE_RECTS_MAX = 64 };
/* Answers that QEMU does not read; it has a broken main loop if there are so many. */
enum { OUT_MAX = 64 << 10 };

enum auth { AUTH_AWAITS_OK, AUTH_DONE };

struct listener {
    void (*wake)(void *data);
    void *data;
    int fd, event; /* event: the owner wants something */
    pthread_t thread;
    bool running; /* there is a thread to join */

    pthread_mutex_t lock;
    struct listener_news news;
    bool woken;             /* wake() was called and the news not taken since */
    bool stop;              /* the owner's */
    uint32_t width, height; /* the owner's, when sizes_told is above 0 */
    uint64_t sizes_told;    /* how often the owner told a size */
    uint64_t ping;          /* the owner's newest number */

    /* The thread's own. */
    enum auth auth;
    struct buf in, out;
    struct stream stream;
    struct screen screen;
    pixman_region32_t fresh; /* damage of the picture that is arriving */
    struct cursor *cursor;   /* as QEMU defined it */
    bool cursor_hidden;
    uint64_t sizes_obeyed;
    uint32_t console_width, console_height; /* as obeyed last */
    uint32_t serial, ping_serial;           /* of our messages; 0: no ping is under way */
    uint64_t pinged;                        /* the number that the ping under way stands for */
    bool failed;
    struct err err;
};

/* ---- News --------------------------------------------------------------------------------------
 */

/* With the lock held. */
static void tell(struct listener *l)
{
    if (!l->woken && !l->stop)
        l->wake(l->data);
    l->woken = true;
}

static void fail(struct listener *l)
{
    l->failed = true;
    pthread_mutex_lock(&l->lock);
    l->news.lost = true;
    l->news.err = l->err;
    tell(l);
    pthread_mutex_unlock(&l->lock);
}

static void news_init(struct listener_news *news)
{
    *news = (struct listener_news){0};
    pixman_region32_init(&news->damage);
}

void listener_news_finish(struct listener_news *news)
{
    surface_unref(news->screen);
    cursor_unref(news->cursor);
    pixman_region32_fini(&news->damage);
    news_init(news);
}

void listener_take(struct listener *l, struct listener_news *news)
{
    pthread_mutex_lock(&l->lock);
    *news = l->news;
    news_init(&l->news);
    l->news.ready = news->ready;
    l->news.pong = news->pong;
    l->news.lost = news->lost;
    l->news.err = news->err;
    l->woken = false;
    pthread_mutex_unlock(&l->lock);
}

/* The screen is another surface. */
static void tell_screen(struct listener *l)
{
    bool ask = l->screen.surface->width != l->console_width ||
               l->screen.surface->height != l->console_height;

    pixman_region32_clear(&l->fresh);
    pthread_mutex_lock(&l->lock);
    surface_unref(l->news.screen);
    l->news.screen = surface_ref(l->screen.surface);
    pixman_region32_clear(&l->news.damage);
    l->news.asks_size |= ask;
    tell(l);
    pthread_mutex_unlock(&l->lock);
}

static void tell_damage(struct listener *l)
{
    pixman_region32_t *damage = &l->news.damage;
    pixman_box32_t *all;

    if (!pixman_region32_not_empty(&l->fresh))
        return;
    pthread_mutex_lock(&l->lock);
    pixman_region32_union(damage, damage, &l->fresh);
    if (pixman_region32_n_rects(damage) > DAMAGE_RECTS_MAX) {
        all = pixman_region32_extents(damage);
        pixman_region32_union_rect(damage, damage, all->x1, all->y1, (unsigned)(all->x2 - all->x1),
                                   (unsigned)(all->y2 - all->y1));
    }
    tell(l);
    pthread_mutex_unlock(&l->lock);
    pixman_region32_clear(&l->fresh);
}

/* ---- Pictures ----------------------------------------------------------------------------------
 */

static void on_picture(void *owner, const struct frame *f)
{
    struct listener *l = owner;
    int answer = l->failed ? -1 : screen_begin(&l->screen, f, &l->err);

    if (answer < 0)
        fail(l);
    else if (answer == SCREEN_OTHER)
        tell_screen(l);
}

static void on_rows(void *owner, const struct frame *f, uint32_t y, uint32_t count,
                    const uint8_t *pixels, size_t stride)
{
    struct listener *l = owner;
    struct rect r;

    if (l->failed)
        return;
    r = screen_rows(&l->screen, f, y, count, pixels, stride);
    if (!rect_is_empty(r))
        pixman_region32_union_rect(&l->fresh, &l->fresh, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
}

static void on_picture_end(void *owner, const struct frame *f)
{
    struct listener *l = owner;

    if (l->failed)
        return;
    if (screen_end(&l->screen, f) == SCREEN_OTHER)
        tell_screen(l);
    tell_damage(l);
}

/* The display is switched off. */
static void blank(struct listener *l)
{
    struct surface *s = l->screen.surface;

    if (!s)
        return;
    memset(s->data, 0, s->size);
    pixman_region32_union_rect(&l->fresh, &l->fresh, 0, 0, s->width, s->height);
    tell_damage(l);
}

/* ---- The pointer -------------------------------------------------------------------------------
 */

static void tell_cursor(struct listener *l)
{
    struct cursor *c = l->cursor_hidden ? cursor_create(0, 0, 0, 0, NULL)
                       : l->cursor      ? cursor_ref(l->cursor)
                                        : NULL;

    pthread_mutex_lock(&l->lock);
    cursor_unref(l->news.cursor);
    l->news.cursor = c;
    l->news.has_cursor = true;
    tell(l);
    pthread_mutex_unlock(&l->lock);
}

static int define_cursor(struct listener *l, const uint8_t *body, size_t len)
{
    struct dbus_body b = dbus_body_of(body, len);
    int32_t w = dbus_get_s32(&b), h = dbus_get_s32(&b);
    int32_t hot_x = dbus_get_s32(&b), hot_y = dbus_get_s32(&b);
    size_t bytes = dbus_get_u32(&b);
    const uint8_t *from = wire_get_bytes(&b.r, bytes);
    cleanup_free uint32_t *pixels = NULL;

    if (!from || w < 1 || h < 1 || w > CURSOR_SIZE_MAX || h > CURSOR_SIZE_MAX ||
        bytes != (size_t)w * (size_t)h * 4)
        return err_set(&l->err, "QEMU sent a pointer of %d×%d pixels in %zu bytes", w, h, len);
    pixels = mem_alloc0((size_t)w * (size_t)h, sizeof(*pixels));
    frame_cursor_pixels(pixels, from, (size_t)w * (size_t)h);
    cursor_unref(l->cursor);
    l->cursor = cursor_create((uint32_t)w, (uint32_t)h, (uint32_t)MAX_OF(hot_x, 0),
                              (uint32_t)MAX_OF(hot_y, 0), pixels);
    tell_cursor(l);
    return 0;
}

static int set_pointer(struct listener *l, const uint8_t *body, size_t len)
{
    struct dbus_body b = dbus_body_of(body, len);
    int32_t x = dbus_get_s32(&b), y = dbus_get_s32(&b);
    bool hidden = !dbus_get_s32(&b);

    if (b.r.failed)
        return err_set(&l->err, "QEMU sent a pointer's place in %zu bytes", len);
    if (hidden != l->cursor_hidden) {
        l->cursor_hidden = hidden;
        tell_cursor(l);
    }
    /* A hidden one is at 0, 0, which means nothing. */
    if (hidden || x > RECT_PLACE_MAX || y > RECT_PLACE_MAX || x < -RECT_PLACE_MAX ||
        y < -RECT_PLACE_MAX)
        return 0;
    pthread_mutex_lock(&l->lock);
    l->news.has_pointer = true;
    l->news.pointer_x = x + (l->cursor ? (int32_t)l->cursor->hot_x : 0);
    l->news.pointer_y = y + (l->cursor ? (int32_t)l->cursor->hot_y : 0);
    tell(l);
    pthread_mutex_unlock(&l->lock);
    return 0;
}

/* ---- Messages ----------------------------------------------------------------------------------
 */

static void on_answer(struct listener *l, const struct dbus_head *h)
{
    if (!l->ping_serial || h->reply_serial != l->ping_serial)
        return;
    l->ping_serial = 0;
    pthread_mutex_lock(&l->lock);
    l->news.pong = l->pinged;
    tell(l);
    pthread_mutex_unlock(&l->lock);
}

static int on_display_call(struct listener *l, const struct dbus_head *h, const uint8_t *body)
{
    if (!strcmp(h->member, "CursorDefine") && !strcmp(h->signature, "iiiiay"))
        return define_cursor(l, body, h->body_len);
    if (!strcmp(h->member, "MouseSet") && !strcmp(h->signature, "iii"))
        return set_pointer(l, body, h->body_len);
    if (!strcmp(h->member, "ScanoutDMABUF"))
        return err_set(&l->err, "QEMU keeps its picture on the graphics card; start it without "
                                "gl=on and without a device whose name ends in -gl");
    if (!strcmp(h->member, "Disable"))
        blank(l);
    return 0;
}

static void on_message(void *owner, const struct dbus_head *h, const uint8_t *body)
{
    struct listener *l = owner;
    bool listener = !strcmp(h->interface, "org.qemu.Display1.Listener");
    bool properties = !strcmp(h->interface, "org.freedesktop.DBus.Properties");

    if (l->failed)
        return;
    if (h->type == DBUS_RETURN || h->type == DBUS_ERROR)
        on_answer(l, h);
    if (h->type != DBUS_CALL)
        return;
    /* The answer first: QEMU may be standing still for it. */
    if (h->wants_reply && properties && !strcmp(h->member, "GetAll"))
        dbus_put_listener_properties(&l->out, ++l->serial, h->serial);
    else if (h->wants_reply && listener)
        dbus_put_return(&l->out, ++l->serial, h->serial);
    else if (h->wants_reply)
        dbus_put_unknown_method(&l->out, ++l->serial, h->serial);
    if (listener && on_display_call(l, h, body) < 0)
        fail(l);
}

static const struct stream_ops stream_ops = {
    .picture = on_picture,
    .rows = on_rows,
    .picture_end = on_picture_end,
    .message = on_message,
};

/* ---- The socket --------------------------------------------------------------------------------
 */

static int lost_connection(struct listener *l, int error)
{
    if (error)
        return err_set(&l->err, "the connection to QEMU's display broke: %s", strerror(error));
    return err_set(&l->err, "QEMU closed its display");
}

/*
 * Authentication by the credentials of the socket, EXTERNAL: a NUL byte that carries them, then
 * lines. Sent explicitly, because QEMU asks for credentials only after we have written.
 */
static int send_greeting(struct listener *l)
{
    char uid[16];
    struct ucred credentials = {getpid(), geteuid(), getegid()};
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control = {0};
    struct iovec io = {(char[]){0}, 1};
    struct msghdr message = {
        .msg_iov = &io,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_CREDENTIALS;
    c->cmsg_len = CMSG_LEN(sizeof(credentials));
    memcpy(CMSG_DATA(c), &credentials, sizeof(credentials));
    if (sendmsg(l->fd, &message, MSG_NOSIGNAL) != 1)
        return lost_connection(l, errno);
    /* The user's number in decimal, and that in hexadecimal: a digit d is 0x3d. */
    snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());
    buf_append(&l->out, "AUTH EXTERNAL ", 14);
    for (const char *p = uid; *p; p++)
        buf_append(&l->out, (char[]){'3', *p}, 2);
    buf_append(&l->out, "\r\n", 2);
    return 0;
}

static int on_auth_bytes(struct listener *l)
{
    const uint8_t *end = l->in.len ? memchr(l->in.data, '\n', l->in.len) : NULL;

    if (!end && l->in.len < AUTH_LINE_MAX)
        return 0;
    if (!end || l->in.len < 3 || memcmp(l->in.data, "OK ", 3))
        return err_set(&l->err, "QEMU's display did not accept this user");
    buf_consume(&l->in, (size_t)(end + 1 - l->in.data));
    buf_append(&l->out, "BEGIN\r\n", 7);
    l->auth = AUTH_DONE;
    pthread_mutex_lock(&l->lock);
    l->news.ready = true;
    tell(l);
    pthread_mutex_unlock(&l->lock);
    return 0;
}

static int receive(struct listener *l)
{
    ssize_t n = recv(l->fd, buf_reserve(&l->in, RECEIVE_BYTES), RECEIVE_BYTES, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return lost_connection(l, n < 0 ? errno : 0);
    l->in.len += (size_t)n;
    if (l->auth != AUTH_DONE && on_auth_bytes(l) < 0)
        return -1;
    return l->auth == AUTH_DONE ? stream_run(&l->stream, &l->in, &l->err) : 0;
}

static int flush(struct listener *l)
{
    ssize_t n;

    while (l->out.len) {
        n = send(l->fd, l->out.data, l->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return l->out.len > OUT_MAX ? err_set(&l->err, "QEMU does not read our answers") : 0;
        if (n < 0 && errno != EINTR)
            return lost_connection(l, errno);
        if (n > 0)
            buf_consume(&l->out, (size_t)n);
    }
    return 0;
}

/* What the owner asked for. Returns false when that is to stop. */
static bool obey(struct listener *l)
{
    uint64_t ping, told, rung;
    uint32_t width, height;
    int answer;
    bool stop;

    if (read(l->event, &rung, sizeof(rung)) < 0)
        rung = 0; /* it had not been rung; we look all the same */
    pthread_mutex_lock(&l->lock);
    stop = l->stop;
    ping = l->ping;
    told = l->sizes_told;
    width = l->width, height = l->height;
    pthread_mutex_unlock(&l->lock);
    if (stop)
        return false;
    if (l->auth == AUTH_DONE && ping > l->pinged && !l->ping_serial) {
        l->pinged = ping;
        l->ping_serial = ++l->serial;
        dbus_put_ping(&l->out, l->ping_serial);
    }
    if (told == l->sizes_obeyed || !stream_is_between(&l->stream))
        return true; /* a size can wait for the end of the picture */
    l->sizes_obeyed = told;
    l->console_width = width, l->console_height = height;
    answer = screen_resize(&l->screen, width, height, &l->err);
    if (answer == SCREEN_OTHER)
        tell_screen(l);
    if (answer < 0)
        fail(l);
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One round of waiting and serving; -1 with l->err filled when it was the last. */
static int serve(struct listener *l, int64_t auth_deadline)
{
    struct pollfd fds[] = {
        {l->fd, (short)(POLLIN | (l->out.len ? POLLOUT : 0)), 0},
        {l->event, POLLIN, 0},
    };
    int64_t left = auth_deadline - now_ms();
    int timeout = l->auth == AUTH_DONE ? -1 : (int)MAX_OF(left, 0);
    int n = poll(fds, ARRAY_LEN(fds), timeout);

    if (n < 0 && errno != EINTR)
        return lost_connection(l, errno);
    if (!n)
        return err_set(&l->err, "QEMU's display did not answer within %d seconds", AUTH_SECONDS);
    if (n > 0 && fds[0].revents & ~POLLOUT && receive(l) < 0)
        return -1;
    return 0;
}

static void *run(void *data)
{
    struct listener *l = data;
    int64_t auth_deadline = now_ms() + AUTH_SECONDS * 1000;
    bool broken = send_greeting(l) < 0;

    while (!broken && !l->failed && obey(l))
        broken = flush(l) < 0 || serve(l, auth_deadline) < 0;
    /* Nobody reads on: QEMU must learn it, or it would collect what it cannot send. */
    shutdown(l->fd, SHUT_RDWR);
    if (broken)
        fail(l);
    return NULL;
}

/* ---- The owner's side --------------------------------------------------------------------------
 */

static void ring(struct listener *l)
{
    ssize_t n = write(l->event, &(uint64_t){1}, sizeof(uint64_t));

    (void)n; /* it cannot fail: the counter never comes near its end */
}

struct listener *listener_create(int fd, void (*wake)(void *data), void *data)
{
    struct listener *l = mem_new0(struct listener);
    sigset_t all, before;

    l->wake = wake;
    l->data = data;
    l->fd = fd;
    l->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&l->lock, NULL);
    news_init(&l->news);
    pixman_region32_init(&l->fresh);
    stream_init(&l->stream, &stream_ops, l);
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    l->running = l->event >= 0 && !pthread_create(&l->thread, NULL, run, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (l->running) {
        pthread_setname_np(l->thread, "qemu-display");
    } else {
        err_set(&l->err, "cannot start a thread for QEMU's display: %s", strerror(errno));
        fail(l);
    }
    return l;
}

void listener_destroy(struct listener *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_mutex_unlock(&l->lock);
    if (l->running) {
        ring(l);
        pthread_join(l->thread, NULL);
    }
    close(l->fd);
    if (l->event >= 0)
        close(l->event);
    listener_news_finish(&l->news);
    pixman_region32_fini(&l->fresh);
    stream_finish(&l->stream);
    screen_finish(&l->screen);
    cursor_unref(l->cursor);
    buf_finish(&l->in);
    buf_finish(&l->out);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void listener_set_size(struct listener *l, uint32_t width, uint32_t height)
{
    pthread_mutex_lock(&l->lock);
    l->width = width;
    l->height = height;
    l->sizes_told++;
    pthread_mutex_unlock(&l->lock);
    ring(l);
}

void listener_ping(struct listener *l, uint64_t number)
{
    pthread_mutex_lock(&l->lock);
    l->ping = number;
    pthread_mutex_unlock(&l->lock);
    ring(l);
}
