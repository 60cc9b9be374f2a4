/* SPDX-License-Identifier: MIT */
/* Results as files: JUnit XML, TAP, JSON lines, GitHub's annotations, Markdown, HTML.
 *
 *	nst_outputs_open(words, count, &options, &outputs);   // "junit", "tap=-", …
 *	nst_run_jobs(…, nst_outputs_sinks(outputs, &n), n, …);
 *	nst_outputs_close(outputs);
 *
 * A file is complete after each result: a run that is killed leaves valid files for what
 * had finished. What cannot be written (a full disk) is left out, and said at the end.
 */
#ifndef REPORT_OUTPUTS_H
#define REPORT_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include <report/sink.h>

struct nst_outputs;

struct nst_outputs_options {
	const char *folder; /* of files that are not named */
	const char
		*command; /* as it was typed; may be NULL; is copied, like the folder */
};

/* "FORMAT" or "FORMAT=FILE" each; "-" is standard output.
 * Return: 0; -EINVAL for a word that names no format; -errno of a file. Either with a
 * sentence. */
int nst_outputs_open(const char *const *words, size_t count,
		     const struct nst_outputs_options *options,
		     struct nst_outputs **ret_outputs);

/* What Bazel (XML_OUTPUT_FILE) and GitHub Actions (GITHUB_ACTIONS,
 * GITHUB_STEP_SUMMARY) ask for by the environment, as words for nst_outputs_open(), at
 * most 3. Return: how many;
 * the words are malloc'd, the caller's. */
size_t nst_outputs_of_environment(char *words[3]);

const struct nst_sink *nst_outputs_sinks(const struct nst_outputs *outputs,
					 size_t *ret_count);

/* Whether standard output belongs to one of them: then text for people goes elsewhere.
 * GitHub's annotations are meant to stand between it. */
bool nst_outputs_take_stdout(const struct nst_outputs *outputs);

/* Whether one of them shows what cases did, step by step (nst_result.details): a page, and of a
 * `part` of a run the JSON lines, of which nstest merge makes one. */
bool nst_outputs_want_details(const struct nst_outputs *outputs, bool part);

/* Completes and closes them. Return: 0; -errno, and the sentence names each file that is
 * not complete, a line each. NULL is fine. */
int nst_outputs_close(struct nst_outputs *outputs);

#endif
