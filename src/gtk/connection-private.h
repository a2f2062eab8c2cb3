/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the room itself needs of an OrielConnection beyond its public header. */
#pragma once

#include "gtk/oriel-connection.h"
#include "scene/scene.h"

/* Around a scene that somebody else fills, and destroys after it. `machine` as below. */
OrielConnection *oriel_connection_new_for_scene(struct scene *scene, const char *machine);
/* Its note for people and whether it is up, as the way to a server would tell. */
void oriel_connection_set_status(OrielConnection *self, OrielConnectionState state,
                                 const char *note);

/* The scene; as long as the connection. */
struct scene *oriel_connection_scene(OrielConnection *self);

/* The name of the machine if it is one of this host and user, else NULL: its runtime directory has
   its serial port and its monitor. */
const char *oriel_connection_machine(OrielConnection *self);

/* For tests: where fonts of text screens are searched, a list with NULL at the end that outlives
   the connection; NULL: where packages have them. */
void oriel_connection_set_fonts(OrielConnection *self, const char *const *folders);
const char *const *oriel_connection_fonts(OrielConnection *self);
