/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Browsers; see web.h. */
#include "cli/web.h"

#include "base/log.h"
#include "base/mem.h"
#include "cli/guard.h"
#include "io/socket.h"
#include "rfb/server/server.h"
#include "web/server/files.h"
#include "web/server/server.h"

#include <glib.h>
#include <string.h>

struct web {
    struct rfb_server *rfb;
    struct guard *guard;
    struct web_server *server;
    GPtrArray *listeners; /* of struct io_listener */
    GPtrArray *urls;      /* of char * */
    char certificate[RFB_FINGERPRINT_SIZE];
};

/* A port alone is loopback's. */
static char *whole_address(const char *address)
{
    return g_strconcat(strchr(address, ':') ? "" : "127.0.0.1:", address, NULL);
}

/* Nobody but this host can reach it. */
static bool is_private(const char *address)
{
    struct err ignored;

    return io_check_tcp(address, false, &ignored) == 0;
}

int web_check(const char *address, bool anywhere, struct err *err)
{
    g_autofree char *whole = whole_address(address);

    if (web_files_check(err) < 0)
        return -1;
    return io_check_tcp(whole, anywhere, err);
}

static void socket_opened(void *owner, struct io_stream *stream)
{
    struct web *web = owner;
    size_t count;
    const struct rfb_security_offer *offers = guard_web_offers(web->guard, &count);

    rfb_server_accept_stream(web->rfb, stream, offers, count);
}

static void *tls_wanted(void *owner, const struct layer_ops **ops)
{
    struct web *web = owner;
    struct err err;
    void *layer = guard_tls_layer(web->guard, ops, &err);

    if (!layer)
        log_warning("web", "%s", err.text);
    return layer;
}

/* The hosts of the addresses, as far as they are names, and what people told besides. */
static struct web_server *create_server(struct web *web, const struct vm_strings *addresses,
                                        const struct vm_strings *names)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    struct web_server_config config = {
        .opened = socket_opened, .tls = tls_wanted, .tls_elsewhere = true, .owner = web};

    for (size_t i = 0; i < names->count; i++)
        g_ptr_array_add(all, g_strdup(names->items[i]));
    for (size_t i = 0; i < addresses->count; i++) {
        const char *address = addresses->items[i], *colon = strrchr(address, ':');

        if (colon)
            g_ptr_array_add(all, g_strndup(address, (gsize)(colon - address)));
    }
    config.names = (const char *const *)all->pdata;
    config.name_count = all->len;
    return web_server_create(&config);
}

static void destroy_listener(gpointer listener)
{
    io_listener_destroy(listener);
}

/* Where others reach it TLS alone is spoken, so there must be a certificate. */
static int listen_at(struct web *web, const char *address, struct err *err)
{
    bool anywhere = guard_allows_anywhere(web->guard), is_secure = !is_private(address);
    struct io_listener *l;

    if (is_secure && guard_certificate(web->guard, web->certificate, err) < 0)
        return -1;
    l = io_listen_tcp(address, anywhere, web_server_accept, web->server, err);
    if (!l)
        return -1;
    g_ptr_array_add(web->listeners, l);
    g_ptr_array_add(web->urls,
                    g_strdup_printf("http%s://%s/", is_secure ? "s" : "", io_listener_address(l)));
    return 0;
}

struct web *web_create(const struct vm_strings *addresses, const struct vm_strings *names,
                       struct guard *guard, struct rfb_server *server, struct err *err)
{
    struct web *web = g_new0(struct web, 1);

    web->rfb = server;
    web->guard = guard;
    web->listeners = g_ptr_array_new_with_free_func(destroy_listener);
    web->urls = g_ptr_array_new_with_free_func(g_free);
    web->server = create_server(web, addresses, names);
    for (size_t i = 0; i < addresses->count; i++) {
        g_autofree char *whole = whole_address(addresses->items[i]);

        if (listen_at(web, whole, err) < 0) {
            web_destroy(web);
            return NULL;
        }
    }
    return web;
}

void web_destroy(struct web *web)
{
    if (!web)
        return;
    g_ptr_array_unref(web->listeners);
    web_server_destroy(web->server);
    g_ptr_array_unref(web->urls);
    g_free(web);
}

size_t web_count(const struct web *web)
{
    return web ? web->urls->len : 0;
}

const char *web_url(const struct web *web, size_t index)
{
    return web->urls->pdata[index];
}

const char *web_certificate(const struct web *web, size_t index)
{
    return g_str_has_prefix(web_url(web, index), "https:") ? web->certificate : NULL;
}
