/* SPDX-License-Identifier: MIT */
/* Opens the packet sockets that captures read. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/capture.h>

enum { BUFFER = 16 * 1024 * 1024 };

/* SO_TIMESTAMPING and not SO_TIMESTAMPNS: where the kernel has no stamp the latter
 * makes one up, at the time of reading, and does not say so (__sock_recv_timestamp()).
 */
static int ask_for_stamps(int fd)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
}

int nst_capture_prepare(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int keeper = -1; /* stamps are on while any socket asks for them */
	int r = 0;

	pthread_mutex_lock(&lock);
	if (keeper < 0) {
		AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || ask_for_stamps(fd) < 0)
			r = nst_fail_errno("asking for packet timestamps");
		else
			keeper = steal_fd(&fd);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static int configure(int fd, int ifindex)
{
	int yes = 1, size = BUFFER;
	struct packet_mreq all = { .mr_ifindex = ifindex,
				   .mr_type = PACKET_MR_PROMISC };

	if (ask_for_stamps(fd) < 0)
		return nst_fail_errno("asking for packet timestamps");
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)) < 0)
		return nst_fail_errno("asking for VLAN tags");
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0)
		return nst_fail_errno("listening to all of interface %d", ifindex);
	/* Beyond rmem_max only for the real root; others get rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
		return nst_fail_errno("enlarging a receive buffer");
	return 0;
}

/* The socket is born deaf (protocol 0), or it would hear every interface until bound.
 * Binding to an interface that is down works, but leaves ENETDOWN as the socket's
 * pending error: unread, it would fail the first read and make every epoll return at
 * once. */
static int listen_to(int fd, int ifindex)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int pending;
	socklen_t size = sizeof(pending);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return nst_fail_errno("binding a packet socket to interface %d",
				      ifindex);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size) < 0)
		return nst_fail_errno("clearing the error of a packet socket");
	return 0;
}

int nst_capture_socket(int ifindex)
{
	AUTO_CLOSE int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return nst_fail_errno("opening a packet socket");
	if (ifindex <= 0)
		return nst_fail(-EINVAL, "interface %d: no such number", ifindex);
	r = configure(fd, ifindex);
	if (r < 0)
		return r;
	r = listen_to(fd, ifindex);
	return r < 0 ? r : steal_fd(&fd);
}
