/* SPDX-License-Identifier: MIT */
/* Any text as a ruleset, and as what nft and iptables-restore say of one.
 *
 * The first byte chooses where the text stands; the rest is the text up to "\n\n", then the rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/firewall/src/rules.h"
#include "../../harness/firewall/src/script.h"

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

static void check_origin(struct origin *origin)
{
	for (size_t i = 0; i < origin->count; i++) {
		const struct origin_item *item = &origin->items[i];

		must(item->line <= item->end_line && !strchr(item->text, '\n'));
		must(item->family && item->table && item->chain && item->file);
	}
	origin_free(origin);
}

/* Where its rules stand, whatever language it is taken for. */
static void check_origins(const char *text, const char *script,
			  const struct rules_place *place)
{
	struct origin nft = { 0 }, save = { 0 }, tables = { 0 }, legacy = { 0 };
	struct script_origins origins = { &nft, &tables, &legacy, false, true };
	struct script_refusal refusal;

	origin_of_nft(&nft, text, place, "");
	origin_of_xtables(&save, text, "ip", place);
	script_read(text, script, place, "", &origins, &refusal);
	check_origin(&nft);
	check_origin(&save);
	check_origin(&tables);
	check_origin(&legacy);
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
	check_origins(said, rules ? rules : "", &place);
	free(said);
	return 0;
}
