/* SPDX-License-Identifier: MIT */
/* recvmmsg() on packet sockets, and what the kernel says beside the bytes. */
#include <time.h> /* which linux/errqueue.h forgets */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>

#include <base/fail.h>

#include "pcapng.h"
#include "receive.h"
#include "state.h"

enum {
	BATCH = 32,
	TAG = 4, /* room in front of each frame, for a VLAN tag to put back */
};

struct nst_batch {
	struct mmsghdr messages[BATCH];
	struct iovec places[BATCH];
	struct sockaddr_ll from[BATCH];
	union {
		char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) +
			   CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} beside[BATCH];
	uint64_t times_ns[BATCH];
	bool stamped[BATCH];
	uint8_t (*frames)[TAG +
			  NST_PCAPNG_SNAP]; /* memory only where packets touch it */
};

int nst_batch_new(struct nst_batch **ret_batch)
{
	struct nst_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return nst_fail_memory();
	batch->frames = malloc(BATCH * sizeof(*batch->frames));
	if (!batch->frames) {
		free(batch);
		return nst_fail_memory();
	}
	*ret_batch = batch;
	return 0;
}

void nst_batch_free(struct nst_batch *batch)
{
	if (batch)
		free(batch->frames);
	free(batch);
}

static void prepare(struct nst_batch *batch, unsigned int i)
{
	batch->places[i] = (struct iovec){ batch->frames[i] + TAG, NST_PCAPNG_SNAP };
	batch->messages[i].msg_hdr = (struct msghdr){
		.msg_name = &batch->from[i],
		.msg_namelen = sizeof(batch->from[i]),
		.msg_iov = &batch->places[i],
		.msg_iovlen = 1,
		.msg_control = &batch->beside[i],
		.msg_controllen = sizeof(batch->beside[i]),
	};
}

/* A control message of packet `i`, copied to `ret_data`. Return: whether it is there.
 */
static bool find_beside(struct nst_batch *batch, unsigned int i, int level, int type,
			void *ret_data, size_t size)
{
	struct msghdr *message = &batch->messages[i].msg_hdr;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == level && c->cmsg_type == type &&
		    c->cmsg_len >= CMSG_LEN(size)) {
			memcpy(ret_data, CMSG_DATA(c), size);
			return true;
		}
	return false;
}

/* Backwards, because a packet without a stamp came before all of its socket that have
 * one: it gets the time of the next, or of now. */
static void note_times(struct nst_batch *batch, unsigned int count)
{
	struct scm_timestamping stamp;
	uint64_t next_ns = 0;

	for (unsigned int i = count; i-- > 0;) {
		batch->stamped[i] = find_beside(batch, i, SOL_SOCKET, SCM_TIMESTAMPING,
						&stamp, sizeof(stamp));
		if (batch->stamped[i])
			next_ns = (uint64_t)stamp.ts[0].tv_sec * 1000000000U +
				  (uint64_t)stamp.ts[0].tv_nsec;
		else if (!next_ns)
			next_ns = nst_capture_now();
		batch->times_ns[i] = next_ns;
	}
}

int nst_batch_receive(struct nst_batch *batch, int fd)
{
	int n;

	for (unsigned int i = 0; i < BATCH; i++)
		prepare(batch, i);
	do
		n = recvmmsg(fd, batch->messages, BATCH, MSG_DONTWAIT | MSG_TRUNC,
			     NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	note_times(batch, (unsigned int)n);
	return n;
}

/* The kernel takes the outer VLAN tag out of a frame before a packet socket sees it:
 * skb_vlan_untag() in net/core/skbuff.c. */
static void put_tag_back(struct nst_batch *batch, unsigned int i,
			 struct nst_record *record)
{
	struct tpacket_auxdata beside;
	uint8_t *frame = batch->frames[i];
	unsigned int type = ETH_P_8021Q;

	if (!find_beside(batch, i, SOL_PACKET, PACKET_AUXDATA, &beside,
			 sizeof(beside)) ||
	    !(beside.tp_status & TP_STATUS_VLAN_VALID) || record->size < 2 * ETH_ALEN)
		return;
	if (beside.tp_status & TP_STATUS_VLAN_TPID_VALID)
		type = beside.tp_vlan_tpid;
	memmove(frame, frame + TAG, 2 * ETH_ALEN);
	memcpy(frame + 2 * ETH_ALEN,
	       (uint8_t[TAG]){ (uint8_t)(type >> 8), (uint8_t)type,
			       (uint8_t)(beside.tp_vlan_tci >> 8),
			       (uint8_t)beside.tp_vlan_tci },
	       TAG);
	record->frame = frame;
	record->size = MIN(record->size + TAG, (uint32_t)NST_PCAPNG_SNAP);
	record->original += TAG;
}

static const enum nst_heading heading_of[] = {
	[PACKET_HOST] = NST_HEADING_UNICAST,
	[PACKET_BROADCAST] = NST_HEADING_BROADCAST,
	[PACKET_MULTICAST] = NST_HEADING_MULTICAST,
	[PACKET_OTHERHOST] = NST_HEADING_OTHERS,
	[PACKET_OUTGOING] = NST_HEADING_OUTGOING,
};

void nst_batch_packet(struct nst_batch *batch, unsigned int i,
		      struct nst_record *ret_record, bool *ret_stamped)
{
	uint32_t size = batch->messages[i].msg_len;
	unsigned int type = batch->from[i].sll_pkttype;

	*ret_record = (struct nst_record){
		.time_ns = batch->times_ns[i],
		.frame = batch->frames[i] + TAG,
		.size = MIN(size, (uint32_t)NST_PCAPNG_SNAP),
		.original = size,
		.heading =
			type <= PACKET_OUTGOING ? heading_of[type] : NST_HEADING_OTHERS,
	};
	put_tag_back(batch, i, ret_record);
	*ret_stamped = batch->stamped[i];
}
