/* SPDX-License-Identifier: MIT */
/* The pure parts of the runner. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "jobs.h"
#include "message.h"
#include "setup.h"
#include "step.h"

Test(safe_name, is_a_plain_file_name_whatever_the_case_is_called)
{
	static const struct {
		const char *name, *safe;
	} rows[] = {
		{ "only webserver2 gets in", "only-webserver2-gets-in" },
		{ "a/b/../../etc/passwd", "a-b-..-..-etc-passwd" },
		{ "..", "case" },
		{ "", "case" },
		{ "...hidden", "hidden" },
		{ "ünïcödé — 日本語、Ελ", "ünïcödé-日本語-Ελ" },
		{ "to\xe2\x80\xae the\xe2\x80\x8bleft ✓ \xff\xc3", "to-the-left" },
		{ "x [ipv4, nft]", "x-ipv4-nft" },
		{ "--help", "help" },
		{ "new\nline\x1b[31m", "new-line-31m" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *safe = safe_name(rows[i].name);

		cr_expect_str_eq(safe, rows[i].safe);
	}
}

Test(safe_name, is_not_too_long)
{
	char name[1000];
	AUTO_FREE char *safe = NULL;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	safe = safe_name(name);

	cr_expect_leq(strlen(safe), 80);
}

Test(safe_name, ends_with_a_whole_letter)
{
	char name[1000] = "x";
	AUTO_FREE char *safe = NULL;

	for (size_t i = 1; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "ü", 2);
	safe = safe_name(name);

	cr_expect_eq(strlen(safe), 79);
}

Test(text_tail, keeps_the_last_lines)
{
	AUTO_FREE char *two = text_tail("a\nb\nc\n\n", 2);
	AUTO_FREE char *all = text_tail("a\nb", 5);
	AUTO_FREE char *none = text_tail("\n\n", 5);

	cr_expect_str_eq(two, "b\nc");
	cr_expect_str_eq(all, "a\nb");
	cr_expect_str_eq(none, "");
}

/* ---- Executables ---- */

Test(elf, sections_are_found_by_name)
{
	cr_expect_eq(elf_has_section("/proc/self/exe", ".text"), 1);
	cr_expect_eq(elf_has_section("/proc/self/exe", ".tex"), 0);
	cr_expect_eq(elf_has_section("/proc/self/exe", ".note.nstest"), 0);
	cr_expect_eq(elf_has_section("/etc/passwd", ".text"), -ENOEXEC);
	cr_expect_eq(elf_has_section("/no/such/file", ".text"), -ENOENT);
}

Test(elf, broken_files_do_no_harm)
{
	char path[] = "/tmp/nstest-elf-XXXXXX";
	AUTO_CLOSE int fd = mkstemp(path);
	AUTO_FREE unsigned char *bytes = malloc(4096);
	AUTO_FCLOSE FILE *self = fopen("/proc/self/exe", "r");
	unsigned int seed = 1;

	cr_assert_eq(fread(bytes, 1, 4096, self), 4096);
	fchmod(fd, 0755);
	for (int round = 0; round < 2000; round++) {
		size_t at = (size_t)rand_r(&seed) % 64,
		       size = 1 + (size_t)rand_r(&seed) % 4096;
		unsigned char kept = bytes[at];

		bytes[at] = (unsigned char)rand_r(&seed);
		cr_assert_eq(ftruncate(fd, (off_t)size), 0);
		cr_assert_eq(pwrite(fd, bytes, size, 0), (ssize_t)size);
		cr_expect_leq(elf_has_section(path, ".note.nstest"), 0);
		bytes[at] = kept;
	}
	unlink(path);
}

/* ---- Messages ---- */

Test(message, arrives_whole_however_it_is_cut)
{
	AUTO_FREE char *large = calloc(1, 300000);
	struct inbox inbox = { 0 };
	struct message_head head;
	const void *bytes;
	size_t seen = 0;
	int pair[2];
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (!pid) {
		message_send(pair[1], MESSAGE_ALIVE, NULL, 0);
		message_send(pair[1], MESSAGE_RESULT, large, 300000);
		message_send(pair[1], MESSAGE_DONE, "xyz", 3);
		_exit(0);
	}
	close(pair[1]);
	for (int r = 1; r; r = inbox_fill(&inbox, pair[0]))
		while (inbox_peek(&inbox, &head, &bytes) > 0) {
			static const size_t sizes[] = { 0, 300000, 3 };
			static const enum message_kind kinds[] = { MESSAGE_ALIVE,
								   MESSAGE_RESULT,
								   MESSAGE_DONE };

			cr_assert_lt(seen, 3);
			cr_expect_eq(head.kind, kinds[seen]);
			cr_expect_eq(head.size, sizes[seen]);
			if (seen == 2)
				cr_expect_eq(memcmp(bytes, "xyz", 3), 0);
			inbox_drop(&inbox, &head);
			seen++;
		}

	cr_expect_eq(seen, 3);
	inbox_free(&inbox);
	close(pair[0]);
}

Test(message, nonsense_is_refused)
{
	const struct message_head wrong[] = { { 77, 0 },
					      { MESSAGE_RESULT, UINT32_MAX } };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct inbox inbox = { (char *)&wrong[i], sizeof(wrong[i]),
				       sizeof(wrong[i]) };
		struct message_head head;
		const void *bytes;

		cr_expect_eq(inbox_peek(&inbox, &head, &bytes), -EPROTO);
	}
}
