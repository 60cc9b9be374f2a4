/* SPDX-License-Identifier: MIT */
/* A number for a frame, by which it is known again: of its size and first bytes, in which all
 * headers are, and with them the checksum of the rest. Good against accident, not malice. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NST_DIGESTED = 128 };

static inline uint64_t nst_digest(const uint8_t *frame, size_t size)
{
	uint64_t digest = size;

	for (size_t i = 0; i < size && i < NST_DIGESTED; i += sizeof(digest)) {
		size_t left = size - i;
		uint64_t word = 0;

		memcpy(&word, frame + i, left < sizeof(word) ? left : sizeof(word));
		digest = (digest ^ word) * 0x9e3779b97f4a7c15U;
		digest ^= digest >> 32;
	}
	return digest;
}

#endif
