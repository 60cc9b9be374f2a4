/* SPDX-License-Identifier: MIT */
/* Quantities as people write them. */
#include "units.h"

#include <stddef.h>
#include <stdlib.h>
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
	{ "d", 24 * 3600 * 1000 * 1000ULL },
};

static const char least_ms[] = "a time must be at least 1ms";

/* 9999 days. */
enum { UPTIME_DIGITS = 4 };

/* In milliseconds it must fit into an int. */
enum { MOST_MS = 24 * 24 * 3600 * 1000, FRACTION_MAX = 1000 * 1000 };

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

const char *parse_time_us(const char *text, int64_t *ret_us)
{
	uint64_t whole, part, unit, us;
	const char *name = parse_decimal(text, &whole, &part);

	if (!name)
		return "a time is written as 20ms, 1.5s, 2min or 1h";
	if (!*name)
		return "a time needs a unit, as in 20ms, 1.5s, 2min or 1h";
	unit = unit_in_us(name);
	if (!unit)
		return "a time's unit is us, ms, s, min, h or d";
	if (whole > (uint64_t)MOST_MS * 1000 / unit)
		return "a time can be at most 24d";
	us = whole * unit + part * unit / FRACTION_MAX;
	if (us == 0)
		return "a time must be at least 1us";
	if (us > (uint64_t)MOST_MS * 1000)
		return "a time can be at most 24d";
	*ret_us = (int64_t)us;
	return NULL;
}

const char *parse_time_ms(const char *text, int *ret_ms)
{
	int64_t us;
	const char *wrong = parse_time_us(text, &us);

	if (wrong)
		return strcmp(wrong, "a time must be at least 1us") ? wrong : least_ms;
	if (us < 1000)
		return least_ms;
	*ret_ms = (int)(us / 1000);
	return NULL;
}

const char *parse_uptime_s(const char *text, long long *ret_s)
{
	static const struct {
		const char *name;
		long long seconds;
	} units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 24 * 3600 } };
	const size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; digits && i < ARRAY_SIZE(units); i++)
		if (strcmp(text + digits, units[i].name) == 0) {
			*ret_s = atoll(text) * units[i].seconds;
			return digits <= UPTIME_DIGITS
				       ? NULL
				       : "an uptime has at most four digits";
		}
	return "an uptime is written as 90s, 20min, 3h or 50d";
}

const char *parse_probability(const char *text, uint32_t *ret_ppm)
{
	uint64_t whole, part;
	const char *name = parse_decimal(text, &whole, &part);
	uint64_t unit;

	if (!name)
		return "a probability is written as 10%, 0.5% or 50ppm";
	if (strcmp(name, "%") != 0 && strcmp(name, "ppm") != 0)
		return "a probability needs % or ppm behind it";
	unit = *name == '%' ? 10000 : 1;
	if (whole > FRACTION_MAX / unit)
		return "a probability can be at most 100%";
	whole = whole * unit + part * unit / FRACTION_MAX;
	if (whole > FRACTION_MAX)
		return "a probability can be at most 100%";
	if (whole == 0)
		return "a probability must be at least 1ppm";
	*ret_ppm = (uint32_t)whole;
	return NULL;
}

static const struct {
	const char *name;
	uint64_t bytes;
} size_units[] = {
	{ "B", 1 },         { "kB", 1000 },
	{ "KiB", 1 << 10 }, { "MB", 1000 * 1000 },
	{ "MiB", 1 << 20 }, { "GB", 1000 * 1000 * 1000 },
	{ "GiB", 1 << 30 },
};

const char *parse_size(const char *text, uint64_t *ret_bytes)
{
	uint64_t whole, part;
	const char *name = parse_decimal(text, &whole, &part);

	if (!name)
		return "a size is written as 100B, 64KiB or 1MB";
	for (size_t i = 0; i < ARRAY_SIZE(size_units); i++) {
		uint64_t unit = size_units[i].bytes;

		if (strcmp(size_units[i].name, name) != 0)
			continue;
		if (whole > (1ULL << 50) / unit)
			return "a size can be at most 1 PiB";
		*ret_bytes = whole * unit + part * unit / FRACTION_MAX;
		return NULL;
	}
	return "a size's unit is B, kB, KiB, MB, MiB, GB or GiB";
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
