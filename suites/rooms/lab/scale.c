/* SPDX-License-Identifier: MIT */
/* A thousand hosts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include <nstest/error.h>

#include "say.h"

enum { HOSTS = 1000, TEXT = 48 };

Test(scale, a_thousand_hosts_in_pairs)
{
	struct nst_link *links = calloc(HOSTS / 2 + 1, sizeof(*links));
	char(*texts)[4][TEXT] = calloc(HOSTS / 2, sizeof(*texts));
	struct nst_topology topology = { .links = links };
	struct nst_lab *lab;

	for (unsigned int i = 0; i < HOSTS / 2; i++) {
		snprintf(texts[i][0], TEXT, "a%u", i);
		snprintf(texts[i][1], TEXT, "b%u", i);
		snprintf(texts[i][2], TEXT, "10.%u.%u.1/24, fd00:%x::1/64", i / 200,
			 i % 200, i);
		snprintf(texts[i][3], TEXT, "10.%u.%u.2/24, fd00:%x::2/64", i / 200,
			 i % 200, i);
		links[i].a.host = texts[i][0];
		links[i].b.host = texts[i][1];
		links[i].a.addresses = texts[i][2];
		links[i].b.addresses = texts[i][3];
	}
	lab = must_be_up(&topology);
	cr_expect_eq(talk(lab, "a0", "b0", "10.0.0.2"), 0);
	cr_expect_eq(talk(lab, "b499", "a499", "fd00:1f3::1"), 0);
	nst_lab_down(lab);
	free(texts);
	free(links);
}

Test(scale, a_thousand_hosts_around_two_switches)
{
	static const struct nst_host switches[] = { { "s0", NST_SWITCH },
						    { "s1", NST_SWITCH },
						    {} };
	struct nst_link *links = calloc(HOSTS + 2, sizeof(*links));
	char(*texts)[2][TEXT] = calloc(HOSTS, sizeof(*texts));
	struct nst_topology topology = { .hosts = switches, .links = links };
	struct nst_lab *lab;

	for (unsigned int i = 0; i < HOSTS; i++) {
		snprintf(texts[i][0], TEXT, "h%u", i);
		snprintf(texts[i][1], TEXT, "10.0.%u.%u/16", i / 200, i % 200 + 1);
		links[i].a.host = texts[i][0];
		links[i].a.addresses = texts[i][1];
		links[i].b.host = i % 2 ? "s1" : "s0";
	}
	links[HOSTS].a.host = "s0";
	links[HOSTS].b.host = "s1";
	lab = must_be_up(&topology);
	cr_expect_eq(talk(lab, "h0", "h999", "10.0.4.200"), 0);
	cr_expect_eq(talk(lab, "h998", "h1", "10.0.0.2"), 0);
	nst_lab_down(lab);
	free(texts);
	free(links);
}
