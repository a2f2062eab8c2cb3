/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sockets before a stream exists: listening and connecting, on Unix paths and TCP addresses. The
 * descriptors handed out are close-on-exec, non-blocking and belong to the caller, who usually
 * gives them to io_stream_create().
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct io_listener;

/* A peer has connected; `fd` is the owner's. May destroy the listener. */
typedef void (*io_accept_fn)(void *owner, int fd);

/*
 * Listens on a Unix socket that only this user can reach (mode 0600). Something that lies at `path`
 * already is an error, except a socket where nobody listens any more: that is replaced. Paths
 * longer than a socket address holds work too. NULL with *err filled when it cannot.
 */
struct io_listener *io_listen_unix(const char *path, io_accept_fn accepted, void *owner,
                                   struct err *err);
/*
 * Listens on "127.0.0.1:5901", "[::1]:5901" or "localhost:5901"; port 0 takes any free one. An
 * address that others can reach is refused unless `anywhere`.
 */
struct io_listener *io_listen_tcp(const char *address, bool anywhere, io_accept_fn accepted,
                                  void *owner, struct err *err);
/* Could io_listen_tcp() take this address, if its port is free? Negative with *err filled. */
int io_check_tcp(const char *address, bool anywhere, struct err *err);
/* "127.0.0.1:5901" with the true port, or the path. The listener's. */
const char *io_listener_address(const struct io_listener *l);
/* Closes it, and removes a Unix socket's path. NULL is fine. */
void io_listener_destroy(struct io_listener *l);

/* A bound and listening descriptor for somebody else's loop; negative with *err filled. */
int io_bind_unix(const char *path, struct err *err);

/* Connect; negative with *err filled. TCP names are looked up; it waits at most timeout_ms. */
int io_connect_unix(const char *path, struct err *err);
int io_connect_tcp(const char *address, int timeout_ms, struct err *err);

/* Does this connection stay on this host: is its own end a loopback address or a Unix socket? */
bool io_is_loopback(int fd);

enum { IO_PEER_SIZE = 64 };

/* Who is at the other end, for the log: "192.0.2.1:40112", "[2001:db8::1]:40112", "process 1234" of
   this host. */
void io_peer_name(int fd, char name[IO_PEER_SIZE]);

/* A connected pair of close-on-exec stream sockets; negative with *err filled. */
int io_socket_pair(int fds[2], struct err *err);
