/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reaching a machine without ever waiting for a person; see way.h. */
#include "gtk/way.h"

#include "base/mem.h"
#include "reach/keeper.h"
#include "reach/route.h"
#include "reach/trust.h"
#include "rfb/enc/enc.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct way {
    struct scene *scene;
    const struct way_ops *ops;
    void *owner;
    char *where;
    struct trust_options trust_options;
    struct keeper_options keep;
    bool has_route;
    struct route route;
    struct trust *trust;
    struct keeper *keeper;
    GSource *soon; /* starts a keeper from the loop; NULL: none is to be started */
    char *question;
    bool echo;
    char *answer; /* to that question; NULL: not yet */
};

static void start_soon(struct way *w);

static void forget(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    g_free(*secret);
    *secret = NULL;
}

/* ---- Questions ---- */

/* The second time it is asked there is an answer, which is good for once: if the server does not
   like it, the person is asked again. */
static int on_ask(void *owner, const char *question, bool echo, char *answer, size_t room,
                  struct err *err)
{
    struct way *w = owner;
    bool known = w->answer && !strcmp(w->question, question);

    if (known && g_strlcpy(answer, w->answer, room) < room) {
        forget(&w->answer);
        g_clear_pointer(&w->question, g_free);
        return 0;
    }
    forget(&w->answer);
    g_free(w->question);
    w->question = g_strdup(question);
    w->echo = echo;
    return err_set(err, known ? "the answer is too long" : "nobody has answered yet");
}

void way_answer(struct way *w, const char *answer)
{
    if (!w->question)
        return;
    if (answer)
        w->answer = g_strdup(answer);
    else
        g_clear_pointer(&w->question, g_free);
    start_soon(w);
}

/* ---- The keeper ---- */

static void on_status(void *owner, const char *note, const char *why)
{
    struct way *w = owner;
    OrielConnectionState state = !note ? ORIEL_CONNECTION_STATE_CONNECTED
                                 : why ? ORIEL_CONNECTION_STATE_LOST
                                       : ORIEL_CONNECTION_STATE_CONNECTING;

    w->ops->status(w->owner, state, note, why);
}

static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct way *w = owner;

    if (w->question && !w->answer)
        w->ops->question(w->owner, w->question, w->echo);
    else
        w->ops->over(w->owner, end == KEEPER_FAILED, why);
}

static void on_refused(void *owner, const char *what)
{
    struct way *w = owner;

    w->ops->refused(w->owner, what);
}

/* The words and whom to trust, once. */
static int prepare(struct way *w, struct err *err)
{
    if (!w->has_route) {
        if (route_parse(w->where, &w->route, err))
            return -1;
        w->has_route = true;
        scene_set_name(w->scene, w->route.name);
        scene_commit(w->scene);
    }
    if (!w->trust && trust_create(&w->trust_options, &w->route, on_ask, w, &w->trust, err))
        return -1;
    w->keep.trust = w->trust;
    return 0;
}

static gboolean start(gpointer owner)
{
    static const struct keeper_ops ops = {on_status, on_over, on_refused};
    struct way *w = owner;
    struct err err;

    g_source_unref(steal(&w->soon));
    keeper_destroy(steal(&w->keeper));
    if (w->trust && !w->question)
        w->ops->over(w->owner, true, "the connection was given up"); /* way_answer() had none */
    else if (prepare(w, &err) < 0)
        w->ops->over(w->owner, true, err.text);
    else
        w->keeper = keeper_create(w->scene, &w->route, &w->keep, &ops, w);
    return G_SOURCE_REMOVE;
}

static void start_soon(struct way *w)
{
    if (w->soon)
        return;
    w->soon = g_idle_source_new();
    g_source_set_priority(w->soon, G_PRIORITY_DEFAULT);
    g_source_set_callback(w->soon, start, w, NULL);
    g_source_attach(w->soon, NULL);
}

/* ---- Life ---- */

struct way *way_create(struct scene *scene, const char *where, const struct way_ops *ops,
                       void *owner)
{
    struct way *w = mem_new0(struct way);

    w->scene = scene;
    w->where = g_strdup(where);
    w->ops = ops;
    w->owner = owner;
    w->keep.encoding = RFB_COPY_RECT;
    w->keep.quality = -1;
    start_soon(w);
    return w;
}

void way_destroy(struct way *w)
{
    if (!w)
        return;
    if (w->soon) {
        g_source_destroy(w->soon);
        g_source_unref(w->soon);
    }
    keeper_destroy(w->keeper);
    trust_destroy(w->trust);
    if (w->has_route)
        route_finish(&w->route);
    forget(&w->answer);
    g_free(w->question);
    g_free(w->where);
    free(w);
}

const char *way_machine(const struct way *w)
{
    return w->has_route && w->route.kind == ROUTE_MACHINE ? w->route.machine : NULL;
}
