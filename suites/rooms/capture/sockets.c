/* SPDX-License-Identifier: MIT */
/* Packet sockets on a real wire: nothing is missed, and everything has its time. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "state.h"
#include "wire.h"

#define OURS_FILTER "ether proto 0x88b5"

static void first_packet(struct wire *wire)
{
	wire_up();
	send_number(wire->sender, 1);

	must(count_at(wire, "near", OURS_FILTER " and ether[14:4] = 1") == 1);
	must(count_at(wire, "far", OURS_FILTER " and ether[14:4] = 1") == 1);
}

Test(sockets, hear_the_first_packet_after_up)
{
	on_wire(first_packet);
}

enum { REPEATS = 1000 };

static void every_last_packet(struct wire *wire)
{
	wire_up();
	for (uint32_t i = 1; i <= REPEATS; i++) {
		send_number(wire->sender, i);
		must(count_at(wire, "far", OURS_FILTER) == i, "after %u", i);
		must(count_at(wire, NULL, OURS_FILTER) == 2 * i, "after %u", i);
	}
}

Test(sockets, have_the_last_packet_when_asked_1000_times)
{
	on_wire(every_last_packet);
}

/* A thread in nst_capture_run(), which ends with `stop`. */
struct runner {
	struct wire *wire;
	pthread_t thread;
	int stop, result;
};

static void *runner_body(void *data)
{
	struct runner *runner = data;

	runner->result = nst_capture_run(runner->wire->capture, runner->stop);
	return NULL;
}

static void start(struct runner *runner, struct wire *wire)
{
	*runner = (struct runner){ .wire = wire, .stop = eventfd(0, EFD_CLOEXEC) };
	must(!pthread_create(&runner->thread, NULL, runner_body, runner));
}

static void stop(struct runner *runner)
{
	eventfd_write(runner->stop, 1);
	must(!pthread_join(runner->thread, NULL));
	must(runner->result == 0);
	close(runner->stop);
}

static void every_last_packet_beside_a_reader(struct wire *wire)
{
	struct runner runner;

	wire_up();
	start(&runner, wire);
	every_last_packet(wire);
	stop(&runner);
	must(count_at(wire, NULL, OURS_FILTER) == 2 * REPEATS);
}

Test(sockets, have_the_last_packet_also_while_a_thread_reads)
{
	on_wire(every_last_packet_beside_a_reader);
}

static void stamps(struct wire *wire)
{
	struct nst_capture_statistics before, after;
	uint64_t from_ns, to_ns, fine = 0;

	wire_up();
	wait_for_stamps(wire);
	nst_capture_statistics(wire->capture, &before);
	from_ns = now_ns();
	for (uint32_t i = 0; i < 100; i++)
		send_number(wire->sender, i);
	to_ns = now_ns();
	nst_capture_statistics(wire->capture, &after);

	must(after.packets == before.packets + 200);
	must(after.unstamped == before.unstamped, "%lu", after.unstamped);
	for (size_t i = before.packets; i < after.packets; i++) {
		uint64_t time_ns = wire->capture->store.records[i].time_ns;

		must(time_ns >= from_ns && time_ns <= to_ns, "packet %zu at %+ld ns", i,
		     (long)(time_ns - from_ns));
		fine += time_ns % 1000 != 0;
	}
	must(fine > 100, "only %lu of 200 are finer than microseconds", fine);
}

Test(sockets, have_the_kernels_nanoseconds)
{
	on_wire(stamps);
}

