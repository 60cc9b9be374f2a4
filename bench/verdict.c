/* SPDX-License-Identifier: MIT */
/*
 * What a verdict costs: a dropped one over the bare connect() of the same packets, without
 * and with the rule that decided, and the truth table of fifty hosts, half of its questions dropped, lab included.
 *
 *	verdict [PROBES [TABLES]]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nstest/explain.h>
#include <nstest/lab.h>
#include <nstest/probe.h>
#include <nstest/ruleset.h>

#include "library.h"
#include "measure.h"

enum { PORT = 8080, HOSTS = 50, BATCH = 20 };

static struct series bare = { .name = "bare connect(), dropped" };
static struct series dropped = { .name = "verdict dropped" };
static struct series opened = { .name = "verdict open" };
static struct series explained = { .name = "dropped, explained" };
static struct series explained_open = { .name = "open, explained" };
static struct series table = { .name = "truth table of 50 hosts" };

/* In the host: the packets alone, nobody asks what became of them. */
static int connect_often(void *arg, void *result)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = inet_addr("10.0.0.2"),
	};
	double *times = result;

	(void)arg;
	for (int i = 0; i < BATCH; i++) {
		double start = now_us();
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (void *)&to, sizeof(to)) == 0 || errno != EINPROGRESS)
			return -EPROTO;
		close(fd);
		times[i] = now_us() - start;
	}
	return 0;
}

static void ask(struct nst_lab *lab, const char *from, const char *to,
		unsigned short port, enum nst_verdict_kind expected)
{
	struct nst_verdict verdict;

	must("probing", nst_probe(lab,
				  &(struct nst_question){
					  .from = from,
					  .to = to,
					  .protocol = NST_TCP,
					  .port = port,
				  },
				  &verdict));
	if (verdict.kind != expected) {
		fprintf(stderr, "bench: %s -> %s: %s\n", from, to, verdict.sentence);
		exit(1);
	}
}

/* The same with the rule: at that line of the rules below. */
static void explain(struct nst_lab *lab, unsigned short port, unsigned int line,
		    struct series *series)
{
	struct nst_explanation *why = NULL;
	struct nst_verdict verdict;
	double start = now_us();

	must("explaining", nst_explain(lab,
				       &(struct nst_question){ .from = "a0",
							       .to = "b0",
							       .protocol = NST_TCP,
							       .port = port },
				       &verdict, &why));
	series_add(series, now_us() - start);
	if (!why->decisive || why->decisive->line != line) {
		fprintf(stderr, "bench: %s by %s\n", verdict.sentence,
			verdict.where.rule);
		exit(1);
	}
	nst_explanation_free(why);
}

static void load(struct nst_lab *lab, const char *host, const char *rules)
{
	must("loading rules",
	     nst_ruleset_load(lab, host, &(struct nst_ruleset){ .text = rules }));
}

static void time_batch(struct nst_lab *lab)
{
	double times[BATCH];

	must("connecting",
	     nst_in_host(lab, "a0", connect_often, NULL, times, sizeof(times), 10000));
	for (int i = 0; i < BATCH; i++) {
		series_add(&bare, times[i]);
		double start = now_us();

		ask(lab, "a0", "b0", PORT, NST_VERDICT_DROPPED);
		double middle = now_us();

		ask(lab, "a0", "b0", PORT + 1, NST_VERDICT_OPEN);
		series_add(&dropped, middle - start);
		series_add(&opened, now_us() - middle);
		explain(lab, PORT, 4, &explained);
		explain(lab, PORT + 1, 2, &explained_open);
	}
}

static void single_verdicts(int probes)
{
	struct nst_lab *lab = pairs_up(1);

	load(lab, "b0",
	     "table ip t {\n"
	     "	chain input {\n"
	     "		type filter hook input priority 0;\n"
	     "		tcp dport 8080 drop\n"
	     "	}\n"
	     "}\n");
	for (int done = 0; done < probes; done += BATCH)
		time_batch(lab);
	nst_lab_down(lab);
}

/* Host i drops what comes from a host of the other half of a checkerboard. */
static int is_dropped(int from, int to)
{
	return (from + to) % 2;
}

static void load_checkerboard(struct nst_lab *lab, int to)
{
	char rules[4096], name[16];
	int at = snprintf(rules, sizeof(rules),
			  "table ip t {\n\tchain input {\n"
			  "\t\ttype filter hook input priority 0;\n"
			  "\t\tip saddr { ");

	for (int from = 0; from < HOSTS; from++)
		if (is_dropped(from, to))
			at += snprintf(rules + at, sizeof(rules) - at, "10.0.0.%d, ",
				       from + 1);
	snprintf(rules + at, sizeof(rules) - at, "} tcp dport 8080 drop\n\t}\n}\n");
	snprintf(name, sizeof(name), "h%d", to);
	load(lab, name, rules);
}

static void time_table(void)
{
	char from[16], to[16];
	double start = now_us();
	struct nst_lab *lab = star_up(HOSTS);

	for (int i = 0; i < HOSTS; i++)
		load_checkerboard(lab, i);
	for (int i = 0; i < HOSTS; i++) {
		for (int j = 0; j < HOSTS; j++) {
			if (i == j)
				continue;
			snprintf(from, sizeof(from), "h%d", i);
			snprintf(to, sizeof(to), "h%d", j);
			ask(lab, from, to, PORT,
			    is_dropped(i, j) ? NST_VERDICT_DROPPED : NST_VERDICT_OPEN);
		}
	}
	nst_lab_down(lab);
	series_add(&table, now_us() - start);
}

int main(int argc, char **argv)
{
	int probes = argc > 1 ? atoi(argv[1]) : 2000,
	    tables = argc > 2 ? atoi(argv[2]) : 5;

	must("entering a user namespace", nst_become_root());
	single_verdicts(probes);
	print_table("one verdict",
		    (struct series *[]){ &bare, &dropped, &opened, &explained,
					 &explained_open },
		    5);
	print_target("verdict dropped, over the bare connect",
		     series_median(&dropped) - series_median(&bare), "<=", 60, " us");
	print_target("dropped and explained, over the bare connect",
		     series_median(&explained) - series_median(&bare), "<=", 120,
		     " us");
	for (int i = 0; i < tables; i++)
		time_table();
	print_table("2,450 questions, half dropped, lab and rules included",
		    (struct series *[]){ &table }, 1);
	print_target("truth table", series_median(&table) / 1e6, "<=", 1, " s");
}
