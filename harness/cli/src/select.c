/* SPDX-License-Identifier: MIT */
/* Which cases, and in which order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/result.h>

#include "main.h"
#include "select.h"

int select_seed(const struct select_flags *flags, uint64_t *ret)
{
	const char *text = flags->seed;
	char *end;

	*ret = 0;
	if (!text)
		return 0;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno || *end || text[strspn(text, "0123456789")] || !*ret)
		return nst_fail(-EINVAL, "--seed: \"%s\" is no number from 1 on", text);
	return 0;
}

int select_jobs(const struct invocation *invocation, const struct select_flags *flags,
		const char *out, uint64_t *seed, struct nst_jobs **ret_jobs,
		bool *ret_wrong_file)
{
	AUTO_FREE char *history = NULL, *problems = NULL;
	struct nst_jobs_options options = {
		.set = flags->set.values,
		.only = flags->only,
		.tags = flags->tags,
		.rerun_failed = flags->rerun_failed,
		.failed_first = flags->failed_first,
	};

	*ret_wrong_file = false;
	if (flags->history)
		nst_text_set(&history, "%s", flags->history);
	else
		nst_text_set(&history, "%s/history.jsonl", out ? out : "nstest-out");
	options.history = history;
	if (flags->shuffle)
		options.shuffle = *seed = *seed ? *seed : nst_make_seed();
	if (nst_shard_read(flags->shard, &options.shard) >= 0 &&
	    nst_jobs_find((const char *const *)invocation->operands, &options, ret_jobs,
			  &problems) >= 0)
		return EXIT_ALL_PASSED;
	*ret_wrong_file = problems;
	if (!problems)
		return report_failure(invocation->verb->name);
	fprintf(stderr, "%s\n", problems);
	return EXIT_COULD_NOT_RUN;
}
