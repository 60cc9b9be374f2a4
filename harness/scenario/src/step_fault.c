/* SPDX-License-Identifier: MIT */
/* fault: and remove fault: of a case: what happens to exactly these packets. */
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "impair.h"
#include "step_fault.h"
#include "words.h"

/* ---- The table ---- */

#define FAULT(member) offsetof(struct fault_spec, fault.member)

static const struct key fault_keys[] = {
	{ "on", &type_text, offsetof(struct fault_spec, on), true,
	  "The direction of a link: a -> b." },
	{ "match", &type_text, offsetof(struct fault_spec, match), false,
	  "Which packets: a word such as syn-ack, data or dns, a pcap filter, or both: "
	  "data and port 80. Default: all but ARP and neighbour discovery." },
	{ "nth", &type_ordinal, FAULT(nth), false,
	  "Of those that match, only this one, from 1." },
	{ "from", &type_ordinal, FAULT(from), false, "From this one on." },
	{ "to", &type_ordinal, FAULT(to), false, "Up to this one." },
	{ "every", &type_ordinal, FAULT(every), false, "Every so manieth of them." },
	{ "probability", &type_probability, FAULT(probability_ppm), false,
	  "Of these, so many, drawn from the seed: 10%." },
	{ "after", &type_size, FAULT(after_bytes), false,
	  "Counting begins when so many bytes of payload have matched: 64KiB." },
	{ "drop", &type_fault_drop, 0, false, "true: it vanishes." },
	{ "delay", &type_fault_delay, 0, false, "It leaves so much later." },
	{ "duplicate", &type_fault_duplicate, 0, false, "So many copies follow it." },
	{ "corrupt", &type_fault_corrupt, 0, false,
	  "A byte changes: its number in the frame, or {byte: 80, of: payload}." },
	{ "truncate", &type_fault_truncate, 0, false,
	  "Its end is cut off: bytes left of the frame, or {size: 40, of: ip}." },
	{ "hold", &type_fault_hold, 0, false,
	  "It waits until so many others have passed." },
	{ "rst", &type_fault_rst, 0, false,
	  "RSTs for its connection come instead: to both, sender or receiver." },
	{ "icmp", &type_fault_icmp, 0, false,
	  "Its sender gets an ICMP error instead: net-unreachable, host-unreachable, "
	  "port-unreachable, admin-prohibited, time-exceeded, frag-needed MTU." },
	{ "ecn", &type_fault_ecn, 0, false, "ce: marked, if it can be." },
	{ "dscp", &type_fault_dscp, 0, false, "Its DSCP becomes this, 0 to 63." },
	{ "ttl", &type_fault_ttl, 0, false, "Its TTL or hop limit becomes this." },
	{ "window", &type_fault_window, 0, false,
	  "Its TCP window becomes this; 0: a zero window." },
	{ "log", &type_fault_log, 0, false, "true: only counted and traced." },
	{ "name", &type_title, offsetof(struct fault_spec, name), false,
	  "What other steps and the report call it." },
	{ "may miss", &type_flag, FAULT(may_miss), false,
	  "true: the case does not fail if it never fires." },
};

const struct table fault_table = {
	.name = "fault",
	.help = "What happens to exactly these packets.",
	.keys = fault_keys,
	.count = ARRAY_SIZE(fault_keys),
};

/* ---- The step ---- */

static const struct {
	const char *member, *key;
} members[] = {
	{ "match", "match" },       { "nth", "nth" },
	{ "from", "from" },         { "to", "to" },
	{ "every", "every" },       { "probability_ppm", "probability" },
	{ "after_bytes", "after" },
};

/* The node of the key that nst_fault_check() complained about; else that of the action. */
static const struct node *blamed(const struct node *node, const struct fault_spec *spec,
				 const char *member)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].member, member) == 0 &&
		    node_get(node, members[i].key))
			return node_get(node, members[i].key);
	return spec->action;
}

/* Without access to anything outside, a filter is not compiled: it could name hosts. */
static bool check_fault(struct reader *reader, const struct node *node,
			const struct fault_spec *spec)
{
	struct nst_fault fault = spec->fault;
	const char *member = "", *nearest;

	if (reader->options->alone)
		fault.match = NULL;
	if (nst_fault_check(&fault, &member) == 0)
		return true;
	nearest = strcmp(member, "match") == 0
			  ? nearest_word(spec->match.text,
					 names_of_words(reader, nst_fault_words))
			  : NULL;
	return complain(
		reader, blamed(node, spec, member), "%s%s", nst_error(),
		nearest ? arena_print(reader->arena, "; did you mean \"%s\"?", nearest)
			: "");
}

static bool know_fault(struct reader *reader, const struct string *name)
{
	struct playing *playing = reader->playing;

	if (!name->text)
		return true;
	for (size_t i = 0; i < playing->fault_count; i++)
		if (strcmp(playing->faults[i], name->text) == 0)
			return complain_at(reader, name, 0, name->size,
					   "a fault before this one has that name");
	*arena_push(reader->arena, playing->faults, playing->fault_count) = name->text;
	return true;
}

/* The kernel engine knows no faults. */
static bool check_engine(struct reader *reader, const struct fault_spec *spec,
			 const struct link_direction *direction)
{
	const struct link_spec *link;

	if (direction->interface == SIZE_MAX)
		return true;
	link = reader->building->links[direction->interface / 2];
	return link->engine != NST_ENGINE_KERNEL ||
	       complain_at(reader, &spec->on, 0, spec->on.size,
			   "this link has \"engine: kernel\", which knows no faults");
}

bool read_fault_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct fault_spec *spec = arena_new(reader->arena, struct fault_spec);
	struct link_direction direction;
	struct sentence sentence;
	char words[192];

	if (!read_table(reader, node, &fault_table, spec))
		return false;
	if (!spec->action)
		return complain(reader, node->key,
				"what is done is missing, such as \"drop: true\"");
	spec->fault.match = spec->match.text;
	spec->fault.name = spec->name.text;
	sentence = sentence_of(reader, &spec->on);
	if (!need_direction(&sentence, false, &direction) || !end_sentence(&sentence) ||
	    !check_engine(reader, spec, &direction) ||
	    !check_fault(reader, node, spec) || !know_fault(reader, &spec->name))
		return false;
	make_faulted(reader, &direction);
	step.fault = (struct nst_fault_step){ .from = direction.from,
					      .to = direction.to,
					      .fault = spec->fault };
	nst_fault_print(&spec->fault, words, sizeof(words));
	step.text = arena_print(reader->arena, "fault: %s -> %s: %s", direction.from,
				direction.to, words);
	add_step(reader, &step);
	return true;
}

/* ---- remove fault: NAME ---- */

bool need_fault(struct sentence *sentence, const char **ret_name)
{
	struct reader *reader = sentence->reader;
	const struct playing *playing = reader->playing;
	const char **names =
		arena_bytes(reader->arena, (playing->fault_count + 1) * sizeof(*names));
	struct word word;

	if (!need_quoted(sentence, "the name of a fault", &word))
		return false;
	for (size_t i = 0; i < playing->fault_count; i++) {
		names[i] = playing->faults[i];
		if (strcmp(names[i], word.text) != 0)
			continue;
		*ret_name = names[i];
		return true;
	}
	return complain_word(sentence, &word,
			     "no fault before this has the name \"%s\"%s", word.text,
			     or_known(reader->arena, word.text, names));
}

bool parse_unfault(struct sentence *sentence, struct nst_step *step)
{
	return need_fault(sentence, &step->unfault);
}
