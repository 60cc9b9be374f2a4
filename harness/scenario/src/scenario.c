/* SPDX-License-Identifier: MIT */
/* The whole: from a file's name to a scenario.
 *
 * How it works. Files become trees with positions (yaml.c), included ones first
 * (include.c). For each combination of the matrix the variables are worked out
 * (expand.c), and then the trees are read once with them: hosts and links into a setup
 * (hosts.c, links.c, programs.c, rulesets.c), which is planned (setup.c), and the cases
 * against it (cases.c, steps.c, step_*.c). Each mapping has one const table of its keys
 * (table.h), which the JSON Schema is written from, too (schema.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "cases.h"
#include "files.h"
#include "problems.h"

/* A scenario and its memory. */
struct loaded {
	struct nst_scenario scenario; /* first: it is what is handed out */
	struct arena arena;
	struct nst_diagnostics warnings; /* in an arena of its own */
};

/* What the scenario's own file says. */
struct file_spec {
	const struct node *root; /* first, so that no key's field has offset 0 */
	struct string name;
	struct case_spec all;
	const struct node *cases;
};

static const struct key file_keys[] = {
	{ "name", &type_title, offsetof(struct file_spec, name), false,
	  "In reports. Default: the file's name." },
	{ "include", &type_include, 0, false,
	  "Files of shared hosts, links and variables, relative to this one." },
	{ "variables", &type_variables, 0, false,
	  "Texts by name; ${name} puts one into any text below." },
	{ "matrix", &type_matrix, 0, false,
	  "Lists of values by name: all cases run for each combination, with "
	  "${name}." },
	{ "hosts", &type_hosts, 0, false, "The hosts, routers and switches by name." },
	{ "links", &type_links, 0, false,
	  "Who is joined to whom, as web -- router:eth1." },
	{ "cases", &type_cases, offsetof(struct file_spec, cases), false,
	  "The cases by name, each a list of steps. Each starts from a fresh lab." },
	{ "steps", &type_steps, offsetof(struct file_spec, all.steps), false,
	  "Instead of cases: the steps of the only one." },
	{ "tags", &type_tags, offsetof(struct file_spec, all.tags), false,
	  "For all cases: words to choose them by." },
	{ "timeout", &type_time, offsetof(struct file_spec, all.timeout_ms), false,
	  "For each case as a whole." },
	{ "settle", &type_time, offsetof(struct file_spec, all.settle_ms), false,
	  "For all cases: how long an expectation waits where nothing can be proved. "
	  "Default: "
	  "1s." },
	{ "capture", &type_capture, offsetof(struct file_spec, all.capture), false,
	  "For all cases: all (the default) or none." },
	{ "clock", &type_clock, offsetof(struct file_spec, all.clock), false,
	  "For all cases. virtual: skipped where time is real. Default: any." },
};

const struct table file_table = {
	.name = "scenario",
	.help = "A scenario of nstest.",
	.keys = file_keys,
	.count = ARRAY_SIZE(file_keys),
};

/* ---- One combination of the matrix ---- */

static bool read_all(struct reader *reader, const struct files *files, const char *key,
		     const struct type *type)
{
	bool fine = true;

	for (size_t i = 0; i < files->count; i++) {
		const struct node *node = node_get(files->items[i]->root, key);

		if (node)
			fine = type->read(reader, node, NULL) && fine;
	}
	return fine;
}

static bool read_setup(struct reader *reader, const struct files *files)
{
	bool fine = read_all(reader, files, "hosts", &type_hosts);

	fine = read_all(reader, files, "links", &type_links) && fine;
	return make_setup(reader, fine);
}

/* The keys that have a field; the others are read at another time. */
static bool read_file_spec(struct reader *reader, struct file_spec *spec)
{
	bool fine = true;

	spec->all.capture = NST_CAPTURE_ALL;
	for (size_t i = 0; i < file_table.count; i++) {
		const struct key *key = &file_keys[i];
		const struct node *node = node_get(spec->root, key->name);

		if (node && key->offset)
			fine = key->type->read(reader, node,
					       (char *)spec + key->offset) &&
			       fine;
	}
	if (spec->cases && spec->all.steps)
		fine = complain(reader, spec->all.steps->key,
				"a file has either \"cases\" or \"steps\"");
	return fine;
}

static const char *scenario_name(struct reader *reader, const struct file_spec *spec,
				 const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t size = dot && dot > base ? (size_t)(dot - base) : strlen(base);

	return spec->name.text ? spec->name.text
			       : arena_copy(reader->arena, base, size);
}

static bool read_plays(struct reader *reader, const struct node *root,
		       struct nst_scenario *scenario, const char *suffix,
		       struct cases *cases)
{
	struct file_spec spec = { .root = root };
	bool fine = read_file_spec(reader, &spec);

	scenario->name = scenario_name(reader, &spec, scenario->path);
	if (!fine)
		return false;
	if (spec.cases)
		fine = read_cases(reader, spec.cases, &spec.all, suffix, cases);
	else if (spec.all.steps)
		fine = read_only_case(reader, scenario->name, spec.all.steps->key,
				      &spec.all, suffix, cases);
	return fine;
}

static bool read_combination(struct reader *reader, const struct files *files,
			     const struct matrix *matrix, size_t i,
			     struct nst_scenario *scenario, struct nst_setup *setup,
			     struct cases *cases)
{
	const struct node *root = files->items[files->count - 1]->root;
	struct building *building = arena_new(reader->arena, struct building);
	struct scope *scope = arena_new(reader->arena, struct scope);
	bool fine;

