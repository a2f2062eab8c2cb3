/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The display side of a QEMU, made of a GDBus server on the test's own main loop: the objects that
 * QEMU 7.2 exports, a record of the calls made to them, and pictures as the test wants them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_X8R8G8B8 = 0x20020888 };

struct fake_qemu;

struct fake_qemu *fake_qemu_create(int *client_fd); /* the fd is the caller's */
void fake_qemu_destroy(struct fake_qemu *q);
void fake_qemu_drain(void); /* runs the main loop until nothing is pending */

/* Behaviour, before the client has come that far. */
void fake_qemu_have_no_graphics(struct fake_qemu *q);
void fake_qemu_stay_silent(struct fake_qemu *q); /* the listener is authenticated and that is all */
void fake_qemu_refuse_sizes(struct fake_qemu *q);
void fake_qemu_withhold(struct fake_qemu *q, bool answers);
unsigned fake_qemu_withheld(const struct fake_qemu *q);

void fake_qemu_have_sound(struct fake_qemu *q, bool of_today); /* else as before 8.1 */
bool fake_qemu_is_heard(const struct fake_qemu *q); /* somebody has registered to listen */
/* One voice: 16 bits, one channel, 8000 Hz, big-endian; these samples; and its end. */
void fake_qemu_play(struct fake_qemu *q, const void *samples, size_t len);
void fake_qemu_stop_playing(struct fake_qemu *q);
bool fake_qemu_has_listener(const struct fake_qemu *q);
const char *fake_qemu_calls(const struct fake_qemu *q); /* "Press 30 Release 30 " */
void fake_qemu_forget_calls(struct fake_qemu *q);

/* Pictures of one colour, and whatever else. */
void fake_qemu_scanout(struct fake_qemu *q, uint32_t w, uint32_t h, uint32_t colour);
void fake_qemu_update(struct fake_qemu *q, int32_t x, int32_t y, int32_t w, int32_t h,
                      uint32_t colour);
void fake_qemu_raw_update(struct fake_qemu *q, int32_t x, int32_t y, int32_t w, int32_t h,
                          uint32_t stride, uint32_t format, size_t len);
void fake_qemu_cursor(struct fake_qemu *q, int32_t w, int32_t h, int32_t hot_x, int32_t hot_y,
                      const void *pixels, size_t len);
void fake_qemu_mouse(struct fake_qemu *q, int32_t x, int32_t y, int32_t on);

/* Properties, with their signal. */
void fake_qemu_set_size(struct fake_qemu *q, uint32_t w, uint32_t h);
void fake_qemu_set_absolute(struct fake_qemu *q, bool absolute);
void fake_qemu_set_leds(struct fake_qemu *q, uint32_t leds);

void fake_qemu_close_listener(struct fake_qemu *q);
void fake_qemu_close(struct fake_qemu *q);
void fake_qemu_unexport(struct fake_qemu *q);
