/* SPDX-License-Identifier: MIT */
/* One question while it is being asked, in the lab process. */
#ifndef PROBE_ASK_H
#define PROBE_ASK_H

#include <lab/wires.h>
#include <nstest/probe.h>

#include "counters.h"
#include "hold.h"
#include "room.h"
#include "trail.h"
#include <probe/sighting.h>
#include <probe/track.h>
#include <probe/witness.h>

/* How far the asker's and the listener's sockets got. */
enum stage {
	STAGE_ASKED,    /* SYN, datagram, echo request sent */
	STAGE_SENT,     /* TCP: connected, payload sent */
	STAGE_ANSWERED, /* the probe's own listener read the payload and sent it back */
	STAGE_DONE,     /* there and back */
	STAGE_FAILED,   /* a socket reported an error: `error`, by `failed_call` */
};

/* Who listens at the asked port. */
enum listening {
	LISTENING_UNKNOWN, /* nobody's address: nobody to look at */
	LISTENING_NOBODY,
	LISTENING_OWN,     /* the probe's own listener */
	LISTENING_PROGRAM, /* a program of the lab */
};

/* The "no" that ended it: an RST or an ICMP error, and what its sender knows. */
struct refusal {
	bool any, reset;
	bool of_answer;   /* it was the answer that was refused */
	int type, code;   /* of an ICMP error */
	size_t node;      /* who sent it; SIZE_MAX: not seen */
	int ifindex;      /* by which interface; 0 */
	uint16_t port;    /* at which the refused packet arrived there; 0: unknown */
	bool uncounted;   /* it is not known whether its kernel counted a refusal */
	bool closed_port; /* its kernel says so itself, because nothing listens */
	bool no_route;    /* it has no route, or no such neighbour */
	bool program;     /* a program's server ended the connection itself */
	bool forged;      /* an impaired link did it, */
	size_t forger;    /* the one that packets enter by this interface */
};

/* One direction of an impaired link on the way, as it was before the attempt. */
struct ask_wire {
	size_t interface; /* by which packets enter it */
	bool back;        /* on the way of the answer */
	struct nst_wire_harm before;
};

enum { WIRES_MAX = 32 };

struct ask_wires {
	struct ask_wire list[WIRES_MAX];
	size_t count;
	bool busy;        /* others send, and something is always under way */
	uint64_t since;   /* what came before this turn is waited for; 0: nothing is */
	bool took;        /* the attempt ended on an impaired link, or because of one */
	bool gone;        /* an engine is: nobody knows what is under way */
	size_t interface; /* by which the packet entered it */
	unsigned int attempts; /* so many ended so */
	unsigned int in_a_row; /* of these, the last ones on the same link */
	char words[96];        /* what that link is asked to do */
};

struct ask {
	struct probe_room *room;
	const struct probe_witness *witness; /* NULL: none */
	const struct nst_plan *plan;
	struct nst_inside *inside;
	struct probe_request request;
	struct held *held; /* the connection that it asks over; NULL: a new one */
	int family;
	size_t from;
	size_t to; /* who owns `target`; SIZE_MAX: nobody */
	struct nst_address target;
	struct nst_address source;    /* the asker's by plan; family 0: has none */
	struct nst_hop *there, *back; /* the planned ways */
	size_t there_count, back_count;
	size_t *near; /* the hosts and switches on them */
	size_t near_count;
	uint64_t begin_ns, begin_real_ns; /* CLOCK_MONOTONIC, CLOCK_REALTIME */
	uint64_t first_ns; /* when the first packet of the first attempt was sent */
	unsigned int attempts;
	size_t acquainted; /* node that knew its next hop when it was asked again */

	/* Of the current attempt. */
	int client, listener, accepted; /* sockets; -1 */
	enum stage stage;
	enum stage failed_at; /* the stage before FAILED */
	enum listening listening;
	bool program_answered; /* DONE, but by a program: not our payload came back */
	size_t answer_size;    /* bytes that came back */
	int error;             /* errno of STAGE_FAILED */
	bool error_local;      /* at the first call: nothing had been sent */
	int error_answer;      /* of the listener, when it sent the answer */
	bool icmp_heard;       /* an ICMP error reached the asker's socket */
	int icmp_type, icmp_code;
	struct counters before;  /* of the asked host */
	uint32_t waiting_before; /* bytes in the datagram socket of a program there */
	uint64_t taken_before;   /* bytes of this connection, by the asked host */
	struct tracked tracked;
	struct sightings sightings;
	uint64_t sent_ns; /* when the first packet was sent */
	struct refusal refusal;

	struct ask_wires wires;
	unsigned int quiet; /* rounds of calm() in a row without news */

