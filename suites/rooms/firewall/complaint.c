/* SPDX-License-Identifier: MIT */
/* What the tools say, as one sentence with file and line. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "rules.h"

static char sentence[512];

static char *of_nft(const char *said, unsigned int first_line)
{
	const struct rules_place place = { "web.nft", first_line, 0 };

	complaint_of_nft(said, "/proc/self/fd/7", &place, sentence, sizeof(sentence));
	return sentence;
}

static char *of_xtables(const char *said, const char *rules, unsigned int first_line,
			unsigned int added)
{
	const struct rules_place place = { "web.rules", first_line, added };

	complaint_of_xtables(said, rules, &place, sentence, sizeof(sentence));
	return sentence;
}

static const char syntax_error[] = "/proc/self/fd/7:4:15-19: Error: syntax error\n"
				   " tcp dport 22 acept\n"
				   "              ^^^^^\n";

Test(complaint, of_nft_has_file_line_and_column)
{
	cr_expect(eq(str, of_nft(syntax_error, 0), "web.nft:4:15: syntax error"));
}

Test(complaint, of_nft_about_inline_text_has_the_line_of_the_file_around_it)
{
	cr_expect(eq(str, of_nft(syntax_error, 10), "web.nft:13: syntax error"));
}

Test(complaint, of_nft_about_an_included_file_names_that_file)
{
	cr_expect(eq(str,
		     of_nft("In file included from /proc/self/fd/7:1:1-19:\n"
			    "/etc/common.nft:3:1-5: Error: Interface does not exist\n",
			    0),
		     "/etc/common.nft:3:1: Interface does not exist"));
}

Test(complaint, of_nft_counts_further_errors)
{
	cr_expect(eq(str,
		     of_nft("/proc/self/fd/7:1:2-3: Error: a\nx\n^\n"
			    "/proc/self/fd/7:2:2-3: Error: b\nx\n^\n",
			    0),
		     "web.nft:1:2: a (and 1 more error)"));
}

Test(complaint, of_nft_in_another_form_is_handed_on)
{
	cr_expect(eq(str, of_nft("netlink: something broke\nmore\n", 0),
		     "web.nft: netlink: something broke"));
	cr_expect(eq(str, of_nft("", 0), "web.nft: nft failed without a word"));
}

static const char unknown_option[] =
	"iptables-nft-restore v1.8.9 (nf_tables): unknown option \"--foo\"\n"
	"Error occurred at line: 3\n"
	"Try `iptables-nft-restore -h' or 'iptables-nft-restore --help' for more.\n";

Test(complaint, of_iptables_has_file_and_line)
{
	cr_expect(eq(
		str,
		of_xtables(unknown_option, "*filter\n-A a\n-A --foo\nCOMMIT\n", 0, 0),
		"web.rules:3: unknown option \"--foo\""));
}

Test(complaint, of_iptables_does_not_count_the_line_put_in_front)
{
	cr_expect(eq(
		str,
		of_xtables(unknown_option, "*filter\n-A a\n-A --foo\nCOMMIT\n", 0, 1),
		"web.rules:2: unknown option \"--foo\""));
	cr_expect(eq(
		str,
		of_xtables(unknown_option, "*filter\n-A a\n-A --foo\nCOMMIT\n", 10, 1),
		"web.rules:11: unknown option \"--foo\""));
}

Test(complaint, of_iptables_in_its_other_forms)
{
	cr_expect(eq(
		str,
		of_xtables("iptables-nft-restore: line 2 failed: No chain/target/match "
			   "by that name.\n",
			   "*filter\n-A NO\nCOMMIT\n", 0, 0),
		"web.rules:2: No chain/target/match by that name."));
	cr_expect(eq(str,
		     of_xtables("iptables-restore: line 2 failed\n",
				"*filter\nhello\nCOMMIT\n", 0, 0),
		     "web.rules:2: not understood: \"hello\""));
	cr_expect(eq(
		str,
		of_xtables(
			"iptables-nft-restore v1.8.9 (nf_tables): \n"
			"line 2: RULE_APPEND failed (Invalid argument): rule in chain "
			"INPUT\n",
			"*filter\n-A INPUT -j MASQUERADE\nCOMMIT\n", 0, 0),
		"web.rules:2: RULE_APPEND failed (Invalid argument): rule in "
		"chain "
		"INPUT"));
	cr_expect(eq(str, of_xtables("", "*filter\n", 0, 0),
		     "web.rules: it failed without a word"));
}

Test(complaint, of_iptables_about_a_jump_names_the_rule_and_not_the_commit)
{
	cr_expect(eq(str,
		     of_xtables("iptables-nft-restore v1.8.9 (nf_tables): Chain 'NOPE' "
				"does not "
				"exist\nError occurred at line: 4\n",
				"*filter\n-A INPUT -j DROP\n-A INPUT -j NOPE\nCOMMIT\n",
				0, 0),
		     "web.rules:3: Chain 'NOPE' does not exist"));
}

Test(complaint, of_iptables_about_an_extension_names_the_line_that_asks_for_it)
{
	static const char said[] =
		"iptables-nft-restore: Warning: Extension ipvs revision 0 not "
		"supported, "
		"missing kernel module?\niptables-nft-restore: line 4 failed\n";

	cr_expect(eq(str,
		     of_xtables(said,
				"*filter\n-A INPUT -j DROP\n-A INPUT -m ipvs\nCOMMIT\n",
				0, 0),
		     "web.rules:3: Extension ipvs revision 0 not supported, missing "
		     "kernel module?"));
	cr_expect(complaint_is_of_extension(said));
	cr_expect(not(complaint_is_of_kernel(said)));
}

Test(complaint, of_ipset_that_is_the_kernels)
{
	cr_expect(complaint_is_of_ipset(
		"ipset v7.17: Kernel error received: set type not supported\n"));
	cr_expect(
		complaint_is_of_ipset("ipset v7.17: Cannot open session to kernel.\n"));
	cr_expect(not(complaint_is_of_ipset(
		"ipset v7.17: Syntax error: typename 'hash:no' is unknown\n")));
}

Test(complaint, of_iptables_that_is_the_kernels)
{
	cr_expect(complaint_is_of_kernel("iptables-nft-restore v1.8.9 (nf_tables): "
					 "Could not fetch rule set generation "
					 "id: Invalid argument\n"));
	cr_expect(not(complaint_is_of_kernel(unknown_option)));
}
