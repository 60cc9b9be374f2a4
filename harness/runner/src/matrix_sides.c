/* SPDX-License-Identifier: MIT */
/* Which two networks are compared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/matrix.h>

#include "revision.h"

static int choose_setup(const struct nst_scenario *scenario, const char *only,
			const struct nst_setup **ret_setup)
{
	*ret_setup = &scenario->setups[0];
	if (!only)
		return 0;
	for (size_t i = 0; i < scenario->case_count; i++)
		if (strstr(scenario->cases[i].name, only)) {
			*ret_setup = scenario->cases[i].setup;
			return 0;
		}
	return nst_fail(-ENOENT, "%s has no case with \"%s\" in its name",
			scenario->path, only);
}

static int load(const char *path, const char *title, const char *only,
		struct nst_side *side)
{
	struct nst_diagnostics *problems = NULL;
	const struct nst_setup *setup = NULL;
	int r = nst_scenario_load(path, NULL, &side->scenario, &problems);

	if (r < 0 && problems && nst_diagnostics_count(problems)) {
		fputs(nst_diagnostics_text(problems), stderr);
		r = nst_fail(r, "%s is wrong", path);
	}
	nst_diagnostics_free(problems);
	if (!r)
		r = choose_setup(side->scenario, only, &setup);
	if (r < 0)
		return r;
	side->setup = *setup;
	side->title = strdup(title);
	return side->title ? 0 : nst_fail_memory();
}

/* git wants to be its files' owner; a file system of one's own takes more. */
static int load_read(struct revision *revision, const char *title, const char *only,
		     struct nst_side *side)
{
	AUTO_FREE char *path = NULL;
	int r = nst_become_root();

	if (!r)
		r = revision_place(revision, &path);
	return r ? r : load(path, title, only, side);
}

static int load_revision(const char *path, const char *name, const char *only,
			 struct nst_side *side)
{
	struct revision *revision = NULL;
	int r = revision_read(path, name, &revision);

	if (!r)
		r = load_read(revision, name, only, side);
	revision_free(revision);
	return r;
}

/* Both are read before either is put anywhere. */
static int load_revisions(const char *path, const char *before, const char *after,
			  const char *only, struct nst_side *ret_now,
			  struct nst_side *ret_base)
{
	struct revision *old = NULL, *new = NULL;
	int r = revision_read(path, before, &old);

	if (!r)
		r = revision_read(path, after, &new);
	if (!r)
		r = load_read(old, before, only, ret_base);
	if (!r)
		r = load_read(new, after, only, ret_now);
	revision_free(old);
	revision_free(new);
	return r;
}

/* ---- Other rules ---- */

/* The ruleset of `host`, or the only one there is. */
static int find_ruleset(const struct nst_setup *setup, const char *host, size_t size,
			size_t *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < setup->ruleset_count; i++) {
		const char *name = setup->rulesets[i].host;

		if (host && (strlen(name) != size || strncmp(name, host, size) != 0))
			continue;
		*ret = i;
		found++;
	}
	if (found == 1)
		return 0;
	if (found)
		return nst_fail(-EINVAL, "there are several rulesets to replace: write "
					 "HOST=FILE, of a host with one ruleset");
	return host ? nst_fail(-EINVAL, "host \"%.*s\" has no ruleset to replace",
			       (int)size, host)
		    : nst_fail(-EINVAL, "there is no ruleset to replace");
}

static int read_rules(const char *path, char **ret_text)
{
	FILE *from AUTO_FCLOSE = fopen(path, "re");
	AUTO_FREE char *text = NULL;
	size_t room = 0;

	if (!from || (getdelim(&text, &room, '\0', from) < 0 && ferror(from)))
		return nst_fail_errno("%s", path);
	if (!text)
		return nst_fail(-EINVAL, "%s is empty", path);
	*ret_text = steal(text);
	return 0;
}

static int replace_rules(struct nst_side *side, const char *host, size_t size,
			 const char *file)
{
	const struct nst_setup *setup = &side->setup;
	size_t at = 0;
	int r = find_ruleset(setup, host, size, &at);

	if (r < 0)
		return r;
	side->rulesets = malloc(setup->ruleset_count * sizeof(*side->rulesets));
	if (!side->rulesets)
		return nst_fail_memory();
	memcpy(side->rulesets, setup->rulesets,
	       setup->ruleset_count * sizeof(*side->rulesets));
	r = read_rules(file, &side->rules);
	if (r < 0)
		return r;
	side->rulesets[at].rules = (struct nst_ruleset){
		.text = side->rules,
		.path = file,
		.xtables = setup->rulesets[at].rules.xtables,
	};
	side->setup.rulesets = side->rulesets;
	return 0;
}

/* ---- What was asked for ---- */

static bool is_scenario(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int load_base(const char *path, const char *against, const char *only,
		     struct nst_side *base)
{
	const char *file = strchr(against, '=');
	int r;

	if (access(against, R_OK) == 0 && is_scenario(against))
		return load(against, against, only, base);
	if (access(against, R_OK) == 0 || (file && access(file + 1, R_OK) == 0)) {
		bool whole = access(against, R_OK) == 0;

		r = load(path, against, only, base);
		return r ? r
			 : replace_rules(base, whole ? NULL : against,
					 whole ? 0 : (size_t)(file - against),
					 whole ? against : file + 1);
	}
	return load_revision(path, against, only, base);
}

int nst_sides_load(const char *path, const char *against, const char *only,
		   struct nst_side *ret_now, struct nst_side *ret_base)
{
	const char *dots = against ? strstr(against, "..") : NULL;
	AUTO_FREE char *first = NULL;
	int r;

	*ret_now = *ret_base = (struct nst_side){ 0 };
	if (!dots || dots == against || dots[2] == '/' || access(against, R_OK) == 0 ||
	    strchr(against, '=')) {
		r = load(path, path, only, ret_now);
		return r || !against ? r : load_base(path, against, only, ret_base);
	}
	first = strndup(against, (size_t)(dots - against));
	if (!first)
		return nst_fail_memory();
	return load_revisions(path, first, dots + 2, only, ret_now, ret_base);
}

void nst_side_free(struct nst_side *side)
{
	nst_scenario_free(side->scenario);
	free(side->rulesets);
	free(side->rules);
	free(side->title);
}
