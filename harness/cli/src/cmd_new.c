/* SPDX-License-Identifier: MIT */
/* nstest new: a project to begin with. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "main.h"

struct new_flags {
	struct common_flags common;
};

static const char cmake[] = "cmake_minimum_required(VERSION 3.22)\n"
			    "project(suite LANGUAGES C)\n"
			    "\n"
			    "find_package(nstest REQUIRED)\n"
			    "enable_testing()\n"
			    "\n"
			    "add_executable(suite suite.c)\n"
			    "target_link_libraries(suite PRIVATE nstest::criterion)\n"
			    "add_test(NAME suite COMMAND suite)\n";

static const char suite[] =
	"#include <nstest/criterion.h>\n"
	"\n"
	"/* The network: two hosts and the link between them, 10 ms long. */\n"
	"static const struct nst_topology two_hosts = {\n"
	"\t.links = (struct nst_link[]){ {\n"
	"\t\t.a = { \"client\", \"10.0.0.1/24\" },\n"
	"\t\t.b = { \"server\", \"10.0.0.2/24\" },\n"
	"\t\t.a_to_b = { .delay_us = NST_MS(10) },\n"
	"\t}, {} },\n"
	"};\n"
	"\n"
	"/* What runs in it before the test begins. */\n"
	"static const struct nst_start programs[] = {\n"
	"\t{ .host = \"server\",\n"
	"\t  .command = \"exec python3 -m http.server 80\",\n"
	"\t  .ready = { .port = 80 } },\n"
	"\t{},\n"
	"};\n"
	"\n"
	"/* The client gets its page, and nobody resets the connection. */\n"
	"NST_TEST(web, answers, .topology = &two_hosts, .programs = programs)\n"
	"{\n"
	"\tstruct nst_ran ran;\n"
	"\n"
	"\tmust(nst_run(lab, &(struct nst_start){\n"
	"\t\t.host = \"client\", .command = \"curl -sf http://server/\" }, 10000, "
	"&ran));\n"
	"\n"
	"\tnst_expect_eq(ran.exit.status, 0);\n"
	"\tnst_expect_contains(ran.out, \"Directory listing\");\n"
	"\tnst_expect_packets(lab, \"client\", \"tcp[tcpflags] & tcp-rst != 0\", ==, "
	"0);\n"
	"\tnst_ran_free(&ran);\n"
	"}\n";

static const struct {
	const char *name, *text;
} files[] = {
	{ "CMakeLists.txt", cmake },
	{ "suite.c", suite },
};

/* Nothing is overwritten, and nothing written if something would be. */
static int check_absent(int folder, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (faccessat(folder, files[i].name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return nst_fail(-EEXIST,
					"%s/%s is there already: name another folder",
					path, files[i].name);
	return 0;
}

static int write_file(int folder, size_t i)
{
	int fd AUTO_CLOSE = openat(folder, files[i].name,
				   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	size_t size = strlen(files[i].text);

	if (fd < 0 || write(fd, files[i].text, size) != (ssize_t)size)
		return nst_fail_errno("writing %s", files[i].name);
	return 0;
}

static int write_project(const char *path)
{
	int folder AUTO_CLOSE = -1;
	int r;

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return nst_fail_errno("making the folder %s", path);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return nst_fail_errno("opening the folder %s", path);
	r = check_absent(folder, path);
	for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++)
		r = write_file(folder, i);
	return r;
}

static int new_handle(const struct invocation *invocation)
{
	const char *what = invocation->operands[0], *path = invocation->operands[1];

	if (strcmp(what, "suite") != 0) {
		nst_fail(-EINVAL, "\"%s\" cannot be made; \"suite\" can", what);
		return report_failure("new");
	}
	if (write_project(path) < 0)
		return report_failure("new");
	printf("%s/suite.c has a test that passes. Build and run it:\n"
	       "  cmake -S %s -B %s/build && cmake --build %s/build\n"
	       "  nstest run %s/build\n",
	       path, path, path, path, path);
	return EXIT_ALL_PASSED;
}

const struct verb verb_new = {
	.name = "new",
	.line = "writes a CMake project with one C test that passes",
	.arguments = "suite DIR",
	.operands = OPERANDS_FILES,
	.least = 2,
	.most = 2,
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"DIR gets a CMakeLists.txt and a suite.c to begin with: two "
			"hosts, a "
			"web server, a client, and what must hold between them. Files "
			"that are there are never overwritten.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest new suite tests", "writes tests/CMakeLists.txt and "
						    "tests/suite.c" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "it is written" },
			{ 2, "it could not be, or something is there already" },
			{},
		},
	.options_size = sizeof(struct new_flags),
	.handle = new_handle,
};
