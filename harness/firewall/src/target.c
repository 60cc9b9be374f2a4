/* SPDX-License-Identifier: MIT */
/* What a rule of iptables does, by its text: the legacy log of traces does not tell. */
#include "target.h"

#include <string.h>

#include <base/scope.h>

const char *target_of(const char *text, bool *ret_goto)
{
	const char *at = strstr(text, " -j "), *jump = strstr(text, " -g ");

	if (!at)
		at = strstr(text, "--jump ");
	*ret_goto = !at && jump;
	at = at ? at : jump;
	if (!at)
		return NULL;
	at += strcspn(at + 1, " ") + 1;
	return at + strspn(at, " ");
}

static bool is_target(const char *target, const char *name)
{
	size_t length = strlen(name);

	return strncmp(target, name, length) == 0 && strcspn(target, " ") == length;
}

enum nst_fate target_fate(const char *target)
{
	static const struct {
		const char *name;
		enum nst_fate fate;
	} ends[] = {
		{ "ACCEPT", NST_FATE_ACCEPTED },   { "DROP", NST_FATE_DROPPED },
		{ "REJECT", NST_FATE_DROPPED },    { "QUEUE", NST_FATE_TAKEN },
		{ "NFQUEUE", NST_FATE_TAKEN },     { "DNAT", NST_FATE_ACCEPTED },
		{ "SNAT", NST_FATE_ACCEPTED },     { "MASQUERADE", NST_FATE_ACCEPTED },
		{ "REDIRECT", NST_FATE_ACCEPTED }, { "NETMAP", NST_FATE_ACCEPTED },
		{ "TPROXY", NST_FATE_ACCEPTED },   { "SYNPROXY", NST_FATE_TAKEN },
	};

	for (size_t i = 0; target && i < ARRAY_SIZE(ends); i++)
		if (is_target(target, ends[i].name))
			return ends[i].fate;
	return NST_FATE_UNKNOWN;
}
