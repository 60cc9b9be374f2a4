/* SPDX-License-Identifier: MIT */
/* Programs run out of ports, places, descriptors and disk, and have them again. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/counter.h>
#include <nstest/resource.h>

#include "program_lab.h"

enum { PORT = 7000 };

static const char server_code[] =
	"exec python3 -uc 'import socket, time\n"
	"s = socket.create_server((\"::\", 7000), family=socket.AF_INET6, backlog=3, "
	"dualstack_ipv6=True)\n"
	"while True: s.accept()[0].sendall(b\"hello\")'";

#define HEAR                                                                        \
	"python3 -c 'import socket; print(socket.create_connection((\"10.0.0.2\", " \
	"7000), 5).recv(9).decode())'"

static struct nst_program *serve(struct nst_lab *lab)
{
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server",
					    .command = server_code,
					    .ready = { .port = PORT } },
		       &program));
	must(nst_wait_ready(program, PATIENCE_MS));
	return program;
}

/* Non-blocking: the handshake is over when connect() returns, or it was dropped. */
static int call(struct nst_lab *lab, const char *host)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = nst_socket(lab, host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	cr_assert_geq(fd, 0, "%s", nst_error());
	inet_pton(AF_INET, "10.0.0.2", &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* ---- Ports ---- */

static int bind_any(struct nst_lab *lab, int type)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = nst_socket(lab, "client", AF_INET, type, 0);
	int code = bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ? errno : 0;

	close(fd);
	return code;
}

Test(resource, without_ports_nothing_new_is_begun)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const struct nst_resource ports = { .kind = NST_PORTS, .host = "client" };
	int before, fd;

	serve(lab);
	before = call(lab, "client");
	cr_assert_geq(before, 0);
	must(nst_exhaust(lab, &ports));
	cr_expect_eq(call(lab, "client"), -EADDRNOTAVAIL);
	cr_expect_eq(bind_any(lab, SOCK_STREAM), EADDRINUSE);
	cr_expect_eq(bind_any(lab, SOCK_DGRAM), EADDRINUSE);
	/* What there was lives, and nobody else lacks any. */
	cr_expect_str_eq(says(lab, "server", HEAR), "hello");
	cr_expect_eq(write(before, "x", 1), 1);
	must_fail(nst_exhaust(lab, &ports), -EALREADY,
		  "the ports of \"client\": exhausted already");
	must(nst_restore(lab, &ports));
	fd = call(lab, "client");
	cr_expect_geq(fd, 0);
	cr_expect_eq(bind_any(lab, SOCK_DGRAM), 0);
	must_fail(nst_restore(lab, &ports), -ENOENT, "not exhausted");
	close(fd);
	close(before);
}

/* ---- Accept queues ---- */

Test(resource, a_full_accept_queue_drops_who_comes)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const struct nst_resource queue = { .kind = NST_ACCEPT_QUEUE,
					    .host = "server",
					    .port = PORT };
	struct nst_program *server = serve(lab);
	uint64_t full;
	int fd;

	must(nst_freeze(server));
	must(nst_exhaust(lab, &queue));
	must(nst_counter(lab, "server", "TcpExtListenOverflows", &full));
	fd = call(lab, "client");
	must(nst_await_counter(lab, "server", "TcpExtListenOverflows", full + 1,
			       PATIENCE_MS));
	close(fd);
	must(nst_restore(lab, &queue));
	must(nst_thaw(server));
	cr_expect_str_eq(says(lab, "client", HEAR), "hello");
	must(nst_lab_check(lab));
}

Test(resource, a_queue_that_cannot_be_filled)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_resource queue = { .kind = NST_ACCEPT_QUEUE,
				      .host = "server",
				      .port = PORT };

	serve(lab);
	says(lab, "server",
	     "nft 'table inet guard { chain in { type filter hook input priority 0; "
	     "iif "
	     "lo drop; }; }'");
	must_fail(nst_exhaust(lab, &queue), -EBUSY,
		  "or rules drop what goes by loopback");
	queue.port = 7001;
	must_fail(nst_exhaust(lab, &queue), -ENOENT,
		  "exhausting the accept queue of tcp/7001 on \"server\": nothing "
		  "listens there");
	queue.host = "nobody";
	must_fail(nst_exhaust(lab, &queue), -ENOENT, "nobody");
}

/* ---- Descriptors ---- */

