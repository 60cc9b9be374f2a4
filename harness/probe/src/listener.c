/* SPDX-License-Identifier: MIT */
/* Who listens at the asked port: a program, or the probe's own listener.
 *
 * The own listener lives as long as one attempt: a program of the test that starts later
 * finds its port free. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>

#include "ask.h"
#include "diag.h"

enum { LISTENER_BACKLOG = 4 };

void ask_flow(const struct ask *ask, const struct sighting *arrived, struct flow *ret)
{
	unsigned int bits = ask->family == AF_INET ? 32 : 128;

	*ret = (struct flow){
		.protocol = ask->request.protocol,
		.local = ask->target,
		.remote = ask->source,
		.local_port = ask->request.port,
		.remote_port = ask->tracked.port,
	};
	if (!arrived) {
		if (ask->there_count > 0)
			ret->ifindex =
				ask->plan
					->interfaces[ask->there[ask->there_count - 1]
							     .in]
					.ifindex;
		return;
	}
	ret->local = (struct nst_address){ .family = ask->family, .prefix = bits };
	ret->remote = ret->local;
	memcpy(ret->local.bytes, arrived->packet.destination, 16);
	memcpy(ret->remote.bytes, arrived->packet.source, 16);
	ret->local_port = arrived->packet.destination_port;
	ret->remote_port = arrived->packet.source_port;
	ret->ifindex = arrived->ifindex;
}

/* Returns 1 if a program listens, 0 if none does, -errno if the kernel cannot tell. */
static int program_listens(struct ask *ask)
{
	struct found found = { 0 };
	struct flow flow;
	int r;

	ask_flow(ask, NULL, &flow);
	r = diag_find(ask->room, ask->to, &flow, false, &found);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	ask->waiting_before = found.waiting;
	return ask->request.protocol == NST_UDP || found.state == TCP_LISTEN;
}

/* Whether the port was free for a listener. */
static bool listen_there(struct ask *ask)
{
	bool tcp = ask->request.protocol == NST_TCP;
	struct sockaddr_storage there;
	unsigned int size = ask_sockaddr(&ask->target, ask->request.port, &there);
	int on = 1;

	/* Past connections of a program that has ended are no obstacle. */
	if (tcp)
		setsockopt(ask->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(ask->listener, (struct sockaddr *)&there, size) == 0 &&
	       (!tcp || listen(ask->listener, LISTENER_BACKLOG) == 0);
}

static int put_up(struct ask *ask)
{
	ask->listener = ask_socket(
		ask, ask->to,
		ask->request.protocol == NST_TCP ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (ask->listener < 0)
		return ask->listener;
	if (listen_there(ask)) {
		ask->listening = LISTENING_OWN;
		return 0;
	}
	close(ask->listener);
	ask->listener = -1;
	/* Bound by somebody who does not listen, or listens where the kernel could not
	 * tell. */
	ask->listening = LISTENING_PROGRAM;
	return 0;
}

int listener_prepare(struct ask *ask)
{
	int r;

	ask->listening = LISTENING_UNKNOWN;
	if (ask->to == SIZE_MAX || ask->request.protocol == NST_ICMP)
		return 0;
	r = program_listens(ask);
	ask->listening = r > 0 ? LISTENING_PROGRAM : LISTENING_NOBODY;
	if (ask->listening == LISTENING_NOBODY &&
	    ask->request.listener == NST_LISTENER_AUTO)
		return put_up(ask);
	return 0;
}
