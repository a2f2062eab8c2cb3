/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where GTK knows no Wayland, or its protocols are not installed, there is no pointer lock on it.
 */
#include "gtk/lock.h"

const struct lock_backend *const lock_on_wayland;
