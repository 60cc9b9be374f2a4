/* SPDX-License-Identifier: MIT */
/* The engine's process: its end is told, and nothing of it is left. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>

#include "wire_world.h"

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, timeout_ms) == 1;
}

static void expect_error(const char *sentence)
{
	expect_that(strcmp(nst_error(), sentence) == 0, __FILE__, __LINE__,
		    nst_error());
}

static void killed(struct wire_world *world)
{
	struct nst_wire_counters counters;
	uint64_t frames;
	uint32_t id;

	expect(!is_readable(nst_wire_death_fd(world->wire), 0));
	kill(nst_wire_pid(world->wire), SIGKILL);
	expect(is_readable(nst_wire_death_fd(world->wire), 5000));

	expect(nst_wire_in_flight(world->wire, NULL, 0, &frames) == -EPIPE);
	expect_error("the wire engine was killed: Killed");
	expect(nst_wire_counters(world->wire, 0, NST_A_TO_B, &counters) == -EPIPE);
	expect_error("link 0, a to b: the wire engine was killed: Killed");
	expect(nst_wire_fault(world->wire, 0, NST_A_TO_B, &(struct nst_fault){ 0 },
			      &id) == -EPIPE);
	expect(nst_wire_await(world->wire, 1, 1, 5000) == -EPIPE);
}

Test(wire_life, that_ended_makes_every_call_fail_and_says_how)
{
	in_wire_world(killed);
}

static void reaped_by_another(struct wire_world *world)
{
	uint64_t frames;
	int status;

	kill(nst_wire_pid(world->wire), SIGTERM);
	expect(waitpid(-1, &status, 0) == nst_wire_pid(world->wire));
	nst_wire_reaped(world->wire, status);

	expect(nst_wire_in_flight(world->wire, NULL, 0, &frames) == -EPIPE);
	expect_error("the wire engine was killed: Terminated");
}

Test(wire_life, that_ended_may_be_told_by_whoever_reaps_all_children)
{
	in_wire_world(reaped_by_another);
}

static void waiting(struct wire_world *world)
{
	const struct nst_fault any = { .action = NST_FAULT_LOG };
	uint32_t id;
	char byte;
	int fd;

	expect_ok(nst_wire_fault(world->wire, 0, NST_A_TO_B, &any, &id));
	fd = nst_wire_await_fd(world->wire, id, 1);
	expect(fd >= 0);
	kill(nst_wire_pid(world->wire), SIGKILL);

	expect(is_readable(fd, 5000));
	expect(read(fd, &byte, 1) == 0);
	close(fd);
}

Test(wire_life, that_ended_wakes_those_who_wait_for_a_fault)
{
	in_wire_world(waiting);
}

/* ---- Owners that end ---- */

/* Starts an engine, says its pid, and ends without a word. */
static void owner(const struct nst_wire_link *link, int answer)
{
	struct nst_wire *wire;
	pid_t pid;

	expect_ok(nst_wire_start(link, 1, NULL, &wire));
	pid = nst_wire_pid(wire);
	expect(write(answer, &pid, sizeof(pid)) == sizeof(pid));
	_exit(0);
}

static void orphaned(struct wire_world *world)
{
	int ends[2], pidfd;
	pid_t pid, engine;

	nst_wire_stop(world->wire);
	world->wire = NULL;
	expect(pipe(ends) == 0);
	pid = fork();
	if (pid == 0)
		owner(&world->link, ends[1]);
	expect(read(ends[0], &engine, sizeof(engine)) == sizeof(engine));
	pidfd = (int)syscall(SYS_pidfd_open, engine, 0);

	expect(waitpid(pid, NULL, 0) == pid);
	if (pidfd >= 0)
		expect(is_readable(pidfd, 5000));
	else
		expect(errno == ESRCH); /* it was even quicker */
}

Test(wire_life, ends_with_its_owner)
{
	in_wire_world(orphaned);
}

/* ---- Leaks ---- */

static int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	expect(folder != NULL);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void again_and_again(struct wire_world *world)
{
	int before;

	nst_wire_stop(world->wire);
	world->wire = NULL;
	before = open_descriptors();
	for (int i = 0; i < 10; i++) {
		expect_ok(nst_wire_start(&world->link, 1, NULL, &world->wire));
		send_number(world->sender, 1);
		expect(receive_number(world->receiver) == 1);
		nst_wire_stop(world->wire);
		world->wire = NULL;
	}

	expect(open_descriptors() == before);
	expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

Test(wire_life, leaves_no_descriptor_and_no_process)
{
	in_wire_world(again_and_again);
}

static void wrong_links(struct wire_world *world)
{
	const struct nst_wire_link missing = { world->link.a_ifindex, 7777 };
	const struct nst_wire_link twice[] = { world->link, world->link };
	struct nst_wire *wire;
	int before = open_descriptors();

	expect(nst_wire_start(&missing, 1, NULL, &wire) == -ENODEV);
	expect_error("starting the wire engine: link 0: interface 7777: "
		     "No such device");
	expect(nst_wire_start(twice, 2, NULL, &wire) == -EINVAL);
	expect(open_descriptors() == before);
}

Test(wire_life, does_not_begin_on_interfaces_that_are_not_there)
{
	in_wire_world(wrong_links);
}

/* Descriptors of the owner that the engine must not keep open. */
static void inherited(struct wire_world *world)
{
	const struct nst_wire_options options = { .close_fds_above = 2 };
	struct nst_wire *wire;
	int ends[2];
	char byte;

	expect(pipe(ends) == 0);
	expect_ok(nst_wire_start(&world->link, 1, &options, &wire));
	close(ends[1]);

	expect(is_readable(ends[0], 5000));
	expect(read(ends[0], &byte, 1) == 0);
	expect(!is_readable(nst_wire_death_fd(wire), 0));
	nst_wire_stop(wire);
}

Test(wire_life, does_not_keep_what_its_owner_had_open)
{
	in_wire_world(inherited);
}
