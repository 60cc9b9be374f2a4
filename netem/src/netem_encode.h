/* SPDX-License-Identifier: MIT */
/* TCA_OPTIONS of sch_netem: struct tc_netem_qopt and the attributes behind it, as
 * linux/pkt_sched.h lays them out. Pure: no socket. */
#ifndef NETEM_ENCODE_H
#define NETEM_ENCODE_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netem_options.h"

/* Appends TCA_OPTIONS with every attribute: what a change leaves out keeps its old
 * value. Return: 0; -ENOMEM, -E2BIG (tables) with a sentence. */
int netem_encode(struct nl_msg *message, const struct netem_options *options,
		 const struct netem_tables *tables);

/* Reads what the kernel says it has. What an old kernel does not say is 0. Return: 0;
 * -EPROTO with a sentence. */
int netem_decode(const struct nlattr *attribute, struct netem_options *ret_options);

#endif
