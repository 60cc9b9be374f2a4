/* SPDX-License-Identifier: MIT */
/* What the engine does with what faults take. Which frames those are, and how bytes are changed,
 * is tested where it is decided. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "fault_frames.h"
#include "wire_world.h"

static uint32_t add(struct wire_world *world, const struct nst_fault *fault)
{
	uint32_t id = 0;

	expect_ok(nst_wire_fault(world->wire, 0, NST_A_TO_B, fault, &id));
	return id;
}

static void send_numbers(struct wire_world *world, uint32_t from, uint32_t to)
{
	for (uint32_t n = from; n <= to; n++)
		send_number(world->sender, n);
}

/* Expects exactly these, and nothing behind them. */
static void expect_numbers(struct wire_world *world, const char *numbers)
{
	char *end = (char *)numbers;

	while (*end)
		expect(receive_number(world->receiver) == strtol(end, &end, 10));
	expect(receive_number_at_once(world->receiver) == -1);
}

static void expect_fired(struct wire_world *world, uint32_t id, uint64_t matched,
			 uint64_t fired)
{
	struct nst_fault_counters counters;

	expect_ok(nst_wire_fault_counters(world->wire, id, &counters));
	expect(counters.matched == matched && counters.fired == fired);
}

/* ---- Actions ---- */

static void drop(struct wire_world *world)
{
	uint32_t id =
		add(world, &(struct nst_fault){ .nth = 2, .action = NST_FAULT_DROP });
	struct nst_wire_counters c;

	send_numbers(world, 1, 4);
	expect_numbers(world, "1 3 4");
	expect_fired(world, id, 4, 1);
	c = counters_of(world, NST_A_TO_B);
	expect(c.dropped == 1 && c.faulted == 1 && c.lost == 0);
	expect_adds_up(&c);
}

Test(wire_faults, drop_exactly_the_frame_they_mean)
{
	in_wire_world(drop);
}

static void hold(struct wire_world *world)
{
	add(world,
	    &(struct nst_fault){ .nth = 2, .action = NST_FAULT_HOLD, .hold = 3 });

	send_numbers(world, 1, 4);
	expect_numbers(world, "1 3 4");
	expect(in_flight(world) == 1);
	send_numbers(world, 5, 6);
	expect_numbers(world, "5 2 6");
}

Test(wire_faults, hold_a_frame_until_exactly_so_many_others_have_passed)
{
	in_wire_world(hold);
}

static void hold_in_delay(struct wire_world *world)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(10) };

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &slow));
	add(world,
	    &(struct nst_fault){ .nth = 3, .action = NST_FAULT_HOLD, .hold = 1 });

	send_numbers(world, 1, 5);
	expect_numbers(world, "1 2 4 3 5");
}

Test(wire_faults, do_not_count_those_before_as_having_passed)
{
	in_wire_world(hold_in_delay);
}

static void delay(struct wire_world *world)
{
	uint64_t sent_ns;

	add(world, &(struct nst_fault){ .nth = 1,
					.action = NST_FAULT_DELAY,
					.delay_us = NST_MS(20) });

	sent_ns = now_ns();
	send_numbers(world, 1, 3);
	expect_numbers(world, "2 3 1");
	expect(received_ns() >= sent_ns + 20000000);
}

Test(wire_faults, delay_one_frame_and_not_the_others)
{
	in_wire_world(delay);
}

static void duplicate(struct wire_world *world)
{
	struct nst_wire_counters c;

	add(world, &(struct nst_fault){
			   .nth = 2, .action = NST_FAULT_DUPLICATE, .copies = 2 });

	send_numbers(world, 1, 3);
	expect_numbers(world, "1 2 2 2 3");
	c = counters_of(world, NST_A_TO_B);
	expect(c.duplicated == 2);
	expect_adds_up(&c);
}

Test(wire_faults, duplicate_as_often_as_asked)
{
	in_wire_world(duplicate);
}

static void corrupt(struct wire_world *world)
{
	uint8_t sent[60], received[FRAME_MOST];

	add(world,
	    &(struct nst_fault){ .nth = 1, .action = NST_FAULT_CORRUPT, .offset = 40 });
	make_frame(sent, sizeof(sent), TEST_TYPE, 1);
	send_bytes(world->sender, sent, sizeof(sent));

	expect(receive_frame(world->receiver, received) == sizeof(sent));
	sent[40] ^= 0xff;
	expect(memcmp(sent, received, sizeof(sent)) == 0);
}

Test(wire_faults, corrupt_one_byte)
{
	in_wire_world(corrupt);
}

