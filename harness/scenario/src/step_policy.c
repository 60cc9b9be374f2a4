/* SPDX-License-Identifier: MIT */
/* expect: {matrix: …}: a table drawn in text, a question per cell.
 *
 *	from        -> to    tcp/22    tcp/80   icmp
 *	lan, admin  -> web   open      open     open
 *	internet    -> web   dropped   open     -
 *
 * A cell may say why, as sentences do: "dropped by fw.nft:14", "open via nat".
 *
 * It is read line by line with the words of sentences. '|' between cells and lines drawn
 * with '-' are white space, so that a Markdown table is one, too. Each cell becomes a
 * step of its own: what works on expectations works on tables.
 */
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>

#include "expect.h"

/* People look at what is drawn: more than this is a mistake. */
enum { COLUMNS_MAX = 100, QUESTIONS_MAX = 10000 };

static const char example[] = "from -> to  tcp/22  icmp";

struct hosts {
	struct word *items;
	size_t count;
};

struct row {
	struct hosts from, to;
	int family;
	const char *over; /* " over ipv6", or "" */
};

/* Who asks whom in a row before. */
struct pair {
	const char *from, *to;
	int family;
};

struct policy {
	struct reader *reader;
	struct string string; /* its text is `drawing`, its size where the line ends */
	char *drawing;        /* newlines become NULs as lines are read */
	size_t at, size;
	const struct nst_step *like;
	struct nst_question columns[COLUMNS_MAX];
	const char *names[COLUMNS_MAX]; /* "tcp/22" */
	size_t column_count;
	struct pair *pairs;
	size_t pair_count, questions;
};

/* ---- Lines ---- */

/* "|-----|:---:|". A row has names. */
static bool is_rule(const char *line, size_t size)
{
	return strspn(line, "-=+|: \t") >= size;
}

/* White space for what is only drawn; offsets stay, so complaints find their place. */
static void erase_drawing(char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n");
		bool rule = is_rule(text, size);

		for (size_t i = 0; i < size; i++)
			if (rule || text[i] == '|')
				text[i] = ' ';
		text += size + (text[size] == '\n');
	}
}

/* The next line that is not blank, as a sentence. */
static bool next_line(struct policy *policy, struct sentence *ret)
{
	while (policy->at < policy->size) {
		size_t start = policy->at,
		       end = start + strcspn(policy->drawing + start, "\n");

		policy->drawing[end] = '\0';
		policy->at = end + 1;
		if (!policy->drawing[start + strspn(policy->drawing + start, " \t")])
			continue;
		policy->string.size = end;
		*ret = sentence_of(policy->reader, &policy->string);
		ret->at = start;
		return true;
	}
	return false;
}

/* ---- The first line ---- */

static bool read_corner(struct sentence *line)
{
	static const char *const corner[] = { "from", "->", "to" };
	struct word word;

	for (size_t i = 0; i < ARRAY_SIZE(corner); i++) {
		if (!need_word(line, "\"from -> to\"", &word))
			return false;
		if (strcmp(word.text, corner[i]) != 0)
			return complain_word(line, &word,
					     "a table's first line is \"from -> to\" "
					     "and the services, as in \"%s\"",
					     example);
	}
	return true;
}

static bool same_service(const struct nst_question *a, const struct nst_question *b)
{
	return a->protocol == b->protocol && a->port == b->port;
}

static bool add_column(struct policy *policy, struct sentence *line)
{
	struct nst_question service = { 0 };
	struct sentence ahead = *line;
	struct word word;

	next_word(&ahead, &word);
	if (!parse_protocol(line, &service))
		return false;
	for (size_t i = 0; i < policy->column_count; i++)
		if (same_service(&policy->columns[i], &service))
			return complain_word(line, &word,
					     "there is a column for %s already",
					     word.text);
	if (policy->column_count == COLUMNS_MAX)
		return complain_word(line, &word, "a table has at most %d columns",
				     COLUMNS_MAX);
	policy->names[policy->column_count] = word.text;
	policy->columns[policy->column_count++] = service;
	return true;
}

static bool line_is_done(const struct sentence *line)
{
	struct sentence ahead = *line;
	struct word word;

	return !next_word(&ahead, &word);
}

