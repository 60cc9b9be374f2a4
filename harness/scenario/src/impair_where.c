/* SPDX-License-Identifier: MIT */
/* Which direction of which link: "a -> b", "a -- b:eth1"; and impair: of a link. */
#include <string.h>

#include <nstest/error.h>

#include "impair.h"

/* "a" or "a:eth0", whose host exists. */
static bool need_end(struct sentence *sentence, const char *what, struct word *ret)
{
	struct word host;

	if (!need_word(sentence, what, ret))
		return false;
	host = *ret;
	host.size = strcspn(ret->text, ":");
	host.text = part_of(sentence->reader, sentence->string, ret->offset, host.size);
	return known_host(sentence, &host);
}

static bool take_arrow(struct sentence *sentence, bool both_fine, bool *ret_both)
{
	if (both_fine && take_word(sentence, "--")) {
		*ret_both = true;
		return true;
	}
	*ret_both = false;
	return need_this_word(sentence, "->", "a -> b");
}

/* " (there is a -- lan)": the links of a host, for those who meant one of them. */
static const char *links_of(struct reader *reader, const char *end)
{
	const char *name = arena_copy(reader->arena, end, strcspn(end, ":"));
	const struct host_spec *host = find_host(reader->building, name);
	struct growing text = { .arena = reader->arena };

	for (size_t i = 0; i < host->end_count; i++) {
		const char *one =
			arena_print(reader->arena, "%s%s -- %s", i ? ", " : "", name,
				    host->ends[i]->other->host);

		grow(&text, one, strlen(one));
	}
	return host->end_count
		       ? arena_print(reader->arena, " (there %s %s)",
				     host->end_count == 1 ? "is" : "are", text.text)
		       : "";
}

bool need_direction(struct sentence *sentence, bool both_fine,
		    struct link_direction *ret)
{
	const struct building *building = sentence->reader->building;
	struct link_direction direction = { .interface = SIZE_MAX };
	struct word from, to;

	if (!need_end(sentence, "a host", &from) ||
	    !take_arrow(sentence, both_fine, &direction.both) ||
	    !need_end(sentence, "the other host", &to))
		return false;
	direction.from = from.text;
	direction.to = to.text;
	if (building->plan && nst_plan_adjacent(building->plan, from.text, to.text,
						&direction.interface) < 0)
		return complain_word(sentence, &to, "%s%s", nst_error(),
				     links_of(sentence->reader, from.text));
	*ret = direction;
	return true;
}

static struct may_become *impaired_link(struct reader *reader,
					const struct link_direction *direction)
{
	struct playing *playing = reader->playing;
	size_t size = reader->building->link_count * sizeof(*playing->impaired);
	struct may_become *link;

	if (direction->interface == SIZE_MAX)
		return NULL;
	if (!playing->impaired)
		playing->impaired = arena_bytes(reader->arena, size);
	link = &playing->impaired[direction->interface / 2];
	link->impaired = true;
	return link;
}

void make_impairable(struct reader *reader, const struct link_direction *direction,
		     const struct nst_impairment *impairment)
{
	struct may_become *link = impaired_link(reader, direction);

	if (link && !nst_impairment_is_none(impairment))
		*arena_push(reader->arena, link->items, link->count) = *impairment;
}

void make_faulted(struct reader *reader, const struct link_direction *direction)
{
	struct may_become *link = impaired_link(reader, direction);

	if (link)
		link->faulted = true;
}

void add_directions(struct reader *reader, const struct link_direction *direction,
		    struct impair_directions *to)
{
	*arena_push(reader->arena, to->items, to->count) =
		(struct nst_impair_direction){ .from = direction->from,
					       .to = direction->to };
	if (direction->both)
		*arena_push(reader->arena, to->items, to->count) =
			(struct nst_impair_direction){ .from = direction->to,
						       .to = direction->from };
}

bool has_directions(const struct node *mapping)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (strstr(mapping->entries[i].key->text, "->") ||
		    strstr(mapping->entries[i].key->text, "--"))
			return true;
	return false;
}

/* ---- impair: of a link ---- */

/* Whether a word names this end: by its host, or with the interface too. */
static bool names_end(const char *word, const struct end_spec *end)
{
	size_t size = strcspn(word, ":");

	return strlen(end->host) == size && memcmp(end->host, word, size) == 0 &&
	       (!word[size] ||
		(end->interface && strcmp(end->interface, word + size + 1) == 0));
}

/* The directions that a key of `impair:` names; `from_b`: its first end is the link's b. */
struct named {
	bool a_to_b, b_to_a, from_b;
};

static bool parse_key(struct sentence *sentence, const struct link_spec *link,
		      struct named *ret)
{
	struct word from, to;
	bool both;

	if (!need_end(sentence, "a host", &from) ||
	    !take_arrow(sentence, true, &both) ||
	    !need_end(sentence, "the other host", &to) || !end_sentence(sentence))
		return false;
	ret->a_to_b = names_end(from.text, &link->a) && names_end(to.text, &link->b);
	ret->b_to_a = names_end(from.text, &link->b) && names_end(to.text, &link->a);
	ret->from_b = ret->b_to_a;
	if (!ret->a_to_b && !ret->b_to_a)
		return complain_word(sentence, &from, "this link joins %s and %s",
				     link->a.host, link->b.host);
	if (both)
		ret->a_to_b = ret->b_to_a = true;
	return true;
}

static bool read_both(struct reader *reader, const struct node *node,
		      struct nst_impairment *from_user, struct nst_impairment *to_user)
{
	return read_impairment(reader, node, HALF_UP, from_user) &&
	       read_impairment(reader, node, HALF_DOWN, to_user);
}

static bool read_entry(struct reader *reader, const struct entry *entry,
		       struct link_spec *link, struct named *seen)
{
	struct string *key = arena_new(reader->arena, struct string);
	struct nst_impairment *forth = &link->a_to_b, *back = &link->b_to_a;
	struct sentence sentence;
	struct named named;

	if (!expand(reader, entry->key, key))
		return false;
	sentence = sentence_of(reader, key);
	if (!parse_key(&sentence, link, &named))
		return false;
	if ((named.a_to_b && seen->a_to_b) || (named.b_to_a && seen->b_to_a))
		return complain(reader, entry->key, "this direction is there twice");
	seen->a_to_b |= named.a_to_b;
	seen->b_to_a |= named.b_to_a;
	if (named.a_to_b && named.b_to_a)
		return named.from_b ? read_both(reader, entry->value, back, forth)
				    : read_both(reader, entry->value, forth, back);
	return read_impairment(reader, entry->value, HALF_SAID,
			       named.a_to_b ? forth : back);
}

bool read_link_impairments(struct reader *reader, struct link_spec *link)
{
	const struct node *node = link->impair;
	struct named seen = { 0 };
	bool fine = true;

	if (!node)
		return true;
	if (node->kind != NODE_MAPPING || !has_directions(node))
		return read_both(reader, node, &link->a_to_b, &link->b_to_a);
	for (size_t i = 0; i < node->count; i++)
		fine = read_entry(reader, &node->entries[i], link, &seen) && fine;
	return fine;
}

static bool link_impair_read(struct reader *reader, const struct node *node,
			     void *field)
{
	(void)reader;
	*(const struct node **)field = node;
	return true;
}

const struct type type_link_impair = {
	"link-impair",
	link_impair_read,
	"\"anyOf\": [{\"$ref\": \"#/definitions/impairment-value\"}, "
	"{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": false, "
	"\"patternProperties\": {\"->|--\": "
	"{\"$ref\": \"#/definitions/impairment-value\"}}}]",
};
