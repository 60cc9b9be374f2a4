/* SPDX-License-Identifier: MIT */
/* Any text as an impairment: refused with a sentence and a place in it, or understood; then
 * it is printed and read back the same, and if it makes sense, packets go through it. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netem/model.h>
#include <nstest/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static char *print(const struct nst_impairment *impairment)
{
	int length = nst_impairment_print(impairment, NULL, 0);
	char *text = malloc((size_t)length + 1); /* of exact size, for ASan */

	must(text &&
	     nst_impairment_print(impairment, text, (size_t)length + 1) == length);
	must(strlen(text) == (size_t)length);
	return text;
}

static void check_printed(const struct nst_impairment *impairment)
{
	struct nst_impairment again;
	char *text = print(impairment), *text_again, *store;

	must(nst_impairment_parse(text, &again, &store, NULL) == 0);
	text_again = print(&again);
	must(strcmp(text, text_again) == 0);
	free(text_again);
	free(text);
	free(store);
}

/* What goes in comes out once for each copy, or can be taken out. */
static void check_model(const struct nst_impairment *impairment)
{
	enum { PACKETS = 60, APART = 333333 };
	struct nst_departure departure;
	struct nst_model *model;
	struct nst_fate fate;
	uint64_t now = 1, copies = 0, out = 0;

	must(nst_model_new(impairment, 1, 2, 1, &model) == 0);
	for (uint64_t n = 0; n < PACKETS; n++, now += APART * (n % 4)) {
		nst_model_arrive(model, n, n * 29, n % 2, now, NULL, &fate);
		copies += fate.copies;
		must(fate.copies <= 2 && (fate.copies || fate.lost || fate.overflowed));
		for (; n % 3 == 0 && nst_model_leave(model, now, &departure); out++)
			must(departure.due_ns <= now && departure.n <= n);
	}
	for (int i = 0; i < PACKETS && nst_model_next_ns(model) != UINT64_MAX; i++) {
		now = nst_model_next_ns(model) > now ? nst_model_next_ns(model) : now;
		while (nst_model_leave(model, now, &departure))
			out++;
	}
	while (nst_model_evict(model, &departure))
		out++;
	must(out == copies && nst_model_held(model) == 0);
	nst_model_free(model);
}

static void check_key(const char *text)
{
	struct nst_impairment impairment = { 0 };
	const char *value = strchr(text, ' ');
	char key[12] = "", *store = NULL;
	size_t at = 0;
	int r;

	if (!value || (size_t)(value - text) >= sizeof(key))
		return;
	memcpy(key, text, (size_t)(value - text));
	r = nst_impairment_parse_key(key, value, &impairment, &store, &at);
	must(r == 0 || (*nst_error() && at <= strlen(value)));
	free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nst_impairment impairment;
	char *text = malloc(size + 1), *store = NULL, warning[64];
	size_t at = 0;

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_key(text);
	if (nst_impairment_parse(text, &impairment, &store, &at) < 0) {
		must(*nst_error() && at <= strlen(text));
	} else {
		check_printed(&impairment);
		/* files may be anything on this machine */
		if (nst_impairment_check(&impairment, warning, sizeof(warning)) == 0 &&
		    !store)
			check_model(&impairment);
	}
	free(store);
	free(text);
	return 0;
}
