/* SPDX-License-Identifier: MIT */
/* The sentence of every plan that cannot be: it names host or link, and says what to
 * do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/scope.h>

#include "planned.h"

struct complaint {
	struct nst_host host;    /* one more host, if it has a name */
	struct nst_link link[3]; /* "s" and "t" are switches, "n" is a NAT router */
	const char *sentence;
};

static void check(const struct complaint *complaint)
{
	const struct nst_host hosts[] = {
		{ "s", NST_SWITCH }, { "t", NST_SWITCH }, complaint->host, {}
	};

	cr_expect(eq(str, (char *)complaint_of(hosts, complaint->link),
		     (char *)complaint->sentence));
}

#define STRINGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NAME_64      "a234567890b234567890c234567890d234567890e234567890f234567890g234"

static const struct complaint about_hosts[] = {
	{ { "" }, .sentence = "host \"\": a name needs at least one character" },
	{ { NAME_64 },
	  .sentence = "host \"" NAME_64 "\": a name has at most 63 characters" },
	{ { "web_1" },
	  .sentence = "host \"web_1\": a name is made of letters, digits and '-'" },
	{ { "h\303\266st" },
	  .sentence =
		  "host \"h\303\266st\": a name is made of letters, digits and '-'" },
	{ { "-web" }, .sentence = "host \"-web\": a name does not start with '-'" },
	{ { "LocalHost" },
	  .sentence = "host \"LocalHost\": every host calls itself that: "
		      "choose another name" },
	{ { "s" },
	  .sentence = "host \"s\": declared twice: give each host a name of its own" },
	{ { .kind = NST_ROUTER }, .sentence = "host 3 of the list has no name" },
	{ { "h", (enum nst_host_kind)9 },
	  .sentence = "host \"h\": there is no kind 9" },
	{ { "h", .root = (enum nst_root)9 },
	  .sentence = "host \"h\": there is no root 9" },
	{ { "h", .root = NST_ROOT_BIND },
	  .sentence = "host \"h\": its root is to be bound but root_path is missing: "
		      "name a "
		      "directory" },
	{ { "h", .root_path = "/srv" },
	  .sentence = "host \"h\": root_path \"/srv\" is only for a root that is bound "
		      "(NST_ROOT_BIND)" },
	{ { "h", .outside = "eth0" },
	  .sentence = "host \"h\": outside \"eth0\" is only for a NAT router" },
	{ { "h", .nameservers = "10.0.0.1, dns" },
	  .sentence =
		  "host \"h\": nameserver \"dns\" is not an address: write one like "
		  "10.0.0.1 or fd00::1" },
	{ { "h", .sysctls = STRINGS("net.core.somaxconn") },
	  .sentence = "host \"h\": sysctl \"net.core.somaxconn\" has no value: write "
		      "NAME=VALUE" },
	{ { "h", .sysctls = STRINGS("net.core.somaxconn=") },
	  .sentence = "host \"h\": sysctl \"net.core.somaxconn=\" has no value: write "
		      "NAME=VALUE" },
	{ { "h", .sysctls = STRINGS("net.core.somaxconn=9", "vm.swappiness=1") },
	  .sentence = "host \"h\": sysctl \"vm.swappiness=1\" is the whole machine's: "
		      "a host "
		      "has only those that start with \"net.\"" },
	{ { "h", .sysctls = STRINGS("net/../vm/swappiness=1") },
	  .sentence =
		  "host \"h\": sysctl \"net/../vm/swappiness=1\" has an empty part" },
	{ { "h", .binds = STRINGS("bin/sh") },
	  .sentence =
		  "host \"h\": bind \"bin/sh\": write a path that starts with '/', or "
		  "/AT/THE/HOST=/OF/THE/MACHINE" },
	{ { "h", .binds = STRINGS("/bin/sh=") },
	  .sentence = "host \"h\": bind \"/bin/sh=\": write a path that starts with "
		      "'/', or "
		      "/AT/THE/HOST=/OF/THE/MACHINE" },
	{ { "h", .binds = STRINGS("/=/srv") },
	  .sentence = "host \"h\": bind \"/=/srv\" would cover the root: use the "
		      "host's root "
		      "for that (NST_ROOT_BIND)" },
	{ { "h", .binds = STRINGS("/a/..b", "/a/../b") },
	  .sentence = "host \"h\": bind \"/a/../b\": write it without \"..\"" },
	{ { "h", .binds = STRINGS("/a=/b/..") },
	  .sentence = "host \"h\": bind \"/a=/b/..\": write it without \"..\"" },
};

