/* SPDX-License-Identifier: MIT */
/* net.* settings of a host: the same on every machine.
 *
 * A fresh network namespace takes its IPv4 defaults from the machine's first namespace
 * (net/ipv4/devinet.c, devinet_init_net(), unless net.core.devconf_inherit_init_net
 * says otherwise): on a machine that runs containers every host would forward packets.
 * So what matters is read first, and written where it differs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "sysctl.h"

enum applies {
	EVERYWHERE,
	WITH_IPV6,
	WITHOUT_IPV6,
	FORWARDING,
	FORWARDING_IPV6,
	SWITCHING,
};

struct setting {
	const char *path; /* below /proc/sys */
	const char *value;
	enum applies applies;
	bool inherited; /* comes from the machine: usually right already, so look first
			 */
};

static const struct setting settings[] = {
	{ "net/ipv4/conf/all/forwarding", "0", EVERYWHERE, true },
	{ "net/ipv4/conf/default/forwarding", "0", EVERYWHERE, true },
	{ "net/ipv4/conf/all/rp_filter", "0", EVERYWHERE, true },
	{ "net/ipv4/conf/default/rp_filter", "0", EVERYWHERE, true },
	/* Receive packet steering would spread packets over processors, and nothing
	 * could be proved by what arrives behind them. */
	{ "net/core/rps_default_mask", "0", EVERYWHERE, true },
	/* No ICMP answer is held back: a verdict rests on them (net/ipv4/icmp.c,
	 * net/ipv6/icmp.c). A type that the mask does not have is under no limit, neither
	 * that of its route nor that of the machine. An empty line empties the list. */
	{ "net/ipv4/icmp_ratemask", "0", EVERYWHERE, false },
	{ "net/ipv6/icmp/ratemask", "\n", WITH_IPV6, false },
	/* The ports of probes are no program's, from the first one on. */
	{ "net/ipv4/ip_local_reserved_ports", NST_RESERVED_PORTS, EVERYWHERE, false },
	/* Link-local addresses at once, without the second of duplicate detection;
	 * routes are ours, so no router solicitations. */
	{ "net/ipv6/conf/default/accept_dad", "0", WITH_IPV6, false },
	{ "net/ipv6/conf/default/accept_ra", "0", WITH_IPV6, false },
	/* A host without IPv6 says nothing about it on the wire. */
	{ "net/ipv6/conf/default/addr_gen_mode", "1", WITHOUT_IPV6, false },
	{ "net/ipv4/ip_forward", "1", FORWARDING, false },
	{ "net/ipv6/conf/all/forwarding", "1", FORWARDING_IPV6, false },
	/* Where br_netfilter is loaded, a bridge would hand its frames to iptables. */
	{ "net/bridge/bridge-nf-call-iptables", "0", SWITCHING, false },
	{ "net/bridge/bridge-nf-call-ip6tables", "0", SWITCHING, false },
	{ "net/bridge/bridge-nf-call-arptables", "0", SWITCHING, false },
};

static bool applies_to(enum applies applies, const struct nst_node *node)
{
	bool forwards = node->kind == NST_ROUTER || node->kind == NST_NAT_ROUTER;

	switch (applies) {
	case EVERYWHERE:
		return true;
	case WITH_IPV6:
		return node->has_ipv6;
	case WITHOUT_IPV6:
		return !node->has_ipv6;
	case FORWARDING:
		return forwards;
	case FORWARDING_IPV6:
		return forwards && node->has_ipv6;
	case SWITCHING:
		return node->kind == NST_SWITCH;
	}
	return false;
}

/* Whether the setting has that value already. A list of zeros (a CPU mask) equals "0".
 */
static bool has_value(int proc_sys, const char *path, const char *value)
{
	AUTO_CLOSE int fd = openat(proc_sys, path, O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (got < 0)
		return true; /* not in this kernel */
	text[got] = '\0';
	if (strcmp(value, "0") == 0)
		return strspn(text, "0,\n") == (size_t)got;
	return strncmp(text, value, strlen(value)) == 0;
}

static int write_value(int proc_sys, const char *path, const char *value)
{
	AUTO_CLOSE int fd = openat(proc_sys, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

/* "net.ipv4.tcp_syn_retries=1": a dot or a slash separates, as for sysctl(8). */
static int apply_described(int proc_sys, const char *text)
{
	const char *equals = strchr(text, '=');
	char path[256];
	int r;

	if (!equals || equals == text || equals - text >= (ptrdiff_t)sizeof(path))
		return nst_fail(-EINVAL, "sysctl \"%s\": write \"net.ipv4.name=value\"",
				text);
	snprintf(path, sizeof(path), "%.*s", (int)(equals - text), text);
	if (!strchr(path, '/'))
		for (char *dot = path; (dot = strchr(dot, '.')); dot++)
			*dot = '/';
	if (strncmp(path, "net/", 4) != 0)
		return nst_fail(-EINVAL, "sysctl \"%s\": only net.* belongs to a host",
				text);
	r = write_value(proc_sys, path, equals + 1);
	return r < 0 ? nst_fail(r, "sysctl \"%s\": %s", text, strerror(-r)) : 0;
}

/* Whether the machine's value is right. The same for every host, so one look is enough.
 */
static bool leaks_in_right(int proc_sys, const struct setting *setting)
{
	static _Atomic bool known[ARRAY_SIZE(settings)];
	_Atomic bool *right = &known[setting - settings];

	if (!*right)
		*right = has_value(proc_sys, setting->path, setting->value);
	return *right;
}

int sysctl_apply(const struct nst_node *node, int proc_sys)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *setting = &settings[i];
		int r;

		if (!applies_to(setting->applies, node))
			continue;
		if (setting->inherited && leaks_in_right(proc_sys, setting))
			continue;
		r = write_value(proc_sys, setting->path, setting->value);
		if (r < 0 && r != -ENOENT)
			return nst_fail(r, "setting %s to %s: %s", setting->path,
					setting->value, strerror(-r));
	}
	for (char **line = node->sysctls; line && *line; line++) {
		int r = apply_described(proc_sys, *line);

		if (r < 0)
			return r;
	}
	return 0;
}
