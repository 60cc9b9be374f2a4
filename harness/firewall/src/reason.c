/* SPDX-License-Identifier: MIT */
/* Drops that no rule made: the kernel counts most of them. They are rare, and reading all
 * counters is slow, so that only then the question is asked once more between two
 * readings. */
#include <nstest/explain.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <probe/snmp.h>
#include <probe/witness.h>

#include "account.h"

enum { TEXT = 32768 };

enum file { FILE_SNMP, FILE_NETSTAT, FILE_SNMP6, FILES };

static const struct counted {
	enum file file;
	const char *group, *name;
	const char *reason;
} counters[] = {
	{ FILE_NETSTAT, "TcpExt:", "IPReversePathFilter",
	  "rp_filter: the way back to the sender is by another interface" },
	{ FILE_NETSTAT, "TcpExt:", "ListenOverflows", "the accept queue is full" },
	{ FILE_NETSTAT, "TcpExt:", "TCPReqQFullDrop",
	  "the queue of half-open connections is full" },
	{ FILE_NETSTAT, "TcpExt:", "TCPMinTTLDrop", "TTL below IP_MINTTL" },
	{ FILE_NETSTAT, "TcpExt:", "TCPBacklogDrop", "the socket's backlog is full" },
	{ FILE_SNMP, "Tcp:", "InCsumErrors", "invalid checksum (TCP)" },
	{ FILE_SNMP, "Udp:", "InCsumErrors", "invalid checksum (UDP)" },
	{ FILE_SNMP, "Icmp:", "InCsumErrors", "invalid checksum (ICMP)" },
	{ FILE_NETSTAT, "IpExt:", "InCsumErrors", "invalid checksum (IP)" },
	{ FILE_SNMP, "Udp:", "RcvbufErrors", "the socket's receive buffer is full" },
	{ FILE_NETSTAT, "IpExt:", "InNoRoutes", "no route" },
	{ FILE_SNMP, "Ip:", "OutNoRoutes", "no route" },
	{ FILE_SNMP, "Ip:", "InAddrErrors",
	  "an address that is not this host's, and it does not forward" },
	{ FILE_SNMP, "Ip:", "FragFails", "MTU: it may not be fragmented" },
	{ FILE_SNMP, "Ip:", "InHdrErrors", "TTL, or an invalid IP header" },
	{ FILE_SNMP, "Ip:", "ReasmFails", "fragments that do not fit together" },
	{ FILE_SNMP6, "", "Ip6InNoRoutes", "no route" },
	{ FILE_SNMP6, "", "Ip6OutNoRoutes", "no route" },
	{ FILE_SNMP6, "", "Ip6InTooBigErrors", "MTU: too big for the next link" },
	{ FILE_SNMP6, "", "Ip6InAddrErrors",
	  "an address that is not this host's, and it does not forward" },
	{ FILE_SNMP6, "", "Ip6InHdrErrors", "hop limit, or an invalid IPv6 header" },
	{ FILE_SNMP6, "", "Icmp6InCsumErrors", "invalid checksum (ICMPv6)" },
	{ FILE_SNMP6, "", "Udp6InCsumErrors", "invalid checksum (UDP)" },
};

/* Settings that make a kernel silent without counting. */
static const struct setting {
	const char *path;
	int family;
} silent[] = {
	{ "/proc/sys/net/ipv4/icmp_echo_ignore_all", AF_INET },
	{ "/proc/sys/net/ipv6/icmp/echo_ignore_all", AF_INET6 },
};

static void read_file(const char *path, char *text)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = 0, n;

	while (fd >= 0 && size < TEXT - 1 &&
	       (n = read(fd, text + size, (size_t)(TEXT - 1 - size))) > 0)
		size += n;
	text[size] = '\0';
}

static void read_counters(uint64_t values[ARRAY_SIZE(counters)])
{
	static const char *const paths[FILES] = {
		[FILE_SNMP] = "/proc/thread-self/net/snmp",
		[FILE_NETSTAT] = "/proc/thread-self/net/netstat",
		[FILE_SNMP6] = "/proc/thread-self/net/snmp6",
	};
	static char texts[FILES][TEXT];

	for (size_t i = 0; i < FILES; i++)
		read_file(paths[i], texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (!counters_find(texts[counters[i].file], counters[i].group,
				   counters[i].name, &values[i]))
			values[i] = 0;
}

static bool is_silent(const struct probe_request *request, const char **ret_setting)
{
	char text[TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		if (request->protocol != NST_ICMP ||
		    (request->family && request->family != silent[i].family))
			continue;
		read_file(silent[i].path, text);
		*ret_setting = silent[i].path + strlen("/proc/sys/");
		if (*text == '1')
			return true;
	}
	return false;
}

/* What was asked, and where it ended. */
struct silence {
	struct probe_request request;
	enum nst_verdict_kind kind;
	char host[64];
};

static void find_counted(struct nst_inside *inside, const struct silence *silence,
			 size_t node, char *reason, size_t size)
{
	uint64_t before[ARRAY_SIZE(counters)], after[ARRAY_SIZE(counters)];
	struct nst_verdict again = { 0 };

	read_counters(before);
	if (probe_ask(inside, &silence->request, NULL, &again) < 0 ||
	    again.kind != silence->kind || nst_inside_net(inside, node) < 0)
		return;
	read_counters(after);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		if (after[i] == before[i])
			continue;
		snprintf(reason, size, "%s (%s)", counters[i].reason, counters[i].name);
		return;
	}
}

static int reason_here(struct nst_inside *inside, struct nst_message *request,
		       struct nst_message *reply)
{
	const struct silence *silence = request->data;
	char reason[ACCOUNT_REASON] = "";
	const char *setting;
	size_t node;
	int r = nst_plan_node(nst_inside_plan(inside), silence->host, &node);

	if (r == 0)
		r = nst_inside_net(inside, node);
	if (r < 0)
		return r;
	if (is_silent(&silence->request, &setting))
		snprintf(reason, sizeof(reason), "%s is 1", setting);
	else
		find_counted(inside, silence, node, reason, sizeof(reason));
	return nst_reply_value(reply, reason, sizeof(reason));
}

int nst_explain_silence(struct nst_lab *lab, const struct nst_question *question,
			const struct nst_verdict *verdict, struct nst_explanation *why)
{
	struct silence silence = { .kind = verdict->kind };
	int r;

	if (verdict->kind != NST_VERDICT_DROPPED || why->decisive || *why->unknown ||
	    verdict->proof != NST_PROOF_MARKER)
		return 0;
	r = probe_request(question, &silence.request);
	if (r < 0)
		return r;
	memcpy(silence.host, verdict->where.host, sizeof(silence.host));
	return nst_lab_ask(lab, reason_here, &silence, sizeof(silence),
			   (char *)why->reason, ACCOUNT_REASON);
}
