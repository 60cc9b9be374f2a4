/* SPDX-License-Identifier: MIT */
/* What is written is read by other people's programs without a complaint. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "state.h"
#include "wire.h"

#define OURS_FILTER "ether proto 0x88b5"

static void need(const char *command, const char *missing)
{
	if (!has_command(command))
		skip(missing);
}

#define NEED_TSHARK() need("tshark", "the command tshark (package tshark)")
#define NEED_CAPINFOS() \
	need("capinfos", "the command capinfos (package wireshark-common)")

/* What a shell line prints, standard error included, reading `input`; the caller's. */
static char *output_of(const char *command, int input)
{
	AUTO_FREE char *line = NULL;
	char *text = calloc(1, 65536);
	FILE *pipe;

	/* Opened anew, so that it is read from its beginning. */
	must(text &&
	     asprintf(&line, "export HOME=/nonexistent; %s </proc/%d/fd/%d 2>&1",
		      command, getpid(), input) > 0);
	pipe = popen(line, "r");
	must(pipe);
	must(fread(text, 1, 65535, pipe) < 65535);
	must(pclose(pipe) == 0, "%s: %s", command, text);
	return text;
}

/* Root's own warning is not about the file. */
static void without_warning_of_root(char *text)
{
	static const char warning[] = "Running as user \"root\"";
	char *end;

	if (!strncmp(text, warning, sizeof(warning) - 1)) {
		end = strchr(text, '\n');
		memmove(text, end + 1, strlen(end + 1) + 1);
	}
}

static int written(struct wire *wire)
{
	int fd = memfd_create("written", 0);

	must(fd >= 0 && nst_capture_write(wire->capture, fd) == 0);
	return fd;
}

static char *tshark(const char *arguments, int fd)
{
	AUTO_FREE char *line = NULL;
	char *text;

	must(asprintf(&line, "tshark -n -r - %s", arguments) > 0);
	text = output_of(line, fd);
	without_warning_of_root(text);
	return text;
}

static void read_by_tshark(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;

	NEED_TSHARK();
	wire_up();
	wait_for_stamps(wire);
	send_number(wire->sender, 1);
	send_number(wire->back, 2);
	fd = written(wire);

	text = tshark(
		"-Y 'data[0:4] == 00:00:00:01 || data[0:4] == 00:00:00:02' "
		"-T fields -e frame.interface_name -e frame.packet_flags_direction "
		"-e frame.len",
		fd);
	must(!strcmp(text, "near:eth0\t0x00000002\t60\n"
			   "far:eth0\t0x00000001\t60\n"
			   "far:eth0\t0x00000002\t60\n"
			   "near:eth0\t0x00000001\t60\n"),
	     "%s", text);
}

Test(files, are_read_by_tshark)
{
	on_wire(read_by_tshark);
}

/* tshark shows the names that the file has, once it is asked for names. */
static void names(struct wire *wire)
{
	static const uint8_t ipv6[16] = { 0xfd, [15] = 2 };
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;

	NEED_TSHARK();
	must(nst_capture_name(wire->capture, AF_INET, "\x0a\x00\x00\x01", "client") ==
	     0);
	must(nst_capture_name(wire->capture, AF_INET6, ipv6, "webserver2") == 0);
	fd = written(wire);

	text = tshark("-q -z hosts", fd);
	must(strstr(text, "10.0.0.1\tclient\n"), "%s", text);
	must(strstr(text, "fd00::2\twebserver2\n"), "%s", text);
}

Test(files, name_who_has_an_address)
{
	on_wire(names);
}

static void times_in_files(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;
	double last = 0;
	size_t count = 0, fine = 0;

	NEED_TSHARK();
	wire_up();
	wait_for_stamps(wire);
	for (uint32_t i = 0; i < 100; i++)
		send_number(i % 2 ? wire->sender : wire->back, i);
	fd = written(wire);

	text = tshark("-Y 'eth.type == 0x88b5' -T fields -e frame.time_epoch", fd);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		double time = strtod(line, NULL);

		must(time >= last, "%s", line);
		last = time;
		must(strlen(strchr(line, '.')) == 1 + 9, "%s", line);
		fine += strcmp(line + strlen(line) - 3, "000") != 0;
		count++;
	}
	must(count >= 200);
	must(fine > count / 2);
}

Test(files, are_in_order_and_in_nanoseconds)
{
	on_wire(times_in_files);
}

