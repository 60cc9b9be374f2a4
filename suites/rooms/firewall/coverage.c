/* SPDX-License-Identifier: MIT */
/* Rule coverage: against known traffic for each backend, and as a value. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/coverage.h>
#include <nstest/error.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>

#include "../scratch.h"
#include "coverage.h"

static const struct nst_topology two_hosts = {
	.links = (struct nst_link[]){ {
					      .a = { "web", "10.0.0.1/24" },
					      .b = { "client", "10.0.0.2/24" },
				      },
				      {} },
};

/* A lab whose web has these rules, which count. */
static struct nst_lab *counted(const char *text, enum nst_ruleset_kind kind,
			       enum nst_xtables xtables)
{
	const struct nst_ruleset rules = { kind, xtables, text, "fw.rules", 1 };
	struct nst_lab *lab = NULL;
	struct nst_ruleset counting;
	int r;

	cr_assert(eq(int, nst_coverage_ruleset(&rules, &counting), 0));
	cr_assert(eq(int, nst_lab_up(&two_hosts, NULL, &lab), 0), "%s", nst_error());
	r = nst_ruleset_load(lab, "web", &counting);
	nst_coverage_ruleset_free(&counting);
	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());
	cr_assert(eq(int, nst_coverage_begin(lab, "web"), 0), "%s", nst_error());
	return lab;
}

struct burst {
	struct nst_lab *lab;
	unsigned short port;
	int count;
};

static int send_burst(void *arg, void *result)
{
	const struct burst *burst = arg;
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(burst->port),
		.sin_addr = { htonl(0x0a000001) },
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)result;
	/* Not connected: an ICMP error for one datagram must not spare the next. */
	for (int i = 0; i < burst->count; i++)
		if (sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) !=
		    1)
			return -1;
	return close(fd);
}

/* Datagrams from client to web; over veth they have been judged when sent. */
static void send_udp(struct nst_lab *lab, unsigned short port, int count)
{
	struct burst burst = { lab, port, count };

	cr_assert(eq(int, nst_in_host(lab, "client", send_burst, &burst, NULL, 0, 5000),
		     0),
		  "%s", nst_error());
}

/* "LINE reached matched" of each rule, with '*' for what decides. Static. */
static const char *counts(struct nst_lab *lab)
{
	static char text[4096];
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };
	FILE *out = fmemopen(text, sizeof(text), "w");

	cr_assert(eq(int, nst_coverage_take(lab, "web", &coverage), 0), "%s",
		  nst_error());
	for (size_t i = 0; i < coverage.count; i++) {
		const struct nst_covered *covered = &coverage.list[i];

		if (covered->is_element)
			continue;
		fprintf(out, "%u: %d %d%s\n", covered->line, (int)covered->reached,
			(int)covered->matched, covered->decides ? "*" : "");
	}
	fclose(out);
	return text;
}

/* Ten datagrams to 7, four to 8, three to 9, two to 53. */
static void known_traffic(struct nst_lab *lab)
{
	send_udp(lab, 7, 10);
	send_udp(lab, 8, 4);
	send_udp(lab, 9, 3);
	send_udp(lab, 53, 2);
}

Test(coverage, of_nft_counts_what_was_sent)
{
	struct nst_lab *lab nst_autodown =
		counted("table inet f {\n"                                      /* 1 */
			"\tchain in {\n"                                        /* 2 */
			"\t\ttype filter hook input priority 0; policy drop;\n" /* 3 */
			"\t\tmeta l4proto != udp accept\n"                      /* 4 */
			"\t\tudp dport 7 drop\n"                                /* 5 */
			"\t\tudp dport { 8, 9 } jump more\n"                    /* 6 */
			"\t\tudp dport 1000 accept\n"                           /* 7 */
			"\t}\n"                                                 /* 8 */
			"\tchain more {\n"                                      /* 9 */
			"\t\tudp dport 8 drop\n"                                /* 10 */
			"\t\tudp dport 9 meta mark set 1\n"                     /* 11 */
			"\t\tct mark 7 drop\n"                                  /* 12 */
			"\t}\n"                                                 /* 13 */
			"}\n",
			NST_RULESET_NFT, NST_XTABLES_AUTO);

	known_traffic(lab);

	cr_expect(eq(str, (char *)counts(lab),
		     "3: 5 5*\n4: 19 0*\n5: 19 10*\n6: 9 7\n7: 5 0*\n10: 7 4*\n"
		     "11: 3 3\n12: 3 0*\n"));
}

