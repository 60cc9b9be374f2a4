/* SPDX-License-Identifier: MIT */
/* Impairments as people write them: a text in the words of nst_impairment_parse(), or a
 * mapping with its keywords as keys. */
#include "impair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "words.h"

/* What complaints about the whole are about: the part of a text from `offset` on, or a
 * node. */
struct about {
	const struct string *string;
	size_t offset;
	const struct node *node; /* where there is no string */
};

static bool complain_about(struct reader *reader, const struct about *about,
			   const char *sentence)
{
	const struct string *string = about->string;

	if (!string)
		return complain(reader, about->node, "%s", sentence);
	return complain_at(reader, string, about->offset, string->size - about->offset,
			   "%s", sentence);
}

/* ---- Files that an impairment names ---- */

/* Relative to the scenario, as everywhere. */
static bool keep_file(struct reader *reader, const struct about *about,
		      const char **file)
{
	const struct node *node = about->string ? about->string->node : about->node;
	const char *name = *file;

	if (!name)
		return true;
	*file = arena_print(reader->arena, "%s%s",
			    *name == '/' ? "" : node->source->folder, name);
	return reader->options->alone || access(*file, R_OK) == 0 ||
	       complain_about(reader, about,
			      arena_print(reader->arena, "cannot read %s: %s", *file,
					  strerror(errno)));
}

/* A word that is no file here is the name of a table that tc(8) has. */
static bool keep_table(struct reader *reader, const struct about *about,
		       const char **table)
{
	const char *name = *table;

	if (!name || strpbrk(name, "/."))
		return keep_file(reader, about, table);
	*table = arena_print(reader->arena, "%s%s",
			     about->string ? about->string->node->source->folder
					   : about->node->source->folder,
			     name);
	if (!reader->options->alone && access(*table, R_OK) < 0)
		*table = name;
	return true;
}

static bool keep_files(struct reader *reader, const struct about *about,
		       struct nst_impairment *impairment)
{
	return keep_table(reader, about, &impairment->distribution_file) &&
	       keep_table(reader, about, &impairment->slot_distribution_file) &&
	       keep_file(reader, about, &impairment->trace_file);
}

/* ---- Texts ---- */

static size_t word_size(const char *text)
{
	return *text == '"' ? strcspn(text + 1, "\"") + 1 : strcspn(text, " \t\n,;");
}

static bool is_between(char c)
{
	return c && strchr(" \t\n,;", c);
}

/* About the word at byte `at` of the part of `string` that begins at `offset`; about the
 * last one, if something is missing behind it. */
static bool complain_impairment(struct reader *reader, const struct string *string,
				size_t offset, size_t at)
{
	const char *text = string->text;

	at = offset + at < string->size ? offset + at : string->size;
	if (!text[at] || is_between(text[at])) {
		while (at > offset && is_between(text[at - 1]))
			at--;
		while (at > offset && !is_between(text[at - 1]))
			at--;
	}
	return complain_at(reader, string, at, word_size(text + at), "%s", nst_error());
}

static const char *const half_words[] = {
	[HALF_SAID] = "",
	[HALF_DOWN] = " down",
	[HALF_UP] = " up",
};

/* Where " down" belongs in "preset lte, loss 1%" or, with `key`, "lte"; 0: nowhere. */
static size_t half_place(const char *text, bool key)
{
	static const char preset[] = "preset", white[] = " \t\n";
	const char *at = text + strspn(text, white), *end, *next;

	if (!key) {
		if (strncmp(at, preset, strlen(preset)) != 0 ||
		    !strchr(white, at[strlen(preset)]))
			return 0;
		at += strlen(preset);
		at += strspn(at, white);
	}
	end = at + strcspn(at, " \t\n,;");
	next = end + strspn(end, white);
	if (end == at || strncmp(next, "up", 2) == 0 || strncmp(next, "down", 4) == 0)
		return 0;
	return (size_t)(end - text);
}

