/* SPDX-License-Identifier: MIT */
/* Ladders, compared as the text that people see. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/ladder.h>

#include "frames.h"

enum { FRAME = 512, SEEN = 32 };

/* What was seen: times in microseconds; `way` "out" or "in". */
struct seen {
	uint64_t at_us;
	unsigned int interface;
	const char *way;
	const char *hex;
	const char *comment;
};

static const struct nst_ladder_interface two[] = { { "client:eth0" },
						   { "server:eth0" } };
enum { CLIENT, SERVER };

/* The ladder of what was seen; the caller's. `change`, if any, may alter the frames. */
static char *written_of(const struct nst_ladder_interface *interfaces,
			size_t interface_count, const struct seen *seen, size_t count,
			unsigned int lines,
			int (*write)(const struct nst_ladder *ladder, char **ret_text))
{
	static uint8_t frames[SEEN][FRAME];
	struct nst_sighting sightings[SEEN];
	struct nst_ladder ladder = {
		.interfaces = interfaces,
		.interface_count = interface_count,
		.sightings = sightings,
		.count = count,
		.lines = lines,
	};
	char *text = NULL;

	for (size_t i = 0; i < count; i++)
		sightings[i] = (struct nst_sighting){
			.time_ns = 1000000000 + seen[i].at_us * 1000,
			.interface = seen[i].interface,
			.outgoing = !strcmp(seen[i].way, "out"),
			.frame = frames[i],
			.size = unhex(seen[i].hex, frames[i]),
			.comment = seen[i].comment,
		};
	cr_assert_eq(write(&ladder, &text), 0, "%s", nst_error());
	return text;
}

#define written(writer, interfaces, lines, ...)          \
	written_of(interfaces, ARRAY_SIZE(interfaces),   \
		   (const struct seen[]){ __VA_ARGS__ }, \
		   ARRAY_SIZE(((const struct seen[]){ __VA_ARGS__ })), lines, writer)
#define drawn(interfaces, lines, ...) \
	written(nst_ladder_print, interfaces, lines, __VA_ARGS__)

Test(ladder, joins_departure_and_arrival_to_one_rung)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_ARP_REQUEST },
				     { 4, SERVER, "in", HEX_ARP_REQUEST },
				     { 9, SERVER, "out", HEX_ARP_REPLY },
				     { 12, CLIENT, "in", HEX_ARP_REPLY });

	cr_expect(
		eq(str, text,
		   "            client    server\n"
		   " +0.000000  |-------->|  ARP who has 10.0.0.2? tell 10.0.0.1\n"
		   " +0.000009  |<--------|  ARP 10.0.0.2 is at 02:00:00:00:00:02\n"));
}

Test(ladder, counts_sequences_from_the_start_of_the_connection)
{
	AUTO_FREE char *text = drawn(
		two, 0, { 0, CLIENT, "out", HEX_TCP_SYN },
		{ 1, SERVER, "in", HEX_TCP_SYN }, { 2, SERVER, "out", HEX_TCP_SYN_ACK },
		{ 3, CLIENT, "in", HEX_TCP_SYN_ACK },
		{ 4, CLIENT, "out", HEX_TCP_DATA }, { 5, SERVER, "in", HEX_TCP_DATA });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP SYN "
		     "seq 0 win 64240\n"
		     " +0.000002  |<--------|  10.0.0.2:80 > 10.0.0.1:41000 TCP SYN "
		     "ACK seq 0 ack 1 win 65160\n"
		     " +0.000004  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP PSH "
		     "ACK seq 1 ack 1 len 5\n"));
}

Test(ladder, shows_what_did_not_arrive)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_UDP_DATA });

	cr_expect(eq(str, text,
		     "            client\n"
		     " +0.000000  |>  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  not seen "
		     "arriving\n"));
}

Test(ladder, points_what_was_lost_at_the_other_end_of_the_link)
{
	static const struct nst_ladder_interface linked[] = { { "client:eth0", 2 },
							      { "server:eth0", 1 } };
	AUTO_FREE char *text = drawn(linked, 0, { 0, SERVER, "out", HEX_ARP_REPLY },
				     { 7, CLIENT, "out", HEX_UDP_DATA });

	cr_expect(eq(str, text,
		     "            server    client\n"
		     " +0.000000  |----x    |  ARP 10.0.0.2 is at 02:00:00:00:00:02  "
		     "not seen arriving\n"
		     " +0.000007  |    x----|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "not seen arriving\n"));
}

/* Of two equal requests the first is lost: the arrival is the second's. */
Test(ladder, gives_an_arrival_to_the_last_departure_if_some_were_lost)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_ARP_REQUEST },
				     { 1000000, CLIENT, "out", HEX_ARP_REQUEST },
				     { 1000005, SERVER, "in", HEX_ARP_REQUEST });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |----x    |  ARP who has 10.0.0.2? tell 10.0.0.1  "
		     "not seen arriving\n"
		     " +1.000000  |-------->|  ARP who has 10.0.0.2? tell 10.0.0.1\n"));
}

