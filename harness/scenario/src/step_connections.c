/* SPDX-License-Identifier: MIT */
/* connect: a -> b tcp/22 as NAME, and expect: connection NAME alive. */
#include <string.h>

#include <base/scope.h>

#include "expect.h"
#include "words.h"

#define BIT(kind) (1u << NST_VERDICT_##kind)

/* Whatever says for certain that nothing passes any more. */
enum { DEAD = BIT(REFUSED) | BIT(REJECTED) | BIT(DROPPED) | BIT(UNROUTABLE) };

bool parse_connect(struct sentence *sentence, struct nst_step *step)
{
	struct playing *playing = sentence->reader->playing;
	struct nst_expectation *expect = &step->expect;
	struct nst_question *question = &expect->question;
	struct word from, to, protocol = { 0 }, name;
	struct sentence ahead;
	size_t split;

	if (!need_host(sentence, "the host that connects", &from) ||
	    !need_this_word(sentence, "->", "a -> b tcp/22 as ssh") ||
	    !parse_target(sentence, &to))
		return false;
	question->from = from.text;
	question->to = to.text;
	question->settle_ms = playing->settle_ms;
	ahead = *sentence;
	next_word(&ahead, &protocol);
	if (!parse_protocol(sentence, question) || !parse_family(sentence, question))
		return false;
	if (question->protocol != NST_TCP)
		return complain_word(sentence, &protocol,
				     "only TCP has connections: tcp/PORT");
	split = sentence->at;
	if (!need_this_word(sentence, "as", "a -> b tcp/22 as ssh") ||
	    !need_word(sentence, "the connection's name", &name))
		return false;
	for (size_t i = 0; i < playing->connection_count; i++)
		if (strcmp(playing->connections[i].keep, name.text) == 0)
			return complain_word(sentence, &name,
					     "there is a connection \"%s\" already",
					     name.text);
	question->keep = name.text;
	*arena_push(sentence->reader->arena, playing->connections,
		    playing->connection_count) = *question;
	expect->verdicts = BIT(OPEN);
	expect->question_text = trimmed(sentence, 0, split);
	expect->verdict_text = "open";
	return check_question(sentence, question, &from, &to);
}

/* A host may be called so, too: then "->" follows. */
bool is_about_connection(const struct sentence *sentence)
{
	struct sentence ahead = *sentence;
	struct word word;

	return take_word(&ahead, "connection") && next_word(&ahead, &word) &&
	       strcmp(word.text, "->") != 0;
}

/* The question becomes that which opened the connection. */
static bool need_connection(struct sentence *sentence, struct nst_question *question)
{
	struct reader *reader = sentence->reader;
	const struct playing *playing = reader->playing;
	const char **names = arena_bytes(
		reader->arena, (playing->connection_count + 1) * sizeof(*names));
	struct word word;

	if (!need_word(sentence, "the connection's name", &word))
		return false;
	for (size_t i = 0; i < playing->connection_count; i++) {
		names[i] = playing->connections[i].keep;
		if (strcmp(names[i], word.text) != 0)
			continue;
		*question = playing->connections[i];
		question->over = names[i];
		question->keep = NULL;
		return true;
	}
	return complain_word(sentence, &word,
			     "no step before this one is \"connect: … as %s\"%s",
			     word.text, or_known(reader->arena, word.text, names));
}

bool parse_over(struct sentence *sentence, struct nst_step *step)
{
	struct nst_expectation *expect = &step->expect;
	size_t split;

	take_word(sentence, "connection");
	if (!need_connection(sentence, &expect->question))
		return false;
	split = sentence->at;
	if (take_word(sentence, "alive"))
		expect->verdicts = BIT(OPEN);
	else if (take_word(sentence, "dead"))
		expect->verdicts = DEAD;
	else if (!parse_verdicts(sentence, &expect->verdicts))
		return false;
	expect->question_text = trimmed(sentence, 0, split);
	expect->verdict_text = trimmed(sentence, split, sentence->at);
	step->text = expect->question_text;
	return true;
}
