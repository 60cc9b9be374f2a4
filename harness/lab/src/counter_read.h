/* SPDX-License-Identifier: MIT */
/* Counters in the lab process; counter.c asks for them. */
#ifndef LAB_COUNTER_READ_H
#define LAB_COUNTER_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

enum { COUNTER_WORDS = 3, COUNTER_TEXT = 200 };

/* As nstest/counter.h has them: one word, two or three. */
struct counter_name {
	char words[COUNTER_WORDS][64];
	size_t count;
};

/* Return: 0; -ENOENT without a sentence: there is none of that name. */
int counter_read(struct nst_inside *inside, size_t node,
		 const struct counter_name *name, uint64_t *ret_value);

/* Finds "TcpExtListenOverflows" in the text of /proc/net/snmp or netstat (two lines for each
 * protocol, names and values), "Ip6InReceives" in that of snmp6. Pure. */
bool counter_find(const char *text, const char *name, uint64_t *ret_value);

#endif
