/* SPDX-License-Identifier: MIT */
/* A lab to work in by hand. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/door.h>
#include <nstest/scenario.h>
#include <runner/up.h>

#include "clock.h"
#include "load.h"
#include "setup.h"

enum { HEALTH_MS = 1000 };

/* ---- What is in it ---- */

/* Interfaces that are not named are eth0, eth1, … in the order of links. */
static void print_end(FILE *out, const struct nst_end *end, const char *host,
		      unsigned int *number)
{
	if (!end->host || strcmp(end->host, host))
		return;
	if (end->interface)
		fprintf(out, "  %s", end->interface);
	else
		fprintf(out, "  eth%u", *number);
	++*number;
	if (end->addresses && *end->addresses)
		fprintf(out, " %s", end->addresses);
}

static void print_programs(FILE *out, const struct nst_setup *setup, const char *host)
{
	for (size_t i = 0; i < setup->program_count; i++) {
		const struct nst_start *start = &setup->programs[i].start;

		if (!strcmp(start->host, host))
			fprintf(out, "\n  %-16s   runs %s", "",
				start->command ? start->command : start->name);
	}
}

static void print_hosts(FILE *out, const struct nst_setup *setup)
{
	static const char *const kinds[] = { [NST_HOST] = "",
					     [NST_ROUTER] = "  router",
					     [NST_NAT_ROUTER] = "  NAT router",
					     [NST_SWITCH] = "  switch" };
	const struct nst_topology *topology = &setup->topology;

	for (const struct nst_host *host = topology->hosts; host && host->name;
	     host++) {
		unsigned int number = 0;

		fprintf(out, "  %-16s%s", host->name, kinds[host->kind]);
		for (const struct nst_link *link = topology->links;
		     link && link->a.host; link++) {
			print_end(out, &link->a, host->name, &number);
			print_end(out, &link->b, host->name, &number);
		}
		print_programs(out, setup, host->name);
		fputc('\n', out);
	}
}

/* A host that can be entered, for the hints. */
static const char *some_host(const struct nst_setup *setup)
{
	for (const struct nst_host *host = setup->topology.hosts; host && host->name;
	     host++)
		if (host->kind != NST_SWITCH)
			return host->name;
	return "HOST";
}

static void print_map(FILE *out, const struct nst_scenario *scenario,
		      const struct nst_setup *setup)
{
	const char *host = some_host(setup);

	fprintf(out, "lab \"%s\" (%d) is up:\n\n", scenario->name, getpid());
	print_hosts(out, setup);
	fprintf(out,
		"\nfrom another terminal:\n"
		"  nstest shell %s\n"
		"  nstest exec %s -- COMMAND\n"
		"Ctrl-C, or nstest down, takes it down.\n",
		host, host);
	fflush(out);
}

/* ---- Building it ---- */

static int choose_setup(const struct nst_scenario *scenario, const char *only,
			const struct nst_setup **ret_setup)
{
	if (!only) {
		*ret_setup = &scenario->setups[0];
		return 0;
	}
	for (size_t i = 0; i < scenario->case_count; i++)
		if (strstr(scenario->cases[i].name, only)) {
			*ret_setup = scenario->cases[i].setup;
			return 0;
		}
	return nst_fail(-ENOENT, "%s has no case with \"%s\" in its name",
			scenario->path, only);
}

/* ---- Holding it ---- */

static int open_signals(sigset_t *ret_before)
{
	sigset_t ends;
	int fd;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, ret_before);
	fd = signalfd(-1, &ends, SFD_CLOEXEC);
	return fd < 0 ? nst_fail_errno("signalfd") : fd;
}

/* Says once that something died, and goes on: the lab is somebody's to look into. */
static int look_after(struct nst_lab *lab, bool *told)
{
	int r = nst_lab_check(lab);

	if (r == -EPIPE)
		return r;
	if (r < 0 && !*told) {
		fprintf(stderr, "%s\n", nst_error());
		*told = true;
	}
	return 0;
}

/* Left pending, it would end us when signals are let through again. */
static int take_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) < 0 ? nst_fail_errno("signalfd") : 0;
}

static int hold(struct nst_door *door, int signals)
{
	struct pollfd fds[] = { { door->fd, POLLIN, 0 }, { signals, POLLIN, 0 } };
	bool told = false;

	for (;;) {
		int r;

		if (poll(fds, ARRAY_SIZE(fds), HEALTH_MS) < 0 && errno != EINTR)
			return nst_fail_errno("waiting");
		if (fds[1].revents)
			return take_signal(signals);
		if (fds[0].revents && nst_door_answer(door))
			return 0;
		r = look_after(door->lab, &told);
		if (r < 0)
			return r;
	}
}

static int shell_in(struct nst_lab *lab, const char *host)
{
	char *const none[] = { NULL };
	int fds[DOOR_NAMESPACES];
	int r = nst_door_inside(lab, host, fds);

	return r < 0 ? r : nst_door_enter(fds, host, none);
}

static void free_scenario(struct nst_scenario **scenario)
{
	nst_scenario_free(*scenario);
}

int nst_up(const char *path, const struct nst_up_options *options)
{
	struct nst_scenario *scenario AUTO(free_scenario) = NULL;
	struct nst_lab *lab nst_autodown = NULL;
	struct nst_door door AUTO(nst_door_close) = { .fd = -1 };
	AUTO_CLOSE int signals = -1;
	const struct nst_setup *setup = NULL;
	sigset_t before;
	int r = load_scenario(path, &scenario);

	if (!r)
		r = choose_setup(scenario, options->only, &setup);
	if (!r)
		r = setup_quiet_lab(setup, &lab);
	if (r < 0)
		return r;
	if (options->shell)
		return shell_in(lab, options->shell);
	door.lab = lab;
	nst_door_hosts(&setup->topology, door.about, sizeof(door.about));
	r = nst_door_open(&door, options->owner, getpid(), scenario->name);
	if (r < 0)
		return r;
	signals = open_signals(&before);
	if (signals < 0)
		return signals;
	print_map(options->out, scenario, setup);
	r = hold(&door, signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int nst_enter(const char *lab, const char *host, char *const *command)
{
	int fds[DOOR_NAMESPACES];
	int r = nst_door_ask(lab, host, fds);

	return r < 0 ? r : nst_door_enter(fds, host, command);
}

int nst_down(const char *lab)
{
	return nst_door_down(lab);
}

int nst_ps(FILE *out)
{
	return nst_door_list(out);
}