/* The text with its preset's half put in; *ret_at is where, *ret_size how much. */
static const char *with_half(struct reader *reader, const char *text, bool key,
			     enum preset_half half, size_t *ret_at, size_t *ret_size)
{
	*ret_at = half == HALF_SAID ? 0 : half_place(text, key);
	*ret_size = *ret_at ? strlen(half_words[half]) : 0;
	if (!*ret_at)
		return text;
	return arena_print(reader->arena, "%.*s%s%s", (int)*ret_at, text,
			   half_words[half], text + *ret_at);
}

/* The part of `string` from `offset` on; with `key`, the value of that keyword. */
static bool parse_part(struct reader *reader, const struct string *string,
		       size_t offset, const char *key, enum preset_half half,
		       struct nst_impairment *impairment)
{
	size_t at = 0, half_at, half_size;
	const char *text = with_half(reader, string->text + offset, key != NULL, half,
				     &half_at, &half_size);
	char *store = NULL;
	int r = key ? nst_impairment_parse_key(key, text, impairment, &store, &at)
		    : nst_impairment_parse(text, impairment, &store, &at);

	if (r == -ENOMEM)
		longjmp(*reader->arena->no_memory, 1);
	if (r < 0)
		return complain_impairment(reader, string, offset,
					   half_at && at > half_at ? at - half_size
								   : at);
	if (store)
		arena_owns(reader->arena, store, free);
	return true;
}

/* What is read as a whole must make sense as a whole. */
static bool finish(struct reader *reader, const struct about *about,
		   struct nst_impairment *impairment, struct nst_impairment *ret)
{
	char warning[NST_ERROR_SIZE];

	if (!keep_files(reader, about, impairment))
		return false;
	if (nst_impairment_check(impairment, warning, sizeof(warning)) < 0)
		return complain_about(reader, about, nst_error());
	if (*warning)
		warn(reader, about->string ? about->string->node : about->node,
		     "warning: %s", warning);
	*ret = *impairment;
	return true;
}

static bool is_none(const char *text)
{
	static const char none[] = "none", white[] = " \t\n";

	text += strspn(text, white);
	return strncmp(text, none, strlen(none)) == 0 &&
	       !text[strlen(none) + strspn(text + strlen(none), white)];
}

static bool read_from(struct reader *reader, const struct string *string, size_t offset,
		      enum preset_half half, struct nst_impairment *ret)
{
	const struct about about = { .string = string, .offset = offset };
	struct nst_impairment impairment = { 0 };

	if (is_none(string->text + offset)) {
		*ret = impairment;
		return true;
	}
	return parse_part(reader, string, offset, NULL, half, &impairment) &&
	       finish(reader, &about, &impairment, ret);
}

bool rest_is_impairment(struct sentence *sentence, enum preset_half half,
			struct nst_impairment *ret)
{
	struct word word;

	return rest_of_sentence(sentence,
				"what happens, as in \"delay 20ms, loss 1%\",",
				&word) &&
	       read_from(sentence->reader, sentence->string, word.offset, half, ret);
}

/* ---- Mappings ---- */

static bool part_read(struct reader *reader, const struct node *node, void *field)
{
	(void)reader;
	(void)node;
	(void)field;
	return true;
}

/* Read by nst_impairment_parse_key(); here, they are for the schema and the docs. */
static const struct type type_part = { "impairment-part", part_read,
				       "\"type\": [\"string\", \"number\"]" };

