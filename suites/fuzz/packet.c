/* SPDX-License-Identifier: MIT */
/* Any bytes as frames: decoded, printed, and drawn as a ladder.
 *
 * An input is frames, each behind a byte that says where it was seen: bit 0 outgoing,
 * bits 1–3 the interface, bit 7: a byte with its length follows, and other frames after
 * it. Without bit 7 the rest is one frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/ladder.h>
#include <nstest/packet.h>

enum { FRAMES = 64, INTERFACES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_line(const struct nst_packet *packet)
{
	char whole[512], cut[24], one[1];
	int length = nst_packet_print(packet, whole, sizeof(whole));

	must(length > 0 && (size_t)length == strlen(whole));
	must(nst_packet_print(packet, cut, sizeof(cut)) == length);
	must(strlen(cut) < sizeof(cut) && !strncmp(cut, whole, strlen(cut)));
	must(nst_packet_print(packet, one, 1) == length && one[0] == '\0');
	must(nst_packet_print(packet, NULL, 0) == length);
}

static void check_frame(const uint8_t *frame, size_t size)
{
	struct nst_packet packet, quoted;

	nst_packet_decode(frame, size, &packet);
	must(packet.payload_at <= size &&
	     packet.payload_size <= size - packet.payload_at);
	check_line(&packet);
	if (!nst_packet_quoted(frame, size, &packet, &quoted))
		return;
	must(quoted.payload_at <= size &&
	     quoted.payload_size <= size - quoted.payload_at);
	check_line(&quoted);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void check_ladder(const struct nst_sighting *sightings, size_t count,
			 bool linked)
{
	struct nst_ladder_interface interfaces[INTERFACES] = {
		{ "client:eth0" }, { "server:eth0" }, { "switch:p1" },  { "switch:p2" },
		{ "switch:br0" },  { "server:lo" },   { "third:eth0" }, { "a" },
	};
	struct nst_ladder ladder = {
		.interfaces = interfaces,
		.interface_count = INTERFACES,
		.sightings = sightings,
		.count = count,
		.lines = 10,
	};
	char *text;

	for (unsigned int i = 0; linked && i < 4; i++)
		interfaces[i].peer = 1 + (i ^ 1);
	if (nst_ladder_print(&ladder, &text) < 0)
		return;
	must(count_lines(text) <= 10 + 2 && !count == !*text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nst_sighting sightings[FRAMES] = { 0 };
	uint8_t *copies[FRAMES]; /* of exact size, so that ASan sees every byte too far
				  */
	size_t count = 0;

	while (size > 1 && count < FRAMES) {
		uint8_t where = *data++;
		size_t length = --size;

		if (where & 0x80) {
			length = *data++;
			size--;
			if (length > size)
				length = size;
		}
		copies[count] = malloc(length);
		if (length)
			memcpy(copies[count], data, length);
		check_frame(copies[count], length);
		sightings[count] = (struct nst_sighting){
			.time_ns = 1000 * count,
			.interface = (where >> 1) % INTERFACES,
			.outgoing = where & 1,
			.frame = copies[count],
			.size = length,
			.comment = length == 60 ? "sixty" : NULL,
		};
		count++;
		data += length;
		size -= length;
	}
	check_ladder(sightings, count, false);
	check_ladder(sightings, count, true);
	while (count > 0)
		free(copies[--count]);
	return 0;
}
