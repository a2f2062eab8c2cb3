/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connecting, and connecting again; see keeper.h. */
#include "reach/keeper.h"

#include "base/mem.h"
#include "reach/dial.h"
#include "rfb/client/client.h"

#include <glib.h>
#include <stdlib.h>

struct keeper {
    struct scene *scene;
    const struct route *route;
    const struct keeper_options *options;
    const struct keeper_ops *ops;
    void *owner;
    struct dial *dial;
    struct rfb_client *client;
    GSource *pause;
    unsigned pause_s; /* the next */
    gint64 up_us;     /* when it was let in last */
    bool was_up;      /* a server has let us in */
    bool is_lost;     /* and is gone, maybe for good */
    bool is_told;     /* and the person knows */
    bool is_brief;    /* it lets us in and throws us out */
    bool is_ours;     /* its server is of our kind */
    struct err reason;
};

static void start(struct keeper *k);

static void over(struct keeper *k, enum keeper_end end, const struct err *why)
{
    dial_finish(steal(&k->dial));
    k->ops->over(k->owner, end, why->text);
}

/* ---- Trying again ---- */

static void end_pause(struct keeper *k)
{
    if (!k->pause)
        return;
    g_source_destroy(k->pause);
    g_source_unref(k->pause);
    k->pause = NULL;
}

static gboolean pause_is_over(gpointer owner)
{
    struct keeper *k = owner;

    end_pause(k);
    start(k);
    return G_SOURCE_REMOVE;
}

static void try_again(struct keeper *k)
{
    /* A machine of this host has either ended, which a look tells, or is there. */
    bool at_once = !k->is_lost && !k->is_brief && dial_is_local(k->route);
    unsigned seconds = at_once ? 0 : k->pause_s;
    struct err why;

    if (!k->is_told && seconds) {
        k->is_told = true;
        err_set(&why, "the connection to %s is lost: %s; trying again", k->route->name,
                k->reason.text);
        k->ops->status(k->owner, "connection lost, trying again", why.text);
    }
    k->is_lost = true;
    k->pause = g_timeout_source_new_seconds(seconds);
    g_source_set_callback(k->pause, pause_is_over, k, NULL);
    g_source_attach(k->pause, NULL);
    if (seconds)
        k->pause_s = MIN(2 * k->pause_s, KEEPER_PAUSE_MAX_S);
}

/* ---- The client ---- */

static void on_up(void *owner)
{
    struct keeper *k = owner;

    k->was_up = true;
    k->is_lost = k->is_told = false;
    k->up_us = g_get_monotonic_time();
    k->ops->status(k->owner, NULL, NULL);
}

static void on_down(void *owner, const char *reason)
{
    struct keeper *k = owner;
    bool lost = rfb_client_was_lost(k->client);
    struct err why;

    k->is_brief = k->up_us && g_get_monotonic_time() - k->up_us < KEEPER_BRIEF_S * G_USEC_PER_SEC;
    if (k->up_us && !k->is_brief)
        k->pause_s = KEEPER_PAUSE_S;
    k->up_us = 0;
    err_set(&k->reason, "%s", reason);
    err_set(&why, "%s: %s", k->route->name, reason);
    k->is_ours = k->is_ours || rfb_client_has_windows(k->client);
    rfb_client_destroy(steal(&k->client));
    if (lost)
        dial_ask_end(k->dial);
    else
        over(k, KEEPER_FAILED, &why);
}

static void on_refused(void *owner, const char *what)
{
    struct keeper *k = owner;

    if (k->ops->refused)
        k->ops->refused(k->owner, what);
}

static void on_dialled(void *owner, int fd)
{
    static const struct rfb_client_ops ops = {on_up, on_down, on_refused};
    struct keeper *k = owner;
    size_t count;

    k->client = rfb_client_create(k->scene, fd, &ops, k);
    if (!dial_is_local(k->route))
        rfb_client_treat_as_remote(k->client);
    if (k->route->kind == ROUTE_FILE)
        rfb_client_treat_as_recording(k->client);
    rfb_client_prefer(k->client, k->options->encoding);
    if (k->options->trust) {
        const struct rfb_security_offer *takes = trust_takes(k->options->trust, &count);

        rfb_client_take_security(k->client, takes, count, trust_hint(k->options->trust));
    }
    if (k->options->quality < 0)
        rfb_client_follow_link(k->client);
    else
        rfb_client_allow_jpeg(k->client, (unsigned)k->options->quality);
    if (k->options->watch)
        rfb_client_watch(k->client);
}

static void on_dial_ended(void *owner, enum dial_end why, const struct err *err)
{
    struct keeper *k = owner;
    struct err said = *err; /* it is the dial's */
    bool is_said = said.text[0];

    dial_finish(steal(&k->dial));
    if (!is_said)
        err_set(&said, "%s: %s", k->route->name, k->reason.text);
    if (k->was_up && (why == DIAL_GONE || (why == DIAL_REFUSED && k->is_ours))) {
        err_set(&said, "%s has ended", k->route->name);
        over(k, KEEPER_ENDED, &said);
    } else if (!k->was_up || why == DIAL_HOPELESS) {
        over(k, KEEPER_FAILED, &said);
    } else {
        if (!k->is_lost && is_said)
            k->reason = said;
        try_again(k);
    }
}

static void start(struct keeper *k)
{
    static const struct dial_ops ops = {on_dialled, on_dial_ended};

    k->dial = dial_start(k->route, k->options->ssh, &ops, k);
}

/* ---- Life ---- */

struct keeper *keeper_create(struct scene *scene, const struct route *route,
                             const struct keeper_options *options, const struct keeper_ops *ops,
                             void *owner)
{
    struct keeper *k = mem_new0(struct keeper);

    k->scene = scene;
    k->route = route;
    k->options = options;
    k->ops = ops;
    k->owner = owner;
    k->pause_s = KEEPER_PAUSE_S;
    ops->status(owner, "connecting", NULL);
    start(k);
    return k;
}

void keeper_destroy(struct keeper *k)
{
    if (!k)
        return;
    end_pause(k);
    rfb_client_destroy(k->client);
    dial_finish(k->dial);
    free(k);
}
