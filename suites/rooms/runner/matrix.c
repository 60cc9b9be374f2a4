/* SPDX-License-Identifier: MIT */
/* Truth tables: what is asked, how it is written, what has changed. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <runner/matrix.h>

#include "../scratch.h"

static char *names_of(const struct nst_services *services)
{
	char *text = strdup(""), *longer, name[16];

	for (size_t i = 0; i < services->count; i++) {
		cr_assert_geq(asprintf(&longer, "%s%s%s", text, i ? " " : "",
				       nst_service_print(services->items[i], name)),
			      0);
		free(text);
		text = longer;
	}
	return text;
}

/* ---- Services ---- */

Test(matrix, services_are_sorted_and_each_is_there_once)
{
	struct nst_services services;
	AUTO_FREE char *names = NULL;

	cr_assert_eq(
		nst_services_parse("icmp, udp/53,tcp/443,tcp/22,tcp/443", &services),
		0);
	names = names_of(&services);
	cr_expect_str_eq(names, "tcp/22 tcp/443 udp/53 icmp");
}

Test(matrix, what_is_no_service_is_refused)
{
	static const char *const wrong[] = { "22",     "tcp/0",  "tcp/65536", "tcp/",
					     "sctp/1", "tcp/-1", "tcp/22x",   "" };
	struct nst_services services;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		cr_expect_lt(nst_services_parse(wrong[i], &services), 0, "%s",
			     wrong[i]);
}

Test(matrix, services_are_found_in_rules)
{
	static const struct {
		const char *rules, *names;
	} rows[] = {
		{ "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n", "tcp/22" },
		{ "-A INPUT -p udp --dport 53\n-A INPUT -p tcp --dport 1:9\n",
		  "tcp/1 udp/53" },
		{ "-A INPUT -p tcp -m multiport --dports 80,443,8000:8010 -j ACCEPT\n",
		  "tcp/80 tcp/443 tcp/8000" },
		{ "tcp dport { 22, 80 } accept\nudp dport 123 accept\n",
		  "tcp/22 tcp/80 udp/123" },
		{ "tcp dport ssh accept\n", "tcp/22" },
		{ "tcp dport vmap { 22 : accept, 25 : jump mail }\n", "tcp/22 tcp/25" },
		{ "define WEB = { 80, 443 }\ntcp dport $WEB accept\n",
		  "tcp/80 tcp/443" },
		{ "set s { type inet_service; elements = { 5, 6 } }\n", "tcp/5 tcp/6" },
		{ "# tcp dport 22\nip saddr 10.0.0.1 counter packets 5 bytes 9 drop\n",
		  "" },
		{ "tcp sport 22 accept\n-A INPUT -p tcp --sport 23\n", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nst_services services = { .count = 0 };
		AUTO_FREE char *names = NULL;

		nst_services_of_rules(rows[i].rules, &services);
		names = names_of(&services);
		cr_expect_str_eq(names, rows[i].names, "%s: %s", rows[i].rules, names);
	}
}

/* ---- Tables made by hand ---- */

/* a asks b, b asks a over IPv6: tcp/22 and icmp. */
static struct nst_matrix table_of(enum nst_verdict_kind first, int which)
{
	static char names[2][64] = { "a", "b" };
	static struct nst_matrix_cell twice[2][2][2];
	static struct nst_matrix_row pair[2][2];

	for (int i = 0; i < 4; i++)
		twice[which][i / 2][i % 2] = (struct nst_matrix_cell){
			.kind = i ? NST_VERDICT_OPEN : first,
			.sentence = (char *)"it \"vanished\" <b>",
			.why = (char *)"fw.rules:3, -j DROP",
		};
	pair[which][0] =
		(struct nst_matrix_row){ "a", "b", AF_INET, false, twice[which][0] };
	pair[which][1] =
		(struct nst_matrix_row){ "b", "a", AF_INET6, true, twice[which][1] };
	return (struct nst_matrix){
		.title = (char *)"t.yaml",
		.services = { .items = { { NST_TCP, 22 }, { NST_ICMP, 0 } },
			      .count = 2 },
		.hosts = names,
		.host_count = 2,
		.rows = pair[which],
		.row_count = 2,
		.shown = 2,
	};
}

static char *written(const struct nst_matrix *matrix, const struct nst_changes *changes,
		     enum nst_matrix_format format)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	nst_matrix_write(to, matrix, changes, "v1", format, false);
	fclose(to);
	return text;
}

