/* SPDX-License-Identifier: MIT */
/* What the HTML report shows of a case. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <base/markup.h>
#include <base/scope.h>
#include <evidence/details.h>
#include <evidence/hosts.h>
#include <nstest/impair.h>
#include <nstest/measure.h>
#include <nstest/program.h>

enum {
	LOG_MOST = 64 << 10,
	PACKETS_MOST = 2000,
	TRACE_MOST = 256 << 10,
	RULES_MOST = 64 << 10,
	DRAWN_MOST = 600
};

struct nst_details {
	FILE *out;
	char *text;
	size_t size;
	uint64_t began_us;           /* CLOCK_MONOTONIC, */
	unsigned long long began_ns; /* and the clock of captures */
	bool any_step;
	FILE *acts; /* of timelines: they come in the middle of steps */
	char *acts_text;
	size_t acts_size;
	FILE *measures;
	char *measures_text;
	size_t measures_size;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void nst_details_free(struct nst_details *details)
{
	if (!details)
		return;
	if (details->out)
		fclose(details->out);
	if (details->acts)
		fclose(details->acts);
	if (details->measures)
		fclose(details->measures);
	free(details->measures_text);
	free(details->text);
	free(details->acts_text);
	free(details);
}

struct nst_details *nst_details_begin(void)
{
	struct nst_details *details = calloc(1, sizeof(*details));

	if (!details)
		return NULL;
	details->began_us = now_us();
	details->began_ns = nst_now_ns();
	details->out = open_memstream(&details->text, &details->size);
	details->acts = open_memstream(&details->acts_text, &details->acts_size);
	details->measures =
		open_memstream(&details->measures_text, &details->measures_size);
	if (!details->out || !details->acts || !details->measures) {
		nst_details_free(details);
		return NULL;
	}
	fprintf(details->out, "{\"began_ns\": \"%llu\", \"steps\": [",
		details->began_ns);
	return details;
}

/* Of CLOCK_MONOTONIC; 0: now. */
static unsigned long long since_began(const struct nst_details *details, uint64_t at_us)
{
	if (!at_us)
		at_us = now_us();
	return at_us > details->began_us ? at_us - details->began_us : 0;
}

/* ---- Steps ---- */

void nst_details_step(struct nst_details *details, const struct nst_details_step *step)
{
	FILE *out = details ? details->out : NULL;

	if (!out)
		return;
	fprintf(out, "%s{\"at\": %llu, ", details->any_step ? ",\n" : "",
		since_began(details, step->began_us));
	details->any_step = true;
	nst_json_pair(out, "kind", step->kind);
	fputs(", ", out);
	nst_json_pair(out, "text", step->text);
	fputs(", ", out);
	nst_json_pair(out, "file", step->file);
	fprintf(out, ", \"line\": %u", step->line);
}

void nst_details_step_ended(struct nst_details *details, bool held)
{
	if (details)
		fprintf(details->out, ", \"end\": %llu, \"held\": %s}",
			since_began(details, 0), held ? "true" : "false");
}

void nst_details_answer(struct nst_details *details,
			const struct nst_details_answer *answer)
{
	const struct {
		const char *name, *text;
	} members[] = {
		{ "from", answer->from },         { "to", answer->to },
		{ "question", answer->question }, { "expected", answer->expected },
		{ "verdict", answer->verdict },   { "sentence", answer->sentence },
	};

	for (size_t i = 0; details && i < ARRAY_SIZE(members); i++) {
		fputs(", ", details->out);
		nst_json_pair(details->out, members[i].name, members[i].text);
	}
}

void nst_details_act(struct nst_details *details, const char *text, const char *when)
{
	FILE *out = details ? details->acts : NULL;

	if (!out)
		return;
	fprintf(out, "%s{\"at\": %llu, ", ftell(out) ? ",\n" : "",
		since_began(details, 0));
	nst_json_pair(out, "text", text);
	fputs(", ", out);
	nst_json_pair(out, "when", when);
	fputc('}', out);
}

/* ---- Measures ---- */

/* Every nth of a list, so that a page stays small. */
static size_t step_of(size_t count)
{
	return count / DRAWN_MOST + 1;
}

