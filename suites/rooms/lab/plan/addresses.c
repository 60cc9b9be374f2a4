/* SPDX-License-Identifier: MIT */
/* Addresses as text and back, and on the interfaces of a plan. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <nstest/error.h>

#include "planned.h"

/* Text → address → "address/prefix", or the sentence. */
static const char *round_trip(const char *text)
{
	static char out[128];
	char printed[INET6_ADDRSTRLEN];
	struct nst_address address;
	int r = nst_address_parse(text, &address);

	if (r < 0) {
		cr_expect(eq(int, r, -EINVAL));
		return nst_error();
	}
	snprintf(out, sizeof(out), "%s/%u", nst_address_print(&address, printed),
		 address.prefix);
	return out;
}

Test(address, survives_being_parsed_and_printed)
{
	static const char *const cases[][2] = {
		{ "10.0.0.1/24", "10.0.0.1/24" },
		{ "10.0.0.1", "10.0.0.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "FD00:0:0::1/64", "fd00::1/64" },
		{ "fd00::1", "fd00::1/128" },
		{ "::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(
			eq(str, (char *)round_trip(cases[i][0]), (char *)cases[i][1]));
}

Test(address, that_is_none_is_refused_with_a_sentence)
{
	static const char *const cases[][2] = {
		{ "", "\"\" is not an address: write one like 10.0.0.1 or fd00::1" },
		{ "10.0.0",
		  "\"10.0.0\" is not an address: write one like 10.0.0.1 or fd00::1" },
		{ "10.0.0.256/24",
		  "\"10.0.0.256/24\" is not an address: write one like 10.0.0.1 "
		  "or fd00::1" },
		{ "web",
		  "\"web\" is not an address: write one like 10.0.0.1 or fd00::1" },
		{ "10.0.0.1/33",
		  "address \"10.0.0.1/33\": a prefix is a number from 0 to 32" },
		{ "10.0.0.1/",
		  "address \"10.0.0.1/\": a prefix is a number from 0 to 32" },
		{ "10.0.0.1/-1",
		  "address \"10.0.0.1/-1\": a prefix is a number from 0 to 32" },
		{ "10.0.0.1/24x",
		  "address \"10.0.0.1/24x\": a prefix is a number from 0 to 32" },
		{ "fd00::1/129",
		  "address \"fd00::1/129\": a prefix is a number from 0 to 128" },
		{ "fd00::1/99999999999999999999",
		  "address \"fd00::1/99999999999999999999\": a prefix is a number from "
		  "0 to 128" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(
			eq(str, (char *)round_trip(cases[i][0]), (char *)cases[i][1]));
}

Test(plan, reads_lists_of_addresses)
{
	struct nst_plan *plan =
		plan_of(NULL, (const struct nst_link[]){
				      { { "a", " 10.0.0.1/24 ,fd00::1/64,10.0.0.3/31" },
					{ "b", " " } },
				      {} });
	const struct nst_interface *a = interface_of(plan, "a");
	char text[INET6_ADDRSTRLEN];

	cr_assert(eq(sz, a->address_count, 3));
	cr_expect(eq(str, nst_address_print(&a->addresses[0], text), "10.0.0.1"));
	cr_expect(eq(str, nst_address_print(&a->addresses[1], text), "fd00::1"));
	cr_expect(eq(uint, a->addresses[2].prefix, 31));
	cr_expect(eq(sz, interface_of(plan, "b")->address_count, 0));
	cr_expect(plan->nodes[0].has_ipv4 && plan->nodes[0].has_ipv6);
	cr_expect(not(plan->nodes[1].has_ipv4 || plan->nodes[1].has_ipv6));
	nst_plan_free(plan);
}

Test(plan, knows_who_has_an_address)
{
	struct nst_plan *plan = plan_of(
		NULL,
		(const struct nst_link[]){
			{ { "a", "10.0.0.1/24" }, { "b", "fd00::2/64, 10.0.0.2/24" } },
			{ { "c", "10.0.0.1/24" }, { "b", "10.1.0.2/24, fd01::2/64" } },
			{} });
	struct nst_address address;
	char text[INET6_ADDRSTRLEN];

	nst_address_parse("10.1.0.2", &address);
	cr_expect(eq(sz, nst_plan_owner(plan, &address), node_of(plan, "b")));
	nst_address_parse("10.0.0.1", &address);
	cr_expect(eq(sz, nst_plan_owner(plan, &address), node_of(plan, "a")),
		  "the first of two");
	nst_address_parse("10.0.0.9", &address);
	cr_expect(eq(sz, nst_plan_owner(plan, &address), SIZE_MAX));
	cr_expect(eq(
		str,
		nst_address_print(
			nst_plan_address_of(plan, node_of(plan, "b"), AF_INET), text),
		"10.0.0.2"));
	cr_expect(eq(
		str,
		nst_address_print(
			nst_plan_address_of(plan, node_of(plan, "b"), AF_INET6), text),
		"fd00::2"));
	cr_expect(nst_plan_address_of(plan, node_of(plan, "a"), AF_INET6) == NULL);
	nst_plan_free(plan);
}
