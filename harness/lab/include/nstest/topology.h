/* SPDX-License-Identifier: MIT */
/**
 * What a lab is to look like: hosts and the links between them, as a plain value.
 *
 *	static const struct nst_topology two_hosts = {
 *		.links = (struct nst_link[]) { {
 *			.a = { "client", "10.0.0.1/24, fd00::1/64" },
 *			.b = { "server", "10.0.0.2/24, fd00::2/64" },
 *		}, {} },
 *	};
 *
 * Rules that hold for all of it:
 *  - All-zero is a sensible default everywhere.
 *  - Arrays end with an all-zero element; lists of strings end with NULL.
 *  - A host that a link names need not be declared; it is then a plain host.
 *  - nst_lab_up() checks everything before it builds anything, and copies nothing that
 *    outlives the call: the value may be on the stack.
 */
#ifndef NSTEST_TOPOLOGY_H
#define NSTEST_TOPOLOGY_H

#include <stdbool.h>

#include <nstest/impairment.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a host does with packets that are not for it. */
enum nst_host_kind {
	NST_HOST,	/**< drops them */
	NST_ROUTER,	/**< forwards them (net.ipv4.ip_forward, ipv6 forwarding) */
	NST_NAT_ROUTER, /**< forwards; masquerades what leaves by `outside` (IPv4 and IPv6) */
	NST_SWITCH,	/**< a bridge: forwards frames, has no addresses, at most 1,023 ports */
};

/** What a host's programs see as "/". */
enum nst_root {
	NST_ROOT_MACHINE, /**< the machine's own root; /run, /tmp, /proc are the host's own;
			     the caller's directory stays, even below /tmp */
	NST_ROOT_TMPFS,	  /**< an empty tmpfs: /proc, /sys, /dev, /run, /tmp, /etc and `binds` */
	NST_ROOT_BIND,	  /**< `root_path`, bind-mounted and entered by pivot_root */
	NST_ROOT_OVERLAY, /**< the machine's root, copy-on-write: writes reach only this host */
};

struct nst_host {
	const char *name; /**< 1–63 of [A-Za-z0-9-], not starting with '-': also the hostname */
	enum nst_host_kind kind;
	enum nst_root root;
	const char *root_path; /**< NST_ROOT_BIND: a directory; relative to the caller's */
	bool own_pids;	       /**< a PID namespace of its own inside that of the case */
	const char *outside;   /**< NST_NAT_ROUTER: interface that masquerades; default: the last */
	const char *nameservers; /**< for resolv.conf, addresses separated by ','; default none */
	const char *const *binds; /**< "/bin/busybox", "/srv=site", …: paths of the machine that the
				       host sees too, at the same or another place */
	const char *const *sysctls; /**< "net.ipv4.tcp_syn_retries=1", …; in the host's netns */
};

/** One end of a link: the interface it makes in `host`. */
struct nst_end {
	const char *host;
	const char *addresses; /**< "10.0.0.1/24, fd00::1/64"; none for a switch */
	const char *interface; /**< ≤ 15 characters; default eth0, eth1, … in the order of links */
	const char *mac;       /**< "02:00:00:00:00:01"; default one of our own, stable per run */
};

/** Who impairs a link. */
enum nst_engine {
	NST_ENGINE_AUTO,   /**< the kernel where it can do all that may be asked, else the wire */
	NST_ENGINE_KERNEL, /**< sch_netem; what it cannot do is an error */
	NST_ENGINE_WIRE,   /**< our own, in user space: on every kernel, and with faults */
};

/**
 * A veth pair. With impairments, `impairable` or an engine it is two, and what joins them
 * (nstest/impair.h): the hosts see no difference.
 */
struct nst_link {
	struct nst_end a, b;
	unsigned int mtu; /**< bytes, 68–65535 (1280 with IPv6); 0: 1500 */
	struct nst_impairment a_to_b, b_to_a; /**< from its first packet on */
	bool impairable; /**< nst_impair() and nst_fault() may change it while the lab lives */
	/** With `impairable`: all that nst_impair() will ask for, then {}. No faults then, so that the
	 *  kernel engine may do it. NULL: anything. */
	const struct nst_impairment *later;
	enum nst_engine engine; /**< default: that of the lab */
};

struct nst_topology {
	const struct nst_host *hosts; /**< may be NULL: links name hosts */
	const struct nst_link *links; /**< may be NULL: hosts that only have loopback */
};

#ifdef __cplusplus
}
#endif
#endif
