/* SPDX-License-Identifier: MIT */
/* What is said about: What befalls programs, resources, addresses, MTUs; what is waited for. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "restart of nobody",
	  WITH_PROGRAM "steps:\n"
		       "  - restart: slep\n",
	  "t.yaml:6:14: no program \"slep\"; did you mean \"sleep\"?\n"
	  "    6 |   - restart: slep\n"
	  "      |              ^~~~\n" },
	{ "vanish of nobody",
	  WITH_PROGRAM "steps:\n"
		       "  - vanish: all on c\n",
	  "t.yaml:6:20: no host \"c\" (there are a, b)\n"
	  "    6 |   - vanish: all on c\n"
	  "      |                    ^\n" },
	{ "a resource that is none",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: memory on a\n",
	  "t.yaml:6:14: \"memory\" is no resource (there are ports, accept, "
	  "descriptors, disk)\n"
	  "    6 |   - exhaust: memory on a\n"
	  "      |              ^~~~~~\n" },
	{ "nothing is exhausted",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: ''\n",
	  "t.yaml:6:15: a resource (ports, accept queue, descriptors, disk) is missing "
	  "here\n"
	  "    6 |   - exhaust: ''\n"
	  "      |               ^\n" },
	{ "ports of nobody",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: ports\n",
	  "t.yaml:6:14: \"on\", as in \"ports on client\", is missing behind this\n"
	  "    6 |   - exhaust: ports\n"
	  "      |              ^~~~~\n" },
	{ "a queue of UDP",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: accept queue udp/80 on a\n",
	  "t.yaml:6:27: only TCP has accept queues\n"
	  "    6 |   - exhaust: accept queue udp/80 on a\n"
	  "      |                           ^~~~~~\n" },
	{ "a queue without its port",
	  WITH_PROGRAM "steps:\n"
		       "  - restore: accept queue on a\n",
	  "t.yaml:6:27: unknown protocol \"on\" (there are tcp, udp)\n"
	  "    6 |   - restore: accept queue on a\n"
	  "      |                           ^~\n" },
	{ "descriptors of a host",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: descriptors of b\n",
	  "t.yaml:6:29: no program \"b\" (there is sleep)\n"
	  "    6 |   - exhaust: descriptors of b\n"
	  "      |                             ^\n" },
	{ "a disk without its path",
	  WITH_PROGRAM "steps:\n"
		       "  - exhaust: disk on a\n",
	  "t.yaml:6:19: the path must begin with \"/\"\n"
	  "    6 |   - exhaust: disk on a\n"
	  "      |                   ^~\n" },
	{ "a mount of nobody",
	  WITH_PROGRAM "steps:\n"
		       "  - read-only: /\n",
	  "t.yaml:6:16: \"on\", as in \"/ on server\", is missing behind this\n"
	  "    6 |   - read-only: /\n"
	  "      |                ^\n" },
	{ "an MTU with a unit",
	  TWO_HOSTS "steps:\n"
		    "  - mtu: a -- b 1300B\n",
	  "t.yaml:4:17: an MTU is a number from 68 to 65535, in bytes\n"
	  "    4 |   - mtu: a -- b 1300B\n"
	  "      |                 ^~~~~\n" },
	{ "an MTU that is too small",
	  TWO_HOSTS "steps:\n"
		    "  - mtu: a -- b 60\n",
	  "t.yaml:4:17: an MTU is a number from 68 to 65535, in bytes\n"
	  "    4 |   - mtu: a -- b 60\n"
	  "      |                 ^~\n" },
	{ "a state that is none",
	  TWO_HOSTS "steps:\n"
		    "  - wait until: a has tcp/80 in CLOSED-WAIT\n",
	  "t.yaml:4:33: \"CLOSED-WAIT\" is no state of TCP; did you mean "
	  "\"CLOSE-WAIT\"?\n"
	  "    4 |   - wait until: a has tcp/80 in CLOSED-WAIT\n"
	  "      |                                 ^~~~~~~~~~~\n" },
	{ "a state of UDP",
	  TWO_HOSTS "steps:\n"
		    "  - wait until: a has udp/80 in LISTEN\n",
	  "t.yaml:4:23: only TCP sockets have states\n"
	  "    4 |   - wait until: a has udp/80 in LISTEN\n"
	  "      |                       ^~~~~~\n" },
	{ "a counter without its number",
	  TWO_HOSTS "steps:\n"
		    "  - wait until: a counts UdpNoPorts\n",
	  "t.yaml:4:26: a number belongs here, as in \"server counts 3 "
	  "TcpExtListenOverflows\"\n"
	  "    4 |   - wait until: a counts UdpNoPorts\n"
	  "      |                          ^~~~~~~~~~\n" },
	{ "a number without its counter",
	  TWO_HOSTS "steps:\n"
		    "  - wait until: a counts 3\n",
	  "t.yaml:4:26: a counter is missing behind this\n"
	  "    4 |   - wait until: a counts 3\n"
	  "      |                          ^\n" },
	{ "two acts on an address",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, add: 10.0.0.2/24, remove: 10.0.0.1/24}\n",
	  "t.yaml:4:5: one of \"add\", \"remove\" and \"deprecate\" belongs here\n"
	  "    4 |   - address: {host: a, add: 10.0.0.2/24, remove: 10.0.0.1/24}\n"
	  "      |     ^~~~~~~\n" },
	{ "lifetimes in parts of seconds",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, add: 10.0.0.2/24, valid: 500ms}\n",
	  "t.yaml:4:5: lifetimes of addresses are whole seconds\n"
	  "    4 |   - address: {host: a, add: 10.0.0.2/24, valid: 500ms}\n"
	  "      |     ^~~~~~~\n" },
	{ "a preferred lifetime that is longer",
	  TWO_HOSTS
	  "steps:\n"
	  "  - address: {host: a, add: 10.0.0.2/24, valid: 5s, preferred: 6s}\n",
	  "t.yaml:4:5: an address is preferred as long as it is valid at most\n"
	  "    4 |   - address: {host: a, add: 10.0.0.2/24, valid: 5s, preferred: 6s}\n"
	  "      |     ^~~~~~~\n" },
	{ "a lifetime of what goes",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, remove: 10.0.0.1/24, valid: 5s}\n",
	  "t.yaml:4:5: \"valid\" belongs to \"add\" and \"deprecate\"\n"
	  "    4 |   - address: {host: a, remove: 10.0.0.1/24, valid: 5s}\n"
	  "      |     ^~~~~~~\n" },
	{ "a preferred one that is deprecated",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, deprecate: 10.0.0.1/24, preferred: 5s}\n",
	  "t.yaml:4:5: \"preferred\" belongs to \"add\"\n"
	  "    4 |   - address: {host: a, deprecate: 10.0.0.1/24, preferred: 5s}\n"
	  "      |     ^~~~~~~\n" },
	{ "an uptime without a unit",
	  TWO_HOSTS "steps:\n"
		    "  - start: {on: a, command: x, monotonic ahead: 50}\n",
	  "t.yaml:4:49: an uptime is written as 90s, 20min, 3h or 50d\n"
	  "    4 |   - start: {on: a, command: x, monotonic ahead: 50}\n"
	  "      |                                                 ^~\n" },
	{ "an uptime of ages",
	  TWO_HOSTS "steps:\n"
		    "  - start: {on: a, command: x, monotonic ahead: 10000d}\n",
	  "t.yaml:4:49: an uptime has at most four digits\n"
	  "    4 |   - start: {on: a, command: x, monotonic ahead: 10000d}\n"
	  "      |                                                 ^~~~~~\n" },
};

Test(scenario_wrong, what_befalls_programs)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
