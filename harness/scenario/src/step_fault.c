/* SPDX-License-Identifier: MIT */
/* fault: and remove fault: of a case: what happens to exactly these packets. */
#include <limits.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "impair.h"
#include "units.h"
#include "words.h"

struct fault_spec {
	struct string on, match, name;
	struct nst_fault fault;
	const struct node
		*action; /* the key that says what is done; NULL: none so far */
};

/* ---- Figures ---- */

static bool read_number(struct reader *reader, const struct node *node, uint64_t least,
			uint64_t most, uint64_t *ret)
{
	struct string string;
	const char *wrong;

	if (!read_text(reader, node, &string))
		return false;
	wrong = parse_number(string.text, UINT64_MAX - 1, ret);
	if (wrong)
		return complain(reader, node, "%s", wrong);
	return (*ret >= least && *ret <= most) ||
	       complain(reader, node, "this is a number from %llu to %llu",
			(unsigned long long)least, (unsigned long long)most);
}

static bool ordinal_read(struct reader *reader, const struct node *node, void *field)
{
	return read_number(reader, node, 1, UINT32_MAX, field);
}

static bool u32_read(struct reader *reader, const struct node *node, void *field)
{
	uint64_t number;
	bool fine = read_number(reader, node, 0, UINT16_MAX, &number);

	if (fine)
		*(uint32_t *)field = (uint32_t)number;
	return fine;
}

#define NUMBER(least)                                                              \
	"\"anyOf\": [{\"type\": \"integer\", \"minimum\": " least "}, {\"type\": " \
	"\"string\", \"pattern\": \"^([0-9]+|.*\\\\$\\\\{.*)$\"}]"

static const struct type type_ordinal = { "ordinal", ordinal_read, NUMBER("1") };
static const struct type type_bytes = { "byte-number", u32_read, NUMBER("0") };

static bool probability_read(struct reader *reader, const struct node *node,
			     void *field)
{
	struct string string;
	const char *wrong;

	if (!read_text(reader, node, &string))
		return false;
	wrong = parse_probability(string.text, field);
	return !wrong || complain(reader, node, "%s", wrong);
}

static const struct type type_probability = {
	"probability", probability_read,
	"\"type\": \"string\", "
	"\"pattern\": \"^([0-9]+(\\\\.[0-9]+)?(%|ppm)|.*\\\\$\\\\{.*)$\""
};

static bool size_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;
	const char *wrong;

	if (!read_text(reader, node, &string))
		return false;
	wrong = parse_size(string.text, field);
	return !wrong || complain(reader, node, "%s", wrong);
}

static const struct type type_size = {
	"size", size_read,
	"\"type\": \"string\", \"pattern\": "
	"\"^([0-9]+(\\\\.[0-9]+)?([kMG]?B|[KMG]iB)|.*\\\\$\\\\{.*)$\""
};

/* ---- Words of the enums ---- */

static const char *const *names_of_words(struct reader *reader,
					 const struct nst_word *words)
{
	const char **names = NULL;
	size_t count = 0;

	for (; words->name; words++)
		*arena_push(reader->arena, names, count) = words->name;
	return names;
}

/* The first word of a string; what is left is the caller's. */
static bool read_word(struct sentence *sentence, const char *what,
		      const struct nst_word *words, int *ret)
{
	struct reader *reader = sentence->reader;
	struct word word;

	if (!need_word(sentence, what, &word))
		return false;
	*ret = nst_word_find(words, word.text);
	return *ret >= 0 ||
	       complain_word(sentence, &word, "\"%s\" is not %s%s", word.text, what,
			     or_known(reader->arena, word.text,
				      names_of_words(reader, words)));
}

/* ---- What is done: each key sets the action, and only one may ---- */

static bool take_action(struct reader *reader, struct fault_spec *spec,
			const struct node *node, enum nst_fault_action action)
{
	if (spec->action)
		return complain(reader, node->key,
				"a fault does one thing, and \"%s\" is there already",
				spec->action->text);
	spec->action = node->key;
	spec->fault.action = action;
	return true;
}

/* drop: true, log: true. */
static bool read_true(struct reader *reader, const struct node *node,
		      struct fault_spec *spec, enum nst_fault_action action)
{
	bool flag = false;

	return take_action(reader, spec, node, action) &&
	       type_flag.read(reader, node, &flag) &&
	       (flag || complain(reader, node, "true belongs here, or nothing at all"));
}

static bool drop_read(struct reader *reader, const struct node *node, void *field)
{
	return read_true(reader, node, field, NST_FAULT_DROP);
}

static bool log_read(struct reader *reader, const struct node *node, void *field)
{
	return read_true(reader, node, field, NST_FAULT_LOG);
}

