/* SPDX-License-Identifier: MIT */
/* Rungs as lines of fields, for programs. Pure. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <base/fail.h>
#include <nstest/packet.h>

#include "flows.h"
#include "rungs.h"

enum { LINES = 2000, LABEL = 256 };

struct table {
	FILE *out;
	const struct nst_ladder *ladder;
	struct nst_flows flows;
	uint64_t start_ns;
};

static const struct nst_sighting *first_of(const struct nst_rung *rung)
{
	return rung->left ? rung->left : rung->arrived;
}

static void put_time(const struct table *table, const struct nst_sighting *sighting)
{
	if (sighting)
		fprintf(table->out, "%lld",
			(long long)(sighting->time_ns - table->start_ns));
	fputc('\t', table->out);
}

static void put_name(const struct table *table, int interface)
{
	fprintf(table->out, "%s\t",
		interface == NST_NOWHERE ? ""
					 : table->ladder->interfaces[interface].name);
}

/* "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1". */
static void put_end(FILE *out, const struct nst_packet *packet, const uint8_t *address,
		    uint16_t port)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (packet->family)
		inet_ntop(packet->family, address, text, sizeof(text));
	if (port)
		fprintf(out, packet->family == AF_INET6 ? "[%s]:%u\t" : "%s:%u\t", text,
			port);
	else
		fprintf(out, "%s\t", text);
}

/* Tabs and newlines part fields and lines. */
static void put_text(FILE *out, const char *text, char end)
{
	for (; text && *text; text++)
		fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
	fputc(end, out);
}

static void put_rung(struct table *table, const struct nst_rung *rung, bool shown)
{
	static const char *const fates[] = {
		[NST_ARRIVED] = "arrived",         [NST_ARRIVED_AGAIN] = "again",
		[NST_ARRIVED_CHANGED] = "changed", [NST_ARRIVED_SHORTER] = "shorter",
		[NST_NOT_SEEN_LEAVING] = "unsent", [NST_NOT_SEEN_ARRIVING] = "lost",
		[NST_NOBODY_THERE] = "nobody",
	};
	static const char *const kinds[] = {
		[NST_PACKET_OTHER] = "other",
		[NST_PACKET_ARP] = "arp",
		[NST_PACKET_TCP] = "tcp",
		[NST_PACKET_UDP] = "udp",
		[NST_PACKET_ICMP] = "icmp",
		[NST_PACKET_ICMPV6] = "icmpv6",
		[NST_PACKET_FRAGMENT] = "fragment",
		[NST_PACKET_TRUNCATED] = "truncated",
	};
	const struct nst_sighting *sighting = first_of(rung);
	struct nst_packet packet;
	char label[LABEL];

	nst_packet_decode(sighting->frame, sighting->size, &packet);
	if (packet.kind == NST_PACKET_TCP)
		nst_flows_rebase(&table->flows, &packet);
	if (!shown)
		return;
	nst_packet_print(&packet, label, sizeof(label));
	put_time(table, rung->left);
	put_time(table, rung->arrived);
	put_name(table, rung->from);
	put_name(table, rung->to);
	fprintf(table->out, "%s\t%zu\t%s\t", fates[rung->arrival], sighting->size,
		kinds[packet.kind]);
	put_end(table->out, &packet, packet.source, packet.source_port);
	put_end(table->out, &packet, packet.destination, packet.destination_port);
	fprintf(table->out, "%u\t%u\t%u\t%zu\t", packet.tcp_flags, packet.sequence,
		packet.acknowledgment, packet.payload_size);
	put_text(table->out, label, '\t');
	put_text(table->out,
		 rung->left && rung->left->comment         ? rung->left->comment
		 : rung->arrived && rung->arrived->comment ? rung->arrived->comment
							   : NULL,
		 '\n');
}

static void put_rungs(struct table *table, const struct nst_rungs *rungs)
{
	size_t most = table->ladder->lines ? table->ladder->lines : LINES;
	size_t first = rungs->count <= most ? rungs->count : (most + 1) / 2;
	size_t last = rungs->count <= most ? rungs->count : rungs->count - most / 2;

	for (size_t i = 0; i < rungs->count; i++) {
		if (!i)
			table->start_ns = first_of(&rungs->rungs[0])->time_ns;
		if (!i)
			fprintf(table->out, "%llu\t%zu\n",
				(unsigned long long)table->start_ns, last - first);
		put_rung(table, &rungs->rungs[i], i < first || i >= last);
	}
}

int nst_ladder_table(const struct nst_ladder *ladder, char **ret_text)
{
	struct table table = { .ladder = ladder };
	struct nst_rungs rungs;
	char *text = NULL;
	size_t size;
	int r = nst_rungs_make(ladder, &rungs);

	if (r < 0)
		return r;
	table.out = open_memstream(&text, &size);
	if (table.out) {
		put_rungs(&table, &rungs);
		if (fclose(table.out)) {
			free(text);
			text = NULL;
		}
	}
	nst_rungs_release(&rungs);
	nst_flows_release(&table.flows);
	if (!text)
		return nst_fail_memory();
	*ret_text = text;
	return 0;
}
