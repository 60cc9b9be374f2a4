/* SPDX-License-Identifier: MIT */
/* What is said about: rules that change, connections that stay. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "a connection by UDP",
	  TWO_HOSTS "steps:\n"
		    "  - connect: a -> b udp/22 as x\n",
	  "t.yaml:4:21: only TCP has connections: tcp/PORT\n"
	  "    4 |   - connect: a -> b udp/22 as x\n"
	  "      |                     ^~~~~~\n" },
	{ "a connection without a name",
	  TWO_HOSTS "steps:\n"
		    "  - connect: a -> b tcp/22\n",
	  "t.yaml:4:21: \"as\", as in \"a -> b tcp/22 as ssh\", is missing behind "
	  "this\n"
	  "    4 |   - connect: a -> b tcp/22\n"
	  "      |                     ^~~~~~\n" },
	{ "two connections of one name",
	  TWO_HOSTS "steps:\n"
		    "  - connect: [a -> b tcp/22 as x, a -> b tcp/23 as x]\n",
	  "t.yaml:4:52: there is a connection \"x\" already\n"
	  "    4 |   - connect: [a -> b tcp/22 as x, a -> b tcp/23 as x]\n"
	  "      |                                                    ^\n" },
	{ "a connection over a family that is not there",
	  TWO_HOSTS "steps:\n"
		    "  - connect: a -> b tcp/22 over ipv6 as x\n",
	  "t.yaml:4:14: \"a\" has no IPv6 address\n"
	  "    4 |   - connect: a -> b tcp/22 over ipv6 as x\n"
	  "      |              ^\n" },
	{ "a connection that no step opened",
	  TWO_HOSTS "steps:\n"
		    "  - connect: a -> b tcp/22 as ssh\n"
		    "  - expect: connection shs alive\n",
	  "t.yaml:5:24: no step before this one is \"connect: … as shs\"; did you mean "
	  "\"ssh\"?\n"
	  "    5 |   - expect: connection shs alive\n"
	  "      |                        ^~~\n" },
	{ "a connection before it is opened",
	  TWO_HOSTS "steps:\n"
		    "  - expect: connection x alive\n",
	  "t.yaml:4:24: no step before this one is \"connect: … as x\"\n"
	  "    4 |   - expect: connection x alive\n"
	  "      |                        ^\n" },
	{ "a connection without a verdict",
	  TWO_HOSTS "steps:\n"
		    "  - connect: a -> b tcp/22 as ssh\n"
		    "  - expect: connection ssh\n",
	  "t.yaml:5:24: a verdict, such as open or dropped, is missing behind this\n"
	  "    5 |   - expect: connection ssh\n"
	  "      |                        ^~~\n" },
	{ "a reload of nothing",
	  TWO_HOSTS "steps:\n"
		    "  - reload: a\n",
	  "t.yaml:4:13: \"a\" has no ruleset\n"
	  "    4 |   - reload: a\n"
	  "      |             ^\n" },
	{ "a reload of nobody",
	  TWO_HOSTS "steps:\n"
		    "  - reload: c\n",
	  "t.yaml:4:13: no host \"c\" (there are a, b)\n"
	  "    4 |   - reload: c\n"
	  "      |             ^\n" },
	{ "rules without rules",
	  TWO_HOSTS "steps:\n"
		    "  - ruleset: {on: a}\n",
	  "t.yaml:4:5: a ruleset has either \"file\" or \"text\"\n"
	  "    4 |   - ruleset: {on: a}\n"
	  "      |     ^~~~~~~\n" },
	{ "rules for nobody",
	  TWO_HOSTS "steps:\n"
		    "  - ruleset: {on: c, text: \"table ip t { }\"}\n",
	  "t.yaml:4:19: no host \"c\" (there are a, b)\n"
	  "    4 |   - ruleset: {on: c, text: \"table ip t { }\"}\n"
	  "      |                   ^\n" },
	{ "what happens without support",
	  TWO_HOSTS
	  "steps:\n"
	  "  - ruleset: {on: a, text: \"table ip t { }\", unsupported: maybe}\n",
	  "t.yaml:4:59: \"maybe\" is not known here (there are skip, fail)\n"
	  "    4 |   - ruleset: {on: a, text: \"table ip t { }\", unsupported: maybe}\n"
	  "      |                                                           ^~~~~\n" },
	{ "a timeline that connects",
	  TWO_HOSTS "steps:\n"
		    "  - timeline: [{at: 1s, do: {connect: a -> b tcp/22 as x}}]\n",
	  "t.yaml:4:30: a timeline cannot do this: it does not wait, ask or judge\n"
	  "    4 |   - timeline: [{at: 1s, do: {connect: a -> b tcp/22 as x}}]\n"
	  "      |                              ^~~~~~~\n" },
};

Test(scenario_messages, rules_and_connections)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
