/* SPDX-License-Identifier: MIT */
/* A verdict's sentence, evidence and ladder. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "words.h"
#include <probe/codes.h>

__attribute__((format(printf, 2, 3))) static void say(struct nst_verdict *verdict,
						      const char *format, ...)
{
	size_t length = strlen(verdict->sentence);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(verdict->sentence + length, sizeof(verdict->sentence) - length,
		  format, arguments);
	va_end(arguments);
}

static const char *host_name(const struct ask *ask, size_t node)
{
	return node == SIZE_MAX ? "somebody" : ask->plan->nodes[node].name;
}

/* Question and answer. */
static const char *const ended_names[][2] = {
	[NST_TCP] = { "payload", "ACK" },
	[NST_UDP] = { "datagram", "answer" },
	[NST_ICMP] = { "echo request", "echo reply" },
};

/* What it was that met its end. */
static const char *packet_name(const struct ask *ask, bool answer)
{
	if (answer && ask->refusal.closed_port)
		return ask->refusal.reset ? "RST" : "ICMP port-unreachable";
	if (ask->request.protocol != NST_TCP)
		return ended_names[ask->request.protocol][answer];
	if (!trail_first(&ask->sightings, LEG_DATA))
		return answer ? "SYN-ACK" : "SYN";
	return answer && trail_first(&ask->sightings, LEG_REPLY)
		       ? "answer"
		       : ended_names[NST_TCP][answer];
}

/* ---- The sentence ---- */

static void say_open(const struct ask *ask, struct nst_verdict *verdict)
{
	bool tcp = ask->request.protocol == NST_TCP;

	if (ask->refusal.program)
		say(verdict, "connected, and the server of %s ended the connection",
		    host_name(ask, ask->refusal.node));
	else if (!ask->program_answered)
		say(verdict, "%s%zu bytes there and back", tcp ? "connected, " : "",
		    ask->answer_size);
	else if (tcp && ask->answer_size == 0)
		say(verdict, "connected to a program, its kernel took the payload; "
			     "the program has not spoken");
	else
		say(verdict, "%sa program answered with %zu bytes",
		    tcp ? "connected, " : "", ask->answer_size);
}

/* Who said no: a host, or an impaired link. */
static void say_refuser(const struct ask *ask, struct nst_verdict *verdict)
{
	const struct nst_interface *in;

	if (!ask->refusal.forged) {
		say(verdict, "%s", host_name(ask, ask->refusal.node));
		return;
	}
	in = &ask->plan->interfaces[ask->refusal.forger];
	say(verdict, "the link %s -- %s (%s)", host_name(ask, in->node),
	    host_name(ask, ask->plan->interfaces[in->peer].node), ask->wires.words);
}

static void say_refusal(const struct ask *ask, struct nst_verdict *verdict)
{
	static const char *const places[] = {
		[NST_PLACE_NONE] = "",
		[NST_PLACE_OUTPUT] = " on its way out",
		[NST_PLACE_LINK] = "",
		[NST_PLACE_FORWARD] = " instead of forwarding it",
		[NST_PLACE_INPUT] = " on its way in",
	};
	const struct refusal *refusal = &ask->refusal;
	const struct code *code = code_find(ask->family, refusal->type, refusal->code);

	say_refuser(ask, verdict);
	say(verdict, " rejected the %s%s: ", packet_name(ask, refusal->of_answer),
	    places[verdict->where.place]);
	if (refusal->reset)
		say(verdict, "RST%s",
		    ask->listening == LISTENING_OWN ||
				    ask->listening == LISTENING_PROGRAM
			    ? ", though somebody listens there"
			    : "");
	else
		say(verdict, "ICMP %s%s", code->name,
		    code->meaning == CODE_SIZE
			    ? ": it is larger than the next link takes"
			    : "");
	if (verdict->proof == NST_PROOF_MARKER && !refusal->of_answer)
		say(verdict, "; %s was not told", ask->request.from);
}

static void say_refused(const struct ask *ask, struct nst_verdict *verdict)
{
	say(verdict, "nothing listens on %s/%u of %s: %s",
	    nst_protocol_name(ask->request.protocol),
	    ask->refusal.port ? ask->refusal.port : ask->request.port,
	    ask->refusal.node == SIZE_MAX ? ask->request.to
					  : host_name(ask, ask->refusal.node),
	    ask->refusal.reset ? "RST" : "ICMP port-unreachable");
}