Test(complaint, about_a_host_names_it_and_says_what_to_do)
{
	for (size_t i = 0; i < ARRAY_SIZE(about_hosts); i++)
		check(&about_hosts[i]);
}

static const struct complaint about_links[] = {
	{ .link = { { { "a" } } }, "link 1 (a -- ?): one end names no host" },
	{ .link = { { .b = { "a" } } }, "link 1 (? -- a): one end names no host" },
	{ .link = { { .mtu = 1500 } }, "link 1 (? -- ?): one end names no host" },
	{ .link = { { { "a" }, { "b" } }, { { "a" }, { "a" } } },
	  "link 2 (a -- a): both ends are at the same host: a link joins two" },
	{ .link = { { { "a" }, { "b_" } } },
	  "host \"b_\": a name is made of letters, digits and '-'" },
	{ .link = { { { "a" }, { "b" }, 67 } },
	  "link 1 (a -- b): MTU 67: a link carries packets of 68 to 65535 bytes" },
	{ .link = { { { "a" }, { "b" }, 65536 } },
	  "link 1 (a -- b): MTU 65536: a link carries packets of 68 to 65535 bytes" },
	{ .link = { { { "a" }, { "b", "fd00::1/64" }, 1279 } },
	  "link 1 (a -- b): MTU 1279, but IPv6 at b needs at least 1280" },
	{ .link = { { { "s" }, { "t" } }, { { "t" }, { "s" } } },
	  "link 2 (t -- s): closes a loop of switches, in which frames would circle "
	  "for ever "
	  "(they run no spanning tree): remove one link of the loop" },
};

Test(complaint, about_a_link_names_it_and_says_what_to_do)
{
	for (size_t i = 0; i < ARRAY_SIZE(about_links); i++)
		check(&about_links[i]);
}

/* "link 1 (a -- b): interface "NAME" of a: WHY" */
static const char *const about_names[][2] = {
	{ "", "a name needs at least one character" },
	{ "a123456789012345", "a name has at most 15 characters" },
	{ ".", "a name is also a folder in /proc/sys/net" },
	{ "..", "a name is also a folder in /proc/sys/net" },
	{ "a b", "a name has no space, '/', ':' or '%'" },
	{ "a/b", "a name has no space, '/', ':' or '%'" },
	{ "a:b", "a name has no space, '/', ':' or '%'" },
	{ "eth%d", "a name has no space, '/', ':' or '%'" },
	{ "a\nb", "a name has no space, '/', ':' or '%'" },
	{ "lo", "that is the loopback interface, which every host has" },
	{ "all", "sysctls mean something else by that name" },
	{ "default", "sysctls mean something else by that name" },
};

Test(complaint, about_the_name_of_an_interface_says_why)
{
	char sentence[256];

	for (size_t i = 0; i < ARRAY_SIZE(about_names); i++) {
		snprintf(sentence, sizeof(sentence),
			 "link 1 (a -- b): interface \"%s\" of a: %s",
			 about_names[i][0], about_names[i][1]);
		check(&(struct complaint){
			.link = { { { "a", NULL, about_names[i][0] }, { "b" } } },
			.sentence = sentence });
	}
}

