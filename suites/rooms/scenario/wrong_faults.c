/* SPDX-License-Identifier: MIT */
/* What is said about: faults, timelines, flaps, pauses and addresses. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

#define HOSTS "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
#define THREE_HOSTS                                                                  \
	"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}, lan: {kind: " \
	"switch}}\n"                                                                 \
	"links: [a -- lan, b -- lan]\n"

static const struct wrong faults[] = {
	{ "no on",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {match: syn, drop: true}\n",
	  "t.yaml:4:5: \"on\" is missing here\n"
	  "    4 |   - fault: {match: syn, drop: true}\n"
	  "      |     ^~~~~\n" },
	{ "both ways",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -- b, drop: true}\n",
	  "t.yaml:4:19: \"->\" belongs here, as in \"a -> b\"\n"
	  "    4 |   - fault: {on: a -- b, drop: true}\n"
	  "      |                   ^~\n" },
	{ "nothing is done",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, match: syn}\n",
	  "t.yaml:4:5: what is done is missing, such as \"drop: true\"\n"
	  "    4 |   - fault: {on: a -> b, match: syn}\n"
	  "      |     ^~~~~\n" },
	{ "two things are done",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, delay: 1s}\n",
	  "t.yaml:4:37: a fault does one thing, and \"drop\" is there already\n"
	  "    4 |   - fault: {on: a -> b, drop: true, delay: 1s}\n"
	  "      |                                     ^~~~~\n" },
	{ "drop: false",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: false}\n",
	  "t.yaml:4:31: true belongs here, or nothing at all\n"
	  "    4 |   - fault: {on: a -> b, drop: false}\n"
	  "      |                               ^~~~~\n" },
	{ "match",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, match: sny-ack, drop: true}\n",
	  "t.yaml:4:32: the filter \"sny-ack\": can't parse filter expression: syntax "
	  "error; did you mean \"syn-ack\"?\n"
	  "    4 |   - fault: {on: a -> b, match: sny-ack, drop: true}\n"
	  "      |                                ^~~~~~~\n" },
	{ "nth of nothing",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, nth: 0, drop: true}\n",
	  "t.yaml:4:30: this is a number from 1 to 4294967295\n"
	  "    4 |   - fault: {on: a -> b, nth: 0, drop: true}\n"
	  "      |                              ^\n" },
	{ "nth and from",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, nth: 1, from: 2, drop: true}\n",
	  "t.yaml:4:39: nth chooses one packet, so from has nothing to choose from\n"
	  "    4 |   - fault: {on: a -> b, nth: 1, from: 2, drop: true}\n"
	  "      |                                       ^\n" },
	{ "backwards",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, from: 3, to: 2, drop: true}\n",
	  "t.yaml:4:38: from 3 to 2 is no packet at all\n"
	  "    4 |   - fault: {on: a -> b, from: 3, to: 2, drop: true}\n"
	  "      |                                      ^\n" },
	{ "probability without unit",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, probability: 10, drop: true}\n",
	  "t.yaml:4:38: a probability needs % or ppm behind it\n"
	  "    4 |   - fault: {on: a -> b, probability: 10, drop: true}\n"
	  "      |                                      ^~\n" },
	{ "probability over 100 %",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, probability: 101%, drop: true}\n",
	  "t.yaml:4:38: a probability can be at most 100%\n"
	  "    4 |   - fault: {on: a -> b, probability: 101%, drop: true}\n"
	  "      |                                      ^~~~\n" },
	{ "after without unit",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, after: 64, drop: true}\n",
	  "t.yaml:4:32: a size's unit is B, kB, KiB, MB, MiB, GB or GiB\n"
	  "    4 |   - fault: {on: a -> b, after: 64, drop: true}\n"
	  "      |                                ^~\n" },
	{ "delay without unit",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, delay: 5}\n",
	  "t.yaml:4:32: a time needs a unit, as in 20ms, 1.5s, 2min or 1h\n"
	  "    4 |   - fault: {on: a -> b, delay: 5}\n"
	  "      |                                ^\n" },
	{ "too many copies",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, duplicate: 1001}\n",
	  "t.yaml:4:36: this is a number from 1 to 1000\n"
	  "    4 |   - fault: {on: a -> b, duplicate: 1001}\n"
	  "      |                                    ^~~~\n" },
	{ "layer",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, corrupt: {byte: 1, of: paylod}}\n",
	  "t.yaml:4:48: \"paylod\" is not a layer; did you mean \"payload\"?\n"
	  "    4 |   - fault: {on: a -> b, corrupt: {byte: 1, of: paylod}}\n"
	  "      |                                                ^~~~~~\n" },
	{ "mask",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, corrupt: {byte: 1, mask: 0x100}}\n",
	  "t.yaml:4:50: a mask is a byte from 0x01 to 0xff\n"
	  "    4 |   - fault: {on: a -> b, corrupt: {byte: 1, mask: 0x100}}\n"
	  "      |                                                  ^~~~~\n" },
	{ "corrupt without byte",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, corrupt: {of: ip}}\n",
	  "t.yaml:4:25: \"byte\" is missing here\n"
	  "    4 |   - fault: {on: a -> b, corrupt: {of: ip}}\n"
	  "      |                         ^~~~~~~\n" },
	{ "a frame that is no frame",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, truncate: 10}\n",
	  "t.yaml:4:25: a frame of 10 bytes: its header alone has 14\n"
	  "    4 |   - fault: {on: a -> b, truncate: 10}\n"
	  "      |                         ^~~~~~~~\n" },
	{ "ends",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, rst: all}\n",
	  "t.yaml:4:30: \"all\" is not an end of the connection (there are both, "
	  "sender, receiver)\n"
	  "    4 |   - fault: {on: a -> b, rst: all}\n"
	  "      |                              ^~~\n" },
	{ "icmp",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, icmp: frag-neded 1400}\n",
	  "t.yaml:4:31: \"frag-neded\" is not an ICMP error; did you mean "
	  "\"frag-needed\"?\n"
	  "    4 |   - fault: {on: a -> b, icmp: frag-neded 1400}\n"
	  "      |                               ^~~~~~~~~~\n" },
	{ "icmp without its MTU",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, icmp: frag-needed}\n",
	  "t.yaml:4:31: the MTU, as in \"frag-needed 1400\", is missing behind this\n"
	  "    4 |   - fault: {on: a -> b, icmp: frag-needed}\n"
	  "      |                               ^~~~~~~~~~~\n" },
	{ "icmp with too much",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, icmp: host-unreachable 3}\n",
	  "t.yaml:4:48: nothing more belongs here\n"
	  "    4 |   - fault: {on: a -> b, icmp: host-unreachable 3}\n"
	  "      |                                                ^\n" },
	{ "ecn",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, ecn: ect0}\n",
	  "t.yaml:4:30: packets are only marked \"ce\"\n"
	  "    4 |   - fault: {on: a -> b, ecn: ect0}\n"
	  "      |                              ^~~~\n" },
	{ "dscp",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, dscp: 64}\n",
	  "t.yaml:4:31: this is a number from 0 to 63\n"
	  "    4 |   - fault: {on: a -> b, dscp: 64}\n"
	  "      |                               ^~\n" },
	{ "a name twice",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, name: x}\n"
		    "  - fault: {on: b -> a, drop: true, name: x}\n",
	  "t.yaml:5:43: a fault before this one has that name\n"
	  "    5 |   - fault: {on: b -> a, drop: true, name: x}\n"
	  "      |                                           ^\n" },
	{ "engine kernel",
	  HOSTS "links: [{link: a -- b, engine: kernel}]\n"
		"steps:\n"
		"  - fault: {on: a -> b, drop: true}\n",
	  "t.yaml:4:17: this link has \"engine: kernel\", which knows no faults\n"
	  "    4 |   - fault: {on: a -> b, drop: true}\n"
	  "      |                 ^~~~~~\n" },
	{ "remove what is not there",
	  TWO_HOSTS "steps:\n"
		    "  - remove fault: x\n",
	  "t.yaml:4:19: no fault before this has the name \"x\"\n"
	  "    4 |   - remove fault: x\n"
	  "      |                   ^\n" },
	{ "wait for what is not there",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, name: lost}\n"
		    "  - wait until: fault lots fired\n",
	  "t.yaml:5:23: no fault before this has the name \"lots\"; did you mean "
	  "\"lost\"?\n"
	  "    5 |   - wait until: fault lots fired\n"
	  "      |                       ^~~~\n" },
	{ "wait for what faults do not do",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, name: lost}\n"
		    "  - wait until: fault lost happened\n",
	  "t.yaml:5:28: \"fired\" belongs here, as in \"fault lost fired\"\n"
	  "    5 |   - wait until: fault lost happened\n"
	  "      |                            ^~~~~~~~\n" },
	{ "how often",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, name: lost}\n"
		    "  - wait until: fault lost fired 0 times\n",
	  "t.yaml:5:34: a number from 1 on belongs here\n"
	  "    5 |   - wait until: fault lost fired 0 times\n"
	  "      |                                  ^\n" },
	{ "how often, of what",
	  TWO_HOSTS "steps:\n"
		    "  - fault: {on: a -> b, drop: true, name: lost}\n"
		    "  - wait until: fault lost fired 3 tims\n",
	  "t.yaml:5:36: \"times\" belongs here, as in \"fired 3 times\"\n"
	  "    5 |   - wait until: fault lost fired 3 tims\n"
	  "      |                                    ^~~~\n" },
};

Test(scenario_wrong, faults)
{
	check_wrong(faults, ARRAY_SIZE(faults));
}

static const struct wrong times[] = {
	{ "a mapping",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: {at: 1s, do: {down: a -- b}}\n",
	  "t.yaml:4:15: the value of \"timeline\" must be a list; it is a mapping\n"
	  "    4 |   - timeline: {at: 1s, do: {down: a -- b}}\n"
	  "      |               ^\n" },
	{ "empty",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: []\n",
	  "t.yaml:4:15: this list is empty\n"
	  "    4 |   - timeline: []\n"
	  "      |               ^\n" },
	{ "neither at nor when",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: [{do: {down: a -- b}}]\n",
	  "t.yaml:4:16: either \"at\" or \"when\" belongs here, as in {at: 2s, do: "
	  "{down: a -- b}}\n"
	  "    4 |   - timeline: [{do: {down: a -- b}}]\n"
	  "      |                ^\n" },
	{ "at and when",
	  WITH_PROGRAM
	  "steps:\n"
	  "  - timeline: [{at: 1s, when: sleep exits, do: {down: a -- b}}]\n",
	  "t.yaml:6:16: either \"at\" or \"when\" belongs here, as in {at: 2s, do: "
	  "{down: a -- b}}\n"
	  "    6 |   - timeline: [{at: 1s, when: sleep exits, do: {down: a -- b}}]\n"
	  "      |                ^\n" },
	{ "nothing to do",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: [{at: 1s}]\n",
	  "t.yaml:4:16: \"do\" is missing here\n"
	  "    4 |   - timeline: [{at: 1s}]\n"
	  "      |                ^\n" },
	{ "what cannot be done",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: [{at: 1s, do: {expect: a -> b icmp open}}]\n",
	  "t.yaml:4:30: a timeline cannot do this: it does not wait, ask or judge\n"
	  "    4 |   - timeline: [{at: 1s, do: {expect: a -> b icmp open}}]\n"
	  "      |                              ^~~~~~\n" },
	{ "an event of a host",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: [{when: a listens on tcp/80, do: {down: a -- b}}]\n",
	  "t.yaml:4:23: a timeline waits for no ports, files and timelines\n"
	  "    4 |   - timeline: [{when: a listens on tcp/80, do: {down: a -- b}}]\n"
	  "      |                       ^~~~~~~~~~~~~~~~~~~\n" },
	{ "an unknown event",
	  WITH_PROGRAM "steps:\n"
		       "  - timeline: [{when: sleep sleeps, do: {down: a -- b}}]\n",
	  "t.yaml:6:29: nothing can be waited for with \"sleeps\" (there are is, "
	  "prints, exits, listens, has, counts)\n"
	  "    6 |   - timeline: [{when: sleep sleeps, do: {down: a -- b}}]\n"
	  "      |                             ^~~~~~\n" },
	{ "a timeline that is not there",
	  TWO_HOSTS "steps:\n"
		    "  - wait until: timeline is done\n",
	  "t.yaml:4:17: no step before this one is a timeline\n"
	  "    4 |   - wait until: timeline is done\n"
	  "      |                 ^~~~~~~~\n" },
	{ "pause",
	  TWO_HOSTS "steps:\n"
		    "  - pause: 2\n",
	  "t.yaml:4:12: a time needs a unit, as in 20ms, 1.5s, 2min or 1h\n"
	  "    4 |   - pause: 2\n"
	  "      |            ^\n" },
	{ "flap without times",
	  TWO_HOSTS "steps:\n"
		    "  - flap: {link: a -- b, down: 1s, up: 1s}\n",
	  "t.yaml:4:5: \"times\" is missing here\n"
	  "    4 |   - flap: {link: a -- b, down: 1s, up: 1s}\n"
	  "      |     ^~~~\n" },
	{ "flap of no link",
	  THREE_HOSTS "steps:\n"
		      "  - flap: {link: a -- b, down: 1s, up: 1s, times: 1}\n",
	  "t.yaml:4:23: no link joins \"a\" and \"b\"\n"
	  "    4 |   - flap: {link: a -- b, down: 1s, up: 1s, times: 1}\n"
	  "      |                       ^\n" },
	{ "flap never",
	  TWO_HOSTS "steps:\n"
		    "  - flap: {link: a -- b, down: 1s, up: 1s, times: 0}\n",
	  "t.yaml:4:51: this is a number from 1 to 1000000\n"
	  "    4 |   - flap: {link: a -- b, down: 1s, up: 1s, times: 0}\n"
	  "      |                                                   ^\n" },
	{ "address without prefix",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, add: 10.0.0.2}\n",
	  "t.yaml:4:29: an address has its prefix behind it, as 10.0.0.1/24\n"
	  "    4 |   - address: {host: a, add: 10.0.0.2}\n"
	  "      |                             ^~~~~~~~\n" },
	{ "address of nothing",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a}\n",
	  "t.yaml:4:5: one of \"add\", \"remove\" and \"deprecate\" belongs here\n"
	  "    4 |   - address: {host: a}\n"
	  "      |     ^~~~~~~\n" },
	{ "address, unknown interface",
	  TWO_HOSTS "steps:\n"
		    "  - address: {host: a, add: 10.0.0.2/24, interface: eth7}\n",
	  "t.yaml:4:53: host \"a\" has no interface \"eth7\" (there is only eth0)\n"
	  "    4 |   - address: {host: a, add: 10.0.0.2/24, interface: eth7}\n"
	  "      |                                                     ^~~~\n" },
	{ "address of a switch",
	  "hosts: {a: {address: 10.0.0.1/24}, s: {kind: switch}}\n"
	  "links: [a -- s]\n"
	  "steps:\n"
	  "  - address: {host: s, add: 10.0.0.2/24}\n",
	  "t.yaml:4:21: a switch has no addresses\n"
	  "    4 |   - address: {host: s, add: 10.0.0.2/24}\n"
	  "      |                     ^\n" },
	{ "stop all",
	  WITH_PROGRAM "steps:\n"
		       "  - stop: all on a\n",
	  "t.yaml:6:11: programs are stopped one by one; \"kill: all on HOST\" ends "
	  "all at once\n"
	  "    6 |   - stop: all on a\n"
	  "      |           ^~~\n" },
	{ "freeze all of nobody",
	  WITH_PROGRAM "steps:\n"
		       "  - freeze: all on c\n",
	  "t.yaml:6:20: no host \"c\" (there are a, b)\n"
	  "    6 |   - freeze: all on c\n"
	  "      |                    ^\n" },
	{ "unplanned loss",
	  TWO_HOSTS "cases: {one: {unplanned loss: fine, steps: []}}\n",
	  "t.yaml:3:31: \"allowed\" belongs here, or nothing at all\n"
	  "    3 | cases: {one: {unplanned loss: fine, steps: []}}\n"
	  "      |                               ^~~~\n" },
};

Test(scenario_wrong, timelines_flaps_and_addresses)
{
	check_wrong(times, ARRAY_SIZE(times));
}