/* Both ends hear that the connection is gone, and the segment is not there. */
static void rst(struct wire_world *world)
{
	const struct frame syn = frame_of("syn");
	uint8_t forward[FRAME_MOST], back[FRAME_MOST];
	struct nst_wire_counters c;

	add(world, &(struct nst_fault){ .match = "syn", .action = NST_FAULT_RST });
	send_bytes(world->sender, syn.bytes, syn.size);

	expect(receive_frame(world->receiver, forward) > 0);
	expect(receive_frame(world->sender, back) > 0);
	expect(forward[47] & 4 && back[47] & 4);
	expect(memcmp(back + 30, syn.bytes + 26, 4) == 0); /* to the sender's address */
	c = counters_of(world, NST_A_TO_B);
	expect(c.injected == 2 && c.dropped == 1 && c.sent == 2);
	expect_adds_up(&c);
	expect(receive_at_once(world->receiver, forward) == 0);
	expect(receive_at_once(world->sender, back) == 0);
}

Test(wire_faults, reset_both_ends_in_place_of_the_segment)
{
	in_wire_world(rst);
}

/* ---- Rules ---- */

static void removed(struct wire_world *world)
{
	const struct nst_fault any = { .action = NST_FAULT_DROP };
	uint32_t id = add(world, &any);
	struct nst_fault_counters counters;

	send_numbers(world, 1, 1);
	expect_ok(nst_wire_fault_remove(world->wire, id));
	send_numbers(world, 2, 2);

	expect_numbers(world, "2");
	expect(nst_wire_fault_remove(world->wire, id) == -ENOENT);
	expect(nst_wire_fault_counters(world->wire, id, &counters) == -ENOENT);
	expect_that(strcmp(nst_error(), "there is no fault 1") == 0, __FILE__, __LINE__,
		    nst_error());
	expect(add(world, &any) != id);
}

Test(wire_faults, that_are_removed_do_nothing_more)
{
	in_wire_world(removed);
}

static void wrong(struct wire_world *world)
{
	const struct nst_fault fault = { .match = "no such filter" };
	uint32_t id;

	expect(nst_wire_fault(world->wire, 0, NST_A_TO_B, &fault, &id) == -EINVAL);
	expect(strstr(nst_error(), "link 0, a to b: ") == nst_error());
	expect(strstr(nst_error(), "no such filter"));
	send_numbers(world, 1, 1);
	expect_numbers(world, "1");
}

Test(wire_faults, with_a_filter_that_is_none_are_refused)
{
	in_wire_world(wrong);
}

static void noted(struct wire_world *world)
{
	const struct nst_fault third = { .nth = 3, .action = NST_FAULT_LOG };
	uint32_t id = add(world, &third);
	struct nst_wire_event *events;
	uint64_t before_ns = now_ns();
	size_t count;

	send_numbers(world, 1, 4);
	expect_numbers(world, "1 2 3 4");
	expect_ok(nst_wire_events(world->wire, &events, &count));

	expect(count == 1);
	expect(events->what == NST_WIRE_FAULT && events->fault == id && events->n == 3);
	expect(events->link == 0 && events->direction == NST_A_TO_B);
	expect(events->when_ns >= before_ns && events->when_ns <= now_ns());
	free(events);
}

Test(wire_faults, are_in_the_log_with_the_number_of_the_frame)
{
	in_wire_world(noted);
}

/* ---- Waiting for one ---- */

static void wait_for_it(struct wire_world *world)
{
	const struct nst_fault any = { .action = NST_FAULT_LOG };
	uint32_t id = add(world, &any);
	pid_t sender;

	expect(nst_wire_await(world->wire, id, 1, 0) == -ETIMEDOUT);
	expect_that(strcmp(nst_error(),
			   "fault 1 has fired 0 times in 0 ms, not 1 times") == 0,
		    __FILE__, __LINE__, nst_error());

	sender = fork();
	if (sender == 0) {
		send_numbers(world, 1, 3);
		_exit(0);
	}
	expect_ok(nst_wire_await(world->wire, id, 3, 5000));
	expect_fired(world, id, 3, 3);
	expect_ok(nst_wire_await(world->wire, id, 2, 0)); /* it has */
	expect(nst_wire_await(world->wire, 99, 1, 0) == -ENOENT);
}

Test(wire_faults, can_be_waited_for)
{
	in_wire_world(wait_for_it);
}

static void removed_meanwhile(struct wire_world *world)
{
	const struct nst_fault any = { .action = NST_FAULT_LOG };
	uint32_t id = add(world, &any);
	int fd = nst_wire_await_fd(world->wire, id, 1);
	char byte;

	expect(fd >= 0);
	expect_ok(nst_wire_fault_remove(world->wire, id));
	expect(read(fd, &byte, 1) == 0);
	close(fd);
}

Test(wire_faults, that_are_removed_wake_those_who_wait)
{
	in_wire_world(removed_meanwhile);
}
