/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of message types, for logs. */
#include "winproto/message.h"

const char *win_type_name(unsigned type)
{
    switch ((enum win_type)type) {
#define NAME(t)                                                                                    \
    case WIN_##t:                                                                                  \
        return #t
        NAME(HELLO);
        NAME(ACK);
        NAME(SYNC_BEGIN);
        NAME(SYNC_END);
        NAME(DESKTOP);
        NAME(WINDOW);
        NAME(GONE);
        NAME(STACK);
        NAME(ACTIVE);
        NAME(TITLE);
        NAME(APP);
        NAME(ICON);
        NAME(STATE);
        NAME(LIMITS);
        NAME(SHAPE);
        NAME(FRAME);
        NAME(CONFIGURE);
        NAME(ACTIVATE);
        NAME(CLOSE);
        NAME(SET_STATE);
        NAME(POINTER_EVENT);
        NAME(KEY_EVENT);
        NAME(SET_DESKTOP);
        NAME(RESTACK);
        NAME(DISMISS);
#undef NAME
    }
    return "?";
}
