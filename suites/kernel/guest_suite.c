/* SPDX-License-Identifier: MIT */
/* nstest run --kernel: the same cases on another kernel, whatever becomes of that kernel. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <kernel/guest.h>
#include <nstest/error.h>

#include "../rooms/runner/trial.h"

/* Criterion 2.4.1 now and then forgets 48 bytes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

/* A machine without such a kernel, and sanitizers, which find no room in it, skip. */
static void need_kernel(void)
{
	struct nst_guest_kernel kernel;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	cr_skip_test("nstest with sanitizers finds no room in a guest kernel");
#endif
	if (nst_guest_kernel_find("uml", &kernel) < 0)
		cr_skip_test("%s", nst_error());
	nst_guest_kernel_free(&kernel);
}

/* ---- The same as on the machine ---- */

#define THREE                                                            \
	TWO_HOSTS "cases:\n"                                             \
		  "  good:\n"                                            \
		  "    - expect: a -> b tcp/80 refused\n"                \
		  "  other kernel:\n"                                    \
		  "    - run:\n"                                         \
		  "        on: b\n"                                      \
		  "        command: grep -q 'User Mode' /proc/cpuinfo\n" \
		  "  bad:\n"                                             \
		  "    - run: {on: b, command: echo here; echo there >&2; exit 3}\n"

Test(guest, runs_cases_and_brings_what_they_leave, .timeout = 120)
{
	TRIAL trial = trial_begin(THREE);

	need_kernel();
	trial_run(&trial, "run -v --kernel uml --output json=r.json t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "2 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "ok      t / other kernel"), "%s", trial.output);
	cr_expect(trial_said(&trial, "expected exit status 0, got exit status 3"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "--kernel uml"), "the command that replays it");
	cr_expect(trial_has(&trial, "nstest-out/t/bad/case.pcapng"));
	cr_expect(trial_has(&trial, "nstest-out/t/bad/failure.txt"));
	cr_expect_not(trial_has(&trial, "nstest-out/t/good"));
}

Test(guest, keeps_both_outputs_of_a_program_apart, .timeout = 120)
{
	TRIAL trial = trial_begin(THREE);

	need_kernel();
	trial_run(&trial, "run --kernel uml -k bad t.yaml");
	trial_run(&trial, "run --kernel uml -k bad t.yaml >said; "
			  "cat nstest-out/t/bad/b-echo.out; echo -; "
			  "cat nstest-out/t/bad/b-echo.err");

	cr_expect(trial_said(&trial, "here\n-\nthere\n"), "%s", trial.output);
	cr_expect(trial_has(&trial, "nstest-out/t/bad~1"), "the earlier run's");
}

Test(guest, tries_again_what_failed, .timeout = 120)
{
	TRIAL trial = trial_begin(THREE);

	need_kernel();
	trial_run(&trial, "run --kernel uml --retries 1 -k bad t.yaml");

	cr_expect(trial_has(&trial, "nstest-out/attempt-2/t/bad/failure.txt"), "%s",
		  trial.output);
}

Test(guest, has_the_callers_folder_umask_and_environment, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  case:\n"
			  "    - run: {on: a, command: echo $COLOUR; exit 3}\n");

	need_kernel();
	trial_run(&trial,
		  "run --kernel uml >said; COLOUR=blue; export COLOUR; umask 077; "
		  "%s run --kernel uml t.yaml",
		  NSTEST);

	cr_expect(trial_said(&trial, "blue"), "%s", trial.output);
}

Test(guest, knows_no_kernel_that_is_not_there)
{
	TRIAL trial = trial_begin(THREE);

	trial_run(&trial, "run --kernel ./none t.yaml");

	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "the kernel ./none: No such file"), "%s",
		  trial.output);
}

/* ---- Whatever becomes of it ---- */

Test(guest, that_panics_is_an_error_with_its_last_words, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  panic:\n"
			  "    - run: {on: a, command: echo c >/proc/sysrq-trigger}\n"
			  "  other:\n"
			  "    - expect: a -> b tcp/80 refused\n");

	need_kernel();
	trial_run(&trial, "run -v -j1 --kernel uml t.yaml");

	cr_expect(trial_said(&trial, "1 passed, 1 failed"), "%s", trial.output);
	cr_expect(trial_said(&trial, "the guest kernel died while it ran"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "Kernel panic"), "%s", trial.output);
	cr_expect(trial_said(&trial, "it was at t.yaml:8:7"), "%s", trial.output);
}

Test(guest, that_has_no_memory_left_kills_what_ate_it, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  hog:\n"
			  "    - run: {on: a, command: tail /dev/zero, within: 40s}\n"
			  "  other:\n"
			  "    - expect: a -> b tcp/80 refused\n");

	need_kernel();
	trial_run(&trial, "run -v -j1 --kernel uml --memory 96M t.yaml");

	cr_expect(trial_said(&trial, "1 passed, 1 failed"), "%s", trial.output);
	cr_expect(trial_said(&trial, "got exit status 137") ||
			  trial_said(&trial, "got death by SIGKILL"),
		  "%s", trial.output);
}

/* Sends a signal (0: none) to all processes of guests whose command line has the text: a kernel's
 * and those that it runs its own in. Return: how many. */
static size_t signal_guests(const char *text, int signal)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	while (all && (entry = readdir(all))) {
		char path[300], line[4096] = "";
		AUTO_CLOSE int fd = -1;
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		size = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
		for (ssize_t i = 0; i < size; i++)
			if (!line[i])
				line[i] = ' ';
		if (strstr(line, text) && strstr(line, "uml_dir=") &&
		    kill((pid_t)strtol(entry->d_name, NULL, 10), signal) == 0)
			count++;
	}
	closedir(all);
	return count;
}

static void wait_a_little(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

static bool has_text(const struct trial *trial, const char *name, const char *text)
{
	char path[256], all[4096];
	AUTO_FCLOSE FILE *file = NULL;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", trial->folder, name);
	file = fopen(path, "re");
	size = file ? fread(all, 1, sizeof(all) - 1, file) : 0;
	all[size] = '\0';
	return strstr(all, text) != NULL;
}

/* Waits until the case "first" has passed, then stops the guest. */
static void stop_guest(const struct trial *trial, const char *memory)
{
	for (int i = 0; i < 2000 && !has_text(trial, "said", "\"case\": \"first\"");
	     i++)
		wait_a_little();
	cr_assert(signal_guests(memory, SIGSTOP) > 0, "the guest is up");
}

Test(guest, that_hangs_is_an_error_and_the_others_go_on, .timeout = 120)
{
	static const char *const arguments[] = { "run",      "-v",       "-j1",
						 "--kernel", "uml",      "--memory",
						 "127M",     "--output", "json=said",
						 "t.yaml",   NULL };
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  first:\n"
		"    - expect: a -> b tcp/80 refused\n"
		"  hangs:\n"
		"    timeout: 5s\n"
		"    steps:\n"
		"    - run: {on: a, command: exec tail -f /dev/null, within: 100s}\n"
		"  other:\n"
		"    - expect: a -> b tcp/80 refused\n");
	pid_t pid;

	need_kernel();
	pid = trial_start(&trial, arguments);
	stop_guest(&trial, "mem=127M");
	trial_wait(&trial, pid);

	cr_expect(trial_said(&trial, "the guest kernel hangs"), "%s", trial.output);
	cr_expect(trial_said(&trial, "2 passed, 1 failed"), "%s", trial.output);
	cr_expect_eq(signal_guests("mem=127M", 0), 0);
}
