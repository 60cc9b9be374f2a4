/* SPDX-License-Identifier: MIT */
/* The namespaces of the hosts: made, furnished, entered. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mounts.h"
#include "namespaces.h"
#include "netlink.h"
#include "sysctl.h"
#include "tls_keys.h"

static int open_own(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return nst_fail_errno("opening %s", path);
	*ret_fd = fd;
	return 0;
}

static int move_to(int fd, int type, const char *what)
{
	if (fd >= 0 && setns(fd, type) < 0)
		return nst_fail_errno("entering the %s namespace", what);
	return 0;
}

int namespaces_make_base(struct nst_inside *inside)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		return nst_fail_errno("making a mount namespace");
	r = mounts_make_base();
	if (r == 0)
		r = open_own("/proc/self/ns/mnt", &inside->home_mount);
	if (r == 0)
		r = open_own("/proc/sys", &inside->proc_sys);
	return r;
}

/* PID 1 of a host with a PID namespace of its own: reaps, and ends with the lab. */
static void keep(int ready_fd)
{
	sigset_t children;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_SETMASK, &children, NULL);
	r = mounts_make_proc();
	if (write(ready_fd, &r, sizeof(r)) != sizeof(r) || r < 0)
		_exit(1);
	close(ready_fd);
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		sigwaitinfo(&children, NULL);
	}
}

/* Forks the keeper of a host's own PID namespace and keeps a descriptor of that. */
static int make_pids(struct node_namespaces *namespaces)
{
	AUTO_CLOSE int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	int ready[2], r = -EIO;

	if (own < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return nst_fail_errno("preparing a PID namespace");
	if (unshare(CLONE_NEWPID) < 0)
		return nst_fail_errno("making a PID namespace");
	namespaces->keeper = fork();
	if (namespaces->keeper == 0)
		keep(ready[1]);
	close(ready[1]);
	if (namespaces->keeper > 0 && read(ready[0], &r, sizeof(r)) != sizeof(r))
		r = -EIO;
	close(ready[0]);
	if (setns(own, CLONE_NEWPID) < 0 || r < 0)
		return nst_fail(r < 0 ? r : -errno, "starting PID 1 of the host");
	/* The keeper has mounted a /proc that numbers from itself. */
	return open_own("/proc/1/ns/pid", &namespaces->pids);
}

static int make_net(struct nst_inside *inside, const struct nst_node *node,
		    struct node_namespaces *namespaces)
{
	int r;

	if (unshare(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
		return nst_fail_errno("making namespaces");
	if (sethostname(node->name, strlen(node->name)) < 0)
		return nst_fail_errno("setting the hostname");
	r = open_own("/proc/thread-self/ns/net", &namespaces->net);
	if (r == 0)
		r = open_own("/proc/thread-self/ns/uts", &namespaces->uts);
	if (r == 0)
		r = open_own("/proc/thread-self/ns/ipc", &namespaces->ipc);
	if (r == 0)
		r = sysctl_apply(node, inside->proc_sys);
	if (r == 0)
		namespaces->route_socket = netlink_open();
	return r < 0 ? r : namespaces->route_socket < 0 ? namespaces->route_socket : 0;
}

/* A host's mounts start from the base, not from those of the host before; its /sys and
 * /dev/mqueue show the namespaces that the thread stands in. */
static int make_mounts(struct nst_inside *inside, const struct nst_node *node,
		       struct node_namespaces *namespaces)
{
	int r = move_to(namespaces->net, CLONE_NEWNET, "network");

	if (r == 0)
		r = move_to(namespaces->ipc, CLONE_NEWIPC, "IPC");
	if (r == 0)
		r = namespaces_leave_mounts(inside);
	if (r == 0 && unshare(CLONE_NEWNS) < 0)
		r = nst_fail_errno("making a mount namespace");
	if (r == 0)
		r = open_own("/proc/thread-self/ns/mnt", &namespaces->mount);
	if (r == 0)
		r = mounts_make_host(node, inside->hosts_file,
				     inside->caller_directory ? inside->caller_directory
							      : "/");
	if (r == 0)
		namespaces->tls_keys = tls_keys_open();
	return r;
}

static int fail_in_host(const struct nst_inside *inside, size_t node, int r)
{
	return r < 0 ? nst_fail_in(r, "host \"%s\"", inside->plan->nodes[node].name)
		     : 0;
}

int namespaces_make_net(struct nst_inside *inside, size_t node)
{
	return fail_in_host(
		inside, node,
		make_net(inside, &inside->plan->nodes[node], &inside->nodes[node]));
}

int namespaces_make_mounts(struct nst_inside *inside, size_t node)
{
	return fail_in_host(
		inside, node,
		make_mounts(inside, &inside->plan->nodes[node], &inside->nodes[node]));
}

int namespaces_make_pids(struct nst_inside *inside, size_t node)
{
	struct node_namespaces *namespaces = &inside->nodes[node];
	int r;

	if (!inside->plan->nodes[node].own_pids)
		return 0;
	r = move_to(namespaces->mount, CLONE_NEWNS, "mount");
	if (r == 0)
		r = make_pids(namespaces);
	return fail_in_host(inside, node, r);
}

int namespaces_leave_mounts(struct nst_inside *inside)
{
	return move_to(inside->home_mount, CLONE_NEWNS, "mount");
}

int nst_inside_net(struct nst_inside *inside, size_t node)
{
	return move_to(inside->nodes[node].net, CLONE_NEWNET, "network");
}

int nst_inside_enter(struct nst_inside *inside, size_t node)
{
	const struct node_namespaces *namespaces = &inside->nodes[node];
	int r;

	r = move_to(namespaces->net, CLONE_NEWNET, "network");
	if (r == 0)
		r = move_to(namespaces->uts, CLONE_NEWUTS, "UTS");
	if (r == 0)
		r = move_to(namespaces->ipc, CLONE_NEWIPC, "IPC");
	if (r == 0)
		r = move_to(namespaces->pids, CLONE_NEWPID, "PID");
	return r < 0 ? r : move_to(namespaces->mount, CLONE_NEWNS, "mount");
}
