/* SPDX-License-Identifier: MIT */
/* What TCP achieved, over links that are slow or lose packets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/tcp.h>
#include <nstest/units.h>

#include "program_lab.h"

enum { PORT = 7000, BYTES = 64 << 10 };

static const struct nst_topology slow = {
	.links = (struct nst_link[]){ {
					      .a = { "client", "10.0.0.1/24" },
					      .b = { "server", "10.0.0.2/24" },
					      .a_to_b = { .delay_us = NST_MS(20) },
					      .b_to_a = { .delay_us = NST_MS(20) },
				      },
				      {} },
};

static const struct nst_topology lossy = {
	.links = (struct nst_link[]){ {
					      .a = { "client", "10.0.0.1/24" },
					      .b = { "server", "10.0.0.2/24" },
					      .a_to_b = { .loss_ppm = NST_PERCENT(20) },
				      },
				      {} },
};

static struct nst_lab *lab_of(const struct nst_topology *topology)
{
	const struct nst_lab_options options = {
		.capture = NST_CAPTURE_ALL,
		.engine = NST_ENGINE_WIRE,
		.seed = 7,
	};
	struct nst_lab *lab;

	must(nst_lab_up(topology, &options, &lab));
	return lab;
}

/* From the client to the server, whole. */
static void transfer(struct nst_lab *lab)
{
	const struct sockaddr_in server = {
		AF_INET, htons(PORT), { inet_addr("10.0.0.2") }, { 0 }
	};
	static char bytes[BYTES];
	int listener AUTO_CLOSE = nst_socket(lab, "server", AF_INET, SOCK_STREAM, 0);
	int from AUTO_CLOSE = nst_socket(lab, "client", AF_INET, SOCK_STREAM, 0);
	int to AUTO_CLOSE = -1;
	size_t seen = 0;

	cr_assert_eq(bind(listener, (const struct sockaddr *)&server, sizeof(server)),
		     0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(connect(from, (const struct sockaddr *)&server, sizeof(server)),
		     0);
	to = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	cr_assert_geq(to, 0);
	/* All of it fits into the sender's buffer. */
	cr_assert_eq(send(from, bytes, BYTES, 0), BYTES);
	while (seen < BYTES) {
		ssize_t n = recv(to, bytes, sizeof(bytes), 0);

		cr_assert_gt(n, 0);
		seen += (size_t)n;
	}
	/* The last acknowledgment is there when nothing is left to be acknowledged. */
	shutdown(from, SHUT_WR);
	cr_assert_eq(recv(to, bytes, sizeof(bytes), 0), 0);
	close(steal_fd(&to));
	cr_assert_eq(recv(from, bytes, sizeof(bytes), 0), 0);
}

Test(measure, latency_is_that_of_the_link_and_windows_are_read)
{
	struct nst_lab *lab nst_autodown = lab_of(&slow);
	struct nst_measure seen;

	must(nst_watch_tcp(lab, "client", 2000));
	transfer(lab);
	must(nst_measure(lab, "client",
			 &(struct nst_measure_what){ .remote_port = PORT }, &seen));

	cr_expect_eq(seen.connections, 1);
	cr_expect_eq(seen.bytes, BYTES);
	cr_expect_eq(seen.retransmitted, 0);
	cr_expect_gt(seen.segments, 40); /* a packet is a packet on impaired links */
	cr_expect_geq(seen.latency_us.least, 40000);
	cr_expect_leq(seen.latency_us.median, seen.latency_us.p99);
	cr_expect_geq(seen.duration_us, 80000, "slow start: several round trips");
	cr_expect_leq(seen.rate_bps, 8ULL * BYTES * 1000000 / 80000);
	cr_expect_gt(seen.most_in_flight, 10000);
	cr_assert_gt(seen.window_count, 10);
	cr_expect_geq(seen.windows[0].segments, 10);
	cr_expect_gt(seen.windows[seen.window_count - 1].segments,
		     seen.windows[0].segments, "the window has grown");
	nst_measure_free(&seen);
}

Test(measure, what_is_sent_again_is_counted)
{
	struct nst_lab *lab nst_autodown = lab_of(&lossy);
	struct nst_measure seen, later;
	unsigned long long then;

	transfer(lab);
	then = nst_now_ns();
	must(nst_measure(lab, "client", &(struct nst_measure_what){ 0 }, &seen));
	cr_expect_eq(seen.bytes, BYTES);
	cr_expect_gt(seen.retransmitted, 0);
	cr_expect_null(seen.windows);
	nst_measure_free(&seen);

	must_fail(nst_measure(lab, "client",
			      &(struct nst_measure_what){ .since_ns = then }, &later),
		  -ENODATA, "no such TCP connection");
}

Test(measure, what_cannot_be_measured_is_said)
{
	struct nst_lab *lab nst_autodown = lab_of(&slow);
	struct nst_measure seen;

	must_fail(nst_measure(lab, "cleint", &(struct nst_measure_what){ 0 }, &seen),
		  -ENOENT, "no host \"cleint\"");
	must(nst_watch_tcp(lab, "client", 0));
	must_fail(nst_watch_tcp(lab, "client", 0), -EALREADY, "read already");
}
