/* SPDX-License-Identifier: MIT */
/*
 * Whether verdicts are true: random labs, random rules, and for each question the
 * verdict that has to come, with host and hook.
 *
 *	truth [TRIALS [SEED [LOAD [TRIALS-PER-LAB]]]]
 *
 * LOAD is one of
 *	idle	nothing else is done
 *	cpu	twice as many processes as processors compute
 *	flood	datagrams are sent from a to b as fast as it goes
 *	rps	receive packet steering spreads packets over all processors
 *	queue	every interface has a queueing discipline that delays
 *	wire	all links are impairable, and nothing is done to them
 *	delay, jitter, loss
 *		all links are impaired so
 *
 * Few trials per lab show what happens while everything in it is new.
 * Exit status 1 if a verdict was wrong, 2 if what could not be proved is more than one in a
 * thousand, 77 if this machine does not have that load.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "library.h"
#include "measure.h"
#include "truth_world.h"

enum {
	TRIALS_PER_LAB = 250,
	BURNERS_MAX = 64,
	FLOOD_PORT = 9,
	SHOWN = 20,
	SKIPPED = 77
};

enum load {
	LOAD_IDLE,
	LOAD_CPU,
	LOAD_FLOOD,
	LOAD_RPS,
	LOAD_QUEUE,
	LOAD_WIRE,
	LOAD_DELAY,
	LOAD_JITTER,
	LOAD_LOSS,
	LOAD_COUNT
};

static const char *const load_names[LOAD_COUNT] = { "idle",  "cpu",    "flood",
						    "rps",   "queue",  "wire",
						    "delay", "jitter", "loss" };

/* How all links are impaired. */
static const struct nst_impairment load_impairments[LOAD_COUNT] = {
	[LOAD_DELAY] = { .delay_us = NST_MS(2) },
	[LOAD_JITTER] = { .delay_us = NST_MS(2), .jitter_us = NST_MS(2) },
	[LOAD_LOSS] = { .delay_us = NST_MS(1),
			.jitter_us = NST_MS(1),
			.loss_ppm = NST_PERCENT(5),
			.duplicate_ppm = NST_PERCENT(5) },
};

/* What every host and switch of the lab runs first; %x: a mask of all processors. */
static const char *const load_commands[LOAD_COUNT] = {
	[LOAD_RPS] = "mkdir -p /run/sys && mount -t sysfs none /run/sys && "
		     "for f in /run/sys/class/net/*/queues/rx-0/rps_cpus; do "
		     "echo %x > $f; done; umount /run/sys",
	[LOAD_QUEUE] = "for i in /proc/sys/net/ipv4/conf/eth*; do tc qdisc add "
		       "dev ${i##*/} root tbf rate 2mbit burst 1600 limit 100000; done",
};

struct score {
	unsigned long trials, wrong, misplaced, waited, inconclusive;
	unsigned long kinds[NST_VERDICT_INCONCLUSIVE + 1];
};

/* ---- Load ---- */

static pid_t burners[BURNERS_MAX];

static void burn(void)
{
	long count = 2 * sysconf(_SC_NPROCESSORS_ONLN);

	for (long i = 0; i < count && i < BURNERS_MAX; i++) {
		burners[i] = fork();
		if (burners[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (volatile unsigned long n = 0;; n++)
				;
		}
	}
}

static void stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void stop_burning(void)
{
	for (int i = 0; i < BURNERS_MAX; i++)
		stop(burners[i]);
}

static pid_t run_beside(int fd, void (*work)(int fd))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(fd);
		_exit(1);
	}
	close(fd);
	return pid;
}

static void flood(int fd)
{
	char datagram[100] = { 0 };

	for (;;)
		send(fd, datagram, sizeof(datagram), 0);
}

static void drink(int fd)
{
	char datagram[100];

	while (recv(fd, datagram, sizeof(datagram), 0) >= 0)
		;
}

/* From a to b, as fast as it goes, and somebody who reads it there. */
static void start_flood(const struct world *world, pid_t *ret_pids)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons(FLOOD_PORT) };
	int from = nst_socket(world->lab, "a", AF_INET, SOCK_DGRAM, 0);
	int to = nst_socket(world->lab, "b", AF_INET, SOCK_DGRAM, 0);

	must("flood", from);
	must("flood", to);
	if (inet_pton(AF_INET, world_address(world), &there.sin_addr) != 1 ||
	    bind(to, (struct sockaddr *)&there, sizeof(there)) < 0 ||
	    connect(from, (struct sockaddr *)&there, sizeof(there)) < 0) {
		perror("bench: flood");
		exit(1);
	}
	ret_pids[0] = run_beside(from, flood);
	ret_pids[1] = run_beside(to, drink);
}

/* ---- Trials ---- */

