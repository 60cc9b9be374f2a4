/* SPDX-License-Identifier: MIT */
/* nstest init: a first scenario for rules that are there already. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/init.h>
#include <runner/matrix.h>

/* A table that is still readable. */
enum { COLUMNS = 8, RULES_MAX = 16 << 20 };

static const char firewall[] = "firewall";

/* ---- Hosts and links ---- */

static void print_address(FILE *out, const struct nst_net *net)
{
	char text[64];

	fprintf(out, net->family == AF_INET6 ? "\"%s\"" : "%s",
		nst_net_print(net, text));
}

/* A text as YAML reads it back. */
static void print_quoted(FILE *out, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_./-";
	bool quoted = text[strspn(text, plain)] || *text == '-';

	fputs(quoted ? "\"" : "", out);
	for (; *text; text++)
		fprintf(out, strchr("\"\\", *text) ? "\\%c" : "%c", *text);
	fputs(quoted ? "\"" : "", out);
}

static bool is_listed(const struct nst_zone *zone, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (memcmp(&zone->hosts[j].gate, &zone->hosts[i].gate,
			   sizeof(zone->hosts[i].gate)) == 0)
			return true;
	return false;
}

/* The gate's addresses: one in each network. */
static void print_gate(FILE *out, const struct nst_zone *zone)
{
	const char *before = "";

	fprintf(out, "      %s: {address: [", zone->interface);
	for (size_t i = 0; i < zone->host_count; i++) {
		if (is_listed(zone, i))
			continue;
		fputs(before, out);
		print_address(out, &zone->hosts[i].gate);
		before = ", ";
	}
	fputs("]}\n", out);
}

static void print_firewall(FILE *out, const struct nst_zones *zones, const char *rules)
{
	fprintf(out, "  %s:\n", firewall);
	if (zones->routes) {
		fputs("    kind: router\n    interfaces:\n", out);
		for (size_t i = 0; i < zones->count; i++)
			print_gate(out, &zones->items[i]);
	} else {
		fprintf(out,
			"    interfaces:\n      %s: {address: [172.30.0.1/24%s]}\n",
			zones->interface, zones->has_ipv6 ? ", \"fd30::1/64\"" : "");
	}
	fputs("    ruleset: ", out);
	print_quoted(out, rules);
	fputc('\n', out);
	if (zones->routes)
		return;
	fprintf(out,
		"  gate:\n    kind: router\n    interfaces:\n"
		"      eth0: {address: [172.30.0.254/24%s]}\n",
		zones->has_ipv6 ? ", \"fd30::fe/64\"" : "");
	print_gate(out, &zones->items[0]);
}

static void print_zone(FILE *out, const struct nst_zone *zone)
{
	for (size_t i = 0; i < zone->host_count; i++) {
		fprintf(out, "  %s: {address: ", zone->hosts[i].name);
		print_address(out, &zone->hosts[i].address);
		fputs("}\n", out);
	}
	if (zone->host_count > 1)
		fprintf(out, "  %s-net: {kind: switch}\n", zone->name);
}

static void print_links(FILE *out, const struct nst_zones *zones)
{
	const char *gate = zones->routes ? firewall : "gate";

	fputs("links:\n", out);
	if (!zones->routes)
		fprintf(out, "  - %s -- gate:eth0\n", firewall);
	for (size_t i = 0; i < zones->count; i++) {
		const struct nst_zone *zone = &zones->items[i];

		if (zone->host_count == 1) {
			fprintf(out, "  - %s:%s -- %s\n", gate, zone->interface,
				zone->hosts[0].name);
			continue;
		}
		fprintf(out, "  - %s:%s -- %s-net\n", gate, zone->interface,
			zone->name);
		for (size_t j = 0; j < zone->host_count; j++)
			fprintf(out, "  - %s -- %s-net\n", zone->hosts[j].name,
				zone->name);
	}
}

static void print_network(FILE *out, const struct nst_zones *zones, const char *rules)
{
	fprintf(out,
		"# Made by nstest init from %s: the networks that its rules name, as "
		"far "
		"as\n# they tell. Addresses and names may be changed to the real "
		"ones.\n",
		rules);
	if (zones->left_out)
		fprintf(out, "# %zu more interfaces or networks were left out.\n",
			zones->left_out);
	fputs("hosts:\n", out);
	print_firewall(out, zones, rules);
	for (size_t i = 0; i < zones->count; i++)
		print_zone(out, &zones->items[i]);
	print_links(out, zones);
}

/* ---- The policy as it is ---- */

static const struct nst_zone *zone_of(const struct nst_zones *zones, const char *host)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].host_count; j++)
			if (strcmp(zones->items[i].hosts[j].name, host) == 0)
				return &zones->items[i];
	return NULL;
}

/* Whether a question meets the firewall: neighbours do not. */
static bool concerns(const struct nst_zones *zones, const struct nst_matrix_row *row)
{
	bool gate = strcmp(row->from, "gate") == 0 || strcmp(row->to, "gate") == 0;
	bool self = strcmp(row->from, firewall) == 0 || strcmp(row->to, firewall) == 0;

	if (!zones->routes)
		return self && !gate;
	return self || zone_of(zones, row->from) != zone_of(zones, row->to);
}

