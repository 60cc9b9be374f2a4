/* SPDX-License-Identifier: MIT */
/* Expressions that choose cases: read by recursive descent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/run.h>

#include "expression.h"

enum { DEEPEST = 100 };

enum kind { PART, WHOLE, NOT, AND, OR };

struct expression {
	enum kind kind;
	char *text;                      /* PART, WHOLE */
	struct expression *left, *right; /* NOT has only `left` */
};

struct reading {
	const char *text, *at;
	int depth;
};

void expression_free(struct expression *expression)
{
	if (!expression)
		return;
	expression_free(expression->left);
	expression_free(expression->right);
	free(expression->text);
	free(expression);
}

static void skip_blanks(struct reading *reading)
{
	while (*reading->at == ' ' || *reading->at == '\t')
		reading->at++;
}

static int wrong(const struct reading *reading, const char *what)
{
	return nst_fail(-EINVAL, "\"%s\": %s at character %td", reading->text, what,
			reading->at - reading->text + 1);
}

static int make(enum kind kind, struct expression *left, struct expression *right,
		char *text, struct expression **ret)
{
	struct expression *made = malloc(sizeof(*made));

	if (!made) {
		expression_free(left);
		expression_free(right);
		free(text);
		return nst_fail_memory();
	}
	*made = (struct expression){ kind, text, left, right };
	*ret = made;
	return 0;
}

static int read_whole(struct reading *reading, struct expression **ret)
{
	char *text = malloc(strlen(reading->at) + 1), *to = text;

	if (!text)
		return nst_fail_memory();
	for (reading->at++; *reading->at && *reading->at != '"'; reading->at++) {
		if (*reading->at == '\\' && reading->at[1])
			reading->at++;
		*to++ = *reading->at;
	}
	*to = '\0';
	if (*reading->at != '"') {
		free(text);
		return wrong(reading, "a closing \" is missing");
	}
	reading->at++;
	return make(WHOLE, NULL, NULL, text, ret);
}

/* Parentheses that were opened within the text are closed within it. */
static int read_part(struct reading *reading, struct expression **ret)
{
	char *text = malloc(strlen(reading->at) + 1), *to = text;
	int open = 0;

	if (!text)
		return nst_fail_memory();
	for (; *reading->at && !strchr("&|", *reading->at); reading->at++) {
		if (*reading->at == ')' && !open)
			break;
		open += *reading->at == '(';
		open -= *reading->at == ')';
		if (*reading->at == '\\' && reading->at[1])
			reading->at++;
		*to++ = *reading->at;
	}
	while (to > text && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	*to = '\0';
	if (!*text) {
		free(text);
		return wrong(reading, "a text is missing");
	}
	return make(PART, NULL, NULL, text, ret);
}

static int read_either(struct reading *reading, struct expression **ret);

static int read_operand(struct reading *reading, struct expression **ret)
{
	struct expression *inner;
	int r;

	skip_blanks(reading);
	if (reading->depth >= DEEPEST)
		return wrong(reading, "it is nested too deeply");
	if (*reading->at == '"')
		return read_whole(reading, ret);
	if (*reading->at != '!' && *reading->at != '(')
		return read_part(reading, ret);
	reading->depth++;
	if (*reading->at++ == '!') {
		r = read_operand(reading, &inner);
		reading->depth--;
		return r < 0 ? r : make(NOT, inner, NULL, NULL, ret);
	}
	r = read_either(reading, &inner);
	reading->depth--;
	if (r < 0)
		return r;
	if (*reading->at != ')') {
		expression_free(inner);
		return wrong(reading, "a closing ) is missing");
	}
	reading->at++;
	*ret = inner;
	return 0;
}

/* One level of operators: `a SIGN b SIGN c`. */
static int read_chain(struct reading *reading, char sign, enum kind kind,
		      int (*read)(struct reading *, struct expression **),
		      struct expression **ret)
{
	struct expression *left, *right;
	int r = read(reading, &left);

	while (!r) {
		skip_blanks(reading);
		if (*reading->at != sign)
			break;
		reading->at++;
		r = read(reading, &right);
		if (r < 0)
			expression_free(left);
		else
			r = make(kind, left, right, NULL, &left);
	}
	if (!r)
		*ret = left;
	return r;
}

static int read_both(struct reading *reading, struct expression **ret)
{
	return read_chain(reading, '&', AND, read_operand, ret);
}

static int read_either(struct reading *reading, struct expression **ret)
{
	return read_chain(reading, '|', OR, read_both, ret);
}

int expression_parse(const char *text, struct expression **ret)
{
	struct reading reading = { text, text, 0 };
	struct expression *made;
	int r = read_either(&reading, &made);

	if (r < 0)
		return r;
	if (*reading.at) {
		expression_free(made);
		return wrong(&reading,
			     *reading.at == ')' ? "a ) too many" : "& or | is missing");
	}
	*ret = made;
	return 0;
}

typedef bool leaf_function(const struct expression *leaf, const void *what);

static bool holds(const struct expression *expression, leaf_function *leaf,
		  const void *what)
{
	switch (expression->kind) {
	case PART:
	case WHOLE:
		return leaf(expression, what);
	case NOT:
		return !holds(expression->left, leaf, what);
	case AND:
		return holds(expression->left, leaf, what) &&
		       holds(expression->right, leaf, what);
	case OR:
		return holds(expression->left, leaf, what) ||
		       holds(expression->right, leaf, what);
	}
	return false;
}

static bool is_in(const struct expression *leaf, const void *what)
{
	return leaf->kind == WHOLE ? !strcmp(what, leaf->text)
				   : strstr(what, leaf->text) != NULL;
}

static bool is_one_of(const struct expression *leaf, const void *what)
{
	for (const char *const *words = what; words && *words; words++)
		if (!strcmp(*words, leaf->text))
			return true;
	return false;
}

bool expression_holds(const struct expression *expression, const char *text)
{
	return !expression || holds(expression, is_in, text);
}

bool expression_holds_of(const struct expression *expression, const char *const *words)
{
	return !expression || holds(expression, is_one_of, words);
}

char *nst_only_exactly(const char *title)
{
	char *text = malloc(2 * strlen(title) + 3), *to = text;

	if (!text)
		return NULL;
	*to++ = '"';
	for (; *title; title++) {
		if (*title == '"' || *title == '\\')
			*to++ = '\\';
		*to++ = *title;
	}
	*to++ = '"';
	*to = '\0';
	return text;
}
