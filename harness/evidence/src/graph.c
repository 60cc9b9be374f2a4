/* SPDX-License-Identifier: MIT */
/* The network of a case as a graph, for Graphviz. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include <evidence/details.h>

/* Beyond that a picture shows nothing, and takes long. */
enum { LINKS_MOST = 200 };

static size_t count_links(const struct nst_topology *topology)
{
	size_t count = 0;

	while (topology->links && topology->links[count].a.host)
		count++;
	return count;
}

struct graph {
	FILE *out;
	const struct nst_topology *topology;
	const char **reached; /* hosts, in the order of their distance from the first */
	size_t reached_count;
	bool *drawn; /* links */
};

static bool is_reached(const struct graph *graph, const char *host)
{
	for (size_t i = 0; i < graph->reached_count; i++)
		if (!strcmp(graph->reached[i], host))
			return true;
	return false;
}

/* Names are of [A-Za-z0-9-]: no escapes are needed. */
static void draw_link(struct graph *graph, size_t i, bool turned)
{
	const struct nst_link *link = &graph->topology->links[i];
	const char *near = turned ? link->b.host : link->a.host;
	const char *far = turned ? link->a.host : link->b.host;

	graph->drawn[i] = true;
	fprintf(graph->out, "\"%s\" -- \"%s\"\n", near, far);
	if (!is_reached(graph, near))
		graph->reached[graph->reached_count++] = near;
	if (!is_reached(graph, far))
		graph->reached[graph->reached_count++] = far;
}

/* Graphviz draws from left to right: so each link goes away from the first host. */
static void draw_links(struct graph *graph, size_t count)
{
	size_t next = 0;

	for (size_t start = 0; start < count; start++) {
		if (!graph->drawn[start])
			draw_link(graph, start, false);
		for (; next < graph->reached_count; next++)
			for (size_t i = 0; i < count; i++) {
				const struct nst_link *link =
					&graph->topology->links[i];
				const char *host = graph->reached[next];

				if (graph->drawn[i])
					continue;
				if (!strcmp(link->a.host, host))
					draw_link(graph, i, false);
				else if (!strcmp(link->b.host, host))
					draw_link(graph, i, true);
			}
	}
}

static void write_graph(FILE *out, const struct nst_topology *topology, size_t count)
{
	AUTO_FREE const char **reached = calloc(2 * count + 1, sizeof(*reached));
	AUTO_FREE bool *drawn = calloc(count + 1, sizeof(*drawn));
	struct graph graph = { out, topology, reached, 0, drawn };

	fprintf(out, "graph {\nrankdir=LR\nnodesep=0.5\nranksep=1.9\n"
		     "node [shape=box, width=1.1, height=0.5]\n");
	if (reached && drawn)
		draw_links(&graph, count);
	for (const struct nst_host *host = topology->hosts; host && host->name; host++)
		fprintf(out, "\"%s\"\n", host->name);
	fprintf(out, "}\n");
}

char *nst_graph_of(const struct nst_topology *topology)
{
	size_t count = count_links(topology), size;
	char *text = NULL;
	FILE *out;

	if (count > LINKS_MOST)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	write_graph(out, topology, count);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