	if (!make_scope(reader, files, matrix, i, scope) ||
	    !check_set(reader, root, scope))
		return false;
	building->setup = setup;
	reader->building = building;
	fine = read_setup(reader, files);
	fine = read_plays(reader, root, scenario, matrix_suffix(reader, matrix, i),
			  cases) &&
	       fine;
	if (fine)
		assume_ready(reader, cases);
	return fine;
}

/* ---- All of them ---- */

/* Case by case, each in all of its combinations. All have the same cases. */
static void gather(struct reader *reader, struct nst_scenario *scenario,
		   const struct cases *cases, size_t combinations)
{
	size_t count = cases[0].count;
	struct nst_scenario_case *all =
		arena_bytes(reader->arena, (count * combinations + 1) * sizeof(*all));

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < combinations; j++)
			all[i * combinations + j] = cases[j].items[i];
	scenario->cases = all;
	scenario->case_count = count * combinations;
}

static bool read_scenario(struct reader *reader, const struct source *source,
			  struct nst_scenario *scenario)
{
	struct files files = { 0 };
	struct nst_setup *setups;
	struct matrix matrix;
	struct cases *cases;
	bool fine = files_add(reader, &files, source);

	if (files.broken)
		return false;
	if (!read_matrix(reader, files.items[files.count - 1]->root, &matrix))
		return false;
	setups = arena_bytes(reader->arena, matrix.combinations * sizeof(*setups));
	scenario->setup_count = matrix.combinations;
	scenario->setups = setups;
	cases = arena_bytes(reader->arena, matrix.combinations * sizeof(*cases));
	for (size_t i = 0; i < matrix.combinations; i++)
		fine = reader->problems->count < PROBLEMS_MAX &&
		       read_combination(reader, &files, &matrix, i, scenario,
					&setups[i], &cases[i]) &&
		       fine;
	if (fine)
		gather(reader, scenario, cases, matrix.combinations);
	return fine;
}

/* An empty file, or one of comments only, has no tree to complain about. */
static void complain_empty(struct reader *reader, const struct source *source)
{
	const struct node nothing = { .source = source };

	complain(reader, &nothing, "there is no scenario in this file");
}

/* ---- Loading ---- */

static int finish(struct nst_diagnostics *problems, bool fine)
{
	const struct nst_diagnostic *first;

	problems_finish(problems);
	if (problems->count == 0)
		return fine ? 0 : nst_fail(-EINVAL, "this scenario cannot be read");
	first = &problems->items[0];
	return nst_fail(-EINVAL, "%s:%u:%u: %s", first->position.file,
			first->position.line, first->position.column, first->message);
}

static int parse(struct loaded *loaded, struct nst_diagnostics *problems,
		 const char *text, size_t size, const char *path,
		 const struct nst_scenario_options *options)
{
	static const struct nst_scenario_options usual;
	static const struct scope none;
	struct reader reader = {
		.arena = &loaded->arena,
		.problems = problems,
		.warnings = &loaded->warnings,
		.options = options ? options : &usual,
		.scope = &none,
	};
	const struct source *source;
	char *read;
	bool fine;
	int r;

	if (!text) {
		r = file_read(&loaded->arena, path, SOURCE_MAX + 1, &read, &size);
		if (r < 0)
			return r;
		text = read;
	}
	source = source_new(&loaded->arena, path, text, size);
	loaded->scenario.path = source->path;
	fine = read_scenario(&reader, source, &loaded->scenario);
	problems_finish(&loaded->warnings);
	loaded->scenario.warnings = &loaded->warnings;
	if (!fine && problems->count == 0)
		complain_empty(&reader, source);
	return finish(problems, fine);
}

/* Both arenas jump here when there is no memory. */
static int parse_or_jump(struct loaded *loaded, struct nst_diagnostics *problems,
			 const char *text, size_t size, const char *path,
			 const struct nst_scenario_options *options)
{
	jmp_buf no_memory;

	loaded->arena.no_memory = problems->arena.no_memory = &no_memory;
	loaded->warnings.arena.no_memory = &no_memory;
	if (setjmp(no_memory))
		return nst_fail_memory();
	return parse(loaded, problems, text, size, path, options);
}

/* `text` NULL: it is read from `path`. */
static int load(const char *text, size_t size, const char *path,
		const struct nst_scenario_options *options,
		struct nst_scenario **ret_scenario,
		struct nst_diagnostics **ret_problems)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	struct nst_diagnostics *problems = calloc(1, sizeof(*problems));
	int r;

	if (!loaded || !problems) {
		free(loaded);
		free(problems);
		return nst_fail_memory();
	}
	r = parse_or_jump(loaded, problems, text, size, path, options);
	if (ret_problems)
		*ret_problems = problems;
	else
		nst_diagnostics_free(problems);
	if (r < 0)
		nst_scenario_free(&loaded->scenario);
	else
		*ret_scenario = &loaded->scenario;
	return r;
}

int nst_scenario_parse(const char *text, size_t size, const char *path,
		       const struct nst_scenario_options *options,
		       struct nst_scenario **ret_scenario,
		       struct nst_diagnostics **ret_problems)
{
	return load(text ? text : "", size, path, options, ret_scenario, ret_problems);
}

int nst_scenario_load(const char *path, const struct nst_scenario_options *options,
		      struct nst_scenario **ret_scenario,
		      struct nst_diagnostics **ret_problems)
{
	return load(NULL, 0, path, options, ret_scenario, ret_problems);
}

void nst_scenario_free(struct nst_scenario *scenario)
{
	struct loaded *loaded = (struct loaded *)scenario;

	if (!loaded)
		return;
	arena_release(&loaded->arena);
	arena_release(&loaded->warnings.arena);
	free(loaded);
}