static void put_points(FILE *out, const struct nst_measure *measure)
{
	fputs(", \"points\": [", out);
	for (size_t i = 0; i < measure->point_count;
	     i += step_of(measure->point_count)) {
		const struct nst_measure_point *point = &measure->points[i];

		fprintf(out, "%s[%llu,%llu,%u,%u]", i ? "," : "",
			(unsigned long long)point->at_us,
			(unsigned long long)point->acked, point->in_flight,
			point->rtt_us);
	}
	fputs("], \"windows\": [", out);
	for (size_t i = 0; i < measure->window_count;
	     i += step_of(measure->window_count))
		fprintf(out, "%s[%llu,%u]", i ? "," : "",
			(unsigned long long)measure->windows[i].at_us,
			measure->windows[i].segments);
	fputc(']', out);
}

void nst_details_measure(struct nst_details *details, const char *title,
			 const struct nst_measure *measure)
{
	FILE *out = details ? details->measures : NULL;

	if (!out)
		return;
	fputs(ftell(out) ? ",\n{" : "{", out);
	nst_json_pair(out, "title", title);
	fprintf(out,
		", \"rate\": %llu, \"bytes\": %llu, \"segments\": %llu, "
		"\"retransmitted\": %llu, \"median\": %u, \"p99\": %u",
		(unsigned long long)measure->rate_bps,
		(unsigned long long)measure->bytes,
		(unsigned long long)measure->segments,
		(unsigned long long)measure->retransmitted, measure->latency_us.median,
		measure->latency_us.p99);
	put_points(out, measure);
	fputc('}', out);
}

/* ---- The network ---- */

static const char *const kinds[] = { "host", "router", "nat router", "switch" };

struct host_list {
	FILE *out;
	const char *before;
};

static void put_host(void *self, const char *name, enum nst_host_kind kind)
{
	struct host_list *list = self;

	fprintf(list->out, "%s{", list->before);
	nst_json_pair(list->out, "name", name);
	fputs(", ", list->out);
	nst_json_pair(list->out, "kind", kinds[kind]);
	fputc('}', list->out);
	list->before = ", ";
}

static void put_links(FILE *out, const struct nst_topology *topology)
{
	const char *before = "";

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
}

static void put_topology(FILE *out, const struct nst_topology *topology)
{
	static const struct nst_topology none;
	struct host_list list = { out, "" };

	fputs("\n\"hosts\": [", out);
	nst_each_host(topology ? topology : &none, put_host, &list);
	fputs("],\n\"links\": [", out);
	put_links(out, topology ? topology : &none);
	fputc(']', out);
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

static void put_ruleset(FILE *out, int folder, const char *name, const char *before)
{
	AUTO_FREE char *text = malloc(RULES_MOST);
	AUTO_CLOSE int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t size = text && fd >= 0 ? read(fd, text, RULES_MOST) : 0;

	fprintf(out, "%s{\"host\": ", before);
	nst_json_text(out, name, strlen(name) - strlen(".ruleset"));
	fputs(", \"text\": ", out);
	nst_json_text(out, text, size > 0 ? (size_t)size : 0);
	fputc('}', out);
}

static int is_ruleset(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), end = strlen(".ruleset");

	return length > end && !strcmp(entry->d_name + length - end, ".ruleset");
}

static void put_rulesets(FILE *out, const char *path)
{
	AUTO_CLOSE int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	int count = folder < 0 ? 0 : scandir(path, &entries, is_ruleset, alphasort);

	fputs(",\n\"rulesets\": [", out);
	for (int i = 0; i < count; i++) {
		put_ruleset(out, folder, entries[i]->d_name, i ? ", " : "");
		free(entries[i]);
	}
	free(entries);
	fputc(']', out);
}

/* ---- All of it ---- */

void nst_details_finish(struct nst_details *details, const struct nst_details_end *end,
			struct nst_result *result)
{
	FILE *out = details ? details->out : NULL;

	if (!out)
		return;
	fflush(details->acts);
	fflush(details->measures);
	fprintf(out, "],\n\"acts\": [%s],\n\"measures\": [%s],\n\"took\": %llu,",
		details->acts_text, details->measures_text,
		(unsigned long long)end->took_us);
	put_topology(out, end->topology);
	if (end->lab) {
		put_impairments(out, end->lab);
		if (end->whole) {
			put_packets(out, end->lab);
			put_trace(out, end->lab);
			put_logs(out, end->lab);
		}
	}
	if (end->whole && end->folder)
		put_rulesets(out, end->folder);
	fputc('}', out);
	if (fflush(out) == 0)
		nst_text_set(&result->details, "%s", details->text);
	free(result->graph);
	result->graph = end->topology ? nst_graph_of(end->topology) : NULL;
	nst_details_free(details);
}
