/* SPDX-License-Identifier: MIT */
/* Quantities as people write them. */
#include "units.h"

#include <stddef.h>
#include <string.h>

#include <base/scope.h>

static const struct {
	const char *name;
	uint64_t in_us;
} time_units[] = {
	{ "us", 1 },
	{ "ms", 1000 },
	{ "s", 1000 * 1000 },
	{ "min", 60 * 1000 * 1000ULL },
	{ "h", 3600 * 1000 * 1000ULL },
};

enum { DAY_MS = 24 * 3600 * 1000, FRACTION_MAX = 1000 * 1000 };

/* "1.5" as 1 + 500000/1000000: no floating point, so that 0.1s is 100ms exactly.
 * Returns what follows the number, or NULL if there is none or it is huge. */
static const char *parse_decimal(const char *text, uint64_t *ret_whole,
				 uint64_t *ret_millionths)
{
	uint64_t whole = 0, part = 0, worth = FRACTION_MAX;
	const char *start = text;

	for (; *text >= '0' && *text <= '9'; text++) {
		whole = whole * 10 + (uint64_t)(*text - '0');
		if (whole > 1000ULL * 1000 * 1000 * 1000)
			return NULL;
	}
	if (text == start)
		return NULL;
	if (text[0] == '.' && text[1] >= '0' && text[1] <= '9') {
		for (text++; *text >= '0' && *text <= '9'; text++) {
			worth /= 10;
			part += worth * (uint64_t)(*text - '0');
		}
	}
	*ret_whole = whole;
	*ret_millionths = part;
	return text;
}

static uint64_t unit_in_us(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(time_units); i++)
		if (strcmp(time_units[i].name, name) == 0)
			return time_units[i].in_us;
	return 0;
}

const char *parse_time_ms(const char *text, int *ret_ms)
{
	uint64_t whole, part, unit, ms;
	const char *name = parse_decimal(text, &whole, &part);

	if (!name)
		return "a time is written as 20ms, 1.5s, 2min or 1h";
	if (!*name)
		return "a time needs a unit, as in 20ms, 1.5s, 2min or 1h";
	unit = unit_in_us(name);
	if (!unit)
		return "a time's unit is us, ms, s, min or h";
	if (whole > (uint64_t)DAY_MS * 1000 / unit)
		return "a time can be at most 24h";
	ms = (whole * unit + part * unit / FRACTION_MAX) / 1000;
	if (ms == 0)
		return "a time must be at least 1ms";
	if (ms > DAY_MS)
		return "a time can be at most 24h";
	*ret_ms = (int)ms;
	return NULL;
}

const char *parse_number(const char *text, uint64_t most, uint64_t *ret)
{
	uint64_t n = 0;

	if (!*text)
		return "a whole number is missing";
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (*text < '0' || *text > '9')
			return "this is not a whole number";
		if (n > (most - digit) / 10)
			return "this number is too large";
		n = n * 10 + digit;
	}
	*ret = n;
	return NULL;
}
