/* SPDX-License-Identifier: MIT */
/* What a host's kernel counts of its own answers. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"

enum { TEXT_SIZE = 16384 };

struct counter_name {
	const char *group, *name; /* in /proc/net/snmp */
	const char *name6; /* in /proc/net/snmp6; NULL: the same counter as IPv4's */
};

static const struct counter_name names[COUNTER_COUNT] = {
	[COUNTER_TCP_RESETS] = { "Tcp:", "OutRsts", NULL },
	[COUNTER_UDP_NO_PORT] = { "Udp:", "NoPorts", "Udp6NoPorts" },
	[COUNTER_UDP_READ] = { "Udp:", "InDatagrams", "Udp6InDatagrams" },
	[COUNTER_UDP_FULL] = { "Udp:", "RcvbufErrors", "Udp6RcvbufErrors" },
	[COUNTER_ECHO_REPLIES_OUT] = { "Icmp:", "OutEchoReps", "Icmp6OutEchoReplies" },
};

/* The start of the line that begins with that word, or NULL. */
static const char *find_line(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (text) {
		if (strncmp(text, word, length) == 0 &&
		    (text[length] == ' ' || text[length] == '\t'))
			return text;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* Which word of the line is `name`: 0 is the first; -1 if none is. */
static int word_number(const char *line, const char *name)
{
	size_t length = strlen(name);

	for (int number = 0; *line && *line != '\n'; number++) {
		size_t word = strcspn(line, " \n");

		if (word == length && strncmp(line, name, length) == 0)
			return number;
		line += word;
		line += strspn(line, " ");
	}
	return -1;
}

static const char *skip_words(const char *line, int count)
{
	while (count-- > 0) {
		line += strcspn(line, " \n");
		line += strspn(line, " ");
	}
	return line;
}

bool counters_find(const char *text, const char *group, const char *name,
		   uint64_t *ret_value)
{
	const char *titles = find_line(text, *group ? group : name);
	const char *values;
	int number;

	if (!titles)
		return false;
	if (!*group) {
		*ret_value = strtoull(titles + strlen(name), NULL, 10);
		return true;
	}
	number = word_number(titles, name);
	values = strchr(titles, '\n');
	values = values ? find_line(values + 1, group) : NULL;
	if (number < 0 || !values)
		return false;
	*ret_value = strtoull(skip_words(values, number), NULL, 10);
	return true;
}

static bool read_text(struct probe_room *room, size_t node, enum tool tool, char *text)
{
	int fd = room_tool(room, node, tool);
	ssize_t size = fd < 0 ? -1 : pread(fd, text, TEXT_SIZE - 1, 0);

	text[size > 0 ? size : 0] = 0;
	return size > 0;
}

uint64_t counters_reverse_path(struct probe_room *room, size_t node)
{
	static char text[TEXT_SIZE];
	uint64_t count = 0;

	if (read_text(room, node, TOOL_NETSTAT, text))
		counters_find(text, "TcpExt:", "IPReversePathFilter", &count);
	return count;
}

void counters_read(struct probe_room *room, size_t node, int family,
		   struct counters *ret_counters)
{
	static char text[TEXT_SIZE], text6[TEXT_SIZE];
	bool known = read_text(room, node, TOOL_COUNTERS, text);

	if (family == AF_INET6)
		known = known && read_text(room, node, TOOL_COUNTERS6, text6);
	for (size_t i = 0; i < COUNTER_COUNT && known; i++) {
		const struct counter_name *name = &names[i];
		uint64_t *value = &ret_counters->value[i];

		known = family == AF_INET6 && name->name6
				? counters_find(text6, "", name->name6, value)
				: counters_find(text, name->group, name->name, value);
	}
	ret_counters->known = known;
}
