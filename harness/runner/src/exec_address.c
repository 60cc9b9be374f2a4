/* SPDX-License-Identifier: MIT */
/* address: what `ip address add` and `del` do, in a host. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"

struct address_request {
	struct nlmsghdr head;
	struct ifaddrmsg address;
	struct {
		struct rtattr head;
		unsigned char bytes[16];
	} local, other;
};

static void put(struct rtattr *head, unsigned short type,
		const struct nst_address_step *step, size_t size)
{
	head->rta_type = type;
	head->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(head), step->bytes, size);
}

/* IFA_LOCAL is what counts for IPv4, IFA_ADDRESS for IPv6; both are given to both. Without
 * IFA_F_NODAD, IPv6 would find out that somebody else has the address, and not use it. */
static size_t make_request(const struct nst_address_step *step,
			   struct address_request *ret)
{
	size_t size = step->family == AF_INET ? 4 : 16;
	unsigned char *at;

	*ret = (struct address_request){
		.head = { .nlmsg_type = step->remove ? RTM_DELADDR : RTM_NEWADDR,
			  .nlmsg_flags =
				  NLM_F_REQUEST | NLM_F_ACK |
				  (step->remove ? 0 : NLM_F_CREATE | NLM_F_EXCL) },
		.address = { .ifa_family = (unsigned char)step->family,
			     .ifa_prefixlen = step->prefix,
			     .ifa_flags = IFA_F_NODAD,
			     .ifa_index = if_nametoindex(step->interface) },
	};
	at = (unsigned char *)&ret->local;
	put((struct rtattr *)at, IFA_LOCAL, step, size);
	put((struct rtattr *)(at + RTA_SPACE(size)), IFA_ADDRESS, step, size);
	ret->head.nlmsg_len = (unsigned int)(offsetof(struct address_request, local) +
					     2 * RTA_SPACE(size));
	return ret->head.nlmsg_len;
}

static int change_address(void *arg, void *result)
{
	const struct nst_address_step *step = arg;
	int fd AUTO_CLOSE = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct address_request request;
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[256];
	} answer;
	size_t size = make_request(step, &request);

	(void)result;
	if (fd < 0 || send(fd, &request, size, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return nst_fail_errno("asking the kernel");
	return answer.error.error;
}

int exec_address(struct live_case *live, const struct nst_step *step)
{
	const struct nst_address_step *address = &step->address;
	int r = nst_in_host(live->lab, address->host, change_address, (void *)address,
			    NULL, 0, patience_ms(&live->patience, 0));

	if (r >= 0)
		return STEP_HELD;
	return r == -EEXIST || r == -EADDRNOTAVAIL
		       ? nst_fail(r, "%s %s", address->host,
				  r == -EEXIST ? "has this address already"
					       : "has no such address")
		       : r;
}