static void read_by_capinfos(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;

	NEED_CAPINFOS();
	wire_up();
	for (uint32_t i = 0; i < 5; i++)
		send_number(wire->sender, i);
	fd = written(wire);
	text = output_of("capinfos -M -", fd);

	must(strstr(text, "File type:           pcapng\n"), "%s", text);
	must(strstr(text, "Capture length = 262144\n"), "%s", text);
	must(strstr(text, "Number of packets:   10\n"), "%s", text);
	must(strstr(text, "Strict time order:   True\n"), "%s", text);
	must(strstr(text, "Capture application: nstest\n"), "%s", text);
	must(strstr(text, "Capture oper-sys:    Linux "), "%s", text);
	must(strstr(text, "Number of interfaces in file: 2\n"), "%s", text);
	must(strstr(text, "Name = near:eth0\n"), "%s", text);
	must(strstr(text, "Time precision = nanoseconds (9)\n"), "%s", text);
	must(strstr(text, "Number of stat entries = 1\n"), "%s", text);
	must(!strstr(text, "capinfos:"), "%s", text);
}

Test(files, are_read_by_capinfos)
{
	on_wire(read_by_capinfos);
}

static void comments(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;
	uint64_t before_ns, later_ns;

	NEED_TSHARK();
	wire_up();
	wait_for_stamps(wire);
	before_ns = now_ns();
	send_number(wire->sender, 1);
	send_number(wire->sender, 2);
	later_ns = now_ns();
	must(nst_capture_comment(wire->capture, 1, before_ns, later_ns,
				 "ether[14:4] = 2", "was the second") == 0);
	must(nst_capture_comment(wire->capture, 1, before_ns, UINT64_MAX, NULL,
				 "at the far end") == 0);
	send_number(wire->sender, 2);
	fd = written(wire);

	text = tshark("-Y frame.comment -T fields -e frame.interface_name -e data "
		      "-e frame.comment",
		      fd);
	for (char *zeroes = text; (zeroes = strstr(zeroes, "00000000000"));)
		memmove(zeroes, zeroes + 1, strlen(zeroes));
	must(strstr(text, "near") == NULL, "%s", text);
	must(strstr(text, "at the far end\nfar:eth0\t"), "%s", text);
	must(strstr(text, "\twas the second,at the far end\n"), "%s", text);
	must(strstr(strstr(text, "second,"), "\tat the far end\n"), "%s", text);
}

Test(files, have_comments_at_the_packets_meant)
{
	on_wire(comments);
}

/* The value of an option of 64 bits in the statistics block of an interface. */
static uint64_t statistic(int fd, uint32_t interface, uint16_t option)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *file = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	uint32_t head[3]; /* type, length, interface */
	uint64_t value;

	must(file != MAP_FAILED);
	for (uint8_t *block = file; block < file + size; block += head[1]) {
		memcpy(head, block, sizeof(head));
		if (head[0] != 5 || head[2] != interface)
			continue;
		for (uint8_t *at = block + 20; at[0] != 0; at += 12) {
			memcpy(&value, at + 4, sizeof(value));
			if (at[0] == option)
				return value;
		}
	}
	must(false, "no statistics of interface %u", interface);
	return 0;
}

static void dropped(struct wire *wire)
{
	AUTO_CLOSE int fd = -1;
	struct nst_capture_statistics deaf;
	int tiny = 4096, socket = nst_capture_socket(wire->far);

	must(!setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)));
	must(nst_capture_add(wire->capture, socket, "far:deaf") == 2);
	wire_up();
	for (uint32_t i = 0; i < 1000; i++)
		send_number(wire->sender, i);
	fd = written(wire);

	must(nst_capture_statistics_of(wire->capture, 2, &deaf) == 0);
	must(deaf.kernel_drops > 0);
	must(statistic(fd, 2, 4) == 1000);
	must(statistic(fd, 2, 5) == deaf.kernel_drops);
	must(statistic(fd, 1, 4) == 1000);
	must(statistic(fd, 1, 5) == 0);
}

Test(files, say_what_the_kernel_dropped)
{
	on_wire(dropped);
}

static void broken_pipe(struct wire *wire)
{
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	wire_up();
	send_number(wire->sender, 1);
	must(!pipe2(ends, O_CLOEXEC) && !close(ends[0]));

	must(nst_capture_write(wire->capture, ends[1]) == -EPIPE);
	must(!strcmp(nst_error(), "writing a capture: Broken pipe"), "%s", nst_error());
	close(ends[1]);
}

Test(files, survive_a_reader_that_goes_away)
{
	on_wire(broken_pipe);
}

/* ---- Live ---- */

struct stream {
	struct wire *wire;
	pthread_t thread;
	int stop, result, ends[2];
	int file; /* what collector() read */
};

static void *stream_body(void *data)
{
	struct stream *stream = data;

	stream->result = nst_capture_run(stream->wire->capture, stream->stop);
	return NULL;
}

static void start(struct stream *stream, struct wire *wire)
{
	*stream = (struct stream){ .wire = wire, .stop = eventfd(0, EFD_CLOEXEC) };
	must(!pipe2(stream->ends, O_CLOEXEC));
	must(!pthread_create(&stream->thread, NULL, stream_body, stream));
	must(nst_capture_live(wire->capture, stream->ends[1]) == 0);
}

