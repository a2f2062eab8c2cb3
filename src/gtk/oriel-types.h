/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words that OrielConnection and OrielDisplay share: modes, scalings, states. Values are stable:
 * new ones are added at the end.
 */
#pragma once

#include <glib-object.h>

#define ORIEL_API __attribute__((visibility("default")))

/**
 * OrielDisplayMode:
 * @ORIEL_DISPLAY_MODE_AUTOMATIC: text while the guest shows text, else pixels
 * @ORIEL_DISPLAY_MODE_PIXELS: the screen as it is
 * @ORIEL_DISPLAY_MODE_TEXT: the characters on the screen, drawn with the person's font
 * @ORIEL_DISPLAY_MODE_SERIAL: a terminal on the machine's serial port
 *
 * How a display shows a machine.
 */
typedef enum {
    ORIEL_DISPLAY_MODE_AUTOMATIC,
    ORIEL_DISPLAY_MODE_PIXELS,
    ORIEL_DISPLAY_MODE_TEXT,
    ORIEL_DISPLAY_MODE_SERIAL
} OrielDisplayMode;

/**
 * OrielScaling:
 * @ORIEL_SCALING_ORIGINAL: a pixel of the guest is a pixel of the monitor
 * @ORIEL_SCALING_INTEGER: a pixel of the guest is a square of whole pixels, as large as there is
 * room
 * @ORIEL_SCALING_FIT: as large as there is room, smooth
 * @ORIEL_SCALING_GUEST: the guest's screen takes the size of the widget; until it does, as
 *   @ORIEL_SCALING_FIT
 *
 * How large the guest's screen is shown.
 */
typedef enum {
    ORIEL_SCALING_ORIGINAL,
    ORIEL_SCALING_INTEGER,
    ORIEL_SCALING_FIT,
    ORIEL_SCALING_GUEST
} OrielScaling;

/**
 * OrielConnectionState:
 * @ORIEL_CONNECTION_STATE_CLOSED: not opened, closed, or ended; see
 * [property@Oriel.Connection:error]
 * @ORIEL_CONNECTION_STATE_CONNECTING: on its way for the first time
 * @ORIEL_CONNECTION_STATE_ASKING: waits for [method@Oriel.Connection.answer]
 * @ORIEL_CONNECTION_STATE_CONNECTED: there is a machine
 * @ORIEL_CONNECTION_STATE_LOST: there was one; it is tried again by itself
 *
 * What has become of a connection.
 */
typedef enum {
    ORIEL_CONNECTION_STATE_CLOSED,
    ORIEL_CONNECTION_STATE_CONNECTING,
    ORIEL_CONNECTION_STATE_ASKING,
    ORIEL_CONNECTION_STATE_CONNECTED,
    ORIEL_CONNECTION_STATE_LOST
} OrielConnectionState;

/**
 * OrielPower:
 * @ORIEL_POWER_SHUTDOWN: the guest is asked to switch the machine off
 * @ORIEL_POWER_REBOOT: the guest is asked to do that and start again
 * @ORIEL_POWER_RESET: the machine starts anew, and the guest is not asked
 *
 * What can be asked of the machine as a whole.
 */
typedef enum {
    ORIEL_POWER_SHUTDOWN,
    ORIEL_POWER_REBOOT,
    ORIEL_POWER_RESET,
} OrielPower;
