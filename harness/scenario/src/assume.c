/* SPDX-License-Identifier: MIT */
/* When a program is ready, if nobody said.
 *
 * A program without `ready:` is waited for if both sides name the same port: its command,
 * as a number of its own (python3 -m http.server 8080), and a step, as tcp/8080 or udp/53
 * of a question to its host, or as ":8080" in a command. Then it is ready when it listens
 * there. One that is asked before it listens would be answered by the probe's own
 * listener, and then could not listen itself; so this is no comfort but needed. It is
 * asked of both sides because a wrong guess would wait in vain.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

/* The program whose port is looked for, and where. */
struct wanted {
	const struct building *building;
	const struct cases *cases;
	struct nst_scenario_program *program;
};

static bool is_number_part(char c)
{
	return c && (isalnum((unsigned char)c) || c == '.' || c == '_');
}

/* The next number from 1 to 65535 from *at on that stands alone: no digit of 10.0.0.1, no
 * part of a word. 0 at the end. */
static unsigned int next_number(const char **at)
{
	while (**at) {
		const char *start = *at;
		unsigned long n = 0;
		bool is_number = true;

		while (is_number_part(**at)) {
			is_number = is_number && isdigit((unsigned char)**at);
			n = n > 65535 ? n : n * 10 + (unsigned long)(**at - '0');
			(*at)++;
		}
		if (*at == start)
			(*at)++;
		else if (is_number && n >= 1 && n <= 65535)
			return (unsigned int)n;
	}
	return 0;
}

/* Whether `to` of a question is `host`, by name or by one of its addresses. */
static bool is_asked(const struct building *building, const char *to, const char *host)
{
	struct nst_address address;
	size_t owner;

	if (strcmp(to, host) == 0)
		return true;
	if (!building->plan || find_host(building, to) ||
	    nst_address_parse(to, &address) < 0)
		return false;
	owner = nst_plan_owner(building->plan, &address);
	return owner != SIZE_MAX &&
	       strcmp(building->plan->nodes[owner].name, host) == 0;
}

static bool asks(const struct wanted *wanted, const struct nst_step *step,
		 unsigned int port, enum nst_protocol protocol)
{
	const struct nst_question *question = &step->expect.question;

	return step->kind == NST_STEP_EXPECT && question->protocol == protocol &&
	       question->port == port && question->listener == NST_LISTENER_AUTO &&
	       is_asked(wanted->building, question->to, wanted->program->start.host);
}

/* ":8080" in a text. */
static bool has_port(const char *text, unsigned int port)
{
	char colon[8];
	size_t size = (size_t)snprintf(colon, sizeof(colon), ":%u", port);

	for (; text && (text = strstr(text, colon)); text += size)
		if (!isdigit((unsigned char)text[size]))
			return true;
	return false;
}

static bool runs_with(const struct nst_step *step, unsigned int port)
{
	const struct nst_start *start = &step->run.start;

	if (step->kind != NST_STEP_RUN)
		return false;
	for (size_t i = 0; start->argv && start->argv[i]; i++)
		if (has_port(start->argv[i], port))
			return true;
	return has_port(start->command, port);
}

static bool assume_port(const struct wanted *wanted, const struct nst_step *step,
			unsigned int port)
{
	struct nst_ready *ready = &wanted->program->start.ready;

	if (asks(wanted, step, port, NST_TCP) || runs_with(step, port))
		ready->port = (unsigned short)port;
	else if (asks(wanted, step, port, NST_UDP))
		ready->udp_port = (unsigned short)port;
	else
		return false;
	wanted->program->ready_assumed = true;
	wanted->program->ready_position = step->position;
	return true;
}

static bool assume_from_steps(const struct wanted *wanted, unsigned int port)
{
	for (size_t i = 0; i < wanted->cases->count; i++)
		for (size_t j = 0; j < wanted->cases->items[i].step_count; j++)
			if (assume_port(wanted, &wanted->cases->items[i].steps[j],
					port))
				return true;
	return false;
}

static void assume_from_text(const struct wanted *wanted, const char *text)
{
	unsigned int port;

	while (!wanted->program->ready_assumed && text && (port = next_number(&text)))
		assume_from_steps(wanted, port);
}

/* Steps that start it again copied it before this was known. */
static void tell_restarts(const struct wanted *wanted)
{
	const struct nst_scenario_program *program = wanted->program;

	for (size_t i = 0; i < wanted->cases->count; i++) {
		struct nst_step *steps =
			(struct nst_step *)wanted->cases->items[i].steps;

		for (size_t j = 0; j < wanted->cases->items[i].step_count; j++)
			if (steps[j].kind == NST_STEP_START &&
			    steps[j].start.start.command == program->start.command &&
			    steps[j].start.start.argv == program->start.argv)
				steps[j].start = *program;
	}
}

void assume_ready(struct reader *reader, const struct cases *cases)
{
	struct building *building = reader->building;

	for (size_t i = 0; i < building->setup->program_count; i++) {
		struct nst_scenario_program *program = &building->programs[i];
		const struct nst_start *start = &program->start;
		const struct wanted wanted = { building, cases, program };

		if (program->ready_position.line)
			continue;
		assume_from_text(&wanted, start->command);
		for (size_t j = 1; start->argv && start->argv[0] && start->argv[j]; j++)
			assume_from_text(&wanted, start->argv[j]);
		if (program->ready_assumed)
			tell_restarts(&wanted);
	}
}
