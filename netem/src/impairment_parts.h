/* SPDX-License-Identifier: MIT */
/* What comes behind each keyword. */
#ifndef IMPAIRMENT_PARTS_H
#define IMPAIRMENT_PARTS_H

#include <nstest/impairment.h>

#include "impairment_words.h"

/* Reads from behind the keyword to what does not belong to it. Return: 0; -EINVAL with a
 * sentence. */
typedef int part_fn(struct reader *reader, struct nst_impairment *impairment);

part_fn parse_delay, parse_loss, parse_ecn, parse_duplicate, parse_corrupt,
	parse_reorder, parse_rate, parse_limit, parse_slot, parse_trace, parse_queue,
	parse_compat, parse_seed;

#endif
