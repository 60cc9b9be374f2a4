/* SPDX-License-Identifier: MIT */
/* Encodes pcapng blocks: draft-ietf-opsawg-pcapng, §4. */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "pcapng.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_NAMES = 4,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECRETS = 10,
	SECRETS_TLS = 0x544c534b, /* "TLSK" */
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	LINKTYPE_ETHERNET = 1,
};

enum { NAME_END = 0, NAME_IPV4 = 1, NAME_IPV6 = 2 };

enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_HARDWARE = 2,
	SECTION_OS = 3,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,
	STATISTICS_RECEIVED = 4,
	STATISTICS_DROPPED = 5,
};

static void append(struct nst_bytes *bytes, const void *data, size_t size)
{
	size_t room = MAX(bytes->room, 4096U);
	uint8_t *grown;

	while (room - bytes->used < size)
		room *= 2;
	if (room > bytes->room) {
		grown = realloc(bytes->data, room);
		if (!grown) {
			bytes->failed = true;
			return;
		}
		bytes->data = grown;
		bytes->room = room;
	}
	memcpy(bytes->data + bytes->used, data, size);
	bytes->used += size;
}

static void append16(struct nst_bytes *bytes, uint16_t value)
{
	append(bytes, &value, sizeof(value));
}

static void append32(struct nst_bytes *bytes, uint32_t value)
{
	append(bytes, &value, sizeof(value));
}

/* Times are two words, the high one first in either byte order. */
static void append_time(struct nst_bytes *bytes, uint64_t time_ns)
{
	append32(bytes, (uint32_t)(time_ns >> 32));
	append32(bytes, (uint32_t)time_ns);
}

static void append_padded(struct nst_bytes *bytes, const void *data, size_t size)
{
	static const uint8_t zeroes[4];

	append(bytes, data, size);
	append(bytes, zeroes, -size & 3);
}

static void option(struct nst_bytes *bytes, uint16_t code, const void *data,
		   size_t size)
{
	append16(bytes, code);
	append16(bytes, (uint16_t)size);
	append_padded(bytes, data, size);
}

/* An option's length has 16 bits: longer words are cut. */
static void option_text(struct nst_bytes *bytes, uint16_t code, const char *text)
{
	if (text)
		option(bytes, code, text, strnlen(text, UINT16_MAX));
}

static void options_end(struct nst_bytes *bytes)
{
	append32(bytes, OPTION_END);
}

/* Begins a block; its length is filled in at the end. Return: where it begins. */
static size_t block(struct nst_bytes *bytes, uint32_t type)
{
	size_t at = bytes->used;

	append32(bytes, type);
	append32(bytes, 0);
	return at;
}

static void block_end(struct nst_bytes *bytes, size_t at)
{
	uint32_t size = (uint32_t)(bytes->used - at + sizeof(size));

	append32(bytes, size);
	if (!bytes->failed)
		memcpy(bytes->data + at + 4, &size, sizeof(size));
}

void nst_pcapng_section(struct nst_bytes *bytes, const char *hardware, const char *os,
			const char *application, const char *comment)
{
	size_t at = block(bytes, BLOCK_SECTION);

	append32(bytes, BYTE_ORDER_MAGIC);
	append16(bytes, 1); /* version 1.0 */
	append16(bytes, 0);
	append32(bytes, UINT32_MAX); /* of unknown length: 64 bits of ones */
	append32(bytes, UINT32_MAX);
	option_text(bytes, OPTION_COMMENT, comment);
	option_text(bytes, SECTION_HARDWARE, hardware);
	option_text(bytes, SECTION_OS, os);
	option_text(bytes, SECTION_APPLICATION, application);
	options_end(bytes);
	block_end(bytes, at);
}

void nst_pcapng_interface(struct nst_bytes *bytes, const char *name)
{
	static const uint8_t nanoseconds = 9; /* 10^-9 s */
	size_t at = block(bytes, BLOCK_INTERFACE);

	append16(bytes, LINKTYPE_ETHERNET);
	append16(bytes, 0);
	append32(bytes, NST_PCAPNG_SNAP);
	option_text(bytes, INTERFACE_NAME, name);
	option(bytes, INTERFACE_RESOLUTION, &nanoseconds, sizeof(nanoseconds));
	options_end(bytes);
	block_end(bytes, at);
}

void nst_pcapng_name(struct nst_bytes *records, const void *address, size_t size,
		     const char *name)
{
	append16(records, size == 4 ? NAME_IPV4 : NAME_IPV6);
	append16(records, (uint16_t)(size + strlen(name) + 1));
	append(records, address, size);
	append(records, name, strlen(name) + 1);
	append(records, (const uint8_t[4]){ 0 }, -(size + strlen(name) + 1) & 3);
}

void nst_pcapng_names(struct nst_bytes *bytes, const struct nst_bytes *records)
{
	size_t at;

	if (!records->used)
		return;
	at = block(bytes, BLOCK_NAMES);
	append(bytes, records->data, records->used);
	append32(bytes, NAME_END); /* its length, zero, with it */
	block_end(bytes, at);
}

/* Bits 0–1: 1 in, 2 out. Bits 2–4: 1 unicast, 2 multicast, 3 broadcast, 4 promiscuous.
 */
static const uint32_t flags_of[] = {
	[NST_HEADING_UNICAST] = 1 | 1 << 2,   [NST_HEADING_BROADCAST] = 1 | 3 << 2,
	[NST_HEADING_MULTICAST] = 1 | 2 << 2, [NST_HEADING_OTHERS] = 1 | 4 << 2,
	[NST_HEADING_OUTGOING] = 2,
};

void nst_pcapng_packet(struct nst_bytes *bytes, const struct nst_record *record,
		       const char *const *comments)
{
	size_t at = block(bytes, BLOCK_PACKET);

	append32(bytes, record->interface);
	append_time(bytes, record->time_ns);
	append32(bytes, record->size);
	append32(bytes, record->original);
	append_padded(bytes, record->frame, record->size);
	option(bytes, PACKET_FLAGS, &flags_of[record->heading], sizeof(uint32_t));
	for (; comments && *comments; comments++)
		option_text(bytes, OPTION_COMMENT, *comments);
	options_end(bytes);
	block_end(bytes, at);
}

void nst_pcapng_tls_keys(struct nst_bytes *bytes, const char *keys, size_t size)
{
	size_t at = block(bytes, BLOCK_SECRETS);

	append32(bytes, SECRETS_TLS);
	append32(bytes, (uint32_t)size);
	append_padded(bytes, keys, size);
	block_end(bytes, at);
}

void nst_pcapng_statistics(struct nst_bytes *bytes, uint32_t interface,
			   uint64_t time_ns, uint64_t received, uint64_t dropped)
{
	size_t at = block(bytes, BLOCK_STATISTICS);

	append32(bytes, interface);
	append_time(bytes, time_ns);
	option(bytes, STATISTICS_RECEIVED, &received, sizeof(received));
	option(bytes, STATISTICS_DROPPED, &dropped, sizeof(dropped));
	options_end(bytes);
	block_end(bytes, at);
}