Test(matrix, text_is_a_table_that_expect_reads)
{
	struct nst_matrix matrix = table_of(NST_VERDICT_DROPPED, 0);
	AUTO_FREE char *text = written(&matrix, NULL, NST_MATRIX_TEXT);

	cr_expect_str_eq(text, "from -> to           tcp/22   icmp\n"
			       "a    -> b            dropped  open\n"
			       "b    -> a over ipv6  open     open\n");
}

Test(matrix, markdown_and_csv_say_the_same)
{
	struct nst_matrix matrix = table_of(NST_VERDICT_DROPPED, 0);
	AUTO_FREE char *markdown = written(&matrix, NULL, NST_MATRIX_MARKDOWN);
	AUTO_FREE char *csv = written(&matrix, NULL, NST_MATRIX_CSV);

	cr_expect_str_eq(markdown, "| from -> to | tcp/22 | icmp |\n|---|---|---|\n"
				   "| a -> b | dropped | open |\n"
				   "| b -> a over ipv6 | open | open |\n");
	cr_expect(strstr(csv, "a,b,ipv4,tcp/22,dropped,\"fw.rules:3, -j DROP\","
			      "\"it \"\"vanished\"\" <b>\"\r\n"),
		  "%s", csv);
}

Test(matrix, html_names_the_rule_and_escapes)
{
	struct nst_matrix matrix = table_of(NST_VERDICT_DROPPED, 0);
	AUTO_FREE char *html = written(&matrix, NULL, NST_MATRIX_HTML);

	cr_expect(strstr(html, "class=\"chip dropped\""));
	cr_expect(strstr(html, "<code>fw.rules:3, -j DROP</code>"));
	cr_expect(strstr(html, "it &quot;vanished&quot; &lt;b&gt;"));
	cr_expect_null(strstr(html, "<script"));
}

Test(matrix, changes_say_what_opened_and_what_closed)
{
	struct nst_matrix before = table_of(NST_VERDICT_OPEN, 0),
			  now = table_of(NST_VERDICT_REJECTED, 1);
	struct nst_changes changes;
	AUTO_FREE char *text = NULL;

	cr_assert_eq(nst_matrix_compare(&before, &now, &changes), 0);
	cr_assert_eq(changes.count, 1);
	cr_expect_eq(changes.items[0].kind, NST_CHANGE_CLOSED);
	cr_expect_eq(changes.compared, 4);
	text = written(&now, &changes, NST_MATRIX_TEXT);
	cr_expect_str_eq(text,
			 "closed   a -> b tcp/22  open -> rejected  (fw.rules:3, -j "
			 "DROP)\n\n"
			 "against v1: 0 opened, 1 closed, 0 otherwise changed, of 4 "
			 "questions\n");
	nst_changes_free(&changes);

	cr_assert_eq(nst_matrix_compare(&now, &before, &changes), 0);
	cr_expect_eq(changes.items[0].kind, NST_CHANGE_OPENED);
	nst_changes_free(&changes);
}

Test(matrix, questions_that_only_one_has_are_counted)
{
	struct nst_matrix before = table_of(NST_VERDICT_OPEN, 0),
			  now = table_of(NST_VERDICT_OPEN, 1);
	struct nst_changes changes;

	now.services.items[1] = (struct nst_service){ NST_TCP, 80 };
	cr_assert_eq(nst_matrix_compare(&before, &now, &changes), 0);
	cr_expect_eq(changes.count, 0);
	cr_expect_eq(changes.compared, 2);
	cr_expect_eq(changes.only_now, 2);
	cr_expect_eq(changes.only_before, 2);
	nst_changes_free(&changes);
}

