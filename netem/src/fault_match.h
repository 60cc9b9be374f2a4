/* SPDX-License-Identifier: MIT */
/* What a fault matches: words of our own, and a pcap filter behind them. */
#ifndef NETEM_FAULT_MATCH_H
#define NETEM_FAULT_MATCH_H

#include <pcap/pcap.h>

#include "frame_parts.h"

enum { FAULT_MATCH_WORDS = 8 };

struct fault_match {
	struct {
		size_t word; /* its place in nst_fault_words */
		bool not ;
	} words[FAULT_MATCH_WORDS];
	size_t count;
	bool filtered;
	struct bpf_program filter; /* compiled for Ethernet, if `filtered` */
	bool everything;           /* no text: all but housekeeping */
};

/* `text` may be NULL. Return: 0; -EINVAL with a sentence. */
int fault_match_compile(const char *text, struct fault_match *ret);
void fault_match_free(struct fault_match *match);

bool fault_match_holds(const struct fault_match *match, const uint8_t *frame,
		       const struct frame_parts *parts);

#endif
