/* SPDX-License-Identifier: MIT */
/* The journal: a memfd of the runner that its workers append to.
 *
 * Criterion closes every descriptor on the way to a worker, so the worker opens it anew
 * through /proc/RUNNER/fd. Writes with O_APPEND to a memfd are atomic, whatever their
 * size, as they would not be to a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/lines.h>

#include "inner.h"

/* "RUNNER's pid:descriptor" */
#define VARIABLE "NSTEST_JOURNAL"

static int journal_fd = -1; /* in the runner */
static off_t read_up_to;
static int worker_fd = -1; /* in a worker or fork, and by inheritance in its children */

int journal_open(void)
{
	char value[32];

	journal_fd = memfd_create("nstest-journal", MFD_CLOEXEC);
	if (journal_fd < 0)
		return nst_fail_errno("making a journal");
	snprintf(value, sizeof(value), "%d:%d", (int)getpid(), journal_fd);
	return setenv(VARIABLE, value, 1) == 0 ? 0 : nst_fail_memory();
}

/* The runner as the environment tells: its pid. 0: none. */
static pid_t runner_pid(int *ret_fd)
{
	const char *value = getenv(VARIABLE);
	int pid = 0;

	return value && sscanf(value, "%d:%d", &pid, ret_fd) == 2 ? pid : 0;
}

bool is_worker(void)
{
	const char *map = getenv("BXFI_MAP"); /* "/bxfi_PID" */
	int fd;

	return map && strncmp(map, "/bxfi_", 6) == 0 && atoi(map + 6) == getpid() &&
	       runner_pid(&fd) == getppid();
}

static void open_journal_of(pid_t runner, int number)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)runner, number);
	worker_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (worker_fd < 0)
		fprintf(stderr, "nstest: opening the runner's journal: %s\n",
			strerror(errno));
}

/* Early, so that children have it: a host may show them another /proc. */
__attribute__((constructor)) static void open_in_worker(void)
{
	int number;

	if (is_worker() && runner_pid(&number))
		open_journal_of(getppid(), number);
}

void journal_join(void)
{
	open_journal_of(getppid(), journal_fd);
}

/* One byte for the kind, then the line. */
void journal_write(enum note_kind kind, const struct nst_result *result)
{
	char *line AUTO_FREE = nst_line_write(result), *note AUTO_FREE = NULL;
	int size;

	if (!line || worker_fd < 0)
		return;
	size = asprintf(&note, "%c%s", '0' + (int)kind, line);
	if (size < 0 || write(worker_fd, note, (size_t)size) != size)
		fprintf(stderr, "nstest: cannot tell the runner: %s\n",
			strerror(errno));
}

void journal_read(void (*take)(enum note_kind kind, struct nst_result *result))
{
	off_t end = lseek(journal_fd, 0, SEEK_END);
	size_t size = end > read_up_to ? (size_t)(end - read_up_to) : 0;
	char *text AUTO_FREE = malloc(size + 1);

	if (!size || !text ||
	    pread(journal_fd, text, size, read_up_to) != (ssize_t)size)
		return;
	text[size] = '\0';
	read_up_to = end;
	for (char *note = text, *next; *note; note = next) {
		struct nst_result result = { 0 };
		size_t length = strcspn(note, "\n");
		bool start;

		next = note + length + (note[length] == '\n');
		if (nst_line_read(note + 1, length - 1, &start, &result) == 0)
			take((enum note_kind)(note[0] - '0'), &result);
		nst_result_free(&result);
	}
}
