/* SPDX-License-Identifier: MIT */
/* Loads nft scripts in the lab process, by libnftables: an exec of nft costs as much as
 * several whole cases. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"
#include "known.h"
#include "lack.h"
#include "nft_view.h"
#include "rules.h"

static void scope_context(struct nft_ctx **context)
{
	if (*context)
		nft_ctx_free(*context);
}

/* The kernel's answer, as far as libnftables hands it on. */
static int code_of(const char *said)
{
	if (strstr(said, "Operation not supported") ||
	    strstr(said, "Protocol not supported"))
		return -EOPNOTSUPP;
	return strstr(said, "Operation not permitted") ? -EPERM : -EINVAL;
}

/* The refusal as a sentence, with what this kernel lacks, if that is why. */
static int refuse(struct nft_ctx *context, const char *path, const struct load *load)
{
	char *said AUTO_FREE = strdup(nft_ctx_get_error_buffer(context));
	char *script AUTO_FREE = rules_text(load->rules_fd);
	char sentence[NST_ERROR_SIZE - 200], lack[100];

	if (!said || !script)
		return nst_fail_memory();
	if (strstr(said, "Message too long"))
		return nst_fail(
			-EOPNOTSUPP,
			"%s: these are more rules than this kernel takes at once "
			"without root: load them in several files, or as root "
			"(nft, host \"%s\")",
			load->place.name, load->host);
	complaint_of_nft(said, path, &load->place, sentence, sizeof(sentence));
	if (lack_find(context, said, script, lack, sizeof(lack)))
		return nst_fail(-EOPNOTSUPP,
				"%s: this kernel has no %s (nft, host \"%s\")",
				sentence, lack, load->host);
	return nst_fail(code_of(said), "%s (nft, host \"%s\")", sentence, load->host);
}

/* A load that includes "./…" or "../…" has to be in the script's folder: those are looked
 * for where the thread is. And one whose included files have another text has to see them. So
 * it is a thread of its own. */
struct reading {
	struct nft_ctx *context;
	const char *path;
	const struct load *load;
	struct origin origin;
	bool refused; /* by nft */
	int r;        /* else: 0; -errno */
	char said[NST_ERROR_SIZE];
};

static void read_rules(struct reading *reading)
{
	const struct load *load = reading->load;
	char *text AUTO_FREE = NULL;

	if (nft_run_cmd_from_filename(reading->context, reading->path) != 0) {
		reading->refused = true;
		return;
	}
	text = rules_text(load->rules_fd);
	reading->r =
		text ? origin_of_nft(&reading->origin, text, &load->place, load->folder)
		     : nst_fail_memory();
}

static void *read_there(void *arg)
{
	struct reading *reading = arg;
	const struct load *load = reading->load;

	if (load->files_fd >= 0)
		reading->r = view_enter(load->files_fd);
	else if (unshare(CLONE_FS) < 0)
		reading->r = nst_fail_errno("the folder of a ruleset");
	if (reading->r == 0 && *load->folder && chdir(load->folder) < 0)
		reading->r = nst_fail_errno("%s", load->folder);
	if (reading->r == 0)
		read_rules(reading);
	/* The sentence of an error is the thread's. */
	snprintf(reading->said, sizeof(reading->said), "%s", nst_error());
	return NULL;
}

static bool includes_by_place(const struct load *load)
{
	char *text AUTO_FREE = rules_text(load->rules_fd);

	return *load->folder && text &&
	       (strstr(text, "include \"./") || strstr(text, "include \"../"));
}

static void read_in_place(struct reading *reading)
{
	pthread_t thread;

	if (reading->load->files_fd < 0 && !includes_by_place(reading->load)) {
		read_rules(reading);
		return;
	}
	if (pthread_create(&thread, NULL, read_there, reading) != 0) {
		reading->r = nst_fail(-EAGAIN, "a thread for a ruleset");
		return;
	}
	pthread_join(thread, NULL);
	if (reading->r < 0)
		nst_fail(reading->r, "%s", reading->said);
}

/* Takes counters of elements out again. Return: whether there were any. */
static bool strip_marks(int fd)
{
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	char *text AUTO_FREE = size > 0 ? rules_text(fd) : NULL;
	size_t left = text ? coverage_strip_marks(text, (size_t)size) : 0;

	return text && (off_t)left < size && ftruncate(fd, (off_t)left) == 0 &&
	       pwrite(fd, text, left, 0) == (ssize_t)left;
}

/* What cannot count its elements here does without. */
static void read_counting(struct reading *reading)
{
	bool marked;

	read_in_place(reading);
	if (!reading->refused)
		return;
	marked = strip_marks(reading->load->rules_fd);
	marked |= strip_marks(reading->load->files_fd);
	if (!marked)
		return;
	reading->refused = false;
	read_in_place(reading);
}

static void scope_reading(struct reading *reading)
{
	origin_free(&reading->origin);
}

int load_nft(struct nst_inside *inside, size_t node, const struct load *load)
{
	struct nft_ctx *context AUTO(scope_context) = NULL;
	struct reading reading AUTO(scope_reading) = { .load = load };
	char path[32];
	int r;

	/* The context's netlink socket belongs to where it is opened. */
	r = nst_inside_net(inside, node);
	if (r < 0)
		return r;
	context = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!context || nft_ctx_buffer_error(context) || nft_ctx_buffer_output(context))
		return nst_fail_memory();
	if (*load->folder && nft_ctx_add_include_path(context, load->folder))
		return nst_fail_memory();
	/* From a file and not from a buffer: of a buffer it would not tell the line. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", load->rules_fd);
	reading.context = context;
	reading.path = path;
	read_counting(&reading);
	if (reading.refused)
		return refuse(context, path, load);
	return reading.r < 0 ? reading.r
			     : known_learn(inside, node, NST_RULE_NFT, &reading.origin);
}
