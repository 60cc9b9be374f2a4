/* SPDX-License-Identifier: MIT */
/* Rulesets in real hosts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>

#include "../scratch.h"

static const struct nst_topology two_hosts = {
	.hosts = (struct nst_host[]){ { "bare", .root = NST_ROOT_TMPFS }, {} },
	.links = (struct nst_link[]){ {
					      .a = { "web", "10.0.0.1/24, fd00::1/64" },
					      .b = { "client",
						     "10.0.0.2/24, fd00::2/64" },
				      },
				      {
					      .a = { "bare" },
					      .b = { "web" },
				      },
				      {} },
};

static struct nst_lab *up(void)
{
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(&two_hosts, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

/* What a command prints in a host; static. */
static char *printed(struct nst_lab *lab, const char *host, const char *command)
{
	static char text[4096];
	struct nst_ran ran = { 0 };

	cr_assert(
		eq(int,
		   nst_run(lab, &(struct nst_start){ .host = host, .command = command },
			   5000, &ran),
		   0),
		"%s", nst_error());
	snprintf(text, sizeof(text), "%s%s", ran.out, ran.err);
	nst_ran_free(&ran);
	return text;
}

static int load(struct nst_lab *lab, const char *host, const char *text)
{
	return nst_ruleset_load(lab, host, &(struct nst_ruleset){ .text = text });
}

static bool has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fprintf(stderr, "no \"%s\" in:\n%s\n", part, text);
	return strstr(text, part);
}

Test(load, an_nft_script_is_in_force_in_its_host_only)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(
		eq(int,
		   load(lab, "web", "table inet f { chain c { tcp dport 81 drop; }; }"),
		   0),
		"%s", nst_error());

	cr_expect(has(printed(lab, "web", "nft list ruleset"), "tcp dport 81 drop"));
	cr_expect(eq(str, printed(lab, "client", "nft list ruleset"), ""));
}

Test(load, iptables_save_text_by_either_iptables)
{
	static const char text[] = "*filter\n:INPUT DROP [0:0]\n"
				   "-A INPUT -s 10.0.0.2 -j ACCEPT\nCOMMIT\n";
	struct nst_lab *lab nst_autodown = up();

	int r;

	cr_assert(eq(int, load(lab, "web", text), 0), "%s", nst_error());
	r = nst_ruleset_load(
		lab, "client",
		&(struct nst_ruleset){ .text = text, .xtables = NST_XTABLES_LEGACY });
	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());

	cr_expect(has(printed(lab, "web", "iptables-nft-save"),
		      "-A INPUT -s 10.0.0.2/32 -j ACCEPT"));
	cr_expect(has(printed(lab, "client",
			      "XTABLES_LOCKFILE=/tmp/lock iptables-legacy-save"),
		      ":INPUT DROP"));
}

Test(load, rules_without_a_table_are_of_filter)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(eq(int, load(lab, "web", "-N good\n-P INPUT DROP\n-A INPUT -j good"),
		     0),
		  "%s", nst_error());

	cr_expect(has(printed(lab, "web", "iptables-nft-save -t filter"),
		      "-A INPUT -j good"));
	cr_expect(
		has(printed(lab, "web", "iptables-nft-save -t filter"), ":INPUT DROP"));
}

Test(load, ipv6_rules_go_to_ip6tables)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(eq(int, load(lab, "web", "-A INPUT -s fd00::2/128 -j DROP\n"), 0),
		  "%s", nst_error());

	cr_expect(has(printed(lab, "web", "ip6tables-nft-save"),
		      "-A INPUT -s fd00::2/128 -j DROP"));
}

Test(load, a_host_with_an_empty_root_needs_no_iptables_of_its_own)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(eq(int, load(lab, "bare", "-A INPUT -j DROP\n"), 0), "%s",
		  nst_error());
	cr_expect(eq(int, load(lab, "bare", "table ip f { chain c { drop; }; }"), 0),
		  "%s", nst_error());
}

static void include_neighbour(const char *include)
{
	struct nst_lab *lab nst_autodown = NULL;
	char folder[32], path[64];
	FILE *file;

	cr_assert(scratch_folder(folder, sizeof(folder)));
	lab = up(); /* which sees it, too */
	snprintf(path, sizeof(path), "%s/web.nft", folder);
	file = fopen(path, "w");
	cr_assert(ne(ptr, file, NULL));
	fprintf(file, "table inet f {\n\tchain c {\n\t\t%s\n\t}\n}\n", include);
	fclose(file);
	snprintf(path, sizeof(path), "%s/ports.nft", folder);
	file = fopen(path, "w");
	cr_assert(ne(ptr, file, NULL));
	fputs("tcp dport 4711 drop\n", file);
	fclose(file);

	snprintf(path, sizeof(path), "%s/web.nft", folder);
	cr_expect(
		eq(int,
		   nst_ruleset_load(lab, "web", &(struct nst_ruleset){ .path = path }),
		   0),
		"%s", nst_error());
	cr_expect(has(printed(lab, "web", "nft list ruleset"), "tcp dport 4711 drop"));
}

