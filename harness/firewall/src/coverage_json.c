/* SPDX-License-Identifier: MIT */
/* Rule coverage as JSON: written, and read again.
 *
 *	{"nstest_rule_coverage": 1, "rules": [
 *	 {"file": "fw.nft", "line": 9, "end_line": 9, "chain": "inet f in", "rule": "…",
 *	  "policy": false, "decides": true, "reached": 7, "matched": 2}]}
 */
#include <errno.h>
#include <inttypes.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"

enum { FORM = 1 };

static void print_member(FILE *out, const char *name, const char *text)
{
	nst_json_pair(out, name, text);
	fputs(", ", out);
}

static void print_rule(FILE *out, const struct nst_covered *covered)
{
	fputs(" {", out);
	print_member(out, "file", covered->file);
	fprintf(out, "\"line\": %u, \"end_line\": %u, ", covered->line,
		covered->end_line);
	print_member(out, "chain", covered->chain);
	print_member(out, "rule", covered->text);
	if (covered->shadowed_by)
		print_member(out, "shadowed_by", covered->shadowed_by);
	fprintf(out,
		"\"policy\": %s, %s\"decides\": %s, \"reached\": %" PRIu64
		", \"matched\": %" PRIu64 "}",
		covered->is_policy ? "true" : "false",
		covered->is_element ? "\"element\": true, " : "",
		covered->decides ? "true" : "false", covered->reached,
		covered->matched);
}

void coverage_print_json(const struct nst_coverage *coverage, FILE *out)
{
	fprintf(out, "{\"nstest_rule_coverage\": %d, \"rules\": [", FORM);
	for (size_t i = 0; i < coverage->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		print_rule(out, &coverage->list[i]);
	}
	fputs("]}\n", out);
}

char *nst_coverage_print(const struct nst_coverage *coverage)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	coverage_print_json(coverage, out);
	return fclose(out) ? NULL : text;
}

/* ---- Reading ---- */

static const char *member(struct fy_node *node, const char *name)
{
	struct fy_node *value = fy_node_mapping_lookup_by_string(node, name, FY_NT);

	return value ? fy_node_get_scalar0(value) : NULL;
}

/* A number of 0 or more; -1 if it is none. */
static int64_t number(struct fy_node *node, const char *name)
{
	const char *text = member(node, name);
	char *end;
	long long value;

	if (!text || !strchr("0123456789", *text) || !*text)
		return -1;
	value = strtoll(text, &end, 10);
	return *end || value < 0 ? -1 : value;
}

static bool is_true(struct fy_node *node, const char *name)
{
	const char *text = member(node, name);

	return text && !strcmp(text, "true");
}

static int take_rule(struct nst_coverage *coverage, struct fy_node *node)
{
	int64_t line = number(node, "line"), end_line = number(node, "end_line");
	int64_t reached = number(node, "reached"), matched = number(node, "matched");
	struct nst_covered covered = {
		.file = (char *)member(node, "file"),
		.line = (unsigned int)line,
		.end_line = (unsigned int)end_line,
		.chain = (char *)member(node, "chain"),
		.text = (char *)member(node, "rule"),
		.is_policy = is_true(node, "policy"),
		.is_element = is_true(node, "element"),
		.decides = is_true(node, "decides"),
		.reached = (uint64_t)reached,
		.matched = (uint64_t)matched,
		.shadowed_by = (char *)member(node, "shadowed_by"),
	};

	if (!covered.file || !covered.chain || !covered.text || line < 0 ||
	    end_line < 0 || reached < 0 || matched < 0)
		return nst_fail(-EINVAL, "a rule of the coverage lacks something");
	return coverage_add(coverage, &covered);
}

static void scope_document(struct fy_document **document)
{
	fy_document_destroy(*document);
}

int nst_coverage_parse(struct nst_coverage *coverage, const char *json)
{
	static const struct fy_parse_cfg quiet = { .flags = FYPCF_QUIET |
							    FYPCF_JSON_FORCE };
	struct fy_document *document AUTO(scope_document) =
		*json ? fy_document_build_from_string(&quiet, json, FY_NT) : NULL;
	struct fy_node *root = document ? fy_document_root(document) : NULL;
	struct fy_node *rules, *rule;
	void *iterator = NULL;
	int r = 0;

	if (!root || !fy_node_is_mapping(root) ||
	    number(root, "nstest_rule_coverage") != FORM)
		return nst_fail(-EINVAL, "this is no rule coverage of nstest");
	rules = fy_node_mapping_lookup_by_string(root, "rules", FY_NT);
	if (!rules || !fy_node_is_sequence(rules))
		return nst_fail(-EINVAL, "the rule coverage has no rules");
	while (r == 0 && (rule = fy_node_sequence_iterate(rules, &iterator)))
		r = take_rule(coverage, rule);
	return r;
}
