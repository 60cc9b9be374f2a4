/* SPDX-License-Identifier: MIT */
/*
 * The wire engine against a plain veth with offloads off, in one run: throughput, latency, how
 * late it is, what it loses.
 *
 *	wire [ROUNDS [SECONDS [LOSS-SECONDS]]]
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nstest/units.h>

#include "library.h"
#include "traffic.h"

enum { PINGS = 1000, DATAGRAMS = 2000, RULES = 10, LOSS_PPS = 60000, RULES_BASE = 3 };

static const struct nst_wire_options usual, modest = { .modest = true };

/* What a kind of path did in all rounds; values are not times here. */
struct results {
	struct series tcp, udp, ping;
};

static struct results plain, wire, ruled;

static void add_rules(const struct path *path)
{
	uint32_t id;

	for (unsigned int i = 0; i < RULES; i++) {
		char match[64];

		snprintf(match, sizeof(match), "tcp port %u and ip[8] = %u", 5000 + i,
			 i);
		must("adding a rule",
		     nst_wire_fault(path->wire, 0, NST_A_TO_B,
				    &(struct nst_fault){ .match = match }, &id));
	}
}

static void measure(const struct nst_wire_options *options, bool with_rules,
		    double seconds, struct results *ret)
{
	struct path path = path_make(options);
	double sent;

	if (with_rules)
		add_rules(&path);
	series_add(&ret->tcp, tcp_gbit(&path, seconds));
	if (!with_rules) {
		series_add(&ret->udp, udp_kpps(&path, seconds, 0, &sent));
		ping(&path, PINGS, &ret->ping);
	}
	path_drop(&path);
}

static void print_throughput(void)
{
	double tcp = series_median(&plain.tcp), udp = series_median(&plain.udp);
	double rtt = series_median(&plain.ping);

	printf("\nmedians of %zu rounds\n", plain.tcp.count);
	printf("  plain veth, offloads off   %5.2f Gbit/s  %4.0f kpps  RTT %5.1f us\n",
	       tcp, udp, rtt);
	printf("  wire engine                %5.2f Gbit/s  %4.0f kpps  RTT %5.1f us\n",
	       series_median(&wire.tcp), series_median(&wire.udp),
	       series_median(&wire.ping));
	printf("  wire engine, %d rules      %5.2f Gbit/s\n", RULES,
	       series_median(&ruled.tcp));
	print_target("TCP, wire / plain", series_median(&wire.tcp) / tcp, ">=", 0.3,
		     "");
	print_target("UDP of 64 bytes, wire / plain", series_median(&wire.udp) / udp,
		     ">=", 0.8, "");
	print_target("added latency, one way", (series_median(&wire.ping) - rtt) / 2,
		     "<=", 25, " us");
	if (tcp >= RULES_BASE)
		print_target("TCP with ten rules", series_median(&ruled.tcp), ">=", 1,
			     " Gbit/s");
	else
		printf("  TCP with ten rules is not judged: the plain veth gives less "
		       "than "
		       "%d Gbit/s\n",
		       RULES_BASE);
}

/* ---- Loss ---- */

static void measure_loss(double seconds)
{
	struct path path = path_make(&usual);
	struct nst_wire_counters counters;
	double sent, came = udp_kpps(&path, seconds, LOSS_PPS, &sent);

	must("counters", nst_wire_counters(path.wire, 0, NST_A_TO_B, &counters));
	printf("\n%.0f kpps for %.0f s: %.1f sent, %.1f came\n", LOSS_PPS / 1e3,
	       seconds, sent, came);
	print_target("frames lost by the engine", (double)counters.unplanned, "<=", 0,
		     "");
	path_drop(&path);
}

/* ---- Delay ---- */

static void measure_delay(const struct nst_wire_options *options, unsigned int hogs,
			  struct series *ret)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(10) };
	struct path path = path_make(options);

	must("impairing", nst_wire_impair(path.wire, 0, NST_A_TO_B, &slow));
	hogs_begin(hogs);
	lateness(&path, DATAGRAMS, (double)slow.delay_us, ret);
	hogs_end();
	printf("  %-22s %-40s median %6.1f us  p99 %7.1f us\n", ret->name,
	       nst_wire_scheduling(path.wire), series_median(ret),
	       series_percentile(ret, 99));
	path_drop(&path);
}

static void print_delay(void)
{
	static struct series idle = { .name = "idle" },
			     loaded = { .name = "beside hogs" };
	static struct series idle_modest = { .name = "idle, modest" };
	static struct series loaded_modest = { .name = "beside hogs, modest" };
	unsigned int hogs = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN) * 2;

	printf("\nerror of a delay of 10 ms, %d frames each, %u hogs\n", DATAGRAMS,
	       hogs);
	measure_delay(&usual, 0, &idle);
	measure_delay(&modest, 0, &idle_modest);
	measure_delay(&usual, hogs, &loaded);
	measure_delay(&modest, hogs, &loaded_modest);
	print_target("median, idle", series_median(&idle), "<=", 60, " us");
	print_target("99 of 100, idle", series_percentile(&idle, 99), "<=", 1000,
		     " us");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	double loss_seconds = argc > 3 ? atof(argv[3]) : 10;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < rounds; i++) {
		measure(NULL, false, seconds, &plain);
		measure(&usual, false, seconds, &wire);
		measure(&usual, true, seconds, &ruled);
	}
	print_throughput();
	print_delay();
	measure_loss(loss_seconds);
}
