/* SPDX-License-Identifier: MIT */
/* A frame with a number: an IPv4 UDP datagram, each of its bytes a function of the number. */
#include "frame.h"

#include <string.h>

enum {
	IP = 14,
	UDP = IP + 20,
	PAYLOAD = UDP + 8,
	NUMBERS = 3,
	SIZE_MAX_OF_FRAME = 2048,
	ECT = 2,
	CE = 3
};

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t checksum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void make(uint32_t n, unsigned int ecn, uint8_t *frame, size_t size)
{
	static const uint8_t head[UDP] = {
		0x02, 0, 0, 0, 0,  0xb, 0x02, 0, 0,  0,  0, 0xa, 0x08, 0, /* Ethernet */
		0x45, 0, 0, 0, 0,  0,   0x40, 0, 64, 17, 0, 0,            /* IPv4 */
		10,   0, 0, 1, 10, 0,   0,    2,
	};

	memcpy(frame, head, sizeof(head));
	frame[IP + 1] = (uint8_t)ecn;
	put16(frame + IP + 2, (unsigned int)(size - IP));
	put16(frame + IP + 10, checksum(frame + IP));
	put16(frame + UDP, 7);
	put16(frame + UDP + 2, 7);
	put16(frame + UDP + 4, (unsigned int)(size - UDP));
	put16(frame + UDP + 6, 0);
	for (size_t at = PAYLOAD; at < size; at++)
		frame[at] = (uint8_t)(n * 31 + at);
	for (size_t i = 0; i < NUMBERS; i++)
		memcpy(frame + PAYLOAD + i * sizeof(n), &n, sizeof(n));
}

void frame_make(uint32_t n, bool ect, uint8_t *frame, size_t size)
{
	make(n, ect ? ECT : 0, frame, size);
}

static uint32_t compare(const uint8_t *one, const uint8_t *other, size_t size,
			uint32_t *ret_at)
{
	uint32_t bits = 0;

	for (size_t at = size; at-- > 0;)
		if (one[at] != other[at]) {
			bits += (uint32_t)__builtin_popcount(one[at] ^ other[at]);
			*ret_at = (uint32_t)at;
		}
	return bits;
}

/* A flipped bit may be in one of the numbers, or make ECT look like CE: the reading with the
 * fewest flipped bits is right. */
bool frame_recognise(const uint8_t *frame, size_t size, uint32_t count, bool ect,
		     struct frame *ret_frame)
{
	uint8_t wanted[SIZE_MAX_OF_FRAME];
	struct frame best = { .flipped = 3 };

	if (size < FRAME_MIN || size > sizeof(wanted))
		return false;
	for (size_t i = 0; i < NUMBERS; i++)
		for (int ce = 0; ce <= ect; ce++) {
			struct frame reading = { .ce = ce };

			memcpy(&reading.n, frame + PAYLOAD + i * sizeof(reading.n),
			       sizeof(reading.n));
			if (reading.n >= count)
				continue;
			make(reading.n, ce ? CE : ect ? ECT : 0, wanted, size);
			reading.flipped =
				compare(frame, wanted, size, &reading.flipped_at);
			if (reading.flipped < best.flipped)
				best = reading;
		}
	*ret_frame = best;
	return best.flipped < 3;
}