	/* What the evidence added up to: settle.c. */
	struct trail_end question, answer;
	bool answer_made; /* the asked host answered: the trail to judge is the answer's */
	bool delivered;          /* a program's datagram socket got it */
	bool queue_full;         /* the listener takes no more connections */
	bool was_full;           /* it did not a moment ago */
	uint32_t listener_drops; /* SYNs that its socket has dropped, a full queue's */
	uint32_t listener_dropped; /* of these, known already */
	char doubt[128];           /* why nothing is proved */
	bool lost;                 /* sightings were lost */
	bool link_down, link_cut;  /* where the trail ends */
	bool link_takes;           /* that link takes all such packets on purpose */
	uint64_t off_path;         /* IPv4 packets that rp_filter has dropped there */
	bool no_route; /* the host where it ends has no route for it, or for the answer */
	bool looked_hard;  /* from now on every processor's backlog is emptied */
	bool socket_asked; /* TCP: what a busy program's socket holds is processed */
	bool count;        /* read the asked host's counters before asking */
	bool by_counter;   /* what is known of its answer is known by a counter */
	bool counted;      /* and was so at the last attempt too: no coincidence */
	bool recheck;      /* what holds packets may have let one go: look once more */
	bool again;        /* worth asking once more */
	struct discovery {
		bool failed;  /* the neighbour could not be resolved: that is why */
		size_t node;  /* who asks for it */
		size_t owner; /* whose address it is; SIZE_MAX: nobody's */
		struct holding holding;
		bool answered;
		struct trail_end end; /* of the solicitation, or of its answer */
	} discovery;
};

/* What differs between protocols. */
struct protocol {
	/* Opens the asker's socket and sends. Sets stage FAILED on a local error. Returns
	 * -errno where the probe itself cannot work. */
	int (*start)(struct ask *ask);
	/* Looks at the sockets and moves on as far as they allow. Returns whether anything
	 * happened. */
	bool (*advance)(struct ask *ask);
	/* Nothing moves any more: looks once more whether what is there is an answer. Returns
	 * whether anything happened. May be NULL. */
	bool (*conclude)(struct ask *ask);
};

extern const struct protocol protocol_tcp, protocol_udp, protocol_echo,
	protocol_segment;

/* By what this question is asked. */
const struct protocol *protocol_of(const struct ask *ask);

/* ---- For the protocols: sockets.c ---- */

struct sockaddr_storage;

/* Enters the host's namespace and opens a socket in it. -errno with a sentence. */
int ask_socket(struct ask *ask, size_t node, int type, int protocol);

/* The target with a port, as a socket address. Returns its size. */
unsigned int ask_sockaddr(const struct nst_address *address, uint16_t port,
			  struct sockaddr_storage *ret);

/* Binds the asker's socket to the attempt's port, or to the next that is free. */
int ask_bind_port(struct ask *ask);

/* Binds the asker's socket to the address that was asked for, if any. */
int ask_bind_source(struct ask *ask);

/* A payload longer than two packets of Ethernet. */
enum { FRAGMENTED_SIZE = 4000 };

/* Lets the kernel cut what is too long for a link. */
void ask_want_fragments(struct ask *ask);

/* Asks for ICMP errors with all details. */
void ask_want_errors(struct ask *ask);

/* Takes ICMP errors from the asker's error queue. */
void ask_read_errors(struct ask *ask);

/* Takes a packet from the asker's raw socket, and ICMP errors. Return: its bytes with the
 * IPv4 header, whose length is *ret_header (0 over IPv6); -1 where there is none. */
ssize_t ask_receive_raw(struct ask *ask, uint8_t *packet, size_t room,
			ssize_t *ret_header);

/* Whether the node has that address (4 or 16 bytes) by plan. */
bool ask_owns(const struct ask *ask, size_t node, const uint8_t *bytes);

/* Says why nothing is proved; returns true. */
__attribute__((format(printf, 2, 3))) bool ask_doubt(struct ask *ask,
						     const char *format, ...);

/* Stage FAILED with errno. */
void ask_fail(struct ask *ask, int error);

/* Finds out who listens, and puts up the probe's own listener if nobody does and the
 * question allows it. listener.c. */
int listener_prepare(struct ask *ask);

/* The flow as the asked host sees it, by what arrived there, or by the plan. */
struct flow;
void ask_flow(const struct ask *ask, const struct sighting *arrived, struct flow *ret);

/* TCP: sends what asks over an open connection. Returns what send(2) does. tcp.c. */
ssize_t tcp_send_payload(struct ask *ask);
size_t tcp_payload_size(const struct ask *ask);

/* Closes the attempt's sockets: own connections without a trace, others in order. */
void ask_close(struct ask *ask);

static inline bool ask_over(const struct ask *ask)
{
	return ask->stage == STAGE_DONE || ask->stage == STAGE_FAILED;
}

#endif
