/* SPDX-License-Identifier: MIT */
/* expect: FROM -> TO tcp/PORT|udp/PORT|icmp [over ipv4|ipv6] VERDICT [or VERDICT]…; what
 * may be said of a verdict: step_reasons.c */
#include <arpa/inet.h>
#include <string.h>

#include <base/scope.h>

#include "expect.h"
#include "words.h"

#define BIT(kind) (1u << NST_VERDICT_##kind)

static const struct {
	const char *name;
	unsigned int bits;
} verdicts[] = {
	{ "open", BIT(OPEN) },
	{ "refused", BIT(REFUSED) },
	{ "rejected", BIT(REJECTED) },
	{ "dropped", BIT(DROPPED) },
	{ "blocked", BIT(REJECTED) | BIT(DROPPED) },
	{ "unroutable", BIT(UNROUTABLE) },
	{ "unanswered", BIT(UNANSWERED) },
};

bool parse_verdict(struct sentence *sentence, unsigned int *bits)
{
	const char *names[ARRAY_SIZE(verdicts) + 1] = { NULL };
	struct word word;

	if (!need_word(sentence, "a verdict, such as open or dropped,", &word))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		names[i] = verdicts[i].name;
		if (strcmp(word.text, verdicts[i].name) != 0)
			continue;
		*bits |= verdicts[i].bits;
		return true;
	}
	return complain_word(sentence, &word, "unknown verdict \"%s\"%s", word.text,
			     or_known(sentence->reader->arena, word.text, names));
}

bool parse_verdicts(struct sentence *sentence, unsigned int *bits)
{
	do {
		if (!parse_verdict(sentence, bits))
			return false;
	} while (take_word(sentence, "or"));
	return true;
}

int address_family(const char *text)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : 0;
}

bool parse_target(struct sentence *sentence, struct word *to)
{
	if (!need_word(sentence, "the host that is asked", to))
		return false;
	return address_family(to->text) || known_host(sentence, to);
}

bool parse_protocol(struct sentence *sentence, struct nst_question *question)
{
	struct word word;

	if (!need_word(sentence, "tcp/PORT, udp/PORT or icmp", &word))
		return false;
	if (strcmp(word.text, "icmp") == 0) {
		question->protocol = NST_ICMP;
		return true;
	}
	if (strncmp(word.text, "icmp/", 5) == 0)
		return complain_word(sentence, &word, "icmp has no port");
	if (!strchr(word.text, '/') && strcmp(word.text, "tcp") != 0 &&
	    strcmp(word.text, "udp") != 0)
		return complain_word(sentence, &word,
				     "tcp/PORT, udp/PORT or icmp belongs here");
	return parse_port(sentence, &word, &question->protocol, &question->port);
}

bool parse_family(struct sentence *sentence, struct nst_question *question)
{
	static const char *const words[] = { "ipv4", "ipv6", NULL };
	struct word word;

	if (!take_word(sentence, "over"))
		return true;
	if (!need_word(sentence, "ipv4 or ipv6", &word))
		return false;
	if (strcmp(word.text, "ipv4") == 0)
		question->family = AF_INET;
	else if (strcmp(word.text, "ipv6") == 0)
		question->family = AF_INET6;
	else
		return complain_word(
			sentence, &word, "no address family is called \"%s\"%s",
			word.text, or_known(sentence->reader->arena, word.text, words));
	return !address_family(question->to) ||
	       address_family(question->to) == question->family ||
	       complain_word(sentence, &word, "%s is no address of that family",
			     question->to);
}

static bool has_family(const struct nst_node *node, int family)
{
	return family == AF_INET ? node->has_ipv4 : node->has_ipv6;
}

/* A host that asks or is asked has an address of the family, if one was written. */
static bool check_host(struct sentence *sentence, const struct word *host, int family)
{
	const struct building *building = sentence->reader->building;
	const struct nst_node *node;
	size_t i;

	if (find_host(building, host->text)->kind == NST_SWITCH)
		return complain_word(sentence, host,
				     "\"%s\" is a switch: it neither asks nor answers",
				     host->text);
	if (!building->plan || nst_plan_node(building->plan, host->text, &i) < 0)
		return true;
	node = &building->plan->nodes[i];
	if (family && !has_family(node, family))
		return complain_word(sentence, host, "\"%s\" has no IPv%d address",
				     host->text, family == AF_INET ? 4 : 6);
	return family || node->has_ipv4 || node->has_ipv6 ||
	       complain_word(sentence, host, "\"%s\" has no address", host->text);
}

bool check_question(struct sentence *sentence, const struct nst_question *question,
		    const struct word *from, const struct word *to)
{
	int family = address_family(to->text);

	if (!family)
		family = question->family;
	return check_host(sentence, from, family) &&
	       (address_family(to->text) || check_host(sentence, to, family));
}

const char *trimmed(struct sentence *sentence, size_t start, size_t end)
{
	static const char white[] = " \t\n";
	const char *text = sentence->string->text;

	start += strspn(text + start, white);
	while (end > start && strchr(white, text[end - 1]))
		end--;
	return part_of(sentence->reader, sentence->string, start,
		       end > start ? end - start : 0);
}

bool parse_expect(struct sentence *sentence, struct nst_step *step)
{
	struct nst_expectation *expect = &step->expect;
	struct nst_question *question = &expect->question;
	struct word from, to;
	size_t split;

	if (is_about_connection(sentence))
		return parse_over(sentence, step);
	if (!need_host(sentence, "the host that asks", &from) ||
	    !need_this_word(sentence, "->", "a -> b tcp/80 open") ||
	    !parse_target(sentence, &to))
		return false;
	question->from = from.text;
	question->to = to.text;
	question->settle_ms = sentence->reader->playing->settle_ms;
	if (!parse_protocol(sentence, question) || !parse_how(sentence, question))
		return false;
	split = sentence->at;
	if (!parse_answers(sentence, expect))
		return false;
	/* Where a closed port is right, the probe must not open it. */
	if (nst_expected(expect, NST_VERDICT_REFUSED))
		question->listener = NST_LISTENER_NONE;
	expect->question_text = trimmed(sentence, 0, split);
	expect->verdict_text = trimmed(sentence, split, sentence->at);
	step->text = expect->question_text;
	return check_question(sentence, question, &from, &to);
}
