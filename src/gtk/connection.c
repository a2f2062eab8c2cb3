/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielConnection as GObject knows it: properties, signals, and what the scene says of the machine.
 * How the machine is reached is way.c's.
 */
#include "gtk/connection-private.h"

#include "gtk/oriel-enum-types.h"
#include "gtk/way.h"

/**
 * OrielConnection:
 *
 * The way to a virtual machine, or to any VNC server.
 *
 * A connection is made with the words of where it goes, and does nothing until
 * [method@Oriel.Connection.open]. It tells what becomes of it by
 * [signal@Oriel.Connection::connected], [signal@Oriel.Connection::disconnected] and
 * [property@Oriel.Connection:state]. A connection that breaks off is tried again by itself, until
 * the machine has ended or [method@Oriel.Connection.close] is called.
 *
 * Passwords, and whether an unknown server is to be trusted, are asked for by
 * [signal@Oriel.Connection::question] and never at a terminal.
 *
 * To be used from GTK's thread only. It never blocks the main loop.
 */
struct _OrielConnection {
    GObject parent;
    char *where;
    char *machine;          /* of a connection around somebody's scene; NULL: none of this host */
    struct scene_sink sink; /* for what the scene says of the machine */
    struct scene *scene;
    bool owns_scene;
    struct way *way; /* NULL: closed */
    OrielConnectionState state;
    char *note, *error;
    const char *const *fonts;
    /* As last notified. */
    char *name;
    int screen_width, screen_height;
    bool can_power;
};

enum {
    PROP_WHERE = 1,
    PROP_NAME,
    PROP_STATE,
    PROP_NOTE,
    PROP_ERROR,
    PROP_SCREEN_WIDTH,
    PROP_SCREEN_HEIGHT,
    PROP_CAN_POWER,
    PROP_COUNT
};

enum { CONNECTED, DISCONNECTED, QUESTION, REFUSED, SIGNAL_COUNT };

static GParamSpec *properties[PROP_COUNT];
static guint signals[SIGNAL_COUNT];

G_DEFINE_FINAL_TYPE(OrielConnection, oriel_connection, G_TYPE_OBJECT)

/* ---- What the scene says ---- */

static void look_at_screen(OrielConnection *self)
{
    const struct surface *screen = self->scene->screen;
    int width = screen ? (int)screen->width : 0, height = screen ? (int)screen->height : 0;

    if (width != self->screen_width) {
        self->screen_width = width;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SCREEN_WIDTH]);
    }
    if (height != self->screen_height) {
        self->screen_height = height;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SCREEN_HEIGHT]);
    }
}

static void look_at_facts(OrielConnection *self)
{
    bool can_power = scene_has_power(self->scene);

    if (g_strcmp0(self->name, self->scene->name)) {
        g_free(self->name);
        self->name = g_strdup(self->scene->name);
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_NAME]);
    }
    if (can_power != self->can_power) {
        self->can_power = can_power;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CAN_POWER]);
    }
}

static OrielConnection *of_sink(struct scene_sink *sink)
{
    return (OrielConnection *)((char *)sink - G_STRUCT_OFFSET(OrielConnection, sink));
}

static void on_screen(struct scene_sink *sink)
{
    look_at_screen(of_sink(sink));
}

static void on_facts(struct scene_sink *sink)
{
    look_at_facts(of_sink(sink));
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)sink;
    (void)region;
}

static void take_scene(OrielConnection *self, struct scene *scene, bool owned)
{
    static const struct scene_sink_ops ops = {on_screen, on_facts, on_damage};

    self->scene = scene;
    self->owns_scene = owned;
    self->sink.ops = &ops;
    scene_add_sink(scene, &self->sink);
    look_at_screen(self);
    look_at_facts(self);
}

static void drop_scene(OrielConnection *self)
{
    scene_remove_sink(self->scene, &self->sink);
    if (self->owns_scene)
        scene_destroy(self->scene);
    self->scene = NULL;
}

/* ---- What becomes of it ---- */

