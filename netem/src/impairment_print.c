/* SPDX-License-Identifier: MIT */
/* An impairment as text, which nst_impairment_parse() reads back. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/impairment.h>

struct printer {
	char *text;
	size_t size, used; /* used: also of what did not fit */
	bool begun;
};

__attribute__((format(printf, 2, 3))) static void add(struct printer *printer,
						      const char *format, ...)
{
	bool fits = printer->used < printer->size;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(fits ? printer->text + printer->used : NULL,
		      fits ? printer->size - printer->used : 0, format, args);
	va_end(args);
	printer->used += n > 0 ? (size_t)n : 0;
}

static void begin(struct printer *printer, const char *keyword)
{
	add(printer, "%s%s", printer->begun ? ", " : "", keyword);
	printer->begun = true;
}

/* ---- Quantities ---- */

struct unit {
	const char *name;
	uint64_t times;
};

static const struct unit time_units[] = { { "s", 1000000 },
					  { "ms", 1000 },
					  { "us", 1 } };
static const struct unit rate_units[] = {
	{ "tbit", 1000000000000 }, { "gbit", 1000000000 }, { "mbit", 1000000 },
	{ "kbit", 1000 },          { "bit", 1 },
};
static const struct unit size_units[] = { { "MB", 1000000 },
					  { "kB", 1000 },
					  { "B", 1 } };

/* In the largest unit of which it has a whole number. */
static void add_units(struct printer *printer, uint64_t value, const struct unit *units,
		      size_t count)
{
	size_t i = 0;

	while (i + 1 < count && (value == 0 || value % units[i].times))
		i++;
	add(printer, "%" PRIu64 "%s", value / units[i].times, units[i].name);
}

static void add_time(struct printer *printer, int64_t us)
{
	add_units(printer, (uint64_t)us, time_units, ARRAY_SIZE(time_units));
}

static void add_percent(struct printer *printer, uint32_t ppm)
{
	char digits[8];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%04u", ppm % 10000);

	while (length && digits[length - 1] == '0')
		digits[--length] = '\0';
	add(printer, " %u%s%s%%", ppm / 10000, length ? "." : "", digits);
}

static void add_event(struct printer *printer, const char *keyword, uint32_t ppm,
		      uint32_t correlation_ppm)
{
	if (!ppm)
		return;
	begin(printer, keyword);
	add_percent(printer, ppm);
	if (correlation_ppm)
		add_percent(printer, correlation_ppm);
}

static void add_file(struct printer *printer, const char *name)
{
	if (*name &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789_-./+")] == '\0') {
		add(printer, " %s", name);
		return;
	}
	add(printer, " \"");
	for (; *name; name++)
		add(printer, "%s%c", *name == '"' || *name == '\\' ? "\\" : "", *name);
	add(printer, "\"");
}

static void add_distribution(struct printer *printer,
			     enum nst_distribution distribution, const char *file)
{
	static const char *const names[] = { "uniform", "normal", "pareto",
					     "paretonormal", "table" };

	add(printer, " %s", names[distribution]);
	if (distribution == NST_TABLE)
		add_file(printer, file ? file : "");
}

/* ---- Parts ---- */

static void add_delay(struct printer *printer, const struct nst_impairment *asked)
{
	bool jitter =
		asked->jitter_us || asked->delay_correlation_ppm || asked->distribution;

	if (!asked->delay_us && !jitter)
		return;
	begin(printer, "delay ");
	add_time(printer, asked->delay_us);
	if (jitter) {
		add(printer, " \u00b1");
		add_time(printer, asked->jitter_us);
	}
	if (asked->delay_correlation_ppm)
		add_percent(printer, asked->delay_correlation_ppm);
	if (asked->distribution)
		add_distribution(printer, asked->distribution,
				 asked->distribution_file);
}

static void add_several(struct printer *printer, const char *model,
			const uint32_t *values, size_t count)
{
	begin(printer, model);
	for (size_t i = 0; i < count; i++)
		add_percent(printer, values[i]);
}

