/* SPDX-License-Identifier: MIT */
/* A packet is a packet: what a network card would do to frames is switched off.
 *
 * Without a card there is nobody to finish the checksums, to cut what is too long into
 * frames, or to insert the tags. With a veth's default offloads, not even a TCP handshake
 * passes through a packet socket.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/wire.h>

/* Scatter-gather, and with it all segmentation, goes with the transmit checksums
 * (netdev_fix_features() in net/core/dev.c). The flags are those of VLAN tags. */
static const struct {
	unsigned int command;
	const char *what;
} offloads[] = {
	{ ETHTOOL_STXCSUM, "transmit checksums" },
	{ ETHTOOL_SGRO, "receive merging" },
	{ ETHTOOL_SFLAGS, "VLAN offloads" },
};

int nst_wire_prepare_interface(int ifindex)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_ifindex = ifindex };

	if (fd < 0)
		return nst_fail_errno("opening a socket");
	if (ioctl(fd, SIOCGIFNAME, &request) < 0)
		return nst_fail_errno("interface %d", ifindex);
	for (size_t i = 0; i < ARRAY_SIZE(offloads); i++) {
		struct ethtool_value value = { .cmd = offloads[i].command };

		request.ifr_data = (char *)&value;
		if (ioctl(fd, SIOCETHTOOL, &request) < 0 && errno != EOPNOTSUPP)
			return nst_fail_errno("switching off the %s of interface %s",
					      offloads[i].what, request.ifr_name);
	}
	return 0;
}
