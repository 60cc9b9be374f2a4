/* SPDX-License-Identifier: MIT */
/* Frames leave when they should. How late they are depends on the machine, and is for the
 * benchmarks; that none is early, and which comes first, does not. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "wire_world.h"

enum { FRAMES = 200 };

static void impair(struct wire_world *world, const struct nst_impairment *impairment)
{
	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, impairment));
}

static void fixed_delay(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(20) };
	uint64_t sent_ns[FRAMES];

	impair(world, &slow);
	for (uint32_t n = 0; n < FRAMES; n++) {
		sent_ns[n] = now_ns();
		send_number(world->sender, n);
	}
	for (uint32_t n = 0; n < FRAMES; n++) {
		expect(receive_number(world->receiver) == n);
		expect(received_ns() >= sent_ns[n] + 20000000);
	}
	expect(in_flight(world) == 0);
}

Test(wire_time, of_a_delay_is_never_less_and_keeps_the_order)
{
	in_wire_world(fixed_delay);
}

static void other_direction(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_S(100) };
	uint8_t frame[FRAME_MOST];

	impair(world, &slow);
	send_number(world->sender, 1);
	send_number(world->receiver, 2);

	expect(receive_number(world->sender) == 2);
	expect(receive_at_once(world->receiver, frame) == 0);
	expect(in_flight(world) == 1);
}

Test(wire_time, of_one_direction_does_not_touch_the_other)
{
	in_wire_world(other_direction);
}

static void late_frames(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(5) };
	uint64_t frames = 0;
	struct nst_wire_counters c;

	impair(world, &slow);
	for (uint32_t n = 0; n < FRAMES; n++)
		send_number(world->sender, n);
	for (uint32_t n = 0; n < FRAMES; n++)
		expect(receive_number(world->receiver) == n);
	c = counters_of(world, NST_A_TO_B);

	for (int i = 0; i < NST_LATENESS_BUCKETS; i++)
		frames += c.lateness[i];
	expect(frames == FRAMES);
}

Test(wire_time, that_is_missed_is_counted_for_every_frame)
{
	in_wire_world(late_frames);
}

/* ---- Markers ---- */

static void send_type(int socket, uint16_t type, uint32_t number)
{
	uint8_t frame[60];

	make_frame(frame, sizeof(frame), type, number);
	send_bytes(socket, frame, sizeof(frame));
}

enum { ROUNDS = 10, EACH = 20 };

static void expect_seen(const bool *seen, uint32_t round)
{
	for (uint32_t n = 0; n < EACH; n++)
		expect(seen[round * EACH + n]);
}

/* Frames with much jitter, then a marker, again and again: each marker finds all frames
 * before it already there. */
static void markers(struct wire_world *world)
{
	const struct nst_impairment unsteady = { .delay_us = NST_MS(3),
						 .jitter_us = NST_MS(3),
						 .duplicate_ppm = NST_PERCENT(20) };
	bool seen[ROUNDS * EACH] = { false };
	uint8_t frame[FRAME_MOST];
	uint32_t marker = 0;

	impair(world, &unsteady);
	for (uint32_t n = 0; n < ROUNDS * EACH; n++) {
		send_number(world->sender, n);
		if (n % EACH == EACH - 1)
			send_type(world->sender, MARKER_TYPE, n / EACH);
	}
	while (marker < ROUNDS && receive_frame(world->receiver, frame)) {
		if (frame[13] != (MARKER_TYPE & 0xff)) {
			seen[number_of(frame)] = true;
			continue;
		}
		expect(number_of(frame) == marker);
		expect_seen(seen, marker);
		marker++;
	}
	expect(marker == ROUNDS);
}

Test(wire_time, of_a_marker_is_after_all_that_came_before_it_whatever_the_jitter)
{
	in_wire_world(markers);
}

/* A frame that a fault keeps longer than the model does. */
static void marker_behind_fault(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(5) };
	const struct nst_fault late = { .nth = 1,
					.action = NST_FAULT_DELAY,
					.delay_us = NST_MS(20) };
	uint32_t id;

	impair(world, &slow);
	expect_ok(nst_wire_fault(world->wire, 0, NST_A_TO_B, &late, &id));
	send_number(world->sender, 1);
	send_number(world->sender, 2);
	send_type(world->sender, MARKER_TYPE, 3);

	expect(receive_number(world->receiver) == 2);
	expect(receive_number(world->receiver) == 1);
	expect(receive_number(world->receiver) == 3);
}

Test(wire_time, of_a_marker_is_also_after_what_a_fault_delays)
{
	in_wire_world(marker_behind_fault);
}

/* Frames that come back from a model at another time than they would without: rate. */
static void rate(struct wire_world *world)
{
	const struct nst_impairment narrow = { .rate_bps =
						       NST_MBIT(8) }; /* 1 us a byte */
	uint64_t start_ns;
	uint8_t frame[1000];

	impair(world, &narrow);
	start_ns = now_ns();
	for (uint32_t n = 0; n < 50; n++) {
		make_frame(frame, sizeof(frame), TEST_TYPE, n);
		send_bytes(world->sender, frame, sizeof(frame));
	}
	for (uint32_t n = 0; n < 50; n++)
		expect(receive_number(world->receiver) == n);
	expect(received_ns() >= start_ns + 49 * UINT64_C(1000000));
}

Test(wire_time, at_a_rate_is_that_of_all_bytes)
{
	in_wire_world(rate);
}
