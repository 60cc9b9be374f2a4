/* SPDX-License-Identifier: MIT */
/* What nft and iptables-restore say when they refuse rules, made into one sentence that
 * begins with file:line. Pure.
 *
 * Neither tool has a stable form of error; what is looked for here is what versions
 * 1.0.6 and 1.8.9 print. A text of another form is handed on as it is, its first line.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "rules.h"

/* ---- nft ----
 *	/proc/self/fd/7:4:15-19: Error: syntax error, unexpected string
 *	 tcp dport 22 acept
 *	              ^^^^^
 */

/* "file:line:col" of "path:line:col-…"; the column is left out where the text is a part
 * of the file, indented by who knows how much. */
static void place_of_nft(const char *at, size_t length, const char *path,
			 const struct rules_place *place, char *text, size_t size)
{
	size_t path_length = strlen(path);
	unsigned int line = 0, column = 0;

	if (length == 0) {
		snprintf(text, size, "%s: ", place->name);
		return;
	}
	if (length <= path_length || strncmp(at, path, path_length) != 0) {
		const char *dash = memrchr(at, '-', length);

		snprintf(text, size,
			 "%.*s: ", (int)(dash ? (size_t)(dash - at) : length), at);
		return;
	}
	sscanf(at + path_length, ":%u:%u", &line, &column);
	if (place->first_line > 1)
		snprintf(text, size, "%s:%u: ", place->name,
			 place->first_line + line - 1);
	else
		snprintf(text, size, "%s:%u:%u: ", place->name, line, column);
}

void complaint_of_nft(const char *said, const char *path,
		      const struct rules_place *place, char *sentence, size_t size)
{
	static const char mark[] = "Error: ";
	const char *error = strstr(said, mark), *line = error, *what;
	unsigned int more = 0;
	char where[256];

	if (!error) {
		if (!*said)
			said = "nft failed without a word";
		snprintf(sentence, size, "%s: %.*s", place->name,
			 (int)strcspn(said, "\n"), said);
		return;
	}
	while (line > said && line[-1] != '\n')
		line--;
	place_of_nft(line, error - line < 2 ? 0 : (size_t)(error - line) - 2, path,
		     place, where, sizeof(where));
	what = error + sizeof(mark) - 1;
	for (const char *next = what; (next = strstr(next, mark)); next++)
		more++;
	snprintf(sentence, size, "%s%.*s", where, (int)strcspn(what, "\n"), what);
	if (more)
		snprintf(sentence + strlen(sentence), size - strlen(sentence),
			 " (and %u more error%s)", more, more == 1 ? "" : "s");
}

/* ---- iptables-restore ----
 *	iptables-nft-restore v1.8.9 (nf_tables): unknown option "--foo"
 *	Error occurred at line: 3
 *	Try `iptables-nft-restore -h' or …
 * or	iptables-nft-restore: line 2 failed: No chain/target/match by that name.
 */

/* Behind "iptables-restore v1.8.9 (legacy): ", which may stand there twice. */
static const char *skip_program(const char *line)
{
	while (strncmp(line, "iptables", 8) == 0 ||
	       strncmp(line, "ip6tables", 9) == 0) {
		const char *colon = strstr(line, ": ");
		const char *end = line + strcspn(line, "\n");

		if (!colon || colon > end)
			return end;
		line = colon + 2;
	}
	return line;
}

/* The number behind "line" in this line of output; 0 if there is none. */
static unsigned int line_number(const char *line, size_t length)
{
	const char *at = memmem(line, length, "line", 4);

	if (!at)
		return 0;
	at += 4;
	at += strspn(at, ": ");
	return isdigit((unsigned char)*at) ? (unsigned int)strtoul(at, NULL, 10) : 0;
}

/* Line `number` (from 1) of the rules, its length in *ret_length. */
static const char *rule_line(const char *rules, unsigned int number, size_t *ret_length)
{
	while (--number && *rules) {
		rules += strcspn(rules, "\n");
		rules += *rules == '\n';
	}
	*ret_length = strcspn(rules, "\n");
	return rules;
}

