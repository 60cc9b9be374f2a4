/* SPDX-License-Identifier: MIT */
/* The programs of partitions, run by libpcap's interpreter: no kernel, no namespace. */
#include <assert.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "partition_program.h"

static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "the same layout");

static struct sock_filter program[BPF_MAXINSNS];
static size_t length;

static int run(const uint8_t *frame, size_t size)
{
	return (int)bpf_filter((const struct bpf_insn *)program, frame, (u_int)size,
			       (u_int)size);
}

static bool is_valid(void)
{
	return bpf_validate((const struct bpf_insn *)program, (int)length);
}

/* ---- Against a model ---- */

/* Few values, so that frames and senders often agree in part or whole. */
static uint8_t random_byte(unsigned int *seed)
{
	return (uint8_t)(rand_r(seed) % 2);
}

static size_t address_size(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 6;
}

static struct nst_sender random_sender(unsigned int *seed)
{
	static const int families[] = { AF_INET, AF_INET6, AF_PACKET };
	struct nst_sender sender = { families[rand_r(seed) % 3], { 0 } };
	size_t size = address_size(sender.family);

	/* Only four bytes vary, the last of them always. */
	for (size_t i = size - 4; i < size; i++)
		sender.bytes[i] = random_byte(seed);
	return sender;
}

static size_t random_frame(unsigned int *seed, uint8_t frame[64])
{
	static const uint16_t types[] = { ETH_P_IP, ETH_P_ARP, ETH_P_IPV6, 0x88b5 };
	uint16_t type = types[rand_r(seed) % 4];

	memset(frame, 0, 64);
	for (size_t i = 8; i < 12; i++)
		frame[i] = random_byte(seed);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	for (size_t i = 26; i < 38; i++)
		frame[i] = random_byte(seed);
	if (type ==
	    ETH_P_IPV6) /* else the first twelve bytes would hardly ever agree */
		memset(frame + 22, 0, 12);
	frame[20] = (uint8_t)(57 + rand_r(seed) % 3);  /* ICMPv6 is 58, */
	frame[54] = (uint8_t)(134 + rand_r(seed) % 4); /* discovery 135 and 136 */
	return 64;
}

static int model(const struct nst_sender *senders, size_t count, bool spare,
		 const uint8_t *frame)
{
	uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);

	if (spare && (type == ETH_P_ARP || (type == ETH_P_IPV6 && frame[20] == 58 &&
					    (frame[54] == 135 || frame[54] == 136))))
		return TC_ACT_UNSPEC;

	for (size_t i = 0; i < count; i++) {
		size_t at = type == ETH_P_IP ? 26 : type == ETH_P_ARP ? 28 : 22;
		int family = type == ETH_P_IPV6 ? AF_INET6 : AF_INET;

		if (type == 0x88b5)
			continue;
		if (senders[i].family == AF_PACKET)
			at = 6;
		else if (senders[i].family != family)
			continue;
		if (memcmp(frame + at, senders[i].bytes,
			   address_size(senders[i].family)) == 0)
			return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

Test(program, decides_like_its_model_on_random_frames)
{
	enum { ROUNDS = 20000, SENDERS = 6, SEED = 7 };
	unsigned int seed = SEED;
	struct nst_sender senders[SENDERS];
	int dropped = 0;

	for (int round = 0; round < ROUNDS; round++) {
		size_t count = (size_t)rand_r(&seed) % (SENDERS + 1);
		uint8_t frame[64];
		size_t size = random_frame(&seed, frame);
		bool spare = rand_r(&seed) % 2;
		int wanted;

		for (size_t i = 0; i < count; i++)
			senders[i] = random_sender(&seed);
		cr_assert(eq(sz,
			     partition_program(senders, count, spare, program, &length),
			     count));
		cr_assert(is_valid(), "round %d, seed %d", round, SEED);
		wanted = model(senders, count, spare, frame);
		dropped += wanted == TC_ACT_SHOT;
		cr_assert(eq(int, run(frame, size), wanted), "round %d, seed %d", round,
			  SEED);
	}
	cr_expect(gt(int, dropped, ROUNDS / 50), "both answers were put to the test");
	cr_expect(lt(int, dropped, ROUNDS / 2));
}

Test(program, lets_a_frame_pass_that_is_too_short_for_an_address)
{
	const struct nst_sender senders[] = { { AF_INET, { 0 } }, { AF_INET6, { 0 } } };
	uint8_t frame[64] = { [12] = 8 };

	partition_program(senders, 2, false, program, &length);

	cr_expect(eq(int, run(frame, 30), TC_ACT_SHOT));
	cr_expect(eq(int, run(frame, 29), TC_ACT_OK));
	cr_expect(eq(int, run(frame, 13), TC_ACT_OK));
	cr_expect(eq(int, run(frame, 0), TC_ACT_OK));
}

/* ---- How much fits ---- */

static size_t fit_of(int family)
{
	static struct nst_sender senders[BPF_MAXINSNS];
	size_t fit;

	for (size_t i = 0; i < BPF_MAXINSNS; i++)
		senders[i] = (struct nst_sender){ family,
						  { 1, 2, 3, (unsigned char)i,
						    (unsigned char)(i >> 8), 6 } };
	fit = partition_program(senders, BPF_MAXINSNS, true, program, &length);
	cr_expect(le(sz, length, BPF_MAXINSNS));
	cr_expect(is_valid(), "family %d", family);
	return fit;
}

Test(program, holds_as_many_senders_as_there_are_instructions_for)
{
	cr_expect(eq(sz, fit_of(AF_INET), (BPF_MAXINSNS - 24) / 2));
	cr_expect(eq(sz, fit_of(AF_INET6), (BPF_MAXINSNS - 24) / 9));
	cr_expect(eq(sz, fit_of(AF_PACKET), (BPF_MAXINSNS - 24) / 5));
}
