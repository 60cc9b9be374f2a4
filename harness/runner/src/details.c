/* SPDX-License-Identifier: MIT */
/* What the HTML report shows of a case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/impair.h>
#include <nstest/program.h>
#include <base/markup.h>

#include "clock.h"
#include "details.h"

enum {
	LOG_MOST = 64 << 10,
	PACKETS_MOST = 2000,
	TRACE_MOST = 256 << 10,
	RULES_MOST = 64 << 10
};

struct details {
	FILE *out;
	char *text;
	size_t size;
	uint64_t began_us;           /* CLOCK_MONOTONIC, */
	unsigned long long began_ns; /* and the clock of captures */
	bool any_step;
	FILE *acts; /* of timelines: they come in the middle of steps */
	char *acts_text;
	size_t acts_size;
};

static void forget(struct details *details)
{
	if (details->out)
		fclose(details->out);
	if (details->acts)
		fclose(details->acts);
	free(details->text);
	free(details->acts_text);
	free(details);
}

struct details *details_begin(void)
{
	struct details *details = calloc(1, sizeof(*details));

	if (!details)
		return NULL;
	details->began_us = now_us();
	details->began_ns = nst_now_ns();
	details->out = open_memstream(&details->text, &details->size);
	details->acts = open_memstream(&details->acts_text, &details->acts_size);
	if (!details->out || !details->acts) {
		forget(details);
		return NULL;
	}
	fprintf(details->out, "{\"began_ns\": \"%llu\", \"steps\": [",
		details->began_ns);
	return details;
}

static uint64_t since(const struct details *details)
{
	return now_us() - details->began_us;
}

/* ---- Steps ---- */

static void put_step(struct details *details, const struct nst_step *step)
{
	FILE *out = details->out;

	fprintf(out, "%s{\"at\": %llu, ", details->any_step ? ",\n" : "",
		(unsigned long long)since(details));
	details->any_step = true;
	nst_json_pair(out, "kind", nst_step_name(step->kind));
	fputs(", ", out);
	nst_json_pair(out, "text", step->text);
	fputs(", ", out);
	nst_json_pair(out, "file", step->position.file);
	fprintf(out, ", \"line\": %u", step->position.line);
}

void details_step_begins(struct live_case *live, const struct nst_step *step)
{
	if (live->details)
		put_step(live->details, step);
}

void details_step_ended(struct live_case *live, bool held)
{
	if (live->details)
		fprintf(live->details->out, ", \"end\": %llu, \"held\": %s}",
			(unsigned long long)since(live->details),
			held ? "true" : "false");
}

void details_verdict(struct live_case *live, const struct nst_expectation *expect,
		     const struct nst_verdict *verdict)
{
	FILE *out;

	if (!live->details)
		return;
	out = live->details->out;
	fputs(", ", out);
	nst_json_pair(out, "from", expect->question.from);
	fputs(", ", out);
	nst_json_pair(out, "to", expect->question.to);
	fputs(", ", out);
	nst_json_pair(out, "question", expect->question_text);
	fputs(", ", out);
	nst_json_pair(out, "expected", expect->verdict_text);
	fputs(", ", out);
	nst_json_pair(out, "verdict", nst_verdict_name(verdict->kind));
	fputs(", ", out);
	nst_json_pair(out, "sentence", verdict->sentence);
}

void details_act(struct live_case *live, const struct nst_step *step,
		 const struct nst_timeline_entry *entry)
{
	FILE *out = live->details ? live->details->acts : NULL;

	if (!out)
		return;
	fprintf(out, "%s{\"at\": %llu, ", ftell(out) ? ",\n" : "",
		(unsigned long long)since(live->details));
	nst_json_pair(out, "text", step->text);
	fputs(", ", out);
	nst_json_pair(out, "when", entry->text);
	fputc('}', out);
}

/* ---- The network ---- */

static const char *const kinds[] = { "host", "router", "nat router", "switch" };

static void put_topology(FILE *out, const struct nst_topology *topology)
{
	const char *before = "";

	fputs("\n\"hosts\": [", out);
	for (const struct nst_host *host = topology->hosts; host && host->name;
	     host++) {
		fprintf(out, "%s{", before);
		nst_json_pair(out, "name", host->name);
		fputs(", ", out);
		nst_json_pair(out, "kind", kinds[host->kind]);
		fputc('}', out);
		before = ", ";
	}
	fputs("],\n\"links\": [", out);
	before = "";
	for (const struct nst_link *link = topology->links; link && link->a.host;
	     link++) {
		fprintf(out, "%s{", before);
		nst_json_pair(out, "a", link->a.host);
		fputs(", ", out);
		nst_json_pair(out, "b", link->b.host);
		fputs(", ", out);
		nst_json_pair(out, "a_address", link->a.addresses);
		fputs(", ", out);
		nst_json_pair(out, "b_address", link->b.addresses);
		fputc('}', out);
		before = ", ";
	}
	fputs("],\n", out);
	nst_json_pair(out, "layout", layout_of(topology));
}

