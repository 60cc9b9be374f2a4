/* SPDX-License-Identifier: MIT */
/* A network of one veth pair, "near" and "far", in a namespace of its own. */
#ifndef CAPTURE_WIRE_H
#define CAPTURE_WIRE_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

#include <nstest/capture.h>

/* Ethertypes of the tests' own frames: nobody else sends them. */
enum { OURS = 0x88b5, OURS_ETHERTYPE_AT = 12, OURS_NUMBER_AT = 14 };

struct wire {
	struct nst_capture *capture; /* interfaces 0 "near:eth0" and 1 "far:eth0" */
	int near, far;               /* ifindex */
	int sender, back;            /* raw sockets that send on them */
};

/* Runs a body in a child that has such a network, down, captured at both ends. The child
 * may not use Criterion: it says what does not hold with must(). */
void on_wire(void (*body)(struct wire *wire));
void in_namespace(void (*body)(void));

/* Ends the body: one line of why, the test fails with it. */
#define must(condition, ...)                                                       \
	do {                                                                       \
		if (!(condition))                                                  \
			complain(__FILE__, __LINE__, #condition, " " __VA_ARGS__); \
	} while (0)
_Noreturn __attribute__((format(printf, 4, 5))) void complain(const char *file,
							      int line,
							      const char *condition,
							      const char *format, ...);

/* Ends the body: the test is skipped, for want of this. */
_Noreturn void skip(const char *missing);

void run(const char *command); /* a shell line that must succeed */
void wire_up(void);
void send_number(int sender, uint32_t number); /* a frame of 60 bytes, OURS */
void send_frame(int sender, const void *frame, size_t size);
int raw_sender(int ifindex);
uint64_t count_at(struct wire *wire, const char *where, const char *filter);
uint64_t now_ns(void);

/* Turns timestamps on and waits until the kernel has them on, by sending. */
void wait_for_stamps(struct wire *wire);

bool has_command(const char *name);

#endif
