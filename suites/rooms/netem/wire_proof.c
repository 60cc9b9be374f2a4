/* SPDX-License-Identifier: MIT */
/* "Nothing is in flight" is a proof: whatever was sent is there, or is lost. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "wire_world.h"

static void at_once(struct wire_world *world)
{
	for (uint32_t n = 0; n < 3000; n++) {
		send_number(world->sender, n);
		expect(in_flight(world) == 0);
		expect(receive_number_at_once(world->receiver) == n);
	}
}

Test(wire_proof, holds_for_each_of_3000_frames, .timeout = 60)
{
	in_wire_world(at_once);
}

static void across_jitter(struct wire_world *world)
{
	const struct nst_impairment unsteady = { .delay_us = NST_US(300),
						 .jitter_us = NST_US(300),
						 .loss_ppm = NST_PERCENT(50) };

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &unsteady));
	for (uint32_t n = 0; n < 500; n++) {
		uint64_t lost = counters_of(world, NST_A_TO_B).lost;

		send_number(world->sender, n);
		await_empty(world);
		if (counters_of(world, NST_A_TO_B).lost == lost)
			expect(receive_number_at_once(world->receiver) == n);
		else
			expect(receive_number_at_once(world->receiver) == -1);
	}
}

Test(wire_proof, holds_across_jitter_and_loss, .timeout = 60)
{
	in_wire_world(across_jitter);
}

static void counted(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_S(100) };
	const size_t link = 0, none = 1;
	uint64_t frames;

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &slow));
	for (uint32_t n = 0; n < 10; n++)
		send_number(world->sender, n);

	expect(in_flight(world) == 10);
	expect_ok(nst_wire_in_flight(world->wire, &link, 1, &frames));
	expect(frames == 10);
	expect(nst_wire_in_flight(world->wire, &none, 1, &frames) == -EINVAL);
	expect_that(strcmp(nst_error(), "there is no link 1") == 0, __FILE__, __LINE__,
		    nst_error());
}

Test(wire_proof, does_not_hold_while_frames_are_under_way)
{
	in_wire_world(counted);
}

static void behind(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(5) };
	uint8_t frame[60];

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &slow));
	send_number(world->sender, 1);
	make_frame(frame, sizeof(frame), MARKER_TYPE, 2);
	send_bytes(world->sender, frame, sizeof(frame));
	expect(in_flight(world) == 2);
	await_empty(world);

	expect(receive_number_at_once(world->receiver) == 1);
	expect(receive_number_at_once(world->receiver) == 2);
}

Test(wire_proof, counts_markers_that_wait_behind_others)
{
	in_wire_world(behind);
}

enum { SEEN_MOST = 1 << 20 };
static bool seen[SEEN_MOST];

/* One after the other, without end: of those sent before a turn all have come when it is two
 * further, though others are under way. */
static void among_others(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(2),
					     .jitter_us = NST_MS(1),
					     .duplicate_ppm = NST_PERCENT(20) };
	uint32_t sent = 0;

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &slow));
	for (int round = 0; round < 50; round++) {
		uint64_t frames, begin, turn;
		uint32_t before;

		send_number(world->sender, sent++);
		before = sent;
		expect_ok(nst_wire_turn(world->wire, &frames, &begin));
		do {
			send_number(world->sender, sent++);
			expect_ok(nst_wire_turn(world->wire, &frames, &turn));
		} while (turn < begin + 2);
		for (int64_t n; (n = receive_number_at_once(world->receiver)) >= 0;)
			seen[n % SEEN_MOST] = true;
		for (uint32_t n = 0; n < before; n++)
			expect(seen[n % SEEN_MOST]);
	}
}

Test(wire_proof, holds_for_earlier_frames_while_others_are_under_way, .timeout = 60)
{
	in_wire_world(among_others);
}