/* ---- Real ones ---- */

static char folder[32];

static void shell(const char *commands)
{
	AUTO_FREE char *line = NULL;

	cr_assert_geq(
		asprintf(&line, "cd %s && { %s\n} >/dev/null 2>&1", folder, commands),
		0);
	cr_assert_eq(system(line), 0, "%s", commands);
}

#define NETWORK                                                 \
	"hosts:\n"                                              \
	"  friend: {address: 10.0.0.2/24}\n"                    \
	"  server: {address: 10.0.0.1/24, ruleset: fw.rules}\n" \
	"links: [friend -- server]\n"

static void make_folder(void)
{
	cr_assert(scratch_folder(folder, sizeof(folder)));
	shell("cat >net.yaml <<'END'\n" NETWORK "END\n"
	      "echo '-A INPUT -p tcp --dport 22 -j DROP' >fw.rules\n"
	      "git init -q . && git add . && git -c user.name=t -c user.email=t@t "
	      "commit -qm one\n"
	      "echo '-A INPUT -p tcp --dport 80 -j DROP' >fw.rules");
	cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
	shell("rm -rf \"$PWD\"");
}

static struct nst_matrix *asked(const struct nst_side *side,
				const struct nst_services *services)
{
	struct nst_matrix *matrix = NULL;

	cr_assert_eq(nst_matrix_ask(&side->setup, side->title, services, NULL, &matrix),
		     0, "%s", nst_error());
	return matrix;
}

static void check_change(const char *against)
{
	struct nst_side now, base;
	struct nst_services services = { .count = 0 };
	struct nst_changes changes;
	struct nst_matrix *new, *old;

	cr_assert_eq(nst_sides_load("net.yaml", against, NULL, &now, &base), 0,
		     "%s: %s", against, nst_error());
	nst_services_of_side(&now, &services);
	nst_services_of_side(&base, &services);
	cr_assert_eq(services.count, 3, "tcp/22, tcp/80, icmp");
	new = asked(&now, &services);
	old = asked(&base, &services);
	cr_assert_eq(nst_matrix_compare(old, new, &changes), 0);
	cr_assert_eq(changes.count, 2, "%s: %zu changes", against, changes.count);
	cr_expect_eq(changes.items[0].kind, NST_CHANGE_OPENED);
	cr_expect_eq(changes.items[0].service.port, 22);
	cr_expect_eq(changes.items[1].kind, NST_CHANGE_CLOSED);
	cr_expect_eq(changes.items[1].service.port, 80);
	cr_expect(strstr(changes.items[1].now->why, "fw.rules:1"), "%s",
		  changes.items[1].now->why);
	nst_changes_free(&changes);
	nst_matrix_free(new);
	nst_matrix_free(old);
	nst_side_free(&now);
	nst_side_free(&base);
}

Test(matrix, a_git_revision_is_a_base, .init = make_folder, .fini = remove_folder)
{
	check_change("HEAD");
}

Test(matrix, a_rule_file_is_a_base, .init = make_folder, .fini = remove_folder)
{
	shell("git show HEAD:fw.rules >old.rules");
	check_change("server=old.rules");
}

Test(matrix, two_revisions_are_compared, .init = make_folder, .fini = remove_folder)
{
	shell("git -c user.name=t -c user.email=t@t commit -qam two");
	check_change("HEAD~..HEAD");
}

Test(matrix, a_base_that_is_nothing_is_named, .init = make_folder,
     .fini = remove_folder)
{
	struct nst_side now, base;

	cr_expect_lt(nst_sides_load("net.yaml", "v9", NULL, &now, &base), 0);
	cr_expect_str_eq(nst_error(), "\"v9\" is neither a file nor a git revision");
	nst_side_free(&now);
	nst_side_free(&base);
	cr_expect_lt(nst_sides_load("net.yaml", "friend=fw.rules", NULL, &now, &base),
		     0);
	cr_expect_str_eq(nst_error(), "host \"friend\" has no ruleset to replace");
	nst_side_free(&now);
	nst_side_free(&base);
}
