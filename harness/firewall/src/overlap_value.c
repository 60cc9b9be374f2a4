/* SPDX-License-Identifier: MIT */
/* Values of matches: addresses, ports, words, and lists of them. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "overlap.h"

enum { ELEMENT_SIZE = 64 };

enum element_kind { ELEMENT_UNKNOWN, ELEMENT_WORD, ELEMENT_RANGE, ELEMENT_ADDRESS };

/* One value that is understood; else UNKNOWN. */
struct element {
	enum element_kind kind;
	char text[ELEMENT_SIZE];
	unsigned long from, to; /* RANGE */
	int family;             /* ADDRESS */
	unsigned char bytes[16];
	unsigned int prefix;
};

static bool read_range(struct element *element)
{
	char *end;

	if (!isdigit((unsigned char)*element->text))
		return false;
	element->from = element->to = strtoul(element->text, &end, 10);
	if (*end == '-' || *end == ':')
		element->to = strtoul(end + 1, &end, 10);
	return !*end;
}

static bool read_address(struct element *element)
{
	char copy[ELEMENT_SIZE], *slash;

	memcpy(copy, element->text, sizeof(copy));
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	element->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	element->prefix = element->family == AF_INET ? 32 : 128;
	if (slash) {
		if (!slash[1] || slash[1 + strspn(slash + 1, "0123456789")] ||
		    strtoul(slash + 1, NULL, 10) > element->prefix)
			return false;
		element->prefix = (unsigned int)strtoul(slash + 1, NULL, 10);
	}
	return inet_pton(element->family, copy, element->bytes) == 1;
}

/* Words that mean just themselves: no set, variable or wildcard, nothing with a second name. */
static bool is_word(const char *text)
{
	static const char *const others[] = { "any", "all", "SNAT", "DNAT", NULL };

	for (const char *const *other = others; *other; other++)
		if (!strcmp(text, *other))
			return false;
	return isalpha((unsigned char)*text) && !strpbrk(text, "*+@$") &&
	       !strstr(text, "icmp");
}

/* The next element from *at on; false at the end. */
static bool next_element(const char **at, const char *end, struct element *ret_element)
{
	struct element element = { 0 };
	size_t length = 0;

	while (*at < end && strchr(" \t\n\r,{}\"", **at))
		(*at)++;
	if (*at == end)
		return false;
	while (*at + length < end && !strchr(" \t\n\r,{}\"", (*at)[length]))
		length++;
	if (length < sizeof(element.text)) {
		memcpy(element.text, *at, length);
		if (read_range(&element))
			element.kind = ELEMENT_RANGE;
		else if (read_address(&element))
			element.kind = ELEMENT_ADDRESS;
		else if (is_word(element.text))
			element.kind = ELEMENT_WORD;
	}
	*at += length;
	*ret_element = element;
	return true;
}

static bool same_prefix(const struct element *one, const struct element *other,
			unsigned int bits)
{
	for (unsigned int i = 0; i < bits; i++)
		if ((one->bytes[i / 8] ^ other->bytes[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool elements_are_disjoint(const struct element *one,
				  const struct element *other)
{
	if (one->kind != other->kind)
		return false;
	switch (one->kind) {
	case ELEMENT_WORD:
		return strcmp(one->text, other->text) != 0;
	case ELEMENT_RANGE:
		return one->to < other->from || other->to < one->from;
	case ELEMENT_ADDRESS:
		return one->family != other->family ||
		       !same_prefix(one, other,
				    one->prefix < other->prefix ? one->prefix
								: other->prefix);
	case ELEMENT_UNKNOWN:
		break;
	}
	return false;
}

static bool element_covers(const struct element *wide, const struct element *narrow)
{
	if (*wide->text && !strcmp(wide->text, narrow->text))
		return true;
	if (wide->kind != narrow->kind)
		return false;
	if (wide->kind == ELEMENT_RANGE)
		return wide->from <= narrow->from && narrow->to <= wide->to;
	return wide->kind == ELEMENT_ADDRESS && wide->family == narrow->family &&
	       wide->prefix <= narrow->prefix &&
	       same_prefix(wide, narrow, wide->prefix);
}

bool values_are_disjoint(const char *one, size_t one_length, const char *other,
			 size_t other_length)
{
	struct element left, right;

	for (const char *a = one; next_element(&a, one + one_length, &left);)
		for (const char *b = other;
		     next_element(&b, other + other_length, &right);)
			if (!elements_are_disjoint(&left, &right))
				return false;
	return true;
}

/* Element by element: what two of `wide` cover together is not seen. */
bool value_covers(const char *wide, size_t wide_length, const char *narrow,
		  size_t narrow_length)
{
	struct element left, right;

	for (const char *b = narrow;
	     next_element(&b, narrow + narrow_length, &right);) {
		bool covered = false;

		for (const char *a = wide;
		     !covered && next_element(&a, wide + wide_length, &left);)
			covered = element_covers(&left, &right);
		if (!covered)
			return false;
	}
	return true;
}
