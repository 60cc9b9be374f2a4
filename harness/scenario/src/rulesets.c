/* SPDX-License-Identifier: MIT */
/* `ruleset:` of a host or a step: firewall rules from a file or in the scenario itself. */
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/ruleset.h>

#include "steps.h"
#include "words.h"

enum { RULES_MAX = 16 << 20 };

/* What a mapping says; `on` of a step only. */
struct ruleset_source {
	struct string on;
	struct string file, text;
	enum nst_ruleset_kind kind;
	enum nst_xtables xtables;
	bool fail_unsupported;
};

static bool word_read(struct reader *reader, const struct node *node,
		      const char *const *words, int *ret)
{
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], string.text) != 0)
			continue;
		*ret = i;
		return true;
	}
	return complain(reader, node, "\"%s\" is not known here%s", string.text,
			or_known(reader->arena, string.text, words));
}

static bool ruleset_kind_read(struct reader *reader, const struct node *node,
			      void *field)
{
	static const char *const words[] = { "auto",      "nft",    "iptables",
					     "ip6tables", "script", NULL };
	static const enum nst_ruleset_kind kinds[] = {
		NST_RULESET_AUTO, NST_RULESET_NFT, NST_RULESET_IPTABLES,
		NST_RULESET_IP6TABLES, NST_RULESET_SCRIPT
	};
	int i = 0;

	if (!word_read(reader, node, words, &i))
		return false;
	*(enum nst_ruleset_kind *)field = kinds[i];
	return true;
}

static const struct type type_ruleset_kind = {
	.name = "ruleset-kind",
	.read = ruleset_kind_read,
	.schema = "\"anyOf\": [{\"enum\": [\"auto\", \"nft\", \"iptables\", "
		  "\"ip6tables\", "
		  "\"script\"]}, {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]",
};

static bool xtables_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "auto", "nft", "legacy", NULL };
	static const enum nst_xtables which[] = { NST_XTABLES_AUTO, NST_XTABLES_NFT,
						  NST_XTABLES_LEGACY };
	int i = 0;

	if (!word_read(reader, node, words, &i))
		return false;
	*(enum nst_xtables *)field = which[i];
	return true;
}

static const struct type type_xtables = {
	.name = "xtables",
	.read = xtables_read,
	.schema = "\"anyOf\": [{\"enum\": [\"auto\", \"nft\", \"legacy\"]}, {\"type\": "
		  "\"string\", \"pattern\": \"\\\\$\\\\{\"}]",
};

static bool unsupported_read(struct reader *reader, const struct node *node,
			     void *field)
{
	static const char *const words[] = { "skip", "fail", NULL };
	int i = 0;

	if (!word_read(reader, node, words, &i))
		return false;
	*(bool *)field = i == 1;
	return true;
}

static const struct type type_unsupported = {
	.name = "unsupported",
	.read = unsupported_read,
	.schema = "\"enum\": [\"skip\", \"fail\"]",
};

#define RULESET_KEYS                                                                   \
	{ "file", &type_text, offsetof(struct ruleset_source, file), false,            \
	  "A rule file, relative to this file's folder." },                            \
		{ "text", &type_text, offsetof(struct ruleset_source, text), false,    \
		  "The rules themselves." },                                           \
		{ "kind", &type_ruleset_kind, offsetof(struct ruleset_source, kind),   \
		  false,                                                               \
		  "nft, iptables, ip6tables or script. Default: auto, as the text "    \
		  "shows." },                                                          \
		{ "xtables", &type_xtables, offsetof(struct ruleset_source, xtables),  \
		  false,                                                               \
		  "Which iptables loads them: nft or legacy. Default: auto, "          \
		  "nft where it "                                                      \
		  "works." },                                                          \
	{                                                                              \
		"unsupported", &type_unsupported,                                      \
			offsetof(struct ruleset_source, fail_unsupported), false,      \
			"What happens if this kernel lacks what the rules need: skip " \
			"(the default) or fail."                                       \
	}

static const struct key ruleset_keys[] = { RULESET_KEYS };

const struct table ruleset_table = {
	.name = "ruleset",
	.help = "Firewall rules.",
	.keys = ruleset_keys,
	.count = ARRAY_SIZE(ruleset_keys),
};

static const struct key ruleset_step_keys[] = {
	{ "on", &type_text, offsetof(struct ruleset_source, on), true, "The host." },
	RULESET_KEYS,
};

const struct table ruleset_step_table = {
	.name = "ruleset-step",
	.help = "Other firewall rules, from now on.",
	.keys = ruleset_step_keys,
	.count = ARRAY_SIZE(ruleset_step_keys),
};

static bool read_rule_file(struct reader *reader, const struct string *file,
			   struct nst_ruleset *rules)
{
	const char *folder = file->text[0] == '/' ? "" : file->node->source->folder;
	char *text;
	size_t size;

	if (reader->options->alone)
		return complain_at(reader, file, 0, file->size,
				   "rule files are not opened here");
	rules->path = arena_print(reader->arena, "%s%s", folder, file->text);
	if (file_read(reader->arena, rules->path, RULES_MAX, &text, &size) < 0)
		return complain_at(reader, file, 0, file->size, "%s", nst_error());
	if (memchr(text, '\0', size))
		return complain_at(reader, file, 0, file->size, "%s has a NUL in it",
				   rules->path);
	rules->text = text;
	rules->first_line = 1;
	return true;
}

