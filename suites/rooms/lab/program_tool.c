/* SPDX-License-Identifier: MIT */
/* Programs under strace, and under gdb without a terminal. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "program_lab.h"
#include "program_tool.h"

static void need(const char *tool)
{
	char command[64];

	snprintf(command, sizeof(command), "%s --version >/dev/null 2>&1", tool);
	if (system(command) != 0)
		cr_skip("there is no %s", tool);
}

static struct nst_lab *lab_with(const char *strace, const char *gdb,
				const char *terminal)
{
	const struct nst_lab_options options = { .strace = strace,
						 .gdb = gdb,
						 .terminal = terminal };
	struct nst_lab *lab;

	must(nst_lab_up(&three_hosts, &options, &lab));
	return lab;
}

Test(tool, strace_keeps_what_a_program_asks_of_the_kernel_and_its_streams_stay_its_own)
{
	struct nst_lab *lab nst_autodown = NULL;
	char *trace AUTO_FREE = NULL, *none;
	struct nst_ran ran;

	need("strace");
	lab = lab_with("cl*/head", NULL, NULL);
	must(nst_run(lab,
		     &(struct nst_start){ .host = "client",
					  .command = "head -c 5",
					  .input = "hello world" },
		     PATIENCE_MS, &ran));
	cr_expect_str_eq(ran.out, "hello");
	cr_expect_str_empty(ran.err);
	nst_ran_free(&ran);
	must(nst_program_trace(nst_program_at(lab, 0), &trace));
	cr_expect(strstr(trace, "execve(\"/usr/bin/head\"") ||
		  strstr(trace, "execve(\"/bin/head\""));
	cr_expect(strstr(trace, "\"hello\", 5) = 5"), "%s", trace);

	must(nst_run(lab, &(struct nst_start){ .host = "server", .command = "true" },
		     PATIENCE_MS, &ran));
	nst_ran_free(&ran);
	must_fail(nst_program_trace(nst_program_at(lab, 1), &none), -ENODATA,
		  "true on server does not run under strace");
}

Test(tool, gdb_wants_a_terminal)
{
	struct nst_lab *lab nst_autodown = lab_with(NULL, "client/true", NULL);
	struct nst_lab *other nst_autodown =
		lab_with(NULL, "client/true", "/dev/no-such-terminal");
	const struct nst_start start = { .host = "client", .command = "true" };
	struct nst_program *program;

	must_fail(nst_start(lab, &start, &program), -ENOTTY, "gdb needs a terminal");
	must_fail(nst_start(other, &start, &program), -ENOENT, "/dev/no-such-terminal");
}

Test(tool, only_plain_lines_go_without_a_shell)
{
	const char **words AUTO_FREE = tool_words("exec  ./server -p 80");

	cr_assert_not_null(words);
	cr_expect_str_eq(words[0], "./server");
	cr_expect_str_eq(words[1], "-p");
	cr_expect_str_eq(words[2], "80");
	cr_expect_null(words[3]);
	cr_expect_null(tool_words("cd /tmp; ./server"));
	cr_expect_null(tool_words("PORT=80 ./server"));
	cr_expect_null(tool_words("./server >log"));
}