static const struct complaint about_interfaces[] = {
	{ .link = { { { "a", NULL, "x" }, { "b" } }, { { "c" }, { "a", NULL, "x" } } },
	  "host \"a\": two of its interfaces are called \"x\": give each a name of its "
	  "own" },
	{ .link = { { { "a" }, { "s", NULL, "br0" } } },
	  "link 1 (a -- s): interface \"br0\" of s: that is the switch's own bridge" },
	{ { "n", NST_NAT_ROUTER },
	  { { { "n" }, { "a" } } },
	  "host \"n\": a NAT router has at least two links: its outside, and what is "
	  "behind "
	  "it" },
	{ { "n", NST_NAT_ROUTER, .outside = "wan" },
	  { { { "n" }, { "a" } }, { { "n" }, { "b" } } },
	  "host \"n\": outside \"wan\" is neither an interface of it nor the host at "
	  "the "
	  "other end of a link of it" },
	{ .link = { { { "a", .mac = "02:00:00:00:00" }, { "b" } } },
	  "link 1 (a -- b): MAC \"02:00:00:00:00\" of a: write six bytes like "
	  "02:00:00:00:00:01" },
	{ .link = { { { "a" }, { "b", .mac = "2:0:0:0:0:1" } } },
	  "link 1 (a -- b): MAC \"2:0:0:0:0:1\" of b: write six bytes like "
	  "02:00:00:00:00:01" },
	{ .link = { { { "a", .mac = "02:00:00:00:00:01 " }, { "b" } } },
	  "link 1 (a -- b): MAC \"02:00:00:00:00:01 \" of a: write six bytes like "
	  "02:00:00:00:00:01" },
	{ .link = { { { "a", .mac = "02:00:00:00:00:0g" }, { "b" } } },
	  "link 1 (a -- b): MAC \"02:00:00:00:00:0g\" of a: write six bytes like "
	  "02:00:00:00:00:01" },
	{ .link = { { { "a", .mac = "01:00:5e:00:00:01" }, { "b" } } },
	  "link 1 (a -- b): MAC \"01:00:5e:00:00:01\" of a is a group's: the first "
	  "byte of a "
	  "host's is even" },
	{ .link = { { { "a", .mac = "00:00:00:00:00:00" }, { "b" } } },
	  "link 1 (a -- b): MAC \"00:00:00:00:00:00\" of a is all zero: write one like "
	  "02:00:00:00:00:01" },
	{ .link = { { { "a", .mac = "02:00:00:00:00:01" }, { "s" } },
		    { { "b", .mac = "02:00:00:00:00:01" }, { "s" } } },
	  "link 2 (b -- s): MAC \"02:00:00:00:00:01\" of b is also that of a:eth0 on "
	  "the same "
	  "segment: give each its own" },
	/* The first default MAC is 02:6e:73:00:00:00. */
	{ .link = { { { "a" }, { "b", .mac = "02:6e:73:00:00:00" } } },
	  "link 1 (a -- b): MAC \"02:6e:73:00:00:00\" of b is also that of a:eth0 on "
	  "the same "
	  "segment: give each its own" },
	{ .link = { { { "a", .mac = "02:6e:73:00:00:01" }, { "b" } } },
	  "link 1 (a -- b): MAC \"02:6e:73:00:00:01\" of b is also that of a:eth0 on "
	  "the same "
	  "segment: give each its own" },
};

Test(complaint, about_an_interface_names_its_host)
{
	for (size_t i = 0; i < ARRAY_SIZE(about_interfaces); i++)
		check(&about_interfaces[i]);
}

/* "link 1 (a -- b): " and this, when "a" has these addresses. */
static const char *const about_addresses[][2] = {
	{ "10.0.0.1", "address \"10.0.0.1\" of a has no prefix: write 10.0.0.1/24" },
	{ "10.0.0.1/24,fd00::1",
	  "address \"fd00::1\" of a has no prefix: write fd00::1/64" },
	{ "10.0.0/24",
	  "address of a: \"10.0.0/24\" is not an address: write one like 10.0.0.1 "
	  "or fd00::1" },
	{ "10.0.0.1/33",
	  "address of a: address \"10.0.0.1/33\": a prefix is a number from 0 "
	  "to 32" },
	{ "10.0.0.1/24,", "addresses \"10.0.0.1/24,\" of a: a comma too many" },
	{ ", 10.0.0.1/24", "addresses \", 10.0.0.1/24\" of a: a comma too many" },
	{ "10.0.0.0/24",
	  "address \"10.0.0.0/24\" of a: that is the network's own address; "
	  "give it a host's" },
	{ "10.0.0.255/24",
	  "address \"10.0.0.255/24\" of a: that is the network's broadcast "
	  "address; give it a host's" },
	{ "fd00::/64", "address \"fd00::/64\" of a: that is the anycast address of the "
		       "subnet's routers; give it a host's" },
	{ "10.0.0.1/0",
	  "address \"10.0.0.1/0\" of a: a prefix of 0 makes the whole world one "
	  "link; give it a host's" },
	{ "0.0.0.0/8",
	  "address \"0.0.0.0/8\" of a: that means \"no address\"; give it a "
	  "host's" },
	{ "::/64",
	  "address \"::/64\" of a: that means \"no address\"; give it a host's" },
	{ "127.0.0.1/8",
	  "address \"127.0.0.1/8\" of a: that is a loopback address, which "
	  "every host has at lo; give it a host's" },
	{ "::1/128",
	  "address \"::1/128\" of a: that is a loopback address, which every host "
	  "has at lo; give it a host's" },
	{ "224.0.0.1/24",
	  "address \"224.0.0.1/24\" of a: that is a multicast address; give "
	  "it a host's" },
	{ "ff02::1/64",
	  "address \"ff02::1/64\" of a: that is a multicast address; give it a "
	  "host's" },
	{ "10.0.0.2/24,10.0.0.2/16",
	  "address 10.0.0.2 of a is also that of a:eth0 on the same "
	  "segment: give each its own" },
	{ "10.0.0.9/16",
	  "address 10.0.0.9 of b is also that of a:eth0 on the same segment: "
	  "give each its own" },
	{ "fd00::9/64",
	  "address fd00::9 of b is also that of a:eth0 on the same segment: "
	  "give each its own" },
};

