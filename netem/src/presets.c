/* SPDX-License-Identifier: MIT */
/* Networks whose figures somebody has published. A round-trip time is halved: so much each
 * way. Where there is no figure for something (loss, jitter, queue), there is none here. */
#include <nstest/impairment.h>

#define WEBPAGETEST "WebPageTest, connectivity profile "
#define RFC2488                                                                        \
	"RFC 2488, section 2: up to the satellite and down, from the edge of what it " \
	"sees"
#define IEEE80211                                                                 \
	"IEEE Std 802.11-2016, 17.3.10.2: the lowest OFDM rate and its greatest " \
	"error rate, "                                                            \
	"of frames of 1,000 octets, at the weakest signal; nothing sent again"

const struct nst_preset nst_presets[] = {
	{ "dialup", WEBPAGETEST "56K Dial-Up: 49/30 kbit/s, 120 ms RTT",
	  "delay 60ms, rate 49kbit", "delay 60ms, rate 30kbit" },
	{ "edge", WEBPAGETEST "Mobile Edge: 240/200 kbit/s, 840 ms RTT",
	  "delay 420ms, rate 240kbit", "delay 420ms, rate 200kbit" },
	{ "3g-slow", WEBPAGETEST "3G Slow: 400/400 kbit/s, 400 ms RTT",
	  "delay 200ms, rate 400kbit", "delay 200ms, rate 400kbit" },
	{ "3g", WEBPAGETEST "3G: 1.6 Mbit/s / 768 kbit/s, 300 ms RTT",
	  "delay 150ms, rate 1.6mbit", "delay 150ms, rate 768kbit" },
	{ "3g-fast", WEBPAGETEST "3G Fast: 1.6 Mbit/s / 768 kbit/s, 150 ms RTT",
	  "delay 75ms, rate 1.6mbit", "delay 75ms, rate 768kbit" },
	{ "4g", WEBPAGETEST "4G: 9/9 Mbit/s, 170 ms RTT", "delay 85ms, rate 9mbit",
	  "delay 85ms, rate 9mbit" },
	{ "lte", WEBPAGETEST "LTE: 12/12 Mbit/s, 70 ms RTT", "delay 35ms, rate 12mbit",
	  "delay 35ms, rate 12mbit" },
	{ "dsl", WEBPAGETEST "DSL: 1.5 Mbit/s / 384 kbit/s, 50 ms RTT",
	  "delay 25ms, rate 1.5mbit", "delay 25ms, rate 384kbit" },
	{ "cable", WEBPAGETEST "Cable: 5/1 Mbit/s, 28 ms RTT", "delay 14ms, rate 5mbit",
	  "delay 14ms, rate 1mbit" },
	{ "fios", WEBPAGETEST "FIOS: 20/5 Mbit/s, 4 ms RTT", "delay 2ms, rate 20mbit",
	  "delay 2ms, rate 5mbit" },
	{ "satellite", RFC2488, "delay 279ms", "delay 279ms" },
	{ "lossy-wifi", IEEE80211, "loss 10%, rate 6mbit", "loss 10%, rate 6mbit" },
	{ 0 },
};
