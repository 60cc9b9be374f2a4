/* SPDX-License-Identifier: MIT */
/* A worker whose jobs are done by a guest kernel. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "artefacts.h"
#include "clock.h"
#include "fetch.h"
#include "guest_job.h"
#include "guest_plan.h"
#include "guest_world.h"

/* A guest looks at its own clock; this much later it is taken for hanging. */
enum {
	BOOT_MS = 60000,
	LATE_MS = 2500,
	NEWS_MS = 500,
	SPIN_MS = 10000,
	DAY_MS = 86400000
};

extern char **environ;

struct server {
	const struct run_context *context;
	int runner_fd;
	struct note *note;
	struct nst_guest guest;
	int results, notes; /* what grows; what tells of it */
	struct inbox inbox;
	/* Of the job at hand. */
	struct order order;
	const struct job *job;
	char *filter;
	char *out;
	enum nst_guest_time time;
	uint64_t began_us, deadline_us;
	bool booting;
	/* When it last did anything that a spinning program does not let it do. */
	unsigned long long switches;
	uint64_t moved_us;
};

static bool is_virtual(const struct server *server)
{
	return server->time != NST_TIME_REAL;
}

/* ---- The guest ---- */

static int write_order(const struct server *server, int fd)
{
	const size_t filter_size = server->order.filter_size;

	if (write(fd, &server->order, sizeof(server->order)) !=
		    (ssize_t)sizeof(server->order) ||
	    (filter_size &&
	     write(fd, server->filter, filter_size) != (ssize_t)filter_size))
		return nst_fail_errno("an order for a guest kernel");
	return 0;
}

static int write_first_order(const struct server *server)
{
	AUTO_CLOSE int fd = nst_guest_file(&server->guest, "order");
	struct server first = *server;

	if (is_virtual(server))
		first.order.job = 0;
	return fd < 0 ? fd : write_order(&first, fd);
}

/* A case on virtual time must depend neither on what else there is, nor on who runs it where. */
static int write_virtual_plan(const struct server *server, FILE *plan)
{
	struct run_context context = *server->context;

	context.options.workers = 1;
	context.options.out = GUEST_OUT;
	context.options.owner = 0;
	context.options.guest_kernel = NULL;
	return guest_plan_write(plan, &context, server->order.job, 1);
}

static int write_plan(const struct server *server)
{
	AUTO_FCLOSE FILE *plan = NULL;
	int fd = nst_guest_file(&server->guest, "plan");

	if (fd < 0)
		return fd;
	plan = fdopen(fd, "w");
	if (!plan)
		return nst_fail_memory();
	return is_virtual(server) ? write_virtual_plan(server, plan)
				  : guest_plan_write(plan, server->context, 0,
						     server->context->jobs->count);
}

/* This program, whatever has become of its file; and by the same path everywhere. */
static int copy_program(const struct nst_guest *guest)
{
	enum { PIECE = 1 << 24 };
	AUTO_CLOSE int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int to = nst_guest_file(guest, "nstest");
	ssize_t sent;

	if (from < 0 || to < 0)
		return nst_fail_errno("this program for a guest kernel");
	while ((sent = sendfile(to, from, NULL, PIECE)) > 0)
		;
	return sent < 0 || fchmod(to, 0500) < 0
		       ? nst_fail_errno("this program for a guest kernel")
		       : 0;
}

static int watch(struct server *server, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", server->guest.job, name);
	return inotify_add_watch(server->notes, path, IN_MODIFY) < 0
		       ? nst_fail_errno("watching a guest kernel")
		       : 0;
}

/* What the guest must find in its job, before it starts to look. */
static int fill_job(const struct nst_guest *guest, void *arg)
{
	struct server *server = arg;
	int r;

	server->guest = *guest;
	server->results = nst_guest_file(guest, "results");
	server->notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (server->results < 0 || server->notes < 0)
		return nst_fail_errno("the job of a guest kernel");
	r = nst_guest_file(guest, "note");
	if (r < 0)
		return r;
	close(r);
	r = copy_program(guest);
	if (!r)
		r = write_first_order(server);
	if (!r)
		r = write_plan(server);
	if (!r)
		r = watch(server, "results");
	return r ? r : watch(server, "note");
}

static int boot(struct server *server)
{
	const struct nst_run_options *options = &server->context->options;
	AUTO_FREE char *here = is_virtual(server) ? guest_here() : NULL;
	AUTO_FREE char *folder = guest_folder(here);
	AUTO_FREE char **plain = is_virtual(server) ? guest_environment(environ) : NULL;
	char *const command[] = { (char *)NST_JOB "/nstest", (char *)NST_GUEST_WORD,
				  NULL };
	const mode_t mask = umask(0);
	const struct nst_guest_options guest = {
		.kernel = options->guest_kernel,
		.memory = options->memory,
		.folder = folder,
		.here = here,
		.umask = is_virtual(server) ? 022 : mask,
		.command = command,
		.environment = plain ? plain : environ,
		.time = server->time,
		.seed = options->seed + server->order.round,
		.prepare = fill_job,
		.arg = server,
	};

	umask(mask);
	if (!folder)
		return nst_fail_errno("the folder of a run");
	server->booting = true;
	server->switches = 0;
	server->moved_us = now_us();
	server->deadline_us = now_us() + BOOT_MS * 1000ULL;
	return nst_guest_start(&guest, &server->guest);
}

