/* SPDX-License-Identifier: MIT */
/* A perfect link changes nothing. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>

#include "fault_frames.h"
#include "wire_world.h"

/* So many frames at a time fit into any socket's buffer, whatever their size. */
enum { WINDOW = 4, WINDOW_SMALL = 50 };

static const struct wire_setup small = { .options.buffer_bytes = SMALL_BUFFER };

static uint8_t sent[FRAME_MOST], received[FRAME_MOST];

/* Sends frames of sizes from `size_of`, a window at a time, and expects the same bytes. */
static void exchange(int from, int to, uint32_t count, uint32_t window,
		     size_t (*size_of)(uint32_t number))
{
	for (uint32_t done = 0; done < count; done += window) {
		for (uint32_t n = done; n < done + window; n++) {
			make_frame(sent, size_of(n), TEST_TYPE, n);
			send_bytes(from, sent, size_of(n));
		}
		for (uint32_t n = done; n < done + window; n++) {
			size_t size = receive_frame(to, received);

			make_frame(sent, size_of(n), TEST_TYPE, n);
			expect(size == size_of(n));
			expect(memcmp(sent, received, size) == 0);
		}
	}
}

static size_t usual_size(uint32_t number)
{
	return 60 + number * 7919 % 1455;
}

static void both_ways(struct wire_world *world)
{
	exchange(world->sender, world->receiver, 10000, WINDOW_SMALL, usual_size);
	exchange(world->receiver, world->sender, 10000, WINDOW_SMALL, usual_size);

	for (int direction = NST_A_TO_B; direction <= NST_B_TO_A; direction++) {
		struct nst_wire_counters c = counters_of(world, direction);

		expect(c.received == 10000 && c.sent == 10000);
		expect(c.received_bytes == c.sent_bytes && c.unplanned == 0);
		expect_adds_up(&c);
	}
}

Test(wire_pass, leaves_every_byte_and_the_order_of_10000_frames, .timeout = 60)
{
	in_wire_world(both_ways);
}

static size_t jumbo_size(uint32_t number)
{
	return 65000 + number % 550;
}

static size_t any_size(uint32_t number)
{
	return number % 2 ? usual_size(number) : 1500 + number * 7919 % 64000;
}

static void jumbo(struct wire_world *world)
{
	exchange(world->sender, world->receiver, 200, 2, jumbo_size);
	exchange(world->sender, world->receiver, 1000, WINDOW, any_size);
	expect(counters_of(world, NST_A_TO_B).unplanned == 0);
}

Test(wire_pass, carries_frames_of_64_kilobytes, .timeout = 60)
{
	in_wire_world_of(jumbo, &(struct wire_setup){ .mtu = 65535 });
}

/* ---- VLAN ---- */

static size_t put_tag(uint8_t *frame, size_t size, uint16_t type, uint16_t tag)
{
	const uint8_t bytes[4] = { (uint8_t)(type >> 8), (uint8_t)type,
				   (uint8_t)(tag >> 8), (uint8_t)tag };

	memmove(frame + 16, frame + 12, size - 12);
	memcpy(frame + 12, bytes, sizeof(bytes));
	return size + sizeof(bytes);
}

static void expect_unchanged(struct wire_world *world, size_t size)
{
	send_bytes(world->sender, sent, size);
	expect(receive_frame(world->receiver, received) == size);
	expect(memcmp(sent, received, size) == 0);
}

static void tags(struct wire_world *world)
{
	size_t size;

	make_frame(sent, 1000, TEST_TYPE, 1);
	size = put_tag(sent, 1000, 0x8100, 0xa123); /* priority 5, VLAN 291 */
	expect_unchanged(world, size);

	size = put_tag(sent, size, 0x88a8, 0x0456);
	expect_unchanged(world, size);

	make_frame(sent, 1514, TEST_TYPE, 2);
	expect_unchanged(world, put_tag(sent, 1514, 0x8100, 7));
}

Test(wire_pass, keeps_vlan_tags)
{
	in_wire_world(tags);
}

/* ---- A sender that has offloads again ---- */

static void offloads(struct wire_world *world)
{
	int udp;

	enter(world->hosts->sender);
	shell("ethtool -K s1 tx on > /dev/null && ip addr add 10.1.0.1/24 dev s1 && "
	      "ip neigh add 10.1.0.2 lladdr 02:00:00:00:01:02 dev s1");
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	expect(sendto(udp, "hello", 5, 0,
		      (const struct sockaddr *)&(struct sockaddr_in){
			      AF_INET, htons(7), { htonl(0x0a010002) } },
		      sizeof(struct sockaddr_in)) == 5);

	expect(receive_frame(world->receiver, received) >= 47);
	expect(wrong_sum(received, 47) == NULL);
}

Test(wire_pass, finishes_checksums_that_a_sender_left_to_its_network_card)
{
	in_wire_world(offloads);
}

/* ---- The ring for much traffic ---- */

/* How often the engine has mapped a packet socket. */
static bool has_ring(struct wire_world *world)
{
	char line[64];

	snprintf(line, sizeof(line), "grep -c socket: /proc/%d/maps || true",
		 nst_wire_pid(world->wire));
	return atoi(output_of(line)) > 0;
}

/* Sends so many while the engine does not get its turn. */
static void burst(struct wire_world *world, uint32_t count)
{
	kill(nst_wire_pid(world->wire), SIGSTOP);
	for (uint32_t n = 0; n < count; n++)
		send_number(world->sender, n);
	kill(nst_wire_pid(world->wire), SIGCONT);
}

