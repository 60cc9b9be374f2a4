/* SPDX-License-Identifier: MIT */
/* The runner: hands jobs to workers, and their results to sinks in the order of jobs.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/coverage.h>

#include "baselines.h"
#include "clock.h"
#include "debugger.h"
#include "history.h"
#include "hold.h"
#include "pool.h"

enum { REFRESH_MS = 200 };

/* ---- Results ---- */

/* A worker ended in the middle of a job: an error with what is known. */
static int lost_result(struct pool *pool, const struct worker *worker, const char *how)
{
	const struct job *job = &pool->context.jobs->list[worker->job];
	struct nst_result result = { .outcome = NST_OUTCOME_ERROR,
				     .duration_us = now_us() - worker->began_us };
	AUTO_FREE char *what = NULL;

	if (pool->why)
		nst_text_set(&what, "the run's time was up (%s)", pool->why);
	else if (worker->timed_out)
		nst_text_set(&what,
			     "it ran longer than %d s and did not stop by itself",
			     job_timeout_ms(job, &pool->context.options) / 1000);
	else
		nst_text_set(&what, "the worker process %s while it ran", how);
	describe_lost(job, worker->note, what, &result);
	return task_add_result(pool, worker->task, &result);
}

static int add_coverage(struct pool *pool, struct nst_result *result)
{
	struct nst_coverage *coverage = pool->context.options.coverage;
	int r = 0;

	if (coverage && result->coverage)
		r = nst_coverage_parse(coverage, result->coverage);
	free(result->coverage);
	result->coverage = NULL;
	return r;
}

static int take_message(struct pool *pool, struct worker *worker,
			const struct message_head *head, const void *bytes)
{
	struct nst_result result;
	int r;

	switch ((enum message_kind)head->kind) {
	case MESSAGE_RESULT:
		r = nst_result_unpack(bytes, head->size, &result);
		if (r < 0)
			return r;
		worker_restart_clock(worker, &pool->context);
		r = add_coverage(pool, &result);
		if (r < 0) {
			nst_result_free(&result);
			return r;
		}
		r = task_add_result(pool, worker->task, &result);
		report_ready(pool);
		return r;
	case MESSAGE_ALIVE:
		worker_restart_clock(worker, &pool->context);
		return 0;
	case MESSAGE_PAUSED:
		worker->deadline_us = now_us() + HOLD_MS * 1000ULL;
		fprintf(stderr, "%s%.*s", isatty(STDERR_FILENO) ? "\r\033[K" : "",
			(int)head->size, (const char *)bytes);
		return 0;
	case MESSAGE_DONE:
		worker->busy = false;
		task_done(pool, worker->task, now_us() - worker->began_us);
		return 0;
	case MESSAGE_LOST:
		break;
	}
	return 0;
}

