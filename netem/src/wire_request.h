/* SPDX-License-Identifier: MIT */
/* What travels between a handle and its engine process: one request, one reply, each a
 * message of a SOCK_SEQPACKET socket pair. Texts follow the struct. */
#ifndef NETEM_WIRE_REQUEST_H
#define NETEM_WIRE_REQUEST_H

#include <base/fail.h>
#include <nstest/wire.h>

enum wire_verb {
	WIRE_IMPAIR,
	WIRE_FAULT,
	WIRE_FAULT_REMOVE,
	WIRE_FAULT_COUNTERS,
	WIRE_CUT,
	WIRE_COUNTERS,
	WIRE_IN_FLIGHT,
	WIRE_TURN,
	WIRE_AWAIT,
	WIRE_EVENTS,
	WIRE_SCHEDULING,
	WIRE_VERBS,
};

enum { WIRE_TEXTS = 3, WIRE_SCHEDULING_SIZE = 128 };

struct wire_request {
	enum wire_verb verb;
	uint32_t link, direction, id;
	uint64_t number;
	bool on; /* cut it; or there is an impairment */
	union {
		struct nst_impairment impairment;
		struct nst_fault fault;
	};
	uint32_t texts[WIRE_TEXTS]; /* offsets in `tail`, plus 1; 0: NULL */
	uint32_t link_count;        /* so many uint32_t at the beginning of `tail` */
	char tail[];
};

struct wire_reply {
	int32_t result;
	union {
		struct nst_wire_counters counters;
		struct nst_fault_counters fault;
		struct {
			uint64_t count, missing;
		} events;
		struct {
			uint64_t frames, turn;
		};
		uint32_t id;
		char scheduling[WIRE_SCHEDULING_SIZE];
	};
	char sentence[NST_ERROR_SIZE]; /* if the result is negative */
};

/* malloc'd. The pointers in the impairment or fault mean nothing in it: its texts do. */
int wire_request_pack(const struct wire_request *request, const char *const *texts,
		      const size_t *links, size_t link_count,
		      struct wire_request **ret_packed, size_t *ret_size);

/* Puts the texts' addresses back. Return: 0; -EPROTO if it is not such a message. */
int wire_request_unpack(struct wire_request *packed, size_t size);

/* One message and at most one descriptor (-1: none). A receiver gets malloc'd memory.
 * Return: 0; -EPIPE if the other side is gone; -errno. */
int wire_message_send(int socket, const void *data, size_t size, int fd);
int wire_message_receive(int socket, void **ret_data, size_t *ret_size, int *ret_fd);

#endif
