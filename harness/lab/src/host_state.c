/* SPDX-License-Identifier: MIT */
/* What the kernel knows of a host, asked in the lab process: one shell per host, in its
 * network namespace, with the machine's files (its own may have no ip). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/host_state.h>
#include <lab/inside.h>

enum { DEADLINE_MS = 1000, TEXT_MOST = 4 << 20 };

/* Rules go to standard error, all else to standard output. Programs are few, because each
 * costs as much as building a lab: iptables is asked only if there are rules. */
static const char script[] =
	"ask() {\n"
	"	printf '\\n==== %s\\n' \"$*\"\n"
	"	if command -v \"$1\" >/dev/null; then \"$@\" 2>&1; else echo \"$1 is "
	"not "
	"installed\"; fi\n"
	"}\n"
	"rules() {\n"
	"	command -v \"$1\" >/dev/null || return\n"
	"	text=$(\"$@\" 2>/dev/null)\n"
	"	[ -z \"$text\" ] || printf '# %s\\n%s\\n\\n' \"$*\" \"$text\" >&2\n"
	"}\n"
	"legacy() { read -r table </proc/net/$1; } 2>/dev/null\n"
	"ask ip -s -d address show\n"
	"ask ip route show table all\n"
	"ask ip -s neighbour show\n"
	"ask ss -tuwaneio\n"
	"ask tc -s -d qdisc show\n"
	"if command -v conntrack >/dev/null; then ask conntrack -L; else\n"
	"	ask cat /proc/net/nf_conntrack; fi\n"
	"rules nft -a list ruleset\n"
	"found=${text-}\n"
	"none() { command -v nft >/dev/null && [ -z \"$found\" ] && ! legacy $1; }\n"
	"none ip_tables_names || rules iptables-save -c\n"
	"none ip6_tables_names || rules ip6tables-save -c\n";

static int wait_end(pid_t pid)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0 || poll(&end, 1, DEADLINE_MS) <= 0)
		kill(-pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

static int run_script(int state_fd, int rules_fd)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	char *const env[] = { (char *)"LC_ALL=C",
			      (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			      (char *)"XTABLES_LOCKFILE=/dev/null", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	pid_t pid;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY,
					 0);
	posix_spawn_file_actions_adddup2(&actions, state_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, rules_fd, STDERR_FILENO);
	r = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return r ? nst_fail(-r, "running /bin/sh: %s", strerror(r)) : wait_end(pid);
}

/* Request: the node, and two memfds for the texts. Reply: its name. */
static int state_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	const struct nst_plan *plan = nst_inside_plan(inside);
	size_t node;
	int r;

	memcpy(&node, request->data, sizeof(node));
	if (node >= plan->node_count)
		return nst_fail(-ENOENT, "there is no host %zu", node);
	r = nst_inside_net(inside, node);
	if (r == 0)
		r = run_script(request->fds[0], request->fds[1]);
	return r < 0 ? r
		     : nst_reply_value(reply, plan->nodes[node].name,
				       strlen(plan->nodes[node].name) + 1);
}

static char *read_whole(int fd)
{
	struct stat status;
	char *text;
	ssize_t got;

	if (fstat(fd, &status) < 0)
		return NULL;
	if (status.st_size > TEXT_MOST)
		status.st_size = TEXT_MOST;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return NULL;
	got = pread(fd, text, (size_t)status.st_size, 0);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

int nst_host_state(struct nst_lab *lab, size_t index, char **ret_name, char **ret_state,
		   char **ret_rules)
{
	AUTO_CLOSE int state = memfd_create("state", MFD_CLOEXEC);
	AUTO_CLOSE int rules = memfd_create("rules", MFD_CLOEXEC);
	struct nst_message request = { .data = &index,
				       .size = sizeof(index),
				       .fds = { state, rules },
				       .fd_count = 2 };
	struct nst_message reply = { 0 };
	char *texts[2];
	int r;

	if (state < 0 || rules < 0)
		return nst_fail_errno("making a memory file");
	r = nst_lab_call(lab, state_inside, &request, &reply);
	if (r < 0)
		return r;
	texts[0] = read_whole(state);
	texts[1] = read_whole(rules);
	if (!texts[0] || !texts[1]) {
		free(texts[0]);
		free(texts[1]);
		free(reply.data);
		return nst_fail_memory();
	}
	*ret_name = reply.data;
	*ret_state = texts[0];
	*ret_rules = texts[1];
	return 0;
}