static void put_impairment(FILE *out, const struct nst_link_report *link)
{
	const struct nst_wire_counters *counters = &link->counters;

	fputc('{', out);
	nst_json_pair(out, "from", link->from);
	fputs(", ", out);
	nst_json_pair(out, "to", link->to);
	fputs(", ", out);
	nst_json_pair(out, "asked", link->planned);
	fputs(", ", out);
	nst_json_pair(out, "engine", nst_engine_name(link->engine.engine));
	fprintf(out, ", \"came\": %llu, \"lost\": %llu, \"loss_ppm\": %u}",
		(unsigned long long)counters->received,
		(unsigned long long)counters->lost, link->loss_ppm);
}

static void put_impairments(FILE *out, struct nst_lab *lab)
{
	AUTO_FREE struct nst_link_report *links = NULL;
	size_t count = 0;

	fputs(",\n\"impairments\": [", out);
	if (nst_link_reports(lab, &links, &count, NULL, NULL) >= 0)
		for (size_t i = 0; i < count; i++) {
			fputs(i ? ", " : "", out);
			put_impairment(out, &links[i]);
		}
	fputc(']', out);
}

/* ---- Packets, logs ---- */

static void put_packets(FILE *out, struct nst_lab *lab)
{
	AUTO_FREE char *table = NULL;

	if (nst_packet_table(lab, NULL, 0, PACKETS_MOST, &table) < 0)
		return;
	fputs(",\n", out);
	nst_json_pair(out, "packets", table);
}

/* What the wire engine did to packets, as lines of JSON. */
static void put_trace(FILE *out, struct nst_lab *lab)
{
	AUTO_CLOSE int fd = memfd_create("trace", MFD_CLOEXEC);
	AUTO_FREE char *text = malloc(TRACE_MOST + 1);
	char path[64];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || !text || nst_save_fault_trace(lab, path) < 0)
		return;
	size = pread(fd, text, TRACE_MOST, 0);
	while (size > 0 && text[size - 1] != '\n') /* a line that was cut */
		size--;
	if (size <= 0)
		return;
	fputs(",\n\"trace\": ", out);
	nst_json_text(out, text, (size_t)size);
}

static bool put_log(FILE *out, struct nst_program *program, enum nst_stream stream,
		    const char *before)
{
	AUTO_FREE char *text = NULL;

	if (nst_output_lines(program, stream, LOG_MOST, &text) < 0 || !*text)
		return false;
	fprintf(out, "%s{", before);
	nst_json_pair(out, "host", nst_program_host(program));
	fputs(", ", out);
	nst_json_pair(out, "program", nst_program_name(program));
	fputs(", ", out);
	nst_json_pair(out, "stream", stream == NST_STDOUT ? "stdout" : "stderr");
	fputs(", ", out);
	nst_json_pair(out, "lines", text);
	fputc('}', out);
	return true;
}

static void put_logs(FILE *out, struct nst_lab *lab)
{
	struct nst_program *program;
	const char *before = "";

	fputs(",\n\"logs\": [", out);
	for (size_t i = 0; (program = nst_program_at(lab, i)); i++) {
		before = put_log(out, program, NST_STDOUT, before) ? ",\n" : before;
		before = put_log(out, program, NST_STDERR, before) ? ",\n" : before;
	}
	fputc(']', out);
}

/* ---- Rulesets ---- */

static void put_ruleset(FILE *out, const char *folder, const char *name, size_t length,
			const char *before)
{
	AUTO_FREE char *text = calloc(1, RULES_MOST + 1);
	AUTO_FREE char *path = NULL;
	FILE *in AUTO_FCLOSE = NULL;
	size_t size;

	nst_text_set(&path, "%s/%.*s", folder, (int)length, name);
	in = path && text ? fopen(path, "re") : NULL;
	if (!in)
		return;
	size = fread(text, 1, RULES_MOST, in);
	fprintf(out, "%s{\"host\": ", before);
	nst_json_text(out, name, length - strlen(".ruleset"));
	fputs(", \"text\": ", out);
	nst_json_text(out, text, size);
	fputc('}', out);
}

/* As they were kept, with what each rule counted. */
static void put_rulesets(FILE *out, const struct nst_result *result)
{
	const char *name = result->files, *before = "";

	fputs(",\n\"rulesets\": [", out);
	while (name && *name && result->kept) {
		size_t length = strcspn(name, "\n"), end = strlen(".ruleset");

		if (length > end && !strncmp(name + length - end, ".ruleset", end)) {
			put_ruleset(out, result->kept, name, length, before);
			before = ", ";
		}
		name += length + (name[length] == '\n');
	}
	fputc(']', out);
}

void details_finish(struct live_case *live, const struct nst_scenario_case *item,
		    bool all)
{
	struct details *details = live->details;

	if (!details)
		return;
	fflush(details->acts);
	fprintf(details->out, "],\n\"acts\": [%s],\n\"took\": %llu,",
		details->acts_text, (unsigned long long)live->result->duration_us);
	put_topology(details->out, &item->setup->topology);
	if (live->lab) {
		put_impairments(details->out, live->lab);
		if (all || live->result->outcome != NST_OUTCOME_PASS) {
			put_packets(details->out, live->lab);
			put_trace(details->out, live->lab);
			put_logs(details->out, live->lab);
			put_rulesets(details->out, live->result);
		}
	}
	fputs("}", details->out);
	if (fflush(details->out) == 0)
		live->result->details = strdup(details->text);
	forget(details);
	live->details = NULL;
}
