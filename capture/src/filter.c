/* SPDX-License-Identifier: MIT */
/* pcap filters, compiled with libpcap and kept. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "filter.h"
#include "pcapng.h"

/* Before 1.8 libpcap's compiler kept its state in globals. */
static pthread_mutex_t compiler = PTHREAD_MUTEX_INITIALIZER;

static int compile(const char *text, struct bpf_program *ret_program)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, NST_PCAPNG_SNAP);
	int r = 0;

	if (!pcap)
		return nst_fail_memory();
	pthread_mutex_lock(&compiler);
	if (pcap_compile(pcap, ret_program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
		r = nst_fail(-EINVAL, "filter \"%s\": %s", text, pcap_geterr(pcap));
	pthread_mutex_unlock(&compiler);
	pcap_close(pcap);
	return r;
}

static void release(struct nst_filter *filter)
{
	if (!filter->text)
		return;
	pcap_freecode(&filter->program);
	free(filter->text);
	*filter = (struct nst_filter){};
}

int nst_filters_get(struct nst_filters *filters, const char *text,
		    const struct bpf_program **ret_program)
{
	struct nst_filter new = {};
	struct nst_filter *place;
	int r;

	if (!text || text[strspn(text, " \t\n")] == '\0') {
		*ret_program = NULL;
		return 0;
	}
	for (size_t i = 0; i < NST_FILTERS_KEPT; i++)
		if (filters->kept[i].text && !strcmp(filters->kept[i].text, text)) {
			*ret_program = &filters->kept[i].program;
			return 0;
		}
	r = compile(text, &new.program);
	if (r < 0)
		return r;
	new.text = strdup(text);
	if (!new.text) {
		pcap_freecode(&new.program);
		return nst_fail_memory();
	}
	place = &filters->kept[filters->oldest++ % NST_FILTERS_KEPT];
	release(place);
	*place = new;
	*ret_program = &place->program;
	return 0;
}

void nst_filters_release(struct nst_filters *filters)
{
	for (size_t i = 0; i < NST_FILTERS_KEPT; i++)
		release(&filters->kept[i]);
}

bool nst_filter_matches(const struct bpf_program *program,
			const struct nst_record *record)
{
	struct pcap_pkthdr header = { .caplen = record->size, .len = record->original };

	return !program || pcap_offline_filter(program, &header, record->frame) != 0;
}
