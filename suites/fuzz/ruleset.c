/* SPDX-License-Identifier: MIT */
/* Any text as a ruleset, and as what nft and iptables-restore say of one.
 *
 * The first byte chooses where the text stands; the rest is the text up to "\n\n", then the rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/firewall/src/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_kind(const char *text)
{
	enum nst_ruleset_kind kind = NST_RULESET_AUTO;

	if (nst_ruleset_recognise(text, &kind) < 0)
		must(kind == NST_RULESET_AUTO);
	else
		must(kind != NST_RULESET_AUTO &&
		     (!rules_are_bare(text) || kind != NST_RULESET_NFT));
}

/* A sentence that begins with the file's name, whatever its room. */
static void check_sentence(const char *sentence, size_t size)
{
	must(strlen(sentence) < size && !strchr(sentence, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *said = calloc(1, size + 1), sentence[200];
	struct rules_place place = { .name = "web.rules" };
	char *rules;

	if (!said || size == 0) {
		free(said);
		return 0;
	}
	place.first_line = data[0] & 15;
	place.added = data[0] >> 4 & 1;
	memcpy(said, data + 1, size - 1);
	check_kind(said);
	rules = strstr(said, "\n\n");
	if (rules)
		*rules++ = '\0';
	complaint_of_nft(said, "/proc/self/fd/7", &place, sentence, sizeof(sentence));
	check_sentence(sentence, sizeof(sentence));
	complaint_of_xtables(said, rules ? rules : "", &place, sentence,
			     sizeof(sentence));
	check_sentence(sentence, sizeof(sentence));
	complaint_is_of_kernel(said);
	free(said);
	return 0;
}