static const char iptables[] = "*filter\n"                                       /* 1 */
			       ":INPUT DROP [0:0]\n"                             /* 2 */
			       ":more - [0:0]\n"                                 /* 3 */
			       "-A INPUT ! -p udp -j ACCEPT\n"                   /* 4 */
			       "-A INPUT -p udp -m udp --dport 7 -j DROP\n"      /* 5 */
			       "-A INPUT -p udp -m udp --dport 8:9 -j more\n"    /* 6 */
			       "-A INPUT -p udp -m udp --dport 1000 -j ACCEPT\n" /* 7 */
			       "-A more -p udp -m udp --dport 8 -j DROP\n"       /* 8 */
			       "-A more -p udp -m udp --dport 9 -j RETURN\n"     /* 9 */
			       "-A more -j DROP\n" /* 10 */
			       "COMMIT\n";
static char of_iptables[] = "2: 5 5*\n4: 19 0*\n5: 19 10*\n6: 9 7\n7: 5 0*\n8: 7 4*\n"
			    "9: 3 3*\n10: 0 0*\n";

Test(coverage, of_iptables_nft_counts_what_was_sent)
{
	struct nst_lab *lab nst_autodown =
		counted(iptables, NST_RULESET_IPTABLES, NST_XTABLES_NFT);

	known_traffic(lab);

	cr_expect(eq(str, (char *)counts(lab), of_iptables));
}

Test(coverage, of_iptables_legacy_counts_what_was_sent)
{
	struct nst_lab *lab nst_autodown =
		counted(iptables, NST_RULESET_IPTABLES, NST_XTABLES_LEGACY);

	known_traffic(lab);

	cr_expect(eq(str, (char *)counts(lab), of_iptables));
}

/* The ruleset under test must decide as it does uncounted, and its handles must stay. */
Test(coverage, changes_no_rule)
{
	static const char text[] =
		"table inet f {\nset s {\ntype inet_service\nelements = { 7 }\n}\n"
		"chain in { type filter hook input priority 0; policy accept;\n"
		"udp dport @s drop\nudp dport vmap { 8 : drop, 9 : accept }\n}\n}\n";
	struct nst_lab *lab nst_autodown =
		counted(text, NST_RULESET_NFT, NST_XTABLES_AUTO);
	struct nst_ran ran = { 0 };

	known_traffic(lab);
	nst_run(lab,
		&(struct nst_start){ .host = "web", .command = "nft list ruleset" },
		5000, &ran);

	cr_expect(eq(str, (char *)counts(lab), "6: 2 2*\n7: 19 10*\n8: 9 7*\n"));
	cr_expect(strstr(ran.out, "udp dport @s drop") != NULL);
	nst_ran_free(&ran);
}

/* More rules than fit into one batch for the kernel. */
Test(coverage, of_many_rules)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct nst_lab *lab nst_autodown = NULL;
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };

	fputs("table inet f {\nchain in {\ntype filter hook input priority 0\n", out);
	for (int port = 1; port <= 500; port++)
		fprintf(out, "udp dport %d drop\n", port);
	fputs("}\n}\n", out);
	fclose(out);
	lab = counted(text, NST_RULESET_NFT, NST_XTABLES_AUTO);
	free(text);

	send_udp(lab, 500, 3);
	cr_assert(eq(int, nst_coverage_take(lab, "web", &coverage), 0));

	cr_assert(eq(sz, coverage.count, 501));
	cr_expect(eq(u64, coverage.list[1].reached, 3));
	cr_expect(eq(u64, coverage.list[1].matched, 0));
	cr_expect(eq(u64, coverage.list[500].reached, 3));
	cr_expect(eq(u64, coverage.list[500].matched, 3));
}

/* ---- As a value ---- */

static struct nst_covered covered(const char *file, unsigned int line, const char *text,
				  uint64_t matched)
{
	return (struct nst_covered){
		.file = (char *)file,
		.line = line,
		.end_line = line,
		.chain = (char *)"inet f in",
		.text = (char *)text,
		.decides = true,
		.reached = matched + 1,
		.matched = matched,
	};
}

