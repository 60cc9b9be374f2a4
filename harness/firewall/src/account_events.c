/* SPDX-License-Identifier: MIT */
/* From events of traces to passages: one packet in one base chain.
 *
 * How it works. nf_tables tells of the packet only in the first event of each base chain,
 * and gives all events of a packet one id: what follows under that id belongs there. The
 * legacy tables tell of the packet each time, but neither of verdicts nor of where a
 * chain begins: a passage ends with a policy, or with a rule whose target ends it. */
/* In front of the kernel's headers, which else declare the same. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "account.h"
#include "target.h"

static const char *const hook_names[] = {
	[NF_INET_PRE_ROUTING] = "prerouting",   [NF_INET_LOCAL_IN] = "input",
	[NF_INET_FORWARD] = "forward",          [NF_INET_LOCAL_OUT] = "output",
	[NF_INET_POST_ROUTING] = "postrouting",
};

static const char *family_name(uint8_t family)
{
	static const char *const names[] = {
		[NFPROTO_INET] = "inet",     [NFPROTO_IPV4] = "ip",
		[NFPROTO_ARP] = "arp",       [NFPROTO_NETDEV] = "netdev",
		[NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6",
	};

	return family < ARRAY_SIZE(names) && names[family] ? names[family] : "";
}

/* A passage while its events come. */
struct run {
	const struct trace_event *first;
	enum leg leg;
	bool own;       /* in our own table: it says nothing about rules */
	bool ended;     /* a legacy one that had its last event */
	size_t last;    /* event; the others are linked */
	uint64_t at_ns; /* when the host saw the packet first; for the order */
	size_t order;
};

struct runs {
	const struct trace_events *events;
	struct run *list;
	size_t count;
	size_t *next; /* by event: the next one of its passage; SIZE_MAX */
};

/* ---- Which event belongs to which passage ---- */

static const struct nst_rule *find_rule(const struct nst_rules *rules,
					const struct trace_event *event)
{
	const char *family = family_name(event->family);
	const struct nst_chain *chain;

	if (!rules)
		return NULL;
	if (event->kind == TRACE_RULE && !event->legacy)
		return nst_rules_find_handle(rules, family, event->table, event->chain,
					     event->handle);
	chain = nst_rules_find_chain(rules, event->legacy, family, event->table,
				     event->chain);
	if (!chain)
		return NULL;
	return event->legacy ? nst_rules_find_number(rules, chain, event->number)
			     : nst_rules_find_policy(rules, chain);
}

/* The legacy log calls a rule without a match, too, "policy" or "return"; its number is
 * right (get_chainname_rulenum() of net/ipv4/netfilter/ip_tables.c). */
static enum trace_kind kind_of(const struct trace_event *event,
			       const struct nst_rule *rule)
{
	if (!event->legacy || !rule)
		return event->kind;
	return rule->is_policy ? TRACE_POLICY : TRACE_RULE;
}

/* Whether a legacy passage cannot go on behind this event. */
static bool ends_legacy(const struct nst_rules *rules, const struct trace_event *event)
{
	const struct nst_rule *rule = find_rule(rules, event);
	bool jumps;

	if (kind_of(event, rule) == TRACE_POLICY)
		return true;
	return kind_of(event, rule) == TRACE_RULE && rule &&
	       target_fate(target_of(rule->text, &jumps)) != NST_FATE_UNKNOWN;
}

static bool continues(const struct run *run, const struct trace_event *event)
{
	const struct trace_event *first = run->first;

	if (first->node != event->node || first->legacy != event->legacy || run->ended)
		return false;
	if (!event->legacy)
		return first->id == event->id && !event->has_packet;
	return first->hook == event->hook && first->family == event->family &&
	       strcmp(first->table, event->table) == 0 &&
	       first->network_size == event->network_size &&
	       memcmp(first->network, event->network, event->network_size) == 0;
}

static struct run *run_of(struct runs *runs, const struct trace_event *event)
{
	for (size_t i = runs->count; i-- > 0;)
		if (continues(&runs->list[i], event))
			return &runs->list[i];
		else if (!event->legacy && runs->list[i].first->node == event->node &&
			 runs->list[i].first->id == event->id)
			return NULL;
	return NULL;
}

/* When the host saw this packet first. */
static uint64_t seen_at(const struct probe_seen *seen, size_t node, enum leg leg)
{
	uint64_t at = leg_is_back(leg) ? UINT64_MAX : 0;

	if (node == (leg_is_back(leg) ? seen->to : seen->from))
		return 0;
	for (size_t i = 0; i < seen->sightings->count; i++) {
		const struct sighting *one = &seen->sightings->list[i];

		if (one->node == node && one->leg == leg &&
		    (at == 0 || one->at_ns < at))
			at = one->at_ns;
	}
	return at;
}

