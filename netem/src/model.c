/* SPDX-License-Identifier: MIT */
/* Models: made, and moved on in time. */
#include <netem/model.h>

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "model_inside.h"

enum { LIMIT_DEFAULT = 1000 }; /* tc's */

/* ---- Making ---- */

static void set_events(struct nst_model *model, const struct nst_impairment *asked)
{
	const struct {
		struct event *event;
		uint32_t ppm, correlation_ppm;
		enum stream stream;
	} events[] = {
		{ &model->duplicate, asked->duplicate_ppm,
		  asked->duplicate_correlation_ppm, STREAM_DUPLICATE },
		{ &model->corrupt, asked->corrupt_ppm, asked->corrupt_correlation_ppm,
		  STREAM_CORRUPT },
		{ &model->reorder, asked->reorder_ppm, asked->reorder_correlation_ppm,
		  STREAM_REORDER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		event_init(events[i].event, model->kernel, events[i].ppm,
			   events[i].correlation_ppm,
			   roll_first(&model->dice, events[i].stream));
	if (asked->reorder_ppm)
		model->gap = asked->reorder_gap ? asked->reorder_gap : 1;
}

/* Exactly, a limit that nobody gave is that of a queue, and a delay is none. */
static void set_limits(struct nst_model *model, const struct nst_impairment *asked)
{
	bool given = asked->limit_packets || asked->limit_bytes;

	model->limit_packets = asked->limit_packets;
	model->limit_bytes = asked->limit_bytes;
	if (!given && (model->kernel || server_paces(&model->server)))
		model->limit_packets = LIMIT_DEFAULT;
}

static int set_server(struct server *server, const struct nst_impairment *asked)
{
	server->discipline = asked->queue;
	server->rate = (struct rate){
		.bps = asked->rate_bps,
		.overhead = asked->rate_overhead,
		.cell_size = asked->cell_size,
		.cell_overhead = asked->cell_overhead,
		.kernel = asked->compat == NST_COMPAT_NETEM,
	};
	return asked->trace_file ? trace_load(asked->trace_file, &server->trace) : 0;
}

static int set_gate(struct nst_model *model, const struct nst_impairment *asked)
{
	struct gate *gate = &model->gate;

	*gate = (struct gate){
		.closes = asked->slot_max_us || asked->slot_delay_us ||
			  asked->slot_jitter_us,
		.spread = asked->slot_delay_us || asked->slot_jitter_us,
		.min_ns = asked->slot_min_us * 1000,
		.max_ns = asked->slot_max_us * 1000,
		.packets = asked->slot_packets,
		.bytes = asked->slot_bytes,
	};
	return jitter_init(&gate->jitter, model->kernel, asked->slot_delay_us,
			   asked->slot_jitter_us, 0, asked->slot_distribution,
			   asked->slot_distribution_file, 0);
}

static int set_all(struct nst_model *model, const struct nst_impairment *asked)
{
	int r = jitter_init(&model->jitter, model->kernel, asked->delay_us,
			    asked->jitter_us, asked->delay_correlation_ppm,
			    asked->distribution, asked->distribution_file,
			    roll_first(&model->dice, STREAM_DELAY));

	if (r == 0)
		r = set_gate(model, asked);
	if (r == 0)
		r = set_server(&model->server, asked);
	if (r < 0)
		return r;
	loss_init(&model->loss, asked, &model->dice);
	set_events(model, asked);
	set_limits(model, asked);
	return 0;
}

static int make(const struct nst_impairment *impairment, const struct dice *dice,
		struct nst_model **ret_model)
{
	static const struct nst_impairment none;
	const struct nst_impairment *asked = impairment ? impairment : &none;
	struct nst_model *model = calloc(1, sizeof(*model));
	int r;

	if (!model)
		return nst_fail_memory();
	model->dice = *dice;
	model->lab_seed = dice->seed;
	if (asked->seed)
		model->dice.seed = asked->seed;
	model->kernel = asked->compat == NST_COMPAT_NETEM;
	model->ecn = asked->ecn;
	r = set_all(model, asked);
	if (r < 0)
		nst_model_free(model);
	else
		*ret_model = model;
	return r;
}

int nst_model_new(const struct nst_impairment *impairment, uint64_t seed,
		  unsigned int link, unsigned int direction,
		  struct nst_model **ret_model)
{
	const struct dice dice = { seed, link, direction };
	int r = impairment ? nst_impairment_check(impairment, NULL, 0) : 0;

	return r < 0 ? r : make(impairment, &dice, ret_model);
}

void nst_model_free(struct nst_model *model)
{
	if (!model)
		return;
	jitter_free(&model->jitter);
	jitter_free(&model->gate.jitter);
	trace_free(&model->server.trace);
	ring_free(&model->server.queue);
	ring_free(&model->out);
	line_free(&model->line);
	free(model);
}

/* ---- Time ---- */

void model_run(struct nst_model *model, uint64_t now_ns)
{
	server_run(model, now_ns);
	line_run(model, now_ns);
}

/* Wherever they may all come to be. */
static bool reserve(struct nst_model *model, size_t count)
{
	return ring_reserve(&model->server.queue, count) &&
	       line_reserve(&model->line, count) && ring_reserve(&model->out, count);
}

void nst_model_arrive(struct nst_model *model, uint64_t n, size_t size,
		      bool ecn_capable, uint64_t now_ns, void *frame,
		      struct nst_fate *ret_fate)
{
	struct arrival arrival = {
		.held = { .out = { .frame = frame, .n = n },
			  .arrived_ns = now_ns,
			  .size = size,
			  .ecn_capable = ecn_capable },
		.now_ns = now_ns,
	};

	*ret_fate = (struct nst_fate){ 0 };
	if (!reserve(model, nst_model_held(model) + 2)) {
		ret_fate->overflowed = true;
		return;
	}
	model_run(model, now_ns);
	if (model->kernel)
		fate_by_kernel(model, &arrival, ret_fate);
	else
		fate_by_words(model, &arrival, ret_fate);
	ret_fate->duplicated = ret_fate->copies > 1;
}

bool nst_model_leave(struct nst_model *model, uint64_t now_ns,
		     struct nst_departure *ret)
{
	struct held held;

	model_run(model, now_ns);
	if (!ring_pop(&model->out, &held))
		return false;
	*ret = held.out;
	return true;
}

uint64_t nst_model_next_ns(const struct nst_model *model)
{
	uint64_t line = line_next_ns(model), server = server_next_ns(&model->server);

	if (model->out.count)
		return ring_first(&model->out)->out.due_ns;
	return line < server ? line : server;
}

size_t nst_model_held(const struct nst_model *model)
{
	return model->out.count + model->line.count + model->server.queue.count +
	       model->server.serving;
}

bool nst_model_evict(struct nst_model *model, struct nst_departure *ret)
{
	struct held held;

	if (model->server.serving) {
		held = model->server.served;
		model->server.serving = false;
	} else if (!ring_pop(&model->out, &held) && !line_pop(&model->line, &held) &&
		   !ring_pop(&model->server.queue, &held)) {
		return false;
	}
	*ret = held.out;
	return true;
}
