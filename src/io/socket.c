/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listening and connecting; see socket.h. */
#include "io/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

struct io_listener {
    int fd;
    int spare; /* given up to accept and drop a peer when descriptors have run out */
    GSource *source;
    io_accept_fn accepted;
    void *owner;
    char *address;
    char *path; /* to be removed; NULL for TCP */
};

/*
 * Fills a socket address for a path of any length: a long one goes through its directory's
 * descriptor. *dir is that descriptor or -1; the caller closes it after bind() or connect().
 */
static int unix_address(const char *path, struct sockaddr_un *sa, int *dir, struct err *err)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *folder = NULL;
    int n;

    *sa = (struct sockaddr_un){.sun_family = AF_UNIX};
    *dir = -1;
    if (strlen(path) < sizeof(sa->sun_path)) {
        strcpy(sa->sun_path, path);
        return 0;
    }
    folder = g_path_get_dirname(path);
    *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0)
        return err_set(err, "%s: %s", folder, strerror(errno));
    n = snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s", *dir,
                 slash ? slash + 1 : path);
    if (n < 0 || (size_t)n >= sizeof(sa->sun_path)) {
        close(*dir);
        *dir = -1;
        return err_set(err, "%s: the name is too long for a socket", path);
    }
    return 0;
}

static int new_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int io_connect_unix(const char *path, struct err *err)
{
    struct sockaddr_un sa;
    int dir, rc, saved, fd;

    if (unix_address(path, &sa, &dir, err) < 0)
        return -1;
    fd = new_socket(AF_UNIX);
    rc = fd < 0 ? -1 : connect(fd, (struct sockaddr *)&sa, sizeof(sa));
    saved = errno;
    if (dir >= 0)
        close(dir);
    if (rc < 0) {
        if (fd >= 0)
            close(fd);
        errno = saved;
        return err_set(err, "cannot connect to %s: %s", path, strerror(saved));
    }
    return fd;
}

/* Removes a socket where nobody listens; a live one or anything else stays. */
static void remove_dead_socket(const char *path)
{
    struct err ignored;
    struct stat st;
    int fd;

    if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = io_connect_unix(path, &ignored);
    if (fd >= 0)
        close(fd);
    else if (errno == ECONNREFUSED)
        unlink(path);
}

