/* SPDX-License-Identifier: MIT */
/* What a host's kernel counts of its own answers. A firewall's answers are not counted
 * there: that tells a closed port from a rule that pretends to be one. */
#ifndef PROBE_COUNTERS_H
#define PROBE_COUNTERS_H

#include <probe/snmp.h>

#include "room.h"

enum counter {
	COUNTER_TCP_RESETS,  /* OutRsts: RSTs that TCP itself sent */
	COUNTER_UDP_NO_PORT, /* NoPorts: datagrams to a port without socket */
	COUNTER_UDP_READ,    /* InDatagrams: datagrams that programs read */
	COUNTER_UDP_FULL,    /* RcvbufErrors: datagrams that found their socket full */
	COUNTER_ECHO_REPLIES_OUT, /* echo replies made, before OUTPUT */
	COUNTER_COUNT,
};

struct counters {
	bool known;
	uint64_t value[COUNTER_COUNT];
};

/* Reads them for one address family. What cannot be read leaves `known` false. */
void counters_read(struct probe_room *room, size_t node, int family,
		   struct counters *ret_counters);

/* How many IPv4 packets the host's rp_filter has dropped so far: 0 if that is unknown. */
uint64_t counters_reverse_path(struct probe_room *room, size_t node);

#endif
