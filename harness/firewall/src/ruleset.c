/* SPDX-License-Identifier: MIT */
/* nst_ruleset_load(): reads and recognises in the caller, loads in the lab process.
 *
 * The rules travel as a memfd in the form that the tool reads, so that they may be
 * large and nft can tell their line numbers; the rest travels as strings behind one
 * another.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/masquerade.h>

#include "nft_view.h"
#include "rules.h"

/* What travels with the memfd. `names` is two strings: the file, and its folder. */
struct request {
	char host[64];
	enum nst_ruleset_kind kind;
	enum nst_xtables xtables;
	unsigned int first_line, added;
	char names[];
};

/* ---- In the lab process ---- */

char *rules_text(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = size < 0 ? NULL : calloc(1, (size_t)size + 1);

	if (text && pread(fd, text, (size_t)size, 0) != size) {
		free(text);
		text = NULL;
	}
	return text;
}

static int load_here(struct nst_inside *inside, struct nst_message *message,
		     struct nst_message *reply)
{
	const struct request *request = message->data;
	const struct nst_plan *plan = nst_inside_plan(inside);
	struct load load = {
		.kind = request->kind,
		.xtables = request->xtables,
		.place = { request->names, request->first_line, request->added },
		.folder = request->names + strlen(request->names) + 1,
		.rules_fd = message->fds[0],
		.files_fd = message->fd_count > 1 ? message->fds[1] : -1,
	};
	size_t node;
	int r;

	(void)reply;
	memcpy(load.host, request->host, sizeof(load.host));
	r = nst_plan_node(plan, load.host, &node);
	if (r < 0)
		return r;
	r = load.kind == NST_RULESET_NFT ? load_nft(inside, node, &load)
					 : load_xtables(inside, node, &load);
	if (r < 0)
		return r;
	/* `flush ruleset` took the router's own table with it. */
	return plan->nodes[node].kind == NST_NAT_ROUTER && load.kind == NST_RULESET_NFT
		       ? masquerade_setup(inside, node)
		       : 0;
}

/* ---- In the caller ---- */

static int read_file(const char *path, char **ret_text)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	char *text AUTO_FREE = NULL;
	size_t size = 0, room = 0;
	ssize_t n;

	if (fd < 0)
		return nst_fail_errno("reading the ruleset %s", path);
	do {
		if (room - size < 4096) {
			char *larger = realloc(text, room = room * 2 + 8192);

			if (!larger)
				return nst_fail_memory();
			text = larger;
		}
		n = read(fd, text + size, room - size - 1);
		if (n < 0)
			return nst_fail_errno("reading the ruleset %s", path);
		size += (size_t)n;
	} while (n > 0);
	text[size] = '\0';
	if (strlen(text) != size)
		return nst_fail(-EINVAL, "%s: has a NUL byte, so it is no ruleset",
				path);
	*ret_text = steal(text);
	return 0;
}

static int write_all(int fd, const char *text)
{
	for (size_t left = strlen(text); left;) {
		ssize_t n = write(fd, text, left);

		if (n < 0)
			return nst_fail_errno("copying a ruleset");
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

/* The rules as the tool reads them, in a memfd. *ret_added: lines in front of them. */
static int pack_rules(const char *text, enum nst_ruleset_kind kind, int *ret_fd,
		      unsigned int *ret_added)
{
	bool bare = kind != NST_RULESET_NFT && rules_are_bare(text);
	int fd AUTO_CLOSE = memfd_create("ruleset", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return nst_fail_errno("copying a ruleset");
	r = write_all(fd, bare ? "*filter\n" : "");
	if (r == 0)
		r = write_all(fd, text);
	if (r == 0)
		r = write_all(fd, bare ? "\nCOMMIT\n" : "\n");
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&fd);
	*ret_added = bare;
	return 0;
}

/* The request with its names. The folder is absolute: the lab process is elsewhere. */
static int pack_request(const char *host, const struct nst_ruleset *ruleset,
			const char *name, struct request **ret_request,
			size_t *ret_size)
{
	char *real AUTO_FREE = ruleset->path ? realpath(ruleset->path, NULL) : NULL;
	size_t name_size = strlen(name) + 1;
	size_t folder = real ? (size_t)(strrchr(real, '/') - real) : 0;
	size_t size = sizeof(struct request) + name_size + folder + 1;
	struct request *request = calloc(1, size);

	if (!request)
		return nst_fail_memory();
	strncpy(request->host, host, sizeof(request->host) - 1);
	memcpy(request->names, name, name_size);
	memcpy(request->names + name_size, real ? real : "", folder);
	request->xtables = ruleset->xtables;
	request->first_line = ruleset->first_line;
	*ret_request = request;
	*ret_size = size;
	return 0;
}

static int load_it(struct nst_lab *lab, const char *host,
		   const struct nst_ruleset *ruleset)
{
	const char *name = ruleset->path ? ruleset->path : "ruleset";
	const char *text = ruleset->text;
	char *file AUTO_FREE = NULL;
	struct request *request AUTO_FREE = NULL;
	enum nst_ruleset_kind kind = ruleset->kind;
	int fd AUTO_CLOSE = -1, files AUTO_CLOSE = -1;
	unsigned int added = 0;
	size_t size = 0;
	int r;

	if (!text && !ruleset->path)
		return nst_fail(-EINVAL,
				"host \"%s\": a ruleset needs a path or a text", host);
	if (!text) {
		r = read_file(ruleset->path, &file);
		if (r < 0)
			return nst_fail_in(r, "host \"%s\"", host);
		text = file;
	}
	if (kind == NST_RULESET_AUTO) {
		r = nst_ruleset_recognise(text, &kind);
		if (r < 0)
			return nst_fail_in(r, "%s", name);
	}
	if (kind == NST_RULESET_SCRIPT)
		return load_script(
			lab, host, text,
			&(struct rules_place){ name, ruleset->first_line, 0 },
			ruleset->path);
	r = pack_request(host, ruleset, name, &request, &size);
	if (r == 0)
		r = pack_rules(text, kind, &fd, &added);
	if (r == 0 && ruleset->files) {
		files = view_pack(ruleset->files);
		r = files < 0 ? files : 0;
	}
	if (r < 0)
		return r;
	request->kind = kind;
	request->added = added;
	return nst_lab_call(lab, load_here,
			    &(struct nst_message){
				    request, size, { fd, files }, files < 0 ? 1 : 2 },
			    NULL);
}

int nst_ruleset_load(struct nst_lab *lab, const char *host,
		     const struct nst_ruleset *ruleset)
{
	int r = load_it(lab, host, ruleset);

	return r == -EOPNOTSUPP && ruleset->fail_unsupported ? -EINVAL : r;
}
