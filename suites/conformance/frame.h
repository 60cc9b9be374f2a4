/* SPDX-License-Identifier: MIT */
/* A frame with a number: an IPv4 UDP datagram, each of its bytes a function of the number. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
	uint32_t n;
	uint32_t flipped;    /* bits that are not as they were sent */
	uint32_t flipped_at; /* the first byte that has one */
	bool ce;
};

enum { FRAME_MIN = 64 };

void frame_make(uint32_t n, bool ect, uint8_t *frame, size_t size);

/* Which of `count` frames it is, whatever bit of it has flipped; false if it is none. */
bool frame_recognise(const uint8_t *frame, size_t size, uint32_t count, bool ect,
		     struct frame *ret_frame);

#endif
