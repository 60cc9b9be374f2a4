/* SPDX-License-Identifier: MIT */
/* What goes into programs and what comes out: whole, in order, however much it is. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>

#include "program_lab.h"

static struct nst_program *open_cat(struct nst_lab *lab, const char *command)
{
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "client",
					    .command = command,
					    .keep_stdin_open = true },
		       &program));
	return program;
}

Test(stdin, is_written_and_closed)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = open_cat(lab, "cat; echo end");
	char *out;

	must(nst_write(program, "one\n", 4));
	must(nst_wait_line(program, "^one$", PATIENCE_MS));
	must(nst_write(program, "two\n", 4));
	must(nst_close_stdin(program));
	must(nst_wait_exit(program, PATIENCE_MS, NULL));
	must(nst_output(program, NST_STDOUT, &out, NULL));
	cr_expect_str_eq(out, "one\ntwo\nend\n");
	free(out);
}

/* Far more than both pipes hold: what cat writes is read while we still write. */
Test(stdin, may_be_larger_than_any_pipe)
{
	enum { SIZE = 8 << 20 };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = open_cat(lab, "exec cat");
	char *data = malloc(SIZE), *out;
	size_t size;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 2654435761U >> 24);
	must(nst_write(program, data, SIZE));
	must(nst_close_stdin(program));
	must(nst_wait_exit(program, PATIENCE_MS, NULL));

	must(nst_output(program, NST_STDOUT, &out, &size));
	cr_expect_eq(size, SIZE);
	cr_expect(memcmp(out, data, SIZE) == 0);
	free(out);
	free(data);
}

Test(stdin, of_one_that_has_gone_is_epipe_without_a_signal)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		open_cat(lab, "exec <&-; echo closed; exec sleep 60");

	must(nst_wait_line(program, "closed", PATIENCE_MS));
	must_fail(nst_write(program, "x", 1), -EPIPE, "writing to ");
	must(nst_kill(program));
	must_fail(nst_write(program, "x", 1), -EPIPE, "its stdin is closed");
}

Test(stdin, that_is_no_pipe_cannot_be_written)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "client", .command = "sleep 60" },
		       &program));
	must_fail(nst_write(program, "x", 1), -EBADF,
		  "writing to sleep on client: its stdin is no pipe");
	must_fail(nst_close_stdin(program), -EBADF,
		  "stdin of sleep on client is no pipe");
}

Test(output, is_complete_after_the_end)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (int i = 0; i < 50; i++) {
		struct nst_ran ran;

		must(nst_run(
			lab,
			&(struct nst_start){
				.host = "client",
				.command = "head -c 60000 /dev/zero; echo -n x >&2",
			},
			PATIENCE_MS, &ran));
		cr_expect_eq(ran.out_size, 60000);
		cr_expect_eq(ran.err_size, 1);
		nst_ran_free(&ran);
	}
}

/* Each line with when it came, on the clock of captures. */
Test(output, has_the_time_of_each_line)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	unsigned long long before_ns = nst_now_ns(), first_ns, second_ns;
	struct nst_program *program;
	char *text AUTO_FREE = NULL, *tail AUTO_FREE = NULL;
	char first[16], second[16];

	must(nst_start(lab,
		       &(struct nst_start){ .host = "client",
					    .command = "echo one; read x; echo two",
					    .keep_stdin_open = true,
					    .may_exit = true },
		       &program));
	must(nst_wait_line(program, "one", PATIENCE_MS));
	must(nst_write(program, "\n", 1));
	must(nst_wait_line(program, "two", PATIENCE_MS));

	must(nst_output_lines(program, NST_STDOUT, 1000, &text));
	cr_assert_eq(sscanf(text, "%llu\t%15s\n%llu\t%15s\n", &first_ns, first,
			    &second_ns, second),
		     4, "%s", text);
	cr_expect_str_eq(first, "one");
	cr_expect_str_eq(second, "two");
	cr_expect(before_ns <= first_ns && first_ns <= second_ns &&
		  second_ns <= nst_now_ns());
	must(nst_output_lines(program, NST_STDOUT, 30, &tail));
	cr_expect_str_eq(strchr(tail, '\t'), "\ttwo\n", "the last of it: %s", tail);
}

/* A grandchild holds the pipe open: nobody waits for it. */
Test(output, is_not_waited_for_once_the_program_has_ended)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_ran ran;

	must(nst_run(lab,
		     &(struct nst_start){ .host = "client",
					  .command = "echo x; sleep 60 &" },
		     5000, &ran));
	cr_expect_str_eq(ran.out, "x\n");
	nst_ran_free(&ran);
}

