/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log's level and hook; see log.h. */
#include "base/log.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static enum log_level level_limit = LOG_LEVEL_WARNING;
static log_hook current_hook;

void log_set_hook(log_hook hook)
{
    current_hook = hook;
}

void log_set_level(enum log_level most_talkative)
{
    level_limit = most_talkative;
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    char said[1024], text[1024];
    va_list args;

    if (level > level_limit)
        return;
    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
    /* Peers' words are in it: none of them speaks to the terminal or makes a line of its own. */
    utf8_sanitize(said, strlen(said), text, sizeof(text));
    if (current_hook)
        current_hook(level, area, text);
    else
        fprintf(stderr, "%s: %s\n", area, text);
}
