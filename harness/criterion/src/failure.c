/* SPDX-License-Identifier: MIT */
/* A failed expectation: to Criterion, for people, and to the journal, for reports. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/scope.h>
#include <report/text.h>

#include "inner.h"

const struct nst_test *current_test;
static bool told;

bool failure_is_told(void)
{
	return told;
}

/* The failure as text: what nst_text_explain() says, without its headline and the
 * place, which Criterion prints itself. malloc'd. */
static char *text_of(const struct nst_result *result)
{
	struct nst_result bare = *result;
	char *text AUTO_FREE = NULL;
	const char *body;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (!result->question && result->message) {
		fclose(out);
		return strdup(result->message);
	}
	bare.file = NULL;
	nst_text_explain(out, &bare, false);
	if (fclose(out) != 0)
		return NULL;
	body = text + strcspn(text, "\n");
	body += *body == '\n';
	size = strlen(body);
	return strndup(body, size && body[size - 1] == '\n' ? size - 1 : size);
}

/* The lab is its parent's: what links did is not asked here. */
void child_failed(struct nst_result *result)
{
	char *text AUTO_FREE = NULL;

	set_failed();
	nst_text_set(&result->suite, "%s", criterion_current_test->category);
	nst_text_set(&result->name, "%s", criterion_current_test->name);
	text = text_of(result);
	nst_text_add(&result->evidence, "it failed in process %d, a child of the test",
		     (int)getpid());
	fprintf(stderr, "%s:%u: in a child of the test:\n%s\n",
		result->file ? result->file : result->name, result->line,
		text ? text : "");
	journal_write(NOTE_FAILED, result);
	_exit(1);
}

void failure_report(const struct nst_site *site, struct nst_result *result)
{
	char *text AUTO_FREE = NULL;

	result->outcome = NST_OUTCOME_FAIL;
	result->line = site->line;
	if (nst_current_variant())
		nst_text_add(&result->evidence, "variant: %s",
			     nst_current_variant()->name);
	nst_text_set(&result->file, "%s", site->file);
	nst_text_set(&result->suite, "%s", current_test ? current_test->suite : "");
	nst_text_set(&result->name, "%s", current_test ? current_test->name : "");
	if (in_child())
		child_failed(result);
	text = text_of(result);
	account_for(result);
	journal_write(NOTE_FAILED, result);
	told = true;
	criterion_send_assert(&(struct criterion_assert_stats){
		.message = text ? text : "out of memory",
		.file = site->file,
		.line = site->line,
	});
	told = false;
	nst_result_free(result);
}

void failure_say(const struct nst_site *site, const char *format, ...)
{
	struct nst_result result = { 0 };
	va_list args;

	va_start(args, format);
	if (vasprintf(&result.message, format, args) < 0)
		result.message = NULL;
	va_end(args);
	failure_report(site, &result);
}

void success_report(void)
{
	cri_asserts_passed_incr(); /* ours: not in a child */
}
