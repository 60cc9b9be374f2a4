/* SPDX-License-Identifier: MIT */
/* What each kind of namespace isolates, seen from inside two hosts. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nstest/criterion.h>

static const struct nst_topology two_hosts = {
	.hosts = (struct nst_host[]){ { "a", .own_pids = true },
				      { "b", .own_pids = true },
				      {} },
	.links = (struct nst_link[]){ {
					      .a = { "a", "10.0.0.1/24" },
					      .b = { "b", "10.0.0.2/24" },
				      },
				      {} },
};

static int in_host(struct nst_lab *lab, const char *host, nst_function *function)
{
	return nst_in_host(lab, host, function, NULL, NULL, 0, 0);
}

/* What a command prints in a host, without the newline behind it; static. */
static const char *says(struct nst_lab *lab, const char *host, const char *command)
{
	static char text[256];
	struct nst_ran ran;

	must(nst_run(lab, &(struct nst_start){ .host = host, .command = command }, 5000,
		     &ran));
	ran.out[strcspn(ran.out, "\n")] = '\0';
	strncpy(text, ran.out, sizeof(text) - 1);
	nst_ran_free(&ran);
	return text;
}

/* ---- Mount ---- */

static int mount_something(void *arg, void *result)
{
	(void)arg;
	(void)result;
	return mount("a's own", "/mnt", "tmpfs", 0, NULL) < 0 ? -errno : 0;
}

static int is_mounted(void *arg, void *result)
{
	char line[512];
	int found = 0;
	FILE *mounts = fopen("/proc/self/mounts", "re");

	(void)arg;
	(void)result;
	if (!mounts)
		return -errno;
	while (fgets(line, sizeof(line), mounts))
		found |= strstr(line, " /mnt tmpfs ") != NULL;
	fclose(mounts);
	return found;
}

NST_TEST(namespaces, mounts_are_of_one_host, .topology = &two_hosts)
{
	must(in_host(lab, "a", mount_something));

	nst_expect_eq(in_host(lab, "a", is_mounted), true);
	nst_expect_eq(in_host(lab, "b", is_mounted), false);
	nst_expect_eq(is_mounted(NULL, NULL), false); /* nor on the machine */
}

/* ---- UTS ---- */

static int rename_host(void *arg, void *result)
{
	(void)arg;
	(void)result;
	return sethostname("renamed", 7) < 0 ? -errno : 0;
}

NST_TEST(namespaces, hostnames_are_of_one_host, .topology = &two_hosts)
{
	char before[65], after[65];

	gethostname(before, sizeof(before));
	nst_expect_text(says(lab, "a", "hostname"), "a");
	must(in_host(lab, "a", rename_host));
	gethostname(after, sizeof(after));

	nst_expect_text(says(lab, "a", "hostname"), "renamed");
	nst_expect_text(says(lab, "b", "hostname"), "b");
	nst_expect_text(after, before);
}

/* ---- IPC ---- */

enum { QUEUE_KEY = 0x6e73 };

static int make_queues(void *arg, void *result)
{
	mqd_t queue = mq_open("/nstest-tutorial", O_CREAT | O_RDWR, 0600, NULL);

	(void)arg;
	(void)result;
	if (queue < 0 || msgget(QUEUE_KEY, IPC_CREAT | 0600) < 0)
		return -errno;
	mq_close(queue);
	return 0;
}

/* How many of the two queues there are. */
static int count_queues(void *arg, void *result)
{
	mqd_t queue = mq_open("/nstest-tutorial", O_RDWR);

	(void)arg;
	(void)result;
	return (queue >= 0) + (msgget(QUEUE_KEY, 0) >= 0);
}

NST_TEST(namespaces, message_queues_are_of_one_host, .topology = &two_hosts)
{
	must(in_host(lab, "a", make_queues));

	nst_expect_eq(in_host(lab, "a", count_queues), 2); /* System V and POSIX */
	nst_expect_eq(in_host(lab, "b", count_queues), 0);
	nst_expect_eq(count_queues(NULL, NULL), 0);
}

/* ---- Network ---- */

/* A socket that listens on port 8080 of all addresses. */
static int listen_8080(struct nst_lab *lab, const char *host)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_port = htons(8080) };
	int fd = must(nst_socket(lab, host, AF_INET, SOCK_STREAM, 0));

	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
	    listen(fd, 8) < 0)
		return -errno;
	return fd;
}

NST_TEST(namespaces, ports_addresses_and_rules_are_of_one_host, .topology = &two_hosts)
{
	const struct nst_ruleset closed = {
		.text = "table inet f { chain in { type filter "
			"hook input priority 0; policy drop; }; }"
	};

	nst_expect_gt(listen_8080(lab, "a"), 0);
	nst_expect_gt(listen_8080(lab, "b"), 0); /* the same port, at the same time */
	nst_expect_eq(listen_8080(lab, "b"), -EADDRINUSE); /* in one host it is taken */
	nst_expect_text(
		says(lab, "a", "ip -4 -o addr show eth0 | grep -o '10[^ ]*/24'"),
		"10.0.0.1/24");
	nst_expect_text(
		says(lab, "b", "ip -4 -o addr show eth0 | grep -o '10[^ ]*/24'"),
		"10.0.0.2/24");

	must(nst_ruleset_load(lab, "b", &closed));
	nst_expect_dropped(lab, "a", "b", "udp/53");
	nst_expect_text(says(lab, "a", "nft list ruleset"), "");
}

/* ---- PID ---- */

NST_TEST(namespaces, processes_are_of_one_host, .topology = &two_hosts)
{
	const char *const argv[] = { "sleep", "60", NULL };
	struct nst_program *sleeper;

	must(nst_start(lab, &(struct nst_start){ .host = "a", .argv = argv },
		       &sleeper));

	nst_expect_text(says(lab, "a", "grep -l sleep /proc/[0-9]*/comm | wc -l"), "1");
	nst_expect_text(says(lab, "b", "grep -l sleep /proc/[0-9]*/comm | wc -l"), "0");
}

/* ---- User ---- */

/* All hosts of a lab share its user namespace. A program may make one of its own, and
 * is then nobody, or root, there and only there. */
NST_TEST(namespaces, user_ids_are_of_one_user_namespace, .topology = &two_hosts)
{
	nst_expect_text(says(lab, "a", "id -u"), "0");
	nst_expect_text(says(lab, "a", "unshare --user id -u"), "65534");
	nst_expect_text(says(lab, "a", "unshare --user cat /proc/self/uid_map"), "");
	nst_expect_text(says(lab, "b", "unshare --user --map-root-user id -u"), "0");
	nst_expect_text(says(lab, "b", "id -u"), "0");
}
