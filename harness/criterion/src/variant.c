/* SPDX-License-Identifier: MIT */
/* One test over several impairments and rulesets: each variant is a parameter of Criterion's,
 * in a worker of its own. A parameter may hold no pointers: it is the variant's number, and
 * the worker looks it up in its own copy of the table. */
#include <stdio.h>
#include <stdlib.h>

#include <base/scope.h>

#include "inner.h"

enum { VARIANTS_MOST = 256 };

int nst_variant_numbers[VARIANTS_MOST];
static const struct nst_variant *current;

const struct nst_variant *nst_current_variant(void)
{
	return current;
}

size_t nst_variant_count(const struct nst_variant *variants)
{
	size_t count = 0;

	for (; count < VARIANTS_MOST && variants[count].name; count++)
		nst_variant_numbers[count] = (int)count;
	return count;
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

	current = &variants[number];
	varied = *test;
	current_test = &varied;
	varied.topology = impaired(test, &(struct nst_site){ test->file, test->line });
	varied.more_rulesets = current->rulesets;
	artefacts_remove(test->suite, variant_path(test));
	nst_test_run(&varied);
}