/* 150 MB at full speed while the lab process is asked other things. */
Test(output, that_floods_is_cut_in_the_middle_and_stalls_nobody)
{
	enum { MOST = 65 << 20 };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;
	char *out, *gap;
	size_t size;

	must(nst_start(lab,
		       &(struct nst_start){
			       .host = "client",
			       .command = "echo first; yes 'as long as lines may be.' "
					  "| head -c 150000000; echo last",
		       },
		       &program));
	must(nst_lab_check(lab));
	cr_expect_str_eq(says(lab, "server", "echo unimpressed"), "unimpressed");
	must(nst_wait_exit(program, 60000, NULL));

	must(nst_output(program, NST_STDOUT, &out, &size));
	gap = strstr(out, "\n[nstest: ");
	cr_expect_lt(size, MOST);
	cr_expect(strncmp(out, "first\nas long", 13) == 0);
	cr_expect_str_eq(out + size - 9, "be.\nlast\n");
	cr_assert_not_null(gap);
	cr_expect_eq(strtoull(gap + strlen("\n[nstest: "), NULL, 10),
		     150000000 + strlen("first\nlast\n") -
			     (size - (size_t)(strchr(gap + 1, '\n') + 1 - gap)));
	must(nst_wait_line(program, "^last$", 0));
	free(out);
}

/* Two hundred at once, each with its own words. */
Test(output, of_many_programs_is_kept_apart)
{
	enum { MANY = 200 };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *programs[MANY];
	char command[64], line[64];

	for (int i = 0; i < MANY; i++) {
		snprintf(command, sizeof(command), "echo I am %d; exec sleep 600", i);
		must(nst_start(lab,
			       &(struct nst_start){ .host = i % 2 ? "client" : "alone",
						    .command = command },
			       &programs[i]));
	}
	for (int i = 0; i < MANY; i++) {
		char *out;

		snprintf(line, sizeof(line), "^I am %d$", i);
		must(nst_wait_line(programs[i], line, PATIENCE_MS));
		must(nst_output(programs[i], NST_STDOUT, &out, NULL));
		cr_expect_eq(atoi(out + 5), i);
		free(out);
		must(nst_kill(programs[i]));
	}
	must(nst_lab_check(lab));
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

/* Whatever became of them. */
Test(program, leaves_no_descriptor_behind)
{
	struct nst_lab *lab = must_be_up(&three_hosts);
	const char *const nonesuch[] = { "nonesuch", NULL };
	size_t before = count_descriptors();
	struct nst_program *program;
	struct nst_ran ran;

	for (int i = 0; i < 20; i++) {
		must(nst_run(lab,
			     &(struct nst_start){
				     .host = "client", .command = "cat", .input = "x" },
			     PATIENCE_MS, &ran));
		nst_ran_free(&ran);
		nst_start(lab,
			  &(struct nst_start){ .host = "client", .argv = nonesuch },
			  NULL);
		program = open_cat(lab, "exec cat");
		must(nst_stop(program, PATIENCE_MS));
	}
	cr_expect_eq(count_descriptors(), before);
	open_cat(lab, "exec cat");
	nst_lab_down(lab);
	cr_expect_lt(count_descriptors(), before);
}

/* In the lab process too: its descriptors are the same after 100 programs as after one. */
Test(program, leaves_no_descriptor_in_the_lab_process)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	char path[64];
	size_t counts[2];

	snprintf(path, sizeof(path), "/proc/%d/fd", nst_lab_pid(lab));
	for (int round = 0; round < 2; round++) {
		DIR *folder;

		for (int i = 0; i < (round ? 100 : 1); i++)
			says(lab, i % 2 ? "alone" : "client", "echo x");
		folder = opendir(path);
		counts[round] = 0;
		while (readdir(folder))
			counts[round]++;
		closedir(folder);
	}
	cr_expect_eq(counts[0], counts[1]);
}

/* By a variable in its environment a process is found wherever it hides. */
static size_t count_marked(const char *mark)
{
	char command[200], text[32];
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "grep -lazs '^%s$' /proc/[0-9]*/environ | wc -l", mark);
	pipe = popen(command, "r");
	cr_assert_not_null(fgets(text, sizeof(text), pipe));
	pclose(pipe);
	return (size_t)atoi(text);
}

Test(program, ends_with_the_lab_with_all_that_it_started)
{
	static const char daemons[] =
		"setsid sleep 600 & (setsid sh -c 'sleep 600 & wait') & "
		"trap '' TERM HUP; echo started; sleep 600";
	struct nst_lab *lab = must_be_up(&three_hosts);
	struct nst_program *program;
	char mark[64];
	const char *const env[] = { mark, NULL };

	snprintf(mark, sizeof(mark), "NSTEST_MARK=%d-%ld", getpid(), (long)time(NULL));
	must(nst_start(
		lab,
		&(struct nst_start){ .host = "alone", .command = daemons, .env = env },
		&program));
	must(nst_start(
		lab,
		&(struct nst_start){ .host = "server", .command = daemons, .env = env },
		&program));
	must(nst_wait_line(program, "started", PATIENCE_MS));
	cr_expect_geq(count_marked(mark), 4);

	nst_lab_down(lab);
	cr_expect_eq(count_marked(mark), 0);
}
