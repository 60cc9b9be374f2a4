/* SPDX-License-Identifier: MIT */
/* What is said about: A file as a whole, its cases, times. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "unknown key", "hots: {a: }\n",
	  "t.yaml:1:1: unknown key \"hots\"; did you mean \"hosts\"?\n"
	  "    1 | hots: {a: }\n"
	  "      | ^~~~\n" },
	{ "unknown key far from all", "colour: red\n",
	  "t.yaml:1:1: unknown key \"colour\" (there are name, include, variables, "
	  "matrix, hosts, links, cases, steps, tags, timeout, ...)\n"
	  "    1 | colour: red\n"
	  "      | ^~~~~~\n" },
	{ "cases and steps",
	  TWO_HOSTS "cases: {}\n"
		    "steps: []\n",
	  "t.yaml:4:1: a file has either \"cases\" or \"steps\"\n"
	  "    4 | steps: []\n"
	  "      | ^~~~~\n" },
	{ "hosts a list", "hosts: [a, b]\n",
	  "t.yaml:1:8: the value of \"hosts\" must be a mapping; it is a list\n"
	  "    1 | hosts: [a, b]\n"
	  "      |        ^\n" },
	{ "hosts a text", "hosts: a\n",
	  "t.yaml:1:8: the value of \"hosts\" must be a mapping; it is a text\n"
	  "    1 | hosts: a\n"
	  "      |        ^\n" },
	{ "links a mapping", "links: {a: b}\n",
	  "t.yaml:1:8: the value of \"links\" must be a list; it is a mapping\n"
	  "    1 | links: {a: b}\n"
	  "      |        ^\n" },
	{ "nothing behind a key",
	  "hosts:\n"
	  "  a: {address: }\n",
	  "t.yaml:2:7: the value of \"address\" must be a text; it is missing\n"
	  "    2 |   a: {address: }\n"
	  "      |       ^~~~~~~\n" },
	{ "mapping for a text", "name: {a: b}\n",
	  "t.yaml:1:7: the value of \"name\" must be a text; it is a mapping\n"
	  "    1 | name: {a: b}\n"
	  "      |       ^\n" },
	{ "cases a list", TWO_HOSTS "cases: [a]\n",
	  "t.yaml:3:8: the value of \"cases\" must be a mapping; it is a list\n"
	  "    3 | cases: [a]\n"
	  "      |        ^\n" },
	{ "case a text", TWO_HOSTS "cases: {one: a}\n",
	  "t.yaml:3:14: the value of \"one\" must be a list; it is a text\n"
	  "    3 | cases: {one: a}\n"
	  "      |              ^\n" },
	{ "case without steps", TWO_HOSTS "cases: {one: {timeout: 1s}}\n",
	  "t.yaml:3:9: \"steps\" is missing here\n"
	  "    3 | cases: {one: {timeout: 1s}}\n"
	  "      |         ^~~\n" },
	{ "case with unknown key", TWO_HOSTS "cases: {one: {steps: [], timeot: 1s}}\n",
	  "t.yaml:3:26: unknown key \"timeot\"; did you mean \"timeout\"?\n"
	  "    3 | cases: {one: {steps: [], timeot: 1s}}\n"
	  "      |                          ^~~~~~\n" },
	{ "case without name", TWO_HOSTS "cases: {\"\": []}\n",
	  "t.yaml:3:10: a name is one line of text\n"
	  "    3 | cases: {\"\": []}\n"
	  "      |          ^\n" },
	{ "a name of two lines", "name: \"a\\nb\"\n",
	  "t.yaml:1:8: a name is one line of text\n"
	  "    1 | name: \"a\\nb\"\n"
	  "      |        ^~~~\n" },
	{ "a name that rings", TWO_HOSTS "cases: {\"a\\ab\": []}\n",
	  "t.yaml:3:10: a name is one line of text\n"
	  "    3 | cases: {\"a\\ab\": []}\n"
	  "      |          ^~~~\n" },
	{ "a key for the terminal", "\"a\\e[31m\": x\n",
	  "t.yaml:1:2: unknown key \"a?[31m\" (there are name, include, variables, "
	  "matrix, hosts, links, cases, steps, tags, timeout, ...)\n"
	  "    1 | \"a\\e[31m\": x\n"
	  "      |  ^~~~~~~\n" },
	{ "a list in a list", "tags: [a, [b]]\n",
	  "t.yaml:1:11: a text belongs here; this is a list\n"
	  "    1 | tags: [a, [b]]\n"
	  "      |           ^\n" },
	{ "a mapping in a list", "links: [a -- b, {link: {a: b}}]\n",
	  "t.yaml:1:24: the value of \"link\" must be a text; it is a mapping\n"
	  "    1 | links: [a -- b, {link: {a: b}}]\n"
	  "      |                        ^\n" },
	{ "lines that end with carriage returns",
	  "name: a\015\n"
	  "nmae: b\015\n",
	  "t.yaml:2:1: unknown key \"nmae\"; did you mean \"name\"?\n"
	  "    2 | nmae: b\n"
	  "      | ^~~~\n" },
	{ "a time without unit", "timeout: 5\n",
	  "t.yaml:1:10: a time needs a unit, as in 20ms, 1.5s, 2min or 1h\n"
	  "    1 | timeout: 5\n"
	  "      |          ^\n" },
	{ "a time with another unit", "timeout: 5 s\n",
	  "t.yaml:1:10: a time's unit is us, ms, s, min, h or d\n"
	  "    1 | timeout: 5 s\n"
	  "      |          ^~~\n" },
	{ "a time that is none", "timeout: soon\n",
	  "t.yaml:1:10: a time is written as 20ms, 1.5s, 2min or 1h\n"
	  "    1 | timeout: soon\n"
	  "      |          ^~~~\n" },
	{ "a short time", "settle: 10us\n",
	  "t.yaml:1:9: a time must be at least 1ms\n"
	  "    1 | settle: 10us\n"
	  "      |         ^~~~\n" },
	{ "a long time", "settle: 25d\n",
	  "t.yaml:1:9: a time can be at most 24d\n"
	  "    1 | settle: 25d\n"
	  "      |         ^~~\n" },
	{ "a huge time", "settle: 99999999999999999999s\n",
	  "t.yaml:1:9: a time is written as 20ms, 1.5s, 2min or 1h\n"
	  "    1 | settle: 99999999999999999999s\n"
	  "      |         ^~~~~~~~~~~~~~~~~~~~~\n" },
	{ "capture", "capture: some\n",
	  "t.yaml:1:10: \"some\" cannot be captured (there are all, none)\n"
	  "    1 | capture: some\n"
	  "      |          ^~~~\n" },
	{ "clock", "clock: wall\n",
	  "t.yaml:1:8: a clock is \"virtual\" or \"any\"\n"
	  "    1 | clock: wall\n"
	  "      |        ^~~~\n" },
	{ "empty list", "tags: []\n",
	  "t.yaml:1:7: this list is empty\n"
	  "    1 | tags: []\n"
	  "      |       ^\n" },
};

Test(scenario_messages, what_a_file_says)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
