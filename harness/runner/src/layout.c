/* SPDX-License-Identifier: MIT */
/* Where hosts and links stand in a picture: asked of Graphviz. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <base/scope.h>

#include "details.h"

/* Beyond that a picture shows nothing, and takes long. */
enum { LINKS_MOST = 200, ANSWER_MOST = 64 << 10 };

static size_t count_links(const struct nst_topology *topology)
{
	size_t count = 0;

	while (topology->links && topology->links[count].a.host)
		count++;
	return count;
}

struct graph {
	int fd;
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
	dprintf(graph->fd, "\"%s\" -- \"%s\"\n", near, far);
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

static void write_graph(int fd, const struct nst_topology *topology)
{
	size_t count = count_links(topology);
	AUTO_FREE const char **reached = calloc(2 * count + 1, sizeof(*reached));
	AUTO_FREE bool *drawn = calloc(count + 1, sizeof(*drawn));
	struct graph graph = { fd, topology, reached, 0, drawn };

	dprintf(fd, "graph {\nrankdir=LR\nnodesep=0.5\nranksep=1.9\n"
		    "node [shape=box, width=1.1, height=0.5]\n");
	if (reached && drawn)
		draw_links(&graph, count);
	for (const struct nst_host *host = topology->hosts; host && host->name; host++)
		dprintf(fd, "\"%s\"\n", host->name);
	dprintf(fd, "}\n");
}

static char *ask_graphviz(const struct nst_topology *topology)
{
	AUTO_CLOSE int fd = memfd_create("graph", 0); /* for the child, too */
	char *answer = calloc(1, ANSWER_MOST + 1);
	char command[80];
	FILE *in;

	if (fd < 0 || !answer) {
		free(answer);
		return NULL;
	}
	write_graph(fd, topology);
	snprintf(command, sizeof(command), "dot -Tplain /proc/self/fd/%d 2>/dev/null",
		 fd);
	in = popen(command, "re");
	if (in) {
		answer[fread(answer, 1, ANSWER_MOST, in)] = '\0';
		pclose(in);
	}
	return answer;
}

const char *layout_of(const struct nst_topology *topology)
{
	static const struct nst_topology *known;
	static char *answer;

	if (known == topology && answer)
		return answer;
	free(answer);
	known = topology;
	answer = count_links(topology) <= LINKS_MOST ? ask_graphviz(topology) : NULL;
	return answer ? answer : "";
}
