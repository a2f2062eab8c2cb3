/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where GTK knows no X11 there is no pointer lock on it. */
#include "gtk/lock.h"

const struct lock_backend *const lock_on_x11;
