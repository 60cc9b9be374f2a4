/* SPDX-License-Identifier: MIT */
/* down:, up:, cut: and mend: of a case. */
#include <string.h>

#include "steps.h"
#include "units.h"

static bool are_linked(const struct building *building, const char *a, const char *b)
{
	const struct host_spec *host = find_host(building, a);

	for (size_t i = 0; i < host->end_count; i++)
		if (strcmp(host->ends[i]->other->host, b) == 0)
			return true;
	return building->links_wrong;
}

bool need_link(struct sentence *sentence, struct nst_link_step *ret)
{
	struct word a, b;

	if (!need_host(sentence, "a host", &a) ||
	    !need_this_word(sentence, "--", "a -- b") ||
	    !need_host(sentence, "the other host", &b))
		return false;
	ret->a = a.text;
	ret->b = b.text;
	return are_linked(sentence->reader->building, a.text, b.text) ||
	       complain_word(sentence, &b, "no link joins \"%s\" and \"%s\"", a.text,
			     b.text);
}

bool parse_link_step(struct sentence *sentence, struct nst_step *step)
{
	return need_link(sentence, &step->link);
}

bool parse_mtu_step(struct sentence *sentence, struct nst_step *step)
{
	struct nst_link_step link;
	struct word bytes;
	const char *wrong;
	uint64_t mtu;

	if (!need_link(sentence, &link) ||
	    !need_word(sentence, "an MTU in bytes", &bytes))
		return false;
	wrong = parse_number(bytes.text, UINT64_MAX, &mtu);
	if (wrong || mtu < 68 || mtu > 65535)
		return complain_word(sentence, &bytes,
				     "an MTU is a number from 68 to 65535, in bytes");
	step->mtu = (struct nst_mtu_step){ link.a, link.b, (unsigned int)mtu };
	return true;
}

/* ---- cut: a, b from c, d ---- */

/* The hosts of one side, separated by "," and white space, in brackets or not. */
struct side {
	size_t number;       /* of its own in the whole setup */
	struct growing text; /* "a,b" */
};

static struct side new_side(struct reader *reader)
{
	return (struct side){
		.number = ++reader->building->sides,
		.text = { .arena = reader->arena },
	};
}

/* A host cannot be on both sides; twice on one is once. */
static bool add_side_host(struct sentence *sentence, struct side *side,
			  const struct side *other, const struct word *name)
{
	struct host_spec *host;

	if (!known_host(sentence, name))
		return false;
	host = find_host(sentence->reader->building, name->text);
	if (other && host->side == other->number)
		return complain_word(sentence, name, "\"%s\" is on both sides",
				     name->text);
	if (host->side == side->number)
		return true;
	host->side = side->number;
	grow(&side->text, ",", side->text.size > 0);
	grow(&side->text, name->text, name->size);
	return true;
}

/* The names in one word, which may be "a,b" or "[a," or "b]". */
static bool add_side_word(struct sentence *sentence, struct side *side,
			  const struct side *other, const struct word *word)
{
	static const char between[] = ",[]";
	size_t at = 0;

	for (;;) {
		struct word host;

		at += strspn(word->text + at, between);
		if (!word->text[at])
			return true;
		host.size = strcspn(word->text + at, between);
		host.offset = word->offset + at;
		host.text = part_of(sentence->reader, sentence->string, host.offset,
				    host.size);
		if (!add_side_host(sentence, side, other, &host))
			return false;
		at += host.size;
	}
}

/* Up to "from" or "->", where it is the first side; else up to the end. */
static bool parse_side(struct sentence *sentence, struct side *side,
		       const struct side *other)
{
	struct word word;

	for (;;) {
		struct sentence ahead = *sentence;

		if (!next_word(&ahead, &word))
			break;
		if (!other &&
		    (strcmp(word.text, "from") == 0 || strcmp(word.text, "->") == 0))
			break;
		*sentence = ahead;
		if (!add_side_word(sentence, side, other, &word))
			return false;
	}
	if (side->text.size)
		return true;
	return need_word(sentence, "a host", &word) &&
	       complain_word(sentence, &word, "a host is missing before this");
}

static bool parse_direction(struct sentence *sentence, struct nst_step *step)
{
	struct sentence ahead = *sentence;
	struct word word;

	if (!next_word(&ahead, &word) || strcmp(word.text, "->") != 0)
		return need_this_word(sentence, "from", "a, b from c");
	if (step->kind == NST_STEP_MEND)
		return complain_word(sentence, &word,
				     "mend heals both directions: write \"from\"");
	*sentence = ahead;
	step->cut.one_way = true;
	return true;
}

bool parse_cut(struct sentence *sentence, struct nst_step *step)
{
	struct side one = new_side(sentence->reader),
		    other = new_side(sentence->reader);

	if (!parse_side(sentence, &one, NULL) || !parse_direction(sentence, step) ||
	    !parse_side(sentence, &other, &one))
		return false;
	step->cut.one = one.text.text;
	step->cut.other = other.text.text;
	return true;
}