static void say_discovery(const struct ask *ask, struct nst_verdict *verdict)
{
	const struct discovery *discovery = &ask->discovery;
	const char *what =
		ask->family == AF_INET ? "ARP request" : "neighbour solicitation";
	const char *back =
		ask->family == AF_INET ? "ARP reply" : "neighbour advertisement";
	char text[INET6_ADDRSTRLEN];

	say(verdict, "neighbour discovery: %s waits to learn who has %s, ",
	    host_name(ask, discovery->node),
	    nst_address_print(&discovery->holding.neighbour, text));
	if (verdict->kind == NST_VERDICT_UNROUTABLE)
		say(verdict, "and nobody on the link does");
	else if (discovery->answered)
		say(verdict, "and the %s came no further than %s", back,
		    verdict->where.host);
	else if (!discovery->end.any)
		say(verdict, "and its %s never left it", what);
	else if (verdict->proof == NST_PROOF_LINK)
		say(verdict, "and the link is %s", ask->link_cut ? "cut" : "down");
	else
		say(verdict, "and the %s arrived at %s:%s without an answer", what,
		    verdict->where.host, verdict->where.interface);
}

static void say_dropped(const struct ask *ask, struct nst_verdict *verdict)
{
	const struct nst_where *where = &verdict->where;
	const char *packet = packet_name(ask, where->answer);

	switch (where->place) {
	case NST_PLACE_NONE:
	case NST_PLACE_OUTPUT:
		say(verdict, "the %s never left %s", packet, where->host);
		break;
	case NST_PLACE_LINK:
		if (ask->link_down)
			say(verdict,
			    "the %s came as far as %s, and the link behind is down",
			    packet, where->host);
		else if (ask->link_cut)
			say(verdict, "the %s came as far as %s:%s, where it is cut",
			    packet, where->host, where->interface);
		else if (ask->link_takes)
			say(verdict,
			    "the %s left %s:%s, and the link takes all such: %s",
			    packet, where->host, where->interface, ask->wires.words);
		else
			say(verdict, "the %s arrived at %s:%s and was not passed on",
			    packet, where->host, where->interface);
		break;
	case NST_PLACE_FORWARD:
		say(verdict, "the %s arrived at %s:%s and was not forwarded", packet,
		    where->host, where->interface);
		break;
	case NST_PLACE_INPUT:
		say(verdict, "the %s arrived at %s:%s and never reached its socket",
		    packet, where->host, where->interface);
		break;
	}
	if (ask->off_path)
		say(verdict, "; rp_filter there has dropped %" PRIu64 " packet%s",
		    ask->off_path, ask->off_path == 1 ? "" : "s");
}

static void say_unroutable(const struct ask *ask, struct nst_verdict *verdict)
{
	const struct code *code =
		code_find(ask->family, ask->refusal.type, ask->refusal.code);
	char text[INET6_ADDRSTRLEN];

	nst_address_print(ask->answer_made ? &ask->source : &ask->target, text);
	if (ask->refusal.any && code->meaning == CODE_LOOP)
		say(verdict, "its %s ended at %s, on the way to %s: ICMP %s",
		    ask->family == AF_INET ? "TTL" : "hop limit",
		    host_name(ask, ask->refusal.node), text, code->name);
	else if (ask->no_route && !ask->refusal.any)
		say(verdict, "the %s came as far as %s, which has no route %s",
		    packet_name(ask, ask->answer_made),
		    host_name(ask, judge_end(ask)->node),
		    ask->answer_made || judge_end(ask)->node == ask->to ? "back"
									: "on");
	else if (ask->refusal.any)
		say(verdict, "%s has no way to %s: ICMP %s",
		    host_name(ask, ask->refusal.node), text, code->name);
	else
		say(verdict, "%s has no way to %s: %s", ask->request.from, text,
		    strerror(ask->error));
}

static void say_unanswered(const struct ask *ask, struct nst_verdict *verdict)
{
	if (ask->delivered)
		say(verdict, "a program of %s got the datagram and did not answer",
		    host_name(ask, ask->question.node));
	else
		say(verdict, "nothing came, and nothing is proved: %s", ask->doubt);
}

/* How often it was asked again because of impaired links. */
static void say_attempts(const struct ask *ask, struct nst_verdict *verdict)
{
	const struct nst_interface *in;

	if (!ask->wires.attempts)
		return;
	in = &ask->plan->interfaces[ask->wires.interface];
	say(verdict, "; asked %u times, because of the link %s -- %s (%s)",
	    ask->wires.attempts + 1, host_name(ask, in->node),
	    host_name(ask, ask->plan->interfaces[in->peer].node), ask->wires.words);
}

static void put_sentence(const struct ask *ask, struct nst_verdict *verdict)
{
	switch (verdict->kind) {
	case NST_VERDICT_OPEN:
		say_open(ask, verdict);
		break;
	case NST_VERDICT_REFUSED:
		say_refused(ask, verdict);
		break;
	case NST_VERDICT_REJECTED:
		say_refusal(ask, verdict);
		break;
	case NST_VERDICT_DROPPED:
		if (ask->discovery.failed)
			say_discovery(ask, verdict);
		else
			say_dropped(ask, verdict);
		break;
	case NST_VERDICT_UNROUTABLE:
		if (ask->discovery.failed && !ask->refusal.any)
			say_discovery(ask, verdict);
		else
			say_unroutable(ask, verdict);
		break;
	case NST_VERDICT_UNANSWERED:
		say_unanswered(ask, verdict);
		break;
	case NST_VERDICT_INCONCLUSIVE:
		say(verdict, "%s", ask->lost ? ask->doubt : strerror(ask->error));
		break;
	}
}