static void set_text(OrielConnection *self, char **text, const char *value, int property)
{
    if (!g_strcmp0(*text, value))
        return;
    g_free(*text);
    *text = g_strdup(value);
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

void oriel_connection_set_status(OrielConnection *self, OrielConnectionState state,
                                 const char *note)
{
    g_object_freeze_notify(G_OBJECT(self));
    if (state != self->state) {
        self->state = state;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_STATE]);
    }
    set_text(self, &self->note, note, PROP_NOTE);
    look_at_facts(self);
    g_object_thaw_notify(G_OBJECT(self));
    if (state == ORIEL_CONNECTION_STATE_CONNECTED)
        g_signal_emit(self, signals[CONNECTED], 0);
}

static void on_way_status(void *owner, OrielConnectionState state, const char *note,
                          const char *why)
{
    OrielConnection *self = g_object_ref(ORIEL_CONNECTION(owner));

    if (state == ORIEL_CONNECTION_STATE_CONNECTED)
        set_text(self, &self->error, NULL, PROP_ERROR);
    else if (why)
        set_text(self, &self->error, why, PROP_ERROR);
    oriel_connection_set_status(self, state, note);
    g_object_unref(self);
}

static void on_way_over(void *owner, bool failed, const char *why)
{
    OrielConnection *self = g_object_ref(ORIEL_CONNECTION(owner));
    g_autofree char *reason = g_strdup(why);

    way_destroy(g_steal_pointer(&self->way));
    set_text(self, &self->error, failed ? reason : NULL, PROP_ERROR);
    oriel_connection_set_status(self, ORIEL_CONNECTION_STATE_CLOSED, reason);
    g_signal_emit(self, signals[DISCONNECTED], 0, reason);
    g_object_unref(self);
}

static void on_way_question(void *owner, const char *question, bool echo)
{
    OrielConnection *self = g_object_ref(ORIEL_CONNECTION(owner));

    oriel_connection_set_status(self, ORIEL_CONNECTION_STATE_ASKING, "waiting for an answer");
    g_signal_emit(self, signals[QUESTION], 0, question, (gboolean)echo);
    g_object_unref(self);
}

static void on_way_refused(void *owner, const char *what)
{
    g_signal_emit(owner, signals[REFUSED], 0, what);
}

