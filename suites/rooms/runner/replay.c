/* SPDX-License-Identifier: MIT */
/* What people diff: the same seed gives the same traces, in every run. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "trial.h"

TestSuite(replay, .timeout = 120);

enum { HOGS = 4 };

/* A fixed sequence of frames both ways, of a type that nobody answers. An ARP frame, which
 * impairments spare, leaves behind all before it: when it is heard, nothing is under
 * way. Hosts do not see this folder, so the program is in the scenario. */
#define SCENARIO                                                                     \
	"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"            \
	"links:\n"                                                                   \
	"  - link: a -- b\n"                                                         \
	"    engine: wire\n"                                                         \
	"    impair:\n"                                                              \
	"      a -> b: delay 2ms ±1ms, loss 10% 25%, duplicate 5%, corrupt 5%, "    \
	"reorder 5%, limit 100000\n"                                                 \
	"      b -> a: loss 40%\n"                                                   \
	"matrix: {run: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n"                           \
	"variables:\n"                                                               \
	"  program: |\n"                                                             \
	"    import socket, sys\n"                                                   \
	"    arp = b\"\\x08\\x06\"\n"                                                \
	"    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons("     \
	"0x806))\n"                                                                  \
	"    s.bind((\"eth0\", 0x806))\n"                                            \
	"    def send(kind):\n"                                                      \
	"        s.send(b\"\\x02\" * 12 + kind + bytes(50))\n"                       \
	"    def hear():\n"                                                          \
	"        while s.recv(100)[:12] != b\"\\x02\" * 12: pass\n"                  \
	"    print(\"ready\", flush=True)\n"                                         \
	"    if sys.argv[1] == \"second\": hear()\n"                                 \
	"    for i in range(200): send(b\"\\x12\\x34\")\n"                           \
	"    send(arp)\n"                                                            \
	"    if sys.argv[1] == \"first\": hear()\n"                                  \
	"cases:\n"                                                                   \
	"  one:\n"                                                                   \
	"    - fault: {on: a -> b, every: 13, drop: true}\n"                         \
	"    - fault: {on: a -> b, probability: 5%, delay: 1ms}\n"                   \
	"    - fault: {on: b -> a, from: 50, to: 60, duplicate: 2}\n"                \
	"    - start: {on: b, command: [python3, -c, \"${program}\", second], "      \
	"name: second, may exit: true}\n"                                            \
	"    - wait until: second prints \"ready\"\n"                                \
	"    - run: {on: a, command: [python3, -c, \"${program}\", first], within: " \
	"30s}\n"

static void begin_hogs(pid_t hogs[HOGS])
{
	for (int i = 0; i < HOGS; i++) {
		hogs[i] = fork();
		if (hogs[i] != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
}

static void end_hogs(const pid_t hogs[HOGS])
{
	for (int i = 0; i < HOGS; i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], NULL, 0);
	}
}

/* All cases, each of which leaves a trace. */
static void play(struct trial *trial, int seed, const char *out)
{
	trial_run(trial, "run --keep-all --seed %d --out %s t.yaml", seed, out);
	cr_assert_eq(trial->status, 0, "%s", trial->output);
}

/* Into one file per case, without what may differ: the time, and hosts' own neighbour discovery. */
static void tidy(struct trial *trial, const char *out)
{
	trial_run(trial,
		  "--version >/dev/null; n=0; "
		  "for trace in $(find %s -name faults.trace); do n=$((n + 1)); "
		  "sed 's/, \"when_ns.*//' \"$trace\" | grep -v discovery "
		  ">%s.$n; done",
		  out, out);
}

static void expect_same(struct trial *trial, const char *traces)
{
	trial_run(trial, "--version >/dev/null; for i in %s; do cmp idle.1 $i; done",
		  traces);
	cr_expect_eq(trial->status, 0, "%s", trial->output);
	cr_expect_str_empty(trial->output);
}

Test(replay, of_a_seed_leaves_the_same_trace_20_times_idle_and_beside_hogs)
{
	TRIAL trial = trial_begin(SCENARIO);
	pid_t hogs[HOGS];

	play(&trial, 7, "idle");
	begin_hogs(hogs);
	play(&trial, 7, "busy");
	end_hogs(hogs);
	tidy(&trial, "idle");
	tidy(&trial, "busy");

	trial_run(&trial, "--version >/dev/null; ls idle.* busy.* | wc -l");
	cr_expect(trial_said(&trial, "20\n"), "%s", trial.output);
	trial_run(&trial, "--version >/dev/null; test $(wc -l <idle.1) -gt 300");
	cr_expect_eq(trial.status, 0, "a trace worth comparing");
	expect_same(&trial, "idle.* busy.*");
}

Test(replay, of_another_seed_is_another)
{
	TRIAL trial = trial_begin(SCENARIO);

	play(&trial, 7, "one");
	play(&trial, 8, "other");
	tidy(&trial, "one");
	tidy(&trial, "other");

	trial_run(&trial, "--version >/dev/null; cmp -s one.1 other.1");
	cr_expect_eq(trial.status, 1);
}
