/* SPDX-License-Identifier: MIT */
/* rtnetlink requests, many in one sendmsg(2).
 *
 * A batch is filled message by message and sent whole; the kernel handles the messages
 * in order and goes on after one that fails. Only the last asks for an acknowledgement,
 * since errors are reported for every message anyway (net/netlink/af_netlink.c,
 * netlink_rcv_skb()); that halves the time of a large lab.
 */
#ifndef LAB_NETLINK_H
#define LAB_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

/* For messages: what a request does, to which interface of which host. */
struct netlink_purpose {
	const char *what, *host, *interface; /* interface may be NULL */
};

struct netlink_batch {
	uint8_t *data;
	size_t size, room;
	size_t message; /* where the open message begins */
	struct netlink_purpose *purposes;
	size_t count, purposes_room;
	int failed; /* -ENOMEM once an append could not be done */
};

/* A NETLINK_ROUTE socket of the calling thread's network namespace, with extended acks.
 * Return: the descriptor; -errno. */
int netlink_open(void);

void netlink_batch_free(struct netlink_batch *batch);

/* Begins a message: a header and `size` bytes that follow it (ifinfomsg, …). */
void netlink_begin(struct netlink_batch *batch, struct netlink_purpose purpose,
		   uint16_t type, uint16_t flags, const void *body, size_t size);

/* Appends an attribute to the message that was begun last. */
void netlink_put(struct netlink_batch *batch, uint16_t type, const void *data,
		 size_t size);
void netlink_put_u32(struct netlink_batch *batch, uint16_t type, uint32_t value);
void netlink_put_text(struct netlink_batch *batch, uint16_t type, const char *text);

/* Opens a nested attribute, and closes the one opened at `nest`. */
size_t netlink_nest(struct netlink_batch *batch, uint16_t type, const void *body,
		    size_t size);
void netlink_nest_end(struct netlink_batch *batch, size_t nest);

/* Told of every reply that is not an acknowledgement. */
typedef void netlink_reply_fn(const struct nlmsghdr *reply, void *context);

/* Sends all, waits until the last is acknowledged, empties the batch. The first error
 * decides: its sentence names the host, the interface and the kernel's own words. */
int netlink_send(struct netlink_batch *batch, int fd, netlink_reply_fn *on_reply,
		 void *context);

/* Asks for everything of a kind (RTM_GETADDR, RTM_GETROUTE) that the body selects. */
int netlink_dump(int fd, uint16_t type, const void *body, size_t size,
		 netlink_reply_fn *on_reply, void *context);

#endif
