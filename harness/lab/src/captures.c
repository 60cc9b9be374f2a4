/* SPDX-License-Identifier: MIT */
/* The captures of a lab: opened in the hosts, read by a thread of the lab process. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "captures.h"
#include "impairments.h"
#include "programs.h"
#include "tls_keys.h"

unsigned long long nst_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (unsigned long long)now.tv_sec * 1000000000ULL +
	       (unsigned long long)now.tv_nsec;
}

/* ---- In the lab process ---- */

/* Return: the capture's number of the interface; -errno. */
static int open_one(struct nst_inside *inside, const struct nst_interface *interface)
{
	char name[sizeof(inside->plan->nodes->name) + sizeof(interface->name) + 1];
	int r = nst_inside_net(inside, interface->node);
	int fd = r < 0 ? r : nst_capture_socket(interface->ifindex);

	snprintf(name, sizeof(name), "%s:%s", inside->plan->nodes[interface->node].name,
		 interface->name);
	return fd < 0 ? nst_fail_in(fd, "capturing %s", name)
		      : nst_capture_add(inside->capture, fd, name);
}

/* Link by link, so that the numbers of the capture are those of the plan, and both ends of
 * a link are known to each other. */
static int open_all(struct nst_inside *inside)
{
	const struct nst_plan *plan = inside->plan;
	int r = 0;

	for (size_t i = 0; i < plan->interface_count && r >= 0; i++) {
		r = open_one(inside, &plan->interfaces[i]);
		if (r > 0 && i % 2 == 1)
			r = nst_capture_link(inside->capture, (unsigned int)r - 1,
					     (unsigned int)r);
	}
	return r < 0 ? r : 0;
}

/* A host with several addresses has several names of one text, as in /etc/hosts. */
static int name_all(struct nst_inside *inside)
{
	const struct nst_plan *plan = inside->plan;
	int r = 0;

	for (size_t i = 0; i < plan->interface_count; i++) {
		const struct nst_interface *interface = &plan->interfaces[i];

		for (size_t k = 0; k < interface->address_count && r == 0; k++)
			r = nst_capture_name(inside->capture,
					     interface->addresses[k].family,
					     interface->addresses[k].bytes,
					     plan->nodes[interface->node].name);
	}
	return r;
}

unsigned int captures_number(const struct nst_inside *inside, size_t interface)
{
	(void)inside;
	return (unsigned int)interface; /* open_all() */
}

/* One to a process: a lab has one capture. */
static struct listener {
	struct nst_capture *capture;
	int stop_fd;
	pthread_t thread;
	bool stopped;
} listener;

static void *listen_always(void *context)
{
	(void)context;
	nst_capture_run(listener.capture, listener.stop_fd);
	return NULL;
}

int captures_open(struct nst_inside *inside, int live_fd)
{
	int r = nst_capture_new(&inside->capture);

	if (r == 0)
		r = open_all(inside);
	if (r == 0)
		r = name_all(inside);
	if (r == 0 && live_fd > 0)
		r = nst_capture_live(inside->capture, live_fd);
	if (r < 0)
		return r;
	listener.capture = inside->capture;
	listener.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (listener.stop_fd < 0)
		return nst_fail_errno("making an eventfd");
	r = pthread_create(&listener.thread, NULL, listen_always, NULL);
	return r ? nst_fail(-r, "starting the capture thread: %s", strerror(r)) : 0;
}

void captures_finish(struct nst_inside *inside)
{
	if (!inside->capture || listener.stopped)
		return;
	listener.stopped = true;
	eventfd_write(listener.stop_fd, 1);
	pthread_join(listener.thread, NULL);
}

void captures_close(struct nst_inside *inside)
{
	captures_finish(inside);
	nst_capture_free(inside->capture);
	inside->capture = NULL;
}

/* What a question about packets says; the texts follow it: where, filter. */
struct packets_question {
	unsigned long long since_ns;
	unsigned int lines;
	unsigned long long least; /* so many are waited for, */
	int timeout_ms;           /* so long */
	size_t where_size;        /* with its NUL; 0: NULL */
};

/* Every packet that was sent before the question is in. */
static int pass_backlogs(struct nst_inside *inside)
{
	int r = 0;

	if (inside->backlog_fd <= 0) {
		r = nst_inside_net(inside, 0);
		inside->backlog_fd = r < 0 ? r : nst_backlog_socket();
	}
	return inside->backlog_fd < 0 ? inside->backlog_fd
				      : nst_backlog_pass(inside->backlog_fd);
}

int captures_need(struct nst_inside *inside)
{
	int r;

	if (!inside->capture)
		return nst_fail(-ENODATA,
				"nothing is captured in this lab: ask for it when "
				"it is built (NST_CAPTURE_ALL)");
	r = inside->plan->node_count ? pass_backlogs(inside) : 0;
	return r < 0 ? r : nst_capture_drain(inside->capture);
}

static int count(struct nst_inside *inside, const struct packets_question *question,
		 uint64_t *ret_count)
{
	const char *texts = (const char *)(question + 1);
	int r = captures_need(inside);

	return r < 0 ? r
		     : nst_capture_count(inside->capture,
					 question->where_size ? texts : NULL,
					 texts + question->where_size,
					 question->since_ns, ret_count);
}

