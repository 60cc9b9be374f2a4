/* SPDX-License-Identifier: MIT */
/* What is said about: All other steps. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "a port of nothing",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b 80 open\n",
	  "t.yaml:4:20: tcp/PORT, udp/PORT or icmp belongs here\n"
	  "    4 |   - expect: a -> b 80 open\n"
	  "      |                    ^~\n" },
	{ "run without on",
	  TWO_HOSTS "steps:\n"
		    "  - run: {command: x}\n",
	  "t.yaml:4:5: \"on\" is missing here\n"
	  "    4 |   - run: {command: x}\n"
	  "      |     ^~~\n" },
	{ "run without command",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a}\n",
	  "t.yaml:4:5: \"command\" is missing here\n"
	  "    4 |   - run: {on: a}\n"
	  "      |     ^~~\n" },
	{ "run of a text",
	  TWO_HOSTS "steps:\n"
		    "  - run: x\n",
	  "t.yaml:4:10: the value of \"run\" must be a mapping; it is a text\n"
	  "    4 |   - run: x\n"
	  "      |          ^\n" },
	{ "run key",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, witihn: 5s}\n",
	  "t.yaml:4:30: unknown key \"witihn\"; did you mean \"within\"?\n"
	  "    4 |   - run: {on: a, command: x, witihn: 5s}\n"
	  "      |                              ^~~~~~\n" },
	{ "run on unknown host",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: c, command: x}\n",
	  "t.yaml:4:15: no host \"c\" (there are a, b)\n"
	  "    4 |   - run: {on: c, command: x}\n"
	  "      |               ^\n" },
	{ "run on two hosts",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a b, command: x}\n",
	  "t.yaml:4:17: nothing more belongs here\n"
	  "    4 |   - run: {on: a b, command: x}\n"
	  "      |                 ^\n" },
	{ "run on nobody",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: '', command: x}\n",
	  "t.yaml:4:16: a host is missing here\n"
	  "    4 |   - run: {on: '', command: x}\n"
	  "      |                ^\n" },
	{ "status",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, status: 256}\n",
	  "t.yaml:4:38: an exit status is a number from 0 to 255, \"not 0\" or \"any"
	  "\"\n"
	  "    4 |   - run: {on: a, command: x, status: 256}\n"
	  "      |                                      ^~~\n" },
	{ "status words",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, status: zero}\n",
	  "t.yaml:4:38: an exit status is a number from 0 to 255, \"not 0\" or \"any"
	  "\"\n"
	  "    4 |   - run: {on: a, command: x, status: zero}\n"
	  "      |                                      ^~~~\n" },
	{ "stdout text",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, stdout: hi}\n",
	  "t.yaml:4:38: the value of \"stdout\" must be a mapping; it is a text\n"
	  "    4 |   - run: {on: a, command: x, stdout: hi}\n"
	  "      |                                      ^~\n" },
	{ "stdout key",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, stdout: {contain: hi}}\n",
	  "t.yaml:4:39: unknown key \"contain\"; did you mean \"contains\"?\n"
	  "    4 |   - run: {on: a, command: x, stdout: {contain: hi}}\n"
	  "      |                                       ^~~~~~~\n" },
	{ "stdout regex",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: x, stdout: {matches: '[a'}}\n",
	  "t.yaml:4:49: this is not a regex (POSIX extended): Unmatched [, [^, [:"
	  ", [., or [=\n"
	  "    4 |   - run: {on: a, command: x, stdout: {matches: '[a'}}\n"
	  "      |                                                 ^~\n" },
	{ "packets without count",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {match: tcp}\n",
	  "t.yaml:4:5: \"count\" is missing here\n"
	  "    4 |   - packets: {match: tcp}\n"
	  "      |     ^~~~~~~\n" },
	{ "count",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: many}\n",
	  "t.yaml:4:22: a count is a number, none, \"at least 3\", \"at most 3\" or \""
	  "between 2 and 4\"\n"
	  "    4 |   - packets: {count: many}\n"
	  "      |                      ^~~~\n" },
	{ "count empty",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: ''}\n",
	  "t.yaml:4:23: a number is missing here\n"
	  "    4 |   - packets: {count: ''}\n"
	  "      |                       ^\n" },
	{ "measure nobody",
	  TWO_HOSTS "steps:\n"
		    "  - measure: {at: c, rate: at least 8mbit}\n",
	  "t.yaml:4:19: no host \"c\" (there are a, b)\n"
	  "    4 |   - measure: {at: c, rate: at least 8mbit}\n"
	  "      |                   ^\n" },
	{ "measure unit",
	  TWO_HOSTS "steps:\n"
		    "  - measure: {at: a, rate: at least 8}\n",
	  "t.yaml:4:37: a rate is written as 10mbit, 1.5mbit or 56kbit\n"
	  "    4 |   - measure: {at: a, rate: at least 8}\n"
	  "      |                                     ^\n" },
	{ "measure words",
	  TWO_HOSTS "steps:\n"
		    "  - measure: {at: a, latency: 5ms}\n",
	  "t.yaml:4:31: it is \"at least ...\", \"at most ...\", \"between ... and "
	  "...\" or \"within 10% of NAME\"\n"
	  "    4 |   - measure: {at: a, latency: 5ms}\n"
	  "      |                               ^~~\n" },
	{ "measure beside nothing",
	  TWO_HOSTS "steps:\n"
		    "  - measure: {at: a, as: plain}\n"
		    "  - measure: {at: a, rate: at least 80% of plian}\n",
	  "t.yaml:5:44: nothing before this is measured \"as: plian\"; did you mean "
	  "\"plain\"?\n"
	  "    5 |   - measure: {at: a, rate: at least 80% of plian}\n"
	  "      |                                            ^~~~~\n" },
	{ "measure within a number",
	  TWO_HOSTS "steps:\n"
		    "  - measure: {at: a, rate: within 5mbit}\n",
	  "t.yaml:4:28: within is of something measured: within 10% of plain\n"
	  "    4 |   - measure: {at: a, rate: within 5mbit}\n"
	  "      |                            ^~~~~~~~~~~~\n" },
	{ "count at",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: at last 3}\n",
	  "t.yaml:4:25: \"most\" belongs here, as in \"at most 3\"\n"
	  "    4 |   - packets: {count: at last 3}\n"
	  "      |                         ^~~~\n" },
	{ "count at least",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: at least}\n",
	  "t.yaml:4:25: a number is missing behind this\n"
	  "    4 |   - packets: {count: at least}\n"
	  "      |                         ^~~~~\n" },
	{ "count at least few",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: at least few}\n",
	  "t.yaml:4:31: this is not a whole number\n"
	  "    4 |   - packets: {count: at least few}\n"
	  "      |                               ^~~\n" },
	{ "count too large",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: at most 99999999999999999999}\n",
	  "t.yaml:4:30: this number is too large\n"
	  "    4 |   - packets: {count: at most 99999999999999999999}\n"
	  "      |                              ^~~~~~~~~~~~~~~~~~~~\n" },
	{ "count between",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: between 2 to 4}\n",
	  "t.yaml:4:32: \"and\" belongs here, as in \"between 2 and 4\"\n"
	  "    4 |   - packets: {count: between 2 to 4}\n"
	  "      |                                ^~\n" },
	{ "count turned",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: between 4 and 2}\n",
	  "t.yaml:4:22: the first number must not be larger than the second\n"
	  "    4 |   - packets: {count: between 4 and 2}\n"
	  "      |                      ^~~~~~~~~~~~~~~\n" },
	{ "count and more",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {count: 3 or so}\n",
	  "t.yaml:4:24: nothing more belongs here\n"
	  "    4 |   - packets: {count: 3 or so}\n"
	  "      |                        ^~\n" },
	{ "filter",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {match: tcp prot 80, count: 1}\n",
	  "t.yaml:4:22: this is not a packet filter: can't parse filter expressio"
	  "n: syntax error\n"
	  "    4 |   - packets: {match: tcp prot 80, count: 1}\n"
	  "      |                      ^~~~~~~~~~~\n" },
	{ "since",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {since: yesterday, count: 1}\n",
	  "t.yaml:4:22: packets are not counted since \"yesterday\" (there are star"
	  "t, last step, mark NAME)\n"
	  "    4 |   - packets: {since: yesterday, count: 1}\n"
	  "      |                      ^~~~~~~~~\n" },
	{ "since step",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {since: last, count: 1}\n",
	  "t.yaml:4:22: \"step\", as in \"last step\", is missing behind this\n"
	  "    4 |   - packets: {since: last, count: 1}\n"
	  "      |                      ^~~~\n" },
	{ "since no mark",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {since: mark, count: 1}\n",
	  "t.yaml:4:22: a mark is missing behind this\n"
	  "    4 |   - packets: {since: mark, count: 1}\n"
	  "      |                      ^~~~\n" },
	{ "since unknown mark",
	  TWO_HOSTS "steps:\n"
		    "  - mark: begin\n"
		    "  - packets: {since: mark begn, count: 1}\n",
	  "t.yaml:5:27: no step before this one is \"mark: begn\"; did you mean \"be"
	  "gin\"?\n"
	  "    5 |   - packets: {since: mark begn, count: 1}\n"
	  "      |                           ^~~~\n" },
	{ "at unknown host",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {at: c, count: 1}\n",
	  "t.yaml:4:19: no host \"c\" (there are a, b)\n"
	  "    4 |   - packets: {at: c, count: 1}\n"
	  "      |                   ^\n" },
	{ "at unknown interface",
	  TWO_HOSTS "steps:\n"
		    "  - packets: {at: 'a:eth7', count: 1}\n",
	  "t.yaml:4:22: host \"a\" has no interface \"eth7\" (there is only eth0)\n"
	  "    4 |   - packets: {at: 'a:eth7', count: 1}\n"
	  "      |                      ^~~~\n" },
	{ "nothing captured",
	  "capture: none\n"
	  "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - packets: {count: 1}\n",
	  "t.yaml:5:5: this case captures nothing\n"
	  "    5 |   - packets: {count: 1}\n"
	  "      |     ^~~~~~~\n" },
	{ "mark empty",
	  TWO_HOSTS "steps:\n"
		    "  - mark: ''\n",
	  "t.yaml:4:12: a name is missing here\n"
	  "    4 |   - mark: ''\n"
	  "      |            ^\n" },
	{ "mark of two words",
	  TWO_HOSTS "steps:\n"
		    "  - mark: a b\n",
	  "t.yaml:4:13: nothing more belongs here\n"
	  "    4 |   - mark: a b\n"
	  "      |             ^\n" },
	{ "start key",
	  TWO_HOSTS "steps:\n"
		    "  - start: {on: a, command: x, status: 0}\n",
	  "t.yaml:4:32: unknown key \"status\" (there are on, command, name, ready,"
	  " within, input, env, directory, monotonic ahead, may exit)\n"
	  "    4 |   - start: {on: a, command: x, status: 0}\n"
	  "      |                                ^~~~~~\n" },
	{ "start without command",
	  TWO_HOSTS "steps:\n"
		    "  - start: {on: a}\n",
	  "t.yaml:4:5: \"command\" is missing here\n"
	  "    4 |   - start: {on: a}\n"
	  "      |     ^~~~~\n" },
	{ "unknown program",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: slep\n",
	  "t.yaml:6:11: no program \"slep\"; did you mean \"sleep\"?\n"
	  "    6 |   - kill: slep\n"
	  "      |           ^~~~\n" },
	{ "no program",
	  TWO_HOSTS "steps:\n"
		    "  - kill: sleep\n",
	  "t.yaml:4:11: no program \"sleep\"\n"
	  "    4 |   - kill: sleep\n"
	  "      |           ^~~~~\n" },
	{ "no program on that host",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: sleep on b\n",
	  "t.yaml:6:11: \"sleep\" runs on \"a\", not on \"b\"\n"
	  "    6 |   - kill: sleep on b\n"
	  "      |           ^~~~~\n" },
	{ "program on unknown host",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: sleep on c\n",
	  "t.yaml:6:20: no host \"c\" (there are a, b)\n"
	  "    6 |   - kill: sleep on c\n"
	  "      |                    ^\n" },
	{ "program on nowhere",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: sleep on\n",
	  "t.yaml:6:17: a host is missing behind this\n"
	  "    6 |   - kill: sleep on\n"
	  "      |                 ^~\n" },
	{ "program and more",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: sleep now\n",
	  "t.yaml:6:17: nothing more belongs here\n"
	  "    6 |   - kill: sleep now\n"
	  "      |                 ^~~\n" },
	{ "program missing",
	  WITH_PROGRAM "steps:\n"
		       "  - kill: ''\n",
	  "t.yaml:6:12: a program is missing here\n"
	  "    6 |   - kill: ''\n"
	  "      |            ^\n" },
	{ "which program",
	  "hosts: {a: {run: sleep 9}, b: {run: sleep 9}}\n"
	  "steps:\n"
	  "  - kill: sleep\n",
	  "t.yaml:3:11: \"sleep\" runs on \"a\" and on \"b\": write \"sleep on a\"\n"
	  "    3 |   - kill: sleep\n"
	  "      |           ^~~~~\n" },
	{ "which of two programs",
	  "hosts: {a: {run: [sleep 9, sleep 8]}}\n"
	  "steps:\n"
	  "  - kill: sleep\n",
	  "t.yaml:3:11: two programs of \"a\" are called \"sleep\": give each a name:"
	  "\n"
	  "    3 |   - kill: sleep\n"
	  "      |           ^~~~~\n" },
	{ "start again",
	  WITH_PROGRAM "steps:\n"
		       "  - start: slep\n",
	  "t.yaml:6:12: no program \"slep\"; did you mean \"sleep\"?\n"
	  "    6 |   - start: slep\n"
	  "      |            ^~~~\n" },
	{ "stop key",
	  WITH_PROGRAM "steps:\n"
		       "  - stop: {program: sleep, witin: 1s}\n",
	  "t.yaml:6:28: unknown key \"witin\"; did you mean \"within\"?\n"
	  "    6 |   - stop: {program: sleep, witin: 1s}\n"
	  "      |                            ^~~~~\n" },
	{ "stop program",
	  WITH_PROGRAM "steps:\n"
		       "  - stop: {program: slep}\n",
	  "t.yaml:6:21: no program \"slep\"; did you mean \"sleep\"?\n"
	  "    6 |   - stop: {program: slep}\n"
	  "      |                     ^~~~\n" },
	{ "wait verb",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep prnts x\n",
	  "t.yaml:6:23: nothing can be waited for with \"prnts\"; did you mean \"pri"
	  "nts\"?\n"
	  "    6 |   - wait until: sleep prnts x\n"
	  "      |                       ^~~~~\n" },
	{ "wait for nothing",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep\n",
	  "t.yaml:6:17: what it does (is ready, prints, exits, listens on, has, "
	  "counts) is missing behind this\n"
	  "    6 |   - wait until: sleep\n"
	  "      |                 ^~~~~\n" },
	{ "wait ready",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep is redy\n",
	  "t.yaml:6:26: \"ready\" belongs here, as in \"web is ready\"\n"
	  "    6 |   - wait until: sleep is redy\n"
	  "      |                          ^~~~\n" },
	{ "wait program",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: slep exits\n",
	  "t.yaml:6:17: no program \"slep\"; did you mean \"sleep\"?\n"
	  "    6 |   - wait until: slep exits\n"
	  "      |                 ^~~~\n" },
	{ "wait host",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: c listens on tcp/80\n",
	  "t.yaml:6:17: no host \"c\" (there are a, b)\n"
	  "    6 |   - wait until: c listens on tcp/80\n"
	  "      |                 ^\n" },
	{ "wait port",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: a listens on 80\n",
	  "t.yaml:6:30: unknown protocol \"80\" (there are tcp, udp)\n"
	  "    6 |   - wait until: a listens on 80\n"
	  "      |                              ^~\n" },
	{ "wait listens at",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: a listens at tcp/80\n",
	  "t.yaml:6:27: \"on\" belongs here, as in \"web listens on tcp/8080\"\n"
	  "    6 |   - wait until: a listens at tcp/80\n"
	  "      |                           ^~\n" },
	{ "wait regex",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep prints a(b\n",
	  "t.yaml:6:30: this is not a regex (POSIX extended): Unmatched ( or \\(\n"
	  "    6 |   - wait until: sleep prints a(b\n"
	  "      |                              ^~~\n" },
	{ "wait file",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: a has file x\n",
	  "t.yaml:6:28: the path must begin with \"/\"\n"
	  "    6 |   - wait until: a has file x\n"
	  "      |                            ^\n" },
	{ "wait has",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: a has /x\n",
	  "t.yaml:6:23: \"file PATH\" or \"tcp/80 in CLOSE-WAIT\" belongs here\n"
	  "    6 |   - wait until: a has /x\n"
	  "      |                       ^~\n" },
	{ "wait within",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep exits within 5\n",
	  "t.yaml:6:36: a time needs a unit, as in 20ms, 1.5s, 2min or 1h\n"
	  "    6 |   - wait until: sleep exits within 5\n"
	  "      |                                    ^\n" },
	{ "wait within nothing",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep exits within\n",
	  "t.yaml:6:29: a time is missing behind this\n"
	  "    6 |   - wait until: sleep exits within\n"
	  "      |                             ^~~~~~\n" },
	{ "wait and more",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep exits soon\n",
	  "t.yaml:6:29: nothing more belongs here\n"
	  "    6 |   - wait until: sleep exits soon\n"
	  "      |                             ^~~~\n" },
	{ "down unlinked",
	  "hosts: {a: , b: , c: }\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - down: a -- c\n",
	  "t.yaml:4:16: no link joins \"a\" and \"c\"\n"
	  "    4 |   - down: a -- c\n"
	  "      |                ^\n" },
	{ "down unknown",
	  TWO_HOSTS "steps:\n"
		    "  - down: a -- c\n",
	  "t.yaml:4:16: no host \"c\" (there are a, b)\n"
	  "    4 |   - down: a -- c\n"
	  "      |                ^\n" },
	{ "up arrow",
	  TWO_HOSTS "steps:\n"
		    "  - up: a b\n",
	  "t.yaml:4:11: \"--\" belongs here, as in \"a -- b\"\n"
	  "    4 |   - up: a b\n"
	  "      |           ^\n" },
	{ "cut without from",
	  TWO_HOSTS "steps:\n"
		    "  - cut: a, b\n",
	  "t.yaml:4:13: \"from\", as in \"a, b from c\", is missing behind this\n"
	  "    4 |   - cut: a, b\n"
	  "      |             ^\n" },
	{ "cut nobody",
	  TWO_HOSTS "steps:\n"
		    "  - cut: from a\n",
	  "t.yaml:4:10: a host is missing before this\n"
	  "    4 |   - cut: from a\n"
	  "      |          ^~~~\n" },
	{ "cut from nobody",
	  TWO_HOSTS "steps:\n"
		    "  - cut: a from\n",
	  "t.yaml:4:12: a host is missing behind this\n"
	  "    4 |   - cut: a from\n"
	  "      |            ^~~~\n" },
	{ "cut both sides",
	  TWO_HOSTS "steps:\n"
		    "  - cut: a from a, b\n",
	  "t.yaml:4:17: \"a\" is on both sides\n"
	  "    4 |   - cut: a from a, b\n"
	  "      |                 ^\n" },
	{ "cut unknown",
	  TWO_HOSTS "steps:\n"
		    "  - cut: a from c\n",
	  "t.yaml:4:17: no host \"c\" (there are a, b)\n"
	  "    4 |   - cut: a from c\n"
	  "      |                 ^\n" },
	{ "mend one way",
	  TWO_HOSTS "steps:\n"
		    "  - mend: a -> b\n",
	  "t.yaml:4:13: mend heals both directions: write \"from\"\n"
	  "    4 |   - mend: a -> b\n"
	  "      |             ^~\n" },
};

Test(scenario_messages, steps)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