Test(complaint, about_an_address_says_what_it_is_instead)
{
	char sentence[256];

	for (size_t i = 0; i < ARRAY_SIZE(about_addresses); i++) {
		snprintf(sentence, sizeof(sentence), "link 1 (a -- b): %s",
			 about_addresses[i][1]);
		check(&(struct complaint){
			.link = { { { "a", about_addresses[i][0] },
				    { "b", "10.0.0.9/24, fd00::9/64" } } },
			.sentence = sentence });
	}
}

static const struct complaint about_switches[] = {
	{ .link = { { { "a", "10.0.0.1/24" }, { "s", "10.0.0.2/24" } } },
	  "link 1 (a -- s): s is a switch and has no addresses: remove "
	  "\"10.0.0.2/24\", or "
	  "make it a router" },
	{ .link = { { { "a", "10.0.0.1/24" }, { "s" } },
		    { { "b", "10.0.0.1/16" }, { "s" } } },
	  "link 2 (b -- s): address 10.0.0.1 of b is also that of a:eth0 on the same "
	  "segment: "
	  "give each its own" },
};

Test(complaint, about_a_switch_and_what_it_joins)
{
	for (size_t i = 0; i < ARRAY_SIZE(about_switches); i++)
		check(&about_switches[i]);
}

Test(complaint, about_a_switch_with_too_many_ports)
{
	static const struct nst_host hosts[] = { { "s", NST_SWITCH }, {} };
	struct nst_link *links AUTO_FREE = calloc(1025, sizeof(*links));

	for (size_t i = 0; i < 1023; i++)
		links[i] = (struct nst_link){ { "a" }, { "s" } };
	cr_expect(eq(str, (char *)complaint_of(hosts, links), ""));

	links[1023] = (struct nst_link){ { "a" }, { "s" } };
	cr_expect(eq(
		str, (char *)complaint_of(hosts, links),
		"host \"s\": a switch has at most 1023 ports, this one has 1024: share "
		"them among several switches"));
}

Test(plan, allows_what_only_looks_wrong)
{
	const struct complaint fine[] = {
		{ .link = { { { "a", "10.0.0.0/31" }, { "b", "10.0.0.1/31" } } }, "" },
		{ .link = { { { "a", "10.0.0.0/32" }, { "b", "10.0.0.255/32" } } },
		  "" },
		{ .link = { { { "a", "fd00::/127" }, { "b", "fd00::1/127" } } }, "" },
		{ .link = { { { "a", "10.0.0.1/24" }, { "b", "10.1.0.1/24" } } }, "" },
		{ .link = { { { "a", "10.0.0.1/24" }, { "b" }, 68 } }, "" },
		{ .link = { { { "a", "fd00::1/64" }, { "b" }, 1280 } }, "" },
		{ .link = { { { "a" }, { "s" } }, { { "a" }, { "s" } } }, "" },
		{ { "h",
		    .sysctls = STRINGS("net/ipv4/ip_forward=0", "net.core.x=a=b") },
		  .sentence = "" },
		{ { "h", .binds = STRINGS("/srv=/a/b..", "/etc/..x") },
		  .sentence = "" },
		{ { "h", .nameservers = "10.0.0.53,fd00::53" }, .sentence = "" },
		{ { "9" }, .sentence = "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		check(&fine[i]);
}