static void add_loss(struct printer *printer, const struct nst_impairment *asked)
{
	switch (asked->loss_model) {
	case NST_LOSS_RANDOM:
		add_event(printer, "loss", asked->loss_ppm,
			  asked->loss_correlation_ppm);
		break;
	case NST_LOSS_MARKOV:
		add_several(printer, "loss state", asked->markov_ppm, 5);
		break;
	case NST_LOSS_GILBERT:
		add_several(printer, "loss gemodel", asked->gilbert_ppm, 4);
		break;
	}
	if (asked->ecn)
		begin(printer, "ecn");
}

static void add_events(struct printer *printer, const struct nst_impairment *asked)
{
	add_event(printer, "duplicate", asked->duplicate_ppm,
		  asked->duplicate_correlation_ppm);
	add_event(printer, "corrupt", asked->corrupt_ppm,
		  asked->corrupt_correlation_ppm);
	add_event(printer, "reorder", asked->reorder_ppm,
		  asked->reorder_correlation_ppm);
	if (asked->reorder_ppm && asked->reorder_gap)
		add(printer, " gap %u", asked->reorder_gap);
}

static void add_rate(struct printer *printer, const struct nst_impairment *asked)
{
	if (!asked->rate_bps)
		return;
	begin(printer, "rate ");
	add_units(printer, asked->rate_bps, rate_units, ARRAY_SIZE(rate_units));
	if (asked->rate_overhead)
		add(printer, " overhead %d", asked->rate_overhead);
	if (asked->cell_size)
		add(printer, " cell %u/%u", asked->cell_size, asked->cell_overhead);
}

static void add_limit(struct printer *printer, const struct nst_impairment *asked)
{
	if (!asked->limit_packets && !asked->limit_bytes)
		return;
	begin(printer, "limit");
	if (asked->limit_packets)
		add(printer, " %u", asked->limit_packets);
	if (asked->limit_bytes) {
		add(printer, " ");
		add_units(printer, asked->limit_bytes, size_units,
			  ARRAY_SIZE(size_units));
	}
}

static void add_slot(struct printer *printer, const struct nst_impairment *asked)
{
	bool spread = asked->slot_delay_us || asked->slot_jitter_us;

	if (!spread && !asked->slot_max_us)
		return;
	begin(printer, "slot");
	if (spread) {
		add(printer, " distribution");
		add_distribution(printer, asked->slot_distribution,
				 asked->slot_distribution_file);
	}
	add(printer, " ");
	add_time(printer, spread ? asked->slot_delay_us : asked->slot_min_us);
	add(printer, "%s", spread ? " \u00b1" : "\u2013");
	add_time(printer, spread ? asked->slot_jitter_us : asked->slot_max_us);
	if (asked->slot_packets)
		add(printer, " packets %u", asked->slot_packets);
	if (asked->slot_bytes)
		add(printer, " bytes %u", asked->slot_bytes);
}

static void add_rest(struct printer *printer, const struct nst_impairment *asked)
{
	static const char *const queues[] = { NULL, "queue codel", "queue pie" };

	if (asked->trace_file) {
		begin(printer, "trace");
		add_file(printer, asked->trace_file);
	}
	if (asked->queue)
		begin(printer, queues[asked->queue]);
	if (asked->compat == NST_COMPAT_NETEM)
		begin(printer, "compat netem");
	if (asked->seed) {
		begin(printer, "seed");
		add(printer, " %" PRIu64, asked->seed);
	}
}

int nst_impairment_print(const struct nst_impairment *impairment, char *text,
			 size_t size)
{
	static void (*const parts[])(struct printer *,
				     const struct nst_impairment *) = {
		add_delay, add_loss, add_events, add_rate,
		add_limit, add_slot, add_rest,
	};
	struct printer printer = { .text = text, .size = size };

	if (size)
		text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](&printer, impairment);
	return (int)printer.used;
}