/* As before the kernel has timestamps on: the time of reading, said to be so. */
static void without_stamps(struct wire *wire)
{
	struct nst_capture_statistics late;
	int none = 0, fd = nst_capture_socket(wire->far);
	uint64_t from_ns = now_ns(), to_ns;

	must(!setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &none, sizeof(none)));
	must(nst_capture_add(wire->capture, fd, "far:late") == 2);
	wire_up();
	for (uint32_t i = 0; i < 10; i++)
		send_number(wire->sender, i);
	must(nst_capture_statistics_of(wire->capture, 2, &late) == 0);
	to_ns = now_ns();

	must(late.packets == 10 && late.unstamped == 10, "%lu", late.unstamped);
	for (size_t i = 0; i < wire->capture->store.count; i++) {
		const struct nst_record *record = &wire->capture->store.records[i];

		must(record->time_ns >= from_ns && record->time_ns <= to_ns);
	}
}

Test(sockets, give_the_time_of_reading_where_the_kernel_has_none)
{
	on_wire(without_stamps);
}

/* What left near arrived at far: both ends, in the order of time, are one after the other. */
static void order(struct wire *wire)
{
	const struct nst_store *store = &wire->capture->store;

	wire_up();
	wait_for_stamps(wire);
	for (uint32_t i = 0; i < 200; i++)
		send_number(i % 2 ? wire->back : wire->sender, i);
	must(nst_capture_update(wire->capture) == 0);

	must(store->order.count == store->count);
	for (size_t i = store->count - 400; i < store->count; i += 2) {
		const struct nst_record *left = &store->records[store->order.at[i]];
		const struct nst_record *arrived =
			&store->records[store->order.at[i + 1]];
		uint32_t number;

		memcpy(&number, left->frame + OURS_NUMBER_AT, sizeof(number));
		number = ntohl(number);

		must(left->time_ns <= arrived->time_ns);
		must(left->heading == NST_HEADING_OUTGOING, "packet %u", number);
		must(arrived->heading != NST_HEADING_OUTGOING);
		must(left->interface == number % 2 &&
		     arrived->interface == !(number % 2));
		must(!memcmp(left->frame, arrived->frame, left->size));
		must(number == (i - (store->count - 400)) / 2, "packet %u", number);
	}
}

Test(sockets, together_give_one_order)
{
	on_wire(order);
}

enum { TOO_MANY = 5000 };

static void overflow(struct wire *wire)
{
	struct nst_capture_statistics deaf, all;
	int tiny = 4096, fd = nst_capture_socket(wire->far);
	uint64_t count, sent_ns;

	must(!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)));
	must(nst_capture_add(wire->capture, fd, "far:deaf") == 2);
	wire_up();
	for (uint32_t i = 0; i < TOO_MANY; i++)
		send_number(wire->sender, i);
	sent_ns = now_ns();

	must(nst_capture_count(wire->capture, "far:deaf", NULL, 0, &count) == -ENOBUFS);
	must(strstr(nst_error(), "far:deaf: the kernel dropped "), "%s", nst_error());
	must(nst_capture_count(wire->capture, "far", NULL, 0, &count) == -ENOBUFS);
	must(nst_capture_count(wire->capture, "near", NULL, 0, &count) == 0);
	must(nst_capture_statistics_of(wire->capture, 2, &deaf) == 0);
	must(deaf.kernel_drops > 0);
	must(deaf.packets + deaf.kernel_drops == TOO_MANY, "%lu + %lu", deaf.packets,
	     deaf.kernel_drops);
	nst_capture_statistics(wire->capture, &all);
	must(all.kernel_drops == deaf.kernel_drops);
	/* Drops of the past do not make the present false. */
	must(nst_capture_count(wire->capture, "far:deaf", NULL, now_ns(), &count) == 0);
	must(nst_capture_count(wire->capture, "far:deaf", NULL, sent_ns, &count) ==
	     -ENOBUFS);
}

Test(sockets, tell_what_they_could_not_hold)
{
	on_wire(overflow);
}