/* A shard's coverage, of values on the stack. */
static struct nst_coverage shard(struct nst_covered *list, size_t count)
{
	return (struct nst_coverage){ list, count };
}

Test(coverage, of_shards_is_merged_by_file_line_chain_and_text)
{
	struct nst_covered one[] = { covered("b", 2, "x", 3), covered("a", 9, "z", 0) };
	struct nst_covered other[] = { covered("b", 2, "x", 4),
				       covered("b", 2, "y", 1) };
	struct nst_coverage first = shard(one, 2), second = shard(other, 2);
	struct nst_coverage all AUTO(nst_coverage_free) = { 0 };

	nst_coverage_merge(&all, &first);
	nst_coverage_merge(&all, &second);

	cr_assert(eq(sz, all.count, 3));
	cr_expect(eq(str, all.list[0].file, "a"));
	cr_expect(eq(u64, all.list[1].matched, 7));
	cr_expect(eq(u64, all.list[1].reached, 9));
	cr_expect(eq(str, all.list[2].text, "y"));
	cr_expect(eq(uint, nst_coverage_score(&all), 6666));
}

Test(coverage, comes_back_from_its_file)
{
	struct nst_covered one[] = { covered("a \"b\".nft", 2, "log prefix \"\\x\t\"",
					     3) };
	struct nst_coverage before = shard(one, 1);
	struct nst_coverage after AUTO(nst_coverage_free) = { 0 };
	char *text AUTO_FREE = nst_coverage_print(&before);

	cr_assert(eq(int, nst_coverage_parse(&after, text), 0), "%s", nst_error());

	cr_assert(eq(sz, after.count, 1));
	cr_expect(eq(str, after.list[0].file, one[0].file));
	cr_expect(eq(str, after.list[0].text, one[0].text));
	cr_expect(eq(u64, after.list[0].matched, 3));
	cr_expect(after.list[0].decides);
}

Test(coverage, of_another_form_is_refused)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"nstest_rule_coverage\": 2, \"rules\": []}",
		"{\"nstest_rule_coverage\": 1}",
		"{\"nstest_rule_coverage\": 1, \"rules\": [{\"file\": \"a\"}]}",
		"{\"nstest_rule_coverage\": 1, \"rules\": [7]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };

		cr_expect(lt(int, nst_coverage_parse(&coverage, texts[i]), 0), "%s",
			  texts[i]);
	}
}

static char *read_text(const char *folder, const char *name)
{
	static char text[16384];
	char path[256];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "r");
	cr_assert(in != NULL, "%s", path);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static bool has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fprintf(stderr, "no \"%s\" in:\n%s\n", part, text);
	return strstr(text, part);
}

Test(coverage, is_written_beside_its_source_and_for_other_programs)
{
	char folder[32], path[64];
	struct nst_covered list[] = { { 0 }, { 0 }, { 0 } };
	struct nst_coverage coverage = shard(list, 3);
	FILE *source;

	cr_assert(scratch_folder(folder, sizeof(folder)));
	snprintf(path, sizeof(path), "%s/fw.rules", folder);
	source = fopen(path, "w");
	fputs("*filter\n-A INPUT -i <lo> -j ACCEPT\n-A INPUT -s 10.0.0.0/8 -j DROP\n"
	      "-A INPUT -s 10.1.0.0/16 -j ACCEPT\nCOMMIT\n",
	      source);
	fclose(source);
	list[0] = covered(path, 2, "-A INPUT -i <lo> -j ACCEPT", 0);
	list[1] = covered(path, 3, "-A INPUT -s 10.0.0.0/8 -j DROP", 5);
	list[2] = covered(path, 4, "-A INPUT -s 10.1.0.0/16 -j ACCEPT", 0);

	cr_assert(eq(int, nst_coverage_find_shadows(&coverage), 0));
	cr_assert(eq(int, nst_coverage_write(&coverage, folder), 0), "%s", nst_error());

	cr_expect(has(read_text(folder, "coverage.txt"),
		      "    3 |       6 |       5 |       5 | -A INPUT -s 10.0.0.0/8 -j "
		      "DROP\n"));
	cr_expect(
		has(read_text(folder, "coverage.txt"), "can never match: shadowed by"));
	cr_expect(has(read_text(folder, "coverage.txt"), "fw.rules:3\n"));
	cr_expect(has(read_text(folder, "coverage.txt"),
		      "    5 |         |         |         | "
		      "COMMIT"));
	cr_expect(has(read_text(folder, "index.html"), "-i &lt;lo&gt; -j"));
	cr_expect(has(read_text(folder, "lcov.info"),
		      "DA:2,0\nDA:3,5\nDA:4,0\nLF:3\nLH:1\nend_of_record\n"));
	cr_expect(has(read_text(folder, "cobertura.xml"),
		      "<line number=\"3\" hits=\"5\"/>"));
	cr_expect(
		has(read_text(folder, "coverage.json"), "\"nstest_rule_coverage\": 1"));
	free(list[2].shadowed_by);
	free(list[0].shadowed_by);
}

