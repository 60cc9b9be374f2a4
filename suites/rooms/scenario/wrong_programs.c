/* SPDX-License-Identifier: MIT */
/* What is said about: Rulesets, programs, readiness, regexes. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "ruleset file that is not there", "hosts: {a: {ruleset: no/such.rules}}\n",
	  "t.yaml:1:22: cannot read no/such.rules: No such file or directory\n"
	  "    1 | hosts: {a: {ruleset: no/such.rules}}\n"
	  "      |                      ^~~~~~~~~~~~~\n" },
	{ "ruleset that is neither",
	  "hosts: {a: {ruleset: {text: \"hello\\nworld\\n\"}}}\n",
	  "t.yaml:1:30: neither an nft script, nor what iptables-save prints, nor a "
	  "shell script: \"hel"
	  "lo\"\n"
	  "    1 | hosts: {a: {ruleset: {text: \"hello\\nworld\\n\"}}}\n"
	  "      |                              ^~~~~~~~~~~~~~\n" },
	{ "ruleset inline that is neither",
	  "hosts:\n"
	  "  a:\n"
	  "    ruleset: |\n"
	  "      hello world\n",
	  "t.yaml:4:7: neither an nft script, nor what iptables-save prints, nor a "
	  "shell script: \"hell"
	  "o world\"\n"
	  "    4 |       hello world\n"
	  "      |       ^~~~~~~~~~~\n" },
	{ "ruleset of nothing", "hosts: {a: {ruleset: {kind: nft}}}\n",
	  "t.yaml:1:13: a ruleset has either \"file\" or \"text\"\n"
	  "    1 | hosts: {a: {ruleset: {kind: nft}}}\n"
	  "      |             ^~~~~~~\n" },
	{ "ruleset of both", "hosts: {a: {ruleset: {file: a, text: b}}}\n",
	  "t.yaml:1:13: a ruleset has either \"file\" or \"text\"\n"
	  "    1 | hosts: {a: {ruleset: {file: a, text: b}}}\n"
	  "      |             ^~~~~~~\n" },
	{ "ruleset kind", "hosts: {a: {ruleset: {text: x, kind: ntf}}}\n",
	  "t.yaml:1:38: \"ntf\" is not known here; did you mean \"nft\"?\n"
	  "    1 | hosts: {a: {ruleset: {text: x, kind: ntf}}}\n"
	  "      |                                      ^~~\n" },
	{ "ruleset xtables", "hosts: {a: {ruleset: {text: x, xtables: old}}}\n",
	  "t.yaml:1:41: \"old\" is not known here (there are auto, nft, legacy)\n"
	  "    1 | hosts: {a: {ruleset: {text: x, xtables: old}}}\n"
	  "      |                                         ^~~\n" },
	{ "ruleset key", "hosts: {a: {ruleset: {test: x}}}\n",
	  "t.yaml:1:23: unknown key \"test\"; did you mean \"text\"?\n"
	  "    1 | hosts: {a: {ruleset: {test: x}}}\n"
	  "      |                       ^~~~\n" },
	{ "empty command", "hosts: {a: {run: '  '}}\n",
	  "t.yaml:1:19: the command is empty\n"
	  "    1 | hosts: {a: {run: '  '}}\n"
	  "      |                   ^~\n" },
	{ "empty argument list", "hosts: {a: {run: {command: []}}}\n",
	  "t.yaml:1:28: this list is empty\n"
	  "    1 | hosts: {a: {run: {command: []}}}\n"
	  "      |                            ^\n" },
	{ "empty first argument", "hosts: {a: {run: {command: ['']}}}\n",
	  "t.yaml:1:28: the command is empty\n"
	  "    1 | hosts: {a: {run: {command: ['']}}}\n"
	  "      |                            ^\n" },
	{ "argument list in a list", "hosts: {a: {run: [[ls, -l]]}}\n",
	  "t.yaml:1:19: a command or a mapping belongs here; arguments are listed"
	  " under command:\n"
	  "    1 | hosts: {a: {run: [[ls, -l]]}}\n"
	  "      |                   ^\n" },
	{ "program without command", "hosts: {a: {run: {name: x}}}\n",
	  "t.yaml:1:13: \"command\" is missing here\n"
	  "    1 | hosts: {a: {run: {name: x}}}\n"
	  "      |             ^~~\n" },
	{ "program key", "hosts: {a: {run: {command: x, redy: tcp/80}}}\n",
	  "t.yaml:1:31: unknown key \"redy\"; did you mean \"ready\"?\n"
	  "    1 | hosts: {a: {run: {command: x, redy: tcp/80}}}\n"
	  "      |                               ^~~~\n" },
	{ "program name", "hosts: {a: {run: {command: x, name: a b}}}\n",
	  "t.yaml:1:37: a program's name is one word\n"
	  "    1 | hosts: {a: {run: {command: x, name: a b}}}\n"
	  "      |                                     ^~~\n" },
	{ "may exit", "hosts: {a: {run: {command: x, may exit: yes}}}\n",
	  "t.yaml:1:41: true or false belongs here\n"
	  "    1 | hosts: {a: {run: {command: x, may exit: yes}}}\n"
	  "      |                                         ^~~\n" },
	{ "env", "hosts: {a: {run: {command: x, env: {a=b: c}}}}\n",
	  "t.yaml:1:37: a name cannot contain \"=\"\n"
	  "    1 | hosts: {a: {run: {command: x, env: {a=b: c}}}}\n"
	  "      |                                     ^~~\n" },
	{ "env a list", "hosts: {a: {run: {command: x, env: [a]}}}\n",
	  "t.yaml:1:36: the value of \"env\" must be a mapping; it is a list\n"
	  "    1 | hosts: {a: {run: {command: x, env: [a]}}}\n"
	  "      |                                    ^\n" },
	{ "ready", "hosts: {a: {run: {command: x, ready: soon}}}\n",
	  "t.yaml:1:38: \"soon\" is nothing to wait for (there are tcp/PORT, udp/PO"
	  "RT, line, file, none)\n"
	  "    1 | hosts: {a: {run: {command: x, ready: soon}}}\n"
	  "      |                                      ^~~~\n" },
	{ "ready misspelt", "hosts: {a: {run: {command: x, ready: lien x}}}\n",
	  "t.yaml:1:38: \"lien\" is nothing to wait for; did you mean \"line\"?\n"
	  "    1 | hosts: {a: {run: {command: x, ready: lien x}}}\n"
	  "      |                                      ^~~~\n" },
	{ "ready empty", "hosts: {a: {run: {command: x, ready: ''}}}\n",
	  "t.yaml:1:39: what to wait for is missing here\n"
	  "    1 | hosts: {a: {run: {command: x, ready: ''}}}\n"
	  "      |                                       ^\n" },
	{ "ready protocol", "hosts: {a: {run: {command: x, ready: tpc/80}}}\n",
	  "t.yaml:1:38: unknown protocol \"tpc\"; did you mean \"tcp\"?\n"
	  "    1 | hosts: {a: {run: {command: x, ready: tpc/80}}}\n"
	  "      |                                      ^~~\n" },
	{ "ready port", "hosts: {a: {run: {command: x, ready: tcp/http}}}\n",
	  "t.yaml:1:42: a port is a number from 1 to 65535\n"
	  "    1 | hosts: {a: {run: {command: x, ready: tcp/http}}}\n"
	  "      |                                          ^~~~\n" },
	{ "ready port and more", "hosts: {a: {run: {command: x, ready: tcp/80 now}}}\n",
	  "t.yaml:1:45: nothing more belongs here\n"
	  "    1 | hosts: {a: {run: {command: x, ready: tcp/80 now}}}\n"
	  "      |                                             ^~~\n" },
	{ "ready line", "hosts: {a: {run: {command: x, ready: line}}}\n",
	  "t.yaml:1:38: a regex in double quotes is missing behind this\n"
	  "    1 | hosts: {a: {run: {command: x, ready: line}}}\n"
	  "      |                                      ^~~~\n" },
	{ "ready line open", "hosts: {a: {run: {command: x, ready: 'line \"abc'}}}\n",
	  "t.yaml:1:44: the closing \" is missing\n"
	  "    1 | hosts: {a: {run: {command: x, ready: 'line \"abc'}}}\n"
	  "      |                                            ^~~~\n" },
	{ "ready line and more",
	  "hosts: {a: {run: {command: x, ready: 'line \"abc\"d'}}}\n",
	  "t.yaml:1:45: a space belongs behind the closing \"\n"
	  "    1 | hosts: {a: {run: {command: x, ready: 'line \"abc\"d'}}}\n"
	  "      |                                             ^~~\n" },
	{ "ready line regex",
	  "hosts: {a: {run: {command: x, ready: 'line \"a(b\"'}}}\n",
	  "t.yaml:1:45: this is not a regex (POSIX extended): Unmatched ( or \\(\n"
	  "    1 | hosts: {a: {run: {command: x, ready: 'line \"a(b\"'}}}\n"
	  "      |                                             ^~~\n" },
	{ "ready file", "hosts: {a: {run: {command: x, ready: file}}}\n",
	  "t.yaml:1:38: a path is missing behind this\n"
	  "    1 | hosts: {a: {run: {command: x, ready: file}}}\n"
	  "      |                                      ^~~~\n" },
	{ "ready file relative", "hosts: {a: {run: {command: x, ready: file x}}}\n",
	  "t.yaml:1:43: the path must begin with \"/\"\n"
	  "    1 | hosts: {a: {run: {command: x, ready: file x}}}\n"
	  "      |                                           ^\n" },
	{ "ready twice", "hosts: {a: {run: {command: x, ready: [tcp/80, tcp/81]}}}\n",
	  "t.yaml:1:47: this list has one of these already\n"
	  "    1 | hosts: {a: {run: {command: x, ready: [tcp/80, tcp/81]}}}\n"
	  "      |                                               ^~~~~~\n" },
	{ "a long regex",
	  WITH_PROGRAM
	  "steps:\n"
	  "  - wait until: sleep prints \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
	  "t.yaml:6:31: this regex is too costly: it is longer than 1000 bytes\n"
	  "    6 |   - wait until: sleep prints \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\n"
	  "      |                               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
	  "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "a regex of groups",
	  WITH_PROGRAM
	  "steps:\n"
	  "  - wait until: sleep prints ((((((((((((((((((((((((((((((((((((((((("
	  "(((((((((()))))))))))))))))))))))))))))))))))))))))))))))))))\n",
	  "t.yaml:6:30: this regex is too costly: it has more than 50 groups\n"
	  "    6 |   - wait until: sleep prints ((((((((((((((((((((((((((((((((("
	  "(((((((((((((((((())))))))))))))))))))))))))))))))))))))))...\n"
	  "      |                              ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
	  "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "a regex that repeats",
	  WITH_PROGRAM "steps:\n"
		       "  - wait until: sleep prints ((a{40}){40}){40}\n",
	  "t.yaml:6:30: this regex is too costly: it repeats something more than "
	  "1000 times\n"
	  "    6 |   - wait until: sleep prints ((a{40}){40}){40}\n"
	  "      |                              ^~~~~~~~~~~~~~~~~\n" },
};

Test(scenario_messages, rulesets_and_programs)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
