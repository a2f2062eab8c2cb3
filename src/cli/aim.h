/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `oriel view`, `oriel record` and whoever takes a glance (glance.h) make of the words that
 * say where to look and whom to trust there. Connecting is keeper.h's.
 */
#pragma once

#include "cli/route.h"
#include "cli/trust.h"

/*
 * where: the operand; NULL: the only machine that runs. CLI_OK, or CLI_WRONG after the person was
 * told why, and then neither is set. The options and the route outlive the trust; the caller
 * destroys the trust, then finishes the route.
 */
int aim_take(const char *where, const struct trust_options *options, struct route *route,
             struct trust **trust);
