/* SPDX-License-Identifier: MIT */
/* nstest inside a guest kernel: passes orders that come over the line on to a worker, and
 * what the worker says into a file of the job, where the machine reads it. A worker that
 * dies is replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/virtual.h>
#include <runner/run.h>

#include "clock.h"
#include "folders.h"
#include "guest_job.h"
#include "guest_plan.h"

struct inside {
	struct run_context context;
	struct worker worker;
	int results, line;
	char *filter;
};

static bool write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		size -= (size_t)done;
	}
	return true;
}

/* In one piece, so that the machine is not woken for half of it. */
static bool tell(const struct inside *inside, uint32_t kind, const char *text)
{
	const struct message_head head = { kind, (uint32_t)strlen(text) };
	char bytes[sizeof(head) + 1024];

	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), text, head.size);
	return write_all(inside->results, bytes, sizeof(head) + head.size);
}

/* What cases leave goes into the job. Return: 0; -errno. */
static int redirect_out(const char *out)
{
	int r = strcmp(out, GUEST_OUT) ? folders_make(out) : 1;

	if (r > 0)
		return 0;
	if (r < 0)
		return nst_fail(r, "making %s: %s", out, strerror(-r));
	return mount(NST_JOB "/kept", out, NULL, MS_BIND, NULL) < 0
		       ? nst_fail_errno("what the guest leaves, on %s", out)
		       : 0;
}

static int begin(struct inside *inside)
{
	AUTO_FCLOSE FILE *plan = fopen(NST_JOB "/plan", "re");
	int r;

	inside->results = open(NST_JOB "/results", O_WRONLY | O_APPEND | O_CLOEXEC);
	inside->line = open("/dev/ttyS0", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (!plan || inside->results < 0 || inside->line < 0)
		return nst_fail_errno("the job of a guest kernel");
	r = guest_plan_read(plan, &inside->context);
	if (r == 0 && inside->context.options.time != NST_TIME_REAL)
		setenv(NST_VIRTUAL_TIME, "1", 1);
	return r < 0 ? r : redirect_out(inside->context.options.out);
}

/* ---- Orders ---- */

static bool take(int fd, void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(fd, (char *)bytes + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static bool take_order(struct inside *inside, int from, struct order *order)
{
	free(inside->filter);
	inside->filter = NULL;
	if (!take(from, order, sizeof(*order)))
		return false;
	if (!order->filter_size)
		return true;
	inside->filter = calloc(1, (size_t)order->filter_size + 1);
	return inside->filter && take(from, inside->filter, order->filter_size);
}

/* Of a worker that is gone in the middle of a job. */
static bool tell_loss(struct inside *inside, const char *how)
{
	return tell(inside, MESSAGE_LOST, how);
}

/* Something does not look at the guest's clock. */
static bool end_late(struct inside *inside)
{
	char how[80];

	worker_kill(&inside->worker);
	worker_reap(&inside->worker, how);
	return tell_loss(inside, "did not stop by itself when its time was up");
}

/* Passes on what the worker says until the job is done. */
static bool follow(struct inside *inside)
{
	struct worker *worker = &inside->worker;
	struct message_head head;
	const void *bytes;
	char how[80];

	for (;;) {
		struct pollfd fds[] = { { worker->fd, POLLIN, 0 } };
		int more;

		if (poll(fds, 1, ms_until(worker->deadline_us)) < 0 && errno != EINTR)
			return false;
		if (!fds[0].revents && !ms_until(worker->deadline_us))
			return end_late(inside);
		more = inbox_fill(&worker->inbox, worker->fd);
		while (inbox_peek(&worker->inbox, &head, &bytes) > 0) {
			bool done = head.kind == MESSAGE_DONE;
			bool written = write_all(inside->results, worker->inbox.bytes,
						 sizeof(head) + head.size);

			inbox_drop(&worker->inbox, &head);
			worker_restart_clock(worker, &inside->context);
			if (!written || done)
				return written;
		}
		if (more == 0 || (more < 0 && more != -EAGAIN)) {
			worker_kill(worker);
			worker_reap(worker, how);
			return tell_loss(inside, how);
		}
	}
}

static bool carry_out(struct inside *inside, const struct order *order)
{
	/* For its deadline; whether it can be loaded, the worker tells. */
	guest_plan_load(inside->context.in_guest,
			&inside->context.in_guest->list[order->job]);
	if (!inside->worker.pid && worker_spawn(&inside->worker, &inside->context) < 0)
		return tell_loss(inside, nst_error());
	worker_give(&inside->worker, &inside->context, order, inside->filter);
	return follow(inside);
}

int nst_guest_main(void)
{
	struct inside inside = { 0 };
	AUTO_CLOSE int first = open(NST_JOB "/order", O_RDONLY | O_CLOEXEC);
	struct order order;

	sigprocmask(SIG_BLOCK, NULL, &inside.context.mask);
	if (begin(&inside) < 0) {
		dprintf(STDERR_FILENO, "%s\n", nst_error());
		return EXIT_FAILURE;
	}
	if (!tell(&inside, MESSAGE_ALIVE, "") || !take_order(&inside, first, &order))
		return EXIT_FAILURE;
	while (carry_out(&inside, &order) && take_order(&inside, inside.line, &order))
		;

	return EXIT_SUCCESS;
}