static void stop(struct stream *stream)
{
	eventfd_write(stream->stop, 1);
	must(!pthread_join(stream->thread, NULL));
	must(stream->result == 0);
	close(stream->stop);
	close(stream->ends[1]);
}

/* Everything up to the end of the pipe. The body of a thread. */
static void *collector(void *data)
{
	struct stream *stream = data;
	char bytes[4096];
	ssize_t n;

	stream->file = memfd_create("collected", 0);
	while ((n = read(stream->ends[0], bytes, sizeof(bytes))) > 0)
		must(write(stream->file, bytes, (size_t)n) == n);
	close(stream->ends[0]);
	return NULL;
}

/* Waits for bytes on the pipe. */
static void wait_for_bytes(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	must(poll(&ready, 1, 5000) == 1);
}

static void streamed(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	struct stream stream;
	int late, far_lines = 0, late_lines = 0;

	NEED_TSHARK();
	wire_up();
	start(&stream, wire);
	wait_for_bytes(stream.ends[0]); /* the header comes without a packet */
	for (uint32_t i = 0; i < 50; i++)
		send_number(i % 2 ? wire->sender : wire->back, i);
	late = nst_capture_socket(wire->far);
	must(nst_capture_add(wire->capture, late, "far:late") == 2);
	for (uint32_t i = 0; i < 50; i++)
		send_number(i % 2 ? wire->sender : wire->back, i);
	stop(&stream);
	collector(&stream);

	text = tshark("-T fields -e frame.interface_name", stream.file);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		far_lines += !strcmp(line, "far:eth0");
		late_lines += !strcmp(line, "far:late");
	}
	must(far_lines == 100, "%d", far_lines);
	must(late_lines == 50, "%d", late_lines);
}

Test(live, is_read_by_tshark_with_interfaces_as_they_come)
{
	on_wire(streamed);
}

/* Nothing is kept back: the packet comes out while the capture goes on. */
static void comes_soon(struct wire *wire)
{
	struct stream stream;
	char bytes[4096];
	ssize_t before, n = 0;

	wire_up();
	start(&stream, wire);
	wait_for_bytes(stream.ends[0]);
	before = read(stream.ends[0], bytes, sizeof(bytes));
	must(before > 0);
	send_number(wire->sender, 0x6e737465); /* "nste" */
	wait_for_bytes(stream.ends[0]);
	n = read(stream.ends[0], bytes, sizeof(bytes));

	must(n > 0 && memmem(bytes, (size_t)n, "nste", 4));
	stop(&stream);
}

Test(live, shows_a_packet_while_it_goes_on)
{
	on_wire(comes_soon);
}

static void reader_leaves(struct wire *wire)
{
	struct stream stream;

	signal(SIGPIPE, SIG_DFL);
	wire_up();
	start(&stream, wire);
	wait_for_bytes(stream.ends[0]);
	close(stream.ends[0]);
	for (uint32_t i = 0; i < 1000; i++)
		send_number(wire->sender, i);
	stop(&stream);

	must(count_at(wire, "far", OURS_FILTER) == 1000);
}

Test(live, ends_quietly_when_its_reader_goes_away)
{
	on_wire(reader_leaves);
}

/* More than a pipe holds, and nobody reads: the capture goes on, and nothing is lost. */
static void reader_is_slow(struct wire *wire)
{
	AUTO_FREE char *text = NULL;
	static uint8_t frame[1000] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct stream stream;
	pthread_t reader;
	uint64_t lines = 0;

	NEED_TSHARK();
	wire_up();
	start(&stream, wire);
	for (uint32_t i = 0; i < 1000; i++) {
		send_frame(wire->sender, frame, sizeof(frame));
		must(count_at(wire, "far", OURS_FILTER) == i + 1);
	}
	must(!pthread_create(&reader, NULL, collector, &stream));
	stop(&stream); /* the end writes the rest, as it is read */
	must(!pthread_join(reader, NULL));

	text = tshark("-T fields -e frame.number", stream.file);
	for (char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	must(lines == 2000, "%lu", lines);
}

Test(live, waits_for_a_slow_reader_and_nobody_else_does)
{
	on_wire(reader_is_slow);
}

/* The end of the capture waits for a reader that reads, not for one that does not. */
static void reader_is_stuck(struct wire *wire)
{
	static uint8_t frame[1000] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct stream stream;

	wire_up();
	start(&stream, wire);
	for (uint32_t i = 0; i < 100; i++)
		send_frame(wire->sender, frame, sizeof(frame));
	stop(&stream);

	must(count_at(wire, "far", OURS_FILTER) == 100);
	close(stream.ends[0]);
}

Test(live, gives_up_on_a_reader_that_is_stuck, .timeout = 20)
{
	on_wire(reader_is_stuck);
}
