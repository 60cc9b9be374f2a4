/* SPDX-License-Identifier: MIT */
/* Verdicts as text for people: what was seen, and where to look next. Pure. */
#include <stdio.h>
#include <stdlib.h>

#include <nstest/probe.h>

static const char *const place_names[] = {
	[NST_PLACE_NONE] = "",       [NST_PLACE_OUTPUT] = "OUTPUT",
	[NST_PLACE_LINK] = "link",   [NST_PLACE_FORWARD] = "FORWARD",
	[NST_PLACE_INPUT] = "INPUT",
};

/* "b:eth0 INPUT (on the way of the answer)   fixtures/web.rules:1  -A …" */
static void print_place(FILE *out, const struct nst_where *where)
{
	if (where->place == NST_PLACE_NONE)
		return;
	fprintf(out, "%s%s%s %s%s%s%s\n", where->host, *where->interface ? ":" : "",
		where->interface, place_names[where->place],
		where->answer ? " (on the way of the answer)" : "",
		*where->rule ? "   " : "", where->rule);
}

char *nst_verdict_explain(const struct nst_verdict *verdict)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print_place(out, &verdict->where);
	/* The ladder, where there is one, tells the same in full. */
	for (size_t i = 0; i < verdict->evidence_count && !*verdict->ladder; i++) {
		const struct nst_evidence *seen = &verdict->evidence[i];

		fprintf(out, "%8.1f us  %s%s%s  %s\n", (double)seen->at_ns / 1e3,
			seen->host, *seen->interface ? ":" : "", seen->interface,
			seen->text);
	}
	if (verdict->evidence_lost && !*verdict->ladder)
		fprintf(out, "(%zu more)\n", verdict->evidence_lost);
	if (verdict->proof == NST_PROOF_WAITED)
		fprintf(out, "not proved but waited for: %s\n", verdict->why_waited);
	if (verdict->own_listener)
		fputs("nothing listened there, so the probe put up a listener\n", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	if (size)
		text[size - 1] = '\0'; /* the last newline */
	return text;
}

static int print_next(char **text, const struct nst_question *question,
		      const struct nst_verdict *verdict)
{
	const struct nst_where *where = &verdict->where;

	switch (verdict->kind) {
	case NST_VERDICT_OPEN:
		return asprintf(
			text,
			"the rules of %s (OUTPUT) and %s (INPUT): none of them stopped "
			"it",
			question->from, question->to);
	case NST_VERDICT_REFUSED:
		return asprintf(
			text,
			"what listens on %s: the host was reached, the port is closed",
			question->to);
	case NST_VERDICT_REJECTED:
	case NST_VERDICT_DROPPED:
		return asprintf(text, "%s of %s%s",
				where->place == NST_PLACE_LINK ? "the link"
							       : "the rules",
				*where->host ? where->host : question->to,
				where->answer ? ", for what comes back" : "");
	case NST_VERDICT_UNROUTABLE:
		return asprintf(text, "the addresses, prefixes and routes of %s",
				question->from);
	case NST_VERDICT_UNANSWERED:
	case NST_VERDICT_INCONCLUSIVE:
		break;
	}
	return asprintf(text, "the capture: nothing was proved");
}

char *nst_verdict_next(const struct nst_question *question,
		       const struct nst_verdict *verdict)
{
	char *text;

	return print_next(&text, question, verdict) < 0 ? NULL : text;
}
