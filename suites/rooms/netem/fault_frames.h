/* SPDX-License-Identifier: MIT */
/* Frames that tests of faults are about, and a second opinion about checksums. */
#ifndef FAULT_FRAMES_H
#define FAULT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct known_frame {
	const char *name, *hex;
};

/* The last has no name. */
extern const struct known_frame known_frames[];

struct frame {
	size_t size;
	uint8_t bytes[2048];
};

struct frame frame_of(const char *name);

/* Return: how many. */
size_t bytes_of(const char *hex, uint8_t *ret);
const char *hex_of(const uint8_t *bytes, size_t size);

/* What has changed: "62:68>97 63:…", at the end "74 bytes" if it has another size now. Valid
 * until the next call. */
const char *difference(const struct frame *before, const uint8_t *after, size_t size);

/* Which checksum a receiver would find wrong: "IPv4", "TCP", …; NULL: none. */
const char *wrong_sum(const uint8_t *frame, size_t size);

#endif
