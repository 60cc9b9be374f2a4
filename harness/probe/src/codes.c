/* SPDX-License-Identifier: MIT */
/* ICMP and ICMPv6 errors: RFC 792, RFC 1812 §5.2.7, RFC 4443 §3. */
#include <stddef.h>
#include <sys/socket.h>

#include <probe/codes.h>

static const struct code codes[] = {
	{ AF_INET, 3, 0, CODE_ROUTE, "net-unreachable" },
	{ AF_INET, 3, 1, CODE_NEIGHBOUR, "host-unreachable" },
	{ AF_INET, 3, 2, CODE_FIREWALL, "prot-unreachable" },
	{ AF_INET, 3, 3, CODE_PORT, "port-unreachable" },
	{ AF_INET, 3, 4, CODE_SIZE, "frag-needed" },
	{ AF_INET, 3, 9, CODE_FIREWALL, "net-prohibited" },
	{ AF_INET, 3, 10, CODE_FIREWALL, "host-prohibited" },
	{ AF_INET, 3, 13, CODE_FIREWALL, "admin-prohibited" },
	{ AF_INET, 11, 0, CODE_LOOP, "time-exceeded" },
	{ AF_INET6, 1, 0, CODE_ROUTE, "no-route" },
	{ AF_INET6, 1, 1, CODE_FIREWALL, "admin-prohibited" },
	{ AF_INET6, 1, 3, CODE_NEIGHBOUR, "addr-unreachable" },
	{ AF_INET6, 1, 4, CODE_PORT, "port-unreachable" },
	{ AF_INET6, 1, 5, CODE_FIREWALL, "policy-fail" },
	{ AF_INET6, 1, 6, CODE_FIREWALL, "reject-route" },
	{ AF_INET6, 2, 0, CODE_SIZE, "packet-too-big" },
	{ AF_INET6, 3, 0, CODE_LOOP, "time-exceeded" },
};

const struct code *code_at(size_t i)
{
	return i < sizeof(codes) / sizeof(codes[0]) ? &codes[i] : NULL;
}

const struct code *code_find(int family, int type, int code)
{
	static const struct code unknown = { 0, 0, 0, CODE_FIREWALL, "error" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].family == family && codes[i].type == type &&
		    codes[i].code == code)
			return &codes[i];
	return &unknown;
}
