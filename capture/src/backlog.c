/* SPDX-License-Identifier: MIT */
/* Packets that were sent and are still on their way inside the kernel.
 *
 * How it works. A veth puts what it carries into the backlog of the sending processor
 * (net/core/dev.c, netif_rx()), which is emptied before the system call returns; but when
 * that takes longer than the kernel likes, on a busy machine, ksoftirqd does the rest
 * later. A backlog is first in, first out. So a frame over a loopback interface, sent from
 * each processor in turn and awaited, comes back behind all that was there. What that made
 * others send is a step further on: hence several rounds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/capture.h>

enum {
	ETHERTYPE = 0x88b5, /* for local experiments (IEEE 802) */
	LOOPBACK = 1,       /* its interface index, everywhere */
	ROUNDS = 4,         /* question and answer through a router */
	PATIENCE_MS = 1000,
};

struct pass {
	uint8_t header[14];
	uint8_t number[46]; /* the first counts; the rest fills the smallest frame */
};

int nst_backlog_socket(void)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETHERTYPE),
					     .sll_ifindex = LOOPBACK };
	AUTO_CLOSE int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return nst_fail_errno(
			"opening a packet socket on a loopback interface");
	return steal_fd(&fd);
}

/* Sends a frame and waits for it; what a later round finds of an earlier one is passed
 * over. */
static int pass_once(int fd, uint8_t number)
{
	struct pass pass = { .number = { number } }, got;
	struct pollfd event = { .fd = fd, .events = POLLIN };

	pass.header[12] = ETHERTYPE >> 8;
	pass.header[13] = ETHERTYPE & 0xff;
	if (send(fd, &pass, sizeof(pass), 0) < 0)
		return nst_fail_errno("sending through a loopback interface");
	do {
		if (poll(&event, 1, PATIENCE_MS) == 0)
			return nst_fail(
				-ETIMEDOUT,
				"a frame over a loopback interface did not arrive");
	} while (recv(fd, &got, sizeof(got), MSG_DONTWAIT) != sizeof(got) ||
		 memcmp(&got, &pass, sizeof(pass)) != 0);
	return 0;
}

static int pass_on_all(int fd, const cpu_set_t *processors, uint8_t *number)
{
	int r = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE && r == 0; cpu++) {
		cpu_set_t one;

		if (!CPU_ISSET(cpu, processors))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) == 0)
			r = pass_once(fd, ++*number);
	}
	return r;
}

int nst_backlog_pass(int fd)
{
	cpu_set_t processors;
	uint8_t number = 0;
	int r = 0;

	if (sched_getaffinity(0, sizeof(processors), &processors) < 0)
		return nst_fail_errno("asking for the processors of this process");
	for (int round = 0; round < ROUNDS && r == 0; round++)
		r = pass_on_all(fd, &processors, &number);
	sched_setaffinity(0, sizeof(processors), &processors);
	return r;
}