Test(resource, a_program_without_descriptors_opens_nothing)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_resource files = { .kind = NST_DESCRIPTORS };

	must(nst_start(
		lab,
		&(struct nst_start){
			.host = "server",
			.keep_stdin_open = true,
			.command = "exec python3 -uc 'import sys\n"
				   "for line in sys.stdin:\n"
				   "    try: open(\"/dev/null\"); print(\"opened\")\n"
				   "    except OSError as e: print(e)'" },
		&files.program));
	must(nst_write(files.program, "1\n", 2));
	must(nst_wait_line(files.program, "^opened$", PATIENCE_MS));
	must(nst_exhaust(lab, &files));
	must(nst_write(files.program, "2\n", 2));
	must(nst_wait_line(files.program, "Too many open files", PATIENCE_MS));
	must_fail(nst_exhaust(lab, &files), -EALREADY, "exhausted already");
	must(nst_restore(lab, &files));
	must(nst_write(files.program, "3\n", 2));
	must(nst_close_stdin(files.program));
	must(nst_wait_exit(files.program, PATIENCE_MS, NULL));
	must_fail(nst_exhaust(lab, &files), -ESRCH, "has ended");
	files.program = NULL;
	must_fail(nst_exhaust(lab, &files), -EINVAL, "no program was given");
}

/* ---- Disks ---- */

Test(resource, a_full_disk_takes_no_more)
{
	static const char *const paths[] = { "/tmp", "/run", "/dev/shm" };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const struct nst_resource disk = { .kind = NST_DISK,
						   .host = "server",
						   .path = paths[i] };
		char command[100];

		snprintf(command, sizeof(command),
			 "head -c 5000 /dev/zero 2>&1 >>%s/file; true", paths[i]);
		must(nst_exhaust(lab, &disk));
		cr_expect(strstr(says(lab, "server", command), "No space left"));
		cr_expect_str_eq(says(lab, "client", command), "");
		must_fail(nst_exhaust(lab, &disk), -EALREADY, "is full already");
		must(nst_restore(lab, &disk));
		cr_expect_str_eq(says(lab, "server", command), "");
		snprintf(command, sizeof(command),
			 "ls -A %s; df --output=size -B1M %s | tail -1", paths[i],
			 paths[i]);
		cr_expect_null(strstr(says(lab, "server", command), ".nstest-full"));
		cr_expect(strstr(says(lab, "server", command), "1024"));
		must_fail(nst_restore(lab, &disk), -ENOENT, "was not filled");
	}
}

/* Never one of the machine's. */
Test(resource, only_a_hosts_own_disks_are_filled)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	static const char *const paths[] = { "/",    "/proc",      "/dev",
					     "/sys", "/tmp/inner", "/nowhere" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		must_fail(nst_exhaust(lab, &(struct nst_resource){ .kind = NST_DISK,
								   .host = "server",
								   .path = paths[i] }),
			  -EINVAL, "is no disk of the host's own");
}

static const struct nst_topology small = {
	.hosts = (struct nst_host[]){ { .name = "small", .root = NST_ROOT_TMPFS }, {} },
};

Test(resource, a_root_of_tmpfs_is_filled)
{
	struct nst_lab *lab nst_autodown = must_be_up(&small);
	const struct nst_resource root = { .kind = NST_DISK,
					   .host = "small",
					   .path = "/" };

	must(nst_exhaust(lab, &root));
	must(nst_restore(lab, &root));
}

/* ---- Read-only ---- */

static const struct nst_topology own_root = {
	.hosts = (struct nst_host[]){ { .name = "one", .root = NST_ROOT_OVERLAY }, {} },
};

Test(read_only, the_root_but_not_what_hosts_always_write)
{
	struct nst_lab *lab nst_autodown = must_be_up(&own_root);

	cr_expect_str_eq(says(lab, "one", "touch /etc/file 2>&1"), "");
	must(nst_read_only(lab, "one", "/"));
	cr_expect(strstr(says(lab, "one", "touch /etc/file 2>&1; true"),
			 "Read-only file system"));
	cr_expect_str_eq(says(lab, "one", "touch /tmp/file /run/file 2>&1"), "");
	must_fail(nst_read_only(lab, "one", "/"), -EALREADY, "/ is read-only already");
	must(nst_writable(lab, "one", "/"));
	cr_expect_str_eq(says(lab, "one", "touch /etc/file 2>&1"), "");
	must_fail(nst_writable(lab, "one", "/"), -ENOENT, "was not made read-only");
}

Test(read_only, one_mount)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *writer;

	must(nst_read_only(lab, "server", "/tmp"));
	cr_expect(strstr(says(lab, "server", "touch /tmp/file 2>&1; true"),
			 "Read-only file system"));
	cr_expect_str_eq(says(lab, "client", "touch /tmp/file 2>&1"), "");
	must(nst_writable(lab, "server", "/tmp"));
	must(nst_start(lab,
		       &(struct nst_start){
			       .host = "server",
			       .command = "exec >/tmp/log; echo x >&2; sleep 60" },
		       &writer));
	must(nst_wait_line(writer, "x", PATIENCE_MS));
	must_fail(nst_read_only(lab, "server", "/tmp"), -EBUSY,
		  "a file there is open for writing");
	must_fail(nst_read_only(lab, "server", "/tmp/inner"), -EINVAL,
		  "/tmp/inner is no mount of the host");
}
