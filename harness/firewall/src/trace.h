/* SPDX-License-Identifier: MIT */
/* What the kernel says of the rules that packets of a probe meet.
 *
 * How it works. A table of our own, `inet nstest_trace`, has a chain in front of all
 * others at prerouting and output. It turns tracing on for what can be a packet of a
 * probe (the same that the probe's watchers look at: filter.c). From then on, in this
 * host, nf_tables multicasts an event for each rule that matches the packet and each
 * policy it comes to (NFNLGRP_NFTRACE), and the legacy tables write a line for each to
 * the netfilter log, of which group 0 is ours. Both are queued before the system call
 * returns that sent the packet.
 *
 * The table has an owner, the netlink socket that made it: `flush ruleset` of anybody
 * else leaves it alone. */
#ifndef FIREWALL_TRACE_H
#define FIREWALL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lab/inside.h>
#include <nstest/rules.h>

#define TRACE_TABLE "nstest_trace"

enum {
	TRACE_NAME = 256,   /* NFT_NAME_MAXLEN */
	TRACE_NETWORK = 40, /* what nf_tables tells of a packet's headers, */
	TRACE_TRANSPORT = 20,
	TRACE_LOGGED = 128, /* and what the log does of the whole packet */
};

enum trace_kind { TRACE_RULE, TRACE_POLICY, TRACE_RETURN };

/* One event. */
struct trace_event {
	size_t node;
	bool legacy;
	enum trace_kind kind;
	uint8_t family; /* NFPROTO_…, of the table */
	char table[TRACE_NAME], chain[TRACE_NAME];
	uint64_t handle;     /* nf_tables: of the rule */
	unsigned int number; /* legacy: of the rule, from 1 */
	uint32_t hook;       /* legacy: NF_INET_… */
	/* nf_tables: NF_ACCEPT, NF_DROP, …, NFT_JUMP, …; of a policy, too. */
	int32_t verdict;
	char jump[TRACE_NAME]; /* NFT_JUMP, NFT_GOTO: where to */
	uint32_t id;           /* nf_tables: the same for the same packet */
	/* nf_tables: only the first event of a base chain has the packet. */
	bool has_packet;
	uint8_t network[TRACE_LOGGED], transport[TRACE_TRANSPORT];
	size_t network_size, transport_size; /* legacy: all of it is in `network` */
	bool has_state;
	uint32_t state; /* NF_CT_STATE_BIT(); 0: invalid */
};

struct trace_events {
	struct trace_event *list;
	size_t count, room;
	size_t lost_node; /* some of this host's were lost; SIZE_MAX */
};

struct tracer;

/* The tracer of this lab, made when first asked for; NULL and a sentence. */
struct tracer *trace_get(struct nst_inside *inside);

/* Gets a host ready: if it has rules, its packets are traced from now on, and what was
 * queued before is gone. 0; or -errno and the sentence. */
int trace_host(struct tracer *tracer, size_t node);

/* Why the rules of a host cannot be traced; 0: they are, or it has none. */
int trace_error(const struct tracer *tracer, size_t node);

/* Throws away what is queued. */
void trace_clear(struct tracer *tracer);

/* Reads what is queued, of all hosts, each host's in order. */
int trace_read(struct tracer *tracer, struct trace_events *events);

/* The rules of a host that is traced, as they were during all of the question; NULL if
 * they were changed meanwhile. They are the tracer's. */
const struct nst_rules *trace_rules(struct tracer *tracer, size_t node);

/* Pure: an event of a netlink message; false if it is none. */
struct nlmsghdr;
bool trace_decode(const struct nlmsghdr *message, struct trace_event *ret_event);

/* Pure: "TRACE: filter:INPUT:rule:3 ". False if it is something else. */
bool trace_decode_prefix(const char *prefix, struct trace_event *event);

#endif
