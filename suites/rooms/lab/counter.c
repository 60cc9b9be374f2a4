/* SPDX-License-Identifier: MIT */
/* Counters of a host's kernel are read, and waited for. */
#include <stdio.h>
#include <string.h>

#include <nstest/counter.h>

#include "counter_read.h"
#include "program_lab.h"

static const char text[] = "Ip: Forwarding InReceives\n"
			   "Ip: 1 18446744073709551615\n"
			   "Tcp: RtoMin InSegs InSegsTwice\n"
			   "Tcp: 200 7 9\n"
			   "Ip6InReceives                   	42\n";

Test(counter, is_found_in_both_forms)
{
	uint64_t value = 0;

	cr_expect(counter_find(text, "IpInReceives", &value));
	cr_expect_eq(value, UINT64_MAX);
	cr_expect(counter_find(text, "TcpInSegs", &value));
	cr_expect_eq(value, 7);
	cr_expect(counter_find(text, "TcpInSegsTwice", &value));
	cr_expect_eq(value, 9);
	cr_expect(counter_find(text, "Ip6InReceives", &value));
	cr_expect_eq(value, 42);
	cr_expect_not(counter_find(text, "TcpIn", &value));
	cr_expect_not(counter_find(text, "Tcp", &value));
	cr_expect_not(counter_find(text, "InSegs", &value));
	cr_expect_not(counter_find("Tcp: InSegs\n", "TcpInSegs", &value));
	cr_expect_not(counter_find("Tcp: InSegs\nTcp:\n", "TcpInSegs", &value));
}

/* Datagrams of 1,000 bytes to a port on which nobody listens. */
static void send_in_vain(struct nst_lab *lab, const char *address, int count)
{
	char command[200];

	snprintf(command, sizeof(command),
		 "python3 -c 'import socket\n"
		 "s = socket.socket(socket.AF_INET%s, socket.SOCK_DGRAM)\n"
		 "for i in range(%d): s.sendto(bytes(1000), (\"%s\", 9))'",
		 strchr(address, ':') ? "6" : "", count, address);
	says(lab, "client", command);
}

Test(counter, of_protocols_and_interfaces)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	uint64_t value, bytes;

	must(nst_counter(lab, "server", "UdpNoPorts", &value));
	cr_expect_eq(value, 0);
	must(nst_counter(lab, "server", "eth0 rx_bytes", &bytes));
	send_in_vain(lab, "10.0.0.2", 2);
	must(nst_await_counter(lab, "server", "UdpNoPorts", 2, PATIENCE_MS));
	must(nst_counter(lab, "server", "eth0 rx_bytes", &value));
	cr_expect_geq(value, bytes + 2000);
	send_in_vain(lab, "fd00::2", 1);
	must(nst_await_counter(lab, "server", "Udp6NoPorts", 1, PATIENCE_MS));
	must(nst_counter(lab, "server", "TcpExtListenOverflows", &value));
	cr_expect_eq(value, 0);
}

Test(counter, of_nftables)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	uint64_t value;

	says(lab, "server",
	     "nft 'table inet guard { counter strays { }; chain in { type filter hook "
	     "input priority 0; udp dport 9 counter name strays; }; }'");
	must(nst_counter(lab, "server", "inet guard strays", &value));
	cr_expect_eq(value, 0);
	send_in_vain(lab, "10.0.0.2", 3);
	must(nst_await_counter(lab, "server", "inet guard strays", 3, PATIENCE_MS));
}

Test(counter, that_is_not_there_is_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	uint64_t value;

	must_fail(nst_counter(lab, "server", "TcpExtNothing", &value), -ENOENT,
		  "host \"server\": there is no counter \"TcpExtNothing\"");
	must_fail(nst_counter(lab, "server", "eth7 rx_bytes", &value), -ENOENT,
		  "there is no counter \"eth7 rx_bytes\"");
	must_fail(nst_counter(lab, "server", "eth0 rx_words", &value), -ENOENT,
		  "there is no counter");
	must_fail(nst_counter(lab, "server", "inet no such", &value), -ENOENT,
		  "there is no counter");
	must_fail(nst_counter(lab, "server", "outer no such", &value), -ENOENT,
		  "there is no counter");
	must_fail(nst_counter(lab, "server", "a b c d", &value), -EINVAL,
		  "\"a b c d\" is no counter");
	must_fail(nst_counter(lab, "server", "", &value), -EINVAL, "is no counter");
	must_fail(nst_counter(lab, "nobody", "IpInReceives", &value), -ENOENT,
		  "nobody");
	must_fail(nst_await_counter(lab, "server", "UdpNoPorts", 2, 1), -ETIMEDOUT,
		  "UdpNoPorts is 0 and not 2 after 1 ms");
}