Test(coverage, text_counts_only_what_goes_on)
{
	const struct nst_ruleset rules = {
		.kind = NST_RULESET_NFT,
		.text = "table ip f { chain c { tcp dport 1 accept; tcp dport 2 jump "
			"d\n"
			"tcp dport 3 log prefix \"jump\"\ncounter jump d\n"
			"meta mark set 1 comment \"x\"\n}; }\n",
	};
	struct nst_ruleset counting;

	cr_assert(eq(int, nst_coverage_ruleset(&rules, &counting), 0));
	cr_expect(eq(
		str, (char *)counting.text,
		"table ip f { chain c { tcp dport 1 accept; tcp dport 2 counter jump "
		"d\ntcp dport 3 counter log prefix \"jump\"\ncounter jump d\n"
		"meta mark set 1 counter comment \"x\"\n}; }\n"));
	nst_coverage_ruleset_free(&counting);
}

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static const struct nst_covered *covered_at(const struct nst_coverage *coverage,
					    const char *file, unsigned int line)
{
	for (size_t i = 0; i < coverage->count; i++)
		if (coverage->list[i].line == line &&
		    strstr(coverage->list[i].file, file))
			return &coverage->list[i];
	cr_fail("nothing is known of %s:%u", file, line);
	return NULL;
}

/* Chains, jumps and logs that stand in other files: in a folder of them, and in a chain. */
Test(coverage, of_included_files_counts_what_was_sent)
{
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };
	struct nst_ruleset rules = { .kind = NST_RULESET_NFT }, counting;
	struct nst_lab *lab nst_autodown = NULL;
	char folder[32], path[64];

	cr_assert(scratch_folder(folder, sizeof(folder)));
	snprintf(path, sizeof(path), "%s/fw.nft", folder);
	write_text(folder, "fw.nft",
		   "table inet f {\n"
		   "	include \"./chain*.nft\"\n"
		   "	chain in {\n"
		   "		type filter hook input priority 0\n"
		   "		include \"rules.inc\"\n"
		   "		udp dport 2 drop\n"
		   "	}\n"
		   "}\n");
	write_text(folder, "chain1.nft", "chain web {\n\tudp dport 1 drop\n}\n");
	write_text(folder, "chain2.nft",
		   "chain note {\n\tudp dport 2 log group 1\n}\n");
	write_text(folder, "rules.inc",
		   "meta l4proto udp jump web # all\nudp dport { 2, 3 } jump note\n");
	rules.path = path;
	rules.text = read_text(folder, "fw.nft");
	cr_assert(eq(int, nst_coverage_ruleset(&rules, &counting), 0), "%s",
		  nst_error());
	cr_assert(eq(int, nst_lab_up(&two_hosts, NULL, &lab), 0), "%s", nst_error());
	cr_assert(eq(int, nst_ruleset_load(lab, "web", &counting), 0), "%s",
		  nst_error());
	nst_coverage_ruleset_free(&counting);
	cr_assert(eq(int, nst_coverage_begin(lab, "web"), 0), "%s", nst_error());
	send_udp(lab, 1, 3);
	send_udp(lab, 2, 2);
	cr_assert(eq(int, nst_coverage_take(lab, "web", &coverage), 0), "%s",
		  nst_error());

	cr_expect(eq(u64, covered_at(&coverage, "rules.inc", 1)->matched, 5));
	cr_expect(eq(u64, covered_at(&coverage, "rules.inc", 2)->reached, 2));
	cr_expect(eq(u64, covered_at(&coverage, "rules.inc", 2)->matched, 2));
	cr_expect(eq(u64, covered_at(&coverage, "chain1.nft", 2)->matched, 3));
	cr_expect(eq(u64, covered_at(&coverage, "chain2.nft", 2)->matched, 2));
	cr_expect(eq(u64, covered_at(&coverage, "fw.nft", 6)->matched, 2));
	cr_expect(eq(str, (char *)read_text(folder, "chain2.nft"),
		     "chain note {\n\tudp dport 2 log group 1\n}\n"),
		  "the files are as they were");
}

