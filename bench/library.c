/* SPDX-License-Identifier: MIT */
/* Labs for the benchmarks. */
#include "library.h"

#include <stdio.h>
#include <stdlib.h>

#include <nstest/error.h>
#include <nstest/probe.h>

/* A host's name and addresses, where a topology can point at them. */
struct texts {
	char host[2][16], addresses[2][64];
};

void must(const char *what, int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, nst_error());
	exit(1);
}

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

static struct nst_lab *links_up(const struct nst_host *hosts, struct nst_link *links,
				struct texts *texts)
{
	struct nst_topology topology = { .hosts = hosts, .links = links };
	struct nst_lab *lab;

	must("building a lab", nst_lab_up(&topology, NULL, &lab));
	free(links);
	free(texts);
	return lab;
}

struct nst_lab *pairs_up(unsigned int pairs)
{
	struct nst_link *links = zeroed(pairs + 1, sizeof(*links));
	struct texts *texts = zeroed(pairs, sizeof(*texts));

	for (unsigned int i = 0; i < pairs; i++) {
		for (unsigned int side = 0; side < 2; side++) {
			unsigned int low = i % 64 * 4 + side + 1;

			snprintf(texts[i].host[side], 16, "%c%u", "ab"[side], i);
			snprintf(texts[i].addresses[side], 64,
				 "10.0.%u.%u/30, fd00::%x:%x/112", i / 64, low, i + 1,
				 side + 1);
		}
		links[i].a =
			(struct nst_end){ texts[i].host[0], texts[i].addresses[0] };
		links[i].b =
			(struct nst_end){ texts[i].host[1], texts[i].addresses[1] };
	}
	return links_up(NULL, links, texts);
}

struct nst_lab *star_up(unsigned int hosts)
{
	static const struct nst_host the_switch[] = { { "switch", NST_SWITCH }, {} };
	struct nst_link *links = zeroed(hosts + 1, sizeof(*links));
	struct texts *texts = zeroed(hosts, sizeof(*texts));

	for (unsigned int i = 0; i < hosts; i++) {
		snprintf(texts[i].host[0], 16, "h%u", i);
		snprintf(texts[i].addresses[0], 64, "10.0.%u.%u/16", i / 250,
			 i % 250 + 1);
		links[i].a =
			(struct nst_end){ texts[i].host[0], texts[i].addresses[0] };
		links[i].b = (struct nst_end){ .host = "switch" };
	}
	return links_up(the_switch, links, texts);
}

void library_case(unsigned int pairs, bool connect)
{
	struct nst_lab *lab = pairs_up(pairs);
	struct nst_verdict verdict;

	if (connect) {
		must("probing", nst_probe(lab,
					  &(struct nst_question){
						  .from = "a0",
						  .to = "b0",
						  .protocol = NST_TCP,
						  .port = 8080,
					  },
					  &verdict));
		if (verdict.kind != NST_VERDICT_OPEN) {
			fprintf(stderr, "bench: %s\n", verdict.sentence);
			exit(1);
		}
	}
	nst_lab_down(lab);
}
