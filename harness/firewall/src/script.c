/* SPDX-License-Identifier: MIT */
/* Loads rules by running the shell script that makes them, in its host.
 *
 * bash runs it, whatever its first line says, because bash can trace to a descriptor of
 * its own, so that what the script does to its output changes nothing: its stdout goes
 * where its stderr goes, and the trace is what nst_run() gives as stdout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/program.h>

#include "known.h"
#include "script.h"

enum { SCRIPT_MS = 60000 };

/* Its folder may be hidden in the host, by its own /tmp say. */
static const char runner[] = "cd \"${1:-/}\" 2>/dev/null; shift; "
			     "exec {BASH_XTRACEFD}>&1 1>&2; PS4='" SCRIPT_PS4
			     "'; set -x; . " SCRIPT_ITSELF "; exit $?";

/* ---- In the lab process: what the script has left behind ---- */

/* What travels: the strings stand behind one another. */
struct script_request {
	char host[64];
	unsigned int first_line;
	bool sets_exist;                  /* of script_origins */
	size_t name, folder, text, trace; /* where they begin in `strings` */
	char strings[];
};

static int refuse(const struct script_refusal *refusal)
{
	return nst_fail(-EINVAL, "%s:%u: failed: %s", refusal->file, refusal->line,
			refusal->command);
}

static bool default_is_legacy(const char *name)
{
	char path[256];

	return xtables_find(name, path, sizeof(path)) && xtables_is_legacy(path);
}

static int script_here(struct nst_inside *inside, struct nst_message *message,
		       struct nst_message *reply)
{
	const struct script_request *request = message->data;
	const char *strings = request->strings;
	const struct rules_place place = { strings + request->name, request->first_line,
					   0 };
	struct origin nft AUTO(origin_free) = { 0 };
	struct origin xtables AUTO(origin_free) = { 0 };
	struct script_refusal refusal;
	struct script_origins origins = { .nft = &nft, .xtables = &xtables };
	size_t node;
	int r = nst_plan_node(nst_inside_plan(inside), request->host, &node);

	(void)reply;
	if (r < 0)
		return r;
	origins.sets_exist = request->sets_exist;
	origins.legacy = known_legacy(inside, node);
	if (!origins.legacy)
		return nst_fail_memory();
	origins.is_legacy = default_is_legacy("iptables");
	origins.is_legacy6 = default_is_legacy("ip6tables");
	r = script_read(strings + request->trace, strings + request->text, &place,
			strings + request->folder, &origins, &refusal);
	if (r == 0 && refusal.line)
		return refuse(&refusal);
	if (r == 0)
		r = nst_inside_net(inside, node);
	if (r == 0)
		r = known_learn(inside, node, NST_RULE_IPTABLES_NFT, &xtables);
	return r < 0 ? r : known_learn(inside, node, NST_RULE_NFT, &nft);
}

/* ---- In the caller ---- */

static size_t put(struct script_request *request, size_t *at, const char *text)
{
	size_t begin = *at;

	strcpy(request->strings + begin, text);
	*at += strlen(text) + 1;
	return begin;
}

static int learn(struct nst_lab *lab, const char *host, const char *text,
		 const struct rules_place *place, const char *folder,
		 const struct nst_ran *ran)
{
	size_t size = strlen(place->name) + strlen(folder) + strlen(text) +
		      strlen(ran->out) + 4;
	struct script_request *request AUTO_FREE = calloc(1, sizeof(*request) + size);
	size_t at = 0;

	if (!request)
		return nst_fail_memory();
	strncpy(request->host, host, sizeof(request->host) - 1);
	request->first_line = place->first_line;
	/* A script that is run again, as a reload does. */
	request->sets_exist =
		strstr(ran->err, "already exists") || strstr(ran->err, "already added");
	request->name = put(request, &at, place->name);
	request->folder = put(request, &at, folder);
	request->text = put(request, &at, text);
	request->trace = put(request, &at, ran->out);
	return nst_lab_call(
		lab, script_here,
		&(struct nst_message){ .data = request, .size = sizeof(*request) + at },
		NULL);
}

/* The last line that the script wrote, and where bash says that it was. */
static void last_words(const char *said, const struct rules_place *place,
		       char *ret_where, size_t where_size, char *ret, size_t size)
{
	size_t end = strlen(said), begin;
	unsigned int line;
	int behind = 0;

	while (end && strchr("\n\r ", said[end - 1]))
		end--;
	for (begin = end; begin && said[begin - 1] != '\n';)
		begin--;
	snprintf(ret_where, where_size, "%s", place->name);
	if (sscanf(said + begin, SCRIPT_ITSELF ": line %u: %n", &line, &behind) == 1 &&
	    behind) {
		begin += (size_t)behind;
		snprintf(ret_where, where_size, "%s:%u", place->name,
			 line + (place->first_line ? place->first_line - 1 : 0));
	}
	*ret = '\0';
	if (end > begin)
		snprintf(ret, size, ": %.*s", (int)(end - begin), said + begin);
}

/* Programs of firewalls: a script that misses one is not wrong. */
static bool misses_tool(const char *said)
{
	static const char *const tools[] = {
		"ipset: command not found",
		"nft: command not found",
		"iptables: command not found",
		"ip6tables: command not found",
		"iptables-nft: command not found",
		"ip6tables-nft: command not found",
		"iptables-legacy: command not found",
		"ip6tables-legacy: command not found",
		"iptables-restore: command not found",
		"ip6tables-restore: command not found",
		"ebtables: command not found",
	};

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		if (strstr(said, tools[i]))
			return true;
	return false;
}

/* What a refusal means: a mistake, or that the kernel or the machine lacks something. */
static int refusal_code(const char *said)
{
	return complaint_is_of_kernel(said) || complaint_is_of_extension(said) ||
			       complaint_is_of_ipset(said) || misses_tool(said)
		       ? -EOPNOTSUPP
		       : -EINVAL;
}

int load_script(struct nst_lab *lab, const char *host, const char *text,
		const struct rules_place *place, const char *path)
{
	char *real AUTO_FREE = path ? realpath(path, NULL) : NULL;
	char *folder AUTO_FREE =
		real ? strndup(real, (size_t)(strrchr(real, '/') - real)) : strdup("");
	const char *const argv[] = { "bash", "-c", runner, real ? real : place->name,
				     folder, NULL };
	const struct nst_start start = {
		.host = host, .name = "ruleset", .argv = argv, .input = text
	};
	struct nst_ran ran AUTO(nst_ran_free) = { 0 };
	char where[300], words[300];
	int r, failure;

	if (!folder)
		return nst_fail_memory();
	r = nst_run(lab, &start, SCRIPT_MS, &ran);
	if (r < 0)
		return nst_fail_in(r, "%s", place->name);
	last_words(ran.err, place, where, sizeof(where), words, sizeof(words));
	failure = refusal_code(ran.err);
	r = learn(lab, host, text, place, folder, &ran);
	if (r < 0)
		return nst_fail(r == -EINVAL ? failure : r, "%s%s (host \"%s\")",
				nst_error(), words, host);
	if (ran.exit.signal || ran.exit.status)
		return nst_fail(failure,
				"%s: the script ended with status %d%s (host \"%s\")",
				where, ran.exit.status, words, host);
	return 0;
}
