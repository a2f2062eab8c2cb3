/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One X server, one scripted guest and one sink for a test program, and the loop over its tests.
 * The first argument names the window manager, the second, if there is one, the only test to run.
 */
#pragma once

#include "rig.h"

extern struct rig rig;
extern struct guest guest;
extern struct x11_sink *sink;
extern bool fixture_lost, fixture_closed; /* what the sink told its owner */

struct fixture_test {
    const char *name;
    void (*run)(void);
};
#define FIXTURE_TEST(name)                                                                         \
    {                                                                                              \
#name, name                                                                                \
    }

/* True when a program is missing and the tests are to be skipped. */
bool fixture_run(int argc, char **argv, const struct fixture_test *tests, const int *failures);
bool fixture_has_manager(void);
void fixture_start(const struct x11_options *options); /* the display is set here; NULL: defaults */
bool fixture_stop(void);                               /* false: windows were left behind */
