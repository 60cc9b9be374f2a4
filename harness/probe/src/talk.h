/* SPDX-License-Identifier: MIT */
/* Questions to the kernel over netlink, on the sockets that stand in the hosts. */
#ifndef PROBE_TALK_H
#define PROBE_TALK_H

#include <linux/netlink.h>

#include "room.h"

/* Called for each message of an answer. A value other than 0 ends the listening. */
typedef int talk_listener(const struct nlmsghdr *message, void *context);

/* Sends a request (its flags decide whether it is a dump) and hands every message of the
 * answer to `listener`. Return: what the listener returned last; the kernel's -errno;
 * -errno if there is no such socket. */
int talk(struct probe_room *room, size_t node, enum tool tool, struct nlmsghdr *request,
	 talk_listener *listener, void *context);

/* The attribute of that type among the attributes that follow `header_size` bytes of a
 * message; NULL if there is none. Its length, checked to be at least `size`. */
const void *talk_attribute(const struct nlmsghdr *message, size_t header_size, int type,
			   size_t size);

#endif