static bool read_head(struct policy *policy, struct sentence *line)
{
	bool fine = read_corner(line);

	do {
		fine = fine && add_column(policy, line);
	} while (fine && !line_is_done(line));
	return fine;
}

/* ---- Rows ---- */

/* The names in "a,b," without the commas. */
static bool split_word(struct sentence *line, const struct word *word, bool to_address,
		       struct hosts *ret)
{
	for (size_t at = 0; at < word->size;) {
		size_t size = strcspn(word->text + at, ",");
		const struct word part = { part_of(line->reader, line->string,
						   word->offset + at, size),
					   word->offset + at, size };

		at += size + 1;
		if (size == 0)
			return complain_word(line, word, "a host is missing here");
		if (!(to_address && address_family(part.text)) &&
		    !known_host(line, &part))
			return false;
		*arena_push(line->reader->arena, ret->items, ret->count) = part;
	}
	return true;
}

static bool read_hosts(struct sentence *line, const char *what, bool to_address,
		       struct hosts *ret)
{
	struct word word;

	do {
		if (!need_word(line, what, &word) ||
		    !split_word(line, &word, to_address, ret))
			return false;
	} while (word.text[word.size - 1] == ',');
	return true;
}

static bool read_row_head(struct sentence *line, struct row *ret)
{
	struct nst_question question = { .to = "" };

	if (!read_hosts(line, "the host that asks", false, &ret->from) ||
	    !need_this_word(line, "->", "a -> b  open  dropped") ||
	    !read_hosts(line, "the host that is asked", true, &ret->to) ||
	    !parse_family(line, &question))
		return false;
	ret->family = question.family;
	ret->over = !ret->family             ? ""
		    : ret->family == AF_INET ? " over ipv4"
					     : " over ipv6";
	return true;
}

/* What is expected in a row, by column; no verdict where nothing is asked. */
static bool read_cells(struct policy *policy, struct sentence *line,
		       struct nst_expectation *cells, struct word *places)
{
	for (size_t i = 0; i < policy->column_count; i++) {
		const char *what =
			arena_print(policy->reader->arena,
				    "the verdict of %s, or \"-\",", policy->names[i]);
		struct sentence ahead = *line;

		cells[i] = (struct nst_expectation){ 0 };
		if (!need_word(&ahead, what, &places[i]))
			return false;
		if (strcmp(places[i].text, "-") == 0) {
			*line = ahead;
			continue;
		}
		if (!parse_answers(line, &cells[i]))
			return false;
		places[i].text = trimmed(line, places[i].offset, line->at);
	}
	return line_is_done(line) ||
	       (need_word(line, "", places) &&
		complain_word(line, places,
			      "no service is above this: the first line "
			      "has %zu",
			      policy->column_count));
}

static void ask(struct policy *policy, const struct row *row, const struct pair *pair,
		size_t column, const struct nst_expectation *cell,
		const struct word *place)
{
	struct reader *reader = policy->reader;
	struct nst_step step = *policy->like;
	struct nst_expectation *expect = &step.expect;

	step.position = position_in(&policy->string, place->offset);
	expect->question = policy->columns[column];
	expect->question.from = pair->from;
	expect->question.to = pair->to;
	expect->question.family = pair->family;
	expect->question.settle_ms = reader->playing->settle_ms;
	expect->verdicts = cell->verdicts;
	expect->reasons = cell->reasons;
	expect->reason_count = cell->reason_count;
	if (nst_expected(expect, NST_VERDICT_REFUSED))
		expect->question.listener = NST_LISTENER_NONE;
	expect->verdict_text = place->text;
	expect->question_text = arena_print(reader->arena, "%s -> %s %s%s", pair->from,
					    pair->to, policy->names[column], row->over);
	step.text = expect->question_text;
	add_step(reader, &step);
	policy->questions++;
}

