/* SPDX-License-Identifier: MIT */
/* Requests of traffic control over libnl. */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "tc.h"

/* The largest attribute there can be, and what is around it: programs and tables of
 * distributions are that long. The kernel counts a socket's buffer twice. */
enum { REQUEST_SIZE = UINT16_MAX + 1024, RECEIVE_SIZE = 32768 };

int tc_open(struct nl_sock **ret_socket)
{
	struct nl_sock *socket AUTO(tc_close) = nl_socket_alloc();
	int on = 1, r;

	if (!socket)
		return nst_fail_memory();
	nl_socket_set_local_port(socket, 0); /* the kernel chooses: no other has it */
	r = nl_connect(socket, NETLINK_ROUTE);
	if (r == 0)
		r = nl_socket_set_buffer_size(socket, RECEIVE_SIZE, REQUEST_SIZE);
	if (r < 0)
		return nst_fail(-EIO, "opening a netlink socket: %s", nl_geterror(r));
	setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_CAP_ACK, &on,
		   sizeof(on));
	*ret_socket = steal(socket);
	return 0;
}

void tc_close(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

struct nl_msg *tc_request(int type, int flags, const struct tcmsg *message,
			  const char *kind)
{
	struct nl_msg *request = nlmsg_alloc_size(REQUEST_SIZE);

	if (request &&
	    nlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0,
		      flags | NLM_F_REQUEST | NLM_F_ACK) &&
	    nlmsg_append(request, (void *)message, sizeof(*message), NLMSG_ALIGNTO) ==
		    0 &&
	    (!kind || nla_put_string(request, TCA_KIND, kind) == 0))
		return request;
	nlmsg_free(request);
	return NULL;
}

/* What the kernel answered. */
struct answer {
	bool arrived;
	int code;
	char words[256];
	tc_seen *seen; /* may be NULL */
	void *context;
};

static int on_ack(struct nl_msg *message, void *context)
{
	struct answer *answer = context;

	(void)message;
	answer->arrived = true;
	return NL_STOP;
}

/* With NETLINK_CAP_ACK only the header of the request comes back; the words follow it.
 */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *context)
{
	const struct nlmsghdr *header =
		(const struct nlmsghdr *)((const char *)error - NLMSG_HDRLEN);
	struct answer *answer = context;
	struct nlattr *words;

	(void)from;
	answer->arrived = true;
	answer->code = error->error;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    header->nlmsg_len < NLMSG_HDRLEN + sizeof(*error))
		return NL_STOP;
	words = nla_find((struct nlattr *)(error + 1),
			 (int)(header->nlmsg_len - NLMSG_HDRLEN - sizeof(*error)),
			 NLMSGERR_ATTR_MSG);
	if (words)
		nla_strlcpy(answer->words, words, sizeof(answer->words));
	return NL_STOP;
}

static int on_valid(struct nl_msg *message, void *context)
{
	struct answer *answer = context;

	if (answer->seen)
		answer->seen(nlmsg_hdr(message), answer->context);
	return NL_OK;
}

/* Frees the request. */
static int ask(struct nl_sock *socket, struct nl_msg *request, struct answer *answer)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	int r = -NLE_NOMEM;

	if (request && callbacks) {
		nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_ack, answer);
		nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_ack, answer);
		nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, answer);
		nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, answer);
		r = nl_send_auto(socket, request);
	}
	while (r >= 0 && !answer->arrived)
		r = nl_recvmsgs(socket, callbacks);
	nl_cb_put(callbacks);
	nlmsg_free(request);
	if (answer->arrived)
		return answer->code;
	return nst_fail(-EIO, "talking to traffic control: %s", nl_geterror(r));
}

static int fail_answer(const struct answer *answer)
{
	return nst_fail(answer->code, "%s%s%s", answer->words,
			*answer->words ? ": " : "", strerror(-answer->code));
}

int tc_send(struct nl_sock *socket, struct nl_msg *request)
{
	return tc_read(socket, request, NULL, NULL);
}

int tc_read(struct nl_sock *socket, struct nl_msg *request, tc_seen *seen,
	    void *context)
{
	struct answer answer = { .seen = seen, .context = context };
	int r = ask(socket, request, &answer);

	return answer.code < 0 ? fail_answer(&answer) : r;
}

/* The head of a chain of filters is listed, too, with handle 0. */
static void count_filter(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *filter = nlmsg_data(message);
	int *count = context;

	*count += filter->tcm_handle != 0;
}

static int count_filters(struct nl_sock *socket, int ifindex, uint32_t hook)
{
	struct tcmsg message = { .tcm_ifindex = ifindex,
				 .tcm_parent = TC_H_MAKE(TC_H_CLSACT, hook) };
	int count = 0;
	int r = tc_read(socket, tc_request(RTM_GETTFILTER, NLM_F_DUMP, &message, NULL),
			count_filter, &count);

	return r < 0 ? r : count;
}

int tc_count_filters(struct nl_sock *socket, int ifindex)
{
	int in = count_filters(socket, ifindex, TC_H_MIN_INGRESS);
	int out = in < 0 ? in : count_filters(socket, ifindex, TC_H_MIN_EGRESS);

	return out < 0 ? out : in + out;
}
