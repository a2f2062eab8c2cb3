/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See fixture.h. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig rig;
struct guest guest;
struct x11_sink *sink;
bool fixture_lost, fixture_closed;

static void on_closed(void *owner)
{
    (void)owner;
    fixture_closed = true;
}

static void on_lost(void *owner, const struct err *err)
{
    (void)owner;
    fixture_lost = *err->text;
}

static const struct x11_sink_ops ops = {on_closed, on_lost};

bool fixture_has_manager(void)
{
    return strcmp(rig.manager, "none");
}

void fixture_start(const struct x11_options *options)
{
    struct x11_options o = options ? *options : (struct x11_options){0};
    struct err err = {""};

    fixture_lost = fixture_closed = false;
    o.display = rig.display;
    guest_start(&guest, 1280, 800);
    sink = x11_sink_create(guest.scene, &o, &ops, NULL, &err);
    if (!sink)
        g_error("%s", err.text);
}

bool fixture_stop(void)
{
    rig_quiet(&rig);
    x11_sink_destroy(sink);
    sink = NULL;
    guest_finish(&guest);
    return rig_wait(rig_count(&rig) == 0);
}

bool fixture_run(int argc, char **argv, const struct fixture_test *tests, const int *failures)
{
    if (!rig_start(&rig, argc > 1 ? argv[1] : "openbox"))
        return true;
    for (; tests->name; tests++) {
        int before = *failures;

        if (argc > 2 && strcmp(argv[2], tests->name))
            continue;
        tests->run();
        if (*failures != before)
            fprintf(stderr, "^ %s under %s\n", tests->name, rig.manager);
    }
    rig_finish(&rig);
    return false;
}
