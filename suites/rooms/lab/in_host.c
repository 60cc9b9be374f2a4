/* SPDX-License-Identifier: MIT */
/* Code of the test inside a host: functions and sockets. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>

#include "program_lab.h"

struct answer {
	char hostname[65];
	pid_t pid;
	int sum;
	double aligned;
};

static int look_around(void *arg, void *result)
{
	const int *numbers = arg;
	struct answer *answer = result;

	gethostname(answer->hostname, sizeof(answer->hostname));
	answer->pid = getpid();
	answer->sum = numbers[0] + numbers[1];
	answer->aligned = 1.5;
	return 7;
}

Test(in_host, runs_there_with_the_callers_memory_and_hands_its_result_back)
{
	static const char *const hosts[] = { "client", "server", "alone" };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (size_t i = 0; i < 3; i++) {
		int *numbers =
			malloc(2 * sizeof(*numbers)); /* after the lab was made */
		struct answer answer = { 0 };

		numbers[0] = 40;
		numbers[1] = 2;
		cr_expect_eq(nst_in_host(lab, hosts[i], look_around, numbers, &answer,
					 sizeof(answer), 0),
			     7, "%s", nst_error());
		cr_expect_str_eq(answer.hostname, hosts[i]);
		cr_expect_eq(answer.sum, 42);
		cr_expect_eq(answer.aligned, 1.5);
		cr_expect_lt(answer.pid, 100, "not a PID of the case: %d", answer.pid);
		free(numbers);
	}
}

static int bind_to(void *arg, void *result)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)result;
	inet_pton(AF_INET, arg, &address.sin_addr);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

Test(in_host, has_the_sockets_and_files_of_the_host)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must(nst_in_host(lab, "server", bind_to, "10.0.0.2", NULL, 0, 0));
	must_fail(nst_in_host(lab, "client", bind_to, "10.0.0.2", NULL, 0, 0),
		  -EADDRNOTAVAIL,
		  "in host \"client\": the function returned -99 (Cannot assign "
		  "requested "
		  "address)");
}

static int make_file(void *arg, void *result)
{
	FILE *file = fopen(arg, "wxe");

	(void)result;
	return file ? fclose(file) : nst_fail_errno("making %s", (char *)arg);
}

Test(in_host, writes_to_the_hosts_own_files_and_its_sentence_comes_back)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must(nst_in_host(lab, "server", make_file, "/run/mine", NULL, 0, 0));
	cr_expect_str_eq(says(lab, "server", "ls /run/mine"), "/run/mine");
	cr_expect_neq(access("/run/mine", F_OK), 0);
	must_fail(nst_in_host(lab, "server", make_file, "/run/mine", NULL, 0, 0),
		  -EEXIST, "in host \"server\": making /run/mine: File exists");
}

static int crash(void *arg, void *result)
{
	(void)result;
	raise(*(int *)arg);
	return 0;
}

static int leave(void *arg, void *result)
{
	(void)result;
	_exit(*(int *)arg);
	return 0;
}

/* Until the deadline, even if it wants no signal. */
static int hang(void *arg, void *result)
{
	sigset_t all;

	(void)arg, (void)result;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
	return 0;
}

Test(in_host, tells_how_a_function_failed_to_return)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	int kill_signal = SIGKILL, abort_signal = SIGABRT, zero = 0, three = 3;

	signal(SIGABRT, SIG_DFL); /* a test runner's handler would get in between */
	must_fail(nst_in_host(lab, "client", crash, &kill_signal, NULL, 0, 0), -ECHILD,
		  "in host \"client\": the function was killed by signal 9 (Killed)");
	must_fail(nst_in_host(lab, "alone", crash, &abort_signal, NULL, 0, 0), -ECHILD,
		  "in host \"alone\": the function was killed by signal 6 (Aborted)");
	must_fail(nst_in_host(lab, "client", leave, &zero, NULL, 0, 0), -ECHILD,
		  "ended its process with exit status 0 instead of returning");
	must_fail(nst_in_host(lab, "client", leave, &three, NULL, 0, 0), -ECHILD,
		  "ended its process with exit status 3 instead of returning");
	must_fail(nst_in_host(lab, "client", hang, NULL, NULL, 0, 50), -ETIMEDOUT,
		  "the function has not returned after 50 ms");
	must_fail(nst_in_host(lab, "cleint", hang, NULL, NULL, 0, 50), -ENOENT,
		  "no host \"cleint\"");
	must(nst_lab_check(lab));
}