/* Two equal frames on a slow link, both on the way at once. */
Test(ladder, keeps_the_order_if_nothing_was_lost)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_UDP_DATA },
				     { 10000, CLIENT, "out", HEX_UDP_DATA },
				     { 20000, SERVER, "in", HEX_UDP_DATA },
				     { 30000, SERVER, "in", HEX_UDP_DATA });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "20.0 ms\n"
		     " +0.010000  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "20.0 ms\n"));
}

Test(ladder, shows_a_duplicate_as_arriving_again)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_UDP_DATA },
				     { 5, SERVER, "in", HEX_UDP_DATA },
				     { 6, SERVER, "in", HEX_UDP_DATA });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5\n"
		     " +0.000000  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "again\n"));
}

/* "hello" becomes "hellO" on the way. */
Test(ladder, recognises_what_arrived_changed)
{
	static char changed[] = HEX_UDP_DATA;

	changed[sizeof(changed) - 3] = '4';
	AUTO_FREE char *text =
		drawn(two, 0, { 0, CLIENT, "out", HEX_TCP_ACK },
		      { 1, SERVER, "in", HEX_TCP_ACK },
		      { 5, CLIENT, "out", HEX_UDP_DATA }, { 7, SERVER, "in", changed });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP ACK "
		     "seq 1 ack 1\n"
		     " +0.000005  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "arrived changed\n"));
}

Test(ladder, shows_what_came_from_nowhere)
{
	AUTO_FREE char *text = drawn(two, 0, { 0, CLIENT, "out", HEX_TCP_ACK },
				     { 1, SERVER, "in", HEX_TCP_ACK },
				     { 2, SERVER, "in", HEX_ICMP_ECHO_REQUEST });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP ACK "
		     "seq 1 ack 1\n"
		     " +0.000002  |?------->|  10.0.0.1 > 10.0.0.2 ICMP echo request "
		     "id 7 seq 1  not seen leaving\n"));
}

Test(ladder, follows_a_packet_across_a_switch)
{
	static const struct nst_ladder_interface star[] = {
		{ "client:eth0", 3 }, { "server:eth0", 4 }, { "switch:p1", 1 },
		{ "switch:p2", 2 },   { "switch:br0" },
	};
	AUTO_FREE char *text = drawn(
		star, 0, { 0, 0, "out", HEX_ARP_REQUEST },
		{ 1, 2, "in", HEX_ARP_REQUEST }, { 2, 4, "in", HEX_ARP_REQUEST },
		{ 3, 3, "out", HEX_ARP_REQUEST }, { 4, 1, "in", HEX_ARP_REQUEST });

	cr_expect(eq(str, text,
		     "            client    switch    server\n"
		     " +0.000000  |-------->|         |  ARP who has 10.0.0.2? tell "
		     "10.0.0.1  [eth0 > p1]\n"
		     " +0.000003  |         |-------->|  ARP who has 10.0.0.2? tell "
		     "10.0.0.1  [p2 > eth0]\n"));
}

/* The switch floods both ports before the first host hears it, which twice makes b look as if
 * it were at p3; that nobody else can have sent b's answer to p2 counts for more. */