static bool delay_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;
	struct string string;
	const char *wrong;

	if (!take_action(reader, spec, node, NST_FAULT_DELAY) ||
	    !read_text(reader, node, &string))
		return false;
	wrong = parse_time_us(string.text, &spec->fault.delay_us);
	return !wrong || complain(reader, node, "%s", wrong);
}

static bool read_figure(struct reader *reader, const struct node *node,
			struct fault_spec *spec, enum nst_fault_action action,
			uint64_t least, uint64_t most, uint32_t *ret)
{
	uint64_t number;

	if (!take_action(reader, spec, node, action) ||
	    !read_number(reader, node, least, most, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool duplicate_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	return read_figure(reader, node, spec, NST_FAULT_DUPLICATE, 1, 1000,
			   &spec->fault.copies);
}

static bool hold_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	return read_figure(reader, node, spec, NST_FAULT_HOLD, 1, UINT32_MAX,
			   &spec->fault.hold);
}

static bool dscp_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	return read_figure(reader, node, spec, NST_FAULT_DSCP, 0, 63,
			   &spec->fault.value);
}

static bool ttl_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	return read_figure(reader, node, spec, NST_FAULT_TTL, 0, 255,
			   &spec->fault.value);
}

/* ecn: ce */
static bool ecn_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;

	return take_action(reader, field, node, NST_FAULT_ECN_CE) &&
	       read_text(reader, node, &string) &&
	       (strcmp(string.text, "ce") == 0 ||
		complain(reader, node, "packets are only marked \"ce\""));
}

/* rst: both */
static bool rst_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;
	int word;

	if (!take_action(reader, spec, node, NST_FAULT_RST) ||
	    !read_text(reader, node, string))
		return false;
	sentence = sentence_of(reader, string);
	if (!read_word(&sentence, "an end of the connection", nst_fault_end_words,
		       &word) ||
	    !end_sentence(&sentence))
		return false;
	spec->fault.ends = (enum nst_fault_ends)word;
	return true;
}

/* icmp: frag-needed 1400 */
static bool icmp_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;
	struct word mtu;
	uint64_t value;
	int word;

	if (!take_action(reader, spec, node, NST_FAULT_ICMP) ||
	    !read_text(reader, node, string))
		return false;
	sentence = sentence_of(reader, string);
	if (!read_word(&sentence, "an ICMP error", nst_fault_icmp_words, &word))
		return false;
	spec->fault.icmp = (enum nst_fault_icmp)word;
	if (spec->fault.icmp != NST_ICMP_FRAG_NEEDED)
		return end_sentence(&sentence);
	if (!need_word(&sentence, "the MTU, as in \"frag-needed 1400\",", &mtu))
		return false;
	if (parse_number(mtu.text, 65535, &value) || value < 68)
		return complain_word(&sentence, &mtu,
				     "an MTU is a number of bytes from 68 to 65535");
	spec->fault.value = (uint32_t)value;
	return end_sentence(&sentence);
}

/* ---- corrupt: {byte: 80, of: payload}, truncate: {size: 40, of: ip} ---- */

static bool layer_read(struct reader *reader, const struct node *node, void *field)
{
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;
	int word;

	if (!read_text(reader, node, string))
		return false;
	sentence = sentence_of(reader, string);
	if (!read_word(&sentence, "a layer", nst_fault_layer_words, &word) ||
	    !end_sentence(&sentence))
		return false;
	*(enum nst_fault_layer *)field = (enum nst_fault_layer)word;
	return true;
}

static const struct type type_layer = {
	"layer", layer_read, "\"enum\": [\"frame\", \"ip\", \"transport\", \"payload\"]"
};

static bool mask_read(struct reader *reader, const struct node *node, void *field)
{
	static const char digits[] = "0123456789abcdef";
	struct string string;
	unsigned int mask = 0;
	const char *text;

	if (!read_text(reader, node, &string))
		return false;
	text = strncmp(string.text, "0x", 2) == 0 ? string.text + 2 : "";
	for (size_t i = 0; i < 2 && text[i] && strchr(digits, text[i]); i++)
		mask = mask * 16 + (unsigned int)(strchr(digits, text[i]) - digits);
	*(uint8_t *)field = (uint8_t)mask;
	return (mask && strspn(text, digits) == strlen(text) && strlen(text) <= 2) ||
	       complain(reader, node, "a mask is a byte from 0x01 to 0xff");
}

static const struct type type_mask = { "mask", mask_read,
				       "\"type\": [\"string\", \"integer\"]" };