static int write_line(void *arg, void *result)
{
	int *fds = arg;

	(void)result;
	close(fds[0]);
	return write(fds[1], "x", 1) == 1 ? 0 : -errno;
}

Test(in_host, may_use_the_callers_descriptors)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	int fds[2];
	char c = 0;

	cr_assert_eq(pipe(fds), 0);
	must(nst_in_host(lab, "server", write_line, fds, NULL, 0, 0));
	cr_expect_eq(read(fds[0], &c, 1), 1);
	cr_expect_eq(c, 'x');
}

/* AddressSanitizer's allocator does not survive a fork while other threads use it. */
#ifdef __SANITIZE_ADDRESS__
enum { THREADS_ALLOCATE = 0 };
#else
enum { THREADS_ALLOCATE = 1 };
#endif

static void *spin(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED))
		if (THREADS_ALLOCATE)
			free(malloc(100));
	return NULL;
}

static int allocate(void *arg, void *result)
{
	(void)arg, (void)result;
	for (int i = 0; i < 1000; i++)
		free(malloc((size_t)i * 10));
	return 0;
}

/* Threads of the caller may hold any lock at the moment of the fork. */
Test(in_host, works_from_a_process_with_threads)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	bool stop = false;
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, spin, &stop);
	for (int i = 0; i < 50; i++)
		must(nst_in_host(lab, i % 2 ? "alone" : "client", allocate, NULL, NULL,
				 0, PATIENCE_MS));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

Test(in_host, works_whatever_becomes_of_sigchld)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	int numbers[] = { 1, 2 }, three = 3;
	struct answer answer;

	signal(SIGCHLD, SIG_IGN);
	cr_expect_eq(nst_in_host(lab, "client", look_around, numbers, &answer,
				 sizeof(answer), 0),
		     7, "%s", nst_error());
	cr_expect_eq(answer.sum, 3);
	must_fail(nst_in_host(lab, "client", leave, &three, NULL, 0, 0), -ECHILD,
		  "status 3");
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

Test(in_host, leaves_nothing_in_the_caller)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	size_t before = count_descriptors();
	int numbers[2] = { 0 }, zero = 0;
	struct answer answer;

	for (int i = 0; i < 20; i++) {
		nst_in_host(lab, "client", look_around, numbers, &answer,
			    sizeof(answer), 0);
		nst_in_host(lab, "client", leave, &zero, NULL, 0, 0);
		nst_in_host(lab, "client", hang, NULL, NULL, 0, 1);
	}
	cr_expect_eq(count_descriptors(), before);
	/* The only child left is the lab process. */
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), 0);
}

/* The caller is killed while its function runs: that ends at once, too. */
static void be_killed_within(int write_fd)
{
	struct nst_lab *lab;
	int fds[2] = { -1, write_fd };

	if (nst_lab_up(&three_hosts, NULL, &lab) == 0) {
		nst_in_host(lab, "alone", write_line, fds, NULL, 0, 0);
		nst_in_host(lab, "alone", hang, NULL, NULL, 0, 0);
	}
	_exit(1);
}

Test(in_host, ends_with_its_caller)
{
	struct pollfd event = { .events = POLLIN };
	int fds[2];
	char c;
	pid_t caller;

	cr_assert_eq(pipe(fds), 0);
	caller = fork();
	if (caller == 0) {
		close(fds[0]);
		be_killed_within(fds[1]);
	}
	close(fds[1]);
	cr_assert_eq(read(fds[0], &c, 1), 1);
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);

	/* The last copy of the pipe's other end goes with the last of them. */
	event.fd = fds[0];
	cr_expect_eq(poll(&event, 1, PATIENCE_MS), 1);
	cr_expect_eq(read(fds[0], &c, 1), 0);
}

struct victim {
	struct nst_lab *lab;
	int fds[2];
};

