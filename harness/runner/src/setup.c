/* SPDX-License-Identifier: MIT */
/* From a scenario's setup to a lab: hosts, rulesets, programs. */
#include <errno.h>

#include <base/fail.h>

#include "clock.h"
#include "setup.h"

enum { QUIET_MS = 60000 };

int patience_ms(const struct patience *patience, int ms)
{
	int left = ms_until(patience->deadline_us);

	if (left < 1)
		left = 1;
	return ms > 0 && ms < left ? ms : left;
}

int setup_explain(int r, const struct nst_scenario_program *program)
{
	const struct nst_position *by = &program->ready_position;

	if (r != -ETIMEDOUT || !program->ready_assumed)
		return r;
	return nst_fail(
		r,
		"%s (it was waited for because %s:%u:%u asks for that port; write "
		"`ready: none` if it opens the port later)",
		nst_error(), by->file, by->line, by->column);
}

int setup_program(struct nst_lab *lab, const struct nst_scenario_program *program,
		  const struct patience *patience)
{
	struct nst_program *handle;
	int r = nst_start(lab, &program->start, &handle);

	if (r < 0)
		return r;
	r = nst_wait_ready(handle, patience_ms(patience, program->within_ms));
	return setup_explain(r, program);
}

static void tell(const struct setup_watcher *watcher, const struct nst_position *at,
		 const char *doing, const char *what)
{
	if (watcher)
		watcher->tell(watcher->self, at, doing, what);
}

int setup_lab(const struct nst_setup *setup, const struct nst_lab_options *options,
	      const struct patience *patience, const struct setup_watcher *watcher,
	      struct nst_lab **ret_lab, const struct nst_position **ret_at)
{
	int r;

	*ret_at = NULL;
	tell(watcher, NULL, "building", "the lab");
	r = nst_lab_up(&setup->topology, options, ret_lab);
	for (size_t i = 0; i < setup->ruleset_count && !r; i++) {
		const struct nst_scenario_ruleset *ruleset = &setup->rulesets[i];

		*ret_at = &ruleset->position;
		tell(watcher, *ret_at, "loading rules into", ruleset->host);
		r = nst_ruleset_load(*ret_lab, ruleset->host, &ruleset->rules);
	}
	for (size_t i = 0; i < setup->program_count && !r; i++) {
		const struct nst_scenario_program *program = &setup->programs[i];

		*ret_at = &program->position;
		tell(watcher, *ret_at, "starting", program->start.name);
		r = setup_program(*ret_lab, program, patience);
	}
	if (!r)
		*ret_at = NULL;
	return r;
}

int setup_quiet_lab(const struct nst_setup *setup, struct nst_lab **ret_lab)
{
	const struct nst_lab_options options = { .capture = NST_CAPTURE_NONE };
	const struct patience patience = { now_us() + QUIET_MS * 1000ULL };
	const struct nst_position *at;
	int r = setup_lab(setup, &options, &patience, NULL, ret_lab, &at);

	if (r < 0 && at)
		return nst_fail_in(r, "%s:%u:%u", at->file, at->line, at->column);
	return r;
}
