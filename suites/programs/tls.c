/* SPDX-License-Identifier: MIT */
/* What was said in TLS is plain text in the capture: the keys of the programs are in it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nstest/criterion.h>

static const struct nst_topology two_hosts = {
	.links = (struct nst_link[]){ {
					      .a = { "client", "10.0.0.1/24" },
					      .b = { "server", "10.0.0.2/24" },
				      },
				      {} },
};

static const char certificate[] =
	"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=server -days 2 "
	"-keyout /run/key.pem -out /run/cert.pem";

/* Python's ssl heeds SSLKEYLOGFILE, s_server does not. */
static const char python_server[] =
	"import http.server, ssl\n"
	"context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)\n"
	"context.load_cert_chain('/run/cert.pem', '/run/key.pem')\n"
	"server = http.server.HTTPServer(('', 443), "
	"http.server.SimpleHTTPRequestHandler)\n"
	"server.socket = context.wrap_socket(server.socket, server_side=True)\n"
	"server.serve_forever()\n";

static const char nginx[] =
	"cd /run && echo 'daemon off; pid /run/nginx.pid; error_log stderr; user root; "
	"events {} http { access_log off; client_body_temp_path /run/1; "
	"proxy_temp_path /run/2; fastcgi_temp_path /run/3; uwsgi_temp_path /run/4; "
	"scgi_temp_path /run/5; server { listen 443 ssl; ssl_certificate "
	"/run/cert.pem; ssl_certificate_key /run/key.pem; location / { return 204; } } "
	"}' >nginx.conf && exec nginx -c /run/nginx.conf";

static void run(struct nst_lab *lab, const char *host, const char *command)
{
	struct nst_ran ran;

	must(nst_run(lab, &(struct nst_start){ .host = host, .command = command },
		     20000, &ran));
	cr_assert(ran.exit.status == 0, "%s: %s", command, ran.err);
	nst_ran_free(&ran);
}

/* The paths of HTTP requests that tshark reads in the capture. */
static void read_requests(struct nst_lab *lab, char *text, size_t size)
{
	char path[] = "/tmp/nstest-tls-XXXXXX", command[256];
	FILE *tshark;
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	must(nst_save_capture(lab, path));
	snprintf(command, sizeof(command),
		 "tshark -r %s -Y http.request -T fields -e http.request.uri "
		 "2>/dev/null",
		 path);
	tshark = popen(command, "r");
	cr_assert(tshark != NULL);
	text[fread(text, 1, size - 1, tshark)] = '\0';
	cr_expect(pclose(tshark) == 0);
	unlink(path);
}

static void serve(struct nst_lab *lab, const struct nst_start *server)
{
	struct nst_program *program;

	run(lab, "server", certificate);
	must(nst_start(lab, server, &program));
	must(nst_wait_ready(program, 10000));
}

/* The first request's keys are curl's, who is gone by then; an ordinary user's are the
 * second's. */
NST_TEST(tls, of_a_client_is_plain_text, .topology = &two_hosts)
{
	char requests[256];

	serve(lab,
	      &(struct nst_start){ .host = "server",
				   .command = "exec openssl s_server -accept 443 -www "
					      "-cert /run/cert.pem -key /run/key.pem",
				   .ready = { .port = 443 } });
	run(lab, "client", "curl -ksS -o /dev/null https://10.0.0.2/secret");
	run(lab, "client",
	    "setpriv --reuid=65534 --clear-groups "
	    "curl -ksS -o /dev/null https://10.0.0.2/hidden");

	nst_expect_packets(lab, "client", "tcp port 443", >, 10);
	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "/secret\n/hidden\n");
}

NST_TEST(tls, of_a_server_is_plain_text, .topology = &two_hosts)
{
	const char *const python[] = { "/usr/bin/python3", "-c", python_server, NULL };
	char requests[256];

	serve(lab, &(struct nst_start){ .host = "server",
					.argv = python,
					.ready = { .port = 443 } });
	run(lab, "client",
	    "SSLKEYLOGFILE= curl -ksS -o /dev/null https://10.0.0.2/secret");

	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "/secret\n");
}

/* nginx keeps no log of keys; those of one end are enough. */
NST_TEST(tls, with_nginx_is_plain_text, .topology = &two_hosts)
{
	char requests[256];

	serve(lab, &(struct nst_start){ .host = "server",
					.name = "nginx",
					.command = nginx,
					.ready = { .port = 443 } });
	run(lab, "client", "curl -ksS -o /dev/null https://10.0.0.2/secret");
	run(lab, "client",
	    "curl -ksS --tls-max 1.2 -o /dev/null https://10.0.0.2/older");

	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "/secret\n/older\n");
}

/* openssl before 3.5 does not heed the variable, but writes where it is told. */
NST_TEST(tls, of_openssl_is_plain_text, .topology = &two_hosts)
{
	char requests[256];

	serve(lab, &(struct nst_start){
			   .host = "server",
			   .command = "exec openssl s_server -accept 443 -www -cert "
				      "/run/cert.pem -key /run/key.pem -keylogfile "
				      "$SSLKEYLOGFILE",
			   .ready = { .port = 443 } });
	run(lab, "client",
	    "SSLKEYLOGFILE= curl -ksS -o /dev/null https://10.0.0.2/secret");

	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "/secret\n");
}

static int fetch(void *arg, void *result)
{
	(void)result;
	return system(arg);
}

NST_TEST(tls, of_a_function_in_a_host_is_plain_text, .topology = &two_hosts)
{
	char requests[256];

	serve(lab, &(struct nst_start){ .host = "server",
					.name = "nginx",
					.command = nginx,
					.ready = { .port = 443 } });
	must(nst_in_host(lab, "client", fetch,
			 (void *)"curl -ksS -o /dev/null https://10.0.0.2/secret", NULL,
			 0, 10000));

	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "/secret\n");
}

/* Without keys nobody reads it: what the tests above see, the keys did. */
NST_TEST(tls, without_keys_is_none, .topology = &two_hosts)
{
	char requests[256];

	serve(lab,
	      &(struct nst_start){ .host = "server",
				   .command = "exec openssl s_server -accept 443 -www "
					      "-cert /run/cert.pem -key /run/key.pem",
				   .ready = { .port = 443 } });
	run(lab, "client",
	    "SSLKEYLOGFILE= curl -ksS -o /dev/null https://10.0.0.2/secret");

	read_requests(lab, requests, sizeof(requests));
	nst_expect_text(requests, "");
}