int io_bind_unix(const char *path, struct err *err)
{
    struct sockaddr_un sa;
    mode_t old;
    int dir, fd, rc;

    remove_dead_socket(path);
    if (unix_address(path, &sa, &dir, err) < 0)
        return -1;
    fd = new_socket(AF_UNIX);
    /* The mask, not a later chmod: there is no moment in which others could connect. */
    old = umask(0177);
    rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&sa, sizeof(sa));
    umask(old);
    if (rc < 0 || listen(fd, BACKLOG) < 0) {
        err_set(err, "cannot listen on %s: %s", path,
                errno == EADDRINUSE ? "it is in use already" : strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    if (dir >= 0)
        close(dir);
    return fd;
}

/* Splits "host:port" or "[host]:port"; host and port are the caller's to free. */
static int split_address(const char *address, char **host, char **port, struct err *err)
{
    const char *colon = strrchr(address, ':');
    char *end = NULL;
    unsigned long value;

    if (!colon || colon == address || !g_ascii_isdigit(colon[1]) ||
        (value = strtoul(colon + 1, &end, 10), *end) || value > 65535)
        return err_set(err, "\"%s\" is not an address; write HOST:PORT, as in 127.0.0.1:5901",
                       address);
    if (address[0] == '[' && colon[-1] == ']')
        *host = g_strndup(address + 1, (gsize)(colon - address - 2));
    else
        *host = g_strndup(address, (gsize)(colon - address));
    *port = g_strdup(colon + 1);
    return 0;
}

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

static struct addrinfo *look_up(const char *address, int flags, struct err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found = NULL;
    g_autofree char *host = NULL, *port = NULL;
    int rc;

    if (split_address(address, &host, &port, err) < 0)
        return NULL;
    if (flags & AI_PASSIVE && !strcmp(host, "localhost")) {
        g_free(host);
        host = g_strdup("127.0.0.1");
    }
    rc = getaddrinfo(host, port, &hints, &found);
    if (rc) {
        err_set(err, "%s: %s", address,
                rc == EAI_NONAME ? "there is no such address" : gai_strerror(rc));
        return NULL;
    }
    return found;
}

static char *address_text(int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";

    if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0 ||
        getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return g_strdup("?");
    return g_strdup_printf(sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int accept_one(struct io_listener *l)
{
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && l->spare >= 0) {
        /* Left in the backlog the peer would keep the loop spinning: it is taken and dropped. */
        close(l->spare);
        fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
        l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
        fd = -1;
    }
    return fd;
}

static gboolean on_connection(gint listening, GIOCondition condition, gpointer data)
{
    struct io_listener *l = data;
    int fd = accept_one(l), on = 1;

    (void)listening, (void)condition;
    if (fd < 0)
        return G_SOURCE_CONTINUE;
    if (!l->path)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    l->accepted(l->owner, fd); /* l may be gone now */
    return G_SOURCE_CONTINUE;
}

static struct io_listener *listener_create(int fd, char *path, io_accept_fn accepted, void *owner)
{
    struct io_listener *l = g_new0(struct io_listener, 1);

    l->fd = fd;
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    l->accepted = accepted;
    l->owner = owner;
    l->path = path;
    l->address = path ? g_strdup(path) : address_text(fd);
    l->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(l->source, G_SOURCE_FUNC(on_connection), l, NULL);
    g_source_attach(l->source, g_main_context_get_thread_default());
    return l;
}

struct io_listener *io_listen_unix(const char *path, io_accept_fn accepted, void *owner,
                                   struct err *err)
{
    int fd = io_bind_unix(path, err);

    return fd < 0 ? NULL : listener_create(fd, g_strdup(path), accepted, owner);
}

/* What to listen on; NULL with *err filled when the address is wrong or others could reach it. */
static struct addrinfo *look_up_own(const char *address, bool anywhere, struct err *err)
{
    struct addrinfo *found = look_up(address, AI_PASSIVE, err);

    if (!found || anywhere || is_loopback(found->ai_addr))
        return found;
    freeaddrinfo(found);
    err_set(err,
            "%s can be reached by others and nothing would ask them for a password; use 127.0.0.1 "
            "and forward the port with ssh",
            address);
    return NULL;
}

int io_check_tcp(const char *address, bool anywhere, struct err *err)
{
    struct addrinfo *found = look_up_own(address, anywhere, err);

    if (!found)
        return -1;
    freeaddrinfo(found);
    return 0;
}

struct io_listener *io_listen_tcp(const char *address, bool anywhere, io_accept_fn accepted,
                                  void *owner, struct err *err)
{
    struct addrinfo *found = look_up_own(address, anywhere, err);
    int fd, on = 1;

    if (!found)
        return NULL;
    fd = new_socket(found->ai_family);
    /* Only for connections that linger: a second listener is still refused on Linux. */
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        err_set(err, "cannot listen on %s: %s", address,
                errno == EADDRINUSE ? "the port is taken; choose another" : strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd < 0 ? NULL : listener_create(fd, NULL, accepted, owner);
}

const char *io_listener_address(const struct io_listener *l)
{
    return l->address;
}

void io_listener_destroy(struct io_listener *l)
{
    if (!l)
        return;
    g_source_destroy(l->source);
    g_source_unref(l->source);
    if (l->path)
        unlink(l->path);
    close(l->fd);
    if (l->spare >= 0)
        close(l->spare);
    g_free(l->path);
    g_free(l->address);
    g_free(l);
}

/* Waits for a connect() in progress; 0 or an errno. */
static int finish_connect(int fd, int timeout_ms)
{
    struct pollfd p = {fd, POLLOUT, 0};
    socklen_t len = sizeof(int);
    int rc, error = 0;

    do
        rc = poll(&p, 1, timeout_ms);
    while (rc < 0 && errno == EINTR);
    if (!rc)
        return ETIMEDOUT;
    if (rc < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return errno;
    return error;
}

int io_connect_tcp(const char *address, int timeout_ms, struct err *err)
{
    struct addrinfo *found = look_up(address, 0, err);
    int fd = -1, error = 0, on = 1;

    if (!found)
        return -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = new_socket(a->ai_family);
        if (fd < 0) {
            error = errno;
            continue;
        }
        error = connect(fd, a->ai_addr, a->ai_addrlen) < 0 ? errno : 0;
        if (error == EINPROGRESS)
            error = finish_connect(fd, timeout_ms);
        if (error) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        return err_set(err, "cannot connect to %s: %s", address, strerror(error));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

bool io_is_loopback(int fd)
{
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);

    if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
        return false;
    return sa.ss_family == AF_UNIX || is_loopback((struct sockaddr *)&sa);
}

void io_peer_name(int fd, char name[IO_PEER_SIZE])
{
    struct sockaddr_storage sa = {0};
    struct ucred process = {0};
    socklen_t len = sizeof(sa), process_len = sizeof(process);
    char host[INET6_ADDRSTRLEN], port[8];

    snprintf(name, IO_PEER_SIZE, "somebody");
    if (getpeername(fd, (struct sockaddr *)&sa, &len) < 0)
        return;
    if (sa.ss_family == AF_UNIX) {
        if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &process_len))
            snprintf(name, IO_PEER_SIZE, "process %d", (int)process.pid);
    } else if (!getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
                            NI_NUMERICHOST | NI_NUMERICSERV)) {
        snprintf(name, IO_PEER_SIZE, sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    }
}

int io_socket_pair(int fds[2], struct err *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return err_set(err, "cannot make a socket pair: %s", strerror(errno));
    return 0;
}
