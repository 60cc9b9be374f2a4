/* SPDX-License-Identifier: MIT */
/* Whether a regex and a packet filter can be used, found out before anything is built. */
#ifndef SCENARIO_CHECK_H
#define SCENARIO_CHECK_H

#include "reader.h"

/* About bytes [offset, offset + size) of a string, which are `regex`. */
bool check_regex(struct reader *reader, const struct string *string, size_t offset,
		 size_t size, const char *regex);

bool check_filter(struct reader *reader, const struct string *string);

#endif