/* Return: 1 if there may be more; 0 if not now; -errno for a worker to be given up. */
static int read_worker(struct pool *pool, struct worker *worker)
{
	struct message_head head;
	const void *bytes;
	int more = inbox_fill(&worker->inbox, worker->fd), r;

	while ((r = inbox_peek(&worker->inbox, &head, &bytes)) > 0) {
		/* Nothing it says between jobs means anything. */
		r = worker->busy ? take_message(pool, worker, &head, bytes) : 0;
		inbox_drop(&worker->inbox, &head);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : more == -EAGAIN ? 0 : more;
}

/* ---- Workers ---- */

static int bury(struct pool *pool, struct worker *worker)
{
	struct worker was = *worker;
	char how[80];
	int r = 0;

	while (read_worker(pool, worker) > 0)
		;
	was.busy = worker->busy;
	worker_reap(worker, how);
	if (was.busy && !pool->signal) {
		r = lost_result(pool, &was, how);
		task_done(pool, was.task, now_us() - was.began_us);
	}
	return r;
}

static int give_next(struct pool *pool, struct worker *worker)
{
	AUTO_FREE char *filter = NULL;
	struct order order = { 0 };
	size_t task;
	int r = tasks_next(pool, &task);

	if (r < 0)
		return r;
	filter = task_filter(pool, task);
	order.job = (uint32_t)(task % pool->context.jobs->count);
	order.round = (uint32_t)(task / pool->context.jobs->count);
	order.attempt = task_attempt(pool, task);
	worker->task = task;
	worker_give(worker, &pool->context, &order, filter);
	return 0;
}

/* Gives every idle worker a job, and makes workers that are missing. */
static int hand_out(struct pool *pool)
{
	size_t alive = 0;
	int r = 0;

	for (size_t i = 0; i < pool->worker_count; i++) {
		struct worker *worker = &pool->workers[i];
		bool work = tasks_left(pool);

		if (!worker->pid && work) {
			int spawned = worker_spawn(worker, &pool->context);

			r = spawned < 0 ? spawned : r;
		}
		if (worker->pid && !worker->busy && work) {
			int given = give_next(pool, worker);

			if (given < 0)
				return given;
		}
		alive += worker->pid && worker->busy;
	}
	/* Fewer workers than wished for will do; none will not. */
	return alive || !tasks_left(pool) ? 0 : r;
}

static bool any_busy(const struct pool *pool)
{
	for (size_t i = 0; i < pool->worker_count; i++)
		if (pool->workers[i].busy)
			return true;
	return false;
}

static void kill_all(struct pool *pool)
{
	for (size_t i = 0; i < pool->worker_count; i++)
		worker_kill(&pool->workers[i]);
}

static void kill_late(struct pool *pool)
{
	uint64_t now = now_us();

	for (size_t i = 0; i < pool->worker_count; i++) {
		struct worker *worker = &pool->workers[i];

		if (worker->busy && !worker->timed_out && now >= worker->deadline_us) {
			worker->timed_out = true;
			worker_kill(worker);
		}
	}
}

/* The first signal ends the run in order; the second at once: workers die with us. */
static void take_signal(struct pool *pool)
{
	struct signalfd_siginfo info;

	if (read(pool->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGINT && pool->context.options.gdb) {
		debugger_interrupt(pool->context.options.terminal);
		return;
	}
	if (pool->signal)
		_exit(128 + (int)info.ssi_signo);
	pool->signal = (int)info.ssi_signo;
}

/* ---- The loop ---- */

static int wait_ms(const struct pool *pool)
{
	int ms = REFRESH_MS;

	if (pool->deadline_us && ms_until(pool->deadline_us) < ms)
		ms = ms_until(pool->deadline_us);

	for (size_t i = 0; i < pool->worker_count; i++)
		if (pool->workers[i].busy && !pool->workers[i].timed_out) {
			int left = ms_until(pool->workers[i].deadline_us);

			ms = left < ms ? left : ms;
		}
	return ms;
}

/* What runs when the run's time is up ends as an error. */
static void end_run(struct pool *pool)
{
	pool->why = "--run-timeout";
	pool->timed_out = true;
	pool->again_count = 0;
	for (size_t i = 0; i < pool->worker_count; i++) {
		struct worker *worker = &pool->workers[i];

		if (!worker->busy)
			continue;
		worker->busy = false;
		if (lost_result(pool, worker, "") == 0)
			task_done(pool, worker->task, now_us() - worker->began_us);
	}
}

/* Waits for workers, signals and deadlines, and acts on them. */
static int turn(struct pool *pool, struct pollfd *fds)
{
	size_t n = pool->worker_count;

	for (size_t i = 0; i < n; i++) {
		bool there = pool->workers[i].pid;

		fds[2 * i] =
			(struct pollfd){ there ? pool->workers[i].fd : -1, POLLIN, 0 };
		fds[2 * i + 1] = (struct pollfd){ there ? pool->workers[i].pidfd : -1,
						  POLLIN, 0 };
	}
	fds[2 * n] = (struct pollfd){ pool->signal_fd, POLLIN, 0 };
	if (poll(fds, 2 * n + 1, wait_ms(pool)) < 0)
		return errno == EINTR ? 0 : nst_fail_errno("waiting for workers");
	if (fds[2 * n].revents)
		take_signal(pool);
	for (size_t i = 0; i < n; i++) {
		struct worker *worker = &pool->workers[i];

		if (fds[2 * i + 1].revents) {
			int r = bury(pool, worker);

			if (r < 0)
				return r;
		} else if (fds[2 * i].revents && read_worker(pool, worker) < 0) {
			worker_kill(worker);
		}
	}
	kill_late(pool);
	return 0;
}

static int loop(struct pool *pool)
{
	AUTO_FREE struct pollfd *fds = calloc(2 * pool->worker_count + 1, sizeof(*fds));
	int r = fds ? 0 : nst_fail_memory();

	while (!r && !pool->signal) {
		r = hand_out(pool);
		if (r < 0 || !any_busy(pool))
			break;
		tell_progress(pool);
		r = turn(pool, fds);
		if (!r && pool->deadline_us && !ms_until(pool->deadline_us))
			end_run(pool);
	}
	return r;
}

/* Kills what is left and waits for its end: nothing of a run outlives it. */
static void end_workers(struct pool *pool)
{
	kill_all(pool);
	for (size_t i = 0; i < pool->worker_count; i++) {
		struct worker *worker = &pool->workers[i];
		char how[80];

		if (worker->pid) {
			struct pollfd fds[] = { { worker->pidfd, POLLIN, 0 },
						{ pool->signal_fd, POLLIN, 0 } };

			while (poll(fds, 2, -1) > 0 && !fds[0].revents)
				take_signal(pool);
			worker_reap(worker, how);
		}
		if (worker->note)
			munmap(worker->note, sizeof(*worker->note));
	}
}

static void block_signals(struct pool *pool)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigprocmask(SIG_BLOCK, &ours, &pool->context.mask);
	pool->signal_fd = signalfd(-1, &ours, SFD_CLOEXEC);
}

static unsigned int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0
		       ? 1
		       : (unsigned int)CPU_COUNT(&set);
}

