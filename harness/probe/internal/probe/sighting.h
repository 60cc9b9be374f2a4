/* SPDX-License-Identifier: MIT */
/* What the watchers report: one packet of the probe at one interface. Plain values, so
 * that everything which draws conclusions from them can be tested without a socket. */
#ifndef PROBE_SIGHTING_H
#define PROBE_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/packet.h>

/* "There" is from the asker to the asked, "back" the other way. */
enum leg {
	LEG_NONE,       /* no packet of this probe */
	LEG_SYN,        /* there */
	LEG_SYN_ACK,    /* back */
	LEG_DATA,       /* there: TCP payload, datagram, echo request */
	LEG_ACK,        /* back: TCP without payload */
	LEG_REPLY,      /* back: TCP payload, datagram, echo reply */
	LEG_OTHER,      /* of this probe, but nobody waits for it: the bare third ACK */
	LEG_SOLICIT,    /* ARP request, neighbour solicitation */
	LEG_ADVERT,     /* ARP reply, neighbour advertisement */
	LEG_RESET_BACK, /* an RST that says no to a packet on its way there */
	LEG_RESET_THERE, /* one that says no to an answer */
	LEG_ERROR_BACK,  /* ICMP error that quotes a packet on its way there */
	LEG_ERROR_THERE, /* one that quotes an answer */
	LEG_COUNT,
};

enum passing {
	PASSING_OUT,   /* leaves the host by this interface */
	PASSING_IN,    /* enters it */
	PASSING_ASIDE, /* a switch flooded it here; it is for somebody else */
};

enum { SIGHTING_FRAME = 192, SIGHTINGS_MAX = 256, LOOPBACK_IFINDEX = 1 };

struct sighting {
	size_t node;
	int ifindex;
	enum passing passing;
	enum leg leg;
	bool other_cpu; /* handled by another processor than the probe's */
	uint64_t at_ns; /* CLOCK_REALTIME, by the kernel's stamp */
	uint16_t size;  /* bytes in `frame` */
	uint8_t frame[SIGHTING_FRAME]; /* an Ethernet header made up, then the packet */
	struct nst_packet packet;
};

/* All of one attempt, in the order they were read. */
struct sightings {
	struct sighting *list;
	size_t count, lost;
};

static inline bool leg_is_no(enum leg leg)
{
	return leg >= LEG_RESET_BACK && leg <= LEG_ERROR_THERE;
}

/* Whether it says no to an answer. */
static inline bool leg_is_no_to_answer(enum leg leg)
{
	return leg == LEG_RESET_THERE || leg == LEG_ERROR_THERE;
}

#endif
