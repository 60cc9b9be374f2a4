/* SPDX-License-Identifier: MIT */
/* Reading the command line by a verb's table. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/names.h>

#include "args.h"
#include "config.h"

enum { CANDIDATES = 64 };

static const struct option_row *find_long(const struct verb *verb, const char *name,
					  size_t length)
{
	for (const struct option_row *row = verb->options; row->name; row++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			return row;
	return NULL;
}

static const struct option_row *find_letter(const struct verb *verb, char letter)
{
	for (const struct option_row *row = verb->options; row->name; row++)
		if (row->letter == letter)
			return row;
	return NULL;
}

const char *meant_word(const char *word, const char *const *candidates, size_t count)
{
	size_t best = strlen(word) / 3 + 2;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t slips = nst_name_distance(word, candidates[i]);

		/* Nothing in common is no likeness, however short both are. */
		if (slips < best && slips < strlen(candidates[i])) {
			best = slips;
			found = candidates[i];
		}
	}
	return found;
}

static int unknown_long(const struct verb *verb, const char *name, size_t length)
{
	const char *candidates[CANDIDATES];
	size_t count = 0;
	const char *near;
	char word[64];

	for (; verb->options[count].name && count < CANDIDATES; count++)
		candidates[count] = verb->options[count].name;
	snprintf(word, sizeof(word), "%.*s", (int)length, name);
	near = meant_word(word, candidates, count);
	if (near)
		return nst_fail(-EINVAL, "no option --%s (did you mean --%s?)", word,
				near);
	return nst_fail(-EINVAL, "no option --%s (see nstest %s --help)", word,
			verb->name);
}

static const struct time_unit {
	const char *name;
	long long ms;
} time_units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

int args_time(const char *text, int *ret_ms)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(time_units); i++) {
		if (strcmp(end, time_units[i].name) || end == text)
			continue;
		if (errno || number <= 0 || number > INT_MAX / time_units[i].ms)
			return nst_fail(-EINVAL, "\"%s\" is out of range", text);
		*ret_ms = (int)(number * time_units[i].ms);
		return 0;
	}
	return nst_fail(-EINVAL, "\"%s\" is not a time: write 500ms, 10s or 2m", text);
}

static int read_size(const char *text, uint64_t *ret_bytes)
{
	static const struct {
		const char *name;
		unsigned long long bytes;
	} units[] = { { "M", 1 << 20 }, { "G", 1 << 30 } };
	enum { MOST = 1 << 20 };
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(end, units[i].name) && *text >= '0' && *text <= '9' &&
		    !errno && number && number <= MOST) {
			*ret_bytes = number * units[i].bytes;
			return 0;
		}
	return nst_fail(-EINVAL, "\"%s\" is not a size: write 512M or 4G", text);
}

static int read_count(const char *text, int *ret)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (end == text || *end || errno || number < 1 || number > INT_MAX)
		return nst_fail(-EINVAL, "\"%s\" is not a number of 1 or more", text);
	*ret = (int)number;
	return 0;
}

/* One of the words that the option takes, if it takes words. */
static int check_word(const struct option_row *row, const char *text)
{
	const char *end = strchr(row->value, '['), *word;
	size_t given = end ? strcspn(text, "=") : strlen(text), length = 0;
	char all[128] = "";

	for (size_t i = 0; (word = option_word(row, i, &length)); i++) {
		if (length == given && !strncmp(word, text, length))
			return 0;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s",
			 i ? ", " : "", (int)length, word);
	}
	return *all ? nst_fail(-EINVAL, "there is no \"%.*s\" (%s)", (int)given, text,
			       all)
		    : 0;
}

static int add_to_list(struct option_list *list, const char *value)
{
	if (list->count == OPTION_LIST_MOST)
		return nst_fail(-E2BIG, "it is given more than %d times",
				OPTION_LIST_MOST);
	list->values[list->count++] = value;
	return 0;
}

int args_store(const struct option_row *row, const char *value, void *options)
{
	char *member = (char *)options + row->member;
	int r = value ? check_word(row, value) : 0;

	if (r < 0)
		return nst_fail_in(r, "--%s", row->name);
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		break;
	case OPTION_TEXT:
		*(const char **)member = value;
		break;
	case OPTION_COUNT:
		r = read_count(value, (int *)member);
		break;
	case OPTION_TIME:
		r = args_time(value, (int *)member);
		break;
	case OPTION_SIZE:
		r = read_size(value, (uint64_t *)member);
		break;
	case OPTION_LIST:
		r = add_to_list((struct option_list *)member, value);
		break;
	}
	return r < 0 ? nst_fail_in(r, "--%s", row->name) : 0;
}

