/* SPDX-License-Identifier: MIT */
/* exhaust:, restore:, read-only: and writable: of a case: what programs run out of. */
#include <string.h>

#include <base/scope.h>

#include "steps.h"
#include "words.h"

/* "on HOST", behind what it is about. */
static bool need_on(struct sentence *sentence, const char *example,
		    const char **ret_host)
{
	struct word host;

	if (!need_this_word(sentence, "on", example) ||
	    !need_host(sentence, "a host", &host))
		return false;
	*ret_host = host.text;
	return true;
}

static bool need_path(struct sentence *sentence, const char **ret_path)
{
	struct word path;

	if (!need_word(sentence, "a path", &path))
		return false;
	*ret_path = path.text;
	return path.text[0] == '/' ||
	       complain_word(sentence, &path, "the path must begin with \"/\"");
}

static bool parse_ports(struct sentence *sentence, struct nst_resource_step *step)
{
	step->kind = NST_PORTS;
	return need_on(sentence, "ports on client", &step->host);
}

static bool parse_queue(struct sentence *sentence, struct nst_resource_step *step)
{
	enum nst_protocol protocol;
	struct word port;

	step->kind = NST_ACCEPT_QUEUE;
	if (!need_this_word(sentence, "queue", "accept queue tcp/80 on server") ||
	    !need_word(sentence, "tcp/PORT", &port) ||
	    !parse_port(sentence, &port, &protocol, &step->port))
		return false;
	if (protocol != NST_TCP)
		return complain_word(sentence, &port, "only TCP has accept queues");
	return need_on(sentence, "accept queue tcp/80 on server", &step->host);
}

static bool parse_descriptors(struct sentence *sentence, struct nst_resource_step *step)
{
	const struct nst_scenario_program *program;

	step->kind = NST_DESCRIPTORS;
	if (!need_this_word(sentence, "of", "descriptors of web"))
		return false;
	program = need_program(sentence);
	if (!program)
		return false;
	step->host = program->start.host;
	step->program = program->start.name;
	return true;
}

static bool parse_disk(struct sentence *sentence, struct nst_resource_step *step)
{
	step->kind = NST_DISK;
	return need_path(sentence, &step->path) &&
	       need_on(sentence, "disk /tmp on server", &step->host);
}

static const struct {
	const char *word;
	bool (*parse)(struct sentence *sentence, struct nst_resource_step *step);
} resources[] = {
	{ "ports", parse_ports },
	{ "accept", parse_queue },
	{ "descriptors", parse_descriptors },
	{ "disk", parse_disk },
};

bool parse_resource_step(struct sentence *sentence, struct nst_step *step)
{
	const char *words[ARRAY_SIZE(resources) + 1] = { NULL };
	struct word word;

	if (!need_word(sentence, "a resource (ports, accept queue, descriptors, disk)",
		       &word))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		words[i] = resources[i].word;
		if (strcmp(word.text, words[i]) == 0)
			return resources[i].parse(sentence, &step->resource);
	}
	return complain_word(sentence, &word, "\"%s\" is no resource%s", word.text,
			     or_known(sentence->reader->arena, word.text, words));
}

bool parse_mount_step(struct sentence *sentence, struct nst_step *step)
{
	return need_path(sentence, &step->mount.path) &&
	       need_on(sentence, "/ on server", &step->mount.host);
}
