/* SPDX-License-Identifier: MIT */
/* What is said about: Bytes and YAML that are refused. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "bytes that are not UTF-8", "name: a\377\n",
	  "t.yaml:1:8: this is not UTF-8\n"
	  "    1 | name: a?\n"
	  "      |        ^\n" },
	{ "a control character", "name: a\001b\n",
	  "t.yaml:1:8: a control character cannot be part of a scenario\n"
	  "    1 | name: a?b\n"
	  "      |        ^\n" },
	{ "a byte order mark inside", "name: a\357\273\277b\n",
	  "t.yaml:1:8: a byte order mark belongs at the beginning, or nowhere\n"
	  "    1 | name: a\357\273\277b\n"
	  "      |        ^\n" },
	{ "a directive",
	  "%YAML 1.2\n"
	  "---\n"
	  "name: a\n",
	  "t.yaml:1:1: a line cannot start with \"%\": YAML directives are not read"
	  "\n"
	  "    1 | %YAML 1.2\n"
	  "      | ^\n" },
	{ "no YAML", "hosts: {a: {}\n",
	  "t.yaml:1:14: this is not YAML: missing comma in flow mapping\n"
	  "    1 | hosts: {a: {}\n"
	  "      |              ^\n" },
	{ "no YAML inside a line", "tags: [a, b] from c\n",
	  "t.yaml:1:14: this is not YAML: invalid value after mapping\n"
	  "    1 | tags: [a, b] from c\n"
	  "      |              ^\n" },
	{ "a carriage return inside a line", "name: a\015b\n",
	  "t.yaml:1:8: a control character cannot be part of a scenario\n"
	  "    1 | name: a?b\n"
	  "      |        ^\n" },
	{ "tab as indentation",
	  "hosts:\n"
	  "\ta: {}\n",
	  "t.yaml:2:1: this is not YAML: tab character may not be used as indenta"
	  "tion\n"
	  "    2 | \ta: {}\n"
	  "      | ^\n" },
	{ "an alias", "hosts: {a: *x}\n",
	  "t.yaml:1:13: aliases (*name) are not read; use variables: instead\n"
	  "    1 | hosts: {a: *x}\n"
	  "      |             ^\n" },
	{ "an anchor", "hosts: &x {a: }\n",
	  "t.yaml:1:11: anchors (&name) are not read; use variables: instead\n"
	  "    1 | hosts: &x {a: }\n"
	  "      |           ^\n" },
	{ "an anchor on a text", "name: &x a\n",
	  "t.yaml:1:10: anchors (&name) are not read; use variables: instead\n"
	  "    1 | name: &x a\n"
	  "      |          ^\n" },
	{ "an anchor on a list", "links: &x [a -- b]\n",
	  "t.yaml:1:11: anchors (&name) are not read; use variables: instead\n"
	  "    1 | links: &x [a -- b]\n"
	  "      |           ^\n" },
	{ "a tag", "name: !!str a\n",
	  "t.yaml:1:13: tags (!name) are not read\n"
	  "    1 | name: !!str a\n"
	  "      |             ^\n" },
	{ "a tag on a list", "tags: !x [a]\n",
	  "t.yaml:1:10: tags (!name) are not read\n"
	  "    1 | tags: !x [a]\n"
	  "      |          ^\n" },
	{ "a tag on a mapping", "hosts: !x {a: }\n",
	  "t.yaml:1:11: tags (!name) are not read\n"
	  "    1 | hosts: !x {a: }\n"
	  "      |           ^\n" },
	{ "a key twice",
	  "name: a\n"
	  "links: [a -- b]\n"
	  "name: b\n",
	  "t.yaml:3:1: \"name\" is here twice; the other is at t.yaml:1:1\n"
	  "    3 | name: b\n"
	  "      | ^~~~\n" },
	{ "a list as key", "[a, b]: c\n",
	  "t.yaml:1:1: a key must be a text\n"
	  "    1 | [a, b]: c\n"
	  "      | ^\n" },
	{ "no key", "{: a}\n",
	  "t.yaml:1:2: a key must be a text\n"
	  "    1 | {: a}\n"
	  "      |  ^\n" },
	{ "a NUL", "name: \"a\\0b\"\n",
	  "t.yaml:1:8: a NUL character cannot be part of a value\n"
	  "    1 | name: \"a\\0b\"\n"
	  "      |        ^~~~\n" },
	{ "two documents",
	  "name: a\n"
	  "---\n"
	  "name: b\n",
	  "t.yaml:2:1: a second document begins here; a file has one\n"
	  "    2 | ---\n"
	  "      | ^~~\n" },
	{ "deep nesting",
	  "name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]"
	  "]]]]]]]]]]]]]]]]\n",
	  "t.yaml:1:39: this is nested too deeply\n"
	  "    1 | name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"
	  "]]]]]]]]]]]]]]]]]]]]]]]]\n"
	  "      |                                       ^\n" },
	{ "nothing", "", "t.yaml:1:1: there is no scenario in this file\n" },
	{ "only a comment", "# nothing\n",
	  "t.yaml:1:1: there is no scenario in this file\n"
	  "    1 | # nothing\n"
	  "      | ^\n" },
	{ "a list as scenario", "- a\n",
	  "t.yaml:1:1: a scenario is a mapping, with hosts: and links: and cases:"
	  "\n"
	  "    1 | - a\n"
	  "      | ^\n" },
	{ "a long line",
	  "name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxx ${y} zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	  "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	  "zzzzzzzzzzzz\n",
	  "t.yaml:1:98: no variable \"y\"; write $${y} for the shell's\n"
	  "    1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  " ${y} zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...\n"
	  "      |                                                               "
	  " ^~~~\n" },
	{ "tabs before what is wrong", "hosts: {a:\t\t{adress: 10.0.0.1/24}}\n",
	  "t.yaml:1:14: unknown key \"adress\"; did you mean \"address\"?\n"
	  "    1 | hosts: {a:\t\t{adress: 10.0.0.1/24}}\n"
	  "      |           \t\t ^~~~~~\n" },
	{ "letters of several bytes",
	  "cases: {\303\274n\303\257 c\303\266d\303\251: [{exepct: a}]}\n",
	  "t.yaml:1:21: unknown key \"exepct\"; did you mean \"expect\"?\n"
	  "    1 | cases: {\303\274n\303\257 c\303\266d\303\251: [{exepct: a}]}\n"
	  "      |                     ^~~~~~\n" },
};

Test(scenario_messages, what_is_not_read_of_yaml)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
