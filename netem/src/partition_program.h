/* SPDX-License-Identifier: MIT */
/* The programs by which a partition knows its senders. */
#ifndef NETEM_PARTITION_PROGRAM_H
#define NETEM_PARTITION_PROGRAM_H

#include <linux/filter.h>
#include <stddef.h>

#include <nstest/partition.h>

/* Writes a program for the first of these senders, as many as fit into BPF_MAXINSNS
 * instructions. It sees a frame from its Ethernet header on and returns TC_ACT_SHOT, or
 * TC_ACT_UNSPEC for frames of others, on which the next filter decides.
 *
 * With `spare_discovery` ARP and neighbour discovery are nobody's.
 *
 * Return: how many senders it knows (at least 1 of 1); *ret_length instructions. */
size_t partition_program(const struct nst_sender *senders, size_t count,
			 bool spare_discovery, struct sock_filter program[BPF_MAXINSNS],
			 size_t *ret_length);

#endif
