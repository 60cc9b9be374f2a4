/* SPDX-License-Identifier: MIT */
/* A machine within the machine, in which everything can be counted. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/lab.h>

#include "chamber.h"

enum { NOT_BUILT = 99, SETTLE_S = 20, LOOK_NS = 2000000, PROCESSES = 4096 };

/* ---- Building it ---- */

static bool write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Every id that this process has, the child gets under the same number. */
static bool hand_down_ids(pid_t child, const char *map)
{
	char own[64], path[64], text[2048] = "";
	unsigned long inside, outside, count;
	AUTO_FCLOSE FILE *in = NULL;
	size_t used = 0;

	snprintf(own, sizeof(own), "/proc/self/%s", map);
	snprintf(path, sizeof(path), "/proc/%d/%s", child, map);
	in = fopen(own, "re");
	while (in && fscanf(in, "%lu %lu %lu", &inside, &outside, &count) == 3)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%lu %lu %lu\n", inside, inside, count);
	return write_file(path, text);
}

static bool furnish(void)
{
	return !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("proc", "/proc", "proc", 0, NULL) &&
	       !mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

/* Reaps a child and ends as it did. */
_Noreturn static void end_as(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		_exit(NOT_BUILT);
	_exit(WEXITSTATUS(status));
}

_Noreturn static void enter_and_work(int (*work)(char *), char *text, int parent)
{
	char byte = 0;
	pid_t pid;

	if (unshare(CLONE_NEWUSER) < 0 || write(parent, &byte, 1) != 1 ||
	    read(parent, &byte, 1) != 1 ||
	    unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS |
		    CLONE_NEWIPC) < 0)
		_exit(NOT_BUILT);
	close(parent);
	pid = fork();
	if (!pid)
		_exit(furnish() ? work(text) : NOT_BUILT);
	end_as(pid);
}

_Noreturn static void build(int (*work)(char *), char *text)
{
	int pair[2];
	char byte;
	pid_t pid;

	if (nst_become_root() < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		_exit(NOT_BUILT);
	pid = fork();
	if (!pid) {
		close(pair[0]);
		enter_and_work(work, text, pair[1]);
	}
	close(pair[1]);
	if (read(pair[0], &byte, 1) != 1 || !hand_down_ids(pid, "uid_map") ||
	    !hand_down_ids(pid, "gid_map") || write(pair[0], &byte, 1) != 1)
		_exit(NOT_BUILT);
	end_as(pid);
}

int chamber_run(int (*work)(char *text), char **ret_text)
{
	char *text = mmap(NULL, CHAMBER_TEXT, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (text == MAP_FAILED)
		return -1;
	pid = fork();
	if (!pid)
		build(work, text);
	if (waitpid(pid, &status, 0) < 0)
		status = -1;
	*ret_text = strndup(text, CHAMBER_TEXT - 1);
	munmap(text, CHAMBER_TEXT);
	if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_BUILT)
		return -1;
	return WEXITSTATUS(status);
}

/* ---- What is there ---- */

size_t chamber_processes(pid_t *pids, size_t most)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	while (folder && count < most && (entry = readdir(folder))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && pid != getpid())
			pids[count++] = pid;
	}
	if (folder)
		closedir(folder);
	return count;
}

/* All of a file, or the names in a folder, as one text. */
static char *read_file(const char *path)
{
	AUTO_FCLOSE FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!in || getdelim(&text, &room, '\0', in) < 0) {
		free(text);
		return strdup("");
	}
	return text;
}

static char *read_names(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < count; i++) {
		fprintf(out, "%s ", entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	fclose(out);
	return text;
}

static char *mounts_before, *files_before, *interfaces_before;

void chamber_remember(void)
{
	mounts_before = read_file("/proc/self/mountinfo");
	interfaces_before = read_names("/proc/net/dev_snmp6");
	files_before = read_names("/tmp");
}

static bool same(const char *what, const char *before, char *now, char *text)
{
	bool equal = !strcmp(before, now);

	if (!equal)
		snprintf(text, CHAMBER_TEXT, "%s: before \"%s\", now \"%s\"", what,
			 before, now);
	free(now);
	return equal;
}

static bool nobody_is_left(char *text)
{
	static pid_t pids[PROCESSES];
	size_t count;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	count = chamber_processes(pids, PROCESSES);
	if (count) {
		char path[64];
		AUTO_FREE char *words = NULL;

		snprintf(path, sizeof(path), "/proc/%d/cmdline", pids[0]);
		words = read_file(path);
		snprintf(text, CHAMBER_TEXT, "%zu processes, such as %d \"%s\"", count,
			 pids[0], words);
	}
	return !count;
}

static bool is_clean_now(char *text)
{
	return nobody_is_left(text) &&
	       same("mounts", mounts_before, read_file("/proc/self/mountinfo"), text) &&
	       same("interfaces", interfaces_before, read_names("/proc/net/dev_snmp6"),
		    text) &&
	       same("files", files_before, read_names("/tmp"), text);
}

/* The kernel's cleaning up is asynchronous and tells nobody of its end. */
static bool becomes_true(bool (*holds)(char *), char *text)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	time_t deadline = time(NULL) + SETTLE_S;

	while (!holds(text)) {
		if (time(NULL) >= deadline)
			return false;
		nanosleep(&look, NULL);
	}
	*text = '\0';
	return true;
}

bool chamber_is_clean(char *text)
{
	return becomes_true(is_clean_now, text);
}

/* ---- Namespaces, as the kernel counts them ---- */

struct kind {
	const char *name;
	int flag;
	int own; /* how many of them this process stands in that this user namespace owns */
};

/* Whether one more can be made where the limit leaves room for one. */
static bool one_fits(const struct kind *kind, char *text)
{
	char path[64], limit[16];
	AUTO_FREE char *before = NULL;
	int status = -1;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kind->name);
	snprintf(limit, sizeof(limit), "%d", kind->own + 1);
	before = read_file(path);
	if (!write_file(path, limit)) {
		snprintf(text, CHAMBER_TEXT, "%s cannot be set", path);
		return false;
	}
	pid = fork();
	if (!pid)
		_exit(unshare(kind->flag) < 0 ? 1 : 0);
	waitpid(pid, &status, 0);
	write_file(path, before);
	if (status)
		snprintf(text, CHAMBER_TEXT, "there are %s namespaces left",
			 kind->name);
	return !status;
}

bool chamber_has_no_namespaces(char *text)
{
	static const struct kind kinds[] = {
		{ "net", CLONE_NEWNET, 1 }, { "mnt", CLONE_NEWNS, 1 },
		{ "pid", CLONE_NEWPID, 1 }, { "uts", CLONE_NEWUTS, 1 },
		{ "ipc", CLONE_NEWIPC, 1 }, { "user", CLONE_NEWUSER, 0 },
	};
	const struct timespec look = { .tv_nsec = LOOK_NS };
	time_t deadline = time(NULL) + SETTLE_S;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		while (!one_fits(&kinds[i], text)) {
			if (time(NULL) >= deadline)
				return false;
			nanosleep(&look, NULL);
		}
	*text = '\0';
	return true;
}