static void tag(struct wire *wire)
{
	uint8_t frame[64] = { 0x02, 0, 0,    0, 0,    2, 0x02, 0,    0,   0,
			      0,    1, 0x81, 0, 0x20, 5, 0x88, 0xb5, 'h', 'i' };
	const struct nst_store *store = &wire->capture->store;

	wire_up();
	send_frame(wire->sender, frame, sizeof(frame));
	must(nst_capture_drain(wire->capture) == 0);

	must(store->count == 2);
	for (size_t i = 0; i < 2; i++) {
		must(store->records[i].size == sizeof(frame));
		must(store->records[i].original == sizeof(frame));
		must(!memcmp(store->records[i].frame, frame, sizeof(frame)), "at %s",
		     i ? "far" : "near");
	}
	must(count_at(wire, "far", "vlan 5 and " OURS_FILTER) == 1);
}

Test(sockets, put_the_vlan_tag_back)
{
	on_wire(tag);
}

static void others(struct wire *wire)
{
	uint8_t frame[60] = { 0x02, 0x12, 0x34, 0x56, 0x78, 0x9a };

	frame[OURS_ETHERTYPE_AT] = OURS >> 8;
	frame[OURS_ETHERTYPE_AT + 1] = OURS & 0xff;
	wire_up();
	send_frame(wire->sender, frame, sizeof(frame));

	must(count_at(wire, "far", "ether dst 02:12:34:56:78:9a") == 1);
}

Test(sockets, hear_what_is_meant_for_others)
{
	on_wire(others);
}

/* Bound while down, a socket has an error pending; nobody may be woken by it for ever. */
static void quiet_while_down(struct wire *wire)
{
	struct pollfd ready = { .fd = wire->capture->ready_fd, .events = POLLIN };

	must(poll(&ready, 1, 0) == 0);
	must(nst_capture_drain(wire->capture) == 0);
	must(poll(&ready, 1, 0) == 0);
}

Test(sockets, are_quiet_while_the_interface_is_down)
{
	on_wire(quiet_while_down);
}

static void down_and_gone(struct wire *wire)
{
	struct pollfd ready = { .fd = wire->capture->ready_fd, .events = POLLIN };

	wire_up();
	send_number(wire->sender, 1);
	run("ip link set far down");
	must(nst_capture_drain(wire->capture) == 0);
	must(poll(&ready, 1, 0) == 0);
	wire_up();
	send_number(wire->sender, 2);
	must(count_at(wire, "far", OURS_FILTER) == 2);
	run("ip link del near");
	must(nst_capture_drain(wire->capture) == 0);
	must(poll(&ready, 1, 0) == 0);
	must(count_at(wire, "far", OURS_FILTER) == 2);
}

Test(sockets, outlive_their_interface)
{
	on_wire(down_and_gone);
}

static void added_while_running(struct wire *wire)
{
	struct runner runner;
	int fd;

	wire_up();
	start(&runner, wire);
	send_number(wire->sender, 1);
	fd = nst_capture_socket(wire->far);
	must(nst_capture_add(wire->capture, fd, "far:late") == 2);
	send_number(wire->sender, 2);
	stop(&runner);

	must(count_at(wire, "far:late", OURS_FILTER) == 1);
}

Test(sockets, may_be_added_while_a_thread_reads)
{
	on_wire(added_while_running);
}

/* The reader alone empties the sockets: nothing here asks until all was sent. */
static void flood(struct wire *wire)
{
	struct nst_capture_statistics seen;
	struct runner runner;
	uint64_t total = 20000;

	wire_up();
	start(&runner, wire);
	for (uint32_t i = 0; i < total; i++)
		send_number(wire->sender, i);
	stop(&runner);
	nst_capture_statistics(wire->capture, &seen);

	must(seen.kernel_drops == 0, "%lu dropped", seen.kernel_drops);
	must(seen.packets == 2 * total);
	must(seen.bytes == 2 * total * 60);
}

Test(sockets, are_read_fast_enough_by_the_thread)
{
	on_wire(flood);
}

struct usage_probe {
	struct wire *wire;
	int stop;
	long switches;
};

