/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log: one line an event, "area: what". The default writes warnings and errors to standard
 * error; a program sets its own hook and level once, before it starts threads. The hook may be
 * called from any thread. Text from a peer is passed through utf8_sanitize() first.
 */
#pragma once

#include <stdarg.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

typedef void (*log_hook)(enum log_level level, const char *area, const char *text);

void log_set_hook(log_hook hook); /* NULL: standard error */
void log_set_level(enum log_level most_talkative);
void log_write(enum log_level level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(area, ...) log_write(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warning(area, ...) log_write(LOG_LEVEL_WARNING, area, __VA_ARGS__)
#define log_info(area, ...) log_write(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...) log_write(LOG_LEVEL_DEBUG, area, __VA_ARGS__)