Test(ladder, guesses_links_from_what_is_certain)
{
	static const struct nst_ladder_interface star[] = {
		{ "a:eth0" }, { "b:eth0" }, { "c:eth0" },
		{ "s:p1" },   { "s:p2" },   { "s:p3" },
	};
	enum { A, B, C, P1, P2, P3 };
	AUTO_FREE char *text = drawn(
		star, 0, { 0, A, "out", HEX_ARP_ANNOUNCEMENT },
		{ 1, P1, "in", HEX_ARP_ANNOUNCEMENT },
		{ 2, P2, "out", HEX_ARP_ANNOUNCEMENT },
		{ 3, P3, "out", HEX_ARP_ANNOUNCEMENT },
		{ 4, B, "in", HEX_ARP_ANNOUNCEMENT },
		{ 5, C, "in", HEX_ARP_ANNOUNCEMENT }, { 10, A, "out", HEX_ARP_REQUEST },
		{ 11, P1, "in", HEX_ARP_REQUEST }, { 12, P2, "out", HEX_ARP_REQUEST },
		{ 13, P3, "out", HEX_ARP_REQUEST }, { 14, B, "in", HEX_ARP_REQUEST },
		{ 15, C, "in", HEX_ARP_REQUEST }, { 16, B, "out", HEX_ARP_REPLY },
		{ 17, P2, "in", HEX_ARP_REPLY }, { 18, P1, "out", HEX_ARP_REPLY },
		{ 19, A, "in", HEX_ARP_REPLY });

	cr_expect(eq(str, text,
		     "            a         s         b         c\n"
		     " +0.000000  |-------->|         |         |  ARP 10.0.0.1 is at "
		     "02:00:00:00:00:01  [eth0 > p1]\n"
		     " +0.000002  |         |-------->|         |  ARP 10.0.0.1 is at "
		     "02:00:00:00:00:01  [p2 > eth0]\n"
		     " +0.000003  |         |------------------>|  ARP 10.0.0.1 is at "
		     "02:00:00:00:00:01  [p3 > eth0]\n"
		     " +0.000010  |-------->|         |         |  ARP who has "
		     "10.0.0.2? tell 10.0.0.1  [eth0 > p1]\n"
		     " +0.000012  |         |-------->|         |  ARP who has "
		     "10.0.0.2? tell 10.0.0.1  [p2 > eth0]\n"
		     " +0.000013  |         |------------------>|  ARP who has "
		     "10.0.0.2? tell 10.0.0.1  [p3 > eth0]\n"
		     " +0.000016  |         |<--------|         |  ARP 10.0.0.2 is at "
		     "02:00:00:00:00:02  [eth0 > p2]\n"
		     " +0.000018  |<--------|         |         |  ARP 10.0.0.2 is at "
		     "02:00:00:00:00:02  [p1 > eth0]\n"));
}

Test(ladder, names_the_packet_that_an_error_is_about)
{
	AUTO_FREE char *text =
		drawn(two, 0, { 0, SERVER, "out", HEX_ICMP_PROHIBITED_OF_TCP },
		      { 1, CLIENT, "in", HEX_ICMP_PROHIBITED_OF_TCP });

	cr_expect(
		eq(str, text,
		   "            server    client\n"
		   " +0.000000  |-------->|  10.0.0.2 > 10.0.0.1 ICMP administratively "
		   "prohibited, of 10.0.0.1:41000 > 10.0.0.2:80 TCP\n"));
}

Test(ladder, tells_comments)
{
	AUTO_FREE char *text =
		drawn(two, 0, { 0, CLIENT, "out", HEX_UDP_DATA, "delayed by a fault" },
		      { 5, SERVER, "in", HEX_UDP_DATA, "delayed by a fault" });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5  "
		     "(delayed by a fault)\n"));
}

Test(ladder, becomes_a_list_beyond_four_hosts)
{
	static const struct nst_ladder_interface five[] = {
		{ "a:eth0" }, { "b:eth0" }, { "c:eth0" }, { "d:eth0" }, { "e:eth0" },
	};
	AUTO_FREE char *text =
		drawn(five, 0, { 0, 0, "out", HEX_ARP_REQUEST },
		      { 1, 1, "in", HEX_ARP_REQUEST }, { 2, 2, "in", HEX_ARP_REQUEST },
		      { 3, 3, "in", HEX_ARP_REQUEST }, { 4, 4, "in", HEX_ARP_REQUEST },
		      { 5, 1, "out", HEX_UDP_DATA });

	cr_expect(
		eq(str, text,
		   " +0.000000  a:eth0 -> b:eth0  ARP who has 10.0.0.2? tell 10.0.0.1\n"
		   " +0.000000  a:eth0 -> c:eth0  ARP who has 10.0.0.2? tell 10.0.0.1\n"
		   " +0.000000  a:eth0 -> d:eth0  ARP who has 10.0.0.2? tell 10.0.0.1\n"
		   " +0.000000  a:eth0 -> e:eth0  ARP who has 10.0.0.2? tell 10.0.0.1\n"
		   " +0.000005  b:eth0 -x a:eth0  10.0.0.1:5000 > 10.0.0.2:53 UDP len "
		   "5  not seen arriving\n"));
}

