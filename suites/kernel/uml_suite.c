/* SPDX-License-Identifier: MIT */
/* uml-run keeps its promises: what comes back, what stays, what cannot be reached. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { CANNOT = 77, TIMED_OUT = 124 };

struct outcome {
	int status;
	char output[8192];
};

/* Runs a shell line by uml-run; a machine that cannot boot it skips the test, and says why. */
static struct outcome uml(const char *options, const char *line)
{
	static struct outcome outcome;
	char command[4096];
	FILE *pipe;
	size_t size;

	snprintf(command, sizeof(command), "exec '%s' %s sh -c \"%s\" 2>&1", UML_RUN,
		 options, line);
	pipe = popen(command, "re");
	cr_assert(pipe != NULL);
	size = fread(outcome.output, 1, sizeof(outcome.output) - 1, pipe);
	outcome.output[size] = '\0';
	outcome.status = WEXITSTATUS(pclose(pipe));
	if (outcome.status == CANNOT)
		cr_skip_test("%s", outcome.output);
	return outcome;
}

Test(uml_run, hands_on_output_and_exit_status)
{
	struct outcome outcome = uml("", "echo out; echo err >&2; exit 3");

	cr_expect(eq(int, outcome.status, 3));
	cr_expect(strstr(outcome.output, "out\n") != NULL);
	cr_expect(strstr(outcome.output, "err\n") != NULL);
}

Test(uml_run, tells_death_by_a_signal)
{
	cr_expect(eq(int, uml("", "kill -KILL \\$\\$").status, 128 + SIGKILL));
}

Test(uml_run, runs_another_kernel_as_root_in_the_callers_folder)
{
	struct outcome outcome = uml("", "id -u; pwd; cat /proc/cpuinfo");
	char folder[4096], wanted[4200];

	cr_assert(getcwd(folder, sizeof(folder)) != NULL);
	snprintf(wanted, sizeof(wanted), "0\n%s\n", folder);

	cr_expect(strncmp(outcome.output, wanted, strlen(wanted)) == 0, "%s",
		  outcome.output);
	cr_expect(strstr(outcome.output, "User Mode Linux") != NULL);
}

Test(uml_run, has_netem)
{
	struct outcome outcome = uml(
		"", "tc qdisc add dev lo root netem delay 7ms && tc qdisc show dev lo");

	cr_expect(strstr(outcome.output, "delay 7ms") != NULL, "%s", outcome.output);
}

/* All that root finds there it may change, and nothing of it happens here. */
Test(uml_run, keeps_from_the_machine_what_the_guest_writes)
{
	char inside[64] = "/tmp/nstest-uml-XXXXXX", line[256];
	struct stat about;
	struct outcome outcome;

	cr_assert(mkdtemp(inside) != NULL);
	chmod(inside, 0777);
	snprintf(line, sizeof(line),
		 "echo x >%s/file && echo x >/etc/x && rm /usr/bin/env && "
		 "echo done",
		 inside);
	outcome = uml("", line);

	cr_expect(eq(str, outcome.output, "done\n"));
	cr_expect(access("/etc/x", F_OK) < 0);
	cr_expect(eq(int, stat("/usr/bin/env", &about), 0));
	cr_expect(eq(int, rmdir(inside), 0), "it is empty");
}

/* hostfs itself, mounted anew, is read-only, too. */
Test(uml_run, keeps_the_machine_from_a_guest_that_mounts_it)
{
	char inside[64] = "/tmp/nstest-uml-XXXXXX", line[256];
	struct outcome outcome;

	cr_assert(mkdtemp(inside) != NULL);
	chmod(inside, 0777);
	snprintf(line, sizeof(line),
		 "mount -t hostfs -o / none /media && ls /media%s && "
		 "! echo x >/media%s/file && echo refused",
		 inside, inside);
	outcome = uml("", line);

	cr_expect(strstr(outcome.output, "refused") != NULL, "%s", outcome.output);
	cr_expect(eq(int, rmdir(inside), 0), "it is empty");
}

Test(uml_run, reaches_no_network)
{
	/* Kernels with tunnels built in have some, which lead nowhere. */
	struct outcome outcome = uml("", "ip -o link show up | cut -d: -f2; ip route");

	cr_expect(eq(str, outcome.output, " lo\n"));
}

Test(uml_run, ends_what_takes_too_long)
{
	struct outcome outcome = uml("-t 3", "sleep 1000");

	cr_expect(eq(int, outcome.status, TIMED_OUT));
	cr_expect(strstr(outcome.output, "not done in 3 s") != NULL);
}

/* Whether any process has it in its command line. */
static bool anybody_has(const char *argument)
{
	char command[128];

	snprintf(command, sizeof(command), "grep -qlzsx -- '%s' /proc/[0-9]*/cmdline",
		 argument);
	return system(command) == 0;
}

Test(uml_run, dies_with_all_its_threads_when_it_is_killed, .timeout = 60)
{
	int out[2];
	char text[16] = "";
	pid_t pid;

	uml("", "true"); /* skips */
	cr_assert(pipe(out) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[1]);
		close(out[0]);
		execl(UML_RUN, UML_RUN, "-m", "131M", "sh", "-c", "echo up; sleep 1000",
		      NULL);
		_exit(1);
	}
	close(out[1]);
	cr_assert(eq(int, (int)read(out[0], text, 3), 3), "it is up");
	cr_assert(anybody_has("mem=131M"));

	kill(pid, SIGKILL);

	waitpid(pid, NULL, 0);
	for (int i = 0; i < 1000 && anybody_has("mem=131M"); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	cr_expect(not(anybody_has("mem=131M")), "nobody of it is left");
}