static void drop_rows(const struct nst_zones *zones, struct nst_matrix *matrix)
{
	size_t kept = 0;

	for (size_t i = 0; i < matrix->row_count; i++) {
		struct nst_matrix_row row = matrix->rows[i];

		if (!concerns(zones, &row))
			continue;
		matrix->rows[i] = matrix->rows[kept];
		matrix->rows[kept++] = row;
	}
	matrix->shown = kept;
}

/* The table, as deep as `matrix:` wants it. */
static int print_table(FILE *out, const struct nst_matrix *matrix)
{
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return nst_fail_memory();
	nst_matrix_write(to, matrix, NULL, NULL, NST_MATRIX_TEXT, false);
	if (fclose(to) != 0)
		return nst_fail_memory();
	fputs("    - expect:\n        matrix: |\n", out);
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && rest;)
		fprintf(out, "          %s\n", line);
	return 0;
}

static int print_part(FILE *out, const struct nst_zones *zones,
		      const struct nst_side *side, const struct nst_services *services)
{
	struct nst_matrix *matrix = NULL;
	int r = nst_matrix_ask(&side->setup, side->title, services, NULL, &matrix);

	if (r < 0)
		return r;
	drop_rows(zones, matrix);
	if (matrix->shown)
		r = print_table(out, matrix);
	nst_matrix_free(matrix);
	return r;
}

static int print_policy(FILE *out, const struct nst_zones *zones, const char *path)
{
	struct nst_side side AUTO(nst_side_free) = { 0 };
	struct nst_side nobody AUTO(nst_side_free) = { 0 };
	struct nst_services all = { .count = 0 };
	int r = nst_sides_load(path, NULL, NULL, &side, &nobody);

	if (r < 0)
		return r;
	nst_services_of_side(&side, &all);
	nst_services_add(&all, (struct nst_service){ NST_TCP, 9 });
	fputs("\ncases:\n"
	      "  # What the rules do today, as asked. Change each answer that is not "
	      "what you\n"
	      "  # want; then change the rules until nstest run passes. tcp/9 stands "
	      "for ports\n"
	      "  # that no rule names.\n"
	      "  policy:\n",
	      out);
	for (size_t i = 0; i < all.count && !r; i += COLUMNS) {
		struct nst_services part = { .count = 0 };

		for (size_t j = i; j < all.count && j < i + COLUMNS; j++)
			nst_services_add(&part, all.items[j]);
		r = print_part(out, zones, &side, &part);
	}
	return r;
}

/* ---- Files ---- */

static int read_rules(const char *path, char **ret_text)
{
	FILE *from AUTO_FCLOSE = fopen(path, "re");
	AUTO_FREE char *text = NULL;
	size_t size;

	if (!from)
		return nst_fail_errno("%s", path);
	text = calloc(1, RULES_MAX + 1);
	if (!text)
		return nst_fail_memory();
	size = fread(text, 1, RULES_MAX, from);
	if (ferror(from))
		return nst_fail_errno("%s", path);
	if (!size)
		return nst_fail(-EINVAL, "%s is empty", path);
	*ret_text = steal(text);
	return 0;
}

/* "gate.yaml" for "/etc/gate.rules". */
static int choose_path(const char *rules, char **ret_path)
{
	const char *slash = strrchr(rules, '/'), *name = slash ? slash + 1 : rules;
	const char *dot = strrchr(name, '.');
	int size = dot && dot != name ? (int)(dot - name) : (int)strlen(name);

	return asprintf(ret_path, "%.*s.yaml", size, name) < 0 ? nst_fail_memory() : 0;
}

/* How the scenario finds the rules: as they were named, if it is here; else whole. */
static int rules_seen_from(const char *rules, const char *path, char **ret)
{
	*ret = strchr(path, '/') ? realpath(rules, NULL) : strdup(rules);
	return *ret ? 0 : nst_fail_errno("%s", rules);
}

static int write_file(const char *rules, const struct nst_zones *zones,
		      const char *path)
{
	FILE *out AUTO_FCLOSE = NULL;
	AUTO_FREE char *seen = NULL;
	int r = rules_seen_from(rules, path, &seen);

	if (r < 0)
		return r;
	out = fopen(path, "wxe");
	if (!out)
		return errno == EEXIST
			       ? nst_fail(-EEXIST,
					  "%s is there already; name another file: "
					  "nstest init --from %s FILE",
					  path, rules)
			       : nst_fail_errno("%s", path);
	print_network(out, zones, seen);
	if (fflush(out) != 0)
		return nst_fail_errno("%s", path);
	r = print_policy(out, zones, path);
	return r < 0 ? nst_fail_in(r, "%s has no policy yet, it could not be asked",
				   path)
		     : 0;
}

int nst_init(const char *rules, const char *path, char **ret_path)
{
	AUTO_FREE struct nst_zones *zones = calloc(1, sizeof(*zones));
	AUTO_FREE char *text = NULL, *file = path ? strdup(path) : NULL;
	enum nst_ruleset_kind kind;
	int r = zones ? read_rules(rules, &text) : nst_fail_memory();

	if (!r)
		r = nst_ruleset_recognise(text, &kind);
	if (r < 0)
		return text ? nst_fail_in(r, "%s", rules) : r;
	if (!path)
		r = choose_path(rules, &file);
	if (r < 0)
		return r;
	nst_zones_find(text, kind, zones);
	r = write_file(rules, zones, file);
	if (!r)
		*ret_path = steal(file);
	return r;
}
