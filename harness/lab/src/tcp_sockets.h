/* SPDX-License-Identifier: MIT */
/* TCP sockets in the lab process; tcp.c asks for them. */
#ifndef LAB_TCP_SOCKETS_H
#define LAB_TCP_SOCKETS_H

#include <lab/inside.h>
#include <nstest/tcp.h>

enum tcp_goal { TCP_NOW, TCP_AT_LEAST, TCP_NONE };

struct tcp_request {
	size_t node;
	struct nst_tcp_match match;
	enum tcp_goal goal;
	unsigned int least;
	int timeout_ms;
};

/* A list that grows; zeroed it is empty. */
struct tcp_found {
	struct nst_tcp_socket *list;
	size_t count, room;
};
void tcp_found_free(struct tcp_found *found);

/* Of the network namespace in which `fd`, a socket of NETLINK_SOCK_DIAG, was opened. `match` NULL:
 * all. Return: 0; -EOPNOTSUPP, -errno with a sentence. */
int tcp_sockets_look(int fd, const struct nst_tcp_match *match,
		     struct tcp_found *found);
int tcp_sockets_open(struct nst_inside *inside, size_t node);

/* Answers an array of struct nst_tcp_socket: those that match, or, after a timeout, all that
 * the host has. Return: 0; -ETIMEDOUT. */
nst_inside_fn tcp_sockets_inside;

#endif
