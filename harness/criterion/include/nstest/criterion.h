/* SPDX-License-Identifier: MIT */
/**
 * Network tests in C, with Criterion: topology and test in one breath, a fresh lab for
 * each, and assertions that show what was seen.
 *
 *	static const struct nst_topology two_hosts = {
 *		.links = (struct nst_link[]) { {
 *			.a = { "client", "10.0.0.1/24" },
 *			.b = { "server", "10.0.0.2/24" },
 *		}, {} },
 *	};
 *
 *	NST_TEST(web, is_reachable, .topology = &two_hosts)
 *	{
 *		must(nst_start(lab, &web_server, NULL));
 *
 *		nst_expect_open(lab, "client", "server", "tcp/80");
 *	}
 *
 * Link with nstest::criterion: it brings Criterion's main with it. Rules that hold for all:
 *  - `lab` is up when the body begins and goes when it ends, however it ends.
 *  - A program that dies unasked fails the test, and so does one in which a sanitizer finds
 *    something, and a body that leaves the process.
 *  - An expectation that fails is reported and the test goes on; must() ends it.
 *  - A failed test keeps its packets (case.pcapng) and what its programs wrote in
 *    nstest-out/SUITE/NAME/ (another place of nstest-out: $NSTEST_OUT); one that crashes or
 *    hangs also its stacks, if there is a gdb (backtrace.txt).
 *  - An assertion that fails in a child of the test, as in a function run by nst_in_host(),
 *    fails the test and ends that child.
 *  - Criterion's own assertions, plain and parameterised tests may be used beside these.
 *  - `nstest run` runs these executables as it runs scenario files.
 */
#ifndef NSTEST_CRITERION_H
#define NSTEST_CRITERION_H

#include <stdbool.h>
#include <stddef.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <nstest/error.h>
#include <nstest/impairment.h>
#include <nstest/lab.h>
#include <nstest/probe.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>
#include <nstest/units.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Firewall rules of a host. */
struct nst_host_rules {
	const char *host;
	struct nst_ruleset rules;
};

/** What a test starts from. Arrays end with an all-zero element and may be NULL. */
struct nst_test {
	/* Filled in by NST_TEST(). */
	const char *suite, *name, *file;
	unsigned int line;
	void (*body)(struct nst_lab *lab);

	const struct nst_topology *topology;   /**< NULL: no lab; `lab` is NULL */
	const struct nst_host_rules *rulesets; /**< loaded in this order, */
	const struct nst_start *programs; /**< then started and awaited, one by one */
	bool without_capture; /**< no interface is captured: nst_expect_packets() fails
			       */
	int timeout_ms;       /**< for the whole test; 0: 60 s */

	const struct nst_host_rules *more_rulesets; /* the variant's */
};

/** Declares a test. What stands behind the name are members of struct nst_test (in C++ in
 * their order, as there always). */
#define NST_TEST(Suite, Name, ...)                                  \
	static void nst_body_##Suite##_##Name(struct nst_lab *lab); \
	static const struct nst_test nst_test_##Suite##_##Name = {  \
		.suite = #Suite,                                    \
		.name = #Name,                                      \
		.file = __FILE__,                                   \
		.line = __LINE__,                                   \
		.body = nst_body_##Suite##_##Name,                  \
		__VA_ARGS__                                         \
	};                                                          \
	Test(Suite, Name, .fini = nst_test_end)                     \
	{                                                           \
		nst_test_run(&nst_test_##Suite##_##Name);           \
	}                                                           \
	static void nst_body_##Suite##_##Name(struct nst_lab *lab   \
					      __attribute__((unused)))

/* ---- One test over several networks ----
 *
 *	static const struct nst_variant paths[] = {
 *		{ .name = "lte", .a_to_b = "preset lte up", .b_to_a = "preset lte down" },
 *		{ .name = "lossy", .a_to_b = "loss 2%", .b_to_a = "loss 2%" },
 *		{ .name = "behind a firewall", .rulesets = stateful },
 *		{},
 *	};
 *
 *	NST_TEST_EACH(tcp, arrives_whole, paths, .topology = &two_hosts)
 *	{
 *		...
 *	}
 *
 * Each variant has a lab and a process of its own. Together they are one test: it fails if it
 * fails with any of them, and says with which; nstest-out/SUITE/NAME/VARIANT/ is what that
 * one left. `nstest run --variant 'lo*'`, or NSTEST_VARIANT in the environment, runs only those
 * whose name matches.
 */
enum { NST_VARIANTS_MOST = 256 /**< of one test; more are not run */ };

struct nst_variant {
	const char *name;
	const char *a_to_b; /**< what every link does in this direction, as for */
	const char *b_to_a; /**< nst_impairment_parse(); NULL: as the topology says */
	const struct nst_host_rules *rulesets; /**< loaded after those of the test */
};

#define NST_TEST_EACH(Suite, Name, Variants, ...)                                      \
	static void nst_body_##Suite##_##Name(struct nst_lab *lab);                    \
	static const struct nst_test nst_test_##Suite##_##Name = {                     \
		.suite = #Suite,                                                       \
		.name = #Name,                                                         \
		.file = __FILE__,                                                      \
		.line = __LINE__,                                                      \
		.body = nst_body_##Suite##_##Name,                                     \
		__VA_ARGS__                                                            \
	};                                                                             \
	ParameterizedTestParameters(Suite, Name)                                       \
	{                                                                              \
		static int nst_numbers[NST_VARIANTS_MOST];                             \
		return cr_make_param_array(int, nst_numbers,                           \
					   nst_variant_choose(Variants, nst_numbers)); \
	}                                                                              \
	ParameterizedTest(int *nst_number, Suite, Name, .fini = nst_test_end)          \
	{                                                                              \
		nst_test_run_variant(&nst_test_##Suite##_##Name, Variants,             \
				     *nst_number);                                     \
	}                                                                              \
	static void nst_body_##Suite##_##Name(struct nst_lab *lab                      \
					      __attribute__((unused)))

