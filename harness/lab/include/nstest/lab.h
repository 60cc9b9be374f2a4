/* SPDX-License-Identifier: MIT */
/**
 * A lab: the live network of one case.
 *
 *	struct nst_lab *lab nst_autodown = NULL;
 *
 *	if (nst_lab_up(&two_hosts, NULL, &lab) < 0)
 *		return complain(nst_error());
 *	nst_socket(lab, "client", AF_INET, SOCK_STREAM, 0);
 *
 * Every host gets fresh network, mount, UTS and IPC namespaces; the case gets a PID
 * namespace. One process, the lab process (PID 1 of the case), holds them all: when it
 * ends, for whatever reason, every program, interface, mount and namespace of the case is
 * gone. It ends with nst_lab_down(), with the process that called nst_lab_up(), or by
 * being killed. Nothing has a name outside it.
 *
 * A handle belongs to the thread that made it; several labs at once are fine.
 * A host is called by its name; a name that does not exist is answered with those that do.
 */
#ifndef NSTEST_LAB_H
#define NSTEST_LAB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nstest/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nst_lab;

/** Which interfaces are captured, from before their first packet. */
enum nst_capturing {
	NST_CAPTURE_NONE,
	NST_CAPTURE_ALL, /**< every interface of every host, router and switch but lo */
};

struct nst_lab_options {
	enum nst_capturing capture;
	int live_fd; /**< > 0: the merged capture is also written here as it happens (pcapng) */
	enum nst_engine
		engine; /**< of links that are impaired and name none themselves */
	uint64_t
		seed; /**< of all chance on links; 0: another one each time, see nst_lab_seed() */
	bool allow_unplanned_loss; /**< nst_lab_faults_check() does not mind it */
	/** "HOST/PROGRAM", either a pattern (fnmatch(3)): such programs run under strace(1), and
	 *  nst_program_trace() has what it wrote; NULL: none. */
	const char *strace;
	/** The same: under gdb(1), which talks to `terminal`, a path such as "/dev/pts/3". Whoever
	 *  waits for them waits without end. The program's own streams are kept as ever. */
	const char *gdb, *terminal;
	/** Memory that all programs together may have; 0: half of the machine's. Whoever takes most
	 *  beyond it is killed, with its process group, and nst_lab_check() says so; so is who
	 *  makes them more than 4,096 processes. It is looked at ten times a second: who is quick
	 *  has more for a moment. */
	uint64_t memory_bytes;
};

/**
 * Moves the calling process into a user namespace of its own in which it may build labs,
 * unless it may already. Call it once at the start of main(), before any thread exists:
 * then no later lab has to do it. Uses the caller's ranges in /etc/subuid and
 * /etc/subgid through newuidmap and newgidmap when there are some, so that programs that
 * drop privileges find an id to drop to; else only root is mapped.
 *
 * Return: 0; -EPERM where user namespaces are forbidden, and the sentence names the
 * setting; -EINVAL when the process has several threads.
 */
int nst_become_root(void);

/**
 * Checks the topology, builds it, and waits until every link carries packets and every
 * address may be used. `options` may be NULL.
 *
 * Return: 0 and the lab, which the caller ends with nst_lab_down(); -EINVAL for a
 * description that cannot be built, -EPERM where namespaces are forbidden, else what the
 * kernel answered.
 */
int nst_lab_up(const struct nst_topology *topology,
	       const struct nst_lab_options *options, struct nst_lab **ret_lab);

/** Ends the lab and everything in it at once. NULL is fine. */
void nst_lab_down(struct nst_lab *lab);

static inline void nst_lab_autodown(struct nst_lab **lab)
{
	nst_lab_down(*lab);
}
#define nst_autodown __attribute__((cleanup(nst_lab_autodown)))

/**
 * Whether all is as the test left it: the lab process lives, no program has died unasked or
 * taken too much memory,
 * in none has a sanitizer or valgrind found anything, and the engine that carries impaired
 * links lives.
 *
 * Return: 0; -ECHILD and the sentence says which program died how, with the end of its
 * stderr; -EUCLEAN and the first finding with the top of its stack; -EPIPE when the lab process
 * itself is gone; -EIO when the engine is, and how.
 */
int nst_lab_check(struct nst_lab *lab);

/** The lab process, as the caller's PID namespace numbers it. */
pid_t nst_lab_pid(const struct nst_lab *lab);

/** What all chance on its links is drawn from: the same seed, the same fate for packet n of
 *  each link and direction. Never 0. */
uint64_t nst_lab_seed(const struct nst_lab *lab);

/* ---- Links ---- */

/**
 * Takes the link between two hosts down or up, as pulling the cable does: both ends lose
 * their carrier; addresses and routes stay.
 *
 * Return: 0; -ENOENT if no link joins the two.
 */
int nst_link_down(struct nst_lab *lab, const char *a, const char *b);
int nst_link_up(struct nst_lab *lab, const char *a, const char *b);

/**
 * Partition: from now on nothing that a host of `from` sends reaches a host of `to`
 * (host names separated by ','); nst_cut() does it in both directions. Frames vanish
 * silently where the receiving host's link ends, below its firewall; connections stay
 * open, as with a real partition. Healed by nst_mend() of the same sets, or of fewer.
 *
 * A sender is known by the addresses that the topology gives it, and by its MAC on segments
 * that it shares with the receiver. A host that is cut from a router is cut from all
 * behind it. What a router only forwards is the sender's, not the router's. ARP and
 * neighbour discovery pass, so that the other direction lives, and all does at once when
 * mended.
 *
 * Return: 0; -ENOENT for an unknown host; -EINVAL if a host is on both sides or is a
 * switch, or if a NAT router hides a sender from a receiver (cut the one from that router,
 * or that router from the other); -EOPNOTSUPP if the kernel lacks clsact or cls_bpf.
 */
