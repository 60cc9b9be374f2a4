/* SPDX-License-Identifier: MIT */
/* A result: its texts, and its form as bytes. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/result.h>

static const size_t texts[] = {
	offsetof(struct nst_result, suite),    offsetof(struct nst_result, name),
	offsetof(struct nst_result, file),     offsetof(struct nst_result, question),
	offsetof(struct nst_result, expected), offsetof(struct nst_result, got),
	offsetof(struct nst_result, message),  offsetof(struct nst_result, evidence),
	offsetof(struct nst_result, ladder),   offsetof(struct nst_result, next),
	offsetof(struct nst_result, coverage),
	offsetof(struct nst_result, account),  offsetof(struct nst_result, kept),
	offsetof(struct nst_result, files),    offsetof(struct nst_result, lost),
	offsetof(struct nst_result, engine),   offsetof(struct nst_result, clock),
	offsetof(struct nst_result, output),
	offsetof(struct nst_result, replay),   offsetof(struct nst_result, details),
	offsetof(struct nst_result, graph),
};
static_assert(offsetof(struct nst_result, suite) +
			      sizeof(texts) / sizeof(size_t) * sizeof(char *) ==
		      sizeof(struct nst_result),
	      "every text is in the table");

static char **text_at(const struct nst_result *result, size_t i)
{
	return (char **)((char *)result + texts[i]);
}

const char *nst_outcome_name(enum nst_outcome outcome)
{
	static const char *const names[] = { "pass", "fail", "error", "skip", "flaky" };

	static_assert(ARRAY_SIZE(names) == NST_OUTCOMES, "an outcome has no name");
	return names[outcome];
}

void nst_result_free(struct nst_result *result)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*text_at(result, i));
	*result = (struct nst_result){ 0 };
}

void nst_result_move(struct nst_result *to, struct nst_result *from)
{
	nst_result_free(to);
	*to = *from;
	*from = (struct nst_result){ 0 };
}

/* Texts are for people: when memory is out, a shorter report is better than none. */
void nst_text_set(char **text, const char *format, ...)
{
	char *made = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&made, format, args) < 0)
		made = NULL;
	va_end(args);
	free(*text);
	*text = made;
}

void nst_text_add(char **text, const char *format, ...)
{
	AUTO_FREE char *more = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&more, format, args) < 0)
		more = NULL;
	va_end(args);
	if (!more)
		return;
	if (!*text || !**text) {
		free(*text);
		*text = steal(more);
		return;
	}
	nst_text_set(text, "%s\n%s", *text, more);
}

/* ---- As bytes: the fixed part, then each text with its length in front ---- */

struct packed {
	uint64_t duration_us, seed;
	uint32_t outcome, line, column, attempts;
	uint32_t text_size[ARRAY_SIZE(texts)]; /* with the NUL; 0: NULL */
};

int nst_result_pack(const struct nst_result *result, void **ret_bytes, size_t *ret_size)
{
	struct packed head = { .duration_us = result->duration_us,
			       .seed = result->seed,
			       .outcome = result->outcome,
			       .line = result->line,
			       .column = result->column,
			       .attempts = result->attempts };
	size_t size = sizeof(head);
	char *bytes, *at;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = *text_at(result, i);

		head.text_size[i] = text ? (uint32_t)strlen(text) + 1 : 0;
		size += head.text_size[i];
	}
	bytes = malloc(size);
	if (!bytes)
		return nst_fail_memory();
	memcpy(bytes, &head, sizeof(head));
	at = bytes + sizeof(head);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (head.text_size[i])
			memcpy(at, *text_at(result, i), head.text_size[i]);
		at += head.text_size[i];
	}
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

static int not_a_result(struct nst_result *half)
{
	nst_result_free(half);
	return nst_fail(-EPROTO, "a worker sent bytes that are no result");
}

int nst_result_unpack(const void *bytes, size_t size, struct nst_result *ret_result)
{
	struct nst_result made = { 0 };
	const char *at = bytes, *end = at + size;
	struct packed head;

	if (size < sizeof(head))
		return not_a_result(&made);
	memcpy(&head, at, sizeof(head));
	at += sizeof(head);
	if (head.outcome >= NST_OUTCOMES)
		return not_a_result(&made);
	made.outcome = head.outcome;
	made.duration_us = head.duration_us;
	made.seed = head.seed;
	made.line = head.line;
	made.column = head.column;
	made.attempts = head.attempts;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint32_t length = head.text_size[i];

		if (length > (size_t)(end - at) || (length && at[length - 1]))
			return not_a_result(&made);
		if (length) {
			*text_at(&made, i) = strdup(at);
			if (!*text_at(&made, i))
				return not_a_result(&made);
		}
		at += length;
	}
	if (at != end)
		return not_a_result(&made);
	*ret_result = made;
	return 0;
}