Test(ladder, leaves_the_middle_out_when_it_is_long)
{
	AUTO_FREE char *text = drawn(
		two, 2, { 0, CLIENT, "out", HEX_TCP_SYN },
		{ 1, SERVER, "in", HEX_TCP_SYN }, { 2, SERVER, "out", HEX_TCP_SYN_ACK },
		{ 3, CLIENT, "in", HEX_TCP_SYN_ACK },
		{ 4, CLIENT, "out", HEX_TCP_DATA }, { 5, SERVER, "in", HEX_TCP_DATA });

	cr_expect(eq(str, text,
		     "            client    server\n"
		     " +0.000000  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP SYN "
		     "seq 0 win 64240\n"
		     "  ... 1 more ...\n"
		     " +0.000004  |-------->|  10.0.0.1:41000 > 10.0.0.2:80 TCP PSH "
		     "ACK seq 1 ack 1 len 5\n"));
}

Test(ladder, of_one_host_blames_nobody)
{
	static const struct nst_ladder_interface one[] = { { "client:eth0" } };
	AUTO_FREE char *text = drawn(one, 0, { 0, 0, "out", HEX_UDP_DATA },
				     { 3, 0, "in", HEX_ICMP_PORT_UNREACHABLE });

	cr_expect(eq(str, text,
		     "            client\n"
		     " +0.000000  |>  10.0.0.1:5000 > 10.0.0.2:53 UDP len 5\n"
		     " +0.000003  |<  10.0.0.2 > 10.0.0.1 ICMP port unreachable, of "
		     "10.0.0.1:5000 > 10.0.0.2:53 UDP  not seen leaving\n"));
}

Test(ladder, of_nothing_is_empty)
{
	struct nst_ladder ladder = { .interfaces = two, .interface_count = 2 };
	AUTO_FREE char *text = NULL;

	cr_assert_eq(nst_ladder_print(&ladder, &text), 0);
	cr_expect(eq(str, text, ""));
}

Test(ladder, refuses_an_interface_that_is_none)
{
	struct nst_sighting sighting = { .interface = 2 };
	struct nst_ladder ladder = { .interfaces = two,
				     .interface_count = 2,
				     .sightings = &sighting,
				     .count = 1 };
	char *text;

	cr_expect_eq(nst_ladder_print(&ladder, &text), -EINVAL);
	cr_expect(eq(str, (char *)nst_error(), "ladder: no interface has number 2"));
}

/* ---- As lines of fields ---- */

Test(ladder_table, has_times_ends_and_relative_numbers)
{
	AUTO_FREE char *text = written(
		nst_ladder_table, two, 0, { 0, CLIENT, "out", HEX_TCP_SYN, "a\tb\nc" },
		{ 1, SERVER, "in", HEX_TCP_SYN }, { 2, SERVER, "out", HEX_TCP_SYN_ACK },
		{ 3, CLIENT, "in", HEX_TCP_SYN_ACK },
		{ 4, CLIENT, "out", HEX_TCP_DATA });

	cr_expect(
		eq(str, text,
		   "1000000000\t0\n"
		   "0\t1000\tclient:eth0\tserver:eth0\tarrived\t62\ttcp\t"
		   "10.0.0.1:41000\t10.0.0.2:80\t2\t0\t0\t0\t"
		   "10.0.0.1:41000 > 10.0.0.2:80 TCP SYN seq 0 win 64240\ta b c\n"
		   "2000\t3000\tserver:eth0\tclient:eth0\tarrived\t54\ttcp\t"
		   "10.0.0.2:80\t10.0.0.1:41000\t18\t0\t1\t0\t"
		   "10.0.0.2:80 > 10.0.0.1:41000 TCP SYN ACK seq 0 ack 1 win 65160\t\n"
		   "4000\t\tclient:eth0\tserver:eth0\tlost\t59\ttcp\t"
		   "10.0.0.1:41000\t10.0.0.2:80\t24\t1\t1\t5\t"
		   "10.0.0.1:41000 > 10.0.0.2:80 TCP PSH ACK seq 1 ack 1 len 5\t\n"));
}

Test(ladder_table, says_how_many_it_leaves_out)
{
	AUTO_FREE char *text = written(
		nst_ladder_table, two, 2, { 0, CLIENT, "out", HEX_UDP_DATA },
		{ 1, CLIENT, "out", HEX_UDP_DATA }, { 2, CLIENT, "out", HEX_UDP_DATA },
		{ 3, CLIENT, "out", HEX_UDP_DATA });

	cr_expect_eq(strncmp(text, "1000000000\t2\n0\t", 15), 0, "%s", text);
	cr_expect_neq(strstr(text, "\n3000\t"), NULL, "%s", text);
	cr_expect_eq(strstr(text, "\n2000\t"), NULL);
}