/* A jump to a chain that does not exist, and what the kernel does not know, is told of at
 * COMMIT only: finds the line that has it. */
static unsigned int line_that_names(const char *rules, const char *said,
				    unsigned int number)
{
	size_t length;
	char target[64], jump[80];
	const char *line = rule_line(rules, number, &length);

	if (strncmp(line, "COMMIT", 6) != 0 ||
	    (sscanf(said, "Chain '%63[^']' does not exist", target) != 1 &&
	     sscanf(said, "Extension %63s revision", target) != 1))
		return number;
	snprintf(jump, sizeof(jump), " %s", target);
	for (unsigned int i = 1; i < number; i++) {
		line = rule_line(rules, i, &length);
		if (line[0] == '-' && memmem(line, length, jump, strlen(jump)))
			return i;
	}
	return number;
}

/* The part of an output line that says what is wrong; NULL where it says nothing. */
static const char *what_is_wrong(const char *line, size_t *length)
{
	const char *end = line + *length, *what = skip_program(line);
	const char *failed;
	int told = 0;

	if (what >= end || strncmp(what, "Error occurred", 14) == 0 ||
	    strncmp(what, "Try `", 5) == 0)
		return NULL;
	if (strncmp(what, "Warning: ", 9) == 0)
		what += 9;
	failed = memmem(what, (size_t)(end - what), " failed", 7);
	if (sscanf(what, "line %*u: %n", &told) == 0 && told) {
		what += told;
	} else if (strncmp(what, "line ", 5) == 0 && failed) {
		what = failed + 7;
		what += strspn(what, ": ");
	}
	if (what >= end)
		return NULL;
	*length = (size_t)(end - what);
	return what;
}

void complaint_of_xtables(const char *said, const char *rules,
			  const struct rules_place *place, char *sentence, size_t size)
{
	const char *what = NULL;
	size_t what_length = 0, length;
	unsigned int number = 0;
	char where[256];

	for (const char *line = said; *line; line += length + (line[length] == '\n')) {
		size_t used = length = strcspn(line, "\n");
		const char *found = what ? NULL : what_is_wrong(line, &used);

		if (found) {
			what = found;
			what_length = used;
		}
		if (!number)
			number = line_number(line, length);
	}
	if (number)
		number = line_that_names(rules, what ? what : "", number);
	snprintf(where, sizeof(where), "%s", place->name);
	if (number > place->added)
		snprintf(where, sizeof(where), "%s:%u", place->name,
			 (place->first_line ? place->first_line : 1) + number - 1 -
				 place->added);
	if (what) {
		snprintf(sentence, size, "%s: %.*s", where, (int)what_length, what);
	} else if (number) {
		const char *rule = rule_line(rules, number, &length);

		snprintf(sentence, size, "%s: not understood: \"%.*s\"", where,
			 length > 120 ? 120 : (int)length, rule);
	} else {
		snprintf(sentence, size, "%s: it failed without a word", where);
	}
}

bool complaint_is_of_kernel(const char *said)
{
	static const char *const signs[] = {
		"Could not fetch rule set generation id",     /* no nf_tables at all */
		"CHAIN_ADD failed (Operation not supported)", /* none of this family */
		"TABLE_ADD failed (Operation not supported)",
		"Failed to initialize nft",
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(said, signs[i]))
			return true;
	return false;
}

bool complaint_is_of_ipset(const char *said)
{
	static const char *const signs[] = {
		"ipset v", /* in front of each of */
		"Cannot open session to kernel",
		"set type not supported",
		"Kernel support protocol versions",
	};

	for (size_t i = 1; strstr(said, signs[0]) && i < ARRAY_SIZE(signs); i++)
		if (strstr(said, signs[i]))
			return true;
	return false;
}

bool complaint_is_of_extension(const char *said)
{
	return strstr(said, "missing kernel module?");
}
