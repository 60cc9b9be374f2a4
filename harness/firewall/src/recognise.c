/* SPDX-License-Identifier: MIT */
/* Which language a ruleset is written in. Pure. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "rules.h"

static const char *const kind_names[] = {
	[NST_RULESET_AUTO] = "auto",         [NST_RULESET_NFT] = "nft",
	[NST_RULESET_IPTABLES] = "iptables", [NST_RULESET_IP6TABLES] = "ip6tables",
	[NST_RULESET_SCRIPT] = "script",
};

const char *nst_ruleset_kind_name(enum nst_ruleset_kind kind)
{
	return kind_names[kind];
}

/* The words an nft script may begin a command with (nft(8)). */
static const char *const nft_words[] = {
	"table",   "add",    "create",   "insert",   "delete",
	"destroy", "flush",  "replace",  "reset",    "rename",
	"include", "define", "redefine", "undefine", "list",
};

/* The first line that says something; its length in *ret_length. NULL: there is none.
 */
static const char *first_line(const char *text, size_t *ret_length)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		size_t blank = strspn(text, " \t\r");

		if (blank < length && text[blank] != '#') {
			*ret_length = length - blank;
			return text + blank;
		}
		text += length + (text[length] == '\n');
	}
	return NULL;
}

static bool begins_with_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) == 0 &&
	       !isalnum((unsigned char)line[length]) && line[length] != '_';
}

/* What a script without a first line for the kernel may begin with. */
static const char *const script_words[] = {
	"iptables", "ip6tables", "nft",  "ipset",  "set", "export",
	"modprobe", "sysctl",    "echo", "source", "for", "if",
};

/* `IPT=/sbin/iptables`, which nft says as `define IPT = …`. */
static bool is_assignment(const char *line)
{
	size_t name = 0;

	while (isalnum((unsigned char)line[name]) || line[name] == '_')
		name++;
	return name > 0 && line[name] == '=';
}

/* "#!/bin/sh", and not "#!/usr/sbin/nft -f". */
static bool is_shell_script(const char *text)
{
	size_t length = strcspn(text, "\n");

	return strncmp(text, "#!", 2) == 0 && !memmem(text, length, "nft", 3) &&
	       !memmem(text, length, "-restore", 8);
}

/* `-A INPUT`, `-P INPUT DROP`, `--append INPUT`: an iptables command without a table.
 */
static bool is_bare_rule(const char *line)
{
	static const char *const options[] = { "-A", "-I", "-N", "-P", "-F", "-X" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strncmp(line, options[i], 2) == 0 &&
		    (line[2] == ' ' || line[2] == '\t'))
			return true;
	return false;
}

/* An argument such as `-s fd00::1/64`: two colons, and nothing that an IPv6 address has
 * not. A port range (`1024:65535`) has one colon, a MAC has no empty group. */
static bool is_ipv6(const char *word, size_t length)
{
	unsigned int colons = 0;

	for (size_t i = 0; i < length; i++) {
		if (word[i] == '/')
			break;
		if (word[i] == ':')
			colons++;
		else if (!isxdigit((unsigned char)word[i]) && word[i] != '.')
			return false;
	}
	return colons >= 2 && (colons != 5 || memmem(word, length, "::", 2));
}

static bool says_ipv6(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		const char *end = line + length;

		if (line[0] == '#') {
			if (memmem(line, length, "ip6tables-save", 14))
				return true;
			line = end + (*end == '\n');
			continue;
		}
		while (line < end) {
			size_t word = strcspn(line, " \t\n!,\"");

			if (is_ipv6(line, word) || strncmp(line, "icmp6-", 6) == 0 ||
			    (word == 6 && strncmp(line, "icmpv6", 6) == 0) ||
			    (word == 9 && strncmp(line, "ipv6-icmp", 9) == 0))
				return true;
			line += word + (line + word < end);
		}
		line += *line == '\n';
	}
	return false;
}

bool rules_are_bare(const char *text)
{
	size_t length;
	const char *line = first_line(text, &length);

	return line && is_bare_rule(line);
}

int nst_ruleset_recognise(const char *text, enum nst_ruleset_kind *ret_kind)
{
	size_t length;
	const char *line = first_line(text, &length);

	if (!line)
		return nst_fail(-EINVAL, "the ruleset is empty");
	if (is_shell_script(text)) {
		*ret_kind = NST_RULESET_SCRIPT;
		return 0;
	}
	if (line[0] == '*' || is_bare_rule(line)) {
		*ret_kind =
			says_ipv6(text) ? NST_RULESET_IP6TABLES : NST_RULESET_IPTABLES;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(nft_words); i++)
		if (begins_with_word(line, nft_words[i])) {
			*ret_kind = NST_RULESET_NFT;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_SIZE(script_words); i++)
		if (is_assignment(line) || begins_with_word(line, script_words[i])) {
			*ret_kind = NST_RULESET_SCRIPT;
			return 0;
		}
	return nst_fail(-EINVAL,
			"neither an nft script, nor what iptables-save prints, nor a "
			"shell script: \"%.*s\"",
			length > 60 ? 60 : (int)length, line);
}
