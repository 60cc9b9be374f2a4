/* SPDX-License-Identifier: MIT */
/**
 * A probe's verdict, and which rule decided it.
 *
 *	struct nst_explanation *why nst_explanation_autofree = NULL;
 *	struct nst_verdict verdict;
 *
 *	nst_explain(lab, &question, &verdict, &why);
 *	if (why->decisive)
 *		printf("%s:%u\n", why->decisive->file, why->decisive->line);
 *
 * The kernel itself says which rules a packet met: nf_tables by trace events, the legacy
 * iptables by its log of traces. Both are told to trace packets of probes, and nothing
 * else, by a table of our own, `inet nstest_trace`, which is there while the lab lives and
 * in no host without rules. If events were lost, or rules were changed while the
 * question was asked, no rule is named, and `unknown` says why.
 */
#ifndef NSTEST_EXPLAIN_H
#define NSTEST_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/probe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A rule that matched a packet, or a policy that it came to. Strings are never NULL. */
struct nst_ruling {
	const char *table, *chain;
	const char
		*action; /**< "accept", "drop", "continue", "jump ssh", "reject", … */
	const char *text; /**< as the source has it; "" where that is not known */
	const char *file; /**< "" where it is not known */
	unsigned int line, end_line; /**< from 1; 0 where not known */
	uint64_t handle;             /**< of nf_tables; 0: a policy, or legacy */
	unsigned int number;         /**< in its chain, from 1; 0: not known */
	bool is_policy;
};

/** What became of a packet in a base chain. */
enum nst_fate {
	NST_FATE_ACCEPTED, /**< it went on to the next base chain */
	NST_FATE_DROPPED,  /**< or rejected */
	NST_FATE_TAKEN,    /**< a program judges it (queue), or a rule kept it */
	NST_FATE_UNKNOWN,
};

/** One packet of the probe in one base chain. */
struct nst_passage {
	const char *host;
	const char *packet; /**< "SYN", "echo reply", … */
	bool answer;        /**< on its way back */
	bool legacy;        /**< the legacy iptables, not nf_tables */
	const char *family, *table, *chain;
	const char *hook;  /**< "prerouting", "input", … */
	const char *state; /**< of its connection: "new", "established", "related",
			    * "invalid", "untracked"; "" where the kernel does not say */
	enum nst_fate fate;
	const struct nst_ruling *rulings; /**< in order; the last one decided */
	size_t count;
};

/** Addresses and ports that a host changed. */
struct nst_rewrite {
	const char *host;
	bool answer;
	const char *before, *after; /**< "10.0.0.2:55000 > 192.0.2.1:80" */
};

struct nst_explanation {
	const struct nst_passage *passages; /**< in the order of the packets' way */
	size_t count;
	const struct nst_rewrite *rewrites;
	size_t rewrite_count;
	/** For dropped and rejected the rule or policy that did it, for open the last one
	 *  that let the question in. NULL: none did, or it is not known. */
	const struct nst_ruling *decisive;
	const struct nst_passage *decisive_passage; /**< in which it did */
	/** What nst_explain_silence() found, such as "rp_filter: …"; "" otherwise. */
	const char *reason;
	const char *unknown; /**< why no rule can be named; "" otherwise */
	/** The asker's address as the asked host saw it; "" if nothing arrived. */
	const char *seen_as;
};

/**
 * Asks as nst_probe() does, and tells what the rules of all hosts on the way did.
 * `verdict->where.rule` has the deciding rule.
 *
 * Return: as nst_probe(). The explanation is the caller's, in one piece.
 */
int nst_explain(struct nst_lab *lab, const struct nst_question *question,
		struct nst_verdict *ret_verdict, struct nst_explanation **ret_why);

/**
 * Of a drop that no rule made: asks once more and finds out by the kernel's counters who
 * else did: rp_filter, no route, TTL, MTU, a full accept queue, an invalid checksum.
 * Nothing is asked, and `why` stays as it is, if a rule is known or nothing was proved.
 *
 * Return: 0, and why->reason says it, if the kernel counts such drops; else as
 * nst_probe().
 */
int nst_explain_silence(struct nst_lab *lab, const struct nst_question *question,
			const struct nst_verdict *verdict, struct nst_explanation *why);

void nst_explanation_free(struct nst_explanation *why);

static inline void nst_explanation_autofree_(struct nst_explanation **why)
{
	nst_explanation_free(*why);
}
#define nst_explanation_autofree __attribute__((cleanup(nst_explanation_autofree_)))

/** For people, a line for each packet at each host, without a newline at the end; "" if
 *  no host has rules. The caller frees it; NULL: no memory. */
char *nst_explanation_text(const struct nst_explanation *why);

/**
 * Whether a rule at FILE:LINE decided: for open one that let the question or the answer
 * through, else the one that stopped it. `file` may lack leading folders.
 */
bool nst_explained_by(const struct nst_explanation *why,
		      const struct nst_verdict *verdict, const char *file,
		      unsigned int line);

#ifdef __cplusplus
}
#endif
#endif