Test(load, a_file_may_include_its_neighbour)
{
	include_neighbour("include \"ports.nft\"");
}

Test(load, a_file_may_include_its_neighbour_by_its_place)
{
	include_neighbour("include \"./ports.nft\"");
}

/* ---- Refusals: the sentence says where, and nothing is in force ---- */

static char *refusal(struct nst_lab *lab, const struct nst_ruleset *ruleset, int code)
{
	static char text[1024];

	cr_expect(eq(int, nst_ruleset_load(lab, "web", ruleset), code));
	snprintf(text, sizeof(text), "%s", nst_error());
	return text;
}

Test(load, a_bad_nft_script_is_refused_with_its_line_and_column)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(has(
		refusal(lab,
			&(struct nst_ruleset){
				.path = "web.nft",
				.text = "table inet f {\n\tchain c {\n\t\ttcp dport 81 "
					"dorp\n\t}\n}\n" },
			-EINVAL),
		"web.nft:3:"));
	cr_expect(has(nst_error(), "(nft, host \"web\")"));
	cr_expect(eq(str, printed(lab, "web", "nft list ruleset"), ""));
}

Test(load, an_nft_script_that_the_kernel_refuses_leaves_nothing)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(has(refusal(lab,
			      &(struct nst_ruleset){
				      .path = "web.nft",
				      .text = "table inet f { chain c { }; }\n"
					      "add rule inet f nochain drop\n" },
			      -EINVAL),
		      "web.nft:2:"));
	cr_expect(eq(str, printed(lab, "web", "nft list ruleset"), ""));
}

static int load_queue(struct nst_lab *lab, bool fail)
{
	return nst_ruleset_load(
		lab, "web",
		&(struct nst_ruleset){ .text = "table inet f { chain c {\n"
					       "tcp dport 22 queue num 1\n"
					       "}; }",
				       .path = "fw.nft",
				       .fail_unsupported = fail });
}

Test(load, what_this_kernel_lacks_is_named)
{
	struct nst_lab *lab nst_autodown = up();
	int r = load_queue(lab, false);

	if (r == 0)
		cr_skip_test("this kernel has nft_queue");
	cr_expect(eq(int, r, -EOPNOTSUPP));
	cr_expect(has(nst_error(), "fw.nft:2:14: Could not process rule"));
	cr_expect(
		has(nst_error(), ": this kernel has no nft_queue (CONFIG_NFT_QUEUE)"));
	cr_expect(eq(int, load_queue(lab, true), -EINVAL));
}

Test(load, what_the_rules_lack_is_not_the_kernels_fault)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(
		eq(int,
		   load(lab, "web",
			"table inet f { chain c { ct state new log jump nowhere; }; }"),
		   -EINVAL));
	cr_expect(not(strstr(nst_error(), "this kernel has no") != NULL));
}

Test(load, bad_iptables_rules_are_refused_with_their_line)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_ruleset bare = {
		.text = "# mine\n-A INPUT --frm 10.0.0.1 -j DROP\n", .path = "web.rules"
	};
	struct nst_ruleset inside = bare;

	inside.path = "web.yaml";
	inside.first_line = 10;

	cr_expect(
		eq(str, refusal(lab, &bare, -EINVAL),
		   "web.rules:2: unknown option \"--frm\" (iptables-nft-restore, host "
		   "\"web\")"));
	cr_expect(has(refusal(lab, &inside, -EINVAL), "web.yaml:11: unknown option"));
}

Test(load, says_what_is_not_there)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(
		eq(str,
		   refusal(lab, &(struct nst_ruleset){ .path = "/no/such.rules" },
			   -ENOENT),
		   "host \"web\": reading the ruleset /no/such.rules: No such file or "
		   "directory"));
	cr_expect(eq(int, load(lab, "wbe", "-A INPUT -j DROP"), -ENOENT));
	cr_expect(has(nst_error(), "no host \"wbe\""));
	cr_expect(eq(str, refusal(lab, &(struct nst_ruleset){ 0 }, -EINVAL),
		     "host \"web\": a ruleset needs a path or a text"));
}
