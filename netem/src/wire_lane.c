/* SPDX-License-Identifier: MIT */
/* See wire_lane.h. */
#include "wire_lane.h"

void wire_lane_send(struct wire_socket *socket, struct wire_lane *lane)
{
	lane->error = 0;
	while (lane->sent < lane->count && lane->error == 0) {
		int sent = wire_socket_send(socket, lane->frames + lane->sent,
					    lane->ifindexes + lane->sent,
					    lane->count - lane->sent);

		if (sent < 0)
			lane->error = sent;
		else
			lane->sent += (size_t)sent;
	}
}
