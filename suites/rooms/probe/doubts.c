/* SPDX-License-Identifier: MIT */
/* Where nothing can be proved at once: what may still hold a packet, and traffic that
 * confuses. A verdict of "dropped" would be wrong in each of these. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nstest/error.h>

#include "world.h"

/* ---- A program that judges packets ---- */

struct queue_command {
	struct nlmsghdr head;
	struct nfgenmsg what;
	struct nlattr attribute;
	union {
		struct nfqnl_msg_config_cmd command;
		struct nfqnl_msg_config_params params;
	};
};

static int queue_configure(int fd, uint16_t attribute, const void *value, size_t size)
{
	struct queue_command request = {
		.head = { .nlmsg_len =
				  (uint32_t)(offsetof(struct queue_command, command) +
					     size),
			  .nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG,
			  .nlmsg_flags = NLM_F_REQUEST },
		.what = { .version = NFNETLINK_V0, .res_id = 0 },
		.attribute = { (uint16_t)(NLA_HDRLEN + size), attribute },
	};

	memcpy(&request.command, value, size);
	return send(fd, &request, request.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* A descriptor of a queue that is bound, and that nobody reads. */
static int queue_bind(struct nst_lab *lab, const char *host)
{
	const struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	const struct nfqnl_msg_config_params copy = { .copy_mode = NFQNL_COPY_META };
	int fd = nst_socket(lab, host, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	cr_assert_geq(fd, 0, "%s", nst_error());
	cr_assert_eq(queue_configure(fd, NFQA_CFG_CMD, &bind, sizeof(bind)), 0);
	cr_assert_eq(queue_configure(fd, NFQA_CFG_PARAMS, &copy, sizeof(copy)), 0);
	return fd;
}

Test(doubts, a_program_that_judges_packets_is_waited_for)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;
	int fd = queue_bind(lab, "b");

	run(lab, "b", "iptables -A INPUT -p tcp --dport 80 -j NFQUEUE");

	verdict = ask(lab, TCP("a", "b", .settle_ms = 60));

	expect_kind(verdict, NST_VERDICT_UNANSWERED);
	cr_expect_eq(verdict->proof, NST_PROOF_WAITED);
	cr_expect(strstr(verdict->why_waited, "NFQUEUE"), "%s", verdict->why_waited);
	cr_expect_geq(verdict->elapsed_us, 60000U);
	close(fd);
}

Test(doubts, a_queue_that_no_program_reads_drops)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	run(lab, "b", "iptables -A INPUT -p tcp --dport 80 -j NFQUEUE");

	expect_kind(ask(lab, TCP("a", "b", .settle_ms = 60000)), NST_VERDICT_DROPPED);
}

/* ---- Queues ---- */

/* 40 ms for a SYN. */
#define SLOW "tc qdisc replace dev eth0 root tbf rate 16kbit burst 100 limit 100000"

Test(doubts, what_waits_in_a_queue_is_waited_for_and_then_known)
{
	static const char *const hosts[] = { "a", "b" };

	for (int i = 0; i < 2; i++) {
		struct nst_lab *lab nst_autodown = up(&direct);

		run(lab, hosts[i], SLOW);
		for (int j = 0; j < 3; j++)
			expect_kind(ask(lab, TCP("a", "b", .settle_ms = 20000)),
				    NST_VERDICT_OPEN);
		rules(lab, "b", CHAIN("input", "tcp dport 80 drop"));
		for (int j = 0; j < 3; j++) {
			const struct nst_verdict *verdict =
				ask(lab, TCP("a", "b", .settle_ms = 20000));

			expect_kind(verdict, NST_VERDICT_DROPPED);
			expect_place(verdict, NST_PLACE_INPUT, "b", false);
		}
	}
}

Test(doubts, what_a_queue_has_not_let_go_in_time_is_unanswered)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	/* A SYN of 74 bytes takes longer than a second once the first is through. */
	run(lab, "a",
	    "tc qdisc replace dev eth0 root tbf rate 400bit burst 100 limit 100000");
	ask(lab, TCP("a", "b", .settle_ms = 20));
	ask(lab, TCP("a", "b", .settle_ms = 20));

	verdict = ask(lab, TCP("a", "b", .settle_ms = 50));

	expect_kind(verdict, NST_VERDICT_UNANSWERED);
	cr_expect(strstr(verdict->why_waited, "queueing discipline"), "%s",
		  verdict->why_waited);
}

