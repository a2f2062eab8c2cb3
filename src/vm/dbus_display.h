/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does a QEMU have the D-Bus display? Asked only when a start has failed: it costs 0.1 s. */
#pragma once

#include <stdbool.h>

/*
 * True when a throw-away QEMU without a machine says that its list of types has no "dbus-display";
 * false when it has, and when it cannot be asked. Blocks for at most five seconds.
 */
bool vm_dbus_display_is_missing(const char *qemu);
