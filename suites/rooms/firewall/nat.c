/* SPDX-License-Identifier: MIT */
/* NAT routers: what the outside sees. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>

static const struct nst_topology behind_nat = {
	.hosts = (struct nst_host[]){ { "nat", NST_NAT_ROUTER }, {} },
	.links =
		(struct nst_link[]){
			{
				.a = { "inside", "192.168.1.2/24, fd01::2/64" },
				.b = { "nat", "192.168.1.1/24, fd01::1/64" },
			},
			{
				.a = { "nat", "203.0.113.1/24, 2001:db8::1/64" },
				.b = { "outside", "203.0.113.2/24, 2001:db8::2/64" },
			},
			{} },
};

static struct sockaddr_in6 address(const char *text)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(4000) };
	char mapped[64];

	snprintf(mapped, sizeof(mapped), strchr(text, ':') ? "%s" : "::ffff:%s", text);
	cr_assert(eq(int, inet_pton(AF_INET6, mapped, &to.sin6_addr), 1));
	return to;
}

/* Who `to` believes has sent it a datagram from `from`: an address; static. */
static char *sender_seen(struct nst_lab *lab, const char *from, const char *to,
			 const char *to_address)
{
	static char text[INET6_ADDRSTRLEN];
	int out AUTO_CLOSE = nst_socket(lab, from, AF_INET6, SOCK_DGRAM, 0);
	int in AUTO_CLOSE = nst_socket(lab, to, AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 target = address(to_address), seen;
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(4000) };
	socklen_t size = sizeof(seen);
	char byte;

	cr_assert(eq(int, bind(in, (struct sockaddr *)&any, sizeof(any)), 0));
	if (sendto(out, "x", 1, 0, (struct sockaddr *)&target, sizeof(target)) < 0)
		return strerror(errno);
	cr_assert(eq(int, poll(&(struct pollfd){ in, POLLIN, 0 }, 1, 5000), 1));
	recvfrom(in, &byte, 1, 0, (struct sockaddr *)&seen, &size);
	inet_ntop(AF_INET6, &seen.sin6_addr, text, sizeof(text));
	return text;
}

static struct nst_lab *up(void)
{
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(&behind_nat, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

Test(nat, the_outside_sees_the_routers_address)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(eq(str, sender_seen(lab, "inside", "outside", "203.0.113.2"),
		     "::ffff:203.0.113.1"));
	cr_expect(eq(str, sender_seen(lab, "inside", "outside", "2001:db8::2"),
		     "2001:db8::1"));
}

Test(nat, the_router_itself_is_not_masqueraded_inwards)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(eq(str, sender_seen(lab, "nat", "inside", "192.168.1.2"),
		     "::ffff:192.168.1.1"));
}

Test(nat, the_outside_has_no_route_inwards)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(eq(str, sender_seen(lab, "outside", "inside", "192.168.1.2"),
		     "Network is unreachable"));
}

Test(nat, is_set_up_once_whatever_is_loaded)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_ruleset mine = { .text = "table inet mine {\n}\n" };
	struct nst_ran ran = { 0 };

	cr_assert(eq(int, nst_ruleset_load(lab, "nat", &mine), 0), "%s", nst_error());
	cr_assert(eq(int,
		     nst_run(lab,
			     &(struct nst_start){
				     .host = "nat",
				     .command = "nft list ruleset | grep -c masq" },
			     5000, &ran),
		     0));

	cr_expect(eq(str, ran.out, "1\n"));
	nst_ran_free(&ran);
}

Test(nat, survives_a_ruleset_that_flushes_all)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(eq(int,
		     nst_ruleset_load(
			     lab, "nat",
			     &(struct nst_ruleset){
				     .text = "flush ruleset\ntable inet mine {\n}\n" }),
		     0),
		  "%s", nst_error());

	cr_expect(eq(str, sender_seen(lab, "inside", "outside", "203.0.113.2"),
		     "::ffff:203.0.113.1"));
}
