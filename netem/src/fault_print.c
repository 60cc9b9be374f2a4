/* SPDX-License-Identifier: MIT */
/* A fault as one line for people. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <nstest/fault.h>
#include <nstest/units.h>

/* Like snprintf(), again and again. */
struct text {
	char *at;
	size_t left;
	int length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text,
						      const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->at, text->left, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	text->length += length;
	if ((size_t)length < text->left) {
		text->at += length;
		text->left -= (size_t)length;
	} else if (text->left > 0) { /* full: the rest is only counted */
		text->at += text->left - 1;
		text->left = 1;
	}
}

/* 1st, 2nd, 3rd, 4th, 11th, 21st. */
static void add_ordinal(struct text *text, uint64_t n)
{
	static const char *const endings[] = { "th", "st", "nd", "rd" };
	bool teen = n % 100 >= 11 && n % 100 <= 13;

	add(text, "%" PRIu64 "%s", n, endings[teen || n % 10 > 3 ? 0 : n % 10]);
}

static void add_time(struct text *text, int64_t us)
{
	if (us % NST_S(1) == 0)
		add(text, "%llds", us / NST_S(1));
	else if (us % NST_MS(1) == 0)
		add(text, "%lldms", us / NST_MS(1));
	else
		add(text, "%" PRId64 "us", us);
}

static void add_range(struct text *text, const struct nst_fault *fault)
{
	add_ordinal(text, fault->from ?: 1);
	if (fault->to) {
		add(text, " to the ");
		add_ordinal(text, fault->to);
	}
}

/* "the 2nd", "every 3rd", "the 3rd to the 5th", "each". */
static void add_which(struct text *text, const struct nst_fault *fault)
{
	if (fault->every > 1) {
		add(text, "every ");
		add_ordinal(text, fault->every);
	} else if (fault->nth) {
		add(text, "the ");
		add_ordinal(text, fault->nth);
	} else if (fault->from > 1 || fault->to) {
		add(text, "the ");
		add_range(text, fault);
		if (!fault->to)
			add(text, " and each later");
	} else {
		add(text, "each");
	}
	if (!fault->match)
		add(text, " packet");
	else if (nst_word_find(nst_fault_words, fault->match) >= 0)
		add(text, " %s", fault->match);
	else
		add(text, " \"%s\"", fault->match);
	if (fault->every > 1 && (fault->from > 1 || fault->to)) {
		add(text, ", from the ");
		add_range(text, fault);
	}
}

static void add_rest(struct text *text, const struct nst_fault *fault)
{
	if (fault->after_bytes)
		add(text, " after %" PRIu64 " bytes", fault->after_bytes);
	if (fault->probability_ppm)
		add(text, " with a probability of %g%%", fault->probability_ppm / 1e4);
}

/* What is done, before the packets. */
static const char *const verbs[NST_FAULT_ACTIONS] = {
	[NST_FAULT_LOG] = "log",
	[NST_FAULT_DROP] = "drop",
	[NST_FAULT_DELAY] = "delay",
	[NST_FAULT_DUPLICATE] = "duplicate",
	[NST_FAULT_CORRUPT] = "corrupt",
	[NST_FAULT_TRUNCATE] = "truncate",
	[NST_FAULT_HOLD] = "hold",
	[NST_FAULT_RST] = "reset the connection of",
	[NST_FAULT_ICMP] = "answer",
	[NST_FAULT_ECN_CE] = "mark",
	[NST_FAULT_DSCP] = "set the DSCP of",
	[NST_FAULT_TTL] = "set the TTL of",
	[NST_FAULT_WINDOW] = "set the window of",
};

static void add_layer(struct text *text, const struct nst_fault *fault)
{
	if (fault->layer < NST_LAYERS)
		add(text, " of the %s", nst_fault_layer_words[fault->layer].name);
	if (fault->fix_checksums)
		add(text, ", checksums made right");
}

/* And behind them. */
static void add_how(struct text *text, const struct nst_fault *fault)
{
	switch (fault->action) {
	case NST_FAULT_DELAY:
		add(text, " by ");
		add_time(text, fault->delay_us);
		break;
	case NST_FAULT_DUPLICATE:
		if (fault->copies > 1)
			add(text, ", %" PRIu32 " copies", fault->copies);
		break;
	case NST_FAULT_CORRUPT:
		add(text, ": byte %" PRIu32, fault->offset);
		add_layer(text, fault);
		break;
	case NST_FAULT_TRUNCATE:
		add(text, " to %" PRIu32 " bytes", fault->size);
		add_layer(text, fault);
		break;
	case NST_FAULT_HOLD:
		add(text, " until %" PRIu32 " others have passed", fault->hold);
		break;
	case NST_FAULT_RST:
		if (fault->ends == NST_END_SENDER || fault->ends == NST_END_RECEIVER)
			add(text, ", for its %s only",
			    nst_fault_end_words[fault->ends].name);
		break;
	case NST_FAULT_ICMP:
		if (fault->icmp < NST_ICMPS)
			add(text, " with %s", nst_fault_icmp_words[fault->icmp].name);
		if (fault->icmp == NST_ICMP_FRAG_NEEDED)
			add(text, ", MTU %" PRIu32, fault->value);
		break;
	case NST_FAULT_ECN_CE:
		add(text, " as CE");
		break;
	case NST_FAULT_DSCP:
	case NST_FAULT_TTL:
	case NST_FAULT_WINDOW:
		add(text, " to %" PRIu32, fault->value);
		break;
	case NST_FAULT_LOG:
	case NST_FAULT_DROP:
	case NST_FAULT_ACTIONS:
		break;
	}
}

int nst_fault_print(const struct nst_fault *fault, char *text, size_t size)
{
	struct text line = { .at = text, .left = size };

	if (size > 0)
		*text = '\0';
	add(&line, "%s ",
	    fault->action < NST_FAULT_ACTIONS ? verbs[fault->action] : "?");
	add_which(&line, fault);
	add_rest(&line, fault);
	add_how(&line, fault);
	return line.length;
}
