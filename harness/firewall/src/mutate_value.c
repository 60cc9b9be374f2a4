/* SPDX-License-Identifier: MIT */
/* Addresses and ports, one step wider or narrower. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

/* The whole text as a number; -1 if it is none, or too large. */
static long number(const char *text, long most)
{
	char *end;
	long value;

	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 5)
		return -1;
	value = strtol(text, &end, 10);
	return value <= most ? value : -1;
}

static void mask(unsigned char *bytes, long prefix, long bits)
{
	for (long i = prefix; i < bits; i++)
		bytes[i / 8] &= (unsigned char)~(0x80 >> i % 8);
}

static bool address_step(char *text, bool wider, char value[VALUE_SIZE])
{
	char *slash = strchr(text, '/');
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	long bits = family == AF_INET ? 32 : 128, prefix = bits;
	unsigned char bytes[16];
	char name[INET6_ADDRSTRLEN];

	if (slash) {
		*slash = '\0';
		prefix = number(slash + 1, bits);
	}
	if (prefix < 0 || inet_pton(family, text, bytes) != 1)
		return false;
	prefix += wider ? -1 : 1;
	if (prefix < 0 || prefix > bits)
		return false;
	mask(bytes, prefix, bits);
	inet_ntop(family, bytes, name, sizeof(name));
	snprintf(value, VALUE_SIZE, "%s/%ld", name, prefix);
	return true;
}

static bool ports_step(char *text, char dash, bool wider, char value[VALUE_SIZE])
{
	char *between = strchr(text, dash);
	long from, to;

	if (between)
		*between = '\0';
	from = number(text, 65535);
	to = between ? number(between + 1, 65535) : from;
	to += to < 0 ? 0 : wider ? 1 : -1;
	if (from < 0 || to < from || to > 65535)
		return false;
	if (to == from)
		snprintf(value, VALUE_SIZE, "%ld", from);
	else
		snprintf(value, VALUE_SIZE, "%ld%c%ld", from, dash, to);
	return true;
}

bool value_step(const char *text, size_t length, bool ports, char dash, bool wider,
		char value[VALUE_SIZE])
{
	char copy[VALUE_SIZE];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return ports ? ports_step(copy, dash, wider, value)
		     : address_step(copy, wider, value);
}

/* The prefix behind the slash; without one, all bits. */
static unsigned int prefix_of(const char *text, unsigned char bytes[16],
			      int *ret_family)
{
	char copy[VALUE_SIZE];
	size_t length = strcspn(text, "/");

	snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
	*ret_family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(*ret_family, copy, bytes) != 1)
		*ret_family = 0;
	if (text[length])
		return (unsigned int)strtoul(text + length + 1, NULL, 10);
	return *ret_family == AF_INET ? 32 : 128;
}

void address_between(const char *one, const char *other, char address[46])
{
	unsigned char bytes[16] = { 0 }, others[16] = { 0 };
	int family;
	unsigned int prefix = prefix_of(one, bytes, &family);
	unsigned int second = prefix_of(other, others, &family);

	*address = '\0';
	if (second > prefix) {
		prefix = second;
		memcpy(bytes, others, sizeof(bytes));
	}
	if (!family || !prefix)
		return;
	mask(bytes, prefix, family == AF_INET ? 32 : 128);
	bytes[(prefix - 1) / 8] ^= (unsigned char)(0x80 >> (prefix - 1) % 8);
	inet_ntop(family, bytes, address, 46);
}

void make_steps(struct maker *maker, struct span value, bool ports)
{
	const char *text = maker->source->text + value.begin;
	char dash = maker->source->kind == NST_RULESET_NFT ? '-' : ':';
	char stepped[VALUE_SIZE], whole[VALUE_SIZE], address[46];

	snprintf(whole, sizeof(whole), "%.*s", (int)(value.end - value.begin), text);
	for (int wider = 1; wider >= 0; wider--) {
		if (!value_step(text, value.end - value.begin, ports, dash, wider,
				stepped))
			continue;
		address_between(whole, stepped, address);
		maker->address = ports ? NULL : address;
		make_mutant(maker, wider ? NST_MUTATION_WIDEN : NST_MUTATION_NARROW,
			    value, "%s", stepped);
		maker->address = NULL;
	}
}
