/* SPDX-License-Identifier: MIT */
/* The table that turns tracing on, and the sockets of netfilter. */
#include "trace_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>

#include "trace.h"

enum { REPLY = 16384, LOG_GROUP = 0 };

int trace_socket(int group)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd AUTO_CLOSE =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	/* Bound first: it would leave its groups by being bound. And one without an
	 * address of its own is not sent what the kernel multicasts as nobody. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    (group && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				 sizeof(group)) < 0))
		return -errno;
	return steal_fd(&fd);
}

/* ---- Talking ---- */

/* nfnetlink's head, and room for a few attributes. */
struct request {
	struct nlmsghdr head;
	struct nfgenmsg general;
	uint8_t attributes[64];
};

static struct request request_of(int subsystem, int type, int flags, uint8_t family,
				 uint16_t resource)
{
	return (struct request){
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)),
			  .nlmsg_type = (uint16_t)(subsystem << 8 | type),
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
		.general = { family, NFNETLINK_V0, htons(resource) },
	};
}

static void add(struct request *request, uint16_t type, const void *value, size_t size)
{
	struct nlattr *attribute =
		(struct nlattr *)((uint8_t *)request +
				  NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((uint8_t *)attribute + NLA_HDRLEN, value, size);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) +
				  (uint32_t)NLA_ALIGN(attribute->nla_len);
}

/* Sends it, and hands each message of the answer to `take` (may be NULL). */
static int talk(int fd, const struct request *request,
		void (*take)(struct nlmsghdr *message, void *arg), void *arg)
{
	_Alignas(struct nlmsghdr) char reply[REPLY];
	bool dump = (request->head.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	ssize_t size;

	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		return -errno;
	do {
		struct nlmsghdr *message = (struct nlmsghdr *)reply;

		size = recv(fd, reply, sizeof(reply), 0);
		if (size < 0)
			return -errno;
		for (size_t left = (size_t)size; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(message))->error;
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (take)
				take(message, arg);
		}
	} while (dump);
	return 0;
}

static void take_generation(struct nlmsghdr *message, void *arg)
{
	struct nlattr *found =
		nlmsg_find_attr(message, sizeof(struct nfgenmsg), NFTA_GEN_ID);

	if (found)
		*(uint32_t *)arg = ntohl(nla_get_u32(found));
}

int trace_generation(int fd, uint32_t *ret_generation)
{
	struct request request =
		request_of(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, 0, AF_UNSPEC, 0);

	return talk(fd, &request, take_generation, ret_generation);
}

static void take_table(struct nlmsghdr *message, void *arg)
{
	const struct nfgenmsg *general = nlmsg_data(message);
	struct nlattr *name =
		nlmsg_find_attr(message, sizeof(*general), NFTA_TABLE_NAME);
	struct trace_tables *tables = arg;

	if (!name || strncmp(nla_get_string(name), "nstest_", 7) == 0)
		return;
	tables->any = true;
	tables->netdev |= general->nfgen_family == NFPROTO_NETDEV;
	tables->bridge |= general->nfgen_family == NFPROTO_BRIDGE;
}

int trace_tables_look(int fd, struct trace_tables *ret_tables)
{
	struct request request = request_of(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE,
					    NLM_F_DUMP, NFPROTO_UNSPEC, 0);

	return talk(fd, &request, take_table, ret_tables);
}

/* ---- The log of the legacy tables ---- */

static int command(int fd, uint8_t what, uint8_t family)
{
	struct request request = request_of(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG,
					    NLM_F_ACK, family, LOG_GROUP);

	add(&request, NFULA_CFG_CMD, &what, sizeof(what));
	return talk(fd, &request, NULL, NULL);
}

/* So much of each packet, and each packet at once. */
static int set_mode(int fd)
{
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(TRACE_LOGGED),
						     .copy_mode = NFULNL_COPY_PACKET };
	const uint32_t one = htonl(1);
	struct request request = request_of(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG,
					    NLM_F_ACK, AF_UNSPEC, LOG_GROUP);

	add(&request, NFULA_CFG_MODE, &mode, sizeof(mode));
	add(&request, NFULA_CFG_QTHRESH, &one, sizeof(one));
	return talk(fd, &request, NULL, NULL);
}

