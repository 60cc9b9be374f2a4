/* SPDX-License-Identifier: MIT */
/* The hosts of a topology. */
#include <stdbool.h>
#include <string.h>

#include <base/scope.h>
#include <evidence/hosts.h>

static bool is_declared(const struct nst_topology *topology, const char *name)
{
	for (const struct nst_host *host = topology->hosts; host && host->name; host++)
		if (!strcmp(host->name, name))
			return true;
	return false;
}

/* Whether a link before `last`, or its own first end, has named that host. */
static bool is_named_before(const struct nst_topology *topology,
			    const struct nst_link *last, const struct nst_end *end)
{
	for (const struct nst_link *link = topology->links; link < last; link++)
		if (!strcmp(link->a.host, end->host) ||
		    !strcmp(link->b.host, end->host))
			return true;
	return end == &last->b && !strcmp(last->a.host, end->host);
}

void nst_each_host(const struct nst_topology *topology,
		   void (*tell)(void *self, const char *name, enum nst_host_kind kind),
		   void *self)
{
	for (const struct nst_host *host = topology->hosts; host && host->name; host++)
		tell(self, host->name, host->kind);
	for (const struct nst_link *link = topology->links; link && link->a.host;
	     link++) {
		const struct nst_end *ends[] = { &link->a, &link->b };

		for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
			if (!is_declared(topology, ends[i]->host) &&
			    !is_named_before(topology, link, ends[i]))
				tell(self, ends[i]->host, NST_HOST);
	}
}
