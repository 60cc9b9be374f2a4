/* SPDX-License-Identifier: MIT */
/* See counter_read.h. */
#include "counter_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "netlink.h"

/* ---- Protocols ---- */

/* The n-th word of a line behind its title, NULL if there is none. */
static const char *word_at(const char *line, unsigned int n)
{
	for (;;) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
		if (!n--)
			return line;
	}
}

static bool is_word(const char *word, const char *wanted)
{
	size_t size = strlen(wanted);

	return strncmp(word, wanted, size) == 0 &&
	       (word[size] == ' ' || word[size] == '\n' || !word[size]);
}

/* "Tcp: RtoAlgorithm …" and, in the next line, "Tcp: 1 …". */
static bool find_in_pair(const char *names, const char *wanted, uint64_t *ret_value)
{
	const char *values = strchr(names, '\n');
	const char *word;

	for (unsigned int n = 0; values && (word = word_at(names, n)); n++) {
		if (!is_word(word, wanted))
			continue;
		word = word_at(values + 1, n);
		if (word)
			*ret_value = strtoull(word, NULL, 10);
		return word;
	}
	return false;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : "";
}

bool counter_find(const char *text, const char *name, uint64_t *ret_value)
{
	for (const char *line = text; *line; line = next_line(line)) {
		size_t title = strcspn(line, ": \t\n"), size = strlen(name);

		if (line[title] == ':') {
			if (size > title && strncmp(line, name, title) == 0 &&
			    find_in_pair(line, name + title, ret_value))
				return true;
			line = next_line(line);
		} else if (title == size && strncmp(line, name, size) == 0) {
			*ret_value = strtoull(line + size, NULL, 10);
			return true;
		}
	}
	return false;
}

/* The files are those of the thread's network namespace. */
static int read_protocol(const char *name, uint64_t *ret_value)
{
	static const char *const paths[] = { "/proc/thread-self/net/snmp",
					     "/proc/thread-self/net/netstat",
					     "/proc/thread-self/net/snmp6" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		AUTO_FCLOSE FILE *file = fopen(paths[i], "re");
		AUTO_FREE char *text = NULL;
		size_t room = 0;

		if (file && getdelim(&text, &room, '\0', file) > 0 &&
		    counter_find(text, name, ret_value))
			return 0;
	}
	return -ENOENT;
}

/* ---- Interfaces ---- */

#define STATISTIC(name)                                         \
	{                                                       \
#name, offsetof(struct rtnl_link_stats64, name) \
	}

static const struct {
	const char *name;
	size_t offset;
} statistics[] = {
	STATISTIC(rx_packets),        STATISTIC(tx_packets),
	STATISTIC(rx_bytes),          STATISTIC(tx_bytes),
	STATISTIC(rx_errors),         STATISTIC(tx_errors),
	STATISTIC(rx_dropped),        STATISTIC(tx_dropped),
	STATISTIC(multicast),         STATISTIC(collisions),
	STATISTIC(rx_length_errors),  STATISTIC(rx_over_errors),
	STATISTIC(rx_crc_errors),     STATISTIC(rx_frame_errors),
	STATISTIC(rx_fifo_errors),    STATISTIC(rx_missed_errors),
	STATISTIC(tx_aborted_errors), STATISTIC(tx_carrier_errors),
	STATISTIC(tx_fifo_errors),    STATISTIC(tx_heartbeat_errors),
	STATISTIC(tx_window_errors),  STATISTIC(rx_compressed),
	STATISTIC(tx_compressed),     STATISTIC(rx_nohandler),
};

static void take_statistics(const struct nlmsghdr *reply, void *context)
{
	const struct ifinfomsg *link = NLMSG_DATA(reply);
	int left = (int)IFLA_PAYLOAD(reply);

	for (const struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_STATS64)
			memcpy(context, RTA_DATA(a),
			       RTA_PAYLOAD(a) < sizeof(struct rtnl_link_stats64)
				       ? RTA_PAYLOAD(a)
				       : sizeof(struct rtnl_link_stats64));
}

