/* SPDX-License-Identifier: MIT */
/* What is said about: Hosts, interfaces, links. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

static const struct wrong wrongs[] = {
	{ "unknown key", "hosts: {a: {adress: 10.0.0.1/24}}\n",
	  "t.yaml:1:13: unknown key \"adress\"; did you mean \"address\"?\n"
	  "    1 | hosts: {a: {adress: 10.0.0.1/24}}\n"
	  "      |             ^~~~~~\n" },
	{ "a bad name", "hosts: {a_b: }\n",
	  "t.yaml:1:9: a host's name is 1 to 63 letters, digits and \"-\"\n"
	  "    1 | hosts: {a_b: }\n"
	  "      |         ^~~\n" },
	{ "the same host by a variable",
	  "variables: {x: a}\n"
	  "hosts: {a: , '${x}': }\n",
	  "t.yaml:2:15: host \"a\" is declared twice; the other is at t.yaml:2:9\n"
	  "    2 | hosts: {a: , '${x}': }\n"
	  "      |               ^~~~\n" },
	{ "kind", "hosts: {a: {kind: ruoter}}\n",
	  "t.yaml:1:19: no kind of host is called \"ruoter\"; did you mean \"router\""
	  "?\n"
	  "    1 | hosts: {a: {kind: ruoter}}\n"
	  "      |                   ^~~~~~\n" },
	{ "a bad address",
	  "hosts: {a: {address: 10.0.0.256/24}}\n"
	  "links: []\n",
	  "t.yaml:1:22: \"10.0.0.256/24\" is not an address: write one like 10.0.0."
	  "1 or fd00::1\n"
	  "    1 | hosts: {a: {address: 10.0.0.256/24}}\n"
	  "      |                      ^~~~~~~~~~~~~\n" },
	{ "a bad prefix", "hosts: {a: {address: 10.0.0.1/33}}\n",
	  "t.yaml:1:22: address \"10.0.0.1/33\": a prefix is a number from 0 to 32\n"
	  "    1 | hosts: {a: {address: 10.0.0.1/33}}\n"
	  "      |                      ^~~~~~~~~~~\n" },
	{ "an address in a list", "hosts: {a: {address: [10.0.0.1/24, x]}}\n",
	  "t.yaml:1:36: \"x\" is not an address: write one like 10.0.0.1 or fd00::1"
	  "\n"
	  "    1 | hosts: {a: {address: [10.0.0.1/24, x]}}\n"
	  "      |                                    ^\n" },
	{ "an address without a link", "hosts: {a: {address: 10.0.0.1/24}}\n",
	  "t.yaml:1:22: no link leads to \"a\", so it has no interface for this\n"
	  "    1 | hosts: {a: {address: 10.0.0.1/24}}\n"
	  "      |                      ^~~~~~~~~~~\n" },
	{ "an address and two links",
	  "hosts: {a: {address: 10.0.0.1/24}, b: , c: }\n"
	  "links: [a -- b, a -- c]\n",
	  "t.yaml:1:22: \"a\" has 2 links: write its addresses under interfaces:\n"
	  "    1 | hosts: {a: {address: 10.0.0.1/24}, b: , c: }\n"
	  "      |                      ^~~~~~~~~~~\n" },
	{ "address and interfaces",
	  "hosts: {a: {address: 10.0.0.1/24, interfaces: {eth0: }}, b: }\n"
	  "links: [a -- b]\n",
	  "t.yaml:1:9: a host has either \"address\" or \"interfaces\"\n"
	  "    1 | hosts: {a: {address: 10.0.0.1/24, interfaces: {eth0: }}, b: }\n"
	  "      |         ^\n" },
	{ "an interface without a link",
	  "hosts: {a: {interfaces: {eth0: , eth1: }}, b: }\n"
	  "links: [a -- b]\n",
	  "t.yaml:1:34: no link leads to this interface\n"
	  "    1 | hosts: {a: {interfaces: {eth0: , eth1: }}, b: }\n"
	  "      |                                  ^~~~\n" },
	{ "a link without an interface",
	  "hosts: {a: {interfaces: {eth0: }}, b: , c: }\n"
	  "links: [a -- b, c -- a]\n",
	  "t.yaml:2:22: all interfaces of \"a\" have a link already\n"
	  "    2 | links: [a -- b, c -- a]\n"
	  "      |                      ^\n" },
	{ "an interface that is not there",
	  "hosts: {a: {interfaces: {eth0: }}, b: }\n"
	  "links: ['a:eth1 -- b']\n",
	  "t.yaml:2:12: \"a\" has no interface \"eth1\"; did you mean \"eth0\"?\n"
	  "    2 | links: ['a:eth1 -- b']\n"
	  "      |            ^~~~\n" },
	{ "an interface with two links",
	  "hosts: {a: {interfaces: {eth0: , eth1: }}, b: , c: }\n"
	  "links: ['a:eth0 -- b', 'c -- a:eth0']\n",
	  "t.yaml:2:32: another link has interface \"eth0\" of \"a\" already\n"
	  "    2 | links: ['a:eth0 -- b', 'c -- a:eth0']\n"
	  "      |                                ^~~~\n" },
	{ "an interface's long name",
	  "hosts: {a: {interfaces: {a-name-too-long-for-it: }}}\n",
	  "t.yaml:1:26: an interface's name has 1 to 15 characters\n"
	  "    1 | hosts: {a: {interfaces: {a-name-too-long-for-it: }}}\n"
	  "      |                          ^~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "an interface's long name in a link",
	  "links: ['a:a-name-too-long-for-it -- b']\n",
	  "t.yaml:1:10: an interface's name has 1 to 15 characters\n"
	  "    1 | links: ['a:a-name-too-long-for-it -- b']\n"
	  "      |          ^~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "interfaces a list", "hosts: {a: {interfaces: [eth0]}}\n",
	  "t.yaml:1:25: the value of \"interfaces\" must be a mapping; it is a list"
	  "\n"
	  "    1 | hosts: {a: {interfaces: [eth0]}}\n"
	  "      |                         ^\n" },
	{ "interface key", "hosts: {a: {interfaces: {eth0: {adress: 10.0.0.1/24}}}}\n",
	  "t.yaml:1:33: unknown key \"adress\"; did you mean \"address\"?\n"
	  "    1 | hosts: {a: {interfaces: {eth0: {adress: 10.0.0.1/24}}}}\n"
	  "      |                                 ^~~~~~\n" },
	{ "root", "hosts: {a: {root: tmfs}}\n",
	  "t.yaml:1:19: no kind of root is called \"tmfs\"; did you mean \"tmpfs\"?\n"
	  "    1 | hosts: {a: {root: tmfs}}\n"
	  "      |                   ^~~~\n" },
	{ "root and more", "hosts: {a: {root: tmpfs /x}}\n",
	  "t.yaml:1:25: nothing more belongs here\n"
	  "    1 | hosts: {a: {root: tmpfs /x}}\n"
	  "      |                         ^~\n" },
	{ "root empty", "hosts: {a: {root: ''}}\n",
	  "t.yaml:1:20: a kind of root is missing here\n"
	  "    1 | hosts: {a: {root: ''}}\n"
	  "      |                    ^\n" },
	{ "bind without a folder", "hosts: {a: {root: bind}}\n",
	  "t.yaml:1:19: a folder is missing behind this\n"
	  "    1 | hosts: {a: {root: bind}}\n"
	  "      |                   ^~~~\n" },
	{ "pids", "hosts: {a: {pids: mine}}\n",
	  "t.yaml:1:19: \"own\" or \"case\" belongs here: whose processes the host se"
	  "es\n"
	  "    1 | hosts: {a: {pids: mine}}\n"
	  "      |                   ^~~~\n" },
	{ "sysctl", "hosts: {a: {sysctls: {a=b: 1}}}\n",
	  "t.yaml:1:23: a name cannot contain \"=\"\n"
	  "    1 | hosts: {a: {sysctls: {a=b: 1}}}\n"
	  "      |                       ^~~\n" },
	{ "sysctl of the machine", "hosts: {a: {sysctls: {kernel.hostname: x}}}\n",
	  "t.yaml:1:23: a host has only sysctls that begin with \"net.\"\n"
	  "    1 | hosts: {a: {sysctls: {kernel.hostname: x}}}\n"
	  "      |                       ^~~~~~~~~~~~~~~\n" },
	{ "no such outside",
	  "hosts: {a: {kind: nat, outside: eth7}, b: , c: }\n"
	  "links: [a -- b, a -- c]\n",
	  "t.yaml:1:9: host \"a\": outside \"eth7\" is neither an interface of it nor"
	  " the host at the other end of a link of it\n"
	  "    1 | hosts: {a: {kind: nat, outside: eth7}, b: , c: }\n"
	  "      |         ^\n" },
	{ "link without spaces",
	  "hosts: {a: , b: }\n"
	  "links: [a--b]\n",
	  "t.yaml:2:9: spaces belong around \"--\"\n"
	  "    2 | links: [a--b]\n"
	  "      |         ^~~~\n" },
	{ "mac",
	  "hosts: {a: {interfaces: {eth0: {mac: x}}}, b: }\n"
	  "links: [a -- b]\n",
	  "t.yaml:2:9: MAC \"x\" of a: write six bytes like 02:00:00:00:00:01\n"
	  "    2 | links: [a -- b]\n"
	  "      |         ^~~~~~\n" },
	{ "the same address twice",
	  "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.1/24}}\n"
	  "links: [a -- b]\n",
	  "t.yaml:2:9: address 10.0.0.1 of b is also that of a:eth0 on the same s"
	  "egment: give each its own\n"
	  "    2 | links: [a -- b]\n"
	  "      |         ^~~~~~\n" },
	{ "unknown host in a link",
	  "hosts: {client: , server: }\n"
	  "links: [cleint -- server]\n",
	  "t.yaml:2:9: no host \"cleint\"; did you mean \"client\"?\n"
	  "    2 | links: [cleint -- server]\n"
	  "      |         ^~~~~~\n" },
	{ "unknown host far from all",
	  "hosts: {client: , server: }\n"
	  "links: ['client -- zzz:eth0']\n",
	  "t.yaml:2:20: no host \"zzz\" (there are client, server)\n"
	  "    2 | links: ['client -- zzz:eth0']\n"
	  "      |                    ^~~\n" },
	{ "link without arrow", "links: [a b]\n",
	  "t.yaml:1:11: \"--\" belongs here, as in \"a -- b\"\n"
	  "    1 | links: [a b]\n"
	  "      |           ^\n" },
	{ "link of one", "links: [a --]\n",
	  "t.yaml:1:11: the other host is missing behind this\n"
	  "    1 | links: [a --]\n"
	  "      |           ^~\n" },
	{ "link with other arrow", "links: [a -> b]\n",
	  "t.yaml:1:11: \"--\" belongs here, as in \"a -- b\"\n"
	  "    1 | links: [a -> b]\n"
	  "      |           ^~\n" },
	{ "link and more", "links: [a -- b c]\n",
	  "t.yaml:1:16: nothing more belongs here\n"
	  "    1 | links: [a -- b c]\n"
	  "      |                ^\n" },
	{ "link to itself", "links: [a -- a]\n",
	  "t.yaml:1:14: a link joins two different hosts\n"
	  "    1 | links: [a -- a]\n"
	  "      |              ^\n" },
	{ "link mapping without link", "links: [{mtu: 1500}]\n",
	  "t.yaml:1:9: \"link\" is missing here\n"
	  "    1 | links: [{mtu: 1500}]\n"
	  "      |         ^\n" },
	{ "link mtu", "links: [{link: a -- b, mtu: 10}]\n",
	  "t.yaml:1:29: an MTU is a number of bytes from 68 to 65535\n"
	  "    1 | links: [{link: a -- b, mtu: 10}]\n"
	  "      |                             ^~\n" },
	{ "link mtu words", "links: [{link: a -- b, mtu: large}]\n",
	  "t.yaml:1:29: an MTU is a number of bytes from 68 to 65535\n"
	  "    1 | links: [{link: a -- b, mtu: large}]\n"
	  "      |                             ^~~~~\n" },
	{ "link key", "links: [{link: a -- b, mut: 10}]\n",
	  "t.yaml:1:24: unknown key \"mut\"; did you mean \"mtu\"?\n"
	  "    1 | links: [{link: a -- b, mut: 10}]\n"
	  "      |                        ^~~\n" },
	{ "empty link", "links: ['']\n",
	  "t.yaml:1:10: a host, as in \"a -- b\", is missing here\n"
	  "    1 | links: ['']\n"
	  "      |          ^\n" },
	{ "bad made-up host", "links: [a_b -- c]\n",
	  "t.yaml:1:9: a host's name is 1 to 63 letters, digits and \"-\"\n"
	  "    1 | links: [a_b -- c]\n"
	  "      |         ^~~\n" },
	{ "outside",
	  "hosts: {a: {kind: nat, outside: eth7}, b: }\n"
	  "links: [a -- b]\n",
	  "t.yaml:1:9: host \"a\": a NAT router has at least two links: its outside"
	  ", and what is behind it\n"
	  "    1 | hosts: {a: {kind: nat, outside: eth7}, b: }\n"
	  "      |         ^\n" },
};

Test(scenario_messages, hosts_and_links)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
