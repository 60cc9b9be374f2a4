/* SPDX-License-Identifier: MIT */
/* Trying what a machine can do. Every function runs in a child of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nftables/libnftables.h>
#include <nstest/kernel_netem.h>
#include <nstest/lab.h>
#include <nstest/partition.h>

#include "doctor.h"

enum { LOOPBACK = 1, LARGE_BUFFER = 16 << 20, NOBODY = 65534 };

int stand_alone(void)
{
	int r = nst_become_root();

	if (r < 0)
		return r;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return nst_fail_errno("fresh network and mount namespaces");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return nst_fail_errno("making mounts private");
	return 0;
}

/* ---- Namespaces ---- */

int try_root(const struct ability *ability)
{
	(void)ability;
	return nst_become_root();
}

/* root may build labs without one: asked is what everybody may. */
int try_user_namespace(const struct ability *ability)
{
	bool root = getuid() == 0;

	(void)ability;
	if (root && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) == 0) {
		prctl(PR_SET_DUMPABLE, 1); /* its /proc/self is its own again */
		root = false;
	}
	if (!root)
		return nst_become_root();
	return unshare(CLONE_NEWUSER) < 0 ? nst_fail_errno("unshare") : 0;
}

int try_namespace(const struct ability *ability)
{
	int r = nst_become_root();

	if (r < 0)
		return r;
	return unshare(ability->number) < 0 ? nst_fail_errno("unshare") : 0;
}

int try_proc(const struct ability *ability)
{
	int r = stand_alone(), status;
	pid_t pid;

	(void)ability;
	if (r < 0)
		return r;
	if (unshare(CLONE_NEWPID) < 0)
		return nst_fail_errno("unshare");
	pid = fork();
	if (!pid)
		_exit(mount("proc", "/proc", "proc", 0, NULL) < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return nst_fail_errno("fork");
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno ? nst_fail_errno("mounting /proc") : 0;
}

/* ---- Links ---- */

int try_link(const struct ability *ability)
{
	int r = stand_alone();

	return r < 0 ? r : ask_for_link(ability->text);
}

int try_netem(const struct ability *ability)
{
	char lacks[256];
	int r = stand_alone();

	(void)ability;
	if (r == 0)
		r = nst_kernel_netem_lacks(lacks, sizeof(lacks));
	if (r <= 0)
		return r;
	nst_fail(-EOPNOTSUPP, "but this kernel's lacks: %s", lacks);
	return 1;
}

int try_partition(const struct ability *ability)
{
	struct nst_partition cut = { .ifindex = 1 };
	const struct nst_sender self = { AF_INET, { 127, 0, 0, 1 } };
	int r = stand_alone();

	(void)ability;
	return r < 0 ? r : nst_partition_set(&cut, &self, 1);
}

/* ---- Firewalls ---- */

int try_nft(const struct ability *ability)
{
	struct nft_ctx *nft;
	char command[256];
	int r = stand_alone();

	if (r < 0)
		return r;
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return nst_fail(-ENOMEM, "libnftables cannot be used");
	nft_ctx_buffer_error(nft);
	snprintf(command, sizeof(command),
		 "add table %s t; add chain %s t c { type filter hook %s priority 0; }",
		 ability->text, ability->text,
		 strcmp(ability->text, "netdev") ? "input" : "ingress device lo");
	if (nft_run_cmd_from_buffer(nft, command))
		r = nst_fail(-EOPNOTSUPP, "this kernel does not have it");
	nft_ctx_free(nft);
	return r;
}

/* Runs a program with a text as its input. Its output is nobody's. */
static int feed(const char *const *argv, const char *text)
{
	AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int pair[2], status;
	pid_t pid;

	if (null < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return nst_fail_errno("running %s", argv[0]);
	pid = fork();
	if (!pid) {
		dup2(pair[0], STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pair[0]);
	(void)!write(pair[1], text, strlen(text));
	close(pair[1]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return nst_fail_errno("running %s", argv[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return nst_fail(-ENOENT, "there is no %s", argv[0]);
	return WIFEXITED(status) && !WEXITSTATUS(status)
		       ? 0
		       : nst_fail(-EOPNOTSUPP, "%s fails", argv[0]);
}

int try_xtables(const struct ability *ability)
{
	const char *const argv[] = { ability->text, NULL };
	int r = stand_alone();

	/* Its lock file in /run is root's. */
	setenv("XTABLES_LOCKFILE", "/dev/null", 1);
	return r < 0 ? r
		     : feed(argv, "*filter\n:INPUT DROP [0:0]\n"
				  "-A INPUT -p tcp --dport 80 -j ACCEPT\nCOMMIT\n");
}

/* ---- Captures ---- */

static int open_packet_socket(int *ret_fd)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_ALL),
					     .sll_ifindex = LOOPBACK };
	AUTO_CLOSE int fd = -1;
	int r = stand_alone();

	if (r < 0)
		return r;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return nst_fail_errno("a packet socket");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int try_capture(const struct ability *ability)
{
	int fd;

	(void)ability;
	return open_packet_socket(&fd);
}

int try_large_buffers(const struct ability *ability)
{
	int fd = -1, size = LARGE_BUFFER, r = open_packet_socket(&fd);

	(void)ability;
	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		return nst_fail_errno("SO_RCVBUFFORCE");
	return 0;
}

/* ---- File systems, ids, settings, programs ---- */

int try_overlay(const struct ability *ability)
{
	static const char *const folders[] = { "/tmp/lower", "/tmp/upper", "/tmp/work",
					       "/tmp/merged" };
	int r = stand_alone();

	(void)ability;
	if (r < 0)
		return r;
	if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
		return nst_fail_errno("a tmpfs");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdir(folders[i], 0755) < 0)
			return nst_fail_errno("mkdir");
	if (mount("overlay", "/tmp/merged", "overlay", 0,
		  "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work") < 0)
		return nst_fail_errno("mounting an overlay");
	return 0;
}

int try_id_ranges(const struct ability *ability)
{
	AUTO_FCLOSE FILE *map = NULL;
	unsigned long inside, outside, count, sum = 0;
	int r = nst_become_root();

	(void)ability;
	if (r < 0)
		return r;
	map = fopen("/proc/self/uid_map", "re");
	while (map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
		sum += count;
	return sum > 1 ? 0
		       : nst_fail(-ENOENT,
				  "no ids in /etc/subuid and /etc/subgid, or no "
				  "newuidmap");
}

int try_rps(const struct ability *ability)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/sys/net/core/rps_default_mask", "re");
	char mask[128];

	(void)ability;
	if (!file || !fgets(mask, sizeof(mask), file) || !mask[strspn(mask, "0,\n")])
		return 0;
	mask[strcspn(mask, "\n")] = '\0';
	return nst_fail(-EEXIST, "it is on (mask %s)", mask);
}

int try_program(const struct ability *ability)
{
	const char *const argv[] = { ability->text, "--version", NULL };

	return feed(argv, "");
}
