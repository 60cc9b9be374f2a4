/* SPDX-License-Identifier: MIT */
/* Two hosts and a cable, rootless, in a child of the test.
 *
 * The worker of a test has two threads and may not enter a user namespace, and an
 * assertion in a child does not reach the worker: so the child says what it found by
 * expect(), and in_world() fails the test with it. */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>

/* sender: s0, MAC 02:00:00:00:00:01, 10.0.0.1, 10.0.0.3, fd00::1, fd00::3;
 * receiver: r0, MAC 02:00:00:00:00:02, 10.0.0.2, fd00::2. They know each other's MAC.
 */
struct world {
	int sender, receiver; /* network namespaces */
	int ifindex;          /* r0 */
};

typedef void world_body(struct world *world);

/* Runs `body` in a world of its own, the receiver's namespace entered. */
void in_world(world_body *body);

/* The same, but root stays the machine's root: only it may ask for real-time scheduling. */
void in_real_world(world_body *body);

void enter(int netns);

/* In the child: the first that does not hold ends it. */
void expect_that(bool holds, const char *file, int line, const char *what);
#define expect(condition) expect_that(condition, __FILE__, __LINE__, #condition)

/* Runs a shell line, which must succeed. */
void shell(const char *line);

/* Until the kernel has noticed that the cable is plugged in, what is sent is lost now and then.
 * It notices when asked for the state of the link (ethtool_op_get_link()); otherwise, in
 * its own time. In the namespace of the calling thread. */
void await_running(const char *interface);

/* Until the kernel has the local route of an IPv6 address, which it makes in its own time
 * (addrconf_dad_work()). In the namespace of the calling thread. */
void await_address(const char *address);

/* Its output; valid until the next call. */
const char *output_of(const char *line);

/* A UDP socket bound to this address ("10.0.0.1", "fd00::1") and port (0: any) in
 * netns. */
int udp_socket(int netns, const char *address, unsigned short port);

/* Sends `text` to the receiver's address of the same family, port 7. */
void send_text(int from, const char *text, unsigned short port);

/* What comes next within five seconds; valid until the next call. */
const char *receive_text(int socket);

#endif