static int read_interface(struct nst_inside *inside, size_t node, const char *interface,
			  const char *name, uint64_t *ret_value)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	const struct ifinfomsg any = { 0 };
	struct rtnl_link_stats64 all = { 0 };
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(statistics) && strcmp(statistics[i].name, name) != 0)
		i++;
	if (i == ARRAY_SIZE(statistics))
		return -ENOENT;
	netlink_begin(&batch,
		      (struct netlink_purpose){ "reading its counters",
						inside->plan->nodes[node].name,
						interface },
		      RTM_GETLINK, 0, &any, sizeof(any));
	netlink_put_text(&batch, IFLA_IFNAME, interface);
	r = netlink_send(&batch, inside->nodes[node].route_socket, take_statistics,
			 &all);
	if (r < 0)
		return r == -ENODEV ? -ENOENT : r;
	memcpy(ret_value, (const char *)&all + statistics[i].offset,
	       sizeof(*ret_value));
	return 0;
}

/* ---- nftables ---- */

static int nft_family(const char *name)
{
	static const struct {
		const char *name;
		int family;
	} families[] = {
		{ "inet", NFPROTO_INET },     { "ip", NFPROTO_IPV4 },
		{ "ip6", NFPROTO_IPV6 },      { "bridge", NFPROTO_BRIDGE },
		{ "netdev", NFPROTO_NETDEV }, { "arp", NFPROTO_ARP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strcmp(families[i].name, name) == 0)
			return families[i].family;
	return -ENOENT;
}

/* Attributes have the bit NLA_F_NESTED in their type. */
static const struct nlattr *find_attribute(const void *from, size_t size, int type)
{
	const struct nlattr *a = from;

	while (size >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= size) {
		size_t step = NLA_ALIGN(a->nla_len);

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step >= size)
			break;
		size -= step;
		a = (const struct nlattr *)((const char *)a + step);
	}
	return NULL;
}

static void take_object(const struct nlmsghdr *reply, void *context)
{
	const struct nfgenmsg *head = NLMSG_DATA(reply);
	const struct nlattr *data = find_attribute(
		head + 1, NLMSG_PAYLOAD(reply, sizeof(*head)), NFTA_OBJ_DATA);
	const struct nlattr *packets =
		data ? find_attribute(data + 1, data->nla_len - NLA_HDRLEN,
				      NFTA_COUNTER_PACKETS)
		     : NULL;
	uint32_t halves[2];

	if (!packets || packets->nla_len < NLA_HDRLEN + sizeof(halves))
		return;
	memcpy(halves, packets + 1, sizeof(halves));
	*(uint64_t *)context = (uint64_t)ntohl(halves[0]) << 32 | ntohl(halves[1]);
}

static int read_nft(const char *host, const struct counter_name *name,
		    uint64_t *ret_value)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	AUTO_CLOSE int fd = -1;
	int family = nft_family(name->words[0]);
	const struct nfgenmsg head = { .nfgen_family = (uint8_t)family,
				       .version = NFNETLINK_V0 };

	if (family < 0)
		return family;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
		return nst_fail_errno("opening a socket for nf_tables");
	netlink_begin(
		&batch,
		(struct netlink_purpose){ "reading a counter of nftables", host, NULL },
		NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ, 0, &head, sizeof(head));
	netlink_put_text(&batch, NFTA_OBJ_TABLE, name->words[1]);
	netlink_put_text(&batch, NFTA_OBJ_NAME, name->words[2]);
	netlink_put_u32(&batch, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return netlink_send(&batch, fd, take_object, ret_value);
}

int counter_read(struct nst_inside *inside, size_t node,
		 const struct counter_name *name, uint64_t *ret_value)
{
	int r = nst_inside_net(inside, node);

	if (r < 0)
		return r;
	if (name->count == 1)
		return read_protocol(name->words[0], ret_value);
	if (name->count == 2)
		return read_interface(inside, node, name->words[0], name->words[1],
				      ret_value);
	return read_nft(inside->plan->nodes[node].name, name, ret_value);
}
