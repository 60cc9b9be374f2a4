/* SPDX-License-Identifier: MIT */
/* nst_explain(): a probe, with a witness of what rules did to its packets. */
#include <nstest/explain.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <probe/parcel.h>
#include <probe/witness.h>

#include "account.h"
#include "trace.h"

/* ---- In the lab process ---- */

/* A host's rules, as far as they were looked up for this question. */
struct host_rules {
	bool looked_up;
	const struct nst_rules *rules;
};

struct witness {
	struct nst_inside *inside;
	struct tracer *tracer;
	struct trace_events events;
	struct host_rules *rules; /* by node */
	struct account account;
};

static int begin(void *data, const struct probe_seen *seen)
{
	struct witness *witness = data;
	int r = 0;

	for (size_t i = 0; i < seen->node_count && r == 0; i++)
		r = trace_host(witness->tracer, seen->nodes[i]);
	trace_clear(witness->tracer);
	return r;
}

static void again(void *data, const struct probe_seen *seen)
{
	struct witness *witness = data;

	(void)seen;
	trace_clear(witness->tracer);
}

static const struct nst_rules *rules_of(void *data, size_t node)
{
	struct witness *witness = data;
	struct host_rules *host = &witness->rules[node];

	if (!host->looked_up) {
		host->rules = trace_rules(witness->tracer, node);
		host->looked_up = true;
		if (!host->rules)
			snprintf(witness->account.unknown,
				 sizeof(witness->account.unknown),
				 "the rules of %s were changed meanwhile",
				 nst_inside_plan(witness->inside)->nodes[node].name);
	}
	return host->rules;
}

/* "fw.nft:14  tcp dport 22 drop" */
static void put_rule(const struct account *account, char *text, size_t size)
{
	const struct nst_passage *passage = &account->passages[account->decisive];
	const struct nst_ruling *ruling =
		&account->rulings[(uintptr_t)passage->rulings + passage->count - 1];
	const char *file = account_string(account, ruling->file);
	const char *rule = account_string(account, ruling->text);
	int length = 0;

	if (*file)
		length = snprintf(text, size, "%s:%u  ", file, ruling->line);
	if (length < 0 || (size_t)length >= size)
		return;
	if (*rule && !ruling->is_policy)
		snprintf(text + length, size - (size_t)length, "%s", rule);
	else if (ruling->is_policy)
		snprintf(text + length, size - (size_t)length, "policy %s of %s %s",
			 account_string(account, ruling->action),
			 account_string(account, passage->table),
			 account_string(account, passage->chain));
	else
		snprintf(text + length, size - (size_t)length,
			 "a rule of %s %s that no loaded file has",
			 account_string(account, ruling->table),
			 account_string(account, ruling->chain));
}

/* A host whose rules are not traced may have decided anything. */
static void put_untraced(struct witness *witness, const struct probe_seen *seen)
{
	struct account *account = &witness->account;

	for (size_t i = 0; i < seen->node_count; i++) {
		int r = trace_error(witness->tracer, seen->nodes[i]);

		if (r < 0)
			snprintf(account->unknown, sizeof(account->unknown),
				 "the rules of %s cannot be traced: %s",
				 seen->plan->nodes[seen->nodes[i]].name,
				 r == -EBUSY ? "a program reads group 0 of its "
					       "netfilter log"
					     : strerror(-r));
	}
}

static int end(void *data, const struct probe_seen *seen, struct nst_verdict *verdict)
{
	struct witness *witness = data;
	struct account *account = &witness->account;
	int r = trace_read(witness->tracer, &witness->events);

	if (r < 0)
		return r;
	account->decisive = SIZE_MAX;
	account_of_rewrites(account, seen, &witness->events);
	account_of_events(account, seen, &witness->events, rules_of, witness);
	if (account->failed)
		return nst_fail_memory();
	put_untraced(witness, seen);
	if (witness->events.lost_node != SIZE_MAX)
		snprintf(account->unknown, sizeof(account->unknown),
			 "the kernel had no room for all trace events of %s",
			 seen->plan->nodes[witness->events.lost_node].name);
	if (*account->unknown)
		return 0;
	account_decide(account, seen, verdict);
	if (account->decisive != SIZE_MAX)
		put_rule(account, verdict->where.rule, sizeof(verdict->where.rule));
	return 0;
}

static void scope_witness(struct witness *witness)
{
	free(witness->events.list);
	free(witness->rules);
	account_free(&witness->account);
}

/* The explanation behind the verdict, and behind both where it begins. */
static int pack_behind(const struct account *account, struct nst_message *reply)
{
	size_t split = reply->size;
	char *larger;

	if (account_pack(account, &reply->data, &reply->size) < 0)
		return nst_fail_memory();
	larger = realloc(reply->data, reply->size + sizeof(split));
	if (!larger)
		return nst_fail_memory();
	memcpy(larger + reply->size, &split, sizeof(split));
	reply->data = larger;
	reply->size += sizeof(split);
	return 0;
}

static int explain_here(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	struct witness witness AUTO(scope_witness) = {
		.inside = inside,
		.tracer = trace_get(inside),
		.events.lost_node = SIZE_MAX,
	};
	const struct probe_witness eyes = { begin, again, end, &witness };
	struct nst_verdict verdict = { 0 };
	int r;

	witness.rules =
		calloc(nst_inside_plan(inside)->node_count, sizeof(*witness.rules));
	if (!witness.tracer || !witness.rules)
		return nst_fail_memory();
	account_text(&witness.account, "");
	r = probe_ask(inside, request->data, &eyes, &verdict);
	if (r == 0)
		r = parcel_pack(&verdict, reply);
	if (r < 0)
		return r;
	return pack_behind(&witness.account, reply);
}

/* ---- In the caller ---- */

static int unpack(const struct nst_message *reply, struct nst_verdict *ret_verdict,
		  struct nst_explanation **ret_why)
{
	const char *bytes = reply->data;
	struct nst_message first = *reply;
	size_t split, size = reply->size;
	int r;

	if (size < sizeof(split))
		return nst_fail(-EPROTO, "an explanation of %zu bytes is none", size);
	size -= sizeof(split);
	memcpy(&split, bytes + size, sizeof(split));
	if (split > size)
		return nst_fail(-EPROTO, "an explanation of %zu bytes is none", size);
	first.size = split;
	r = parcel_unpack(&first, ret_verdict);
	if (r < 0)
		return r;
	*ret_why = account_unpack(bytes + split, size - split);
	return *ret_why ? 0 : nst_fail_memory();
}

int nst_explain(struct nst_lab *lab, const struct nst_question *question,
		struct nst_verdict *ret_verdict, struct nst_explanation **ret_why)
{
	struct probe_request request;
	struct nst_message reply = { 0 };
	int r = probe_request(question, &request);

	if (r < 0)
		return r;
	r = nst_lab_call(
		lab, explain_here,
		&(struct nst_message){ .data = &request, .size = sizeof(request) },
		&reply);
	if (r >= 0)
		r = unpack(&reply, ret_verdict, ret_why);
	free(reply.data);
	return r;
}