/* Named ones, in a map, in a rule, added by a command; with ranges, and what takes two lines. */
Test(coverage, of_sets_counts_their_elements)
{
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };
	struct nst_lab *lab nst_autodown = counted(
		"table inet f {\n"                                       /* 1 */
		"\tset nets { type ipv4_addr; flags interval\n"          /* 2 */
		"\t\telements = { 10.9.0.0/16,\n"                        /* 3 */
		"\t\t\t10.0.0.0/24 } }\n"                                /* 4 */
		"\tmap ports { type inet_service : verdict; counter\n"   /* 5 */
		"\t\telements = { 7 : drop, 8 : accept } }\n"            /* 6 */
		"\tset fresh { type ipv4_addr; flags dynamic\n"          /* 7 */
		"\t\telements = { 10.0.0.9 } }\n"                        /* 8 */
		"\tchain in {\n"                                         /* 9 */
		"\t\ttype filter hook input priority 0; policy drop;\n"  /* 10 */
		"\t\tmeta l4proto != udp accept\n"                       /* 11 */
		"\t\tip saddr @nets udp dport vmap @ports\n"             /* 12 */
		"\t\tip daddr { 10.0.0.1, 10.0.0.7 } udp dport 9 drop\n" /* 13 */
		"\t\tupdate @fresh { ip saddr }\n"                       /* 14 */
		"\t}\n"                                                  /* 15 */
		"}\n"                                                    /* 16 */
		"add element inet f ports { 53 : drop }\n",              /* 17 */
		NST_RULESET_NFT, NST_XTABLES_AUTO);
	char seen[1024] = "";

	known_traffic(lab);
	cr_assert(eq(int, nst_coverage_take(lab, "web", &coverage), 0), "%s",
		  nst_error());

	for (size_t i = 0; i < coverage.count; i++)
		if (coverage.list[i].is_element)
			sprintf(seen + strlen(seen), "%u: %d %s %s\n",
				coverage.list[i].line, (int)coverage.list[i].matched,
				coverage.list[i].chain, coverage.list[i].text);
	cr_expect(eq(str, seen,
		     "3: 0 inet f nets 10.9.0.0/16\n"
		     "4: 19 inet f nets 10.0.0.0/24\n"
		     "6: 10 inet f ports 7 : drop\n"
		     "6: 4 inet f ports 8 : accept\n"
		     "13: 3 inet f in 10.0.0.1\n"
		     "13: 0 inet f in 10.0.0.7\n"
		     "17: 2 inet f ports 53 : drop\n"));
	cr_expect(eq(sz, nst_coverage_total(&coverage).rules, 5));
	cr_expect(eq(sz, nst_coverage_total(&coverage).covered_elements, 5));
}

/* What refuses to count its elements is loaded as it was, but for the counters of rules and sets. */
Test(coverage, of_elements_is_taken_out_again)
{
	char text[] = "{ 10.0.0.1 counter comment \"nstest:7\", 1 comment \"x\" }\0"
		      "{ 22 comment \"nstest:4294967295\" : accept }";
	size_t size = coverage_strip_marks(text, sizeof(text));

	cr_expect(eq(str, text, "{ 10.0.0.1, 1 comment \"x\" }"));
	cr_expect(eq(str, text + strlen(text) + 1, "{ 22 : accept }"));
	cr_expect(eq(sz, size, strlen(text) + 1 + sizeof("{ 22 : accept }")));
}