/* "--name", "--name=value", "--name value". Returns how many words it took. */
static int read_long(const struct verb *verb, char *const *words, void *options)
{
	const char *name = words[0] + 2;
	size_t length = strcspn(name, "=");
	const struct option_row *row = find_long(verb, name, length);
	const char *value = name[length] ? name + length + 1 : NULL;
	int r;

	if (!row)
		return unknown_long(verb, name, length);
	if (!row->value) {
		if (value)
			return nst_fail(-EINVAL, "--%s takes no value", row->name);
		r = args_store(row, NULL, options);
		return r < 0 ? r : 1;
	}
	if (!value && !words[1])
		return nst_fail(-EINVAL, "--%s wants %s", row->name, row->value);
	r = args_store(row, value ? value : words[1], options);
	return r < 0 ? r : value ? 1 : 2;
}

/* "-v", "-vj4", "-j 4". Returns how many words it took. */
static int read_letters(const struct verb *verb, char *const *words, void *options)
{
	for (const char *letter = words[0] + 1; *letter; letter++) {
		const struct option_row *row = find_letter(verb, *letter);
		int r;

		if (!row)
			return nst_fail(-EINVAL, "no option -%c (see nstest %s --help)",
					*letter, verb->name);
		if (row->value) {
			const char *value = letter[1] ? letter + 1 : words[1];

			if (!value)
				return nst_fail(-EINVAL, "-%c wants %s", *letter,
						row->value);
			r = args_store(row, value, options);
			return r < 0 ? r : letter[1] ? 1 : 2;
		}
		r = args_store(row, NULL, options);
		if (r < 0)
			return r;
	}
	return 1;
}

static int check_operands(const struct invocation *invocation)
{
	const struct verb *verb = invocation->verb;
	size_t count = invocation->operand_count;

	if (((const struct common_flags *)invocation->options)->help)
		return 0;
	if (count < verb->least)
		return nst_fail(-EINVAL, "it wants %s (see nstest %s --help)",
				verb->arguments, verb->name);
	if (count > verb->most)
		return nst_fail(-EINVAL, "\"%s\" is one argument too many",
				invocation->operands[verb->most]);
	return 0;
}

static int read_words(struct invocation *invocation, char *const *words, void *options)
{
	const struct verb *verb = invocation->verb;
	bool only_operands = false;

	while (*words) {
		bool full = verb->command_after &&
			    invocation->operand_count == verb->command_after;
		int taken = 1;

		if (!only_operands && !strcmp(*words, "--")) {
			only_operands = true;
			words++;
			continue;
		}
		if (full && (only_operands || (*words)[0] != '-')) {
			for (size_t i = 0; words[i]; i++)
				invocation->command[i] = words[i];
			return 0;
		}
		if (only_operands || (*words)[0] != '-' || !(*words)[1])
			invocation->operands[invocation->operand_count++] = *words;
		else if ((*words)[1] == '-')
			taken = read_long(verb, words, options);
		else
			taken = read_letters(verb, words, options);
		if (taken < 0)
			return taken;
		words += taken;
	}
	return 0;
}

int args_read(const struct verb *verb, const struct config *config, char *const *words,
	      struct invocation *ret)
{
	struct invocation made = { .verb = verb };
	size_t count = 0;
	void *options;
	int r;

	while (words[count])
		count++;
	made.options = options = calloc(1, verb->options_size);
	made.operands = calloc(count + 1, sizeof(*made.operands));
	made.command = calloc(count + 1, sizeof(*made.command));
	if (!options || !made.operands || !made.command)
		r = nst_fail_memory();
	else
		r = config_apply(config, verb, options);
	if (!r)
		r = read_words(&made, words, options);
	if (!r)
		r = check_operands(&made);
	if (r < 0) {
		args_free(&made);
		return r;
	}
	*ret = made;
	return 0;
}

void args_free(struct invocation *invocation)
{
	free((void *)invocation->options);
	free(invocation->operands);
	free(invocation->command);
	*invocation = (struct invocation){ 0 };
}