uint64_t nst_make_seed(void)
{
	enum { SEEDS = 1000 * 1000 * 1000 };

	return now_us() % SEEDS + 1;
}

static void complete_options(struct nst_run_options *options)
{
	if (!options->workers)
		options->workers = processors();
	if (options->live_fd > 0 || options->step || options->gdb)
		options->workers = 1;
	if (options->pause_on_failure)
		options->retries = 0;
	if (!options->timeout_ms)
		options->timeout_ms = NST_CASE_TIMEOUT_MS;
	if (!options->out)
		options->out = "nstest-out";
	if (!options->seed)
		options->seed = nst_make_seed();
	if (options->until_failure && !options->max_failures)
		options->max_failures = 1;
	if (!options->repeat && !options->until_failure)
		options->repeat = 1;
}

static void pool_free(struct pool *pool)
{
	tasks_free(pool);
	free(pool->workers);
}

static int pool_begin(struct pool *pool)
{
	struct nst_run_options *options = &pool->context.options;
	int r;

	complete_options(options);
	pool->context.runner_pid = getpid();
	r = tasks_begin(pool);
	if (r < 0)
		return r;
	pool->worker_count =
		options->workers < pool->tasks ? options->workers : pool->tasks;
	pool->workers = calloc(pool->worker_count + 1, sizeof(*pool->workers));
	if (options->run_timeout_ms)
		pool->deadline_us = now_us() + (uint64_t)options->run_timeout_ms * 1000;
	return pool->workers ? 0 : nst_fail_memory();
}

/* What is not remembered makes no result wrong. Shards leave it to nstest merge: one that
 * begins later than others must divide the cases as they did. */
static void save_history(const struct nst_jobs *jobs)
{
	if (jobs->history && jobs->shard.total <= 1 &&
	    history_save(jobs->history, jobs->history_path) < 0)
		fprintf(stderr, "nstest: this run is not remembered: %s\n",
			nst_error());
}

int nst_run_jobs(const struct nst_jobs *jobs, const struct nst_run_options *options,
		 const struct nst_sink *sinks, size_t sink_count,
		 struct nst_run_summary *ret_summary)
{
	struct pool pool AUTO(
		pool_free) = { .context = { .jobs = jobs, .options = *options },
			       .sinks = sinks,
			       .sink_count = sink_count };
	struct running cut_short AUTO(running_free) = { 0 };
	uint64_t began_us = now_us();
	int r;

	r = baselines_open();
	if (r == 0)
		r = pool_begin(&pool);
	if (r < 0)
		return r;
	block_signals(&pool);
	tell_start(&pool);
	r = loop(&pool);
	if (pool.signal)
		cut_short = list_running(&pool, true);
	end_workers(&pool);
	report_rest(&pool);
	tell_end(&pool, began_us, &cut_short);
	close(pool.signal_fd);
	sigprocmask(SIG_SETMASK, &pool.context.mask, NULL);
	save_history(jobs);
	*ret_summary =
		(struct nst_run_summary){ pool.totals, pool.signal, pool.timed_out };
	return r;
}
