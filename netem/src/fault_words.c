/* SPDX-License-Identifier: MIT */
/* The words of people for the enums of faults. */
#include <string.h>

#include <nstest/fault.h>

const struct nst_word nst_fault_action_words[] = {
	[NST_FAULT_LOG] = { "log", "only counted and traced" },
	[NST_FAULT_DROP] = { "drop", "vanishes" },
	[NST_FAULT_DELAY] = { "delay", "leaves later" },
	[NST_FAULT_DUPLICATE] = { "duplicate", "comes more than once" },
	[NST_FAULT_CORRUPT] = { "corrupt", "one byte changes" },
	[NST_FAULT_TRUNCATE] = { "truncate", "its end is cut off" },
	[NST_FAULT_HOLD] = { "hold", "waits until others have passed" },
	[NST_FAULT_RST] = { "rst", "vanishes; RSTs for its connection come instead" },
	[NST_FAULT_ICMP] = { "icmp", "vanishes; its sender gets an ICMP error" },
	[NST_FAULT_ECN_CE] = { "ecn-ce", "is marked: congestion experienced" },
	[NST_FAULT_DSCP] = { "dscp", "gets another DSCP" },
	[NST_FAULT_TTL] = { "ttl", "gets another TTL or hop limit" },
	[NST_FAULT_WINDOW] = { "window", "tells of another TCP window" },
	[NST_FAULT_ACTIONS] = {},
};

const struct nst_word nst_fault_layer_words[] = {
	[NST_LAYER_FRAME] = { "frame", "from the Ethernet header on" },
	[NST_LAYER_IP] = { "ip", "from the IP header on" },
	[NST_LAYER_TRANSPORT] = { "transport", "from behind the IP headers on" },
	[NST_LAYER_PAYLOAD] = { "payload", "from behind all headers on" },
	[NST_LAYERS] = {},
};

const struct nst_word nst_fault_end_words[] = {
	[NST_END_BOTH] = { "both", "both ends of the connection" },
	[NST_END_SENDER] = { "sender", "who sent the packet" },
	[NST_END_RECEIVER] = { "receiver", "to whom it was going" },
	[NST_ENDS] = {},
};

const struct nst_word nst_fault_icmp_words[] = {
	[NST_ICMP_NET_UNREACHABLE] = { "net-unreachable", "no route" },
	[NST_ICMP_HOST_UNREACHABLE] = { "host-unreachable",
					"the host does not answer" },
	[NST_ICMP_PORT_UNREACHABLE] = { "port-unreachable", "nobody listens" },
	[NST_ICMP_ADMIN_PROHIBITED] = { "admin-prohibited", "a firewall forbids it" },
	[NST_ICMP_FRAG_NEEDED] = { "frag-needed", "too big for the next link" },
	[NST_ICMP_TIME_EXCEEDED] = { "time-exceeded", "too many hops" },
	[NST_ICMPS] = {},
};

int nst_word_find(const struct nst_word *words, const char *name)
{
	for (int i = 0; words[i].name; i++)
		if (strcmp(words[i].name, name) == 0)
			return i;
	return -1;
}
