/* SPDX-License-Identifier: MIT */
/* Which passage decided a verdict, and what NAT did. Pure. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "account.h"

/* ---- What decided ---- */

static bool is_of(const struct account *account, const struct nst_passage *passage,
		  const struct nst_where *where)
{
	return passage->answer == where->answer &&
	       strcmp(account_string(account, passage->host), where->host) == 0;
}

/* The last packet of that way that the host dropped: later ones there were none. Of a
 * legacy rule whose target is not known it is known that nothing came behind it. */
static size_t find_drop(const struct account *account, const struct nst_where *where)
{
	size_t last = SIZE_MAX;

	for (size_t i = 0; i < account->passage_count; i++)
		if (is_of(account, &account->passages[i], where) &&
		    account->passages[i].fate == NST_FATE_DROPPED)
			last = i;
	return last;
}

static bool is_by_rule(const struct account *account, const struct nst_passage *passage)
{
	size_t first = (uintptr_t)passage->rulings;

	return passage->count &&
	       !account->rulings[first + passage->count - 1].is_policy;
}

/* For open: the last base chain that the first packet of the question passed at the
 * asked host, or at the last host that has rules; rather one where a rule said so. */
static size_t find_accept(const struct account *account)
{
	const char *packet = NULL;
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < account->passage_count; i++) {
		const struct nst_passage *one = &account->passages[i];

		if (one->answer || one->fate != NST_FATE_ACCEPTED)
			continue;
		if (packet && strcmp(packet, account_string(account, one->packet)) != 0)
			break;
		packet = account_string(account, one->packet);
		if (found == SIZE_MAX || is_by_rule(account, one) ||
		    !is_by_rule(account, &account->passages[found]))
			found = i;
	}
	return found;
}

static enum nst_place place_of(const struct account *account,
			       const struct probe_seen *seen,
			       const struct nst_passage *passage)
{
	const char *hook = account_string(account, passage->hook);
	const char *host = account_string(account, passage->host);
	size_t end = passage->answer ? seen->from : seen->to;

	if (strcmp(hook, "output") == 0)
		return NST_PLACE_OUTPUT;
	if (strcmp(hook, "input") == 0 ||
	    (end != SIZE_MAX && strcmp(seen->plan->nodes[end].name, host) == 0))
		return NST_PLACE_INPUT;
	return NST_PLACE_FORWARD;
}

/* A packet that could not have been answered either, for want of a route, was taken by a
 * rule before that mattered. */
static void correct_unroutable(const struct account *account,
			       const struct probe_seen *seen,
			       struct nst_verdict *verdict)
{
	const struct nst_passage *drop = NULL;
	struct nst_where *where = &verdict->where;

	for (size_t i = 0; i < account->passage_count; i++)
		if (account->passages[i].fate == NST_FATE_DROPPED)
			drop = &account->passages[i];
	if (!drop)
		return;
	verdict->kind =
		verdict->icmp_type < 0 ? NST_VERDICT_DROPPED : NST_VERDICT_REJECTED;
	*where = (struct nst_where){ .place = place_of(account, seen, drop),
				     .answer = drop->answer };
	snprintf(where->host, sizeof(where->host), "%s",
		 account_string(account, drop->host));
	snprintf(verdict->sentence, sizeof(verdict->sentence),
		 "a rule of %s stopped the %s", where->host,
		 account_string(account, drop->packet));
}

void account_decide(struct account *account, const struct probe_seen *seen,
		    struct nst_verdict *verdict)
{
	account->decisive = SIZE_MAX;
	if (verdict->kind == NST_VERDICT_UNROUTABLE)
		correct_unroutable(account, seen, verdict);
	switch (verdict->kind) {
	case NST_VERDICT_OPEN:
	case NST_VERDICT_REFUSED:
		account->decisive = find_accept(account);
		return;
	case NST_VERDICT_REJECTED:
	case NST_VERDICT_DROPPED:
		account->decisive = find_drop(account, &verdict->where);
		return;
	case NST_VERDICT_UNROUTABLE:
	case NST_VERDICT_UNANSWERED:
	case NST_VERDICT_INCONCLUSIVE:
		break;
	}
}

