/* SPDX-License-Identifier: MIT */
/* Somebody else's program: builds a lab with the installed library and asks one
 * question. */
#include <stdio.h>

#include <nstest/error.h>
#include <nstest/lab.h>
#include <nstest/probe.h>

static const struct nst_topology two_hosts = {
	.links =
		(struct nst_link[]){
			{
				.a = { .host = "client", .addresses = "10.0.0.1/24" },
				.b = { .host = "server", .addresses = "10.0.0.2/24" },
			},
			{ .mtu = 0 } },
};

int main(void)
{
	static const struct nst_question question = {
		.from = "client",
		.to = "server",
		.protocol = NST_TCP,
		.port = 8080,
	};
	struct nst_lab *lab nst_autodown = NULL;
	struct nst_verdict verdict;

	if (nst_become_root() < 0 || nst_lab_up(&two_hosts, NULL, &lab) < 0 ||
	    nst_probe(lab, &question, &verdict) < 0) {
		fprintf(stderr, "%s\n", nst_error());
		return 1;
	}
	puts(nst_verdict_name(verdict.kind));
	return verdict.kind == NST_VERDICT_OPEN ? 0 : 1;
}
