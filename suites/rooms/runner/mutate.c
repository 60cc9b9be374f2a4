/* SPDX-License-Identifier: MIT */
/* nstest mutate and nstest run --rule-coverage, as users run them. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

static const char hosts[] = "hosts:\n"
			    "  web: {address: 10.0.0.1/24, ruleset: fw.nft}\n"
			    "  client: {address: 10.0.0.2/24}\n"
			    "links: [web -- client]\n"
			    "cases:\n"
			    "  ssh:\n"
			    "    - expect: client -> web tcp/22 open\n"
			    "  the rest:\n"
			    "    - expect: client -> web tcp/80 dropped\n";

static const char rules[] = "table inet f {\n"
			    "\tchain in {\n"
			    "\t\ttype filter hook input priority 0; policy drop;\n"
			    "\t\tct state established accept\n"
			    "\t\ttcp dport 22 accept\n"
			    "\t\ttcp dport 23 accept\n"
			    "\t}\n"
			    "}\n";

static struct trial with_rules(const char *scenario, const char *text)
{
	struct trial trial = trial_begin(scenario);

	trial_file(&trial, "fw.nft", text);
	return trial;
}

Test(mutate, names_what_survives_and_what_would_notice_it)
{
	TRIAL trial = with_rules(hosts, rules);

	trial_run(&trial, "mutate -v t.yaml");

	cr_assert_eq(trial.status, 0);
	cr_expect(trial_said(&trial, "fw.nft:5: killed: delete"));
	cr_expect(trial_said(&trial, "fw.nft:3: killed: policy"));
	cr_expect(trial_said(&trial,
			     "fw.nft:4: equivalent: swap (both rules do the same)"));
	cr_expect(trial_said(&trial,
			     "fw.nft:6: survived: delete\n"
			     "    - tcp dport 23 accept\n"
			     "    to notice it:  - expect: client -> web tcp/23 open"
			     "   # the mutant: dropped\n"));
	cr_expect(
		trial_said(&trial, "    t.yaml:7:7  client -> web tcp/22: dropped\n"));
}

/* What it suggests is right with the rules as they are, and kills. */
Test(mutate, suggests_what_kills)
{
	AUTO_FREE char *more = NULL;
	TRIAL trial = with_rules(hosts, rules);

	cr_assert_geq(
		asprintf(&more, "%s    - expect: client -> web tcp/23 open\n", hosts),
		0);
	trial_file(&trial, "more.yaml", more);
	trial_run(&trial, "run more.yaml");
	cr_expect_eq(trial.status, 0);
	trial_run(&trial, "mutate -v more.yaml");

	cr_expect(trial_said(&trial, "fw.nft:6: killed: delete"));
}

/* The report up to its last line, which has a time in it. */
static char *report_of(struct trial *trial, const char *arguments)
{
	char *report;

	trial_run(trial, "%s", arguments);
	report = strdup(trial->output);
	*strstr(report, "mutation score") = '\0';
	return report;
}

Test(mutate, says_the_same_however_many_work)
{
	TRIAL trial = with_rules(hosts, rules);
	AUTO_FREE char *alone = report_of(&trial, "mutate -v -j 1 t.yaml");
	AUTO_FREE char *many = report_of(&trial, "mutate -v -j 5 t.yaml");

	cr_expect_str_eq(alone, many);
}

Test(mutate, fails_below_the_score_asked_for)
{
	TRIAL trial = with_rules(hosts, rules);

	trial_run(&trial, "mutate --min-score 100 t.yaml");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "that is less than the 100 % asked for"));
	trial_run(&trial, "mutate --min-score 20 t.yaml");
	cr_expect_eq(trial.status, 0);
	trial_run(&trial, "mutate --min-score many t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(
		trial_said(&trial, "--min-score: \"many\" is no number from 0 to 100"));
}

Test(mutate, needs_cases_that_pass)
{
	TRIAL trial = with_rules(hosts, "table inet f { }\n");

	trial_run(&trial, "mutate t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "there is nothing to mutate"));
	trial_file(&trial, "fw.nft",
		   "table inet f {\nchain in {\ntype filter hook input priority 0\n"
		   "tcp dport 22 drop\n}\n}\n");
	trial_run(&trial, "mutate t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "does not pass with the rules as they are"));
}

/* A limit remembers: its second question must find what the first has used up. */
Test(mutate, asks_in_order_where_rules_remember)
{
	TRIAL trial = with_rules(
		"hosts:\n"
		"  web: {address: 10.0.0.1/24, ruleset: fw.nft}\n"
		"  client: {address: 10.0.0.2/24}\n"
		"links: [web -- client]\n"
		"cases:\n"
		"  two:\n"
		"    - expect: client -> web udp/53 open\n"
		"    - expect: client -> web udp/53 dropped\n",
		"table inet f {\nchain in {\ntype filter hook input priority 0\n"
		"udp dport 53 limit rate 1/hour burst 1 packets accept\n"
		"udp dport 53 drop\n}\n}\n");

	trial_run(&trial, "mutate -v t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "fw.nft:5: killed: delete"));
	cr_expect(trial_said(&trial, "fw.nft:4: killed: delete"));
}

/* Cases that do more than ask are run as they are. */
Test(mutate, runs_cases_that_are_more_than_questions)
{
	TRIAL trial = with_rules(
		"hosts:\n"
		"  web: {address: 10.0.0.1/24, ruleset: fw.nft}\n"
		"  client: {address: 10.0.0.2/24}\n"
		"links: [web -- client]\n"
		"cases:\n"
		"  with a mark:\n"
		"    - mark: here\n"
		"    - expect: client -> web icmp open\n",
		"table inet f {\nchain in {\ntype filter hook input priority 0\n"
		"policy drop\nicmp type echo-request accept\n}\n}\n");

	trial_run(&trial, "mutate -v t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "fw.nft:5: killed: delete"));
	cr_expect_not(trial_has(&trial, "nstest-out"));
}

/* ---- nstest run --rule-coverage ---- */

Test(rule_coverage, is_of_all_cases_together)
{
	TRIAL trial = with_rules(hosts, rules);

	trial_run(&trial, "run --rule-coverage out/rules t.yaml");

	cr_expect_eq(trial.status, 0);
	cr_expect(trial_said(
		&trial, "rule coverage 75.0 %: 3 of 4 rules and policies matched"));
	cr_expect(trial_said(
		&trial, "  fw.nft:6: tcp dport 23 accept: reached, but never matched"));
	cr_expect(trial_has(&trial, "out/rules/coverage.json"));
	cr_expect(trial_has(&trial, "out/rules/index.html"));
}

/* Rules that count are not among those that explain. */
Test(rule_coverage, is_not_seen_in_explanations)
{
	TRIAL trial = with_rules("hosts:\n"
				 "  web: {address: 10.0.0.1/24, ruleset: fw.nft}\n"
				 "  client: {address: 10.0.0.2/24}\n"
				 "links: [web -- client]\n"
				 "cases:\n"
				 "  ssh:\n"
				 "    - expect: client -> web tcp/22 dropped\n",
				 rules);

	trial_run(&trial, "run --min-rule-coverage 1 t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "fw.nft:5"));
	cr_expect_not(trial_said(&trial, "of no loaded file"), "%s", trial.output);
}

Test(rule_coverage, fails_below_what_is_asked_for)
{
	TRIAL trial = with_rules(hosts, rules);

	trial_run(&trial, "run --min-rule-coverage 75.1 t.yaml");
	cr_expect_eq(trial.status, 1);
	trial_run(&trial, "run --min-rule-coverage 75%% t.yaml");
	cr_expect_eq(trial.status, 0);
}
