/* SPDX-License-Identifier: MIT */
/* How it works. bash tells of each simple command its line, its words as they came out of
 * all expansions, and the status of the command before. Which of them are about rules is
 * seen by the program's name. What a command reads from a here-document or a file is not
 * in the trace: it is looked for at that line of the script. */
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

enum program { OTHER, NFT, IPTABLES, RESTORE, IPSET };

/* A traced command. */
struct traced {
	int status;                /* of the one before */
	unsigned int line, caller; /* caller: that called the function it is in */
	const char *file;          /* not terminated */
	size_t file_length;
	bool is_script;            /* else it is of a file that the script reads in */
	const char *name;          /* of the script, or that file */
	const char *command, *end; /* its words, quoted as the shell would read them */
};

struct reading {
	const char *text; /* of the script */
	const struct rules_place *place;
	const char *folder;
	struct script_origins *origins;
	struct script_refusal *refusal;
};

/* ---- The trace ---- */

/* "+:0:12:0:/dev/stdin:" at the beginning of a line; behind it in *ret_end. */
static bool read_head(const char *line, struct traced *ret, const char **ret_end)
{
	unsigned int status, number, caller;
	int length = 0;

	if (*line != '+')
		return false;
	line += strspn(line, "+");
	if (sscanf(line, ":%u:%u:%u:%n", &status, &number, &caller, &length) < 3 ||
	    !length)
		return false;
	ret->status = (int)status;
	ret->line = number;
	ret->caller = caller;
	ret->file = line + length;
	ret->file_length = strcspn(ret->file, ":\n");
	if (ret->file[ret->file_length] != ':')
		return false;
	*ret_end = ret->file + ret->file_length + 1;
	return true;
}

/* The next command of the trace; a quoted newline does not end one. */
static bool next_traced(const char **at, struct traced *ret)
{
	struct traced ahead;
	const char *end;

	while (**at && !read_head(*at, ret, &ret->command)) {
		*at += strcspn(*at, "\n");
		*at += **at == '\n';
	}
	if (!**at)
		return false;
	ret->end = ret->command + strcspn(ret->command, "\n");
	while (*ret->end && !read_head(ret->end + 1, &ahead, &end) && ret->end[1])
		ret->end += 1 + strcspn(ret->end + 1, "\n");
	*at = ret->end + (*ret->end == '\n');
	return true;
}

/* ---- Words ---- */

/* The next word without its quotes, malloc'd; NULL at the end. */
static char *next_word(const char **at, const char *end)
{
	char *word, *to;
	char quote = '\0';

	while (*at < end && isspace((unsigned char)**at))
		++*at;
	if (*at >= end)
		return NULL;
	word = to = malloc((size_t)(end - *at) + 1);
	for (; word && *at < end; ++*at) {
		if (!quote && isspace((unsigned char)**at))
			break;
		if (!quote && **at == '\'')
			quote = '\'';
		else if (quote && **at == quote)
			quote = '\0';
		else if (!quote && **at == '\\' && *at + 1 < end)
			*to++ = *++*at;
		else
			*to++ = **at;
	}
	if (word)
		*to = '\0';
	return word;
}

static bool begins(const char *word, const char *with)
{
	return strncmp(word, with, strlen(with)) == 0;
}

/* "/sbin/iptables-legacy" and the like. *ret_name: without its folder. */
static enum program program_of(const char *word, const char **ret_name)
{
	const char *slash = strrchr(word, '/');
	const char *name = slash ? slash + 1 : word;
	size_t length = strlen(name);

	*ret_name = name;
	if (strcmp(name, "nft") == 0)
		return NFT;
	if (strcmp(name, "ipset") == 0)
		return IPSET;
	if (!begins(name, "iptables") && !begins(name, "ip6tables"))
		return OTHER;
	if (length > 8 && strcmp(name + length - 8, "-restore") == 0)
		return RESTORE;
	return strstr(name, "-save") ? OTHER : IPTABLES;
}

/* ---- What a command reads ---- */

/* Line `number` of the script, and what follows. */
static const char *script_line(const struct reading *reading, unsigned int number)
{
	const char *line = reading->text;
	unsigned int first =
		reading->place->first_line ? reading->place->first_line : 1;

	for (; *line && number > first; number--) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return line;
}