static void *measured_body(void *data)
{
	struct usage_probe *probe = data;
	struct rusage usage;

	must(nst_capture_run(probe->wire->capture, probe->stop) == 0);
	must(!getrusage(RUSAGE_THREAD, &usage));
	probe->switches = usage.ru_nvcsw + usage.ru_nivcsw;
	return NULL;
}

/* For 200 ms nothing happens; a tick of 1 ms would wake it 200 times. */
static void idle(struct wire *wire)
{
	struct usage_probe probe = { .wire = wire, .stop = eventfd(0, EFD_CLOEXEC) };
	struct pollfd nothing = { .fd = -1 };
	pthread_t thread;

	must(!pthread_create(&thread, NULL, measured_body, &probe));
	poll(&nothing, 1, 200);
	eventfd_write(probe.stop, 1);
	must(!pthread_join(thread, NULL));
	close(probe.stop);

	must(probe.switches < 10, "woken %ld times", probe.switches);
}

Test(sockets, let_the_thread_sleep_while_nothing_comes)
{
	on_wire(idle);
}

static void questions(struct wire *wire)
{
	uint64_t count;

	wire_up();
	send_number(wire->sender, 1);

	must(nst_capture_count(wire->capture, NULL, "tcp prot 80", 0, &count) ==
	     -EINVAL);
	must(strstr(nst_error(), "filter \"tcp prot 80\": "), "%s", nst_error());
	must(strstr(nst_error(), "syntax error"), "%s", nst_error());
	must(nst_capture_count(wire->capture, "fra", NULL, 0, &count) == -ENODATA);
	must(!strcmp(nst_error(),
		     "\"fra\" is not captured (there are near:eth0, far:eth0)"),
	     "%s", nst_error());
	must(count_at(wire, "far:eth0", " ") == 1);
	must(nst_capture_count(wire->capture, NULL, NULL, now_ns(), &count) == 0);
	must(count == 0);
	must(nst_capture_comment(wire->capture, 2, 0, 0, NULL, "?") == -ENODATA);
	must(nst_capture_socket(4711) == -ENODEV);
	must(nst_capture_socket(0) == -EINVAL);
}

Test(sockets, answer_wrong_questions_in_words)
{
	on_wire(questions);
}

static void lines(struct wire *wire)
{
	AUTO_FREE char *text = NULL;

	wire_up();
	must(nst_capture_link(wire->capture, 0, 1) == 0);
	send_number(wire->sender, 1);
	must(nst_capture_comment(wire->capture, 0, 0, UINT64_MAX, NULL, "seen") == 0);
	must(nst_capture_ladder(wire->capture, OURS_FILTER, 0, 0, &text) == 0);

	must(!strcmp(text,
		     "            near      far\n"
		     " +0.000000  |-------->|  02:00:00:00:00:01 > 02:00:00:00:00:02 "
		     "ethertype 0x88b5 len 46  (seen)\n"),
	     "%s", text);
}

Test(sockets, give_a_ladder)
{
	on_wire(lines);
}

/* Closing one waits for a grace period of the kernel; together they wait for the same. */
static void closing(struct wire *wire)
{
	enum { MANY = 16 };
	struct nst_capture *many;
	uint64_t start_ns, in_turn_ns, together_ns;
	int fds[MANY];

	must(nst_capture_new(&many) == 0);
	for (int i = 0; i < MANY; i++) {
		fds[i] = nst_capture_socket(wire->near);
		must(nst_capture_add(many, nst_capture_socket(wire->near), "near:x") ==
		     i);
	}
	start_ns = now_ns();
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	in_turn_ns = now_ns() - start_ns;
	start_ns = now_ns();
	nst_capture_free(many);
	together_ns = now_ns() - start_ns;

	must(together_ns < in_turn_ns / 2, "%lu us, %lu in turn", together_ns / 1000,
	     in_turn_ns / 1000);
}

Test(sockets, are_closed_together)
{
	on_wire(closing);
}