static void take_rule_text(const struct reader *reader, const struct string *string,
			   struct nst_ruleset *rules)
{
	struct nst_position position = position_of_text(reader, string);

	rules->text = string->text;
	rules->path = position.file;
	rules->first_line = position.line;
}

static bool recognise(struct reader *reader, const struct string *string,
		      struct nst_ruleset *rules)
{
	if (rules->kind != NST_RULESET_AUTO)
		return true;
	if (nst_ruleset_recognise(rules->text, &rules->kind) == 0)
		return true;
	return complain_at(reader, string, 0, string->size, "%s", nst_error());
}

static bool ruleset_make(struct reader *reader, const struct node *node,
			 const struct ruleset_source *from, struct ruleset_specs *to)
{
	struct ruleset_spec spec = { .node = node };
	const struct string *string = from->text.text ? &from->text : &from->file;

	spec.rules.kind = from->kind;
	spec.rules.xtables = from->xtables;
	spec.rules.fail_unsupported = from->fail_unsupported;
	if (from->text.text)
		take_rule_text(reader, string, &spec.rules);
	else if (!read_rule_file(reader, string, &spec.rules))
		return false;
	if (!recognise(reader, string, &spec.rules))
		return false;
	*arena_push(reader->arena, to->items, to->count) = spec;
	return true;
}

static bool mapping_make(struct reader *reader, const struct node *node,
			 const struct ruleset_source *from, struct ruleset_specs *to)
{
	if (!from->file.text == !from->text.text)
		return complain(reader, node->key ? node->key : node,
				"a ruleset has either \"file\" or \"text\"");
	return ruleset_make(reader, node, from, to);
}

/* A text of one line is a file's name; one of several lines is the rules. */
static bool ruleset_read(struct reader *reader, const struct node *node,
			 struct ruleset_specs *to)
{
	struct ruleset_source from = { 0 };
	struct string string;

	if (node->kind == NODE_MAPPING)
		return read_table(reader, node, &ruleset_table, &from) &&
		       mapping_make(reader, node, &from, to);
	if (!read_text(reader, node, &string))
		return false;
	if (node->block || strchr(string.text, '\n'))
		from.text = string;
	else
		from.file = string;
	return ruleset_make(reader, node, &from, to);
}

static bool rulesets_read(struct reader *reader, const struct node *node, void *field)
{
	struct host_spec *host = field;
	bool fine = true;

	if (node->kind != NODE_LIST)
		return ruleset_read(reader, node, &host->rulesets);
	for (size_t i = 0; i < node->count; i++)
		fine = ruleset_read(reader, node->entries[i].value, &host->rulesets) &&
		       fine;
	return fine;
}

/* ---- Steps ---- */

static void take_rulesets(struct reader *reader, const char *host,
			  const struct ruleset_specs *specs,
			  struct nst_ruleset_step *ret)
{
	struct nst_scenario_ruleset *rulesets = NULL;

	for (size_t i = 0; i < specs->count; i++)
		*arena_push(reader->arena, rulesets, ret->count) =
			(struct nst_scenario_ruleset){
				.host = host,
				.rules = specs->items[i].rules,
				.position = position_of(specs->items[i].node),
			};
	ret->rulesets = rulesets;
}

/* ruleset: {on: gate, file: strict.nft} */
bool read_ruleset_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct ruleset_source from = { 0 };
	struct ruleset_specs specs = { 0 };
	struct sentence on;
	struct word host;

	if (!read_table(reader, node, &ruleset_step_table, &from))
		return false;
	on = sentence_of(reader, &from.on);
	if (!need_host(&on, "a host", &host) || !end_sentence(&on) ||
	    !mapping_make(reader, node, &from, &specs))
		return false;
	take_rulesets(reader, host.text, &specs, &step.ruleset);
	step.text = arena_print(reader->arena, "ruleset on %s: %s", host.text,
				from.file.text ? from.file.text : "a text");
	add_step(reader, &step);
	return true;
}

/* reload: gate */
bool parse_reload(struct sentence *sentence, struct nst_step *step)
{
	const struct host_spec *spec;
	struct word host;

	if (!need_host(sentence, "a host", &host))
		return false;
	spec = find_host(sentence->reader->building, host.text);
	if (!spec->rulesets.count)
		return complain_word(sentence, &host, "\"%s\" has no ruleset",
				     host.text);
	take_rulesets(sentence->reader, host.text, &spec->rulesets, &step->ruleset);
	return true;
}

const struct type type_rulesets = {
	.name = "rulesets",
	.read = rulesets_read,
	.schema = "\"anyOf\": [{\"$ref\": \"#/definitions/text\"}, "
		  "{\"$ref\": \"#/definitions/ruleset\"}, "
		  "{\"type\": \"array\", \"items\": {\"anyOf\": "
		  "[{\"$ref\": \"#/definitions/text\"}, "
		  "{\"$ref\": \"#/definitions/ruleset\"}]}}]",
};