/* The here-document that begins at this line, malloc'd; *ret_line: its first one. */
static char *here_document(const struct reading *reading, unsigned int number,
			   unsigned int *ret_line)
{
	const char *line = script_line(reading, number), *at, *body, *end;
	size_t length = strcspn(line, "\n"), word;
	char delimiter[64];

	at = memmem(line, length, "<<", 2);
	if (!at)
		return NULL;
	at += 2 + strspn(at + 2, "- \t'\"\\");
	word = strcspn(at, " \t'\"\n;|&)");
	snprintf(delimiter, sizeof(delimiter), "%.*s", (int)word, at);
	body = end = line + length + (line[length] == '\n');
	while (*end) {
		size_t indent = strspn(end, "\t");
		size_t size = strcspn(end, "\n");

		if (size - indent == strlen(delimiter) &&
		    strncmp(end + indent, delimiter, size - indent) == 0)
			break;
		end += size + (end[size] == '\n');
	}
	*ret_line = number + 1;
	return strndup(body, (size_t)(end - body));
}

/* `< FILE` at this line of the script, or NULL. malloc'd. */
static char *redirected_file(const struct reading *reading, unsigned int number)
{
	const char *line = script_line(reading, number);
	const char *at = memchr(line, '<', strcspn(line, "\n"));

	if (!at)
		return NULL;
	at += 1 + strspn(at + 1, " \t'\"");
	return strndup(at, strcspn(at, " \t'\"\n;|&)"));
}

static char *file_text(const struct reading *reading, const char *path)
{
	char *full AUTO_FREE = NULL, *text = NULL;
	FILE *file AUTO_FCLOSE = NULL;
	size_t size = 0;

	if (asprintf(&full, "%s%s%s", *path == '/' ? "" : reading->folder,
		     *path == '/' || !*reading->folder ? "" : "/", path) < 0)
		return NULL;
	file = fopen(full, "re");
	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* What the command is given to read, and where that stands. */
static char *input_of(const struct reading *reading, const struct traced *traced,
		      const char *file, struct hoard *hoard, struct rules_place *ret)
{
	char *redirected AUTO_FREE = NULL;
	char *text;

	*ret = (struct rules_place){ .name = traced->name };
	if (!file && !traced->is_script)
		return NULL;
	if (!file) {
		text = here_document(reading, traced->line, &ret->first_line);
		if (text)
			return text;
		redirected = redirected_file(reading, traced->line);
		file = redirected;
	}
	if (!file)
		return NULL;
	ret->name = hoard_string(hoard, file);
	ret->first_line = 1;
	return file_text(reading, file);
}

/* ---- Commands ---- */

static bool is_legacy(const struct reading *reading, const char *name)
{
	if (strstr(name, "-legacy"))
		return true;
	if (strstr(name, "-nft"))
		return false;
	return begins(name, "ip6") ? reading->origins->is_legacy6
				   : reading->origins->is_legacy;
}

static struct origin *xtables_origin(const struct reading *reading, const char *name)
{
	return is_legacy(reading, name) ? reading->origins->legacy
					: reading->origins->xtables;
}

static int take_nft(struct reading *reading, const struct traced *traced,
		    const char *words)
{
	struct origin *origin = reading->origins->nft;
	struct rules_place place = { traced->name, traced->line, 0 };
	char *file AUTO_FREE = NULL, *text AUTO_FREE = NULL;

	for (const char *at = words;;) {
		char *word AUTO_FREE = next_word(&at, traced->end);

		if (!word)
			break;
		if (*word != '-' || !word[1]) {
			text = strndup(at - strlen(word),
				       (size_t)(traced->end - at) + strlen(word));
			break;
		}
		if (strcmp(word, "-f") == 0 || strcmp(word, "--file") == 0) {
			file = next_word(&at, traced->end);
			if (file && strcmp(file, "-") == 0) {
				free(file);
				file = NULL;
			}
			text = input_of(reading, traced, file, &origin->hoard, &place);
			break;
		}
	}
	if (!text)
		return 0;
	for (char *at = file || place.first_line != traced->line ? NULL : text;
	     at && *at; at++)
		if (*at == '\'') /* the shell's quotes, and never nft's */
			*at = ' ';
	return origin_of_nft(origin, text, &place, reading->folder);
}

static int take_restore(struct reading *reading, const struct traced *traced,
			const char *words, const char *name)
{
	struct origin *origin = xtables_origin(reading, name);
	struct rules_place place;
	char *file AUTO_FREE = NULL, *text AUTO_FREE = NULL;

	for (char *word; !file && (word = next_word(&words, traced->end));) {
		if (*word != '-')
			file = word;
		else
			free(word);
	}
	text = input_of(reading, traced, file, &origin->hoard, &place);
	return text ? origin_of_xtables(origin, text,
					begins(name, "ip6") ? "ip6" : "ip", &place)
		    : 0;
}

/* The words as iptables-save has them, malloc'd: in double quotes where they need some. */
static char *plain_command(const char *words, const char *end)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (;;) {
		char *word AUTO_FREE = next_word(&words, end);
		const char *quote;

		if (!word)
			break;
		for (char *at = word; *at; at++)
			*at = *at == '\n' ? ' ' : *at;
		quote = !*word || strpbrk(word, " \t") ? "\"" : "";
		fprintf(to, "%s%s%s ", quote, word, quote);
	}
	fclose(to);
	if (size)
		text[size - 1] = '\0';
	return text;
}

