/* SPDX-License-Identifier: MIT */
/* nstest init: a first scenario, also for a rule file, and a file for a CI. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/init.h>

#include "main.h"

struct init_flags {
	struct common_flags common;
	const char *from, *ci;
};

static const char scenario[] =
	"# yaml-language-server: $schema=" NSTEST_SCHEMAS "/scenario.schema.json\n"
	"# Two hosts and a link. nstest run suites/first.yaml; docs: scenario.md.\n"
	"hosts:\n"
	"  web:\n"
	"    address: 192.168.0.1/24\n"
	"    ruleset: |\n"
	"      *filter\n"
	"      :INPUT DROP [0:0]\n"
	"      -A INPUT -p tcp --dport 8080 -j ACCEPT\n"
	"      COMMIT\n"
	"  client: {address: 192.168.0.2/24}\n"
	"links:\n"
	"  - web -- client\n"
	"\n"
	"cases:\n"
	"  only the web server's port is open:\n"
	"    - expect: client -> web tcp/8080 open\n"
	"    - expect: client -> web tcp/22 dropped\n"
	"\n"
	"  a slow, lossy link does not change that:\n"
	"    - impair: {client -> web: {delay: 20ms, loss: 5%}}\n"
	"    - expect: client -> web tcp/8080 open\n";

static const char settings[] =
	"# yaml-language-server: $schema=" NSTEST_SCHEMAS "/config.schema.json\n"
	"# Options of nstest run, by their long names.\n"
	"paths: [suites]\n";

static const char github[] =
	"name: network tests\n"
	"on: [push, pull_request]\n"
	"jobs:\n"
	"  test:\n"
	"    runs-on: ubuntu-24.04\n"
	"    steps:\n"
	"      - uses: actions/checkout@v4\n"
	"      # Ubuntu forbids user namespaces to programs without an AppArmor "
	"profile.\n"
	"      - run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n"
	"      - run: nstest run\n"
	"      - if: failure()\n"
	"        uses: actions/upload-artifact@v4\n"
	"        with: {name: nstest-out, path: nstest-out}\n";

static const char gitlab[] = "network tests:\n"
			     "  script:\n"
			     "    - nstest run -O junit=junit.xml\n"
			     "  artifacts:\n"
			     "    when: always\n"
			     "    paths: [nstest-out]\n"
			     "    reports: {junit: junit.xml}\n";

static const struct file {
	const char *ci; /* NULL: always */
	const char *folders[2];
	const char *path, *text;
} files[] = {
	{ NULL, { "suites" }, "suites/first.yaml", scenario },
	{ NULL, { NULL }, "nstest.yaml", settings },
	{ "github",
	  { ".github", ".github/workflows" },
	  ".github/workflows/nstest.yaml",
	  github },
	{ "gitlab", { NULL }, ".gitlab-ci.yml", gitlab },
};

/* What is there already is somebody's, and stays. */
static int write_file(const struct file *file)
{
	AUTO_CLOSE int fd = -1;
	size_t size = strlen(file->text);

	for (size_t i = 0; i < ARRAY_SIZE(file->folders) && file->folders[i]; i++)
		if (mkdir(file->folders[i], 0777) < 0 && errno != EEXIST)
			return nst_fail_errno("%s", file->folders[i]);
	fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		printf("%-32s is there already\n", file->path);
		return 0;
	}
	if (fd < 0 || write(fd, file->text, size) != (ssize_t)size)
		return nst_fail_errno("%s", file->path);
	printf("%-32s made\n", file->path);
	return 0;
}

static int init_from(const char *rules, const char *file)
{
	AUTO_FREE char *path = NULL;

	if (nst_become_root() < 0 || nst_init(rules, file, &path) < 0)
		return report_failure("init");
	printf("%s: edit its policy, then: nstest run %s\n", path, path);
	return EXIT_ALL_PASSED;
}

static int init_handle(const struct invocation *invocation)
{
	const struct init_flags *flags = invocation->options;

	if (flags->from)
		return init_from(flags->from, invocation->operands[0]);
	if (invocation->operands[0]) {
		nst_fail(-EINVAL, "a FILE is written from rules: --from RULES");
		return report_failure("init");
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!files[i].ci || (flags->ci && !strcmp(files[i].ci, flags->ci)))
			if (write_file(&files[i]) < 0)
				return report_failure("init");
	puts("now: nstest run");
	return EXIT_ALL_PASSED;
}

const struct verb verb_init = {
	.name = "init",
	.line = "makes a first scenario, also from a rule file",
	.arguments = "[--ci CI] | --from RULES [FILE]",
	.operands = OPERANDS_FILES,
	.most = 1,
	.options =
		(const struct option_row[]){
			{ 'f', "from", "RULES",
			  "what iptables-save, ip6tables-save or nft list ruleset "
			  "prints",
			  OPTION_TEXT, offsetof(struct init_flags, from) },
			{ 0, "ci", "github|gitlab", "also a file that runs it there",
			  OPTION_TEXT, offsetof(struct init_flags, ci) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Writes suites/first.yaml, which passes, and nstest.yaml. What "
			"is there already is left as it is. The first line of the "
			"scenario makes editors with a YAML language server complete "
			"and explain its keys.",
			"With --from: looks for interfaces, networks and addresses in "
			"the rules, "
			"puts "
			"hosts there, loads the rules into the firewall between them, "
			"and "
			"asks who reaches whom. The answers are written as a table: "
			"the "
			"policy as it is today, to be edited into the policy as it "
			"should "
			"be.",
			"Without a FILE it is the rules' name with .yaml, in the "
			"current "
			"folder. A file that is there is never overwritten.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "iptables-save > gate.rules; nstest init --from gate.rules",
			  "writes gate.yaml" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "made, or there already" },
			{ 2, "a file could not be written, or the rules could not be "
			     "asked" },
			{},
		},
	.options_size = sizeof(struct init_flags),
	.handle = init_handle,
};
