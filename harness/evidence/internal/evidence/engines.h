/* SPDX-License-Identifier: MIT */
/* Who impaired the links of a lab. */
#ifndef EVIDENCE_ENGINES_H
#define EVIDENCE_ENGINES_H

#include <nstest/lab.h>

/* "wire", "kernel, wire"; *text stays as it is if no link is impaired. Malloc'd, the
 * caller's. Return: 0; -errno if an engine is gone. */
int nst_engines_of(struct nst_lab *lab, char **text);

#endif
