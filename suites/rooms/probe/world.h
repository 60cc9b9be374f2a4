/* SPDX-License-Identifier: MIT */
/* Labs to ask questions in, and what a verdict is compared with. */
#ifndef SUITE_PROBE_WORLD_H
#define SUITE_PROBE_WORLD_H

#include <criterion/criterion.h>
#include <sys/socket.h>

#include <nstest/lab.h>
#include <nstest/probe.h>
#include <nstest/program.h>

/* a -- b */
extern const struct nst_topology direct;
/* a, b, c at switch s */
extern const struct nst_topology switched;
/* a -- s(witch) -- r(outer) -- b; c at s too */
extern const struct nst_topology routed;
/* a -- r (NAT, outside eth1) -- b */
extern const struct nst_topology natted;

struct nst_lab *up(const struct nst_topology *topology);

/* Loads an nft script, or fails the test. */
void rules(struct nst_lab *lab, const char *host, const char *script);

/* Runs a command in a host, or fails the test. */
void run(struct nst_lab *lab, const char *host, const char *command);

/* The same for what may fail: whether its status was 0. */
bool runs(struct nst_lab *lab, const char *host, const char *command);

/* Starts a program that listens on a TCP or UDP port, and waits until it does. */
struct nst_program *serve(struct nst_lab *lab, const char *host, const char *command,
			  unsigned short port, unsigned short udp_port);

/* Asks, or fails the test. The verdict is static: valid until the next question. */
const struct nst_verdict *ask(struct nst_lab *lab, const struct nst_question *question);

/* Expectations: print what was seen when they do not hold. */
#define expect_kind(verdict, wanted) expect_kind_at(__LINE__, verdict, wanted)
#define expect_place(verdict, place, host, answer) \
	expect_place_at(__LINE__, verdict, place, host, answer)
#define expect_says(verdict, part) expect_says_at(__LINE__, verdict, part)

void expect_kind_at(int line, const struct nst_verdict *verdict,
		    enum nst_verdict_kind wanted);
void expect_place_at(int line, const struct nst_verdict *verdict, enum nst_place place,
		     const char *host, bool answer);
void expect_says_at(int line, const struct nst_verdict *verdict, const char *part);

enum { FAMILIES = 2 };
extern const int families[FAMILIES];

#define TCP_PORT(port_, from_, to_, ...)              \
	(&(struct nst_question){ .from = from_,       \
				 .to = to_,           \
				 .protocol = NST_TCP, \
				 .port = port_,       \
				 ##__VA_ARGS__ })
#define TCP(from_, to_, ...) TCP_PORT(80, from_, to_, ##__VA_ARGS__)
#define UDP(from_, to_, ...)                          \
	(&(struct nst_question){ .from = from_,       \
				 .to = to_,           \
				 .protocol = NST_UDP, \
				 .port = 53,          \
				 ##__VA_ARGS__ })
#define ECHO(from_, to_, ...)    \
	(&(struct nst_question){ \
		.from = from_, .to = to_, .protocol = NST_ICMP, ##__VA_ARGS__ })

/* An nft table with one base chain. */
#define CHAIN(hook, rules)                                                            \
	"table inet t {\n chain c {\n  type filter hook " hook " priority 0;\n" rules \
	"\n }\n}\n"
#define BRIDGE(rules)                                                                  \
	"table bridge t {\n chain c {\n  type filter hook forward priority 0;\n" rules \
	"\n }\n}\n"

#endif