static const struct key corrupt_keys[] = {
	{ "byte", &type_bytes, offsetof(struct nst_fault, offset), true,
	  "Which byte, from 0." },
	{ "of", &type_layer, offsetof(struct nst_fault, layer), false,
	  "From where it counts: frame (the default), ip, transport, payload." },
	{ "mask", &type_mask, offsetof(struct nst_fault, mask), false,
	  "What it is xor'ed with. Default: 0xff." },
	{ "fix checksums", &type_flag, offsetof(struct nst_fault, fix_checksums), false,
	  "true: the receiver cannot see it by the checksums." },
};

const struct table corrupt_table = {
	.name = "corrupt",
	.help = "One byte changes.",
	.keys = corrupt_keys,
	.count = ARRAY_SIZE(corrupt_keys),
};

static const struct key truncate_keys[] = {
	{ "size", &type_bytes, offsetof(struct nst_fault, size), true,
	  "How many bytes are left." },
	{ "of", &type_layer, offsetof(struct nst_fault, layer), false,
	  "Of what: frame (the default), ip, transport, payload." },
	{ "fix checksums", &type_flag, offsetof(struct nst_fault, fix_checksums), false,
	  "true: lengths and checksums are made right for it." },
};

const struct table truncate_table = {
	.name = "truncate",
	.help = "The end is cut off.",
	.keys = truncate_keys,
	.count = ARRAY_SIZE(truncate_keys),
};

static bool corrupt_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	if (!take_action(reader, spec, node, NST_FAULT_CORRUPT))
		return false;
	return node->kind == NODE_MAPPING
		       ? read_table(reader, node, &corrupt_table, &spec->fault)
		       : u32_read(reader, node, &spec->fault.offset);
}

static bool truncate_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	if (!take_action(reader, spec, node, NST_FAULT_TRUNCATE))
		return false;
	return node->kind == NODE_MAPPING
		       ? read_table(reader, node, &truncate_table, &spec->fault)
		       : u32_read(reader, node, &spec->fault.size);
}

#define TRUE "\"const\": true"
#define NUMBER_OR(table) \
	"\"anyOf\": [{" NUMBER("0") "}, {\"$ref\": \"#/definitions/" table "\"}]"

static const struct type type_drop = { "fault-drop", drop_read, TRUE };
static const struct type type_log = { "fault-log", log_read, TRUE };
static const struct type type_delay = { "fault-delay", delay_read,
					"\"$ref\": \"#/definitions/time\"" };
static const struct type type_duplicate = { "fault-duplicate", duplicate_read,
					    NUMBER("1") };
static const struct type type_corrupt = { "fault-corrupt", corrupt_read,
					  NUMBER_OR("corrupt") };
static const struct type type_truncate = { "fault-truncate", truncate_read,
					   NUMBER_OR("truncate") };
static const struct type type_hold = { "fault-hold", hold_read, NUMBER("1") };
static const struct type type_rst = {
	"fault-rst", rst_read, "\"enum\": [\"both\", \"sender\", \"receiver\"]"
};
static const struct type type_icmp = { "fault-icmp", icmp_read,
				       "\"type\": \"string\"" };
static const struct type type_ecn = { "fault-ecn", ecn_read, "\"const\": \"ce\"" };
static const struct type type_dscp = { "fault-dscp", dscp_read, NUMBER("0") };
static const struct type type_ttl = { "fault-ttl", ttl_read, NUMBER("0") };

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
	{ "drop", &type_drop, 0, false, "true: it vanishes." },
	{ "delay", &type_delay, 0, false, "It leaves so much later." },
	{ "duplicate", &type_duplicate, 0, false, "So many copies follow it." },
	{ "corrupt", &type_corrupt, 0, false,
	  "A byte changes: its number in the frame, or {byte: 80, of: payload}." },
	{ "truncate", &type_truncate, 0, false,
	  "Its end is cut off: bytes left of the frame, or {size: 40, of: ip}." },
	{ "hold", &type_hold, 0, false, "It waits until so many others have passed." },
	{ "rst", &type_rst, 0, false,
	  "RSTs for its connection come instead: to both, sender or receiver." },
	{ "icmp", &type_icmp, 0, false,
	  "Its sender gets an ICMP error instead: net-unreachable, host-unreachable, "
	  "port-unreachable, admin-prohibited, time-exceeded, frag-needed MTU." },
	{ "ecn", &type_ecn, 0, false, "ce: marked, if it can be." },
	{ "dscp", &type_dscp, 0, false, "Its DSCP becomes this, 0 to 63." },
	{ "ttl", &type_ttl, 0, false, "Its TTL or hop limit becomes this." },
	{ "log", &type_log, 0, false, "true: only counted and traced." },
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
	make_impairable(reader, &direction);
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