static void begin_run(struct runs *runs, const struct probe_seen *seen,
		      const struct trace_event *event)
{
	struct sighting sighting = { .leg = LEG_NONE };
	struct run *run = &runs->list[runs->count];

	/* Of other packets, too: so that no event is taken for one of ours. */
	if (!event->has_packet)
		return;
	trace_sight(seen, event, &sighting);
	*run = (struct run){
		.first = event,
		.leg = sighting.leg,
		.own = strcmp(event->table, TRACE_TABLE) == 0,
		.last = (size_t)(event - runs->events->list),
		.at_ns = seen_at(seen, event->node, sighting.leg),
		.order = runs->count++,
	};
}

/* ---- In which order ---- */

static int stage_of(enum leg leg)
{
	static const int stages[LEG_COUNT] = {
		[LEG_SYN] = 1,         [LEG_SYN_ACK] = 2,    [LEG_OTHER] = 3,
		[LEG_DATA] = 4,        [LEG_ACK] = 5,        [LEG_REPLY] = 6,
		[LEG_RESET_BACK] = 7,  [LEG_ERROR_BACK] = 7, [LEG_RESET_THERE] = 8,
		[LEG_ERROR_THERE] = 8,
	};

	return stages[leg];
}

static int compare(const void *a, const void *b)
{
	const struct run *one = a, *other = b;

	if (stage_of(one->leg) != stage_of(other->leg))
		return stage_of(one->leg) - stage_of(other->leg);
	if (one->at_ns != other->at_ns)
		return one->at_ns < other->at_ns ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

/* ---- What a passage says ---- */

static const char *state_of(const struct trace_event *event)
{
	if (!event->has_state)
		return "";
	if (event->state & NF_CT_STATE_BIT(IP_CT_NEW))
		return "new";
	if (event->state & NF_CT_STATE_BIT(IP_CT_ESTABLISHED))
		return "established";
	if (event->state & NF_CT_STATE_BIT(IP_CT_RELATED))
		return "related";
	return event->state & NF_CT_STATE_UNTRACKED_BIT ? "untracked" : "invalid";
}

static void put_action(char *action, size_t size, const struct trace_event *event,
		       const struct nst_rule *rule)
{
	const char *target;
	bool jumps = false;

	if (event->legacy) {
		target = rule ? target_of(rule->text, &jumps) : NULL;
		snprintf(action, size, "%s%.*s", jumps ? "goto " : "",
			 target ? (int)strcspn(target, " ") : 0, target ? target : "");
		if (kind_of(event, rule) == TRACE_RETURN)
			snprintf(action, size, "return");
		if (kind_of(event, rule) == TRACE_POLICY && rule)
			snprintf(action, size, "%s", rule->text + strlen("policy "));
		return;
	}
	switch (event->verdict) {
	case NFT_CONTINUE:
	case NFT_BREAK:
		snprintf(action, size, "continue");
		return;
	case NFT_JUMP:
		snprintf(action, size, "jump %s", event->jump);
		return;
	case NFT_GOTO:
		snprintf(action, size, "goto %s", event->jump);
		return;
	case NFT_RETURN:
		snprintf(action, size, "return");
		return;
	}
	switch (event->verdict & NF_VERDICT_MASK) {
	case NF_ACCEPT:
		snprintf(action, size, "accept");
		return;
	case NF_DROP:
		snprintf(action, size, "drop");
		return;
	case NF_QUEUE:
		snprintf(action, size, "queue");
		return;
	}
	snprintf(action, size, "stolen");
}

static enum nst_fate fate_of(const struct trace_event *last,
			     const struct nst_rule *rule, const struct nst_chain *chain)
{
	bool jumps;

	if (last->legacy) {
		if (kind_of(last, rule) == TRACE_POLICY)
			return !chain                               ? NST_FATE_UNKNOWN
			       : strcmp(chain->policy, "drop") == 0 ? NST_FATE_DROPPED
								    : NST_FATE_ACCEPTED;
		return rule ? target_fate(target_of(rule->text, &jumps))
			    : NST_FATE_UNKNOWN;
	}
	if (last->kind == TRACE_RETURN || last->verdict < 0)
		return NST_FATE_UNKNOWN;
	switch (last->verdict & NF_VERDICT_MASK) {
	case NF_ACCEPT:
		return NST_FATE_ACCEPTED;
	case NF_DROP:
		return NST_FATE_DROPPED;
	}
	return NST_FATE_TAKEN;
}

/* A rule that only counts, of rule coverage: nothing that the reader has written. */
static bool only_counts(const struct trace_event *event, const struct nst_rule *rule)
{
	return event->verdict == NFT_CONTINUE && rule && rule->is_counted &&
	       !rule->is_policy && !rule->line && !*rule->text;
}

static void add_ruling(struct account *account, const struct trace_event *event,
		       const struct nst_rule *rule)
{
	char action[TRACE_NAME + 8];
	struct nst_ruling *ruling;

	/* The end of a chain is no rule. */
	if (kind_of(event, rule) == TRACE_RETURN || only_counts(event, rule))
		return;
	ruling = account_add_ruling(account);
	if (!ruling)
		return;
	put_action(action, sizeof(action), event, rule);
	*ruling = (struct nst_ruling){
		.table = account_text(account, event->table),
		.chain = account_text(account, event->chain),
		.action = account_text(account, action),
		.text = account_text(account, rule ? rule->text : ""),
		.file = account_text(account, rule ? rule->file : ""),
		.line = rule ? rule->line : 0,
		.end_line = rule ? rule->end_line : 0,
		.handle = event->handle,
		.number = rule ? rule->number : event->number,
		.is_policy = kind_of(event, rule) == TRACE_POLICY,
	};
}

static const struct nst_chain *chain_of(const struct nst_rules *rules,
					const struct trace_event *event)
{
	return rules ? nst_rules_find_chain(rules, event->legacy,
					    family_name(event->family), event->table,
					    event->chain)
		     : NULL;
}

static void add_passage(struct account *account, const struct probe_seen *seen,
			const struct runs *runs, const struct run *run,
			const struct nst_rules *rules)
{
	const struct trace_event *first = run->first, *events = runs->events->list;
	const struct trace_event *last = &events[run->last];
	const struct nst_chain *chain = chain_of(rules, first);
	struct nst_passage *passage = account_add_passage(account);
	const char *hook = first->legacy && first->hook < ARRAY_SIZE(hook_names)
				   ? hook_names[first->hook]
			   : chain ? chain->hook
				   : "";

	if (!passage)
		return;
	passage->host = account_text(account, seen->plan->nodes[first->node].name);
	passage->packet =
		account_text(account, probe_packet_name(seen->tracked->protocol,
							seen->family, run->leg));
	passage->answer = leg_is_back(run->leg);
	passage->legacy = first->legacy;
	passage->family = account_text(account, family_name(first->family));
	passage->table = account_text(account, first->table);
	passage->chain = account_text(account, first->chain);
	passage->hook = account_text(account, hook);
	passage->state = account_text(account, state_of(first));
	passage->fate = fate_of(last, find_rule(rules, last), chain_of(rules, last));
	for (size_t i = (size_t)(first - events); i != SIZE_MAX; i = runs->next[i])
		add_ruling(account, &events[i], find_rule(rules, &events[i]));
}

/* ---- All of it ---- */

static void gather(struct runs *runs, const struct probe_seen *seen,
		   rules_finder *rules_of, void *data)
{
	for (size_t i = 0; i < runs->events->count; i++) {
		const struct trace_event *event = &runs->events->list[i];
		struct run *run = run_of(runs, event);

		runs->next[i] = SIZE_MAX;
		if (run) {
			runs->next[run->last] = i;
			run->last = i;
		} else {
			begin_run(runs, seen, event);
		}
		if (event->legacy && (run = run_of(runs, event)))
			run->ended = ends_legacy(rules_of(data, event->node), event);
	}
}

void account_of_events(struct account *account, const struct probe_seen *seen,
		       const struct trace_events *events, rules_finder *rules_of,
		       void *data)
{
	struct runs runs = {
		.events = events,
		.list = calloc(events->count + 1, sizeof(*runs.list)),
		.next = calloc(events->count + 1, sizeof(*runs.next)),
	};

	account->failed |= !runs.list || !runs.next;
	if (!account->failed) {
		gather(&runs, seen, rules_of, data);
		qsort(runs.list, runs.count, sizeof(*runs.list), compare);
	}
	for (size_t i = 0; i < runs.count; i++)
		if (!runs.list[i].own && runs.list[i].leg != LEG_NONE)
			add_passage(account, seen, &runs, &runs.list[i],
				    rules_of(data, runs.list[i].first->node));
	free(runs.list);
	free(runs.next);
}