/* The state of connections, too: if the kernel can (NETFILTER_NETLINK_GLUE_CT). */
static void want_states(int fd)
{
	const uint16_t states = htons(NFULNL_CFG_F_CONNTRACK);
	struct request request = request_of(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG,
					    NLM_F_ACK, AF_UNSPEC, LOG_GROUP);

	add(&request, NFULA_CFG_FLAGS, &states, sizeof(states));
	talk(fd, &request, NULL, NULL);
}

int trace_open_log(int *ret_fd)
{
	int fd AUTO_CLOSE = trace_socket(0);
	int r = fd;

	if (r >= 0)
		r = command(fd, NFULNL_CFG_CMD_PF_BIND, AF_INET);
	if (r == 0)
		r = command(fd, NFULNL_CFG_CMD_PF_BIND, AF_INET6);
	if (r == 0)
		r = command(fd, NFULNL_CFG_CMD_BIND, AF_UNSPEC);
	if (r == 0)
		r = set_mode(fd);
	if (r < 0)
		return r;
	want_states(fd);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* ---- Our table ---- */

/* What can be a packet of a probe: as the watchers' filter, probe/src/filter.c. An accept
 * only ends this chain, and spares an event. */
#define TRACED                                                                       \
	"meta l4proto { tcp, udp } th sport 55000-59999 meta nftrace set 1 accept\n" \
	"meta l4proto { tcp, udp } th dport 55000-59999 meta nftrace set 1 accept\n" \
	"tcp flags & (syn | rst) != 0 meta nftrace set 1 accept\n"                   \
	"meta l4proto { udp, icmp, ipv6-icmp } @th,64,32 0x6e737470 "                \
	"meta nftrace set 1 accept\n"                                                \
	"icmp type { destination-unreachable, time-exceeded, parameter-problem } "   \
	"meta nftrace set 1 accept\n"                                                \
	"icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, "     \
	"parameter-problem } meta nftrace set 1 accept\n"

#define FIRST "priority -2147483648;\n"

static const char ip_table[] =
	"table inet " TRACE_TABLE " {\n"
	"flags owner\n"
	"chain prerouting {\ntype filter hook prerouting " FIRST TRACED "}\n"
	"chain output {\ntype filter hook output " FIRST TRACED "}\n"
	"}\n";

static const char bridge_table[] =
	"table bridge " TRACE_TABLE " {\n"
	"flags owner\n"
	"chain prerouting {\ntype filter hook prerouting " FIRST TRACED "}\n"
	"chain output {\ntype filter hook output " FIRST TRACED "}\n"
	"}\n";

/* One chain for each interface. */
static void print_netdev_table(FILE *out)
{
	struct if_nameindex *all = if_nameindex();

	fputs("table netdev " TRACE_TABLE " {\nflags owner\n", out);
	for (struct if_nameindex *one = all; one && one->if_index; one++)
		fprintf(out,
			"chain on%u {\ntype filter hook ingress device \"%s\" " FIRST
				TRACED "}\n",
			one->if_index, one->if_name);
	fputs("}\n", out);
	if_freenameindex(all);
}

static char *print_tables(const struct trace_tables *tables)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs(ip_table, out);
	if (tables->bridge)
		fputs(bridge_table, out);
	if (tables->netdev)
		print_netdev_table(out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static bool covers(const struct trace_table *table, const struct trace_tables *tables)
{
	return table->owner && table->made_for.netdev >= tables->netdev &&
	       table->made_for.bridge >= tables->bridge;
}

int trace_table_make(struct trace_table *table, const struct trace_tables *tables)
{
	char *text AUTO_FREE = NULL;

	if (covers(table, tables))
		return 0;
	/* The tables go with the socket that made them. */
	if (table->owner)
		nft_ctx_free(table->owner);
	table->made_for = *tables;
	table->owner = nft_ctx_new(NFT_CTX_DEFAULT);
	text = print_tables(tables);
	if (!table->owner || !text || nft_ctx_buffer_error(table->owner))
		return -ENOMEM;
	if (nft_run_cmd_from_buffer(table->owner, text) == 0)
		return 0;
	nft_ctx_free(table->owner);
	table->owner = NULL;
	return -EOPNOTSUPP;
}