static bool same_place(const struct nst_where *one, const struct nst_where *other)
{
	return one->place == other->place && one->answer == other->answer &&
	       strcmp(one->host, other->host) == 0;
}

static void show(const struct world *world, const struct trial *trial,
		 const struct nst_verdict *verdict, const char *what)
{
	const struct nst_where *want = &trial->expected.where, *got = &verdict->where;

	printf("%s: %s: %s -> %s %s/%u IPv%d%s: expected %s %s:%d%s, got %s %s:%d%s: "
	       "%s\n%s",
	       what, world_name(world), trial->question.from, trial->question.to,
	       nst_protocol_name(trial->question.protocol), trial->question.port,
	       trial->question.family == AF_INET ? 4 : 6,
	       trial->question.listener ? " closed" : "",
	       nst_verdict_name(trial->expected.kind), want->host, (int)want->place,
	       want->answer ? " answer" : "", nst_verdict_name(verdict->kind),
	       got->host, (int)got->place, got->answer ? " answer" : "",
	       verdict->sentence, verdict->ladder);
}

static void judge(const struct world *world, const struct trial *trial,
		  const struct nst_verdict *verdict, struct score *score)
{
	const char *what = NULL;

	score->trials++;
	score->kinds[verdict->kind]++;
	if (verdict->kind == NST_VERDICT_UNANSWERED) {
		score->waited++;
		what = "waited";
	} else if (verdict->kind == NST_VERDICT_INCONCLUSIVE) {
		score->inconclusive++;
		what = "inconclusive";
	} else if (verdict->kind != trial->expected.kind) {
		score->wrong++;
		what = "WRONG";
	} else if (!same_place(&verdict->where, &trial->expected.where)) {
		score->misplaced++;
		what = "WRONG PLACE";
	}
	if (what &&
	    score->wrong + score->misplaced + score->waited + score->inconclusive <=
		    SHOWN)
		show(world, trial, verdict, what);
}

static void run_lab(uint64_t *random, enum load load, unsigned long trials,
		    struct score *score)
{
	static struct world world;
	pid_t pids[2] = { 0 };

	world_make(random, load >= LOAD_WIRE ? &load_impairments[load] : NULL, &world);
	if (load_commands[load] && !world_run(&world, load_commands[load])) {
		printf("truth: no \"%s\" to be had here\n", load_names[load]);
		exit(SKIPPED);
	}
	if (load == LOAD_FLOOD)
		start_flood(&world, pids);
	for (unsigned long i = 0; i < trials; i++) {
		struct nst_verdict verdict;
		struct trial trial;

		world_ask(&world, random, &trial);
		must("probing", nst_probe(world.lab, &trial.question, &verdict));
		judge(&world, &trial, &verdict, score);
	}
	stop(pids[0]);
	stop(pids[1]);
	nst_lab_down(world.lab);
}

static unsigned long smaller(unsigned long one, unsigned long other)
{
	return one < other ? one : other;
}

static void report(const struct score *score, enum load load, uint64_t seed, double us)
{
	printf("truth, %s, seed %llu: %lu trials in %.1f s: %lu wrong, %lu at the "
	       "wrong "
	       "place, %lu waited, %lu inconclusive (",
	       load_names[load], (unsigned long long)seed, score->trials, us / 1e6,
	       score->wrong, score->misplaced, score->waited, score->inconclusive);
	for (int kind = 0; kind <= NST_VERDICT_INCONCLUSIVE; kind++)
		printf("%s%s %lu", kind ? ", " : "", nst_verdict_name(kind),
		       score->kinds[kind]);
	printf(")\n");
}

static enum load load_of(const char *name)
{
	for (int load = 0; load < LOAD_COUNT; load++)
		if (strcmp(name, load_names[load]) == 0)
			return load;
	fprintf(stderr, "truth: load \"%s\": one of", name);
	for (int load = 0; load < LOAD_COUNT; load++)
		fprintf(stderr, " %s", load_names[load]);
	fprintf(stderr, "\n");
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned long trials = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, random = seed;
	unsigned long per_lab = argc > 4 ? strtoul(argv[4], NULL, 10) : TRIALS_PER_LAB;
	struct score score = { 0 };
	enum load load;
	double begin = now_us();

	load = argc > 3 ? load_of(argv[3]) : LOAD_IDLE;
	must("becoming root", nst_become_root());
	if (load == LOAD_CPU)
		burn();
	while (score.trials < trials)
		run_lab(&random, load, smaller(per_lab, trials - score.trials), &score);
	stop_burning();
	report(&score, load, seed, now_us() - begin);
	if (score.wrong || score.misplaced)
		return 1;
	return (score.waited + score.inconclusive) * 1000 > score.trials ? 2 : 0;
}
