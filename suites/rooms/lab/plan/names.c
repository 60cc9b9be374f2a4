/* SPDX-License-Identifier: MIT */
/* What is answered to a name that does not exist. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/scope.h>
#include <lab/names.h>
#include <nstest/error.h>

#include "planned.h"

Test(name_distance, counts_letters_to_change)
{
	cr_expect(eq(sz, nst_name_distance("", ""), 0));
	cr_expect(eq(sz, nst_name_distance("abc", ""), 3));
	cr_expect(eq(sz, nst_name_distance("", "abc"), 3));
	cr_expect(eq(sz, nst_name_distance("kitten", "sitting"), 3));
	cr_expect(eq(sz, nst_name_distance("server", "server"), 0));
	cr_expect(eq(sz, nst_name_distance("cleint", "client"), 1),
		  "swapped neighbours");
}

Test(name_distance, reads_no_further_than_a_name_may_go)
{
	char a[200], b[200];

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';

	cr_expect(eq(sz, nst_name_distance(a, b), 63));
}

static struct nst_plan *plan_of_count(size_t count)
{
	struct nst_host *hosts AUTO_FREE = calloc(count + 1, sizeof(*hosts));
	char(*names)[64] AUTO_FREE = calloc(count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "h%zu", i);
		hosts[i].name = names[i];
	}
	return plan_of(hosts, NULL);
}

static const char *answer(const struct nst_plan *plan, const char *name)
{
	size_t untouched = 77;

	cr_expect(eq(int, nst_plan_node(plan, name, &untouched), -ENOENT));
	cr_expect(eq(sz, untouched, 77));
	return nst_error();
}

Test(unknown_host, is_answered_with_those_that_are_the_nearest_first)
{
	static const struct nst_host hosts[] = {
		{ "server" }, { "router" }, { "client" }, {}
	};
	struct nst_plan *plan = plan_of(hosts, NULL);

	cr_expect(eq(str, (char *)answer(plan, "cleint"),
		     "no host \"cleint\" (there are client, server, router)"));
	nst_plan_free(plan);
}

Test(unknown_host, is_answered_whether_there_are_none_or_one_or_many)
{
	struct nst_plan *none = plan_of_count(0), *one = plan_of_count(1),
			*ten = plan_of_count(10), *many = plan_of_count(1000);

	cr_expect(eq(str, (char *)answer(none, "a"), "no host \"a\" (there are none)"));
	cr_expect(
		eq(str, (char *)answer(one, "a"), "no host \"a\" (there is only h0)"));
	cr_expect(eq(
		str, (char *)answer(ten, "h10"),
		"no host \"h10\" (there are h0, h1, h2, h3, h4, h5, h6, h7, h8, h9)"));
	cr_expect(eq(str, (char *)answer(many, "h9999"),
		     "no host \"h9999\" (the nearest of 1000 are h999, h99, h199, "
		     "h299, h399, "
		     "h499, h599, h699, h799, h899)"));
	nst_plan_free(none);
	nst_plan_free(one);
	nst_plan_free(ten);
	nst_plan_free(many);
}

Test(unknown_host, of_any_length_leaves_the_sentence_whole)
{
	static const struct nst_host hosts[] = { { "server" }, { "client" }, {} };
	struct nst_plan *plan = plan_of(hosts, NULL);
	char name[3000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';

	cr_expect(strstr(answer(plan, name), "\" (there are server, client)") != NULL);
	nst_plan_free(plan);
}

Test(unknown_interface, is_answered_with_those_of_the_host)
{
	static const struct nst_host hosts[] = { { "alone" }, {} };
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){ { { "a" }, { "b" } },
						  { { "a", NULL, "wan" }, { "b" } },
						  {} });
	size_t untouched = 77;

	cr_expect(eq(int, nst_plan_interface(plan, "a:wam", &untouched), -ENOENT));
	cr_expect(eq(str, (char *)nst_error(),
		     "host \"a\" has no interface \"wam\" (there are wan, eth0)"));
	cr_expect(eq(int, nst_plan_interface(plan, "alone", &untouched), -ENOENT));
	cr_expect(eq(str, (char *)nst_error(),
		     "host \"alone\" has no interface but lo: no link names it"));
	cr_expect(eq(int, nst_plan_interface(plan, "c:eth0", &untouched), -ENOENT));
	cr_expect(
		eq(str, (char *)nst_error(), "no host \"c\" (there are a, b, alone)"));
	cr_expect(eq(sz, untouched, 77));
	nst_plan_free(plan);
}
