/* SPDX-License-Identifier: MIT */
/**
 * One question, asked with real sockets, and its answer with evidence.
 *
 *	struct nst_verdict verdict;
 *
 *	nst_probe(lab, &(struct nst_question) {
 *		.from = "webserver1", .to = "webserver2",
 *		.protocol = NST_TCP, .port = 8080,
 *	}, &verdict);
 *	if (verdict.kind != NST_VERDICT_DROPPED)
 *		puts(verdict.sentence);
 *
 * A verdict is proved, not waited for: see docs/verdicts.md. What could not be proved is
 * `unanswered` or `inconclusive`, never called blocked.
 */
#ifndef NSTEST_PROBE_H
#define NSTEST_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include <nstest/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nst_protocol {
	NST_TCP,  /**< connect, a payload there and back */
	NST_UDP,  /**< a datagram there and back */
	NST_ICMP, /**< echo request and reply; ICMPv6 over IPv6 */
};

/** Who answers at the port. */
enum nst_listener {
	NST_LISTENER_AUTO, /**< what listens there; if nothing does, the probe's own */
	NST_LISTENER_NONE, /**< never put one up: a closed port is to be `refused` */
};

/** An IPv6 extension header that all packets of the question have. */
enum nst_extension {
	NST_EXTENSION_NONE,
	NST_EXTENSION_HOP_BY_HOP,
	NST_EXTENSION_DESTINATION, /**< destination options */
};

struct nst_question {
	const char *from; /**< host */
	const char *to; /**< host, or an IPv4 or IPv6 address (of a host, or of none) */
	enum nst_protocol protocol;
	unsigned short port; /**< 1–65535; 0 with NST_ICMP */
	int family; /**< AF_INET, AF_INET6; 0: IPv4 if both hosts have it, else IPv6 */
	enum nst_listener listener;
	int settle_ms; /**< how long to wait where nothing can be proved; 0: 1,000 */

	/** Asked from this address, be it the host's own or not; NULL: as routes say. */
	const char *source;
	/** UDP, ICMP over IPv4: so long that it goes in fragments. */
	bool fragments;
	enum nst_extension extension; /**< over IPv6 */
	/** TCP: one segment with these `flags` (NST_SYN, …, 0) that belongs to no
	 *  connection. Nothing listens for it: `refused` means that it came through. */
	bool segment;
	unsigned char flags;

	/** TCP: if the verdict is `open`, the connection stays, under this name. It must
	 * be new. */
	const char *keep;
	/** A payload over the connection of this name, instead of a new one; all but
	 * `settle_ms` is then that connection's own, and not looked at. */
	const char *over;
};

enum nst_verdict_kind {
	NST_VERDICT_OPEN, /**< the payload went there and came back; of a program's TCP
				   *   server: its kernel acknowledged it */
	NST_VERDICT_REFUSED, /**< the host was reached, the port is closed */
	NST_VERDICT_REJECTED, /**< somebody on the way said no: which ICMP code or RST, who */
	NST_VERDICT_DROPPED,    /**< it, or the answer, vanished: where */
	NST_VERDICT_UNROUTABLE, /**< there is no route, or no such neighbour */
	NST_VERDICT_UNANSWERED, /**< nothing came within the settle time; nothing proved */
	NST_VERDICT_INCONCLUSIVE, /**< evidence was lost */
};

/** How the verdict is known. */
enum nst_proof {
	NST_PROOF_ANSWER, /**< an answer arrived: payload, RST, ICMP error, errno */
	NST_PROOF_MARKER, /**< markers behind the packets came through, the packets did not,
			   *   and no host holds them */
	NST_PROOF_LINK,   /**< a link on the path is down or cut */
	NST_PROOF_WAITED, /**< no proof holds here, so it waited; `why_waited` says why */
};

/** At which point of a host a packet was last, or was first missing. */
enum nst_place {
	NST_PLACE_NONE,
	NST_PLACE_OUTPUT,  /**< between the sender's socket and its interface */
	NST_PLACE_LINK,    /**< between two interfaces: link, switch */
	NST_PLACE_FORWARD, /**< between two interfaces of a router */
	NST_PLACE_INPUT,   /**< between the receiver's interface and its socket */
};

/** Where a packet was dropped or rejected. */
struct nst_where {
	enum nst_place place;
	bool answer;        /**< it was the answer that met its end, not the question */
	char host[64];      /**< "" where place is NST_PLACE_NONE */
	char interface[16]; /**< where it was seen last, or should have been seen next */
	char rule[192];     /**< file:line and text of the rule; "" if not known */
};

/** One packet at one interface, in the order of its way: the question's first. */
struct nst_evidence {
	unsigned long long at_ns; /**< when it was read, since the probe began */
	char host[64];
	char interface[16];
	char text[128]; /**< "SYN leaves", "ICMP admin-prohibited arrives", … */
};

enum { NST_EVIDENCE_MAX = 32 };

/** The answer. A plain value without pointers: copy it, keep it, send it. */
struct nst_verdict {
	enum nst_verdict_kind kind;
	enum nst_proof proof;
	struct nst_where where;   /**< for rejected and dropped */
	unsigned int elapsed_us;  /**< from the first packet to the verdict */
	bool own_listener;        /**< the probe put the listener up */
	int family;               /**< AF_INET, AF_INET6: over which it was asked */
	int icmp_type, icmp_code; /**< of the ICMP error that decided; -1, -1 if none */
	char sentence[256];       /**< one line: what was seen, and where */
	char why_waited[128];     /**< for NST_PROOF_WAITED */
	char ladder[4096]; /**< the probe's own packets at every hop, one line each */
	size_t evidence_count;
	size_t evidence_lost; /**< more there was no room for */
	struct nst_evidence evidence[NST_EVIDENCE_MAX];
};

/**
 * Asks. A verdict of any kind is success.
 *
 * Return: 0; -EINVAL for a question that makes no sense, -ENOENT for an unknown host;
 * -EPIPE if the lab is gone.
 */
int nst_probe(struct nst_lab *lab, const struct nst_question *question,
	      struct nst_verdict *ret_verdict);

/** Rejected or dropped. */
static inline bool nst_blocked(const struct nst_verdict *verdict)
{
	return verdict->kind == NST_VERDICT_REJECTED ||
	       verdict->kind == NST_VERDICT_DROPPED;
}

/** "open", "refused", …; "tcp", …; "answer", "marker", … Static strings. */
const char *nst_verdict_name(enum nst_verdict_kind kind);
const char *nst_protocol_name(enum nst_protocol protocol);
const char *nst_proof_name(enum nst_proof proof);

/**
 * What was seen, for people, a line each: where it ended, the evidence in order of time,
 * what was waited for. Without a newline at the end. The caller frees it; NULL: no memory.
 */
char *nst_verdict_explain(const struct nst_verdict *verdict);

/** Where to look next if another verdict was expected: one line, the caller's to free. */
char *nst_verdict_next(const struct nst_question *question,
		       const struct nst_verdict *verdict);

#ifdef __cplusplus
}
#endif
#endif
