/* SPDX-License-Identifier: MIT */
/* `variables:` and `matrix:`. */
#include <string.h>

#include "files.h"
#include "words.h"

enum { COMBINATIONS_MAX = 256, VARIABLES_MAX = 1000 };

/* The value given from outside for a name, or NULL. */
static const char *value_set(const struct reader *reader, const char *name)
{
	const char *const *set = reader->options->set;
	size_t length = strlen(name);

	for (; set && *set; set++)
		if (strncmp(*set, name, length) == 0 && (*set)[length] == '=')
			return *set + length + 1;
	return NULL;
}

static bool check_name(struct reader *reader, const struct node *name)
{
	if (!is_variable_name(name->text, name->size))
		return complain(
			reader, name,
			"a variable's name is letters, digits and \"_\", and no digit "
			"first");
	return strcmp(name->text, "here") != 0 ||
	       complain(reader, name, "${here} is this file's folder, always");
}

/* ---- The matrix ---- */

static bool check_values(struct reader *reader, const struct strings *values)
{
	for (size_t i = 0; i < values->count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(values->items[i].text, values->items[j].text) == 0)
				return complain(reader, values->items[i].node,
						"\"%s\" is in this list twice",
						values->items[i].text);
	return true;
}

static bool read_axis(struct reader *reader, const struct entry *entry,
		      struct axis *axis)
{
	const char *set = value_set(reader, entry->key->text);

	axis->name = entry->key->text;
	axis->node = entry->key;
	if (!check_name(reader, entry->key) || !expect_list(reader, entry->value))
		return false;
	if (entry->value->count > COMBINATIONS_MAX)
		return complain(reader, entry->key, "at most %d values",
				COMBINATIONS_MAX);
	if (!read_texts(reader, entry->value, &axis->values) ||
	    !check_values(reader, &axis->values))
		return false;
	if (set) {
		axis->values.items[0].text = set;
		axis->values.count = 1;
	}
	return true;
}

static bool matrix_read(struct reader *reader, const struct node *node, void *field)
{
	static const struct scope none;
	const struct scope *scope = reader->scope;
	struct matrix *matrix = field;
	bool fine = true;

	if (!expect_mapping(reader, node))
		return false;
	reader->scope = &none;
	for (size_t i = 0; fine && i < node->count; i++) {
		struct axis *axis =
			arena_push(reader->arena, matrix->axes, matrix->count);

		fine = read_axis(reader, &node->entries[i], axis);
		matrix->combinations *= axis->values.count;
		if (fine && matrix->combinations > COMBINATIONS_MAX)
			fine = complain(
				reader, axis->node,
				"with this the matrix has more than %d combinations",
				COMBINATIONS_MAX);
	}
	reader->scope = scope;
	return fine;
}

const struct type type_matrix = {
	.name = "matrix",
	.read = matrix_read,
	.schema =
		"\"type\": \"object\", \"additionalProperties\": {\"type\": \"array\", "
		"\"minItems\": 1, \"items\": {\"$ref\": \"#/definitions/text\"}}",
};

bool read_matrix(struct reader *reader, const struct node *root, struct matrix *ret)
{
	const struct node *node = node_get(root, "matrix");
	size_t step = 1;

	*ret = (struct matrix){ .combinations = 1 };
	if (node && !matrix_read(reader, node, ret))
		return false;
	for (size_t i = ret->count; i-- > 0;) {
		ret->axes[i].step = step;
		step *= ret->axes[i].values.count;
	}
	return true;
}

static const char *axis_value(const struct axis *axis, size_t combination)
{
	return axis->values.items[combination / axis->step % axis->values.count].text;
}

const char *matrix_suffix(struct reader *reader, const struct matrix *matrix, size_t i)
{
	struct growing text = { .arena = reader->arena };

	if (matrix->count == 0)
		return "";
	grow(&text, " [", 2);
	for (size_t j = 0; j < matrix->count; j++) {
		const char *value = axis_value(&matrix->axes[j], i);

		grow(&text, ", ", j ? 2 : 0);
		grow(&text, value, strlen(value));
	}
	grow(&text, "]", 1);
	return text.text;
}

/* ---- Variables ---- */

static bool add_variable(struct reader *reader, struct scope *scope,
			 const struct node *name, const char *value)
{
	const struct variable *other = find_variable(scope, name->text, name->size);
	struct variable *variable;
	struct nst_position at;

	if (other) {
		at = position_of(other->node);
		return complain(
			reader, name,
			"variable \"%s\" is declared twice; the other is at %s:%u:%u",
			name->text, at.file, at.line, at.column);
	}
	variable = arena_push(reader->arena, scope->items, scope->count);
	*variable = (struct variable){ name->text, value, name };
	return true;
}

/* A variable may use those before it. */
static bool read_variable(struct reader *reader, const struct entry *entry,
			  struct scope *scope)
{
	const char *set = value_set(reader, entry->key->text);
	struct string value;

	if (!check_name(reader, entry->key))
		return false;
	if (!read_text(reader, entry->value, &value) ||
	    !add_variable(reader, scope, entry->key, set ? set : value.text))
		return false;
	if (!set && !value.splice_count)
		scope->items[scope->count - 1].text_at = position_in(&value, 0);
	return true;
}

static bool variables_read(struct reader *reader, const struct node *node, void *field)
{
	bool fine = true;

	if (!expect_mapping(reader, node))
		return false;
	if (node->count > VARIABLES_MAX)
		return complain(reader, node, "more than %d variables", VARIABLES_MAX);
	for (size_t i = 0; i < node->count; i++)
		fine = read_variable(reader, &node->entries[i], field) && fine;
	return fine;
}

const struct type type_variables = {
	.name = "variables",
	.read = variables_read,
	.schema = "\"type\": \"object\", "
		  "\"additionalProperties\": {\"$ref\": \"#/definitions/text\"}",
};

bool make_scope(struct reader *reader, const struct files *files,
		const struct matrix *matrix, size_t i, struct scope *ret)
{
	bool fine = true;

	*ret = (struct scope){ 0 };
	reader->scope = ret;
	for (size_t j = 0; j < matrix->count; j++)
		fine = add_variable(reader, ret, matrix->axes[j].node,
				    axis_value(&matrix->axes[j], i)) &&
		       fine;
	for (size_t j = 0; j < files->count; j++) {
		const struct node *node = node_get(files->items[j]->root, "variables");

		if (node)
			fine = variables_read(reader, node, ret) && fine;
	}
	return fine;
}

bool check_set(struct reader *reader, const struct node *root,
	       const struct scope *scope)
{
	const char *const *set = reader->options->set;
	bool fine = true;

	for (; set && *set; set++) {
		size_t length = strcspn(*set, "=");

		if ((*set)[length] && find_variable(scope, *set, length))
			continue;
		fine = complain(reader, root,
				"there is no variable to be set by \"%s\"", *set);
	}
	return fine;
}
