/* SPDX-License-Identifier: MIT */
/* The two hosts of world.h joined by a second cable with a wire engine in the middle, and
 * frames to send over it. Nothing but the test sends on that cable. */
#ifndef WIRE_WORLD_H
#define WIRE_WORLD_H

#include <stdint.h>

#include <nstest/wire.h>

#include "world.h"

enum { FRAME_MOST = 65600, FRAME_HEADER = 14 };

struct wire_world {
	const struct world *hosts;
	int middle; /* its network namespace */
	struct nst_wire_link link;
	struct nst_wire *wire;
	int sender, receiver; /* packet sockets: s1 is beyond a, r1 beyond b */
	int sender_ifindex, receiver_ifindex;
};

typedef void wire_body(struct wire_world *world);

struct wire_setup {
	unsigned int mtu; /* 0: 1,500 */
	bool real;        /* in_real_world() */
	struct nst_wire_options options;
};

/* Runs `body` in a world of its own, the middle's namespace entered. */
void in_wire_world(wire_body *body);
void in_wire_world_of(wire_body *body, const struct wire_setup *setup);

/* As small as a buffer without root is on most machines. */
enum { SMALL_BUFFER = 212992 };

/* A frame whose every byte depends on its number. `type`: 0x88b6 unless the test is about
 * another. */
enum { TEST_TYPE = 0x88b6, MARKER_TYPE = 0x88b5, ARP_TYPE = 0x0806 };
void make_frame(uint8_t *frame, size_t size, uint16_t type, uint32_t number);
uint32_t number_of(const uint8_t *frame);

void send_bytes(int socket, const void *frame, size_t size);

/* A frame of 60 bytes. */
void send_number(int socket, uint32_t number);

/* The next frame within five seconds, or (`at once`) the one that is there; 0: none. The outer
 * VLAN tag is in the frame. */
size_t receive_frame(int socket, uint8_t frame[FRAME_MOST]);
size_t receive_at_once(int socket, uint8_t frame[FRAME_MOST]);

/* Their numbers: the next frame's, or -1. */
int64_t receive_number(int socket);
int64_t receive_number_at_once(int socket);

/* When the kernel received the last one, CLOCK_REALTIME; and now. */
uint64_t received_ns(void);
uint64_t now_ns(void);

/* The library's calls, which must succeed. */
#define expect_ok(call) expect_that((call) == 0, __FILE__, __LINE__, nst_error())
struct nst_wire_counters counters_of(struct wire_world *world,
				     enum nst_direction direction);
uint64_t in_flight(struct wire_world *world);

/* Asks until nothing is in flight. */
void await_empty(struct wire_world *world);

/* Of struct nst_wire_counters: what it says of itself. */
void expect_adds_up(const struct nst_wire_counters *counters);

#endif
