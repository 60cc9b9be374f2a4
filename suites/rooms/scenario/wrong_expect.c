/* SPDX-License-Identifier: MIT */
/* What is said about: expect: and its sentence. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "unknown step",
	  TWO_HOSTS "steps:\n"
		    "  - exepct: a -> b tcp/80 open\n",
	  "t.yaml:4:5: unknown key \"exepct\"; did you mean \"expect\"?\n"
	  "    4 |   - exepct: a -> b tcp/80 open\n"
	  "      |     ^~~~~~\n" },
	{ "no mapping",
	  TWO_HOSTS "steps:\n"
		    "  - expect a -> b tcp/80 open\n",
	  "t.yaml:4:5: a step is a mapping, as in \"expect: a -> b tcp/80 open\"\n"
	  "    4 |   - expect a -> b tcp/80 open\n"
	  "      |     ^~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "empty mapping",
	  TWO_HOSTS "steps:\n"
		    "  - {}\n",
	  "t.yaml:4:5: a step is a mapping, as in \"expect: a -> b tcp/80 open\"\n"
	  "    4 |   - {}\n"
	  "      |     ^\n" },
	{ "two keys",
	  TWO_HOSTS "steps:\n"
		    "  - {expect: a -> b tcp/80 open, within: 5s}\n",
	  "t.yaml:4:34: a step has one key; is a \"-\" missing, or an indent?\n"
	  "    4 |   - {expect: a -> b tcp/80 open, within: 5s}\n"
	  "      |                                  ^~~~~~\n" },
	{ "steps a mapping", TWO_HOSTS "steps: {expect: a -> b tcp/80 open}\n",
	  "t.yaml:3:8: the value of \"steps\" must be a list; it is a mapping\n"
	  "    3 | steps: {expect: a -> b tcp/80 open}\n"
	  "      |        ^\n" },
	{ "empty sentence",
	  TWO_HOSTS "steps:\n"
		    "  - expect: ''\n",
	  "t.yaml:4:14: the host that asks is missing here\n"
	  "    4 |   - expect: ''\n"
	  "      |              ^\n" },
	{ "unknown host that asks",
	  TWO_HOSTS "steps:\n"
		    "  - expect: c -> b tcp/80 open\n",
	  "t.yaml:4:13: no host \"c\" (there are a, b)\n"
	  "    4 |   - expect: c -> b tcp/80 open\n"
	  "      |             ^\n" },
	{ "unknown host that is asked",
	  "hosts: {client: , server: }\n"
	  "steps:\n"
	  "  - expect: client -> sever tcp/80 open\n",
	  "t.yaml:3:23: no host \"sever\"; did you mean \"server\"?\n"
	  "    3 |   - expect: client -> sever tcp/80 open\n"
	  "      |                       ^~~~~\n" },
	{ "no arrow",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a b tcp/80 open\n",
	  "t.yaml:4:15: \"->\" belongs here, as in \"a -> b tcp/80 open\"\n"
	  "    4 |   - expect: a b tcp/80 open\n"
	  "      |               ^\n" },
	{ "arrow without spaces",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a->b tcp/80 open\n",
	  "t.yaml:4:13: spaces belong around \"->\"\n"
	  "    4 |   - expect: a->b tcp/80 open\n"
	  "      |             ^~~~\n" },
	{ "nothing behind the host",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a\n",
	  "t.yaml:4:13: \"->\", as in \"a -> b tcp/80 open\", is missing behind this\n"
	  "    4 |   - expect: a\n"
	  "      |             ^\n" },
	{ "nothing behind the arrow",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a ->\n",
	  "t.yaml:4:15: the host that is asked is missing behind this\n"
	  "    4 |   - expect: a ->\n"
	  "      |               ^~\n" },
	{ "nothing behind the other host",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b\n",
	  "t.yaml:4:18: tcp/PORT, udp/PORT or icmp is missing behind this\n"
	  "    4 |   - expect: a -> b\n"
	  "      |                  ^\n" },
	{ "unknown protocol",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tpc/80 open\n",
	  "t.yaml:4:20: unknown protocol \"tpc\"; did you mean \"tcp\"?\n"
	  "    4 |   - expect: a -> b tpc/80 open\n"
	  "      |                    ^~~\n" },
	{ "protocol far from all",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b sctp/80 open\n",
	  "t.yaml:4:20: unknown protocol \"sctp\" (there are tcp, udp)\n"
	  "    4 |   - expect: a -> b sctp/80 open\n"
	  "      |                    ^~~~\n" },
	{ "no port",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp open\n",
	  "t.yaml:4:20: a port is missing, as in tcp/8080\n"
	  "    4 |   - expect: a -> b tcp open\n"
	  "      |                    ^~~\n" },
	{ "an empty port",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/ open\n",
	  "t.yaml:4:20: a port is a number from 1 to 65535\n"
	  "    4 |   - expect: a -> b tcp/ open\n"
	  "      |                    ^~~~\n" },
	{ "a large port",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/65536 open\n",
	  "t.yaml:4:24: a port is a number from 1 to 65535\n"
	  "    4 |   - expect: a -> b tcp/65536 open\n"
	  "      |                        ^~~~~\n" },
	{ "port zero",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/0 open\n",
	  "t.yaml:4:24: a port is a number from 1 to 65535\n"
	  "    4 |   - expect: a -> b tcp/0 open\n"
	  "      |                        ^\n" },
	{ "a word as port",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/http open\n",
	  "t.yaml:4:24: a port is a number from 1 to 65535\n"
	  "    4 |   - expect: a -> b tcp/http open\n"
	  "      |                        ^~~~\n" },
	{ "a port of icmp",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b icmp/8 open\n",
	  "t.yaml:4:20: icmp has no port\n"
	  "    4 |   - expect: a -> b icmp/8 open\n"
	  "      |                    ^~~~~~\n" },
	{ "unknown family",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 over ipv5 open\n",
	  "t.yaml:4:32: no address family is called \"ipv5\"; did you mean \"ipv4\"?\n"
	  "    4 |   - expect: a -> b tcp/80 over ipv5 open\n"
	  "      |                                ^~~~\n" },
	{ "family missing",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 over\n",
	  "t.yaml:4:27: ipv4 or ipv6 is missing behind this\n"
	  "    4 |   - expect: a -> b tcp/80 over\n"
	  "      |                           ^~~~\n" },
	{ "family of the address",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> 10.0.0.2 tcp/80 over ipv6 open\n",
	  "t.yaml:4:39: 10.0.0.2 is no address of that family\n"
	  "    4 |   - expect: a -> 10.0.0.2 tcp/80 over ipv6 open\n"
	  "      |                                       ^~~~\n" },
	{ "no such address",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 over ipv6 open\n",
	  "t.yaml:4:13: \"a\" has no IPv6 address\n"
	  "    4 |   - expect: a -> b tcp/80 over ipv6 open\n"
	  "      |             ^\n" },
	{ "no address to ask from",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> fd00::1 tcp/80 open\n",
	  "t.yaml:4:13: \"a\" has no IPv6 address\n"
	  "    4 |   - expect: a -> fd00::1 tcp/80 open\n"
	  "      |             ^\n" },
	{ "no address at all",
	  "hosts: {a: , b: }\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - expect: a -> b icmp open\n",
	  "t.yaml:4:13: \"a\" has no address\n"
	  "    4 |   - expect: a -> b icmp open\n"
	  "      |             ^\n" },
	{ "a switch asks",
	  "hosts: {a: {address: 10.0.0.1/24}, s: {kind: switch}}\n"
	  "links: [a -- s]\n"
	  "steps:\n"
	  "  - expect: s -> a icmp open\n",
	  "t.yaml:4:13: \"s\" is a switch: it neither asks nor answers\n"
	  "    4 |   - expect: s -> a icmp open\n"
	  "      |             ^\n" },
	{ "no verdict",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80\n",
	  "t.yaml:4:20: a verdict, such as open or dropped, is missing behind thi"
	  "s\n"
	  "    4 |   - expect: a -> b tcp/80\n"
	  "      |                    ^~~~~~\n" },
	{ "unknown verdict",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 droped\n",
	  "t.yaml:4:27: unknown verdict \"droped\"; did you mean \"dropped\"?\n"
	  "    4 |   - expect: a -> b tcp/80 droped\n"
	  "      |                           ^~~~~~\n" },
	{ "verdict far from all",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 fine\n",
	  "t.yaml:4:27: unknown verdict \"fine\" (there are open, refused, rejected"
	  ", dropped, blocked, unroutable, unanswered)\n"
	  "    4 |   - expect: a -> b tcp/80 fine\n"
	  "      |                           ^~~~\n" },
	{ "no verdict behind or",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 open or\n",
	  "t.yaml:4:32: a verdict, such as open or dropped, is missing behind thi"
	  "s\n"
	  "    4 |   - expect: a -> b tcp/80 open or\n"
	  "      |                                ^~\n" },
	{ "more",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b tcp/80 open please\n",
	  "t.yaml:4:32: nothing more belongs here\n"
	  "    4 |   - expect: a -> b tcp/80 open please\n"
	  "      |                                ^~~~~~\n" },
	{ "in a list",
	  TWO_HOSTS "steps:\n"
		    "  - expect: [a -> b tcp/80 open, a -> b tcp/80 opn]\n",
	  "t.yaml:4:48: unknown verdict \"opn\"; did you mean \"open\"?\n"
	  "    4 |   - expect: [a -> b tcp/80 open, a -> b tcp/80 opn]\n"
	  "      |                                                ^~~\n" },
};

Test(scenario_messages, expectations)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