static void take_iptables(struct reading *reading, const struct traced *traced,
			  const char *words, const char *name)
{
	struct origin *origin = xtables_origin(reading, name);
	struct origin_item item = { .family = begins(name, "ip6") ? "ip6" : "ip",
				    .file = hoard_string(&origin->hoard, traced->name),
				    .line = traced->line,
				    .end_line = traced->line };
	char *command AUTO_FREE = plain_command(words, traced->end);

	if (!command)
		origin->hoard.failed = 1;
	else
		origin_xtables_command(origin, command, item);
}

/* Whether its failure means that a rule is missing; a rule that is deleted may well not
 * be there. */
static bool adds(enum program program, const char *words, size_t length)
{
	static const char *const options[] = { "-A ",       "-I ",      "-P ",
					       "--append ", "--insert", "--policy" };

	if (program == RESTORE)
		return true;
	if (program == IPSET)
		return memmem(words, length, "add ", 4) ||
		       memmem(words, length, "create ", 7) ||
		       memmem(words, length, "restore", 7);
	if (program == NFT)
		return !memmem(words, length, "delete ", 7) &&
		       !memmem(words, length, "list ", 5);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (memmem(words, length, options[i], strlen(options[i])))
			return true;
	return false;
}

/* A function that hands its arguments on, `fw() { iptables "$@"; }`, makes no rule of its own:
 * the line that called it does. */
static void leave_wrapper(const struct reading *reading, struct traced *traced)
{
	const char *line = script_line(reading, traced->line);
	size_t length = strcspn(line, "\n");

	if (traced->caller && traced->caller != traced->line &&
	    (memmem(line, length, "$@", 2) || memmem(line, length, "$*", 2)))
		traced->line = traced->caller;
}

static int take(struct reading *reading, struct traced traced, int status)
{
	const char *words = traced.command, *name;
	char *first AUTO_FREE = next_word(&words, traced.end);
	enum program program = first ? program_of(first, &name) : OTHER;
	char *file AUTO_FREE = strndup(traced.file, traced.file_length);

	if (program == OTHER || !file)
		return 0;
	traced.is_script = strcmp(file, SCRIPT_ITSELF) == 0;
	traced.name = traced.is_script ? reading->place->name : file;
	if (traced.is_script && reading->place->first_line > 1) {
		traced.line += reading->place->first_line - 1;
		traced.caller += reading->place->first_line - 1;
	}
	if (traced.is_script)
		leave_wrapper(reading, &traced);
	if (status != 0) {
		if (!reading->refusal->line &&
		    !(program == IPSET && reading->origins->sets_exist) &&
		    adds(program, words, (size_t)(traced.end - words))) {
			reading->refusal->line = traced.line;
			snprintf(reading->refusal->file, sizeof(reading->refusal->file),
				 "%s", traced.name);
			snprintf(reading->refusal->command,
				 sizeof(reading->refusal->command), "%s%.*s", name,
				 (int)(traced.end - words), words);
		}
		return 0;
	}
	switch (program) {
	case NFT:
		return take_nft(reading, &traced, words);
	case RESTORE:
		return take_restore(reading, &traced, words, name);
	case IPTABLES:
		take_iptables(reading, &traced, words, name);
		break;
	case IPSET:
	case OTHER:
		break;
	}
	return 0;
}

int script_read(const char *trace, const char *text, const struct rules_place *place,
		const char *folder, struct script_origins *origins,
		struct script_refusal *ret_refusal)
{
	struct reading reading = { text, place, folder, origins, ret_refusal };
	struct traced traced, next;
	bool more = next_traced(&trace, &traced);
	int r = 0;

	*ret_refusal = (struct script_refusal){ 0 };
	while (more && r == 0) {
		more = next_traced(&trace, &next);
		r = take(&reading, traced, more ? next.status : 0);
		traced = next;
	}
	return r;
}
