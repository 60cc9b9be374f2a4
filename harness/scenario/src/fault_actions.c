/* SPDX-License-Identifier: MIT */
/* fault: of a case, key by key: figures, and what is done. */
#include <string.h>

#include <base/scope.h>

#include "step_fault.h"
#include "units.h"
#include "words.h"

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

const struct type type_ordinal = { "ordinal", ordinal_read, NUMBER("1") };
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

const struct type type_probability = {
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

const struct type type_size = {
	"size", size_read,
	"\"type\": \"string\", \"pattern\": "
	"\"^([0-9]+(\\\\.[0-9]+)?([kMG]?B|[KMG]iB)|.*\\\\$\\\\{.*)$\""
};

/* ---- Words of the enums ---- */

const char *const *names_of_words(struct reader *reader, const struct nst_word *words)
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

static bool window_read(struct reader *reader, const struct node *node, void *field)
{
	struct fault_spec *spec = field;

	return read_figure(reader, node, spec, NST_FAULT_WINDOW, 0, UINT16_MAX,
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

const struct type type_fault_drop = { "fault-drop", drop_read, TRUE };
const struct type type_fault_log = { "fault-log", log_read, TRUE };
const struct type type_fault_delay = { "fault-delay", delay_read,
				       "\"$ref\": \"#/definitions/time\"" };
const struct type type_fault_duplicate = { "fault-duplicate", duplicate_read,
					   NUMBER("1") };
const struct type type_fault_corrupt = { "fault-corrupt", corrupt_read,
					 NUMBER_OR("corrupt") };
const struct type type_fault_truncate = { "fault-truncate", truncate_read,
					  NUMBER_OR("truncate") };
const struct type type_fault_hold = { "fault-hold", hold_read, NUMBER("1") };
const struct type type_fault_rst = { "fault-rst", rst_read,
				     "\"enum\": [\"both\", \"sender\", \"receiver\"]" };
const struct type type_fault_icmp = { "fault-icmp", icmp_read, "\"type\": \"string\"" };
const struct type type_fault_ecn = { "fault-ecn", ecn_read, "\"const\": \"ce\"" };
const struct type type_fault_dscp = { "fault-dscp", dscp_read, NUMBER("0") };
const struct type type_fault_ttl = { "fault-ttl", ttl_read, NUMBER("0") };
const struct type type_fault_window = { "fault-window", window_read, NUMBER("0") };