/* ---- Ways out of the lab ---- */

/* A program that reads the tunnel could answer at any time. */
static int open_tunnel(void *arg, void *result)
{
	struct ifreq request = { .ifr_name = "t0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int ready = *(int *)arg, fd = open("/dev/net/tun", O_RDWR);

	(void)result;
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ||
	    system("ip addr add 10.9.0.1/24 dev t0 && ip link set t0 up") != 0)
		return -errno;
	if (write(ready, "", 1) != 1)
		return -errno;
	pause();
	return 0;
}

Test(doubts, what_leaves_by_a_tunnel_is_out_of_sight)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;
	int ready[2];
	pid_t holder;
	char byte;

	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		cr_skip_test("no /dev/net/tun to open");
	cr_assert_eq(pipe(ready), 0);
	holder = fork();
	if (holder == 0) {
		nst_in_host(lab, "a", open_tunnel, &ready[1], NULL, 0, 20000);
		_exit(0);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "no tunnel");

	verdict = ask(lab, UDP("a", "10.9.0.2", .settle_ms = 30));

	expect_kind(verdict, NST_VERDICT_UNANSWERED);
	cr_expect(strstr(verdict->why_waited, "no link of the lab"), "%s",
		  verdict->why_waited);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

/* ---- Receive packet steering ---- */

#define STEER                                                   \
	"mkdir -p /run/sys && mount -t sysfs none /run/sys && " \
	"for f in /run/sys/class/net/*/queues/rx-0/rps_cpus; do echo 3 > $f; done"

Test(doubts, packets_on_other_processors_are_waited_for)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		cr_skip_test("one processor: nothing to steer to");
	if (!runs(lab, "a", STEER) || !runs(lab, "b", STEER))
		cr_skip_test("the kernel lets only root steer packets");
	rules(lab, "b", CHAIN("input", "tcp dport 81 drop"));
	for (int i = 0; i < 50; i++) {
		expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
		expect_kind(ask(lab, TCP_PORT(81, "a", "b")), NST_VERDICT_DROPPED);
		expect_kind(ask(lab, UDP("a", "b")), NST_VERDICT_OPEN);
	}
}

/* ---- Loopbacks ---- */

Test(doubts, loopbacks_that_are_down_take_no_proof_away)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	run(lab, "a", "ip link set lo down");
	run(lab, "b", "ip link set lo down");
	rules(lab, "b", CHAIN("input", "tcp dport 80 drop"));

	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_DROPPED);
	expect_kind(ask(lab, TCP_PORT(81, "a", "b")), NST_VERDICT_OPEN);
}

/* ---- Other traffic ---- */

Test(doubts, other_traffic_is_not_taken_for_the_probes)
{
	struct nst_lab *lab nst_autodown = up(&switched);

	serve(lab, "b", "exec python3 -m http.server 80", 80, 0);
	serve(lab, "c",
	      "python3 -m http.server 81 & exec python3 -c '\n"
	      "import socket,threading\n"
	      "def go():\n"
	      " while 1:\n"
	      "  try:\n"
	      "   s=socket.create_connection((\"10.1.0.2\",80),1); s.close()\n"
	      "  except OSError: pass\n"
	      "[threading.Thread(target=go).start() for i in range(4)]'",
	      81, 0);
	rules(lab, "b", CHAIN("input", "ip saddr 10.1.0.1 tcp dport { 80, 82 } drop"));
	for (int i = 0; i < 200; i++) {
		const struct nst_verdict *verdict = ask(lab, TCP("a", "b"));

		expect_kind(verdict, NST_VERDICT_DROPPED);
		expect_place(verdict, NST_PLACE_INPUT, "b", false);
		expect_kind(ask(lab, TCP("a", "c")), NST_VERDICT_OPEN);
	}
}
