/* SPDX-License-Identifier: MIT */
/* What was done to a packet stands beside it in the capture. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/impair.h>
#include <nstest/units.h>

#include "say.h"

enum { PORT = 9, SECOND = 222 };

#define MUST(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())

static const struct nst_topology impairable = {
	.links = (struct nst_link[]){ { .a = { "client", "10.0.0.1/24" },
					.b = { "server", "10.0.0.2/24" },
					.impairable = true },
				      {} },
};

static struct nst_lab *captured_lab(void)
{
	const struct nst_lab_options options = { .capture = NST_CAPTURE_ALL };
	struct nst_lab *lab;

	MUST(nst_lab_up(&impairable, &options, &lab));
	cr_assert_geq(talk(lab, "client", "server", "10.0.0.2"), 0);
	return lab;
}

/* Three datagrams of different sizes in a row, the second of SECOND bytes; then waits until
 * the link holds none. */
static void send_three(struct nst_lab *lab)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr.s_addr = inet_addr("10.0.0.2") };
	AUTO_CLOSE int fd = nst_socket(lab, "client", AF_INET, SOCK_DGRAM, 0);
	AUTO_CLOSE int sink = nst_socket(lab, "server", AF_INET, SOCK_DGRAM, 0);
	struct nst_wire_counters counters;
	char bytes[333] = { 0 };

	cr_assert_eq(bind(sink, (const struct sockaddr *)&to, sizeof(to)), 0);
	for (size_t size = 111; size <= 333; size += 111)
		cr_assert_eq(sendto(fd, bytes, size, 0, (const struct sockaddr *)&to,
				    sizeof(to)),
			     (ssize_t)size);
	do
		MUST(nst_link_counters(lab, "client", "server", &counters));
	while (counters.in_flight);
}

/* How often the words stand in the pcapng of the lab. */
static int count_in_capture(struct nst_lab *lab, const char *words)
{
	char path[] = "/tmp/nstest-notes-XXXXXX", bytes[65536];
	AUTO_CLOSE int fd = mkstemp(path);
	ssize_t size;
	int count = 0;

	cr_assert_geq(fd, 0);
	MUST(nst_save_capture(lab, path));
	size = pread(fd, bytes, sizeof(bytes), 0);
	unlink(path);
	for (const char *at = bytes, *end = bytes + size;
	     (at = memmem(at, (size_t)(end - at), words, strlen(words))); at++)
		count++;
	return count;
}

/* The lines of the ladder in which the words stand. */
static const char *lines_with(struct nst_lab *lab, const char *filter,
			      const char *words)
{
	static char found[2048];
	char *text AUTO_FREE = NULL, *rest, *line;

	MUST(nst_ladder(lab, filter, 0, 0, &text));
	*found = '\0';
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, words)) {
			strncat(found, line, sizeof(found) - strlen(found) - 2);
			strcat(found, "\n");
		}
	return found;
}

static int count_lines(const char *text)
{
	int count = 0;

	while ((text = strchr(text, '\n')) != NULL && ++count)
		text++;
	return count;
}

Test(impair_notes, a_packet_that_a_fault_took_is_marked_where_it_was_sent)
{
	const struct nst_fault second = {
		.match = "udp", .nth = 2, .action = NST_FAULT_DROP, .name = "lose one"
	};
	struct nst_lab *lab nst_autodown = captured_lab();

	MUST(nst_fault(lab, "client", "server", &second, NULL));
	send_three(lab);
	cr_expect_eq(count_in_capture(lab, "fault #1 (lose one)"), 1);
	cr_expect_eq(count_in_capture(lab, "fault #1 (lose one)"), 1, "not twice");
	cr_expect_not_null(strstr(lines_with(lab, "udp", "lose one"), "222"), "%s",
			   lines_with(lab, "udp", ""));
}

/* Two segments that the kernel cuts out of one: both have left before the other end of the
 * veth stamps the first. */
Test(impair_notes, in_a_burst_the_right_one_is_marked)
{
	const struct nst_fault first = {
		.match = "data", .nth = 1, .action = NST_FAULT_DROP, .name = "lose one"
	};
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr.s_addr = inet_addr("10.0.0.2") };
	struct nst_lab *lab nst_autodown = captured_lab();
	AUTO_CLOSE int listener = nst_socket(lab, "server", AF_INET, SOCK_STREAM, 0);
	AUTO_CLOSE int out = nst_socket(lab, "client", AF_INET, SOCK_STREAM, 0);
	AUTO_CLOSE int in = -1;
	char bytes[2 * 1448] = { 0 };
	uint32_t id;

	cr_assert_eq(bind(listener, (const struct sockaddr *)&to, sizeof(to)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	MUST(nst_fault(lab, "client", "server", &first, &id));
	cr_assert_eq(connect(out, (const struct sockaddr *)&to, sizeof(to)), 0);
	in = accept(listener, NULL, NULL);
	cr_assert_eq(write(out, bytes, sizeof(bytes)), sizeof(bytes));
	cr_assert_eq(recv(in, bytes, sizeof(bytes), MSG_WAITALL), sizeof(bytes));

	cr_expect_not_null(
		strstr(lines_with(lab, "tcp", "lose one"), "seq 1 ack 1 len 1448"),
		"%s", lines_with(lab, "tcp", ""));
}

Test(impair_notes, one_that_was_changed_is_marked_at_both_ends)
{
	const struct nst_fault second = { .match = "udp",
					  .nth = 2,
					  .action = NST_FAULT_CORRUPT,
					  .layer = NST_LAYER_PAYLOAD,
					  .offset = 100,
					  .name = "spoil one" };
	struct nst_lab *lab nst_autodown = captured_lab();

	MUST(nst_impair(lab, "client", "server",
			&(struct nst_impairment){ .delay_us = NST_MS(5) }));
	MUST(nst_fault(lab, "client", "server", &second, NULL));
	send_three(lab);
	cr_expect_eq(count_in_capture(lab, "fault #1 (spoil one)"), 2);
}

Test(impair_notes, losses_and_copies_are_marked_too)
{
	struct nst_lab *lab nst_autodown = captured_lab();

	MUST(nst_impair(lab, "client", "server",
			&(struct nst_impairment){ .duplicate_ppm = NST_PERCENT(100) }));
	send_three(lab);
	/* In the capture hosts' own ARP and MLD may be marked, too. */
	cr_expect_eq(count_lines(lines_with(lab, "udp", "duplicated on the link")), 6,
		     "six that arrive");
	cr_expect_geq(count_in_capture(lab, "duplicated on the link"), 9,
		      "three that leave, six that arrive");
	MUST(nst_impair(lab, "client", "server",
			&(struct nst_impairment){ .loss_ppm = NST_PERCENT(100) }));
	send_three(lab);
	cr_expect_eq(count_lines(lines_with(lab, "udp", "lost on the link")), 3);
}

Test(impair_notes, what_only_passed_is_not_marked)
{
	struct nst_lab *lab nst_autodown = captured_lab();

	send_three(lab);
	cr_expect_eq(count_in_capture(lab, "link"), 0);
	cr_expect_eq(count_in_capture(lab, "fault"), 0);
}
