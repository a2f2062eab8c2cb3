/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Screenshots and recordings: into the person's folders for pictures and videos, named after the
 * machine and the time. Where they are is said over the screen; nothing is asked, nothing is
 * remembered.
 */
#include "viewer/private.h"

#include <errno.h>

/* "FOLDER/NAME 2026-01-02 03-04-05.EXTENSION", with a number behind it if that is there already. */
static char *new_path(const struct viewer *v, GUserDirectory where, const char *extension)
{
    const char *special = g_get_user_special_dir(where);
    const char *folder = special ? special : g_get_home_dir();
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H-%M-%S");
    g_autofree char *name = g_strdup(*v->scene->name ? v->scene->name : "Oriel");
    char *path = NULL;

    g_strdelimit(name, "/\\:", '_');
    g_mkdir_with_parents(folder, 0755);
    for (int n = 1; !path || g_file_test(path, G_FILE_TEST_EXISTS); n++) {
        g_autofree char *more = n > 1 ? g_strdup_printf(" (%d)", n) : g_strdup("");
        g_autofree char *file = g_strdup_printf("%s %s%s.%s", name, time, more, extension);

        g_free(path);
        path = g_build_filename(folder, file, NULL);
    }
    return path;
}

static void say_of(struct viewer *v, const char *what, const char *path)
{
    g_autofree char *text = g_strdup_printf("%s %s", what, path);

    window_say(v, text);
}

void capture_screenshot(struct viewer *v)
{
    g_autoptr(GdkTexture) picture = oriel_display_take_screenshot(v->display);
    g_autofree char *path = NULL;

    if (!picture) {
        window_say(v, "there is no picture yet");
        return;
    }
    path = new_path(v, G_USER_DIRECTORY_PICTURES, "png");
    if (gdk_texture_save_to_png(picture, path))
        say_of(v, "saved", path);
    else
        say_of(v, "cannot write", path);
}

static void on_failed(void *owner, const struct err *err)
{
    struct viewer *v = owner;

    window_say(v, err->text);
    g_action_group_change_action_state(G_ACTION_GROUP(v->actions), "record",
                                       g_variant_new_boolean(FALSE));
}

static bool begin(struct viewer *v)
{
    struct err err;

    if (!v->scene->screen) {
        window_say(v, "there is no picture yet");
        return false;
    }
    g_free(v->recording_path);
    v->recording_path = new_path(v, G_USER_DIRECTORY_VIDEOS, "webm");
    v->recording = record_video_create(v->scene, v->recording_path, on_failed, v, &err);
    if (v->recording)
        say_of(v, "recording to", v->recording_path);
    else
        window_say(v, err.text);
    return v->recording != NULL;
}

bool capture_record(struct viewer *v, bool on)
{
    struct err err;

    if (on && !v->recording)
        return begin(v);
    if (!on && v->recording) {
        if (record_video_finish(v->recording, &err) < 0)
            window_say(v, err.text);
        else
            say_of(v, "saved", v->recording_path);
        v->recording = NULL;
    }
    return v->recording != NULL;
}
