/* SPDX-License-Identifier: MIT */
/* Values with variables put in, and complaints at the place they came from. */
#include "reader.h"

#include <string.h>

#include "problems.h"
#include "words.h"

bool complain(struct reader *reader, const struct node *node, const char *format, ...)
{
	size_t end = node->end > node->start ? node->end : node->start + 1;
	va_list args;

	va_start(args, format);
	problems_add(reader->problems, node->source, node->start, end, format, args);
	va_end(args);
	return false;
}

void warn(struct reader *reader, const struct node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(reader->warnings, node->source, node->start, node->end, format,
		     args);
	va_end(args);
}

/* The bytes of the scalar's own text that bytes of the expanded text came from: of a
 * variable's value, all of "${name}". */
static size_t raw_start(const struct string *string, size_t offset)
{
	size_t shift = 0;

	for (size_t i = 0; i < string->splice_count; i++) {
		const struct splice *splice = &string->splices[i];

		if (offset < splice->at)
			break;
		if (offset < splice->at + splice->size)
			return splice->raw;
		shift = splice->raw + splice->raw_size - (splice->at + splice->size);
	}
	return offset + shift;
}

static size_t raw_end(const struct string *string, size_t end)
{
	size_t last = raw_start(string, end - 1);

	for (size_t i = 0; i < string->splice_count; i++)
		if (string->splices[i].raw == last)
			return last + string->splices[i].raw_size;
	return last + 1;
}

bool complain_at(struct reader *reader, const struct string *string, size_t offset,
		 size_t size, const char *format, ...)
{
	size_t start = node_offset(string->node, raw_start(string, offset)),
	       end = start + 1;
	va_list args;

	if (size)
		end = node_end(string->node, raw_end(string, offset + size) - 1);
	va_start(args, format);
	problems_add(reader->problems, string->node->source, start, end, format, args);
	va_end(args);
	return false;
}

struct nst_position position_of(const struct node *node)
{
	struct nst_position position = { .file = node->source->path };

	source_position(node->source, node->start, &position.line, &position.column);
	return position;
}

struct nst_position position_in(const struct string *string, size_t offset)
{
	struct nst_position position = { .file = string->node->source->path };
	size_t at = node_offset(string->node, raw_start(string, offset));

	source_position(string->node->source, at, &position.line, &position.column);
	return position;
}

struct nst_position position_of_text(const struct reader *reader,
				     const struct string *string)
{
	const struct splice *splice = string->splices;
	const struct variable *variable = NULL;

	if (string->splice_count == 1 && splice->at == 0 &&
	    splice->size + strspn(string->text + splice->size, " \n") == string->size)
		variable = find_variable(
			reader->scope, string->node->text + splice->raw + strlen("${"),
			splice->raw_size - strlen("${}"));
	return variable && variable->text_at.file ? variable->text_at
						  : position_in(string, 0);
}

static const char *kind_name(const struct node *node)
{
	switch (node->kind) {
	case NODE_SCALAR:
		return node->nothing ? "missing" : "a text";
	case NODE_LIST:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	}
	return "";
}

static bool complain_kind(struct reader *reader, const struct node *node,
			  const char *wanted)
{
	const struct node *key = node->key;

	if (!key)
		return complain(reader, node, "%s belongs here; this is %s", wanted,
				kind_name(node));
	return complain(reader, node->nothing ? key : node,
			"the value of \"%s\" must be %s; it is %s", key->text, wanted,
			kind_name(node));
}

bool expect_mapping(struct reader *reader, const struct node *node)
{
	return node->kind == NODE_MAPPING || complain_kind(reader, node, "a mapping");
}

bool expect_list(struct reader *reader, const struct node *node)
{
	return node->kind == NODE_LIST || complain_kind(reader, node, "a list");
}

bool read_text(struct reader *reader, const struct node *node, struct string *ret)
{
	if (node->kind != NODE_SCALAR || node->nothing)
		return complain_kind(reader, node, "a text");
	return expand(reader, node, ret);
}

const char *part_of(struct reader *reader, const struct string *string, size_t offset,
		    size_t size)
{
	return arena_copy(reader->arena, string->text + offset, size);
}

const char *one_line(struct reader *reader, const char *text)
{
	static const char white[] = " \t\n";
	size_t size;

	text += strspn(text, white);
	size = strcspn(text, "\n");
	if (text[size + strspn(text + size, white)])
		return arena_print(reader->arena, "%.*s ...", (int)size, text);
	while (size > 0 && strchr(white, text[size - 1]))
		size--;
	return arena_copy(reader->arena, text, size);
}

/* ---- Variables ---- */

