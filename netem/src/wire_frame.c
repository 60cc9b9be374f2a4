/* SPDX-License-Identifier: MIT */
/* Memory of frames, and the little that the engine itself reads in them. */
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include <netem/fault_rules.h>

#include "frame_sum.h"
#include "wire_frame.h"

enum {
	ETHERTYPE_MARKER = 0x88b5, /* IEEE 802, for local experiments */
	IPV4_TOS = 1,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	ECN_MASK = 3,
};

/* ---- Memory ---- */

static size_t weight(size_t room)
{
	return sizeof(struct wire_frame) + WIRE_TAG + room;
}

struct wire_frame *wire_frame_new(struct wire_pool *pool, size_t room)
{
	struct wire_frame *frame = pool->spare;

	if (room > WIRE_FRAME_USUAL || !frame) {
		if (room < WIRE_FRAME_USUAL)
			room = WIRE_FRAME_USUAL;
		if (pool->bytes + weight(room) > pool->most)
			return NULL;
		frame = malloc(weight(room));
		if (!frame)
			return NULL;
		pool->bytes += weight(room);
		frame->room = (uint32_t)room;
	} else {
		pool->spare = frame->next;
	}
	frame->next = NULL;
	frame->late_ns = 0;
	frame->size = 0;
	frame->in_model = 0;
	frame->more = 0;
	frame->wait_for = 0;
	frame->original = false;
	frame->backwards = false;
	frame->bytes = frame->store + WIRE_TAG;
	return frame;
}

void wire_frame_free(struct wire_pool *pool, struct wire_frame *frame)
{
	if (!frame)
		return;
	if (frame->room == WIRE_FRAME_USUAL) {
		frame->next = pool->spare;
		pool->spare = frame;
		return;
	}
	pool->bytes -= weight(frame->room);
	free(frame);
}

struct wire_frame *wire_frame_copy(struct wire_pool *pool,
				   const struct wire_frame *frame)
{
	struct wire_frame *copy = wire_frame_new(pool, frame->size);

	if (!copy)
		return NULL;
	copy->came_ns = frame->came_ns;
	copy->stamp_ns = frame->stamp_ns;
	copy->digest = frame->digest;
	copy->turn = frame->turn;
	copy->leave_ns = frame->leave_ns;
	copy->number = frame->number;
	copy->serial = frame->serial;
	copy->direction = frame->direction;
	copy->kind = frame->kind;
	copy->size = frame->size;
	memcpy(copy->bytes, frame->bytes, frame->size);
	return copy;
}

void wire_pool_empty(struct wire_pool *pool)
{
	while (pool->spare) {
		struct wire_frame *frame = pool->spare;

		pool->spare = frame->next;
		pool->bytes -= weight(frame->room);
		free(frame);
	}
}

/* ---- What is in it ---- */

void wire_frame_put_tag(struct wire_frame *frame, unsigned int type, unsigned int tag)
{
	const uint8_t bytes[WIRE_TAG] = { (uint8_t)(type >> 8), (uint8_t)type,
					  (uint8_t)(tag >> 8), (uint8_t)tag };

	if (frame->size < 2 * ETH_ALEN)
		return;
	frame->bytes -= WIRE_TAG;
	frame->size += WIRE_TAG;
	memmove(frame->bytes, frame->bytes + WIRE_TAG, 2 * ETH_ALEN);
	memcpy(frame->bytes + 2 * ETH_ALEN, bytes, WIRE_TAG);
}

static unsigned int word(const uint8_t *bytes)
{
	return (unsigned int)bytes[0] << 8 | bytes[1];
}

/* The ethertype behind any VLAN tags; *ret_at: where its header begins. 0: too short. */
static unsigned int type_of(const uint8_t *bytes, size_t size, size_t *ret_at)
{
	size_t at = 2 * ETH_ALEN;

	while (at + 2 <= size) {
		unsigned int type = word(bytes + at);

		if (type != ETH_P_8021Q && type != ETH_P_8021AD) {
			*ret_at = at + 2;
			return type;
		}
		at += WIRE_TAG;
	}
	return 0;
}

/* Most frames are known by their ethertype. */
enum wire_kind wire_frame_kind(const uint8_t *bytes, size_t size)
{
	struct frame_parts parts;
	size_t at = 0;

	switch (type_of(bytes, size, &at)) {
	case ETHERTYPE_MARKER:
		return WIRE_MARKER;
	case ETH_P_ARP:
		return WIRE_DISCOVERY;
	case ETH_P_IPV6:
		frame_parts_find(bytes, size, &parts);
		return frame_is_discovery(&parts) || frame_is_listener(&parts)
			       ? WIRE_DISCOVERY
			       : WIRE_ORDINARY;
	default:
		return WIRE_ORDINARY;
	}
}

bool wire_frame_is_ecn_capable(const uint8_t *bytes, size_t size)
{
	size_t at = 0;
	unsigned int type = type_of(bytes, size, &at);
	unsigned int ecn = 0;

	if (type == ETH_P_IP && at + IPV4_HEADER <= size)
		ecn = bytes[at + IPV4_TOS] & ECN_MASK;
	else if (type == ETH_P_IPV6 && at + IPV6_HEADER <= size)
		ecn = bytes[at + 1] >> 4 & ECN_MASK;
	return ecn != 0;
}

void wire_frame_mark_ce(uint8_t *bytes, size_t size)
{
	const struct nst_fault mark = { .action = NST_FAULT_ECN_CE };

	nst_fault_edit(&mark, bytes, size);
}

void wire_frame_finish(struct wire_frame *frame)
{
	struct frame_parts parts;

	frame_parts_find(frame->bytes, frame->size, &parts);
	frame_sums_fix(frame->bytes, &parts);
}
