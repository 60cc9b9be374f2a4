/* SPDX-License-Identifier: MIT */
/* Counters of a host's kernel: asked for by words, read in the lab process. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/counter.h>

#include "counter_read.h"
#include "programs.h"

struct counter_request {
	size_t node;
	struct counter_name name;
	uint64_t least;
	int timeout_ms; /* 0: read once */
	char text[COUNTER_TEXT];
};

/* ---- In the lab process ---- */

static int await_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	const struct counter_request *asked = request->data;
	struct wait wait AUTO_WAIT = wait_begin(inside, asked->timeout_ms, true);
	uint64_t value = 0;
	int r = counter_read(inside, asked->node, &asked->name, &value);

	while (r == 0 && value < asked->least) {
		r = wait_for_news(&wait);
		if (r == 0)
			r = counter_read(inside, asked->node, &asked->name, &value);
	}
	if (r == -ETIMEDOUT)
		return nst_fail(r, "%s is %" PRIu64 " and not %" PRIu64 " after %d ms",
				asked->text, value, asked->least, asked->timeout_ms);
	if (r == -ENOENT)
		return nst_fail(r, "there is no counter \"%s\"", asked->text);
	return r < 0 ? r : nst_reply_value(reply, &value, sizeof(value));
}

/* ---- In the caller ---- */

static int parse(const char *text, struct counter_request *ret)
{
	char more[2];
	int count = sscanf(text, "%63s %63s %63s %1s", ret->name.words[0],
			   ret->name.words[1], ret->name.words[2], more);

	if (count < 1 || count > COUNTER_WORDS || strlen(text) >= sizeof(ret->text))
		return nst_fail(
			-EINVAL,
			"\"%s\" is no counter: write TcpExtListenOverflows, eth0 "
			"rx_dropped or inet TABLE NAME",
			text);
	ret->name.count = (size_t)count;
	snprintf(ret->text, sizeof(ret->text), "%s", text);
	return 0;
}

static int ask(struct nst_lab *lab, const char *host, const char *counter,
	       struct counter_request *request, uint64_t *ret_value)
{
	int r = nst_plan_node(lab->plan, host, &request->node);

	if (r < 0)
		return r;
	r = parse(counter, request);
	if (r == 0)
		r = nst_lab_ask(lab, await_inside, request, sizeof(*request), ret_value,
				sizeof(*ret_value));
	return r < 0 ? nst_fail_in(r, "host \"%s\"", host) : 0;
}

int nst_counter(struct nst_lab *lab, const char *host, const char *counter,
		uint64_t *ret_value)
{
	struct counter_request request = { 0 };

	return ask(lab, host, counter, &request, ret_value);
}

int nst_await_counter(struct nst_lab *lab, const char *host, const char *counter,
		      uint64_t least, int timeout_ms)
{
	struct counter_request request = { .least = least, .timeout_ms = timeout_ms };
	uint64_t value;

	return ask(lab, host, counter, &request, &value);
}