bool is_variable_name(const char *text, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	bool digit = size && text[0] >= '0' && text[0] <= '9';

	for (size_t i = 0; i < size; i++)
		if (!strchr(letters, text[i]))
			return false;
	return size && !digit;
}

const struct variable *find_variable(const struct scope *scope, const char *name,
				     size_t size)
{
	for (size_t i = 0; i < scope->count; i++)
		if (strlen(scope->items[i].name) == size &&
		    memcmp(scope->items[i].name, name, size) == 0)
			return &scope->items[i];
	return NULL;
}

static const char *const *variable_names(struct reader *reader)
{
	const char **names = NULL;
	size_t count = 0;

	*arena_push(reader->arena, names, count) = "here";
	for (size_t i = 0; i < reader->scope->count; i++)
		*arena_push(reader->arena, names, count) = reader->scope->items[i].name;
	return names;
}

/* ${here}: the folder of the file in which it is written. */
static const char *here(struct reader *reader, const struct node *node)
{
	const char *folder = node->source->folder;
	size_t size = strlen(folder);

	if (size == 0)
		return ".";
	return arena_copy(reader->arena, folder, size > 1 ? size - 1 : size);
}

/* The value of the variable in [at, at + size) of a scalar's text, which is "${name}". */
static const char *value_at(struct reader *reader, const struct node *node, size_t at,
			    size_t size)
{
	const struct string raw = { .text = node->text,
				    .size = node->size,
				    .node = node };
	const char *name = arena_copy(reader->arena, node->text + at + 2, size - 3);
	const struct variable *variable = find_variable(reader->scope, name, size - 3);
	const char *nearest;

	if (variable)
		return variable->value;
	if (strcmp(name, "here") == 0)
		return here(reader, node);
	nearest = nearest_word(name, variable_names(reader));
	if (!is_variable_name(name, size - 3))
		complain_at(reader, &raw, at, size,
			    "\"%s\" is no name of a variable; write $${ for a plain ${",
			    name);
	else if (nearest)
		complain_at(reader, &raw, at, size,
			    "no variable \"%s\"; did you mean \"%s\"?", name, nearest);
	else
		complain_at(reader, &raw, at, size,
			    "no variable \"%s\"; write $${%s} for the shell's", name,
			    name);
	return NULL;
}

/* What stands at `at`, a '$': a variable, "$${", or just a '$'. Returns how many bytes of
 * the raw text it is, 0 after a complaint. */
static size_t expand_dollar(struct reader *reader, const struct node *node, size_t at,
			    struct growing *to, struct string *ret)
{
	const struct string raw = { .text = node->text,
				    .size = node->size,
				    .node = node };
	const char *text = node->text + at, *close, *value;
	struct splice splice = { .raw = at, .at = to->size };

	if (strncmp(text, "$${", 3) == 0) {
		value = "${";
		splice.raw_size = 3;
	} else if (text[1] == '{') {
		close = strchr(text, '}');
		if (!close) {
			complain_at(reader, &raw, at, 2, "\"${\" has no \"}\"");
			return 0;
		}
		splice.raw_size = (size_t)(close - text) + 1;
		value = value_at(reader, node, at, splice.raw_size);
		if (!value)
			return 0;
	} else {
		grow(to, "$", 1);
		return 1;
	}
	splice.size = strlen(value);
	grow(to, value, splice.size);
	*arena_push(reader->arena, ret->splices, ret->splice_count) = splice;
	return splice.raw_size;
}

/* Of one text, and of all together: a few lines of variables that name each other twice
 * could fill any memory. */
enum { EXPANDED_MAX = 256 << 10, EXPANDED_IN_ALL = 64 << 20 };

bool expand(struct reader *reader, const struct node *scalar, struct string *ret)
{
	struct string string = { .text = scalar->text,
				 .size = scalar->size,
				 .node = scalar };
	struct growing to = { .arena = reader->arena };
	size_t at = 0;

	if (!strchr(scalar->text, '$')) {
		*ret = string;
		return true;
	}
	while (at < scalar->size) {
		size_t plain = strcspn(scalar->text + at, "$"), step;

		grow(&to, scalar->text + at, plain);
		at += plain;
		if (at == scalar->size)
			break;
		step = expand_dollar(reader, scalar, at, &to, &string);
		if (!step)
			return false;
		at += step;
		if (to.size > EXPANDED_MAX)
			return complain(
				reader, scalar,
				"with its variables this is longer than 256 KiB");
	}
	reader->expanded += to.size;
	if (reader->expanded > EXPANDED_IN_ALL)
		return complain(reader, scalar, "variables have become 64 MiB by here");
	grow(&to, "", 0);
	string.text = to.text;
	string.size = to.size;
	*ret = string;
	return true;
}
