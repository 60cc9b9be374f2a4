/* SPDX-License-Identifier: MIT */
/* Words and networks in rules. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init_parts.h"

/* ---- Words ---- */

/* Words, and the punctuation of nft; the end of a line is a word. */
bool words_next(struct words *words)
{
	static const char between[] = " \t\r,=!";
	size_t size;

	words->at += strspn(words->at, between);
	if (*words->at == '#')
		words->at += strcspn(words->at, "\n");
	words->quoted = *words->at == '"';
	if (!*words->at)
		return false;
	if (words->quoted) {
		size = strcspn(++words->at, "\"\n");
		snprintf(words->word, sizeof(words->word), "%.*s", (int)size,
			 words->at);
		words->at += size + (words->at[size] == '"');
		return true;
	}
	size = strchr("{};\n", *words->at) ? 1 : strcspn(words->at, " \t\r,=!{};\n\"");
	snprintf(words->word, sizeof(words->word), "%.*s", (int)size, words->at);
	words->at += size;
	return true;
}

bool words_are(const struct words *words, const char *word)
{
	return !words->quoted && strcmp(words->word, word) == 0;
}

bool words_any(const struct words *words, const char *const *list)
{
	for (; *list; list++)
		if (words_are(words, *list))
			return true;
	return false;
}

/* ---- Networks ---- */

unsigned int net_bits(const struct nst_net *net)
{
	return net->family == AF_INET ? 32 : 128;
}

char *nst_net_print(const struct nst_net *net, char text[64])
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(net->family, net->bytes, address, sizeof(address));
	snprintf(text, 64, "%s/%u", address, net->prefix);
	return text;
}

static void net_mask(struct nst_net *net)
{
	for (unsigned int bit = net->prefix; bit < net_bits(net); bit++)
		net->bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

bool net_contains(const struct nst_net *net, const struct nst_net *other)
{
	struct nst_net copy = *other;

	if (net->family != other->family || net->prefix > other->prefix)
		return false;
	copy.prefix = net->prefix;
	net_mask(&copy);
	return memcmp(copy.bytes, net->bytes, net_bits(net) / 8) == 0;
}

bool net_parse(const char *word, struct nst_net *ret)
{
	struct nst_net net = { .family = strchr(word, '.') ? AF_INET : AF_INET6 };
	char text[80];
	char *slash, *colon, *end = NULL;

	snprintf(text, sizeof(text), "%s", word);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	colon = net.family == AF_INET ? strchr(text, ':') : NULL;
	if (colon)
		*colon = '\0';
	if (inet_pton(net.family, text, net.bytes) != 1)
		return false;
	net.prefix =
		slash ? (unsigned int)strtoul(slash + 1, &end, 10) : net_bits(&net);
	if ((slash && (end == slash + 1 || *end)) || net.prefix > net_bits(&net))
		return false;
	net_mask(&net);
	*ret = net;
	return true;
}

bool net_is_somewhere(const struct nst_net *net)
{
	if (net->prefix < 4)
		return false;
	if (net->family == AF_INET)
		return net->bytes[0] != 0 && net->bytes[0] != 127 &&
		       net->bytes[0] < 224;
	return net->bytes[0] == 0x20 || net->bytes[0] == 0x2a ||
	       (net->bytes[0] & 0xfe) == 0xfc || net->bytes[0] == 0x26;
}

struct nst_net net_played(const struct nst_net *net)
{
	struct nst_net result = *net;
	unsigned int usual = net->family == AF_INET ? 24 : 64;

	if (result.prefix < usual || result.prefix > net_bits(net) - 3)
		result.prefix = usual;
	net_mask(&result);
	return result;
}

bool net_is_private(const struct nst_net *net)
{
	const unsigned char *b = net->bytes;

	if (net->family == AF_INET6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
	       (b[0] == 192 && b[1] == 168);
}
