/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the main loop until something is so. The limit is for a test that fails, not for waiting. */
#pragma once

#include <glib.h>
#include <stdbool.h>

static inline gboolean wait_is_over(gpointer late)
{
    *(bool *)late = true;
    return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                                        \
    ({                                                                                             \
        bool late_ = false;                                                                        \
        guint timer_ = g_timeout_add_seconds(20, wait_is_over, &late_);                            \
        while (!(condition) && !late_)                                                             \
            g_main_context_iteration(NULL, TRUE);                                                  \
        if (!late_)                                                                                \
            g_source_remove(timer_);                                                               \
        !late_;                                                                                    \
    })
