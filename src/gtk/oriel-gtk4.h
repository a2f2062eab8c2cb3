/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* liboriel-gtk4, all of it: virtual machines as widgets of GTK 4. */
#pragma once

#include "oriel-connection.h"
#include "oriel-display.h"
#include "oriel-enum-types.h"
#include "oriel-types.h"
