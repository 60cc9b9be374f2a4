/* SPDX-License-Identifier: MIT */
/* Programs under a tool: strace or gdb.
 *
 * How it works. The tool is started in the host in the place of the program, with the
 * program's own streams, and descriptor 3 besides: the file that strace writes to, or gdb's
 * terminal. A line of shell sorts these out. gdb gets the terminal as its streams, and a wrapper
 * through which it starts the program gives that its own ones back. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_tool.h"

static const char strace_line[] =
	"exec strace -f -tt -T -yy -s 200 -o /proc/self/fd/3 /bin/sh -c 'exec \"$@\" "
	"3>&-' sh \"$@\"";

/* gdb starts programs through $SHELL, and only so through a wrapper. */
static const char gdb_line[] =
	"exec 7<&0 8>&1 9>&2 <&3 >&3 2>&3 3>&-; SHELL=/bin/sh exec gdb -q "
	"-iex 'set debuginfod enabled off' -iex 'set breakpoint pending on' "
	"-iex \"set exec-wrapper /bin/sh -c 'exec \\\"\\$0\\\" \\\"\\$@\\\" <&7 >&8 "
	"2>&9 "
	"7<&- 8>&- 9>&-'\" "
	"-ex 'echo nstest: \"run\" starts it, \"quit\" ends it\\n' --args \"$@\"";

int program_tools_keep(struct nst_lab *lab, const struct nst_lab_options *options)
{
	const char *const given[] = { options->strace, options->gdb,
				      options->terminal };
	char **const kept[] = { &lab->strace, &lab->gdb, &lab->terminal };

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		*kept[i] = given[i] ? strdup(given[i]) : NULL;
		if (given[i] && !*kept[i])
			return nst_fail_memory();
	}
	return 0;
}

void program_tools_forget(struct nst_lab *lab)
{
	free(lab->strace);
	free(lab->gdb);
	free(lab->terminal);
}

static bool is_meant(const char *pattern, const char *host, const char *name)
{
	AUTO_FREE char *title = NULL;

	return pattern && asprintf(&title, "%s/%s", host, name) > 0 &&
	       fnmatch(pattern, title, 0) == 0;
}

enum tool tool_of(const struct nst_lab *lab, const char *host, const char *name)
{
	if (is_meant(lab->gdb, host, name))
		return TOOL_GDB;
	return is_meant(lab->strace, host, name) ? TOOL_STRACE : TOOL_NONE;
}

int tool_open(const struct nst_lab *lab, enum tool tool)
{
	int fd = -1;

	switch (tool) {
	case TOOL_NONE:
		break;
	case TOOL_STRACE:
		fd = memfd_create("nstest-strace", MFD_CLOEXEC);
		return fd < 0 ? nst_fail_errno("making a file for strace") : fd;
	case TOOL_GDB:
		if (!lab->terminal)
			return nst_fail(-ENOTTY,
					"gdb needs a terminal, and there is none");
		fd = open(lab->terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? nst_fail_errno("gdb's terminal %s", lab->terminal) : fd;
	}
	return fd;
}

const char **tool_words(const char *line)
{
	size_t size = strlen(line) + 1, count = 0;
	const char **words;
	char *text;

	if (line[strcspn(line, "|&;<>()$`\\\"'*?[]#~=%!{}\n")])
		return NULL;
	words = malloc((size + 1) * sizeof(*words) + size);
	if (!words)
		return NULL;
	text = memcpy(words + size + 1, line, size);
	for (char *word; (word = strsep(&text, " \t"));)
		if (*word && (count || strcmp(word, "exec") != 0))
			words[count++] = word;
	words[count] = NULL;
	return words;
}

const char **tool_command(enum tool tool, const char *const *argv)
{
	const char *const before[] = { "/bin/sh", "-c",
				       tool == TOOL_GDB ? gdb_line : strace_line,
				       "sh" };
	const char **command;
	size_t count = 0;

	while (argv[count])
		count++;
	command = calloc(ARRAY_SIZE(before) + count + 1, sizeof(*command));
	if (!command) {
		nst_fail_memory();
		return NULL;
	}
	memcpy(command, before, sizeof(before));
	memcpy(command + ARRAY_SIZE(before), argv, count * sizeof(*argv));
	return command;
}