static void end_guest(struct server *server)
{
	nst_guest_end(&server->guest);
	if (server->results >= 0)
		close(server->results);
	if (server->notes >= 0)
		close(server->notes);
	server->results = server->notes = -1;
	inbox_free(&server->inbox);
}

/* ---- What it says ---- */

/* Brings what it left to the machine. */
static void fetch(const struct server *server)
{
	AUTO_CLOSE int kept = openat(server->guest.job, "kept",
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (kept >= 0 && fetch_tree(kept, server->context->options.out) < 0)
		fprintf(stderr, "nstest: what a case left on the guest kernel: %s\n",
			nst_error());
}

/* In the place of what earlier runs of the case left. */
static void fetch_case(const struct server *server, const void *bytes, size_t size)
{
	struct nst_result result;

	if (nst_result_unpack(bytes, size, &result) < 0)
		return;
	if (result.outcome != NST_OUTCOME_SKIP)
		artefacts_remove(server->out, server->job->folder);
	nst_result_free(&result);
	fetch(server);
}

static void restart_clock(struct server *server)
{
	const int ms = job_timeout_ms(server->job, &server->context->options);

	server->booting = false;
	server->deadline_us = now_us() + (uint64_t)(ms + LATE_MS) * 1000;
	/* Its deadlines are those of virtual time, which the guest sees to. */
	if (server->time == NST_TIME_VIRTUAL)
		server->deadline_us = now_us() + DAY_MS * 1000ULL;
}

/* The job ends here: nothing more will come of it. */
static int tell_error(struct server *server, const char *what, bool with_words)
{
	AUTO_FREE char *words =
		with_words ? nst_guest_last_words(&server->guest) : NULL;
	struct nst_result result = { .outcome = NST_OUTCOME_ERROR,
				     .duration_us = now_us() - server->began_us };
	int r;

	describe_lost(server->job, server->note, what, &result);
	if (words)
		nst_text_set(&result.evidence, "the kernel's last words:\n%s", words);
	fetch(server);
	r = message_send_result(server->runner_fd, &result);
	nst_result_free(&result);
	return r < 0 ? r : message_send(server->runner_fd, MESSAGE_DONE, NULL, 0);
}

static void copy_note(const struct server *server)
{
	AUTO_CLOSE int fd =
		openat(server->guest.job, "note", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && read(fd, server->note, sizeof(*server->note)) > 0)
		server->note->title[sizeof(server->note->title) - 1] =
			server->note->step[sizeof(server->note->step) - 1] = '\0';
}

/* With what its time was. */
static int send_clocked(const struct server *server, const void *bytes, size_t size)
{
	struct nst_result result;
	int r = nst_result_unpack(bytes, size, &result);

	if (r < 0)
		return r;
	nst_text_set(&result.clock, "%s",
		     server->time == NST_TIME_VIRTUAL
			     ? "virtual"
			     : "inexact: it computed for 10 s without a system call");
	if (result.kept && !strncmp(result.kept, GUEST_OUT, strlen(GUEST_OUT)))
		nst_text_set(&result.kept, "%s%s", server->context->options.out,
			     result.kept + strlen(GUEST_OUT));
	r = message_send_result(server->runner_fd, &result);
	nst_result_free(&result);
	return r;
}

/* Return: 1 when the job is done, 0 if not yet, -errno if the runner is gone. */
static int take_message(struct server *server, const struct message_head *head,
			const char *bytes)
{
	AUTO_FREE char *how = NULL;
	int r;

	switch ((enum message_kind)head->kind) {
	case MESSAGE_LOST:
		nst_text_set(&how, "the worker process %.*s while it ran",
			     (int)head->size, bytes);
		r = tell_error(server, how, false);
		return r < 0 ? r : 1;
	case MESSAGE_RESULT:
		/* A suite's other tests may be about to write theirs. */
		if (server->job->kind == JOB_CASE)
			fetch_case(server, bytes, head->size);
		break;
	case MESSAGE_DONE:
		fetch(server);
		break;
	case MESSAGE_ALIVE:
	case MESSAGE_PAUSED:
		break;
	}
	restart_clock(server);
	r = head->kind == MESSAGE_RESULT && is_virtual(server)
		    ? send_clocked(server, bytes, head->size)
		    : message_send(server->runner_fd, (enum message_kind)head->kind,
				   bytes, head->size);
	return r < 0 ? r : head->kind == MESSAGE_DONE;
}

static int take_results(struct server *server)
{
	struct message_head head;
	const void *bytes;
	int r = 0;

	while (inbox_read(&server->inbox, server->results) > 0)
		;
	while (!r && (r = inbox_peek(&server->inbox, &head, &bytes)) > 0) {
		r = take_message(server, &head, bytes);
		inbox_drop(&server->inbox, &head);
	}
	return r;
}

/* ---- A job ---- */

static int say_dead(struct server *server)
{
	AUTO_FREE char *what = NULL;
	int status = nst_guest_status(&server->guest), r;

	if (status >= 0)
		nst_text_set(&what, "nstest in the guest kernel ended with status %d",
			     status);
	else
		nst_text_set(&what, "the guest kernel %s",
			     server->booting ? "did not start" : "died while it ran");
	r = tell_error(server, what, true);
	end_guest(server);
	return r < 0 ? r : 1;
}

static int say_late(struct server *server)
{
	AUTO_FREE char *what = NULL;
	int r;

	if (server->booting)
		nst_text_set(&what, "the guest kernel was not up after %d s",
			     BOOT_MS / 1000);
	else
		nst_text_set(&what,
			     "the guest kernel hangs: its case has %d ms, and it says "
			     "nothing",
			     job_timeout_ms(server->job, &server->context->options));
	r = tell_error(server, what, true);
	end_guest(server);
	return r < 0 ? r : 1;
}

/* The runner's clock is not that of the case. */
static bool is_unclocked(const struct server *server)
{
	return server->booting || server->time == NST_TIME_VIRTUAL;
}

/* The guest's main process serves all system calls of its programs, and waits for them. If
 * it is never woken, a program computes; on virtual time, for which it does not let time go on,
 * it may do so for ever. */
static bool spins(struct server *server)
{
	const unsigned long long switches = guest_switches(server->guest.pidfd);

	if (switches != server->switches) {
		server->switches = switches;
		server->moved_us = now_us();
	}
	return now_us() - server->moved_us > SPIN_MS * 1000ULL;
}

static int run_inexactly(struct server *server)
{
	end_guest(server);
	server->time = NST_TIME_INEXACT;
	return boot(server);
}

/* Until the job is done. Return: 0; -errno: the runner is gone. */
static int follow(struct server *server)
{
	int r = 0;

	while (r == 0) {
		const int left = ms_until(server->deadline_us);
		struct pollfd fds[] = { { server->runner_fd, POLLRDHUP, 0 },
					{ server->guest.pidfd, POLLIN, 0 },
					{ server->notes, POLLIN, 0 } };
		char forgotten[4096];

		if (poll(fds, ARRAY_SIZE(fds),
			 is_unclocked(server) && left > NEWS_MS ? NEWS_MS : left) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return -EPIPE;
		while (read(server->notes, forgotten, sizeof(forgotten)) > 0)
			;
		copy_note(server);
		if (is_unclocked(server))
			message_send(server->runner_fd, MESSAGE_ALIVE, NULL, 0);
		r = take_results(server);
		if (r == 0 && fds[1].revents)
			r = say_dead(server);
		else if (r == 0 && !ms_until(server->deadline_us))
			r = say_late(server);
		else if (r == 0 && server->time == NST_TIME_VIRTUAL && spins(server))
			r = run_inexactly(server);
	}
	return r < 0 ? r : 0;
}

static int begin(struct server *server)
{
	struct pollfd end = { .fd = server->guest.pidfd, .events = POLLIN };

	if (server->guest.pid && poll(&end, 1, 0) > 0)
		end_guest(server); /* between two jobs */
	if (!server->guest.pid)
		return boot(server);
	restart_clock(server);
	return write_order(server, server->guest.line);
}

static int carry_out(struct server *server)
{
	int r;

	server->began_us = now_us();
	server->job = &server->context->jobs->list[server->order.job];
	*server->note = (struct note){ 0 };
	server->time = server->context->options.time;
	r = begin(server);
	if (r < 0) {
		end_guest(server);
		r = tell_error(server, nst_error(), false);
	} else {
		r = follow(server);
	}
	if (is_virtual(server))
		end_guest(server); /* each case begins at the same moment */
	return r;
}

static bool receive(int fd, void *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

void guest_serve(const struct run_context *context, int fd, struct note *note)
{
	struct server server = {
		.context = context,
		.runner_fd = fd,
		.note = note,
		.guest = { .pidfd = -1, .job = -1, .line = -1 },
		.results = -1,
		.notes = -1,
	};
	int r = nst_guest_begin();

	while (r >= 0 && receive(fd, &server.order, sizeof(server.order))) {
		size_t size = server.order.filter_size;

		server.filter = calloc(1, size + 1);
		server.out = order_out(context->options.out, &server.order);
		if (!server.filter || !server.out ||
		    (size && !receive(fd, server.filter, size)))
			break;
		r = carry_out(&server);
		free(server.filter);
		free(server.out);
	}
	end_guest(&server);
}
