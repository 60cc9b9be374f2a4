/* SPDX-License-Identifier: MIT */
/* What this kernel has: tried at the loopback interface of a fresh namespace. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "kernel_parts.h"

enum { LOOPBACK = 1 };

/* What has been found: not yet, or KNOWN and the settings that netem lacks. A race
 * finds the same twice. */
static _Atomic uint64_t found;
#define KNOWN (1ULL << 32)

/* Something of everything; what is 0 could not be missed. Values are small and allowed
 * together. */
static const struct nst_impairment something = {
	.delay_us = 1000,
	.jitter_us = 10,
	.delay_correlation_ppm = 1,
	.loss_ppm = 1,
	.loss_correlation_ppm = 1,
	.ecn = true,
	.duplicate_ppm = 1,
	.duplicate_correlation_ppm = 1,
	.corrupt_ppm = 1,
	.corrupt_correlation_ppm = 1,
	.reorder_ppm = 1,
	.reorder_correlation_ppm = 1,
	.rate_bps = 8000,
	.rate_overhead = 1,
	.cell_size = 48,
	.cell_overhead = 5,
	.slot_min_us = 1,
	.slot_max_us = 3,
	.slot_packets = 1,
	.slot_bytes = 1,
	.compat = NST_COMPAT_NETEM,
	.seed = 1,
};

/* A loss model and random loss exclude each other. */
static const struct nst_impairment gilbert = {
	.loss_model = NST_LOSS_GILBERT,
	.gilbert_ppm = { 1, 1, 1, 1 },
	.compat = NST_COMPAT_NETEM,
};

static int settings_missing(struct nl_sock *socket, const struct nst_impairment *asked,
			    uint32_t *missing)
{
	const struct netem_tables none = { 0 };
	struct netem_options options;
	struct kernel_qdisc now;
	int r;

	netem_options_of(asked, &options);
	netem_options_respread(&options);
	r = kernel_qdisc_set(socket, LOOPBACK, true, &options, &none);
	if (r != 0 && r != -EOPNOTSUPP)
		return r;
	r = kernel_qdisc_read(socket, LOOPBACK, &now);
	if (r == 0)
		*missing |= netem_options_used(&options) &
			    ~netem_options_used(&now.options);
	return r;
}

static int probe_here(uint32_t *ret_missing)
{
	const struct netem_options nothing = { .limit = 1 };
	const struct netem_tables none = { 0 };
	struct nl_sock *socket AUTO(tc_close) = NULL;
	int r = tc_open(&socket);

	*ret_missing = 0;
	if (r == 0)
		r = kernel_qdisc_set(socket, LOOPBACK, false, &nothing, &none);
	if (r == 0)
		r = settings_missing(socket, &something, ret_missing);
	if (r == 0)
		r = settings_missing(socket, &gilbert, ret_missing);
	if (r == 0)
		r = kernel_redirect(socket, LOOPBACK, LOOPBACK);
	return r;
}

/* ---- Where it is tried ---- */

/* In a namespace in which this thread stands for a moment, or, with a user namespace, this
 * process until it ends. */
static int probe_in(int namespaces, uint32_t *ret_missing)
{
	AUTO_CLOSE int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0 || unshare(namespaces) < 0)
		return nst_fail_errno("a network namespace to try netem in");
	r = probe_here(ret_missing);
	if (!(namespaces & CLONE_NEWUSER) && setns(home, CLONE_NEWNET) < 0)
		return nst_fail_errno("going back to the network namespace");
	return r;
}

struct finding {
	int code;
	uint32_t missing;
	char sentence[NST_ERROR_SIZE];
};

_Noreturn static void probe_in_child(int out)
{
	struct finding finding = { 0 };

	finding.code = probe_in(CLONE_NEWUSER | CLONE_NEWNET, &finding.missing);
	snprintf(finding.sentence, sizeof(finding.sentence), "%s", nst_error());
	_exit(write(out, &finding, sizeof(finding)) < 0);
}

/* A process that may not make a namespace may make one in a user namespace, and a library does
 * not put its caller into one. Who reaps all children may have reaped this one. */
static int probe_apart(uint32_t *ret_missing)
{
	AUTO_CLOSE int in = -1;
	struct finding finding;
	int pair[2];
	ssize_t got;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return nst_fail_errno("a pipe");
	in = pair[0];
	pid = fork();
	if (pid == 0)
		probe_in_child(pair[1]);
	close(pair[1]);
	if (pid < 0)
		return nst_fail_errno("a process to try netem in");
	do
		got = read(in, &finding, sizeof(finding));
	while (got < 0 && errno == EINTR);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (got != sizeof(finding))
		return nst_fail(-EIO, "the process that tries netem has died");
	if (finding.code < 0)
		return nst_fail(finding.code, "%s", finding.sentence);
	*ret_missing = finding.missing;
	return 0;
}

static int probe(uint32_t *ret_missing)
{
	int r = probe_in(CLONE_NEWNET, ret_missing);

	return r == -EPERM ? probe_apart(ret_missing) : r;
}

int kernel_lacks(uint32_t settings, uint32_t *ret_lacking)
{
	uint64_t known = atomic_load(&found);
	uint32_t missing;
	int r;

	if (!known) {
		r = probe(&missing);
		if (r < 0)
			return r;
		known = KNOWN | missing;
		atomic_store(&found, known);
	}
	*ret_lacking = (uint32_t)known & settings;
	return 0;
}

int nst_kernel_netem_available(void)
{
	uint32_t lacking;

	return kernel_lacks(0, &lacking);
}

int nst_kernel_netem_lacks(char *text, size_t size)
{
	uint32_t lacking;
	int r = kernel_lacks(UINT32_MAX, &lacking);

	return r < 0 ? r : netem_list_settings(lacking, text, size);
}

int nst_kernel_netem_can(const struct nst_impairment *impairment)
{
	struct netem_options options;
	uint32_t lacking;
	int r = netem_can(impairment);

	if (r < 0)
		return r;
	netem_options_of(impairment, &options);
	r = kernel_lacks(netem_options_used(&options), &lacking);
	return r < 0 ? r : netem_fail_missing(lacking);
}
