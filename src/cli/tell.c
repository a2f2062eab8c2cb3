/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person is told when something is wrong; see command.h. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>

static void tell(const char *format, va_list args)
{
    fputs("oriel: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int cli_wrong(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tell(format, args);
    va_end(args);
    return CLI_WRONG;
}

int cli_failed(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tell(format, args);
    va_end(args);
    return CLI_FAILED;
}