/** The variant that runs; NULL in other tests. */
const struct nst_variant *nst_current_variant(void);

/* ---- The way to the test ---- */

/** What the test cannot go on without: a negative value ends it with nst_error(). -EOPNOTSUPP,
 * the machine lacks something, skips it, and the reason names what. */
#define must(call) (nst_must_begins(), nst_must_at(NST_HERE, (call), #call))

/* ---- Verdicts: who reaches whom ----
 *
 * `what` is "tcp/80", "udp/53" or "icmp", with " over ipv4" or " over ipv6" behind it
 * where it matters. `to` is a host or an address.
 */

#define nst_expect_open(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, 1u << NST_VERDICT_OPEN)
#define nst_expect_refused(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, 1u << NST_VERDICT_REFUSED)
#define nst_expect_rejected(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, 1u << NST_VERDICT_REJECTED)
#define nst_expect_dropped(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, 1u << NST_VERDICT_DROPPED)
#define nst_expect_unroutable(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, 1u << NST_VERDICT_UNROUTABLE)
/** Rejected or dropped. */
#define nst_expect_blocked(lab, from, to, what) \
	nst_expect_verdict(lab, from, to, what, \
			   1u << NST_VERDICT_REJECTED | 1u << NST_VERDICT_DROPPED)
/** Any of several: bits 1u << NST_VERDICT_…. Nothing is put up to listen where refused
 * is among them. */
#define nst_expect_verdict(lab, from, to, what, verdicts) \
	nst_expect_verdict_at(NST_HERE, lab, from, to, what, verdicts)

/* ---- Packets ---- */

/** How many packets were seen so far: nst_expect_packets(lab, "server", "tcp port 80",
 * >=, 3). Filter and place as for nst_packets(). */
#define nst_expect_packets(lab, where, filter, operator, count)                      \
	do {                                                                         \
		long long nst_seen_ = nst_count_at(NST_HERE, lab, where, filter);    \
		if (nst_seen_ >= 0)                                                  \
			nst_expect_packets_at(NST_HERE, lab, where, filter,          \
					      #operator,(count), nst_seen_,          \
					      nst_seen_ operator(long long)(count)); \
	} while (0)

/* ---- Numbers and texts: what came out first, what is right second ---- */

#define nst_expect_eq(got, right) nst_expect_number(got, ==, right)
#define nst_expect_ne(got, right) nst_expect_number(got, !=, right)
#define nst_expect_lt(got, right) nst_expect_number(got, <, right)
#define nst_expect_le(got, right) nst_expect_number(got, <=, right)
#define nst_expect_gt(got, right) nst_expect_number(got, >, right)
#define nst_expect_ge(got, right) nst_expect_number(got, >=, right)
#define nst_expect_number(got, operator, right)                                   \
	do {                                                                      \
		long long nst_got_ = (long long)(got),                            \
			  nst_right_ = (long long)(right);                        \
		nst_expect_number_at(NST_HERE, #got, #operator, #right, nst_got_, \
				     nst_right_, nst_got_ operator nst_right_);   \
	} while (0)

/** A number lies within `percent` of the right one: of what was measured before, say. */
#define nst_expect_near(got, right, percent)                                     \
	do {                                                                     \
		long long nst_got_ = (long long)(got),                           \
			  nst_right_ = (long long)(right);                       \
		nst_expect_near_at(NST_HERE, #got, #right, nst_got_, nst_right_, \
				   (percent));                                   \
	} while (0)

/** Two texts are equal. */
#define nst_expect_text(got, right) nst_expect_text_at(NST_HERE, #got, got, right)
/** A text has another somewhere in it. */
#define nst_expect_contains(got, part) nst_expect_contains_at(NST_HERE, #got, got, part)

/* ---- Behind the macros ---- */

struct nst_site {
	const char *file;
	unsigned int line;
};
#ifdef __cplusplus
#define NST_HERE                                                            \
	([]() -> const struct nst_site * {                                  \
		static const struct nst_site site = { __FILE__, __LINE__ }; \
		return &site;                                               \
	}())
#else
#define NST_HERE (&(const struct nst_site){ __FILE__, __LINE__ })
#endif

void nst_test_run(const struct nst_test *test);
size_t nst_variant_choose(const struct nst_variant *variants, int *numbers);
void nst_test_run_variant(const struct nst_test *test,
			  const struct nst_variant *variants, int number);
void nst_test_end(void);
void nst_must_begins(void);
int nst_must_at(const struct nst_site *site, long long value, const char *call);
void nst_expect_verdict_at(const struct nst_site *site, struct nst_lab *lab,
			   const char *from, const char *to, const char *what,
			   unsigned int verdicts);
long long nst_count_at(const struct nst_site *site, struct nst_lab *lab,
		       const char *where, const char *filter);
void nst_expect_packets_at(const struct nst_site *site, struct nst_lab *lab,
			   const char *where, const char *filter,
			   const char *operator_text, long long count, long long seen,
			   bool holds);
void nst_expect_number_at(const struct nst_site *site, const char *expression,
			  const char *operator_text, const char *right_text,
			  long long got, long long right, bool holds);
void nst_expect_near_at(const struct nst_site *site, const char *expression,
			const char *right_text, long long got, long long right,
			unsigned int percent);
void nst_expect_text_at(const struct nst_site *site, const char *expression,
			const char *got, const char *right);
void nst_expect_contains_at(const struct nst_site *site, const char *expression,
			    const char *got, const char *part);

#ifdef __cplusplus
}
#endif
#endif
