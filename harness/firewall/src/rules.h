/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#ifndef FIREWALL_RULES_H
#define FIREWALL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include <lab/inside.h>
#include <nstest/ruleset.h>

/* Whether the text is in the form of `iptables -S`: rules without a table around them.
 * Pure; recognise.c. */
bool rules_are_bare(const char *text);

/* Where rules stand, for messages. */
struct rules_place {
	const char *name;        /* file */
	unsigned int first_line; /* of the text in it; 0, 1: it is the whole file */
	unsigned int added;      /* lines put in front of the text for the tool */
};

/* Makes "file:line:col: what is wrong" of what libnftables says about the file `path`,
 * or of what iptables-restore wrote to stderr when given `rules`. Pure; complaint.c. */
void complaint_of_nft(const char *said, const char *path,
		      const struct rules_place *place, char *sentence, size_t size);
void complaint_of_xtables(const char *said, const char *rules,
			  const struct rules_place *place, char *sentence, size_t size);

/* Whether iptables-nft-restore failed because the kernel has no nf_tables (for this
 * family). Pure; complaint.c. */
bool complaint_is_of_kernel(const char *said);

/* Whether ipset failed because the kernel lacks it, or this type of set. Pure; complaint.c. */
bool complaint_is_of_ipset(const char *said);

/* Whether it failed because the kernel lacks a match or a target. Pure; complaint.c. */
bool complaint_is_of_extension(const char *said);

/* ---- In the lab process ---- */

/* A load, as it travels. `rules_fd` is a memfd with the rules in the tool's own form.
 */
struct load {
	char host[64];
	enum nst_ruleset_kind kind;
	enum nst_xtables xtables;
	struct rules_place place;
	const char *folder; /* for relative includes; "" if there is none */
	int rules_fd;
	int files_fd; /* included files with another text (nft_view.h); -1 */
};

/* All that the memfd has, malloc'd; NULL if memory is out. ruleset.c. */
char *rules_text(int fd);

/* A program in PATH, or in the folders of administrators that a user's PATH may lack; and
 * which iptables it is, by what it is a link to. xtables.c. */
bool xtables_find(const char *name, char *path, size_t size);
bool xtables_is_legacy(const char *path);

/* In the caller: runs a script in the host. 0; or -errno and the sentence. script.c */
int load_script(struct nst_lab *lab, const char *host, const char *text,
		const struct rules_place *place, const char *path);

/* Both: 0; or -errno and the sentence. The calling thread is in the node's network
 * namespace afterwards. */
int load_nft(struct nst_inside *inside, size_t node, const struct load *load);
int load_xtables(struct nst_inside *inside, size_t node, const struct load *load);

#endif