/* After a timeout the number is told all the same. */
static int count_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	const struct packets_question *question = request->data;
	struct wait wait AUTO_WAIT = wait_begin(inside, question->timeout_ms, true);
	uint64_t seen;
	int r = count(inside, question, &seen), told;

	while (r == 0 && seen < question->least) {
		r = wait_for_news(&wait);
		if (r == 0)
			r = count(inside, question, &seen);
	}
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	told = nst_reply_value(reply, &seen, sizeof(seen));
	return told < 0 ? told : r;
}

/* nst_capture_ladder() or nst_capture_table(). */
typedef int ladder_function(struct nst_capture *capture, const char *filter,
			    uint64_t since_ns, unsigned int lines, char **ret_text);

static int ask_ladder(struct nst_inside *inside, struct nst_message *request,
		      ladder_function *function, struct nst_message *reply)
{
	const struct packets_question *question = request->data;
	char *text;
	int r = captures_need(inside);

	if (r == 0)
		r = impairments_note(inside);
	if (r == 0)
		r = function(inside->capture,
			     (const char *)(question + 1) + question->where_size,
			     question->since_ns, question->lines, &text);
	if (r < 0)
		return r;
	reply->data = text;
	reply->size = strlen(text) + 1;
	return 0;
}

static int ladder_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	return ask_ladder(inside, request, nst_capture_ladder, reply);
}

static int table_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	return ask_ladder(inside, request, nst_capture_table, reply);
}

static int save_inside(struct nst_inside *inside, struct nst_message *request,
		       struct nst_message *reply)
{
	int r = captures_need(inside);
	AUTO_FREE char *keys = NULL;
	size_t size = 0;

	(void)reply;
	if (r == 0)
		r = impairments_note(inside);
	keys = r < 0 ? NULL : tls_keys_read(inside, &size);
	if (keys)
		r = nst_capture_set_keys(inside->capture, keys, size);
	return r < 0 ? r : nst_capture_write(inside->capture, request->fds[0]);
}

/* ---- In the caller ---- */

static int ask(struct nst_lab *lab, nst_inside_fn *function,
	       struct packets_question question, const char *where, const char *filter,
	       struct nst_message *reply)
{
	struct nst_message request = { 0 };
	int r;

	filter = filter ? filter : "";
	question.where_size = where ? strlen(where) + 1 : 0;
	request.size = sizeof(question) + question.where_size + strlen(filter) + 1;
	request.data = malloc(request.size);
	if (!request.data)
		return nst_fail_memory();
	memcpy(request.data, &question, sizeof(question));
	if (where)
		memcpy((char *)request.data + sizeof(question), where,
		       question.where_size);
	strcpy((char *)request.data + sizeof(question) + question.where_size, filter);
	r = nst_lab_call(lab, function, &request, reply);
	free(request.data);
	return r;
}

/* Return: as count_inside(). */
static int count_packets(struct nst_lab *lab, const char *where, const char *filter,
			 struct packets_question question, uint64_t *ret_count)
{
	struct nst_message reply = { 0 };
	size_t interface;
	int r = where ? nst_plan_interface(lab->plan, where, &interface) : 0;

	if (r == 0)
		r = ask(lab, count_inside, question, where, filter, &reply);
	if (reply.size == sizeof(*ret_count))
		memcpy(ret_count, reply.data, sizeof(*ret_count));
	free(reply.data);
	return r;
}

int nst_packets(struct nst_lab *lab, const char *where, const char *filter,
		unsigned long long since_ns, unsigned long long *ret_count)
{
	uint64_t seen;
	int r = count_packets(lab, where, filter,
			      (struct packets_question){ .since_ns = since_ns }, &seen);

	if (r == 0)
		*ret_count = seen;
	return r;
}

int nst_await_packets(struct nst_lab *lab, const char *where, const char *filter,
		      unsigned long long since_ns, unsigned long long least,
		      int timeout_ms)
{
	const struct packets_question question = { .since_ns = since_ns,
						   .least = least,
						   .timeout_ms = timeout_ms };
	uint64_t seen = 0;
	int r = count_packets(lab, where, filter, question, &seen);

	if (r != -ETIMEDOUT)
		return r;
	return nst_fail(r, "after %d ms %llu packets match \"%s\"%s%s, not %llu",
			timeout_ms, (unsigned long long)seen, filter ? filter : "",
			where ? " at " : "", where ? where : "", least);
}

int nst_ladder(struct nst_lab *lab, const char *filter, unsigned long long since_ns,
	       unsigned int lines, char **ret_text)
{
	struct packets_question question = { .since_ns = since_ns, .lines = lines };
	struct nst_message reply = { 0 };
	int r = ask(lab, ladder_inside, question, NULL, filter, &reply);

	if (r < 0)
		return r;
	*ret_text = reply.data;
	return 0;
}

int nst_packet_table(struct nst_lab *lab, const char *filter,
		     unsigned long long since_ns, unsigned int lines, char **ret_text)
{
	struct packets_question question = { .since_ns = since_ns, .lines = lines };
	struct nst_message reply = { 0 };
	int r = ask(lab, table_inside, question, NULL, filter, &reply);

	if (r < 0)
		return r;
	*ret_text = reply.data;
	return 0;
}

int nst_save_capture(struct nst_lab *lab, const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct nst_message request = { .fds = { fd }, .fd_count = 1 };

	if (fd < 0)
		return nst_fail_errno("creating %s", path);
	return nst_lab_call(lab, save_inside, &request, NULL);
}
