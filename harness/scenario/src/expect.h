/* SPDX-License-Identifier: MIT */
/* What sentences and tables of expectations share. */
#ifndef SCENARIO_EXPECT_H
#define SCENARIO_EXPECT_H

#include "steps.h"

/* The family of an address in numbers; 0 if it is none. */
int address_family(const char *text);

/* A host, or an address in numbers. */
bool parse_target(struct sentence *sentence, struct word *to);

/* Part of the sentence, without white space around it. */
const char *trimmed(struct sentence *sentence, size_t start, size_t end);

/* "connection NAME alive", and whether that is what the sentence is.
 * step_connections.c. */
bool is_about_connection(const struct sentence *sentence);
bool parse_over(struct sentence *sentence, struct nst_step *step);

/* "tcp/22", "udp/53", "icmp". */
bool parse_protocol(struct sentence *sentence, struct nst_question *question);

/* "over ipv4", "over ipv6", or nothing of it. */
bool parse_family(struct sentence *sentence, struct nst_question *question);

/* That, "from ADDRESS", "in fragments", "with flags ack". step_how.c */
bool parse_how(struct sentence *sentence, struct nst_question *question);

/* "open", "refused or dropped": bits are added. */
bool parse_verdicts(struct sentence *sentence, unsigned int *bits);

bool parse_verdict(struct sentence *sentence, unsigned int *bits);

/* The same with reasons: "dropped by fw.nft:14 or open via nat". step_reasons.c */
bool parse_answers(struct sentence *sentence, struct nst_expectation *expect);

/* {matrix: …}: a table, a step per cell. `like` is the step that they are made from. */
bool read_policy(struct reader *reader, const struct node *node,
		 const struct nst_step *like);
extern const struct table expect_table;

/* Complains about hosts that cannot ask or answer this. */
bool check_question(struct sentence *sentence, const struct nst_question *question,
		    const struct word *from, const struct word *to);

#endif
