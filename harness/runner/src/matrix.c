/* SPDX-License-Identifier: MIT */
/* Asking everything: all hosts, all hosts, all services, in one lab. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/plan.h>
#include <nstest/explain.h>
#include <runner/matrix.h>

#include "clock.h"
#include "setup.h"

/* A question that cannot be proved waits so long, and there may be hundreds of them. */
enum { SETTLE_MS = 200 };

static const int families[] = { AF_INET, AF_INET6 };

static void free_plan(struct nst_plan **plan)
{
	nst_plan_free(*plan);
}

static bool has_family(const struct nst_node *node, int family)
{
	return family == AF_INET ? node->has_ipv4 : node->has_ipv6;
}

static bool takes_part(const struct nst_node *node)
{
	return node->kind != NST_SWITCH && (node->has_ipv4 || node->has_ipv6);
}

static int add_rows(struct nst_matrix *matrix, const struct nst_node *from,
		    const struct nst_node *to)
{
	bool both = from->has_ipv4 && to->has_ipv4 && from->has_ipv6 && to->has_ipv6;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct nst_matrix_row *row = &matrix->rows[matrix->row_count];

		if (!has_family(from, families[i]) || !has_family(to, families[i]))
			continue;
		*row = (struct nst_matrix_row){ .family = families[i], .over = both };
		strcpy(row->from, from->name);
		strcpy(row->to, to->name);
		row->cells = calloc(matrix->services.count, sizeof(*row->cells));
		if (!row->cells)
			return nst_fail_memory();
		matrix->row_count++;
	}
	return 0;
}

static int lay_out(const struct nst_topology *topology, struct nst_matrix *matrix)
{
	struct nst_plan *plan AUTO(free_plan) = NULL;
	size_t count;
	int r = nst_plan_make(topology, &plan);

	if (r < 0)
		return r;
	count = plan->node_count;
	matrix->hosts = calloc(count, sizeof(*matrix->hosts));
	matrix->rows =
		calloc(count * count * ARRAY_SIZE(families), sizeof(*matrix->rows));
	if (!matrix->hosts || !matrix->rows)
		return nst_fail_memory();
	for (size_t i = 0; i < count; i++)
		if (takes_part(&plan->nodes[i]))
			strcpy(matrix->hosts[matrix->host_count++],
			       plan->nodes[i].name);
	for (size_t i = 0; i < count * count && !r; i++) {
		const struct nst_node *from = &plan->nodes[i / count],
				      *to = &plan->nodes[i % count];

		if (from != to && takes_part(from) && takes_part(to))
			r = add_rows(matrix, from, to);
	}
	return r;
}

/* Where it was decided, and by which rule: "web INPUT, fw.rules:4: -A INPUT -j DROP". */
static char *explain(const struct nst_verdict *verdict,
		     const struct nst_explanation *why)
{
	static const char *const places[] = {
		[NST_PLACE_OUTPUT] = "OUTPUT",
		[NST_PLACE_LINK] = "link",
		[NST_PLACE_FORWARD] = "FORWARD",
		[NST_PLACE_INPUT] = "INPUT",
	};
	const struct nst_where *where = &verdict->where;
	const char *rule = *where->rule ? where->rule : why->reason;
	char *text = NULL;

	if (where->place == NST_PLACE_NONE) {
		const char *host =
			why->decisive_passage ? why->decisive_passage->host : "";

		if (asprintf(&text, "%s%s%s", host, *host && *rule ? ", " : "", rule) <
		    0)
			return NULL;
		return text;
	}
	if (asprintf(&text, "%s %s%s%s%s", where->host, places[where->place],
		     where->answer ? ", the answer" : "", *rule ? ", " : "", rule) < 0)
		return NULL;
	return text;
}

static int ask_one(struct nst_lab *lab, const struct nst_matrix_row *row,
		   struct nst_service service, struct nst_matrix_cell *cell)
{
	const struct nst_question question = {
		.from = row->from,
		.to = row->to,
		.protocol = service.protocol,
		.port = service.port,
		.family = row->family,
		.settle_ms = SETTLE_MS,
	};
	struct nst_explanation *why nst_explanation_autofree = NULL;
	struct nst_verdict verdict;
	int r = nst_explain(lab, &question, &verdict, &why);

	if (r < 0)
		return nst_fail_in(r, "%s -> %s", row->from, row->to);
	cell->kind = verdict.kind;
	cell->sentence = strdup(verdict.sentence);
	cell->why = explain(&verdict, why);
	return cell->sentence && cell->why ? 0 : nst_fail_memory();
}

static int ask_all(struct nst_lab *lab, struct nst_matrix *matrix,
		   const struct nst_matrix_watcher *watcher)
{
	size_t columns = matrix->services.count, count = matrix->row_count * columns;
	int r = 0;

	for (size_t i = 0; i < count && !r; i++) {
		struct nst_matrix_row *row = &matrix->rows[i / columns];

		if (watcher)
			watcher->tell(watcher->self, i, count);
		r = ask_one(lab, row, matrix->services.items[i % columns],
			    &row->cells[i % columns]);
	}
	return r;
}

static int in_lab(const struct nst_setup *setup, struct nst_matrix *matrix,
		  const struct nst_matrix_watcher *watcher)
{
	struct nst_lab *lab nst_autodown = NULL;
	int r = setup_quiet_lab(setup, &lab);

	if (!r)
		r = ask_all(lab, matrix, watcher);
	return r;
}

int nst_matrix_ask(const struct nst_setup *setup, const char *title,
		   const struct nst_services *services,
		   const struct nst_matrix_watcher *watcher,
		   struct nst_matrix **ret_matrix)
{
	struct nst_matrix *matrix = calloc(1, sizeof(*matrix));
	int r;

	if (!matrix)
		return nst_fail_memory();
	matrix->services = *services;
	matrix->title = strdup(title);
	r = matrix->title ? lay_out(&setup->topology, matrix) : nst_fail_memory();
	if (!r && !matrix->row_count)
		r = nst_fail(-EINVAL, "there are no two hosts with addresses");
	if (!r)
		r = in_lab(setup, matrix, watcher);
	matrix->shown = matrix->row_count;
	if (r < 0)
		nst_matrix_free(matrix);
	else
		*ret_matrix = matrix;
	return r;
}

void nst_matrix_free(struct nst_matrix *matrix)
{
	if (!matrix)
		return;
	for (size_t i = 0; i < matrix->row_count; i++) {
		for (size_t j = 0; j < matrix->services.count; j++) {
			free(matrix->rows[i].cells[j].sentence);
			free(matrix->rows[i].cells[j].why);
		}
		free(matrix->rows[i].cells);
	}
	free(matrix->rows);
	free(matrix->hosts);
	free(matrix->title);
	free(matrix);
}

char *nst_matrix_row_name(const struct nst_matrix_row *row)
{
	char *text = NULL;

	if (asprintf(&text, "%s -> %s%s", row->from, row->to,
		     !row->over                ? ""
		     : row->family == AF_INET6 ? " over ipv6"
					       : " over ipv4") < 0)
		return NULL;
	return text;
}
