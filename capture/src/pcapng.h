/* SPDX-License-Identifier: MIT */
/* The file format of captures, draft-ietf-opsawg-pcapng, in the machine's byte order as
 * the format allows. Pure: blocks are appended to bytes in memory. */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

enum { NST_PCAPNG_SNAP = 262144 }; /* what Wireshark takes at most */

/* Growing bytes. A zeroed one is empty; `failed` says that memory ran out on the way.
 */
struct nst_bytes {
	uint8_t *data;
	size_t used, room;
	bool failed;
};

/* NULL leaves a word out. */
void nst_pcapng_section(struct nst_bytes *bytes, const char *hardware, const char *os,
			const char *application, const char *comment);
void nst_pcapng_interface(struct nst_bytes *bytes, const char *name);
/* One record of a name resolution block: an address of 4 or 16 bytes. */
void nst_pcapng_name(struct nst_bytes *records, const void *address, size_t size,
		     const char *name);
/* The block; nothing if there are no records. */
void nst_pcapng_names(struct nst_bytes *bytes, const struct nst_bytes *records);
/* TLS keys in the NSS key log format, before the packets that they are for. */
void nst_pcapng_tls_keys(struct nst_bytes *bytes, const char *keys, size_t size);
/* `comments`: NULL-terminated, or NULL. */
void nst_pcapng_packet(struct nst_bytes *bytes, const struct nst_record *record,
		       const char *const *comments);
void nst_pcapng_statistics(struct nst_bytes *bytes, uint32_t interface,
			   uint64_t time_ns, uint64_t received, uint64_t dropped);

#endif
