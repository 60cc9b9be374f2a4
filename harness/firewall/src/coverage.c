/* SPDX-License-Identifier: MIT */
/* Rule coverage as a value: adding and merging. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"

static int compare(const struct nst_covered *one, const struct nst_covered *other)
{
	int order = strcmp(one->file, other->file);

	if (!order)
		order = (one->line > other->line) - (one->line < other->line);
	/* Elements behind the rule that they stand in. */
	if (!order)
		order = one->is_element - other->is_element;
	if (!order)
		order = strcmp(one->chain, other->chain);
	return order ? order : strcmp(one->text, other->text);
}

/* Where it is, or would have to be. */
static size_t place_of(const struct nst_coverage *coverage,
		       const struct nst_covered *covered, bool *ret_there)
{
	size_t low = 0, high = coverage->count;

	*ret_there = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(&coverage->list[middle], covered);

		if (!order) {
			*ret_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void covered_free(struct nst_covered *covered)
{
	free(covered->file);
	free(covered->chain);
	free(covered->text);
	free(covered->shadowed_by);
}

static int covered_copy(const struct nst_covered *from, struct nst_covered *ret_copy)
{
	struct nst_covered copy = *from;

	copy.file = strdup(from->file);
	copy.chain = strdup(from->chain);
	copy.text = strdup(from->text);
	copy.shadowed_by = from->shadowed_by ? strdup(from->shadowed_by) : NULL;
	if (!copy.file || !copy.chain || !copy.text ||
	    !copy.shadowed_by != !from->shadowed_by) {
		covered_free(&copy);
		return nst_fail_memory();
	}
	*ret_copy = copy;
	return 0;
}

int coverage_add(struct nst_coverage *coverage, const struct nst_covered *covered)
{
	struct nst_covered *longer, copy;
	bool there;
	size_t at = place_of(coverage, covered, &there);

	if (there) {
		coverage->list[at].reached += covered->reached;
		coverage->list[at].matched += covered->matched;
		return 0;
	}
	if (covered_copy(covered, &copy) < 0)
		return -ENOMEM;
	longer = reallocarray(coverage->list, coverage->count + 1, sizeof(*longer));
	if (!longer) {
		covered_free(&copy);
		return nst_fail_memory();
	}
	coverage->list = longer;
	memmove(&longer[at + 1], &longer[at], (coverage->count - at) * sizeof(*longer));
	longer[at] = copy;
	coverage->count++;
	return 0;
}

int nst_coverage_merge(struct nst_coverage *to, const struct nst_coverage *from)
{
	int r = 0;

	for (size_t i = 0; i < from->count && r == 0; i++)
		r = coverage_add(to, &from->list[i]);
	return r;
}

void nst_coverage_free(struct nst_coverage *coverage)
{
	for (size_t i = 0; i < coverage->count; i++)
		covered_free(&coverage->list[i]);
	free(coverage->list);
	*coverage = (struct nst_coverage){ 0 };
}

struct nst_coverage_total nst_coverage_total(const struct nst_coverage *coverage)
{
	struct nst_coverage_total total = { 0 };

	for (size_t i = 0; i < coverage->count; i++) {
		const struct nst_covered *covered = &coverage->list[i];

		*(covered->is_element ? &total.elements : &total.rules) += 1;
		*(covered->is_element ? &total.covered_elements : &total.covered) +=
			covered->matched > 0;
	}
	return total;
}

unsigned int nst_coverage_score(const struct nst_coverage *coverage)
{
	struct nst_coverage_total total = nst_coverage_total(coverage);

	return total.rules ? (unsigned int)(total.covered * 10000 / total.rules)
			   : 10000;
}

size_t coverage_file_end(const struct nst_coverage *coverage, size_t first)
{
	size_t end = first;

	while (end < coverage->count &&
	       !strcmp(coverage->list[end].file, coverage->list[first].file))
		end++;
	return end;
}

size_t coverage_at(const struct nst_coverage *coverage, size_t first, size_t end,
		   unsigned int line)
{
	while (first < end && coverage->list[first].line != line)
		first++;
	return first;
}

const char *coverage_reason(const struct nst_covered *covered, char *text, size_t size)
{
	if (covered->matched)
		return "";
	if (covered->shadowed_by) {
		snprintf(text, size, "can never match: shadowed by %s",
			 covered->shadowed_by);
		return text;
	}
	if (covered->is_element)
		return "no packet had it";
	return covered->is_policy || !covered->reached ? "never reached in this run"
						       : "reached, but never matched";
}

/* So many elements are named that nothing had; a list of addresses may have thousands. */
enum { ELEMENTS_NAMED = 10 };

static bool has_chain(const struct nst_covered *covered)
{
	return covered->is_policy || covered->is_element;
}

char *nst_coverage_summary(const struct nst_coverage *coverage)
{
	char *summary = NULL, reason[256];
	size_t size, elements = 0;
	FILE *out = open_memstream(&summary, &size);

	if (!out)
		return NULL;
	for (size_t first = 0, end; first < coverage->count; first = end) {
		struct nst_coverage file;
		struct nst_coverage_total total;

		end = coverage_file_end(coverage, first);
		file = (struct nst_coverage){ coverage->list + first, end - first };
		total = nst_coverage_total(&file);
		fprintf(out, "%s: %u.%u %% of %zu rules and policies",
			coverage->list[first].file, nst_coverage_score(&file) / 100,
			nst_coverage_score(&file) / 10 % 10, total.rules);
		if (total.elements)
			fprintf(out, ", %zu of %zu elements of sets",
				total.covered_elements, total.elements);
		fputc('\n', out);
	}
	for (size_t i = 0; i < coverage->count; i++) {
		const struct nst_covered *covered = &coverage->list[i];

		if (!covered->matched &&
		    !(covered->is_element && elements++ >= ELEMENTS_NAMED))
			fprintf(out, "  %s:%u: %s%s%s: %s\n", covered->file,
				covered->line, has_chain(covered) ? covered->chain : "",
				has_chain(covered) ? " " : "", covered->text,
				coverage_reason(covered, reason, sizeof(reason)));
	}
	if (elements > ELEMENTS_NAMED)
		fprintf(out, "  and %zu more elements that no packet had\n",
			elements - ELEMENTS_NAMED);
	fclose(out);
	return summary;
}
