/* SPDX-License-Identifier: MIT */
/* Requests of traffic control (qdiscs, filters) over libnl, with the kernel's own words
 * when it refuses. */
#ifndef NETEM_TC_H
#define NETEM_TC_H

#include <linux/rtnetlink.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

/* A socket of the calling thread's network namespace. */
int tc_open(struct nl_sock **ret_socket);
void tc_close(struct nl_sock **socket);

/* A request of this type and kind, with room for a long filter; NULL if memory is out.
 */
struct nl_msg *tc_request(int type, int flags, const struct tcmsg *message,
			  const char *kind);

/* Sends, waits for the answer, and frees the request (NULL is -ENOMEM). Return: 0;
 * -errno with the kernel's extended ack as sentence. */
int tc_send(struct nl_sock *socket, struct nl_msg *request);

/* The same for a request that is answered by messages: each is shown to `seen`. */
typedef void tc_seen(const struct nlmsghdr *message, void *context);
int tc_read(struct nl_sock *socket, struct nl_msg *request, tc_seen *seen,
	    void *context);

/* How many filters there are at the clsact hooks of the interface, ours and others'. */
int tc_count_filters(struct nl_sock *socket, int ifindex);

#endif
