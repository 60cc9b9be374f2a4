/* SPDX-License-Identifier: MIT */
/* The same seed, the same frames: the same fate for each, whatever else happens. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "wire_world.h"

enum { FRAMES = 1000, RUNS = 20 };

/* Everything whose outcome does not depend on when frames come. */
static const struct nst_impairment harsh = {
	.delay_us = NST_MS(2),
	.jitter_us = NST_MS(1),
	.loss_ppm = NST_PERCENT(10),
	.loss_correlation_ppm = NST_PERCENT(25),
	.duplicate_ppm = NST_PERCENT(5),
	.corrupt_ppm = NST_PERCENT(5),
	.reorder_ppm = NST_PERCENT(5),
	.limit_packets = 100000,
};

/* What one run leaves behind: its events, without the time of day. */
struct run {
	size_t count;
	struct nst_wire_event events[4 * FRAMES];
};

static struct run *run; /* shared with the child */
static bool with_arp;

static void send_all(struct wire_world *world)
{
	uint8_t frame[60];

	for (uint32_t n = 0; n < FRAMES; n++) {
		if (with_arp && n % 7 == 0) {
			make_frame(frame, sizeof(frame), ARP_TYPE, n);
			send_bytes(world->sender, frame, sizeof(frame));
		}
		send_number(world->sender, n);
	}
}

static void play(struct wire_world *world)
{
	const struct nst_fault drop = { .every = 13, .action = NST_FAULT_DROP };
	const struct nst_fault some = { .probability_ppm = NST_PERCENT(5),
					.action = NST_FAULT_DELAY,
					.delay_us = NST_MS(1) };
	struct nst_wire_event *events;
	uint32_t id;

	expect_ok(nst_wire_impair(world->wire, 0, NST_A_TO_B, &harsh));
	expect_ok(nst_wire_fault(world->wire, 0, NST_A_TO_B, &drop, &id));
	expect_ok(nst_wire_fault(world->wire, 0, NST_A_TO_B, &some, &id));
	send_all(world);
	await_empty(world);
	expect_ok(nst_wire_events(world->wire, &events, &run->count));
	expect(run->count <= sizeof(run->events) / sizeof(*run->events));
	for (size_t i = 0; i < run->count; i++)
		events[i].when_ns = 0;
	memcpy(run->events, events, run->count * sizeof(*events));
	free(events);
}

static void play_with(uint64_t seed)
{
	memset(run, 0, sizeof(*run));
	in_wire_world_of(play, &(struct wire_setup){ .options.seed = seed });
}

static void prepare(void)
{
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(run != MAP_FAILED);
}

static pid_t begin_hog(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		;
}

/* Events that the model and the faults decide; all of them. */
static bool is_same(const struct run *one, const struct run *other)
{
	return one->count == other->count &&
	       memcmp(one->events, other->events, one->count * sizeof(*one->events)) ==
		       0;
}

Test(wire_replay, of_a_seed_gives_every_frame_the_same_fate_idle_and_beside_a_hog,
     .timeout = 120)
{
	struct run *first = malloc(sizeof(*first));
	pid_t hog = 0;

	prepare();
	play_with(7);
	memcpy(first, run, sizeof(*first));
	for (int i = 1; i < RUNS; i++) {
		if (i == RUNS / 2)
			hog = begin_hog();
		play_with(7);
		cr_assert(is_same(first, run), "run %d, seed 7: other events", i);
	}
	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	cr_expect(first->count > FRAMES / 2, "a fate worth comparing");
	free(first);
}

Test(wire_replay, of_another_seed_is_another)
{
	struct run *first = malloc(sizeof(*first));

	prepare();
	play_with(7);
	memcpy(first, run, sizeof(*first));
	play_with(8);
	cr_expect(!is_same(first, run));
	free(first);
}

/* Without the events of ARP itself. */
static void forget_service(struct run *of)
{
	size_t kept = 0;

	for (size_t i = 0; i < of->count; i++)
		if (!(of->events[i].n >> 63))
			of->events[kept++] = of->events[i];
	of->count = kept;
}

Test(wire_replay, does_not_depend_on_arp_in_between)
{
	struct run *first = malloc(sizeof(*first));

	prepare();
	play_with(7);
	memcpy(first, run, sizeof(*first));
	with_arp = true;
	play_with(7);
	forget_service(run);
	cr_expect(is_same(first, run));
	free(first);
}
