/* SPDX-License-Identifier: MIT */
/* How it works. A rule of nf_tables is known by its table's handle and its own, for as
 * long as it lives; the pair is never given twice. nft adds rules in the order of the
 * script, and handles rise with it: so the rules of a chain that were not there before,
 * by handle, are those of the origin one by one. iptables-restore makes a chain anew: its
 * rules are those of the origin, in the chain's order. A legacy rule has no name but its
 * place in the chain.
 */
#include "known.h"

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

/* Something that the kernel has, and where it stands; line 0: it has been seen, and is of
 * no origin. Chains and policies have handle 0. */
struct known {
	uint64_t table, handle;
	size_t serial; /* in the order in which they came */
	enum nst_rule_backend backend;
	struct origin_item item;
};

/* Of a host. */
struct known_host {
	struct known *all; /* of nf_tables; sorted by table, handle, serial */
	size_t count, room, serials;
	struct origin_item *elements; /* with marks */
	size_t element_count, element_room;
	struct origin legacy; /* of the legacy tables, as they are now */
	struct hoard hoard;   /* of the strings */
};

static struct known_host *host_of(struct nst_inside *inside, size_t node)
{
	void **slot = nst_inside_slot(inside, NST_SLOT_FIREWALL);

	if (!*slot)
		*slot = calloc(nst_inside_plan(inside)->node_count,
			       sizeof(struct known_host));
	return *slot ? (struct known_host *)*slot + node : NULL;
}

static bool is_of(const struct origin_item *item, const struct nst_chain *chain)
{
	return strcmp(item->chain, chain->name) == 0 &&
	       strcmp(item->table, chain->table) == 0 &&
	       strcmp(item->family, chain->family) == 0;
}

static int by_handle(const void *a, const void *b)
{
	const struct known *one = a, *other = b;

	if (one->table != other->table)
		return one->table < other->table ? -1 : 1;
	return one->handle < other->handle ? -1 : one->handle > other->handle;
}

static int by_serial(const void *a, const void *b)
{
	const struct known *one = a, *other = b;
	int order = by_handle(a, b);

	if (order)
		return order;
	return one->serial < other->serial ? -1 : one->serial > other->serial;
}

static const struct known *find_rule(const struct known_host *host, uint64_t table,
				     uint64_t handle, size_t sorted)
{
	struct known wanted = { .table = table, .handle = handle };

	return sorted ? bsearch(&wanted, host->all, sorted, sizeof(wanted), by_handle)
		      : NULL;
}

static struct origin_item kept_item(struct known_host *host,
				    const struct origin_item *item)
{
	struct origin_item kept = *item;

	kept.family = hoard_string(&host->hoard, item->family);
	kept.table = hoard_string(&host->hoard, item->table);
	kept.chain = hoard_string(&host->hoard, item->chain);
	kept.text = hoard_string(&host->hoard, item->text);
	kept.file = hoard_string(&host->hoard, item->file);
	return kept;
}

/* `item` may be NULL: seen, and no more. */
static void remember(struct known_host *host, uint64_t table, uint64_t handle,
		     enum nst_rule_backend backend, const struct origin_item *item)
{
	struct known *known =
		hoard_push(&host->all, &host->count, &host->room, sizeof(*known));

	if (!known) {
		host->hoard.failed = 1;
		return;
	}
	known->table = table;
	known->handle = handle;
	known->serial = host->serials++;
	known->backend = backend;
	if (item)
		known->item = kept_item(host, item);
}

/* ---- Learning ---- */

static const struct origin_item *next_item(const struct origin *origin, size_t *at,
					   const struct nst_chain *chain)
{
	for (; *at < origin->count; ++*at) {
		const struct origin_item *item = &origin->items[*at];

		if (item->kind == ORIGIN_RULE && is_of(item, chain)) {
			++*at;
			return item;
		}
	}
	return NULL;
}

static int rule_by_handle(const void *a, const void *b)
{
	const struct nst_rule *one = *(const struct nst_rule *const *)a;
	const struct nst_rule *other = *(const struct nst_rule *const *)b;

	return one->handle < other->handle ? -1 : one->handle > other->handle;
}

/* The rules of a chain that are new to us, in the order in which the origin has them. */
static size_t new_rules(const struct known_host *host, size_t sorted,
			const struct listing *listing, const struct nst_chain *chain,
			enum nst_rule_backend backend, const struct nst_rule **ret_new)
{
	uint64_t table = listing->tables[chain - listing->chains];
	size_t count = 0;

	for (size_t i = chain->first; i < chain->first + chain->count; i++) {
		const struct nst_rule *rule = &listing->rules[i];

		if (!rule->is_policy && !find_rule(host, table, rule->handle, sorted))
			ret_new[count++] = rule;
	}
	if (backend == NST_RULE_NFT)
		qsort(ret_new, count, sizeof(struct nst_rule *), rule_by_handle);
	return count;
}

/* Pairs the rules of one chain. `sorted`: so many of host->all are. */
static int learn_chain(struct known_host *host, size_t sorted,
		       const struct listing *listing, const struct nst_chain *chain,
		       enum nst_rule_backend backend, const struct origin *origin)
{
	uint64_t table = listing->tables[chain - listing->chains];
	const struct nst_rule **new AUTO_FREE = calloc(chain->count + 1, sizeof(*new));
	size_t count, said = 0, at = 0;

