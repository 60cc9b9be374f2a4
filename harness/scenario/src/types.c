/* SPDX-License-Identifier: MIT */
/* Kinds of values that several tables have. */
#include <string.h>

#include "table.h"
#include "units.h"

static bool text_read(struct reader *reader, const struct node *node, void *field)
{
	return read_text(reader, node, field);
}

const struct type type_text = {
	.name = "text",
	.read = text_read,
	.schema = "\"type\": [\"string\", \"number\", \"boolean\"]",
};

bool is_title(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return *text;
}

static bool title_read(struct reader *reader, const struct node *node, void *field)
{
	struct string *title = field;

	return read_text(reader, node, title) &&
	       (is_title(title->text) ||
		complain(reader, node, "a name is one line of text"));
}

const struct type type_title = {
	.name = "title",
	.read = title_read,
	.schema = "\"$ref\": \"#/definitions/text\"",
};

bool read_texts(struct reader *reader, const struct node *node, struct strings *ret)
{
	bool fine = true;

	if (node->kind != NODE_LIST)
		return read_text(reader, node,
				 arena_push(reader->arena, ret->items, ret->count));
	if (node->count == 0)
		return complain(reader, node, "this list is empty");
	for (size_t i = 0; i < node->count; i++)
		fine = read_text(reader, node->entries[i].value,
				 arena_push(reader->arena, ret->items, ret->count)) &&
		       fine;
	return fine;
}

static bool texts_read(struct reader *reader, const struct node *node, void *field)
{
	return read_texts(reader, node, field);
}

const struct type type_texts = {
	.name = "texts",
	.read = texts_read,
	.schema =
		"\"anyOf\": [{\"$ref\": \"#/definitions/text\"}, {\"type\": \"array\", "
		"\"minItems\": 1, \"items\": {\"$ref\": \"#/definitions/text\"}}]",
};

static bool time_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;
	const char *wrong;

	if (!read_text(reader, node, &string))
		return false;
	wrong = parse_time_ms(string.text, field);
	return !wrong || complain(reader, node, "%s", wrong);
}

const struct type type_time = {
	.name = "time",
	.read = time_read,
	.schema = "\"type\": \"string\", "
		  "\"pattern\": "
		  "\"^([0-9]+(\\\\.[0-9]+)?(us|ms|s|min|h|d)|.*\\\\$\\\\{.*)$\"",
};

static bool flag_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	if (strcmp(string.text, "true") != 0 && strcmp(string.text, "false") != 0)
		return complain(reader, node, "true or false belongs here");
	*(bool *)field = string.text[0] == 't';
	return true;
}

const struct type type_flag = {
	.name = "flag",
	.read = flag_read,
	.schema = "\"type\": \"boolean\"",
};

/* {NAME: value} → "NAME=value", … */
static bool read_assignments(struct reader *reader, const struct node *node,
			     void *field)
{
	const char **lines = NULL;
	size_t count = 0;
	bool fine = true;

	if (!expect_mapping(reader, node))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		const struct entry *entry = &node->entries[i];
		struct string name, value;

		if (!expand(reader, entry->key, &name) ||
		    !read_text(reader, entry->value, &value)) {
			fine = false;
			continue;
		}
		if (!name.text[0] || strchr(name.text, '=')) {
			fine = complain(reader, entry->key,
					"a name cannot contain \"=\"");
			continue;
		}
		*arena_push(reader->arena, lines, count) =
			arena_print(reader->arena, "%s=%s", name.text, value.text);
	}
	*(const char *const **)field = lines;
	return fine;
}

const struct type type_environment = {
	.name = "environment",
	.read = read_assignments,
	.schema = "\"type\": \"object\", "
		  "\"additionalProperties\": {\"$ref\": \"#/definitions/text\"}",
};

static bool sysctls_read(struct reader *reader, const struct node *node, void *field)
{
	bool fine = read_assignments(reader, node, field);

	for (size_t i = 0; fine && i < node->count; i++)
		if (strncmp(node->entries[i].key->text, "net.", 4) != 0)
			fine = complain(
				reader, node->entries[i].key,
				"a host has only sysctls that begin with \"net.\"");
	return fine;
}

const struct type type_sysctls = {
	.name = "sysctls",
	.read = sysctls_read,
	.schema = "\"type\": \"object\", "
		  "\"additionalProperties\": {\"$ref\": \"#/definitions/text\"}",
};

const char *const *names_of(struct reader *reader, const struct strings *strings)
{
	const char **names =
		arena_bytes(reader->arena, (strings->count + 1) * sizeof(*names));

	for (size_t i = 0; i < strings->count; i++)
		names[i] = strings->items[i].text;
	return names;
}