/* ---- GObject ---- */

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    OrielConnection *self = ORIEL_CONNECTION(object);

    if (id == PROP_WHERE)
        self->where = g_value_dup_string(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    OrielConnection *self = ORIEL_CONNECTION(object);

    switch (id) {
    case PROP_WHERE:
        g_value_set_string(value, self->where);
        break;
    case PROP_NAME:
        g_value_set_string(value, self->name);
        break;
    case PROP_STATE:
        g_value_set_enum(value, (int)self->state);
        break;
    case PROP_NOTE:
        g_value_set_string(value, self->note);
        break;
    case PROP_ERROR:
        g_value_set_string(value, self->error);
        break;
    case PROP_SCREEN_WIDTH:
        g_value_set_int(value, self->screen_width);
        break;
    case PROP_SCREEN_HEIGHT:
        g_value_set_int(value, self->screen_height);
        break;
    case PROP_CAN_POWER:
        g_value_set_boolean(value, self->can_power);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void finalize(GObject *object)
{
    OrielConnection *self = ORIEL_CONNECTION(object);

    way_destroy(self->way);
    drop_scene(self);
    g_free(self->where);
    g_free(self->machine);
    g_free(self->name);
    g_free(self->note);
    g_free(self->error);
    G_OBJECT_CLASS(oriel_connection_parent_class)->finalize(object);
}

static void oriel_connection_init(OrielConnection *self)
{
    take_scene(self, scene_create(), true);
}

static void make_properties(GObjectClass *class)
{
    const GParamFlags reads = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    /**
     * OrielConnection:where:
     *
     * Where it goes, as `oriel view` takes it: the name of a machine that runs here, `unix:/PATH`,
     * `HOST:DISPLAY`, `HOST::PORT`, `vnc://HOST`, `ssh://HOST/NAME`, or the file of a recorded
     * session.
     */
    properties[PROP_WHERE] =
        g_param_spec_string("where", NULL, NULL, NULL,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    /**
     * OrielConnection:name:
     *
     * The machine's name, for titles; "" until it is known.
     */
    properties[PROP_NAME] = g_param_spec_string("name", NULL, NULL, "", reads);
    /**
     * OrielConnection:state:
     *
     * What has become of it.
     */
    properties[PROP_STATE] = g_param_spec_enum("state", NULL, NULL, ORIEL_TYPE_CONNECTION_STATE,
                                               ORIEL_CONNECTION_STATE_CLOSED, reads);
    /**
     * OrielConnection:note:
     *
     * A few words for people about why there is nothing to see or to do now; %NULL while there is.
     */
    properties[PROP_NOTE] = g_param_spec_string("note", NULL, NULL, NULL, reads);
    /**
     * OrielConnection:error:
     *
     * A sentence: what went wrong last, %NULL when nothing did.
     */
    properties[PROP_ERROR] = g_param_spec_string("error", NULL, NULL, NULL, reads);
    /**
     * OrielConnection:screen-width:
     *
     * Of the guest's screen, in its pixels; 0 until there is one.
     */
    properties[PROP_SCREEN_WIDTH] =
        g_param_spec_int("screen-width", NULL, NULL, 0, RECT_SIZE_MAX, 0, reads);
    /**
     * OrielConnection:screen-height:
     *
     * Of the guest's screen, in its pixels; 0 until there is one.
     */
    properties[PROP_SCREEN_HEIGHT] =
        g_param_spec_int("screen-height", NULL, NULL, 0, RECT_SIZE_MAX, 0, reads);
    /**
     * OrielConnection:can-power:
     *
     * Whether [method@Oriel.Connection.power] can work.
     */
    properties[PROP_CAN_POWER] = g_param_spec_boolean("can-power", NULL, NULL, FALSE, reads);
    g_object_class_install_properties(class, PROP_COUNT, properties);
}

static void make_signals(GObjectClass *class)
{
    GType type = G_TYPE_FROM_CLASS(class);

    /**
     * OrielConnection::connected:
     * @self: the connection
     *
     * There is a machine: for the first time, or again after a loss.
     */
    signals[CONNECTED] =
        g_signal_new("connected", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * OrielConnection::disconnected:
     * @self: the connection
     * @reason: a sentence for people
     *
     * It is over and not tried again: the machine has ended, or could not be reached
     * ([property@Oriel.Connection:error] is set then). It may be opened once more. What is only
     * lost for a while changes [property@Oriel.Connection:state] instead.
     */
    signals[DISCONNECTED] = g_signal_new("disconnected", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    /**
     * OrielConnection::question:
     * @self: the connection
     * @text: the question, one sentence or more
     * @echo: whether what is typed may be shown; not so for passwords
     *
     * A person has to say something before the server lets us in: a user's name, a password, or
     * "yes" to a key that is not known here. [method@Oriel.Connection.answer] answers, now or
     * later. Where nobody handles it, the connection waits.
     */
    signals[QUESTION] = g_signal_new("question", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    /**
     * OrielConnection::refused:
     * @self: the connection
     * @what: a sentence for people
     *
     * The server refused what was asked of its machine, as [method@Oriel.Connection.power] does.
     */
    signals[REFUSED] = g_signal_new("refused", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void oriel_connection_class_init(OrielConnectionClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);

    object->set_property = set_property;
    object->get_property = get_property;
    object->finalize = finalize;
    make_properties(object);
    make_signals(object);
}

/* ---- The public face ---- */

/**
 * oriel_connection_new:
 * @where: where it goes; see [property@Oriel.Connection:where]
 *
 * Makes a connection that is not open yet.
 *
 * Returns: (transfer full): the connection
 */
OrielConnection *oriel_connection_new(const char *where)
{
    g_return_val_if_fail(where != NULL, NULL);
    return g_object_new(ORIEL_TYPE_CONNECTION, "where", where, NULL);
}

OrielConnection *oriel_connection_new_for_scene(struct scene *scene, const char *machine)
{
    OrielConnection *self = g_object_new(ORIEL_TYPE_CONNECTION, NULL);

    drop_scene(self);
    take_scene(self, scene, false);
    self->machine = g_strdup(machine);
    return self;
}

struct scene *oriel_connection_scene(OrielConnection *self)
{
    return self->scene;
}

void oriel_connection_set_fonts(OrielConnection *self, const char *const *folders)
{
    self->fonts = folders;
}

const char *const *oriel_connection_fonts(OrielConnection *self)
{
    return self->fonts;
}

const char *oriel_connection_machine(OrielConnection *self)
{
    return self->way ? way_machine(self->way) : self->machine;
}

/**
 * oriel_connection_open:
 * @self: the connection
 *
 * Begins to connect. What comes of it is told by signals, never before this returns to the main
 * loop. Does nothing while it is open already.
 */
void oriel_connection_open(OrielConnection *self)
{
    static const struct way_ops ops = {on_way_status, on_way_over, on_way_question, on_way_refused};

    g_return_if_fail(ORIEL_IS_CONNECTION(self));
    g_return_if_fail(self->where != NULL);
    if (self->way)
        return;
    set_text(self, &self->error, NULL, PROP_ERROR);
    self->way = way_create(self->scene, self->where, &ops, self);
}

/**
 * oriel_connection_close:
 * @self: the connection
 *
 * Ends it, without [signal@Oriel.Connection::disconnected]. The machine does not notice. Does
 * nothing when it is closed already.
 */
void oriel_connection_close(OrielConnection *self)
{
    g_return_if_fail(ORIEL_IS_CONNECTION(self));
    if (!self->way)
        return;
    way_destroy(g_steal_pointer(&self->way));
    oriel_connection_set_status(self, ORIEL_CONNECTION_STATE_CLOSED, "closed");
}

/**
 * oriel_connection_answer:
 * @self: the connection
 * @answer: (nullable): what the person says; %NULL: nothing, and the connection is given up
 *
 * Answers [signal@Oriel.Connection::question]. Does nothing when nothing was asked.
 */
void oriel_connection_answer(OrielConnection *self, const char *answer)
{
    g_return_if_fail(ORIEL_IS_CONNECTION(self));
    if (self->way && self->state == ORIEL_CONNECTION_STATE_ASKING)
        way_answer(self->way, answer);
}

/**
 * oriel_connection_get_where:
 * @self: the connection
 *
 * Returns: (nullable): where it goes
 */
const char *oriel_connection_get_where(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), NULL);
    return self->where;
}

/**
 * oriel_connection_get_name:
 * @self: the connection
 *
 * Returns: the machine's name
 */
const char *oriel_connection_get_name(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), NULL);
    return self->name;
}

/**
 * oriel_connection_get_state:
 * @self: the connection
 *
 * Returns: what has become of it
 */
OrielConnectionState oriel_connection_get_state(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), ORIEL_CONNECTION_STATE_CLOSED);
    return self->state;
}

/**
 * oriel_connection_get_note:
 * @self: the connection
 *
 * Returns: (nullable): see [property@Oriel.Connection:note]
 */
const char *oriel_connection_get_note(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), NULL);
    return self->note;
}

/**
 * oriel_connection_get_error:
 * @self: the connection
 *
 * Returns: (nullable): see [property@Oriel.Connection:error]
 */
const char *oriel_connection_get_error(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), NULL);
    return self->error;
}

/**
 * oriel_connection_get_screen_width:
 * @self: the connection
 *
 * Returns: see [property@Oriel.Connection:screen-width]
 */
int oriel_connection_get_screen_width(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), 0);
    return self->screen_width;
}

/**
 * oriel_connection_get_screen_height:
 * @self: the connection
 *
 * Returns: see [property@Oriel.Connection:screen-height]
 */
int oriel_connection_get_screen_height(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), 0);
    return self->screen_height;
}

/**
 * oriel_connection_get_can_power:
 * @self: the connection
 *
 * Returns: see [property@Oriel.Connection:can-power]
 */
gboolean oriel_connection_get_can_power(OrielConnection *self)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), FALSE);
    return self->can_power;
}
