/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Modules: parts of the program with libraries that most runs never need, loaded when they are
 * asked for. They are looked for in $ORIEL_MODULES, beside the program as it is built, and where it
 * is installed. Any thread.
 */
#pragma once

/* The object `symbol` of the module `name` ("oriel-video"), which the room `room` builds. It stays
   loaded until the program ends: some libraries cannot be unloaded. NULL: there is no such module
   here, or a library that it needs is lacking. */
const void *io_module_load(const char *room, const char *name, const char *symbol);
