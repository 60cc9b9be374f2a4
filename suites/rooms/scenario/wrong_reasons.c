/* SPDX-License-Identifier: MIT */
/* What is said about the reasons of verdicts in expect:. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

#define RULED                                                 \
	"hosts:\n"                                            \
	"  a:\n"                                              \
	"  b: {ruleset: {text: '*filter', kind: iptables}}\n" \
	"links: [a -- b]\n"                                   \
	"steps:\n"

static const struct wrong wrongs[] = {
	{ "no such file", RULED "  - expect: a -> b tcp/80 dropped by fw.nft:14\n",
	  "t.yaml:6:38: no host has a ruleset \"fw.nft\"\n"
	  "    6 |   - expect: a -> b tcp/80 dropped by fw.nft:14\n"
	  "      |                                      ^~~~~~\n" },
	{ "no line", RULED "  - expect: a -> b tcp/80 dropped by t.yaml\n",
	  "t.yaml:6:38: FILE:LINE of a rule, policy, or no rule belongs here, as in "
	  "\"dropped by fw.nft:14\"\n"
	  "    6 |   - expect: a -> b tcp/80 dropped by t.yaml\n"
	  "      |                                      ^~~~~~\n" },
	{ "no rule", RULED "  - expect: a -> b tcp/80 dropped by no\n",
	  "t.yaml:6:38: \"rule\", as in \"dropped by no rule\", is missing behind "
	  "this\n"
	  "    6 |   - expect: a -> b tcp/80 dropped by no\n"
	  "      |                                      ^~\n" },
	{ "unknown code", RULED "  - expect: a -> b udp/53 rejected with icmp admin\n",
	  "t.yaml:6:46: unknown ICMP code \"admin\" (there are net-unreachable, "
	  "host-unreachable, prot-unreachable, port-unreachable, frag-needed, "
	  "net-prohibited, host-prohibited, admin-prohibited, time-exceeded, no-route, "
	  "...)\n"
	  "    6 |   - expect: a -> b udp/53 rejected with icmp admin\n"
	  "      |                                              ^~~~~\n" },
	{ "with something", RULED "  - expect: a -> b tcp/80 open with tcp reset\n",
	  "t.yaml:6:32: only \"rejected\" is with something\n"
	  "    6 |   - expect: a -> b tcp/80 open with tcp reset\n"
	  "      |                                ^~~~\n" },
	{ "via what", RULED "  - expect: a -> b tcp/80 open via nut\n",
	  "t.yaml:6:36: \"nat\" belongs here, as in \"open via nat\"\n"
	  "    6 |   - expect: a -> b tcp/80 open via nut\n"
	  "      |                                    ^~~\n" },
	{ "seen as whom", RULED "  - expect: a -> b tcp/80 open seen as gate\n",
	  "t.yaml:6:40: \"gate\" is no IP address\n"
	  "    6 |   - expect: a -> b tcp/80 open seen as gate\n"
	  "      |                                        ^~~~\n" },
	{ "from no address", RULED "  - expect: a -> b tcp/80 from c open\n",
	  "t.yaml:6:32: \"c\" is no IP address\n"
	  "    6 |   - expect: a -> b tcp/80 from c open\n"
	  "      |                                ^\n" },
	{ "from another family",
	  RULED "  - expect: a -> b tcp/80 over ipv6 from 10.0.0.1 open\n",
	  "t.yaml:6:42: 10.0.0.1 is no address of the family asked for\n"
	  "    6 |   - expect: a -> b tcp/80 over ipv6 from 10.0.0.1 open\n"
	  "      |                                          ^~~~~~~~\n" },
	{ "fragments of TCP", RULED "  - expect: a -> b tcp/80 in fragments open\n",
	  "t.yaml:6:27: TCP does not go in fragments; udp and icmp do\n"
	  "    6 |   - expect: a -> b tcp/80 in fragments open\n"
	  "      |                           ^~\n" },
	{ "unknown flag", RULED "  - expect: a -> b tcp/80 with flags fin,akc open\n",
	  "t.yaml:6:42: no TCP flag is called \"akc\"; did you mean \"ack\"?\n"
	  "    6 |   - expect: a -> b tcp/80 with flags fin,akc open\n"
	  "      |                                          ^~~\n" },
	{ "with what", RULED "  - expect: a -> b udp/53 with destination-option open\n",
	  "t.yaml:6:32: with what? \"destination-option\" is unknown; did you mean "
	  "\"destination-options\"?\n"
	  "    6 |   - expect: a -> b udp/53 with destination-option open\n"
	  "      |                                ^~~~~~~~~~~~~~~~~~\n" },
	{ "extensions of IPv4",
	  RULED "  - expect: a -> b udp/53 over ipv4 with hop-by-hop open\n",
	  "t.yaml:6:42: only IPv6 has extension headers\n"
	  "    6 |   - expect: a -> b udp/53 over ipv4 with hop-by-hop open\n"
	  "      |                                          ^~~~~~~~~~\n" },
	{ "flags of UDP", RULED "  - expect: a -> b udp/53 with flags ack open\n",
	  "t.yaml:6:27: only TCP has flags\n"
	  "    6 |   - expect: a -> b udp/53 with flags ack open\n"
	  "      |                           ^~~~\n" },
};

Test(scenario_messages, reasons)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
