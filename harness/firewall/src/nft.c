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

#include "known.h"
#include "lack.h"
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

static int learn(struct nst_inside *inside, size_t node, const struct load *load)
{
	char *text AUTO_FREE = rules_text(load->rules_fd);
	struct origin origin AUTO(origin_free) = { 0 };
	int r;

	if (!text)
		return nst_fail_memory();
	r = origin_of_nft(&origin, text, &load->place, load->folder);
	return r < 0 ? r : known_learn(inside, node, NST_RULE_NFT, &origin);
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
 * for where the thread is, so it is one of its own. */
struct reading {
	struct nft_ctx *context;
	const char *path, *folder;
	int result;
};

static void *read_there(void *arg)
{
	struct reading *reading = arg;

	if (unshare(CLONE_FS) == 0 && chdir(reading->folder) == 0)
		reading->result =
			nft_run_cmd_from_filename(reading->context, reading->path);
	return NULL;
}

static bool includes_by_place(const struct load *load)
{
	char *text AUTO_FREE = rules_text(load->rules_fd);

	return *load->folder && text &&
	       (strstr(text, "include \"./") || strstr(text, "include \"../"));
}

static int read_rules(struct nft_ctx *context, const char *path,
		      const struct load *load)
{
	struct reading reading = { context, path, load->folder, -1 };
	pthread_t thread;

	if (!includes_by_place(load))
		return nft_run_cmd_from_filename(context, path);
	if (pthread_create(&thread, NULL, read_there, &reading) != 0)
		return -1;
	pthread_join(thread, NULL);
	return reading.result;
}

int load_nft(struct nst_inside *inside, size_t node, const struct load *load)
{
	struct nft_ctx *context AUTO(scope_context) = NULL;
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
	if (read_rules(context, path, load) == 0)
		return learn(inside, node, load);
	return refuse(context, path, load);
}
