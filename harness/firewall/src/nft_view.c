/* SPDX-License-Identifier: MIT */
/* How it works. A tmpfs is mounted over the first file's folder, the texts are written into it, each is bound onto
 * its file (which is held open, because the tmpfs hides it), and the tmpfs is taken away again: what
 * is bound keeps it. So the folder is as it was, but for these files, and libnftables, which opens
 * files by their names, and its messages need not know. */
#include "nft_view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "rules.h"

enum { FILES_MAX = 1024 };

int view_pack(const struct nst_ruleset_file *files)
{
	int fd AUTO_CLOSE = memfd_create("included", MFD_CLOEXEC);
	FILE *out AUTO_FCLOSE = fd < 0 ? NULL : fdopen(dup(fd), "w");

	for (; out && files->path; files++) {
		fwrite(files->path, 1, strlen(files->path) + 1, out);
		fwrite(files->text, 1, strlen(files->text) + 1, out);
	}
	if (!out || fflush(out) == EOF)
		return nst_fail_errno("copying included files");
	return steal_fd(&fd);
}

static int bind_one(const char *folder, size_t i, const char *text, int target)
{
	char path[4096 + 32], onto[32];
	FILE *out AUTO_FCLOSE = NULL;

	snprintf(path, sizeof(path), "%s/%zu", folder, i);
	snprintf(onto, sizeof(onto), "/proc/self/fd/%d", target);
	out = fopen(path, "we");
	if (!out || fputs(text, out) == EOF || fflush(out) == EOF)
		return nst_fail_errno("an included file");
	return mount(path, onto, NULL, MS_BIND, NULL) < 0
		       ? nst_fail_errno("an included file")
		       : 0;
}

/* The files behind one another: a path and a text each. Opens their targets. */
static int open_targets(const char *all, size_t size, int targets[FILES_MAX],
			const char *texts[FILES_MAX], size_t *ret_count)
{
	const char *at = all;

	for (*ret_count = 0; at < all + size && *ret_count < FILES_MAX; ++*ret_count) {
		int fd = open(at, O_PATH | O_CLOEXEC);

		if (fd < 0)
			return nst_fail_errno("the included file %s", at);
		targets[*ret_count] = fd;
		at += strlen(at) + 1;
		texts[*ret_count] = at;
		at += strlen(at) + 1;
	}
	return 0;
}

int view_enter(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *all AUTO_FREE = rules_text(fd);
	char *folder AUTO_FREE = all ? strdup(all) : NULL;
	const char *texts[FILES_MAX];
	int targets[FILES_MAX], r;
	size_t count = 0;

	if (!folder)
		return nst_fail_memory();
	*strrchr(folder, '/') = '\0';
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return nst_fail_errno("a view of included files");
	r = open_targets(all, (size_t)size, targets, texts, &count);
	if (r == 0 && mount("nstest", folder, "tmpfs", 0, "mode=0755") < 0)
		r = nst_fail_errno("a view of included files");
	for (size_t i = 0; i < count && r == 0; i++)
		r = bind_one(folder, i, texts[i], targets[i]);
	if (r == 0 && umount2(folder, MNT_DETACH) < 0)
		r = nst_fail_errno("a view of included files");
	for (size_t i = 0; i < count; i++)
		close(targets[i]);
	return r;
}