/* ---- Evidence and ladder ---- */

const char *probe_packet_name(enum nst_protocol protocol, int family, enum leg leg)
{
	static const char *const names[LEG_COUNT] = {
		[LEG_NONE] = "packet",      [LEG_SYN] = "SYN",
		[LEG_SYN_ACK] = "SYN-ACK",  [LEG_DATA] = "payload",
		[LEG_ACK] = "ACK",          [LEG_REPLY] = "answer",
		[LEG_OTHER] = "ACK",        [LEG_SOLICIT] = "ARP request",
		[LEG_ADVERT] = "ARP reply", [LEG_RESET_BACK] = "RST",
		[LEG_RESET_THERE] = "RST",  [LEG_ERROR_BACK] = "ICMP",
		[LEG_ERROR_THERE] = "ICMP",
	};

	if (protocol != NST_TCP && (leg == LEG_DATA || leg == LEG_REPLY))
		return ended_names[protocol][leg == LEG_REPLY];
	if (family == AF_INET6 && leg == LEG_SOLICIT)
		return "neighbour solicitation";
	if (family == AF_INET6 && leg == LEG_ADVERT)
		return "neighbour advertisement";
	return names[leg];
}

static const char *leg_name(const struct ask *ask, const struct sighting *sighting)
{
	return sighting->other_cpu ? "packet on another processor"
				   : probe_packet_name(ask->request.protocol,
						       ask->family, sighting->leg);
}

static const char *interface_name(const struct ask *ask,
				  const struct sighting *sighting)
{
	size_t interface =
		trail_interface(ask->plan, sighting->node, sighting->ifindex);

	if (interface != SIZE_MAX)
		return ask->plan->interfaces[interface].name;
	return sighting->ifindex == LOOPBACK_IFINDEX ? "lo" : "?";
}

static void put_evidence(const struct ask *ask, const struct sighting *sighting,
			 struct nst_verdict *verdict)
{
	static const char *const verbs[] = {
		[PASSING_OUT] = "leaves",
		[PASSING_IN] = "arrives",
		[PASSING_ASIDE] = "is flooded past",
	};
	const struct nst_packet *packet = &sighting->packet;
	bool error =
		sighting->leg == LEG_ERROR_BACK || sighting->leg == LEG_ERROR_THERE;
	struct nst_evidence *next;

	if (verdict->evidence_count == NST_EVIDENCE_MAX) {
		verdict->evidence_lost++;
		return;
	}
	next = &verdict->evidence[verdict->evidence_count++];
	next->at_ns = sighting->at_ns - ask->begin_real_ns;
	snprintf(next->host, sizeof(next->host), "%s", host_name(ask, sighting->node));
	snprintf(next->interface, sizeof(next->interface), "%s",
		 interface_name(ask, sighting));
	snprintf(next->text, sizeof(next->text), "%s%s%s %s", leg_name(ask, sighting),
		 error ? " " : "",
		 error ? code_find(ask->family, packet->icmp_type, packet->icmp_code)
				 ->name
		       : "",
		 verbs[sighting->passing]);
}

static size_t put_rung(const struct ask *ask, const struct sighting *sighting,
		       char *text, size_t size)
{
	static const char *const arrows[] = { "->|", "|->", "|.." };
	char where[84], line[256];
	int length;

	snprintf(where, sizeof(where), "%s:%s", host_name(ask, sighting->node),
		 interface_name(ask, sighting));
	nst_packet_print(&sighting->packet, line, sizeof(line));
	length = snprintf(text, size, "%8.1f us  %-20s %s %s\n",
			  (double)(sighting->at_ns - ask->begin_real_ns) / 1e3, where,
			  arrows[sighting->passing], line);
	if ((size_t)length < size)
		return (size_t)length;
	*text = '\0'; /* whole lines only */
	return 0;
}

void words_put(const struct ask *ask, struct nst_verdict *verdict)
{
	uint16_t order[SIGHTINGS_MAX];
	size_t count = trail_order(ask->plan, &ask->sightings, order), at = 0;

	put_sentence(ask, verdict);
	say_attempts(ask, verdict);
	for (size_t i = 0; i < count; i++) {
		const struct sighting *sighting = &ask->sightings.list[order[i]];

		put_evidence(ask, sighting, verdict);
		at += put_rung(ask, sighting, verdict->ladder + at,
			       sizeof(verdict->ladder) - at);
	}
	verdict->evidence_lost += ask->sightings.lost;
}
