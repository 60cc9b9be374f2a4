/* SPDX-License-Identifier: MIT */
/* Labs that people work in: up, shell, exec, and packets as they happen. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <pcap/pcap.h>

#include "trial.h"

#define ONE_CASE                             \
	"name: two hosts\n"                  \
	"hosts:\n"                           \
	"  web:\n"                           \
	"    address: 10.0.0.1/24\n"         \
	"    run: touch begun; sleep 1000\n" \
	"  client: {address: 10.0.0.2/24}\n" \
	"links:\n"                           \
	"  - web -- client\n"                \
	"cases:\n"                           \
	"  asks:\n"                          \
	"    - expect: client -> web tcp/80 open\n"

/* `nstest up` in the background; "door" appears once somebody could enter. */
static pid_t begin_up(struct trial *trial)
{
	static const char *const arguments[] = { "up", "t.yaml", NULL };
	pid_t pid = trial_start(trial, arguments);

	cr_assert(trial_gets(trial, "begun"));
	/* The program runs before the door is open: knock until somebody answers. */
	for (int knocks = 0; knocks < 500; knocks++) {
		trial_run(trial, "exec --lab %d client -- true", pid);
		if (!trial->status)
			break;
	}
	cr_assert_eq(trial->status, 0, "%s", trial->output);
	return pid;
}

Test(up, lets_people_into_its_hosts_and_goes_with_ctrl_c)
{
	struct trial trial __attribute__((cleanup(trial_end))) = trial_begin(ONE_CASE);
	pid_t up = begin_up(&trial);

	trial_run(&trial, "exec --lab %d client -- sh -c 'hostname; exit 7'", up);
	cr_expect_eq(trial.status, 7);
	cr_expect_str_eq(trial.output, "client\n");

	trial_run(&trial,
		  "exec --lab %d web -- cat /proc/net/fib_trie | grep -c 10.0.0.1", up);
	cr_expect_neq(atoi(trial.output), 0, "the network is the host's");

	trial_run(&trial, "shell --lab %d web sh -c 'ps ax | grep -c sleep'", up);
	cr_expect_geq(atoi(trial.output), 1, "its programs are seen: %s", trial.output);

	trial_run(&trial, "exec --lab %d clinet true", up);
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "no host \"clinet\""), "%s", trial.output);

	trial_run(&trial, "exec --lab nothing client true");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "no lab \"nothing\" is up"), "%s", trial.output);

	trial_run(&trial, "exec --lab %d client no-such-command", up);
	cr_expect_eq(trial.status, 127);

	kill(up, SIGINT);
	trial_wait(&trial, up);
	cr_expect_eq(trial.status, 0, "%d: %s", trial.status, trial.output);
	trial_run(&trial, "exec --lab %d client true", up);
	cr_expect_eq(trial.status, 2, "it is gone");
}

Test(up, tells_what_is_wrong)
{
	struct trial trial __attribute__((cleanup(trial_end))) =
		trial_begin("hosts: 3\n");

	trial_run(&trial, "up t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "t.yaml:1:"), "%s", trial.output);

	trial_run(&trial, "up");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "it wants FILE"), "%s", trial.output);
}

Test(doctor, finds_what_a_case_needs)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "doctor");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "ok       network namespaces"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "\ncases can run on this machine") ||
			  trial_said(&trial, "\nthis machine can do all of it"),
		  "%s", trial.output);
}

/* A user namespace has its own limit of those below. */
Test(doctor, names_the_setting_that_forbids_user_namespaces)
{
	TRIAL trial = trial_begin(NULL);

	trial_file(&trial, "forbidden",
		   "echo 0 >/proc/sys/user/max_user_namespaces\n"
		   "exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "
		   "\"$@\"\n");
	trial_run(&trial, "--version >/dev/null; unshare -Ur sh forbidden %s doctor",
		  NSTEST);
	cr_expect_eq(trial.status, 1, "%s", trial.output);
	cr_expect(trial_said(&trial, "user.max_user_namespaces=10000"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "\nno case can run on this machine"), "%s",
		  trial.output);
}

static int packets_in(const struct trial *trial, const char *name)
{
	char path[256], words[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const unsigned char *bytes;
	pcap_t *file;
	int count = 0;

	snprintf(path, sizeof(path), "%s/%s", trial->folder, name);
	file = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO,
						       words);
	cr_assert_not_null(file, "%s", words);
	while (pcap_next_ex(file, &head, &bytes) == 1)
		count++;
	pcap_close(file);
	return count;
}

Test(live, has_every_packet_that_the_case_keeps)
{
	struct trial trial __attribute__((cleanup(trial_end))) = trial_begin(ONE_CASE);

	trial_run(&trial, "run --live --keep-all t.yaml >live.pcapng");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect_gt(packets_in(&trial, "live.pcapng"), 0);
	cr_expect_eq(packets_in(&trial, "live.pcapng"),
		     packets_in(&trial, "nstest-out/two-hosts/asks/case.pcapng"));
}

Test(live, goes_on_when_its_reader_goes_away)
{
	struct trial trial __attribute__((cleanup(trial_end))) = trial_begin(ONE_CASE);

	trial_run(&trial, "run --live t.yaml | true");

	cr_expect(trial_said(&trial, "1 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);
}
