/* SPDX-License-Identifier: MIT */
/* Quantities as people write them. Pure. Each returns NULL, or what is wrong. */
#ifndef SCENARIO_UNITS_H
#define SCENARIO_UNITS_H

#include <stdint.h>

/* "20ms", "1.5s", "2min", "1h", "5d" → milliseconds, 1 … 24 days. */
const char *parse_time_ms(const char *text, int *ret_ms);

/* The same → microseconds, 1 … 24 days. */
const char *parse_time_us(const char *text, int64_t *ret_us);

/* "90s", "3h", "50d" → seconds, at most four digits. */
const char *parse_uptime_s(const char *text, long long *ret_s);

/* "10%", "0.5%", "50ppm" → parts per million. */
const char *parse_probability(const char *text, uint32_t *ret_ppm);

/* "100B", "64KiB", "1MB" → bytes. */
const char *parse_size(const char *text, uint64_t *ret_bytes);

/* Digits only, at most `most`. */
const char *parse_number(const char *text, uint64_t most, uint64_t *ret);

#endif
