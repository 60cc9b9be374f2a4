/* SPDX-License-Identifier: MIT */
/* The first sequence number of each direction of each TCP connection: a hash table. */
#include <stdlib.h>
#include <string.h>

#include "flows.h"

struct key {
	uint8_t source[16], destination[16];
	uint16_t source_port, destination_port, vlan;
	uint16_t family; /* 0: an empty place in the table */
};

struct nst_flow {
	struct key key;
	uint32_t first; /* what is called 0 */
};

static struct key key_of(const struct nst_packet *packet, bool back)
{
	struct key key = {
		.source_port = back ? packet->destination_port : packet->source_port,
		.destination_port =
			back ? packet->source_port : packet->destination_port,
		.vlan = packet->vlan,
		.family = (uint16_t)packet->family,
	};

	memcpy(key.source, back ? packet->destination : packet->source, 16);
	memcpy(key.destination, back ? packet->source : packet->destination, 16);
	return key;
}

/* FNV-1a. */
static size_t hash(const struct key *key)
{
	const uint8_t *bytes = (const uint8_t *)key;
	uint64_t value = 0xcbf29ce484222325;

	for (size_t i = 0; i < sizeof(*key); i++)
		value = (value ^ bytes[i]) * 0x100000001b3;
	return (size_t)(value ^ value >> 32);
}

/* Where the key is, or would be. There is always an empty place. */
static struct nst_flow *find(const struct nst_flows *flows, const struct key *key)
{
	for (size_t i = hash(key);; i++) {
		struct nst_flow *flow = &flows->table[i & (flows->room - 1)];

		if (!flow->key.family || !memcmp(&flow->key, key, sizeof(*key)))
			return flow;
	}
}

static bool grow(struct nst_flows *flows)
{
	struct nst_flows grown = { .count = flows->count };

	if (flows->count * 2 < flows->room)
		return true;
	grown.room = flows->room ? flows->room * 2 : 64;
	grown.table = calloc(grown.room, sizeof(*grown.table));
	if (!grown.table)
		return false;
	for (size_t i = 0; i < flows->room; i++)
		if (flows->table[i].key.family)
			*find(&grown, &flows->table[i].key) = flows->table[i];
	free(flows->table);
	*flows = grown;
	return true;
}

/* The first number of a direction; `guess` if it is not known, or `restart`. */
static uint32_t first_of(struct nst_flows *flows, const struct key *key, uint32_t guess,
			 bool restart)
{
	struct nst_flow *flow;

	if (!grow(flows))
		return 0;
	flow = find(flows, key);
	if (!flow->key.family)
		flows->count++;
	else if (!restart)
		return flow->first;
	*flow = (struct nst_flow){ *key, guess };
	return guess;
}

/* A connection seen from its middle begins at 1, as if its SYN had been 0. */
void nst_flows_rebase(struct nst_flows *flows, struct nst_packet *packet)
{
	bool syn = packet->tcp_flags & NST_SYN;
	struct key there = key_of(packet, false), back = key_of(packet, true);

	if (packet->kind != NST_PACKET_TCP)
		return;
	packet->sequence -= first_of(
		flows, &there, syn ? packet->sequence : packet->sequence - 1, syn);
	/* The RST that refuses a SYN has a sequence of 0 and is the first of its
	 * direction. */
	if (packet->tcp_flags & NST_ACK)
		packet->acknowledgment -=
			first_of(flows, &back, packet->acknowledgment - 1, false);
}

void nst_flows_release(struct nst_flows *flows)
{
	free(flows->table);
	*flows = (struct nst_flows){};
}
