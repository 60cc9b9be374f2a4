/* SPDX-License-Identifier: MIT */
/* Whether a regex and a packet filter can be used. */
#include "check.h"

#include <pcap/pcap.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* glibc's regcomp() copies what is repeated: (((a{99}){99}){99}){99} takes all memory, and
 * every "(" takes stack. What people write stays far below these. */
enum { REGEX_MAX = 1000, REPEATS_MAX = 1000, NESTED_MAX = 50 };

static const char *costs_too_much(const char *regex)
{
	unsigned long repeats = 1;
	size_t nested = 0;

	if (strlen(regex) > REGEX_MAX)
		return "it is longer than 1000 bytes";
	for (const char *c = regex; *c; c++) {
		const char *bound = c;

		nested += *c == '(';
		if (nested > NESTED_MAX)
			return "it has more than 50 groups";
		if (*c != '{')
			continue;
		while (*bound && *bound != '}') {
			char *end;
			unsigned long n = strtoul(bound + 1, &end, 10);

			if (n > REPEATS_MAX || (n && (repeats *= n) > REPEATS_MAX))
				return "it repeats something more than 1000 times";
			bound = end > bound + 1 ? end : bound + 1;
		}
	}
	return NULL;
}

bool check_regex(struct reader *reader, const struct string *string, size_t offset,
		 size_t size, const char *regex)
{
	const char *wrong = costs_too_much(regex);
	char text[128];
	regex_t compiled;
	int r;

	if (wrong)
		return complain_at(reader, string, offset, size,
				   "this regex is too costly: %s", wrong);
	r = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
	if (r == 0) {
		regfree(&compiled);
		return true;
	}
	regerror(r, &compiled, text, sizeof(text));
	return complain_at(reader, string, offset, size,
			   "this is not a regex (POSIX extended): %s", text);
}

/* Not with `alone`: libpcap would look up the names of hosts in it. */
bool check_filter(struct reader *reader, const struct string *string)
{
	struct bpf_program program;
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;
	int r;

	if (reader->options->alone)
		return true;
	pcap = pcap_open_dead(DLT_EN10MB, 65535);
	if (!pcap)
		longjmp(*reader->arena->no_memory, 1);
	r = pcap_compile(pcap, &program, string->text, 1, PCAP_NETMASK_UNKNOWN);
	snprintf(text, sizeof(text), "%s", r < 0 ? pcap_geterr(pcap) : "");
	if (r == 0)
		pcap_freecode(&program);
	pcap_close(pcap);
	return r == 0 || complain_at(reader, string, 0, string->size,
				     "this is not a packet filter: %s", text);
}
