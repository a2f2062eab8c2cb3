/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GNOME's setting, which other desktops keep as well; see monospace.h. */
#include "gtk/monospace.h"

#include <gio/gio.h>

static const char SCHEMA[] = "org.gnome.desktop.interface", KEY[] = "monospace-font-name";
static const char DEFAULT[] = "Monospace 11";

struct monospace {
    GSettings *settings; /* NULL: this desktop has none */
    void (*changed)(void *owner);
    void *owner;
};

static void font_changed(GSettings *settings, const char *key, gpointer data)
{
    struct monospace *m = data;

    (void)settings, (void)key;
    m->changed(m->owner);
}

/* GSettings ends the program when there is no such schema: ask first. */
static GSettings *open_settings(void)
{
    GSettingsSchemaSource *source = g_settings_schema_source_get_default();
    GSettingsSchema *schema = source ? g_settings_schema_source_lookup(source, SCHEMA, TRUE) : NULL;
    GSettings *settings = NULL;

    if (schema && g_settings_schema_has_key(schema, KEY))
        settings = g_settings_new_full(schema, NULL, NULL);
    g_clear_pointer(&schema, g_settings_schema_unref);
    return settings;
}

struct monospace *monospace_create(void (*changed)(void *owner), void *owner)
{
    struct monospace *m = g_new0(struct monospace, 1);

    m->changed = changed;
    m->owner = owner;
    m->settings = open_settings();
    if (m->settings)
        g_signal_connect(m->settings, "changed::monospace-font-name", G_CALLBACK(font_changed), m);
    return m;
}

void monospace_destroy(struct monospace *m)
{
    if (!m)
        return;
    if (m->settings)
        g_signal_handlers_disconnect_by_data(m->settings, m);
    g_clear_object(&m->settings);
    g_free(m);
}

PangoFontDescription *monospace_describe(const struct monospace *m)
{
    g_autofree char *name = m->settings ? g_settings_get_string(m->settings, KEY) : NULL;

    return pango_font_description_from_string(name && *name ? name : DEFAULT);
}
