/* SPDX-License-Identifier: MIT */
/**
 * Firewall rules, as people have them, loaded into the hosts of a lab.
 *
 *	nst_ruleset_load(lab, "webserver1", &(struct nst_ruleset) {
 *		.path = "fixtures/webserver1.rules",
 *	});
 *
 * What is understood:
 *  - an nft script, as `nft -f` reads it and `nft list ruleset` prints it. It is loaded
 *by libnftables in the lab process, without running a program. A relative `include` is
 *    looked for in the folder of the file and in /etc;
 *  - what iptables-save or ip6tables-save prints, loaded by the real iptables-restore
 *or ip6tables-restore, in their nft form where the machine has it, else the legacy one;
 *  - what `iptables -S` prints: lines such as `-P INPUT DROP`, `-N chain` and
 *    `-A INPUT -s 192.168.0.2 -j ACCEPT` without a table around them: it is *filter.
 *
 *  - a shell script that calls them, with or without a first line such as `#!/bin/sh`: bash
 *    runs it in the host, in the folder of the file. A command that adds a rule and fails
 *    is an error, whatever the script makes of it.
 *
 * Rules are in force when the call returns, or none of them is (per table, where
 * iptables-save text has several tables). A NAT router goes on masquerading, even
 * if the rules begin with `flush ruleset`.
 */
#ifndef NSTEST_RULESET_H
#define NSTEST_RULESET_H

#include <stdbool.h>

#include <nstest/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which language. */
enum nst_ruleset_kind {
	NST_RULESET_AUTO, /**< as nst_ruleset_recognise() finds */
	NST_RULESET_NFT,
	NST_RULESET_IPTABLES,
	NST_RULESET_IP6TABLES,
	NST_RULESET_SCRIPT, /**< a shell script that calls nft, iptables, ipset, … */
};

/** Which iptables. */
enum nst_xtables {
	NST_XTABLES_AUTO, /**< nft; legacy where the machine has no nf_tables for it */
	NST_XTABLES_NFT,  /**< iptables-nft-restore */
	NST_XTABLES_LEGACY, /**< iptables-legacy-restore */
};

/** A file that an nft script includes. */
struct nst_ruleset_file {
	const char *path; /**< absolute, as realpath(3) gives it; it is there */
	const char *text; /**< what it has for this ruleset, in place of its own */
};

struct nst_ruleset {
	enum nst_ruleset_kind kind;
	enum nst_xtables xtables; /**< for iptables and ip6tables */
	const char *text;         /**< the rules; NULL: they are read from `path` */
	const char *path; /**< file, relative to the caller's directory; with `text`:
			     only for messages and relative includes */
	unsigned int first_line; /**< of `text` in that file, for messages; 0: 1 */
	/** Included files with another text, then {}; NULL: all have their own. At most 1,024. */
	const struct nst_ruleset_file *files;
	bool fail_unsupported; /**< what this kernel lacks is -EINVAL */
};

/**
 * Loads rules into a host.
 *
 * Return: 0; -EINVAL for rules that are not understood or that the kernel refuses, and
 * the sentence begins with "file:line:" where that is known; -ENOENT for an unknown
 * host or a file that is not there; -EOPNOTSUPP if the kernel lacks something that the rules
 * need, or the machine the program that loads them, and the sentence says what.
 */
int nst_ruleset_load(struct nst_lab *lab, const char *host,
		     const struct nst_ruleset *ruleset);

/**
 * The language of a text, by its first line that is not blank or a comment. Rules of
 * `iptables -S` are IPv6 if the text names an IPv6 address, icmpv6 or icmp6-…, or says
 * that ip6tables-save made it; else IPv4. Pure.
 *
 * Return: 0; -EINVAL if it is none of them.
 */
int nst_ruleset_recognise(const char *text, enum nst_ruleset_kind *ret_kind);

/** "nft", "iptables", "ip6tables"; "auto". Static. */
const char *nst_ruleset_kind_name(enum nst_ruleset_kind kind);

#ifdef __cplusplus
}
#endif
#endif
