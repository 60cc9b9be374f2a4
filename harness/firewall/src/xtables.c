/* SPDX-License-Identifier: MIT */
/* Loads iptables-save text with the machine's own iptables-restore.
 *
 * The program runs in the host's network namespace but in the lab process's view of
 * files: a host whose root is an empty tmpfs has no iptables. Nothing is left behind:
 * what the program reads and writes are memfds, its lock too (the legacy one insists on
 * a lock file, and /run/xtables.lock is not ours to write without root).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <base/fail.h>
#include <base/scope.h>

#include "known.h"
#include "rules.h"

enum { DEADLINE_MS = 30000, SAID_SIZE = 4096, LOCK_FD = 3 };

/* Who can load it, in the order in which they are tried. */
static const struct restorer {
	enum nst_ruleset_kind kind;
	enum nst_xtables xtables;
	const char *program;
} restorers[] = {
	{ NST_RULESET_IPTABLES, NST_XTABLES_NFT, "iptables-nft-restore" },
	{ NST_RULESET_IPTABLES, NST_XTABLES_LEGACY, "iptables-legacy-restore" },
	{ NST_RULESET_IPTABLES, NST_XTABLES_AUTO, "iptables-restore" },
	{ NST_RULESET_IP6TABLES, NST_XTABLES_NFT, "ip6tables-nft-restore" },
	{ NST_RULESET_IP6TABLES, NST_XTABLES_LEGACY, "ip6tables-legacy-restore" },
	{ NST_RULESET_IP6TABLES, NST_XTABLES_AUTO, "ip6tables-restore" },
};

/* How a restorer ended, and what it wrote. */
struct outcome {
	int status; /* as of waitpid(2) */
	char said[SAID_SIZE];
};

bool xtables_find(const char *name, char *path, size_t size)
{
	static const char system_folders[] = "/usr/sbin:/sbin:/usr/local/sbin";
	const char *const lists[] = { getenv("PATH"), system_folders };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const char *at = lists[i]; at && *at;) {
			size_t length = strcspn(at, ":");

			if (length && at[0] == '/') {
				snprintf(path, size, "%.*s/%s", (int)length, at, name);
				if (access(path, X_OK) == 0)
					return true;
			}
			at += length + (at[length] == ':');
		}
	return false;
}

/* Waits for the child's end. Kills it at the deadline. */
static int wait_end(pid_t pid, const char *name, int *ret_status)
{
	int pidfd AUTO_CLOSE = (int)syscall(SYS_pidfd_open, pid, 0);
	int n;

	do {
		n = poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, DEADLINE_MS);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		kill(pid, SIGKILL);
	if (waitpid(pid, ret_status, 0) != pid)
		return nst_fail_errno("waiting for %s", name);
	return n == 1 ? 0
		      : nst_fail(-ETIMEDOUT, "%s did not end within %d s", name,
				 DEADLINE_MS / 1000);
}

static int spawn(const char *path, char *const argv[], char *const env[],
		 const int fds[4], pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes,
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; i < 4; i++)
		posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	r = posix_spawn(ret_pid, path, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* A memfd above the numbers that the child gets its own under: dup2 must not overwrite
 * one that is still to be copied. */
static int high_memfd(const char *name)
{
	int low AUTO_CLOSE = memfd_create(name, MFD_CLOEXEC);

	return low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, LOCK_FD + 1);
}

static int run_restorer(const char *path, const char *name, int rules_fd,
			struct outcome *outcome)
{
	char *const argv[] = { (char *)name, NULL };
	char *const env[] = { (char *)"LC_ALL=C",
			      (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			      (char *)"XTABLES_LOCKFILE=/proc/self/fd/3", NULL };
	int in AUTO_CLOSE = fcntl(rules_fd, F_DUPFD_CLOEXEC, LOCK_FD + 1);
	int out AUTO_CLOSE = high_memfd("said");
	int lock AUTO_CLOSE = high_memfd("xtables.lock");
	pid_t pid;
	ssize_t n;
	int r;

	if (in < 0 || out < 0 || lock < 0 || lseek(in, 0, SEEK_SET) < 0)
		return nst_fail_errno("preparing %s", name);
	r = spawn(path, argv, env, (const int[]){ in, out, out, lock }, &pid);
	if (r < 0)
		return nst_fail(r, "running %s: %s", path, strerror(-r));
	r = wait_end(pid, name, &outcome->status);
	if (r < 0)
		return r;
	n = pread(out, outcome->said, sizeof(outcome->said) - 1, 0);
	outcome->said[n < 0 ? 0 : n] = '\0';
	return 0;
}

/* The refusal as a sentence. `before` is who had failed before, or NULL. */
static int complain(const struct load *load, const char *name, const char *before,
		    const struct outcome *outcome)
{
	char sentence[NST_ERROR_SIZE - 200], more[100] = "";
	char *rules AUTO_FREE = rules_text(load->rules_fd);

	if (!rules)
		return nst_fail_memory();
	if (before)
		snprintf(more, sizeof(more), ", after %s found no nf_tables here",
			 before);
	complaint_of_xtables(outcome->said, rules, &load->place, sentence,
			     sizeof(sentence));
	return nst_fail(complaint_is_of_kernel(outcome->said) ||
					complaint_is_of_extension(outcome->said)
				? -EOPNOTSUPP
				: -EINVAL,
			"%s (%s, host \"%s\"%s)", sentence, name, load->host, more);
}

bool xtables_is_legacy(const char *path)
{
	char *real AUTO_FREE = realpath(path, NULL);

	return strstr(real ? real : path, "legacy");
}

static int learn(struct nst_inside *inside, size_t node, const struct load *load,
		 const char *path)
{
	const char *family = load->kind == NST_RULESET_IP6TABLES ? "ip6" : "ip";
	bool is_legacy = xtables_is_legacy(path);
	char *text AUTO_FREE = rules_text(load->rules_fd);
	struct origin new AUTO(origin_free) = { 0 };
	struct origin *origin = is_legacy ? known_legacy(inside, node) : &new;
	int r;

	if (!text || !origin)
		return nst_fail_memory();
	r = origin_of_xtables(origin, text, family, &load->place);
	if (r < 0 || is_legacy)
		return r;
	return known_learn(inside, node, NST_RULE_IPTABLES_NFT, origin);
}

static bool fits(const struct restorer *restorer, const struct load *load)
{
	return restorer->kind == load->kind && (load->xtables == NST_XTABLES_AUTO ||
						load->xtables == restorer->xtables);
}

int load_xtables(struct nst_inside *inside, size_t node, const struct load *load)
{
	const char *before = NULL;
	struct outcome outcome = { 0 };
	char path[256];
	int r;

	r = nst_inside_net(inside, node);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(restorers); i++) {
		const char *name = restorers[i].program;

		if (!fits(&restorers[i], load) ||
		    !xtables_find(name, path, sizeof(path)))
			continue;
		r = run_restorer(path, name, load->rules_fd, &outcome);
		if (r < 0)
			return r;
		if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 0)
			return learn(inside, node, load, path);
		if (load->xtables != NST_XTABLES_AUTO || before ||
		    !complaint_is_of_kernel(outcome.said))
			return complain(load, name, before, &outcome);
		before = name;
	}
	if (before)
		return complain(load, before, NULL, &outcome);
	return nst_fail(
		-EOPNOTSUPP,
		"%s: there is no %s-restore%s on this machine (Debian: apt-get install "
		"iptables; Fedora: dnf install iptables-nft iptables-legacy)",
		load->place.name, nst_ruleset_kind_name(load->kind),
		load->xtables == NST_XTABLES_LEGACY ? " (legacy)" : "");
}
