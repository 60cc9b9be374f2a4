/* SPDX-License-Identifier: MIT */
/* Which cases: `webserver & !(lossy | slow)`.
 *
 * Operators are signs and not words, because the names of cases are sentences: "a lossy
 * link does not change that". An operand is any text without & and |; parentheses in
 * the middle of it belong to it, and a backslash takes any sign for itself. In double
 * quotes it is meant exactly. */
#ifndef RUNNER_EXPRESSION_H
#define RUNNER_EXPRESSION_H

#include <stdbool.h>

struct expression;

/* Return: 0; -EINVAL with a sentence that says where. */
int expression_parse(const char *text, struct expression **ret);
void expression_free(struct expression *expression);

/* An operand holds if it is a part of `text`; in quotes, if it is `text`. NULL: true. */
bool expression_holds(const struct expression *expression, const char *text);

/* An operand holds if it is one of `words` (ends with NULL; may be NULL). */
bool expression_holds_of(const struct expression *expression, const char *const *words);

#endif
