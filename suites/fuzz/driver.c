/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: its corpus, then seeded mutations of it.
 *
 *	fuzz_NAME [-n MUTATIONS] [-t SECONDS] [-s SEED] [FILE…]
 *
 * With files, only these are run: that is how a crash is looked at again. A crash or a
 *hang of one input writes that input to fuzz-NAME-SEED.crash and prints how to repeat
 *it. The same seed gives the same inputs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024, HANG_SECONDS = 10 };

struct input {
	uint8_t *data;
	size_t size;
};

struct options {
	uint64_t mutations, seed;
	double seconds;
};

static struct input *corpus;
static size_t corpus_count;
/* The input that is running, for the crash handler. */
static struct input current;
static char crash_file[128];
static char crash_text[256];

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)
 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t pick(uint64_t *state, size_t below)
{
	return below ? next_random(state) % below : 0;
}

static void out_of(const char *what)
{
	fprintf(stderr, "fuzz_%s: %s: %s\n", FUZZ_NAME, what, strerror(errno));
	exit(2);
}

static void add_to_corpus(const void *data, size_t size)
{
	corpus = reallocarray(corpus, corpus_count + 1, sizeof(*corpus));
	uint8_t *copy = malloc(size + 1);

	if (!corpus || !copy)
		out_of("corpus");
	memcpy(copy, data, size);
	corpus[corpus_count++] = (struct input){ copy, size };
}

static void load_file(int folder, const char *name)
{
	static uint8_t buffer[INPUT_MAX];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));

	if (size < 0)
		out_of(name);
	close(fd);
	add_to_corpus(buffer, size);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In the order of names: readdir's order would make a seed mean something else
 * elsewhere. */
static void load_corpus(void)
{
	struct dirent **names;
	int folder = open(FUZZ_CORPUS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = folder < 0 ? 0 : scandir(FUZZ_CORPUS, &names, NULL, compare_names);

	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.')
			load_file(folder, names[i]->d_name);
		free(names[i]);
	}
	if (count > 0)
		free(names);
	if (folder >= 0)
		close(folder);
	add_to_corpus("", 0);
}

/* Async-signal-safe: the program may be broken in any way by now. */
static void save_current(void)
{
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t written = write(fd, current.data, current.size);

	written += write(STDERR_FILENO, crash_text, strlen(crash_text));
	(void)written;
	if (fd >= 0)
		close(fd);
}

static void on_fatal_signal(int number)
{
	signal(number, SIG_DFL);
	save_current();
	raise(number);
}