/* Whether the engine has room for twice as many frames as the plain socket's buffer. */
static bool has_room(struct wire_world *world)
{
	uint64_t before = counters_of(world, NST_A_TO_B).missed;

	burst(world, 1200);
	await_empty(world);
	while (receive_at_once(world->receiver, received))
		;
	return counters_of(world, NST_A_TO_B).missed == before;
}

/* The engine finds a full batch when it wakes up, which makes it want a ring; then traffic
 * goes on while the ring takes over. */
static void ring(struct wire_world *world)
{
	uint64_t end_ns = now_ns() + UINT64_C(10000000000), missed;

	expect(!has_ring(world));

	burst(world, 100);
	for (uint32_t n = 0; n < 100; n++)
		expect(receive_number(world->receiver) == n);
	do
		exchange(world->sender, world->receiver, 1000, WINDOW_SMALL,
			 usual_size);
	while (!has_ring(world) && now_ns() < end_ns);
	exchange(world->sender, world->receiver, 20000, WINDOW_SMALL, usual_size);
	expect(counters_of(world, NST_A_TO_B).unplanned == 0);
	expect(receive_number_at_once(world->receiver) == -1);

	while (!has_room(world))
		expect(now_ns() < end_ns);
	missed = counters_of(world, NST_A_TO_B).missed;
	exchange(world->sender, world->receiver, 5000, WINDOW_SMALL, usual_size);
	expect(counters_of(world, NST_A_TO_B).missed == missed);
}

Test(wire_pass, loses_and_doubles_nothing_while_a_ring_takes_over, .timeout = 60)
{
	in_wire_world_of(ring, &small);
}

static void long_frames_in_ring(struct wire_world *world)
{
	ring(world);
	exchange(world->sender, world->receiver, 1000, WINDOW, any_size);
	tags(world);
}

Test(wire_pass, carries_long_and_tagged_frames_through_a_ring_too, .timeout = 60)
{
	in_wire_world_of(
		long_frames_in_ring,
		&(struct wire_setup){ .mtu = 65535, .options = small.options });
}

/* ---- A second thread for much traffic ---- */

static unsigned int threads_of(pid_t pid)
{
	char line[64];

	snprintf(line, sizeof(line), "ls /proc/%d/task | wc -l", pid);
	return (unsigned int)atoi(output_of(line));
}

/* Full batches both ways, then the same frame by frame for longer than help lasts. */
static void flood_and_trickle(struct wire_world *world)
{
	enum { MANY = 400, FEW = 1000 };

	kill(nst_wire_pid(world->wire), SIGSTOP);
	for (uint32_t n = 0; n < MANY; n++) {
		send_number(world->sender, n);
		send_number(world->receiver, n);
	}
	kill(nst_wire_pid(world->wire), SIGCONT);
	for (uint32_t n = 0; n < MANY + FEW; n++) {
		if (n >= MANY) {
			send_number(world->sender, n);
			send_number(world->receiver, n);
		}
		expect(receive_number(world->receiver) == n);
		expect(receive_number(world->sender) == n);
	}
}

static void help(struct wire_world *world)
{
	for (int i = 0; i < 50; i++)
		flood_and_trickle(world);
	if (strstr(nst_wire_scheduling(world->wire), "us spin"))
		expect(threads_of(nst_wire_pid(world->wire)) > 1);
	for (int direction = NST_A_TO_B; direction <= NST_B_TO_A; direction++) {
		struct nst_wire_counters c = counters_of(world, direction);

		expect(c.unplanned == 0 && c.sent == c.received);
		expect_adds_up(&c);
	}
}

Test(wire_pass, lets_nothing_overtake_while_a_second_thread_comes_and_goes,
     .timeout = 60)
{
	if (geteuid() != 0)
		cr_skip_test("only root's engine has a second thread");
	in_wire_world_of(help, &(struct wire_setup){ .real = true });
}

/* ---- Who cannot deliver says so ---- */

static void far_end_down(struct wire_world *world)
{
	struct nst_wire_counters c;

	shell("ip link set wb down");
	for (uint32_t n = 0; n < 10; n++)
		send_number(world->sender, n);
	c = counters_of(world, NST_A_TO_B);

	expect(c.undelivered == 10 && c.sent == 0 && c.unplanned == 0);
	expect_adds_up(&c);
}

Test(wire_pass, counts_what_meets_an_interface_that_is_down)
{
	in_wire_world(far_end_down);
}

static void smaller_mtu(struct wire_world *world)
{
	shell("ip link set wb mtu 1000");
	make_frame(sent, 1514, TEST_TYPE, 1);
	send_bytes(world->sender, sent, 1514);
	send_number(world->sender, 2);

	expect(receive_number(world->receiver) == 2);
	expect(counters_of(world, NST_A_TO_B).undelivered == 1);
}

Test(wire_pass, counts_what_is_too_long_for_the_other_end)
{
	in_wire_world(smaller_mtu);
}

/* An engine that does not get its turn: more comes than its buffer holds. */
static void missed(struct wire_world *world)
{
	enum { MANY = 5000 };
	struct nst_wire_counters c;
	uint8_t frame[FRAME_MOST];
	uint64_t seen = 0;

	burst(world, MANY);
	await_empty(world);
	c = counters_of(world, NST_A_TO_B);
	while (receive_at_once(world->receiver, frame))
		seen++;

	expect(c.missed > 0 && c.missed == c.unplanned);
	expect(c.received + c.missed == MANY && c.sent == c.received);
	expect(counters_of(world, NST_B_TO_A).unplanned == 0);
	expect(seen <= c.sent);
}

Test(wire_pass, says_what_it_missed_and_in_which_direction)
{
	in_wire_world_of(missed, &small);
}