	if (!new)
		return nst_fail_memory();
	while (next_item(origin, &at, chain))
		said++;
	count = said ? new_rules(host, sorted, listing, chain, backend, new) : 0;
	at = 0;
	for (size_t i = 0; i < count; i++)
		remember(host, table, new[i]->handle, backend,
			 said == count ? next_item(origin, &at, chain) : NULL);
	return 0;
}

static void remember_element(struct known_host *host, const struct origin_item *item)
{
	struct origin_item *kept = hoard_push(&host->elements, &host->element_count,
					      &host->element_room, sizeof(*kept));

	if (kept)
		*kept = kept_item(host, item);
	else
		host->hoard.failed = 1;
}

static bool is_place(const struct origin_item *item)
{
	return item->kind == ORIGIN_CHAIN || item->kind == ORIGIN_POLICY;
}

static void learn_places(struct known_host *host, const struct listing *listing,
			 enum nst_rule_backend backend, const struct origin *origin)
{
	for (size_t i = 0; i < origin->count; i++) {
		const struct origin_item *item = &origin->items[i];

		if (item->kind == ORIGIN_ELEMENT)
			remember_element(host, item);
		for (size_t c = 0; is_place(item) && c < listing->chain_count; c++)
			if (is_of(item, &listing->chains[c]))
				remember(host, listing->tables[c], 0, backend, item);
	}
}

static int learn_nf_tables(struct known_host *host, enum nst_rule_backend backend,
			   const struct origin *origin)
{
	struct listing listing AUTO(listing_free) = { 0 };
	size_t sorted = host->count;
	int r = listing_of_nf_tables(&listing);

	for (size_t i = 0; r == 0 && i < listing.chain_count; i++)
		r = learn_chain(host, sorted, &listing, &listing.chains[i], backend,
				origin);
	learn_places(host, &listing, backend, origin);
	return r;
}

int known_learn(struct nst_inside *inside, size_t node, enum nst_rule_backend backend,
		const struct origin *origin)
{
	struct known_host *host = host_of(inside, node);
	int r;

	if (!host)
		return nst_fail_memory();
	r = learn_nf_tables(host, backend, origin);
	if (host->count)
		qsort(host->all, host->count, sizeof(*host->all), by_serial);
	return host->hoard.failed ? nst_fail_memory() : r;
}

struct origin *known_legacy(struct nst_inside *inside, size_t node)
{
	struct known_host *host = host_of(inside, node);

	return host ? &host->legacy : NULL;
}

/* ---- Telling ---- */

const struct origin_item *known_element(struct nst_inside *inside, size_t node,
					unsigned int mark)
{
	const struct known_host *host = host_of(inside, node);

	for (size_t i = host ? host->element_count : 0; i-- > 0;)
		if (host->elements[i].mark == mark)
			return &host->elements[i];
	return NULL;
}

static void tell_rule(struct nst_rule *rule, const struct origin_item *item)
{
	if (!item->line)
		return;
	rule->file = item->file;
	rule->line = item->line;
	rule->column = item->column;
	rule->end_line = item->end_line;
	if (!rule->is_policy)
		rule->text = item->text;
}

/* A chain, and its policy, which stands where the chain does if nothing sets it. */
static void tell_chain(struct listing *listing, struct nst_chain *chain,
		       const struct origin_item *item)
{
	if (!item->line || item->kind == ORIGIN_RULE || !is_of(item, chain))
		return;
	chain->file = item->file;
	chain->line = item->line;
	if (*chain->policy)
		tell_rule(&listing->rules[chain->first + chain->count - 1], item);
}

static void tell_nf_tables(const struct known_host *host, struct listing *listing,
			   size_t c)
{
	struct nst_chain *chain = &listing->chains[c];
	uint64_t table = listing->tables[c];

	for (size_t i = 0; i < host->count; i++)
		if (!host->all[i].handle && host->all[i].table == table &&
		    is_of(&host->all[i].item, chain)) {
			chain->backend = host->all[i].backend;
			tell_chain(listing, chain, &host->all[i].item);
		}
	for (size_t i = chain->first; i < chain->first + chain->count; i++) {
		struct nst_rule *rule = &listing->rules[i];
		const struct known *known =
			find_rule(host, table, rule->handle, host->count);

		rule->backend =
			known && !rule->is_policy ? known->backend : chain->backend;
		if (known && !rule->is_policy)
			tell_rule(rule, &known->item);
	}
}

/* Rules by their place in the chain, if it has as many as its origin. */
static void tell_legacy(const struct origin *origin, struct listing *listing,
			struct nst_chain *chain)
{
	size_t count = chain->count - (*chain->policy != '\0'), said = 0, at = 0;

	for (size_t i = 0; i < origin->count; i++)
		tell_chain(listing, chain, &origin->items[i]);
	while (next_item(origin, &at, chain))
		said++;
	at = 0;
	for (size_t i = 0; said == count && i < count; i++)
		tell_rule(&listing->rules[chain->first + i],
			  next_item(origin, &at, chain));
}

void known_tell(struct nst_inside *inside, size_t node, struct listing *listing)
{
	const struct known_host *host = host_of(inside, node);

	for (size_t c = 0; host && c < listing->chain_count; c++)
		if (listing->chains[c].backend == NST_RULE_IPTABLES_LEGACY)
			tell_legacy(&host->legacy, listing, &listing->chains[c]);
		else
			tell_nf_tables(host, listing, c);
}