static void prepare_for_crashes(uint64_t seed)
{
	snprintf(crash_file, sizeof(crash_file), "fuzz-%s-%llu.crash", FUZZ_NAME,
		 (unsigned long long)seed);
	snprintf(crash_text, sizeof(crash_text),
		 "\nfuzz_%s: crashed or hung with seed %llu; again with: fuzz_%s %s\n",
		 FUZZ_NAME, (unsigned long long)seed, FUZZ_NAME, crash_file);
	/* The sanitizers end by abort() (see below), so that this sees what they find.
	 */
	for (const int *s =
		     (int[]){ SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, 0 };
	     *s; s++)
		signal(*s, on_fatal_signal);
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

/* A copy of its own size exactly, so that ASan sees the first byte read too far. */
static void run_one(const uint8_t *data, size_t size)
{
	current = (struct input){ malloc(size), size };
	if (size && !current.data)
		out_of("input");
	if (size)
		memcpy(current.data, data, size);
	alarm(HANG_SECONDS);
	LLVMFuzzerTestOneInput(current.data, size);
	alarm(0);
	free(current.data);
}

/* ---- Mutations: each changes `buffer` in place and returns the new size. ---- */

typedef size_t mutation(uint8_t *buffer, size_t size, uint64_t *state);

static size_t flip_bit(uint8_t *buffer, size_t size, uint64_t *state)
{
	if (size)
		buffer[pick(state, size)] ^= 1 << pick(state, 8);
	return size;
}

static size_t set_byte(uint8_t *buffer, size_t size, uint64_t *state)
{
	static const uint8_t telling[] = { 0,   1,   0x7f, 0x80, 0xff, '\n', ' ',
					   '"', ':', '%',  '-',  '{',  '}',  '[',
					   ']', '&', '*',  '#',  '/',  '\\' };

	if (size)
		buffer[pick(state, size)] =
			pick(state, 2) ? telling[pick(state, sizeof(telling))]
				       : next_random(state);
	return size;
}

static size_t cut_out(uint8_t *buffer, size_t size, uint64_t *state)
{
	size_t at = pick(state, size), length = pick(state, size - at) + (size > 0);

	memmove(buffer + at, buffer + at + length, size - at - length);
	return size - length;
}

static size_t truncate_end(uint8_t *buffer, size_t size, uint64_t *state)
{
	(void)buffer;
	return pick(state, size + 1);
}

/* Opens a gap at `at`, shortens it to what fits, and returns its length. */
static size_t open_gap(uint8_t *buffer, size_t size, size_t at, size_t length)
{
	if (length > INPUT_MAX - size)
		length = INPUT_MAX - size;
	if (at < size && size <= INPUT_MAX)
		memmove(buffer + at + length, buffer + at, size - at);
	return length;
}

static size_t insert_bytes(uint8_t *buffer, size_t size, uint64_t *state)
{
	size_t at = pick(state, size + 1);
	size_t length = open_gap(buffer, size, at, 1 + pick(state, 8));

	for (size_t i = 0; i < length; i++)
		buffer[at + i] = next_random(state);
	return size + length;
}

static size_t repeat_part(uint8_t *buffer, size_t size, uint64_t *state)
{
	static uint8_t part[64];
	size_t from = pick(state, size), length = pick(state, sizeof(part)) + 1;

	if (length > size - from)
		length = size - from;
	memcpy(part, buffer + from, length);
	for (size_t times = 1 + pick(state, 4); times; times--) {
		size_t at = pick(state, size + 1),
		       fits = open_gap(buffer, size, at, length);

		memcpy(buffer + at, part, fits);
		size += fits;
	}
	return size;
}

static size_t insert_other(uint8_t *buffer, size_t size, uint64_t *state)
{
	const struct input *other = &corpus[pick(state, corpus_count)];
	size_t from = pick(state, other->size), at = pick(state, size + 1);
	size_t length = open_gap(buffer, size, at, other->size - from);

	memcpy(buffer + at, other->data + from, length);
	return size + length;
}

static mutation *const mutations[] = {
	flip_bit,     set_byte,    cut_out,      truncate_end,
	insert_bytes, repeat_part, insert_other,
};

static void run_mutation(uint64_t *state)
{
	static uint8_t buffer[INPUT_MAX];
	const struct input *seed = &corpus[pick(state, corpus_count)];
	size_t size = seed->size;

	memcpy(buffer, seed->data, size);
	for (size_t times = 1 + pick(state, 6); times; times--)
		size = mutations[pick(state, sizeof(mutations) / sizeof(*mutations))](
			buffer, size, state);
	run_one(buffer, size);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static uint64_t run_mutations(const struct options *options)
{
	uint64_t state = options->seed, done = 0;
	double end = now() + options->seconds;

	while (done < options->mutations && (done % 64 || now() < end)) {
		run_mutation(&state);
		done++;
	}
	return done;
}

static void read_options(int argc, char **argv, struct options *options)
{
	for (int o; (o = getopt(argc, argv, "n:t:s:")) != -1;) {
		switch (o) {
		case 'n':
			options->mutations = strtoull(optarg, NULL, 0);
			break;
		case 't':
			options->seconds = strtod(optarg, NULL);
			break;
		case 's':
			options->seed = strtoull(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr,
				"usage: %s [-n MUTATIONS] [-t SECONDS] [-s SEED] "
				"[FILE...]\n",
				argv[0]);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = { .mutations = 20000, .seconds = 20, .seed = 1 };
	uint64_t mutated = 0;

	read_options(argc, argv, &options);
	prepare_for_crashes(options.seed);
	bool replay = optind < argc;

	for (int i = optind; i < argc; i++)
		load_file(AT_FDCWD, argv[i]);
	if (!replay)
		load_corpus();
	for (size_t i = 0; i < corpus_count; i++)
		run_one(corpus[i].data, corpus[i].size);
	if (!replay)
		mutated = run_mutations(&options);
	printf("fuzz_%s: %zu inputs and %llu mutations of them, seed %llu: no crash\n",
	       FUZZ_NAME, corpus_count, (unsigned long long)mutated,
	       (unsigned long long)options.seed);
	for (size_t i = 0; i < corpus_count; i++)
		free(corpus[i].data);
	free(corpus);
	return 0;
}
