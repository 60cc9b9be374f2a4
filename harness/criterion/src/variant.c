/* SPDX-License-Identifier: MIT */
/* One test over several impairments and rulesets: each variant is a parameter of Criterion's,
 * in a worker of its own. A parameter may hold no pointers: it is the variant's number, and
 * the worker looks it up in its own copy of the table. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "inner.h"

static const struct nst_variant *current;

const struct nst_variant *nst_current_variant(void)
{
	return current;
}

/* A pattern of names; NULL: all. */
static const char *wanted(void)
{
	const char *pattern = getenv("NSTEST_VARIANT");

	return pattern && *pattern ? pattern : NULL;
}

size_t nst_variant_choose(const struct nst_variant *variants, int *numbers)
{
	size_t count = 0;

	for (int i = 0; i < NST_VARIANTS_MOST && variants[i].name; i++)
		if (!wanted() || fnmatch(wanted(), variants[i].name, FNM_EXTMATCH) == 0)
			numbers[count++] = i;
	if (!count)
		numbers[count++] = -1; /* which is skipped, and says so */
	return count;
}

__attribute__((noreturn)) static void skip(const struct nst_variant *variants)
{
	char *names AUTO_FREE = NULL;

	for (; variants->name; variants++)
		nst_text_add(&names, "%s", variants->name);
	for (char *end = names; end && (end = strchr(end, '\n'));)
		*end = ',';
	cr_skip_test("it has no variant \"%s\" (there are %s)", wanted(),
		     names ? names : "none");
	abort(); /* it does not return */
}

/* What the text names stays until the worker ends. */
static void impair(const struct nst_site *site, const char *text,
		   struct nst_impairment *impairment)
{
	char *store = NULL;

	if (!text)
		return;
	*impairment = (struct nst_impairment){ 0 };
	nst_must_at(site, nst_impairment_parse(text, impairment, &store, NULL), text);
}

static const struct nst_topology *impaired(const struct nst_test *test,
					   const struct nst_site *site)
{
	const struct nst_topology *given = test->topology;
	static struct nst_topology topology;
	struct nst_link *links;
	size_t count = 0;

	if (!given || !given->links || (!current->a_to_b && !current->b_to_a))
		return given;
	while (given->links[count].a.host)
		count++;
	links = calloc(count + 1, sizeof(*links));
	if (!links)
		abort();
	for (size_t i = 0; i < count; i++) {
		links[i] = given->links[i];
		impair(site, current->a_to_b, &links[i].a_to_b);
		impair(site, current->b_to_a, &links[i].b_to_a);
	}
	topology = *given;
	topology.links = links;
	return &topology;
}

/* "NAME/VARIANT": its folder, one below the test's. */
const char *variant_path(const struct nst_test *test)
{
	static char path[512];

	if (!current)
		return test->name;
	snprintf(path, sizeof(path), "%s/%s", test->name, current->name);
	return path;
}

void nst_test_run_variant(const struct nst_test *test,
			  const struct nst_variant *variants, int number)
{
	static struct nst_test varied;

	if (number < 0)
		skip(variants);
	current = &variants[number];
	varied = *test;
	current_test = &varied;
	varied.topology = impaired(test, &(struct nst_site){ test->file, test->line });
	varied.more_rulesets = current->rulesets;
	artefacts_remove(test->suite, variant_path(test));
	nst_test_run(&varied);
}
