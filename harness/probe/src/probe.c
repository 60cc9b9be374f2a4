/* SPDX-License-Identifier: MIT */
/* The public side: checks the question, and has it asked in the lab process. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/probe.h>

#include "ask.h"
#include "inside.h"
#include <probe/parcel.h>

static const char *const verdict_names[] = {
	[NST_VERDICT_OPEN] = "open",
	[NST_VERDICT_REFUSED] = "refused",
	[NST_VERDICT_REJECTED] = "rejected",
	[NST_VERDICT_DROPPED] = "dropped",
	[NST_VERDICT_UNROUTABLE] = "unroutable",
	[NST_VERDICT_UNANSWERED] = "unanswered",
	[NST_VERDICT_INCONCLUSIVE] = "inconclusive",
};

static const char *const protocol_names[] = {
	[NST_TCP] = "tcp",
	[NST_UDP] = "udp",
	[NST_ICMP] = "icmp",
};

static const char *const proof_names[] = {
	[NST_PROOF_ANSWER] = "answer",
	[NST_PROOF_MARKER] = "marker",
	[NST_PROOF_LINK] = "link",
	[NST_PROOF_WAITED] = "waited",
};

static_assert(ARRAY_SIZE(verdict_names) == NST_VERDICT_INCONCLUSIVE + 1, "a name each");
static_assert(ARRAY_SIZE(protocol_names) == NST_ICMP + 1, "a name each");
static_assert(ARRAY_SIZE(proof_names) == NST_PROOF_WAITED + 1, "a name each");

const char *nst_verdict_name(enum nst_verdict_kind kind)
{
	return (size_t)kind < ARRAY_SIZE(verdict_names) ? verdict_names[kind] : "?";
}

const char *nst_protocol_name(enum nst_protocol protocol)
{
	return (size_t)protocol < ARRAY_SIZE(protocol_names) ? protocol_names[protocol]
							     : "?";
}

const char *nst_proof_name(enum nst_proof proof)
{
	return (size_t)proof < ARRAY_SIZE(proof_names) ? proof_names[proof] : "?";
}

static int copy_name(const char *name, const char *what, char *ret, size_t size)
{
	if (!name || !*name)
		return nst_fail(-EINVAL, "a question says %s", what);
	if (strlen(name) >= size)
		return nst_fail(-EINVAL, "\"%.20s…\" is too long for a host or address",
				name);
	strcpy(ret, name);
	return 0;
}

static int check(const struct nst_question *question)
{
	bool ports = question->protocol != NST_ICMP;

	if ((size_t)question->protocol >= ARRAY_SIZE(protocol_names))
		return nst_fail(-EINVAL, "a question is about tcp, udp or icmp");
	if (ports && !question->port)
		return nst_fail(-EINVAL, "a question about %s names a port, 1–65535",
				nst_protocol_name(question->protocol));
	if (!ports && question->port)
		return nst_fail(-EINVAL, "icmp has no ports");
	if (question->family && question->family != AF_INET &&
	    question->family != AF_INET6)
		return nst_fail(-EINVAL, "family %d: AF_INET, AF_INET6 or 0",
				question->family);
	if (question->keep && question->protocol != NST_TCP)
		return nst_fail(-EINVAL, "only a TCP connection can be kept");
	if (question->segment && question->protocol != NST_TCP)
		return nst_fail(-EINVAL, "only a TCP segment has flags");
	if (question->fragments && question->protocol == NST_TCP)
		return nst_fail(-EINVAL, "TCP does not go in fragments");
	if (question->settle_ms < 0)
		return nst_fail(-EINVAL, "settle_ms %d: a time is not negative",
				question->settle_ms);
	return 0;
}

static int send_request(struct nst_lab *lab, struct probe_request *request,
			struct nst_verdict *ret_verdict)
{
	const struct nst_message question = { .data = request,
					      .size = sizeof(*request) };
	struct nst_message reply = { 0 };
	int r = nst_lab_call(lab, probe_inside, &question, &reply);

	if (r >= 0)
		r = parcel_unpack(&reply, ret_verdict);
	free(reply.data);
	return r;
}

int probe_request(const struct nst_question *question,
		  struct probe_request *ret_request)
{
	struct probe_request request = {
		.protocol = question->protocol,
		.port = question->port,
		.family = question->family,
		.listener = question->segment ? NST_LISTENER_NONE : question->listener,
		.fragments = question->fragments,
		.segment = question->segment,
		.extension = question->extension,
		.flags = question->flags,
		.settle_ms = question->settle_ms,
	};
	int r;

	if (question->over) {
		r = copy_name(question->over, "which connection (over)", request.over,
			      sizeof(request.over));
		if (r == 0)
			*ret_request = request;
		return r;
	}
	r = check(question);
	if (r == 0 && question->keep)
		r = copy_name(question->keep, "how the connection is called (keep)",
			      request.keep, sizeof(request.keep));
	if (r == 0 && question->source)
		r = copy_name(question->source, "from which address (source)",
			      request.source, sizeof(request.source));
	if (r == 0)
		r = copy_name(question->from, "who asks (from)", request.from,
			      sizeof(request.from));
	if (r == 0)
		r = copy_name(question->to, "who is asked (to)", request.to,
			      sizeof(request.to));
	if (r == 0)
		*ret_request = request;
	return r;
}

int nst_probe(struct nst_lab *lab, const struct nst_question *question,
	      struct nst_verdict *ret_verdict)
{
	struct probe_request request;
	int r = probe_request(question, &request);

	return r < 0 ? r : send_request(lab, &request, ret_verdict);
}
