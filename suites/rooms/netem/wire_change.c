/* SPDX-License-Identifier: MIT */
/* What is changed on a live link holds from the next frame on, and for no earlier one. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "wire_world.h"

static const struct nst_impairment all_lost = { .loss_ppm = NST_PERCENT(100) };

static void impair(struct wire_world *world, const struct nst_impairment *impairment)
{
	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, impairment));
}

static void back_and_forth(struct wire_world *world)
{
	enum { ROUNDS = 500 };

	for (uint32_t n = 0; n < ROUNDS; n++) {
		send_number(world->sender, 2 * n);
		impair(world, &all_lost);
		send_number(world->sender, 2 * n + 1);
		impair(world, NULL);
		expect(receive_number_at_once(world->receiver) == 2 * n);
	}
	expect(receive_number_at_once(world->receiver) == -1);
	expect(counters_of(world, NST_A_TO_B).lost == ROUNDS);
}

Test(wire_change, of_an_impairment_holds_for_exactly_the_frames_sent_after_it,
     .timeout = 60)
{
	in_wire_world(back_and_forth);
}

static void held(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(30) };
	uint64_t sent_ns;

	impair(world, &slow);
	sent_ns = now_ns();
	send_number(world->sender, 1);
	impair(world, NULL);
	send_number(world->sender, 2);

	expect(receive_number(world->receiver) == 2);
	expect(receive_number(world->receiver) == 1);
	expect(received_ns() >= sent_ns + 30000000);
}

Test(wire_change, leaves_frames_that_are_held_what_they_were_told)
{
	in_wire_world(held);
}

static void not_held_up(struct wire_world *world)
{
	const struct nst_impairment stuck = { .delay_us = NST_S(200) };
	const struct nst_impairment slow = { .delay_us = NST_MS(1) };

	impair(world, &stuck);
	send_number(world->sender, 1);
	impair(world, &slow);
	send_number(world->sender, 2);

	expect(receive_number(world->receiver) == 2);
	expect(in_flight(world) == 1);
}

Test(wire_change, lets_no_frame_wait_for_one_that_waits_longer)
{
	in_wire_world(not_held_up);
}

static void mistakes(struct wire_world *world)
{
	const struct nst_impairment wrong = { .loss_ppm = NST_PERCENT(101) };
	const struct nst_impairment nowhere = { .delay_us = 1,
						.jitter_us = 1,
						.distribution = NST_TABLE,
						.distribution_file = "/no/such.dist" };

	impair(world, &all_lost);
	expect(nst_wire_impair(world->wire, 0, NST_A_TO_B, &wrong) == -EINVAL);
	expect(nst_wire_impair(world->wire, 0, NST_A_TO_B, &nowhere) == -ENOENT);
	expect(nst_wire_impair(world->wire, 1, NST_A_TO_B, NULL) == -EINVAL);
	send_number(world->sender, 1);
	expect(counters_of(world, NST_A_TO_B).lost == 1);
}

Test(wire_change, that_is_refused_changes_nothing)
{
	in_wire_world(mistakes);
}

/* ---- Under traffic ---- */

/* A child that sends some 20,000 frames a second until it is killed. */
static pid_t begin_traffic(struct wire_world *world)
{
	pid_t pid = fork();

	expect(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint32_t n = 0;; n++) {
		send_number(world->sender, n);
		if (n % 20 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

static void under_traffic(struct wire_world *world)
{
	const struct nst_impairment some[] = {
		{ .delay_us = NST_MS(1), .jitter_us = NST_MS(1) },
		{ .loss_ppm = NST_PERCENT(30), .duplicate_ppm = NST_PERCENT(30) },
		{ .rate_bps = NST_KBIT(500), .limit_packets = 2 },
		{ .delay_us = NST_MS(1), .reorder_ppm = NST_PERCENT(10) },
		{ .corrupt_ppm = NST_PERCENT(50) },
	};
	pid_t traffic = begin_traffic(world);
	struct nst_wire_counters c;

	for (int round = 0; round < 600; round++) {
		impair(world, round % 6 == 5 ? NULL : &some[round % 6]);
		c = counters_of(world, NST_A_TO_B);
		expect_adds_up(&c);
	}
	kill(traffic, SIGKILL);
	expect(waitpid(traffic, NULL, 0) == traffic);
	await_empty(world);
	c = counters_of(world, NST_A_TO_B);

	expect_adds_up(&c);
	expect(c.in_flight == 0 && c.received > 0 && c.lost > 0);
	expect(c.duplicated > 0 && c.overflowed > 0 && c.corrupted > 0);
}

Test(wire_change, under_traffic_loses_track_of_no_frame, .timeout = 60)
{
	in_wire_world(under_traffic);
}

/* ---- Cuts ---- */

static void cut_and_mend(struct wire_world *world)
{
	send_number(world->sender, 1);
	expect_ok(nst_wire_cut(world->wire, 0, NST_A_TO_B, true));
	send_number(world->sender, 2);
	send_number(world->receiver, 3);
	expect(receive_number(world->sender) == 3);
	expect_ok(nst_wire_cut(world->wire, 0, NST_A_TO_B, false));
	send_number(world->sender, 4);

	expect(receive_number(world->receiver) == 1);
	expect(receive_number(world->receiver) == 4);
	expect(counters_of(world, NST_A_TO_B).cut == 1);
	expect(counters_of(world, NST_B_TO_A).cut == 0);
}

Test(wire_change, by_a_cut_silences_one_direction_until_it_is_mended)
{
	in_wire_world(cut_and_mend);
}

static void cut_on_the_way(struct wire_world *world)
{
	/* On a busy machine the cut comes some 10 ms after the frame. */
	const struct nst_impairment slow = { .delay_us = NST_MS(300) };
	struct nst_wire_counters c;

	impair(world, &slow);
	send_number(world->sender, 1);
	expect_ok(nst_wire_cut(world->wire, 0, NST_A_TO_B, true));
	await_empty(world);
	c = counters_of(world, NST_A_TO_B);

	expect(receive_number_at_once(world->receiver) == -1);
	expect(c.cut == 1);
	expect_adds_up(&c);
}

Test(wire_change, by_a_cut_takes_what_is_on_its_way)
{
	in_wire_world(cut_on_the_way);
}

static void cut_at_the_entrance(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(20) };

	impair(world, &slow);
	expect_ok(nst_wire_cut(world->wire, 0, NST_A_TO_B, true));
	send_number(world->sender, 1);
	expect_ok(nst_wire_cut(world->wire, 0, NST_A_TO_B, false));
	send_number(world->sender, 2);

	expect(receive_number(world->receiver) == 2);
	expect(counters_of(world, NST_A_TO_B).cut == 1);
}

Test(wire_change,
     by_a_cut_takes_what_comes_although_it_is_mended_before_that_would_leave)
{
	in_wire_world(cut_at_the_entrance);
}
