/* SPDX-License-Identifier: MIT */
/* Questions and answers as text. Pure. */
#ifndef CRITERION_QUESTION_H
#define CRITERION_QUESTION_H

#include <nstest/probe.h>
#include <report/result.h>

/* "tcp/80", "udp/53 over ipv6", "icmp": sets protocol, port and family. -EINVAL. */
int question_parse(const char *what, struct nst_question *question);

/* Fills in expected, got, evidence, ladder and next. `verdicts` are bits 1u << NST_VERDICT_….
 */
void verdict_explain(const struct nst_question *question,
		     const struct nst_verdict *verdict, unsigned int verdicts,
		     struct nst_result *result);

#endif