static const struct key impairment_keys[] = {
	{ "preset", &type_part, 0, false,
	  "A known network, such as lte down; first: what follows changes it." },
	{ "delay", &type_part, 0, false,
	  "20ms ±5ms 25% normal: delay, jitter, its correlation, its distribution "
	  "(uniform, normal, pareto, paretonormal, table FILE)." },
	{ "loss", &type_part, 0, false,
	  "1% 25%: probability and correlation; or state P13 P31 P32 P23 P14; or "
	  "gemodel P R 1-H 1-K." },
	{ "ecn", &type_flag, 0, false,
	  "true: packets that can be are marked CE instead of lost." },
	{ "duplicate", &type_part, 0, false, "1% 10%: probability and correlation." },
	{ "corrupt", &type_part, 0, false,
	  "0.1% 10%: of a packet, one bit flips; and its correlation." },
	{ "reorder", &type_part, 0, false,
	  "25% 50% gap 5: so many are sent at once, past those that are delayed." },
	{ "rate", &type_part, 0, false, "10mbit overhead 20 cell 48/5." },
	{ "limit", &type_part, 0, false,
	  "1000 or 64kB: what waits at most, delayed packets included." },
	{ "slot", &type_part, 0, false,
	  "10ms-20ms packets 5 bytes 3000: packets leave in bunches." },
	{ "trace", &type_part, 0, false,
	  "A file of delivery times as Mahimahi has them, relative to this one." },
	{ "queue", &type_part, 0, false,
	  "tail, codel or pie; with a rate or a trace." },
	{ "compat", &type_part, 0, false,
	  "exact (the default) or netem: the kernel's formulas." },
	{ "seed", &type_part, 0, false, "A number; default: that of the run." },
};

const struct table impairment_table = {
	.name = "impairment",
	.help = "What happens to packets in one direction.",
	.keys = impairment_keys,
	.count = ARRAY_SIZE(impairment_keys),
};

static bool read_part(struct reader *reader, const struct entry *entry,
		      enum preset_half half, struct nst_impairment *impairment)
{
	const struct key *key = find_key(reader, &impairment_table, entry->key);
	bool preset = key && strcmp(key->name, "preset") == 0;
	struct string *value = arena_new(reader->arena, struct string);

	if (!key)
		return false;
	if (key->type == &type_flag)
		return type_flag.read(reader, entry->value, &impairment->ecn);
	return read_text(reader, entry->value, value) &&
	       parse_part(reader, value, 0, key->name, preset ? half : HALF_SAID,
			  impairment);
}

static bool read_mapping(struct reader *reader, const struct node *node,
			 enum preset_half half, struct nst_impairment *ret)
{
	const struct about about = { .node = node->key ? node->key : node };
	struct nst_impairment impairment = { 0 };
	bool fine = true;

	for (size_t i = 0; i < node->count; i++)
		fine = read_part(reader, &node->entries[i], half, &impairment) && fine;
	return fine && finish(reader, &about, &impairment, ret);
}

bool read_impairment(struct reader *reader, const struct node *node,
		     enum preset_half half, struct nst_impairment *ret)
{
	struct string *string = arena_new(reader->arena, struct string);

	if (node->kind == NODE_MAPPING)
		return read_mapping(reader, node, half, ret);
	return read_text(reader, node, string) &&
	       read_from(reader, string, 0, half, ret);
}

static bool impairment_read(struct reader *reader, const struct node *node, void *field)
{
	(void)reader;
	*(const struct node **)field = node;
	return true;
}

const struct type type_impairment = {
	"impairment-value",
	impairment_read,
	"\"anyOf\": [{\"type\": \"string\"}, "
	"{\"$ref\": \"#/definitions/impairment\"}]",
};

/* ---- Engines ---- */

static bool engine_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { [NST_ENGINE_AUTO] = "auto",
					     [NST_ENGINE_KERNEL] = "kernel",
					     [NST_ENGINE_WIRE] = "wire",
					     NULL };
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], string.text) == 0) {
			*(enum nst_engine *)field = (enum nst_engine)i;
			return true;
		}
	return complain(reader, node, "no engine \"%s\"%s", string.text,
			or_known(reader->arena, string.text, words));
}

const struct type type_engine = {
	.name = "engine",
	.read = engine_read,
	.schema = "\"enum\": [\"auto\", \"kernel\", \"wire\"]",
};
