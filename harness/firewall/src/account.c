/* SPDX-License-Identifier: MIT */
/* Explanations in memory: grown while they are made, packed to travel. */
#include "account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

void account_free(struct account *account)
{
	free(account->passages);
	free(account->rulings);
	free(account->rewrites);
	free(account->pool);
}

/* Room for one more at the end of an array, zeroed; NULL if memory is out. */
static void *push(struct account *account, void *array, size_t *count, size_t *room,
		  size_t size)
{
	char **items = array;

	if (*count == *room) {
		size_t more = *room * 2 + 32;
		char *larger = realloc(*items, more * size);

		if (!larger) {
			account->failed = true;
			return NULL;
		}
		*items = larger;
		*room = more;
	}
	return memset(*items + (*count)++ * size, 0, size);
}

struct nst_passage *account_add_passage(struct account *account)
{
	struct nst_passage *passage =
		push(account, &account->passages, &account->passage_count,
		     &account->passage_room, sizeof(*passage));

	if (passage)
		passage->rulings =
			(const struct nst_ruling *)(uintptr_t)account->ruling_count;
	return passage;
}

struct nst_ruling *account_add_ruling(struct account *account)
{
	struct nst_ruling *ruling =
		push(account, &account->rulings, &account->ruling_count,
		     &account->ruling_room, sizeof(*ruling));

	if (ruling)
		account->passages[account->passage_count - 1].count++;
	return ruling;
}

const char *account_text(struct account *account, const char *text)
{
	size_t size = strlen(text) + 1, at = account->pool_size;

	if (at + size > account->pool_room) {
		size_t room = account->pool_room * 2 + size + 512;
		char *larger = realloc(account->pool, room);

		if (!larger) {
			account->failed = true;
			return NULL;
		}
		account->pool = larger;
		account->pool_room = room;
	}
	memcpy(account->pool + at, text, size);
	account->pool_size += size;
	return (const char *)(uintptr_t)at;
}

const char *account_string(const struct account *account, const char *text)
{
	return account->pool + (uintptr_t)text;
}

void account_add_rewrite(struct account *account, const char *host, bool answer,
			 const char *before, const char *after)
{
	struct nst_rewrite *rewrite =
		push(account, &account->rewrites, &account->rewrite_count,
		     &account->rewrite_room, sizeof(*rewrite));

	if (rewrite)
		*rewrite = (struct nst_rewrite){
			.host = account_text(account, host),
			.answer = answer,
			.before = account_text(account, before),
			.after = account_text(account, after),
		};
}

/* ---- Travelling ---- */

/* The head; behind it passages, rulings, rewrites, strings. */
struct packed {
	size_t size, passages, rulings, rewrites, pool, decisive;
	char reason[ACCOUNT_REASON], unknown[192], seen_as[64];
};

int account_pack(const struct account *account, void **block, size_t *size)
{
	const struct {
		const void *from;
		size_t size;
	} parts[] = {
		{ account->passages,
		  account->passage_count * sizeof(*account->passages) },
		{ account->rulings, account->ruling_count * sizeof(*account->rulings) },
		{ account->rewrites,
		  account->rewrite_count * sizeof(*account->rewrites) },
		{ account->pool, account->pool_size },
	};
	struct packed head = {
		.size = sizeof(head),
		.passages = account->passage_count,
		.rulings = account->ruling_count,
		.rewrites = account->rewrite_count,
		.pool = account->pool_size,
		.decisive = account->decisive,
	};
	char *larger, *at;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		head.size += parts[i].size;
	memcpy(head.reason, account->reason, sizeof(head.reason));
	memcpy(head.unknown, account->unknown, sizeof(head.unknown));
	memcpy(head.seen_as, account->seen_as, sizeof(head.seen_as));
	larger = account->failed ? NULL : realloc(*block, *size + head.size);
	if (!larger)
		return -ENOMEM;
	*block = larger;
	at = larger + *size;
	*size += head.size;
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i].size)
			memcpy(at, parts[i].from, parts[i].size);
		at += parts[i].size;
	}
	return 0;
}

static void relocate(const char **text, const char *pool)
{
	*text = pool + (uintptr_t)*text;
}

/* The explanation in front of its own bytes: one piece. */
struct whole {
	struct nst_explanation why;
	struct packed head;
	/* arrays and strings */
};

static void relocate_passages(struct whole *whole, struct nst_passage *passages,
			      const struct nst_ruling *rulings, const char *pool)
{
	for (size_t i = 0; i < whole->head.passages; i++) {
		struct nst_passage *one = &passages[i];

		relocate(&one->host, pool);
		relocate(&one->packet, pool);
		relocate(&one->family, pool);
		relocate(&one->table, pool);
		relocate(&one->chain, pool);
		relocate(&one->hook, pool);
		relocate(&one->state, pool);
		one->rulings = rulings + (uintptr_t)one->rulings;
	}
}

static void relocate_rulings(struct nst_ruling *rulings, size_t count, const char *pool)
{
	for (size_t i = 0; i < count; i++) {
		relocate(&rulings[i].table, pool);
		relocate(&rulings[i].chain, pool);
		relocate(&rulings[i].action, pool);
		relocate(&rulings[i].text, pool);
		relocate(&rulings[i].file, pool);
	}
}

struct nst_explanation *account_unpack(const void *bytes, size_t size)
{
	struct packed head;
	struct whole *whole;
	struct nst_passage *passages;
	struct nst_ruling *rulings;
	struct nst_rewrite *rewrites;
	const char *pool;

	if (size < sizeof(head))
		return NULL;
	memcpy(&head, bytes, sizeof(head));
	if (head.size != size)
		return NULL;
	whole = malloc(sizeof(whole->why) + size);
	if (!whole)
		return NULL;
	memcpy(&whole->head, bytes, size);
	passages = (struct nst_passage *)(whole + 1);
	rulings = (struct nst_ruling *)(passages + head.passages);
	rewrites = (struct nst_rewrite *)(rulings + head.rulings);
	pool = (const char *)(rewrites + head.rewrites);
	relocate_passages(whole, passages, rulings, pool);
	relocate_rulings(rulings, head.rulings, pool);
	for (size_t i = 0; i < head.rewrites; i++) {
		relocate(&rewrites[i].host, pool);
		relocate(&rewrites[i].before, pool);
		relocate(&rewrites[i].after, pool);
	}
	whole->why = (struct nst_explanation){
		.passages = passages,
		.count = head.passages,
		.rewrites = rewrites,
		.rewrite_count = head.rewrites,
		.reason = whole->head.reason,
		.unknown = whole->head.unknown,
		.seen_as = whole->head.seen_as,
	};
	if (head.decisive < head.passages && passages[head.decisive].count) {
		const struct nst_passage *one = &passages[head.decisive];

		whole->why.decisive_passage = one;
		whole->why.decisive = &one->rulings[one->count - 1];
	}
	return &whole->why;
}

void nst_explanation_free(struct nst_explanation *why)
{
	free(why);
}