static int write_and_hang(void *arg, void *result)
{
	struct victim *victim = arg;

	write_line(victim->fds, result);
	return hang(NULL, result);
}

/* This process's child that is not the lab process. */
static pid_t other_child(pid_t lab)
{
	char path[300], line[200];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int pid, parent;
	pid_t found = 0;

	while (!found && (entry = readdir(proc))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) &&
		    sscanf(line, "%d (%*[^)]) %*c %d", &pid, &parent) == 2 &&
		    parent == getpid() && pid != lab)
			found = pid;
		fclose(file);
	}
	closedir(proc);
	return found;
}

/* As soon as the function runs, kills the child between it and us. */
static void *kill_the_child_between(void *arg)
{
	struct victim *victim = arg;
	char c;

	if (read(victim->fds[0], &c, 1) == 1)
		kill(other_child(nst_lab_pid(victim->lab)), SIGKILL);
	return NULL;
}

Test(in_host, ends_with_the_child_between)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct victim victim = { .lab = lab };
	struct pollfd event = { .events = POLLIN };
	pthread_t thread;

	cr_assert_eq(pipe(victim.fds), 0);
	pthread_create(&thread, NULL, kill_the_child_between, &victim);
	must_fail(nst_in_host(lab, "server", write_and_hang, &victim, NULL, 0, 0),
		  -ECHILD, "the child that was to run the function was killed");
	pthread_join(thread, NULL);

	close(victim.fds[1]);
	event.fd = victim.fds[0];
	cr_expect_eq(poll(&event, 1, PATIENCE_MS), 1);
	cr_expect(event.revents & POLLHUP);
}

/* As somebody who is not root, in a lab whose user namespace is not the caller's. Says on
 * `fd` what went wrong. */
static void work_as_nobody(int fd)
{
	enum { NOBODY = 65534 };
	struct nst_ran ran = { 0 };
	struct nst_lab *lab;
	struct answer answer;
	int numbers[] = { 1, 2 }, r;

	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 1); /* as after an exec */
	r = nst_lab_up(&three_hosts, NULL, &lab);
	for (int i = 0; i < 2 && r >= 0; i++) {
		r = nst_in_host(lab, i ? "alone" : "client", look_around, numbers,
				&answer, sizeof(answer), 0);
		if (r == 7)
			r = nst_socket(lab, i ? "alone" : "client", AF_INET, SOCK_RAW,
				       1);
		if (r >= 0)
			r = nst_run(lab,
				    &(struct nst_start){ .host = "alone",
							 .command = "id -u" },
				    PATIENCE_MS, &ran);
	}
	dprintf(fd, "%s%s", r < 0 ? nst_error() : "", ran.out ? ran.out : "");
	_exit(0);
}

Test(in_host, works_without_root)
{
	char text[1024] = "";
	int fds[2];
	pid_t pid;

	cr_assert_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		work_as_nobody(fds[1]);
	close(fds[1]);
	cr_assert_gt(read(fds[0], text, sizeof(text) - 1), 0);
	waitpid(pid, NULL, 0);
	if (strstr(text, "user namespaces"))
		cr_skip_test("user namespaces are forbidden here: %s", text);
	cr_expect_str_eq(text, "0\n");
}

Test(socket, belongs_to_its_host)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	int on_server = nst_socket(lab, "server", AF_INET, SOCK_STREAM, 0);
	int on_client = nst_socket(lab, "client", AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, "10.0.0.2", &address.sin_addr);
	cr_assert_geq(on_server, 0, "%s", nst_error());
	cr_assert_geq(on_client, 0, "%s", nst_error());

	cr_expect_neq(bind(on_client, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_expect_eq(bind(on_server, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_expect_eq(listen(on_server, 1), 0);
	cr_expect_eq(connect(on_client, (struct sockaddr *)&address, sizeof(address)),
		     0);
	close(on_client);
	close(on_server);
}

Test(socket, that_cannot_be_made_is_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must_fail(nst_socket(lab, "client", AF_INET, 77, 0), -EINVAL,
		  "in host \"client\"");
	must_fail(nst_socket(lab, "nobody", AF_INET, SOCK_STREAM, 0), -ENOENT,
		  "no host \"nobody\"");
}
