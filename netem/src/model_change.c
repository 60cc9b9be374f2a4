/* SPDX-License-Identifier: MIT */
/* A model that changes while packets are under way. A fresh one is made, takes over what is held
 * and what has befallen so far, and takes its place; so a change that fails changes nothing. */
#include "model_inside.h"

#include <string.h>

/* ---- What is held ---- */

/* What is held. What the old trace has sent in part goes at once if the new impairment has
 * none. */
static void hand_over(struct nst_model *from, struct nst_model *to, uint64_t now_ns)
{
	struct server *server = &to->server;

	to->line = from->line;
	to->out = from->out;
	server->queue = from->server.queue;
	from->line = (struct line){ 0 };
	from->out = from->server.queue = (struct ring){ 0 };
	server->busy_until_ns = from->server.busy_until_ns;
	if (server->queue.count && server->busy_until_ns < now_ns)
		server->busy_until_ns = now_ns;
	if (from->server.serving && server->trace.count) {
		server->serving = true;
		server->served = from->server.served;
		server->served_left = from->server.served_left;
	} else if (from->server.serving) {
		struct held *served = &from->server.served;

		served->out.due_ns = now_ns + (uint64_t)served->delay_ns;
		line_add(to, served, now_ns);
	}
	if (server->queue.count || server->serving)
		server_begin(server, now_ns);
}

/* ---- What has befallen so far ---- */

static void keep_event(const struct event *from, struct event *to)
{
	to->started = from->started;
	to->happened = from->happened;
}

static bool same_trace(const struct trace *a, const struct trace *b)
{
	return a->count == b->count &&
	       memcmp(a->at_ms, b->at_ms, a->count * sizeof(*a->at_ms)) == 0;
}

static void keep_server(const struct server *from, struct server *to)
{
	if (from->discipline == to->discipline) {
		to->codel = from->codel;
		to->pie = from->pie;
	}
	if (from->trace_began && same_trace(&from->trace, &to->trace)) {
		to->trace.start_ns = from->trace.start_ns;
		to->trace.next = from->trace.next;
		to->trace_began = true;
	}
}

/* Without this, a ramp of small steps would never be long in a bad state, and would begin
 * its trace again and again. */
static void keep_state(const struct nst_model *from, struct nst_model *to)
{
	if (from->loss.model == to->loss.model)
		to->loss.state = from->loss.state;
	keep_event(&from->loss.random, &to->loss.random);
	keep_event(&from->duplicate, &to->duplicate);
	keep_event(&from->corrupt, &to->corrupt);
	keep_event(&from->reorder, &to->reorder);
	to->since_reorder = from->since_reorder;
	to->jitter.z = from->jitter.z;
	to->jitter.started = from->jitter.started;
	keep_server(&from->server, &to->server);
}

int nst_model_change(struct nst_model *model, const struct nst_impairment *impairment,
		     uint64_t now_ns)
{
	struct nst_model *fresh, old;
	int r = nst_model_new(impairment, model->lab_seed, model->dice.link,
			      model->dice.direction, &fresh);

	if (r < 0)
		return r;
	model_run(model, now_ns);
	fresh->gate.slots = model->gate.slots; /* none is drawn twice */
	if (!fresh->kernel)                    /* netem_change() forgets it */
		keep_state(model, fresh);
	hand_over(model, fresh, now_ns);
	old = *model;
	*model = *fresh;
	*fresh = old;
	nst_model_free(fresh);
	model_run(model, now_ns);
	return 0;
}
