/* SPDX-License-Identifier: MIT */
/* The HTML report in a real browser (browser.py), which has no network but its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/markup.h>
#include <base/scope.h>
#include <nstest/error.h>
#include <report/outputs.h>

#include "trial.h"

enum { MISSING = 3 };

#define SECTIONS "Network \"Steps and faults\" Packets Kept"

/* Has the page read. `cases` are in it; what `filter` finds is opened and must have the
 * sections, which are words for the shell. */
static void read_page(const struct trial *trial, const char *page, size_t cases,
		      const char *filter, const char *sections)
{
	AUTO_FREE char *command = NULL;
	int status;

	cr_assert_gt(asprintf(&command,
			      "cd %s && unshare %s sh -c 'ip link set lo up && exec "
			      "timeout 100 python3 " SOURCE_FOLDER
			      "/suites/rooms/runner/browser.py %s %zu \"%s\" %s' >&2",
			      trial->folder, geteuid() ? "-rn" : "-n", page, cases,
			      filter, sections),
		     0);
	status = system(command);
	cr_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == MISSING)
		cr_skip("chromium or chromedriver (Debian: chromium-driver) is not "
			"installed");
	cr_expect_eq(WEXITSTATUS(status), 0, "see above");
}

Test(browser, shows_a_run, .timeout = 120)
{
	TRIAL trial = trial_begin(
		"hosts:\n"
		"  a: {address: 10.0.0.1/24}\n"
		"  b:\n"
		"    address: 10.0.0.2/24\n"
		"    run: {command: python3 -u -m http.server 80, ready: tcp/80}\n"
		"    ruleset: |\n"
		"      table ip t {\n"
		"        chain in {\n"
		"          type filter hook input priority 0;\n"
		"          tcp dport 80 accept\n"
		"          tcp dport 81 drop\n"
		"        }\n"
		"      }\n"
		"links:\n"
		"  - {link: a -- b, impair: delay 5ms, engine: wire}\n"
		"cases:\n"
		"  \"<i class='alert-by-a-name'>good\":\n"
		"    - expect: a -> b tcp/80 open\n"
		"  bad one:\n"
		"    - expect: a -> b icmp open\n"
		"    - run: {on: a, command: \"curl -s 10.0.0.2 >/dev/null; exit "
		"3\"}\n");

	trial_run(&trial, "run --rule-coverage rules -O html=page.html t.yaml");
	cr_assert_eq(trial.status, 1, "%s", trial.output);
	read_page(&trial, "page.html", 2, "bad one",
		  SECTIONS " Logs Rulesets \"Rule coverage\"");
}

Test(browser, shows_tests_in_c_the_same_way, .timeout = 120)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run -O html=page.html -k 'variants / two_are_bad | "
			  "links' " SMALL_SUITE);
	cr_assert_eq(trial.status, 1, "%s", trial.output);
	read_page(&trial, "page.html", 3, "two_are_bad", SECTIONS);
}

/* ---- A thousand cases ---- */

static void put_packets(FILE *out)
{
	char *table = NULL;
	size_t size;
	FILE *memory = open_memstream(&table, &size);

	fputs("1700000000000000000\t0\n", memory);
	for (int i = 0; i < 300; i++)
		fprintf(memory,
			"%d\t%d\t%s\t%s\tarrived\t66\ttcp\t10.0.0.%d:1000\t10.0.0.%d:"
			"1000\t16\t%d\t%d\t10\t10.0.0.1:1000 > 10.0.0.2:1000 TCP ACK "
			"seq %d\t\n",
			i * 1000, i * 1000 + 500, i % 2 ? "a:eth0" : "b:eth0",
			i % 2 ? "b:eth0" : "a:eth0", i % 2 ? 1 : 2, i % 2 ? 2 : 1, i, i,
			i);
	fclose(memory);
	nst_json_pair(out, "packets", table);
	free(table);
}

static char *make_details(bool bad)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("{\"began_ns\": \"1700000000000000000\", \"took\": 9000, \"acts\": [], "
	      "\"hosts\": [{\"name\": \"a\", \"kind\": \"host\"}, {\"name\": \"b\", "
	      "\"kind\": \"host\"}], \"links\": [{\"a\": \"a\", \"b\": \"b\", "
	      "\"a_address\": \"10.0.0.1/24\", \"b_address\": \"10.0.0.2/24\"}], "
	      "\"layout\": \"\", \"impairments\": [], \"steps\": [",
	      out);
	for (int i = 0; i < 10; i++)
		fprintf(out,
			"%s{\"at\": %d, \"end\": %d, \"held\": true, \"kind\": "
			"\"expect\", \"text\": \"a -> b tcp/%d\", \"file\": "
			"\"t.yaml\", "
			"\"line\": 3}",
			i ? ", " : "", i * 500, i * 500 + 400, i + 1);
	fputs("]", out);
	if (bad) {
		fputs(", ", out);
		put_packets(out);
		fputs(", \"logs\": [{\"host\": \"a\", \"program\": \"web\", "
		      "\"stream\": "
		      "\"stdout\", \"lines\": \"1700000000000001000\\thello\\n\"}]",
		      out);
	}
	fputs("}", out);
	fclose(out);
	return text;
}

static void tell(const struct nst_sink *sink, int i)
{
	bool bad = i % 10 == 3;
	struct nst_result result = { .outcome =
					     bad ? NST_OUTCOME_FAIL : NST_OUTCOME_PASS,
				     .duration_us = 1000 + (uint64_t)i };

	nst_text_set(&result.suite, "suite %d", i / 100);
	nst_text_set(&result.name, bad ? "bad one %d" : "good %d", i);
	if (bad) {
		nst_text_set(&result.message, "it went wrong");
		nst_text_set(&result.kept, "out/%d", i);
		nst_text_set(&result.files, "case.pcapng");
	}
	result.details = make_details(bad);
	sink->ops->result(sink->self, &result);
	nst_result_free(&result);
}

Test(browser, shows_a_thousand_cases, .timeout = 120)
{
	enum { CASES = 1000 };
	TRIAL trial = trial_begin(NULL);
	const struct nst_outputs_options options = { .folder = trial.folder };
	struct nst_totals totals = { 0 };
	AUTO_FREE char *word = NULL;
	struct nst_outputs *outputs;
	const struct nst_sink *sink;
	size_t count;

	cr_assert_gt(asprintf(&word, "html=%s/page.html", trial.folder), 0);
	cr_assert_eq(
		nst_outputs_open((const char *const[]){ word }, 1, &options, &outputs),
		0, "%s", nst_error());
	sink = nst_outputs_sinks(outputs, &count);
	sink->ops->start(sink->self, &(struct nst_run_start){ .cases = CASES });
	for (int i = 0; i < CASES; i++)
		tell(sink, i);
	sink->ops->end(sink->self, &(struct nst_run_end){ .totals = &totals });
	cr_assert_eq(nst_outputs_close(outputs), 0, "%s", nst_error());
	read_page(&trial, "page.html", CASES, "bad one", SECTIONS " Logs");
}
