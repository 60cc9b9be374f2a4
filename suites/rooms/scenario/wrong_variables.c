/* SPDX-License-Identifier: MIT */
/* What is said about: Variables, the matrix, and the words that come from them. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "unknown variable",
	  "variables: {port: 80}\n"
	  "name: x ${prot} y\n",
	  "t.yaml:2:9: no variable \"prot\"; did you mean \"port\"?\n"
	  "    2 | name: x ${prot} y\n"
	  "      |         ^~~~~~~\n" },
	{ "the shell's variable",
	  TWO_HOSTS "steps: [{run: {on: a, command: 'echo ${HOME}'}}]\n",
	  "t.yaml:3:38: no variable \"HOME\"; write $${HOME} for the shell's\n"
	  "    3 | steps: [{run: {on: a, command: 'echo ${HOME}'}}]\n"
	  "      |                                      ^~~~~~~\n" },
	{ "open", "name: x ${prot\n",
	  "t.yaml:1:9: \"${\" has no \"}\"\n"
	  "    1 | name: x ${prot\n"
	  "      |         ^~\n" },
	{ "no name", "name: x ${a-b}\n",
	  "t.yaml:1:9: \"a-b\" is no name of a variable; write $${ for a plain ${\n"
	  "    1 | name: x ${a-b}\n"
	  "      |         ^~~~~~\n" },
	{ "bad name", "variables: {a-b: 80}\n",
	  "t.yaml:1:13: a variable's name is letters, digits and \"_\", and no digi"
	  "t first\n"
	  "    1 | variables: {a-b: 80}\n"
	  "      |             ^~~\n" },
	{ "here", "variables: {here: 80}\n",
	  "t.yaml:1:13: ${here} is this file's folder, always\n"
	  "    1 | variables: {here: 80}\n"
	  "      |             ^~~~\n" },
	{ "a word from a variable",
	  TWO_HOSTS "variables: {what: tcp/80 opne}\n"
		    "steps:\n"
		    "  - expect: a -> b ${what} and\n",
	  "t.yaml:5:20: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    5 |   - expect: a -> b ${what} and\n"
	  "      |                    ^~~~~~~\n" },
	{ "behind a variable",
	  "variables: {x: a, y: ''}\n"
	  "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - expect: ${x}${y} -> ${y}b tcp/80 opne\n",
	  "t.yaml:5:38: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    5 |   - expect: ${x}${y} -> ${y}b tcp/80 opne\n"
	  "      |                                      ^~~~\n" },
	{ "a half of a word from a variable",
	  "variables: {x: tcp}\n"
	  "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - expect: a -> b ${x}/800000 open\n",
	  "t.yaml:5:25: a port is a number from 1 to 65535\n"
	  "    5 |   - expect: a -> b ${x}/800000 open\n"
	  "      |                         ^~~~~~\n" },
	{ "in double quotes",
	  TWO_HOSTS "steps:\n"
		    "  - expect: \"a\\x20-> b \\x74cp/80 opne\"\n",
	  "t.yaml:4:34: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    4 |   - expect: \"a\\x20-> b \\x74cp/80 opne\"\n"
	  "      |                                  ^~~~\n" },
	{ "all of escapes",
	  TWO_HOSTS "steps:\n"
		    "  - expect: \"a -> b tcp/80 \\x6f\\x6f\"\n",
	  "t.yaml:4:28: unknown verdict \"oo\" (there are open, refused, rejected, "
	  "dropped, blocked, unroutable, unanswered)\n"
	  "    4 |   - expect: \"a -> b tcp/80 \\x6f\\x6f\"\n"
	  "      |                            ^~~~~~~~\n" },
	{ "behind escapes of several bytes", "name: \"\\u00e4\\u00e4 ${y} ${z}\"\n",
	  "t.yaml:1:21: no variable \"y\"; write $${y} for the shell's\n"
	  "    1 | name: \"\\u00e4\\u00e4 ${y} ${z}\"\n"
	  "      |                     ^~~~\n" },
	{ "in an escape of several bytes",
	  TWO_HOSTS "steps:\n"
		    "  - expect: \"a -> b tcp/80 \\u00e4x\"\n",
	  "t.yaml:4:28: unknown verdict \"\303\244x\" (there are open, refused, "
	  "rejected,"
	  " dropped, blocked, unroutable, unanswered)\n"
	  "    4 |   - expect: \"a -> b tcp/80 \\u00e4x\"\n"
	  "      |                            ^~~~~~~\n" },
	{ "folded",
	  TWO_HOSTS "steps:\n"
		    "  - expect: a -> b\n"
		    "      tcp/80\n"
		    "      opne\n",
	  "t.yaml:6:7: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    6 |       opne\n"
	  "      |       ^~~~\n" },
	{ "in a block",
	  TWO_HOSTS "steps:\n"
		    "  - expect: |\n"
		    "      a -> b tcp/80 opne\n",
	  "t.yaml:5:21: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    5 |       a -> b tcp/80 opne\n"
	  "      |                     ^~~~\n" },
	{ "in single quotes",
	  TWO_HOSTS "steps:\n"
		    "  - run: {on: a, command: 'it''s ${x}'}\n",
	  "t.yaml:4:34: no variable \"x\"; write $${x} for the shell's\n"
	  "    4 |   - run: {on: a, command: 'it''s ${x}'}\n"
	  "      |                                  ^~~~\n" },
	{ "behind a plain ${", "name: $${a} ${b}\n",
	  "t.yaml:1:13: no variable \"b\"; write $${b} for the shell's\n"
	  "    1 | name: $${a} ${b}\n"
	  "      |             ^~~~\n" },
	{ "matrix a list", "matrix: [a]\n",
	  "t.yaml:1:9: the value of \"matrix\" must be a mapping; it is a list\n"
	  "    1 | matrix: [a]\n"
	  "      |         ^\n" },
	{ "matrix values a text", "matrix: {a: b}\n",
	  "t.yaml:1:13: the value of \"a\" must be a list; it is a text\n"
	  "    1 | matrix: {a: b}\n"
	  "      |             ^\n" },
	{ "matrix without values", "matrix: {a: []}\n",
	  "t.yaml:1:13: this list is empty\n"
	  "    1 | matrix: {a: []}\n"
	  "      |             ^\n" },
	{ "matrix value twice", "matrix: {a: [x, y, x]}\n",
	  "t.yaml:1:20: \"x\" is in this list twice\n"
	  "    1 | matrix: {a: [x, y, x]}\n"
	  "      |                    ^\n" },
	{ "matrix and variable",
	  "matrix: {a: [x]}\n"
	  "variables: {a: 1}\n",
	  "t.yaml:2:13: variable \"a\" is declared twice; the other is at t.yaml:1:"
	  "10\n"
	  "    2 | variables: {a: 1}\n"
	  "      |             ^\n" },
	{ "matrix too large",
	  "matrix: {a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,"
	  " 17, 18, 19], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
	  ", 16, 17, 18, 19]}\n",
	  "t.yaml:1:85: with this the matrix has more than 256 combinations\n"
	  "    1 | ... 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],"
	  " b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16...\n"
	  "      |                                                               "
	  " ^\n" },
	{ "variable in a matrix",
	  "matrix: {a: ['${x}']}\n"
	  "variables: {x: 1}\n",
	  "t.yaml:1:15: no variable \"x\"; write $${x} for the shell's\n"
	  "    1 | matrix: {a: ['${x}']}\n"
	  "      |               ^~~~\n" },
	{ "one message for all combinations",
	  "matrix: {a: [x, y]}\n"
	  "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
	  "links: [a -- b]\n"
	  "steps:\n"
	  "  - expect: a -> c tcp/80 open\n",
	  "t.yaml:5:18: no host \"c\" (there are a, b)\n"
	  "    5 |   - expect: a -> c tcp/80 open\n"
	  "      |                  ^\n" },
};

Test(scenario_messages, variables_and_the_matrix)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
