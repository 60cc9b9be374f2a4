/* SPDX-License-Identifier: MIT */
/* Code that runs inside the lab process.
 *
 * How it works. nst_lab_up() forks the lab process, PID 1 of the case, which builds the
 * lab and then serves requests one by one. A request is a function of this very program
 * with bytes and descriptors as argument; because the lab process is a fork, the
 * function has the same address there. So a room above (probe, runner, firewall) adds an
 * ability to the lab by writing a function of type nst_inside_fn and calling it
 * with nst_lab_call(): no protocol grows with it.
 *
 * Such a function runs on the lab process's main thread. It may enter the network
 * namespace of any host; it may not change the mount view or cwd
 * of the lab process, and it must end within a deadline of its own. A second thread, the
 * ears, meanwhile reads what programs write and what captures see.
 */
#ifndef LAB_INSIDE_H
#define LAB_INSIDE_H

#include <stddef.h>

#include <lab/plan.h>
#include <nstest/lab.h>

enum { NST_MESSAGE_FDS = 8 };

/* What travels: bytes and descriptors. Descriptors in a request are closed in the lab
 * process after the call unless the function takes them (sets the entry to -1). */
struct nst_message {
	void *data; /* of a reply: malloc'd, the receiver's to free */
	size_t size;
	int fds[NST_MESSAGE_FDS];
	size_t fd_count;
};

struct nst_inside;

/* Returns 0 or more on success, or -errno after nst_fail(); the sentence travels back. */
typedef int nst_inside_fn(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply);

/* Called by the owner of the handle: runs `function` in the lab process and waits for its
 * end. `reply` may be NULL if nothing comes back; else the caller frees reply->data and
 * closes its descriptors. `name` is for messages ("starting nginx").
 * Return: what the function returned; -EPIPE if the lab process is gone, and how. */
int nst_lab_call(struct nst_lab *lab, nst_inside_fn *function, const struct nst_message *request,
		 struct nst_message *reply);

/* The same for plain values: a request struct in, a reply struct out (either size may be
 * 0). A reply of another size is -EPROTO. */
int nst_lab_ask(struct nst_lab *lab, nst_inside_fn *function, const void *request,
		size_t request_size, void *reply, size_t reply_size);

/* Fills `reply` with a copy of a value. */
int nst_reply_value(struct nst_message *reply, const void *value, size_t size);

/* ---- For functions that run inside ---- */

const struct nst_plan *nst_inside_plan(const struct nst_inside *inside);

/* Makes the calling thread a member of the node's network namespace. Cheap (about 1 us);
 * a second call simply moves on, and nobody needs to leave. */
int nst_inside_net(struct nst_inside *inside, size_t node);

/* For a forked child (single-threaded): enters all namespaces and the root of the node.
 * With a PID namespace of its own, children of the caller are born into it. */
int nst_inside_enter(struct nst_inside *inside, size_t node);

/* Whether the link with this interface was taken down by nst_link_down(). */
bool nst_inside_link_is_down(const struct nst_inside *inside, size_t interface);

/* Whether nst_cut() keeps frames of node `from` from node `to`. */
bool nst_inside_is_cut(const struct nst_inside *inside, size_t from, size_t to);

/* A place for what a room keeps in the lab process from one request to the next; freed
 * never (the process ends). One slot per room. */
enum nst_inside_slot { NST_SLOT_PROBE, NST_SLOT_FIREWALL, NST_SLOT_TRACE, NST_SLOT_COUNT };
void **nst_inside_slot(struct nst_inside *inside, enum nst_inside_slot slot);

#endif