static bool is_new(struct policy *policy, struct sentence *line,
		   const struct word *place, const struct pair *pair)
{
	for (size_t i = 0; i < policy->pair_count; i++) {
		const struct pair *other = &policy->pairs[i];

		if (strcmp(other->from, pair->from) == 0 &&
		    strcmp(other->to, pair->to) == 0 && other->family == pair->family)
			return complain_word(line, place,
					     "%s -> %s is in this table already",
					     pair->from, pair->to);
	}
	*arena_push(policy->reader->arena, policy->pairs, policy->pair_count) = *pair;
	return true;
}

static bool add_pair(struct policy *policy, struct sentence *line,
		     const struct row *row, const struct word *from,
		     const struct word *to)
{
	const struct nst_question question = { .family = row->family };
	const struct pair pair = { from->text, to->text, row->family };

	if (row->family && address_family(to->text) &&
	    address_family(to->text) != row->family)
		return complain_word(line, to, "%s is no address of that family",
				     to->text);
	return check_question(line, &question, from, to) &&
	       is_new(policy, line, to, &pair);
}

/* "a, b -> a, b" asks nobody about himself. */
static bool is_himself(const struct row *row, const struct word *from,
		       const struct word *to)
{
	return row->from.count + row->to.count > 2 && strcmp(from->text, to->text) == 0;
}

static bool read_row(struct policy *policy, struct sentence *line)
{
	struct nst_expectation cells[COLUMNS_MAX];
	struct word places[COLUMNS_MAX];
	struct row row = { 0 };

	if (!read_row_head(line, &row) || !read_cells(policy, line, cells, places))
		return false;
	for (size_t i = 0; i < row.from.count * row.to.count; i++) {
		const struct word *from = &row.from.items[i / row.to.count],
				  *to = &row.to.items[i % row.to.count];
		size_t column = 0;

		if (is_himself(&row, from, to))
			continue;
		if (policy->questions + policy->column_count > QUESTIONS_MAX)
			return complain_word(line, from,
					     "this table asks more than %d questions",
					     QUESTIONS_MAX);
		if (!add_pair(policy, line, &row, from, to))
			return false;
		for (; column < policy->column_count; column++)
			if (cells[column].verdicts)
				ask(policy, &row,
				    &policy->pairs[policy->pair_count - 1], column,
				    &cells[column], &places[column]);
	}
	return true;
}

/* ---- The table ---- */

static bool read_drawing(struct reader *reader, const struct node *node, void *field)
{
	struct playing *playing = reader->playing;
	size_t first = playing->step_count;
	struct policy policy = { .reader = reader, .like = field };
	struct sentence line;
	bool fine = true;

	if (!read_text(reader, node, &policy.string))
		return false;
	policy.size = policy.string.size;
	policy.drawing = arena_copy(reader->arena, policy.string.text, policy.size);
	policy.string.text = policy.drawing;
	erase_drawing(policy.drawing);
	if (!next_line(&policy, &line))
		return complain(reader, node,
				"this table is empty; its first line is like \"%s\"",
				example);
	if (!read_head(&policy, &line))
		return false;
	while (next_line(&policy, &line))
		fine = read_row(&policy, &line) && fine;
	if (fine && policy.questions == 0)
		return complain(reader, node, "this table asks nothing");
	for (size_t i = first; i < playing->step_count; i++)
		playing->steps[i].expect.cells_after = playing->step_count - 1 - i;
	return fine;
}

static const struct type type_policy = {
	.name = "policy",
	.read = read_drawing,
	.schema = "\"type\": \"string\", "
		  "\"pattern\": \"from\\\\s+->\\\\s+to\\\\s+\\\\S\"",
};

static const struct key expect_keys[] = {
	{ "matrix", &type_policy, 0, true,
	  "A table: the first line is \"from -> to\" and services (tcp/22 udp/53 "
	  "icmp); "
	  "each other line is hosts that ask -> hosts that are asked, and a verdict "
	  "below each service, or - where nothing is asked." },
};

const struct table expect_table = {
	.name = "expect-table",
	.help = "Who reaches whom, as a table.",
	.keys = expect_keys,
	.count = ARRAY_SIZE(expect_keys),
};

bool read_policy(struct reader *reader, const struct node *node,
		 const struct nst_step *like)
{
	struct nst_step step = *like;

	return read_table(reader, node, &expect_table, &step);
}