/* ---- NAT ---- */

/* Whence and whither a packet goes, as text. */
static void print_ends(const struct nst_packet *packet, char *text, size_t size)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	bool six = packet->family == AF_INET6;

	inet_ntop(packet->family, packet->source, from, sizeof(from));
	inet_ntop(packet->family, packet->destination, to, sizeof(to));
	if (packet->kind != NST_PACKET_TCP && packet->kind != NST_PACKET_UDP)
		snprintf(text, size, "%s > %s", from, to);
	else
		snprintf(text, size, six ? "[%s]:%u > [%s]:%u" : "%s:%u > %s:%u", from,
			 packet->source_port, to, packet->destination_port);
}

/* A packet at the beginning and at the end of its way through a host. */
struct forms {
	bool any;
	struct nst_packet first, last;
};

static void add_form(struct forms *forms, const struct nst_packet *packet)
{
	if (!forms->any)
		forms->first = *packet;
	forms->last = *packet;
	forms->any = true;
}

static void add_sightings(struct forms *forms, const struct probe_seen *seen,
			  size_t node, enum leg leg, enum passing passing)
{
	for (size_t i = 0; i < seen->sightings->count; i++) {
		const struct sighting *one = &seen->sightings->list[i];

		if (one->node == node && one->leg == leg && one->passing == passing) {
			add_form(forms, &one->packet);
			return;
		}
	}
}

static void add_traces(struct forms *forms, const struct probe_seen *seen,
		       const struct trace_events *events, size_t node, enum leg leg)
{
	for (size_t i = 0; i < events->count; i++) {
		struct sighting sighting;

		if (events->list[i].node == node && events->list[i].has_packet &&
		    trace_sight(seen, &events->list[i], &sighting) &&
		    sighting.leg == leg)
			add_form(forms, &sighting.packet);
	}
}

static bool add_rewrite(struct account *account, const struct probe_seen *seen,
			const struct trace_events *events, size_t node, enum leg leg)
{
	char before[128], after[128];
	struct forms forms = { 0 };

	add_sightings(&forms, seen, node, leg, PASSING_IN);
	add_traces(&forms, seen, events, node, leg);
	add_sightings(&forms, seen, node, leg, PASSING_OUT);
	if (!forms.any)
		return false;
	print_ends(&forms.first, before, sizeof(before));
	print_ends(&forms.last, after, sizeof(after));
	if (strcmp(before, after) == 0)
		return false;
	account_add_rewrite(account, seen->plan->nodes[node].name, leg_is_back(leg),
			    before, after);
	return true;
}

/* Of each host once there and once back: the first packet tells. */
static void add_rewrites(struct account *account, const struct probe_seen *seen,
			 const struct trace_events *events, size_t node)
{
	static const enum leg there[] = { LEG_SYN, LEG_DATA };
	static const enum leg back[] = { LEG_SYN_ACK, LEG_REPLY };

	if (!add_rewrite(account, seen, events, node, there[0]))
		add_rewrite(account, seen, events, node, there[1]);
	if (!add_rewrite(account, seen, events, node, back[0]))
		add_rewrite(account, seen, events, node, back[1]);
}

static void put_seen_as(struct account *account, const struct probe_seen *seen)
{
	for (size_t i = 0; i < seen->sightings->count; i++) {
		const struct sighting *one = &seen->sightings->list[i];

		if ((one->leg != LEG_SYN && one->leg != LEG_DATA) ||
		    one->passing != PASSING_IN || one->node != seen->to)
			continue;
		inet_ntop(one->packet.family, one->packet.source, account->seen_as,
			  sizeof(account->seen_as));
		return;
	}
}

void account_of_rewrites(struct account *account, const struct probe_seen *seen,
			 const struct trace_events *events)
{
	for (size_t i = 0; i < seen->node_count; i++)
		if (seen->plan->nodes[seen->nodes[i]].kind != NST_SWITCH)
			add_rewrites(account, seen, events, seen->nodes[i]);
	put_seen_as(account, seen);
}
