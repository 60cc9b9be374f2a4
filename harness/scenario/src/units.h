/* SPDX-License-Identifier: MIT */
/* Quantities as people write them. Pure. Each returns NULL, or what is wrong. */
#ifndef SCENARIO_UNITS_H
#define SCENARIO_UNITS_H

#include <stdint.h>

/* "20ms", "1.5s", "2min", "1h" → milliseconds, 1 … one day. */
const char *parse_time_ms(const char *text, int *ret_ms);

/* Digits only, at most `most`. */
const char *parse_number(const char *text, uint64_t most, uint64_t *ret);

#endif