int nst_cut(struct nst_lab *lab, const char *one, const char *other);
int nst_mend(struct nst_lab *lab, const char *one, const char *other);
int nst_cut_from(struct nst_lab *lab, const char *from, const char *to);

/**
 * Another MTU at both ends of the link between two hosts, in bytes: 68–65535, with IPv6 1280 at
 * least. Routers tell senders of packets that are too big now; the hosts of the link know at once.
 * For a link that loses big packets silently: a fault (nstest/fault.h).
 *
 * Return: 0; -ENOENT if no link joins the two; -EINVAL.
 */
int nst_link_mtu(struct nst_lab *lab, const char *a, const char *b, unsigned int mtu);

/* ---- Addresses that change ---- */

enum nst_address_act {
	NST_ADDRESS_ADD,
	NST_ADDRESS_REMOVE,
	/** The host has it still, but begins nothing new with it (RFC 4862 §5.5.4): what happens
	 *  to the old prefix of a network that is renumbered. */
	NST_ADDRESS_DEPRECATE,
};

struct nst_address_change {
	const char *host;
	const char *interface; /**< default: its first */
	enum nst_address_act act;
	const char *address; /**< with its prefix: "fd00::7/64" */
	/** Seconds from now on; 0: for ever. After `preferred_s` it is deprecated (added ones
	 *  only), after `valid_s` it is gone. The kernel looks at the second. */
	unsigned int preferred_s, valid_s;
};

/**
 * Gives a host another address, deprecates one, or takes one away, under connections that live.
 * Two hosts may have the same. Routes stay as they are.
 *
 * Return: 0; -EEXIST if it has it already; -EADDRNOTAVAIL if it has no such address; -EINVAL for
 * what is no address, -ENOENT for an unknown host or interface.
 */
int nst_address_change(struct nst_lab *lab, const struct nst_address_change *change);

/* ---- Code of the test inside a host ---- */

/** Runs in a host. Writes at most the result's size; returns what nst_in_host() returns. */
typedef int nst_function(void *arg, void *result);

/**
 * Runs a C function in `host`: in a child of the calling process that has entered all
 * namespaces of the host, so it sees the caller's memory as it is now (a copy), and its
 * sockets and files are the host's. `result` (`result_size` bytes, may be NULL and 0) is
 * copied back.
 *
 * Return: what `function` returned (≥ 0); -ECHILD if it crashed or called exit(), and the
 * sentence says how; -ETIMEDOUT after `timeout_ms` (0: 30 s), and it is killed; any other
 * negative value is `function`'s own.
 */
int nst_in_host(struct nst_lab *lab, const char *host, nst_function *function,
		void *arg, void *result, size_t result_size, int timeout_ms);

/**
 * A socket that belongs to `host`, usable from the calling process.
 *
 * Return: a descriptor (close-on-exec), which the caller closes; -errno of socket(2).
 */
int nst_socket(struct nst_lab *lab, const char *host, int domain, int type,
	       int protocol);

/* ---- Captures ---- */

/**
 * How many captured packets match a pcap filter (pcap-filter(7), whose tcp[…] and udp[…] see
 * IPv4 only; NULL or "" matches all).
 * `where` is "host" (all its interfaces), "host:eth0", or NULL for all; `since_ns` leaves
 * out older packets (CLOCK_REALTIME nanoseconds, as nst_now_ns() gives; 0: all).
 *
 * Every packet that was sent before the call is counted, without waiting for it.
 *
 * Return: 0; -EINVAL with libpcap's words for a bad filter; -ENODATA if that interface is
 * not captured; -ENOBUFS if the kernel dropped packets of it, so that no count is true.
 */
int nst_packets(struct nst_lab *lab, const char *where, const char *filter,
		unsigned long long since_ns, unsigned long long *ret_count);

/** Waits until so many match. Return: 0; -ETIMEDOUT, and the sentence says how many do; else as
 *  nst_packets(). */
int nst_await_packets(struct nst_lab *lab, const char *where, const char *filter,
		      unsigned long long since_ns, unsigned long long least,
		      int timeout_ms);

/** Now, on the clock of captures: CLOCK_REALTIME, nanoseconds since the epoch. */
unsigned long long nst_now_ns(void);

/**
 * Writes all that was captured so far as one time-ordered pcapng, interfaces named
 * "host:eth0", to `path` (created with 0644, or replaced).
 *
 * It has the TLS keys of programs that heed SSLKEYLOGFILE (curl, Python, Firefox, whatever else
 * sets a key log up), so that Wireshark shows their plain text. One end's keys are enough. openssl
 * wants to be asked: -keylogfile $SSLKEYLOGFILE. Functions that nst_in_host() runs have that
 * variable, too.
 *
 * Return: 0; -ENODATA if nothing is being captured.
 */
int nst_save_capture(struct nst_lab *lab, const char *path);

/**
 * The packet ladder of what matches (as nst_packets()), one line per packet, at most
 * `lines` (0: 40), in `ret_text`, which the caller frees.
 */
int nst_ladder(struct nst_lab *lab, const char *filter, unsigned long long since_ns,
	       unsigned int lines, char **ret_text);

/** The same packets as lines of fields, for programs: nst_ladder_table() in
 *  nstest/ladder.h. At most `lines` (0: 2,000) of them. */
int nst_packet_table(struct nst_lab *lab, const char *filter,
		     unsigned long long since_ns, unsigned int lines, char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
