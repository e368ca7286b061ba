/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: what belongs to what, by which evidence. */
#include "story.h"

#include <string.h>

#include "dns/codes.h"

static const struct actor curl = {.pid = 100, .comm = "curl", .address = "127.0.0.1"};
static const struct actor wget = {.pid = 101, .comm = "wget", .address = "127.0.0.1"};
static const struct actor unbound = {.pid = 200, .comm = "unbound", .address = "127.0.0.1"};
static const struct actor dnsmasq = {.pid = 201, .comm = "dnsmasq", .address = "127.0.0.1"};
/* unbound, as others see it. */
static const struct actor resolver = {.pid = 200, .comm = "unbound", .address = "192.0.2.1"};
static const struct actor root = {.address = "198.51.100.1"};
static const struct actor com = {.address = "198.51.100.2"};
static const struct actor example = {.address = "198.51.100.3"};
static const struct actor example2 = {.address = "198.51.100.4"};

#define TO_COM	   "ns com NS ns.com; ar ns.com A 198.51.100.2"
#define TO_EXAMPLE "ns example.com NS ns.example.com; ar ns.example.com A 198.51.100.3"

#define ASK(ms, ...)	      story_ask(ms, (struct exchange){__VA_ARGS__})
#define ANSWER(ms, text, ...) story_answer(ms, (struct exchange){__VA_ARGS__}, text)
/* Asked and answered a millisecond later. */
#define BOTH(ms, text, ...)                                                                        \
	do {                                                                                       \
		ASK(ms, __VA_ARGS__);                                                              \
		ANSWER((ms) + 1, text, __VA_ARGS__);                                               \
	} while (0)

#define NS_ADDRESS .name = "ns.example.com", .type = DNS_TYPE_AAAA
#define WWW	   .from = curl, .to = unbound, .name = "www.example.com"
#define WWW_AGAIN  .from = wget, .to = unbound, .name = "www.example.com"

/* ---- One resolution -------------------------------------------------------------------------- */

static void whole_resolution(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, WWW, .id = 1);
	BOTH(2, TO_COM, .from = resolver, .to = root, .name = "com", .id = 2);
	BOTH(4, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 3);
	BOTH(6, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 4);
	ANSWER(8, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_expect("");
	story_return(9, curl, 0);
	story_expect("call www.example.com well miss\n"
		     " 1<0 thread+name www.example.com A ANSWER\n"
		     " 2<1 minimised com A REFERRAL\n"
		     " 3<1 minimised example.com A REFERRAL@2\n"
		     " 4<1 name www.example.com A ANSWER@3\n");
	story_expect_events(
		"QUERY_START QUERY_START UPSTREAM_QUERY REFERRAL UPSTREAM_QUERY REFERRAL "
		"UPSTREAM_QUERY UPSTREAM_RESPONSE CACHE_MISS QUERY_COMPLETE");
	assert_int_equal(story_last()->end - story_last()->begin, 9000000);
	assert_int_equal(story_last()->upstream, 3000000);
}

static void cached(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return(3, curl, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	assert_int_equal(story_last()->upstream, 0);
	story_expect_events("QUERY_START QUERY_START CACHE_HIT QUERY_COMPLETE");
}

/* No cache: it knows by itself. */
static void authority(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "aa;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return(3, curl, 0);
	story_expect("call www.example.com well none\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
}

static void hosts(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "localhost");
	story_return(1, curl, 0);
	story_expect("call localhost well none\n");
	story_expect_events("QUERY_START HOSTS QUERY_COMPLETE");
}

static void failure_is_told(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "ra;rcode 2", WWW, .id = 1);
	story_return(3, curl, -3);
	story_expect("call www.example.com failed hit\n"
		     " 1<0 thread+name www.example.com A ERROR\n");
	story_expect_events("QUERY_START QUERY_START CACHE_HIT QUERY_FAILED");
}

/* ---- From calls to queries ------------------------------------------------------------------- */

static void search_list(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www");
	BOTH(1, "ra;rcode 3", .from = curl, .to = unbound, .name = "www.example.net", .id = 1);
	BOTH(3, "ra;an www.example.com A 192.0.2.80", WWW, .id = 2);
	story_return(5, curl, 0);
	story_expect("call www well hit\n"
		     " 1<0 thread+name www.example.net A NXDOMAIN\n"
		     " 2<0 thread+name www.example.com A ANSWER\n");
}

/* "wwwx" is no expansion of "www". */
static void other_name_in_call(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www");
	BOTH(1, "ra", .from = curl, .to = unbound, .name = "wwwx.example.net", .id = 1);
	story_return(5, curl, 0);
	story_expect("call www well hit\n"
		     " 1<0 thread wwwx.example.net A NODATA\n");
}

/* Another thread's query at the same time is its own affair. */
static void other_thread(void **state)
{
	struct actor other = curl;

	(void)state;
	other.tid = 7;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "ra", .from = other, .to = unbound, .name = "www.example.com", .id = 1);
	story_return(5, curl, 0);
	story_expect("query www.example.com well hit\n"
		     " 1<0 beginning www.example.com A NODATA\n"
		     "call www.example.com well none\n");
}

static void address(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETNAMEINFO, "192.0.2.80");
	BOTH(1, "ra", .from = curl, .to = unbound, .name = "80.2.0.192.in-addr.arpa",
	     .type = DNS_TYPE_PTR, .id = 1);
	story_return(5, curl, 0);
	story_expect("call 192.0.2.80 well hit\n"
		     " 1<0 thread+name 80.2.0.192.in-addr.arpa PTR NODATA\n");
}

/* gethostbyname() calls gethostbyname_r(): one chain, that of the outer one. */
static void nested_calls(void **state)
{
	(void)state;
	story_call_at(0, curl, CALL_GETHOSTBYNAME, "www.example.com", 0x7000);
	story_call_at(1, curl, CALL_GETHOSTBYNAME_R, "www.example.com", 0x6f00);
	BOTH(2, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return_at(4, curl, 0, 0x6f00);
	story_expect("");
	story_return_at(5, curl, 0x5555, 0x7000);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	assert_int_equal(story_last()->call->function, CALL_GETHOSTBYNAME);
}

/* It never returned (longjmp); its thread calls again, from higher up. */
static void abandoned_call(void **state)
{
	(void)state;
	story_call_at(0, curl, CALL_GETADDRINFO, "a.example", 0x7000);
	story_call_at(10, curl, CALL_GETADDRINFO, "b.example", 0x7100);
	story_return_at(12, curl, 0, 0x7100);
	story_expect("call a.example unknown none\n"
		     "call b.example well none\n");
}

/* Its process was killed; it ends with the last that happened in it. */
static void silent_call(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "a.example");
	ASK(1, .from = curl, .to = root, .name = "a.example", .id = 1);
	story_call(2, wget, CALL_GETADDRINFO, "b.example");
	story_time(5002);
	story_time(120000);
	ASK(120100, .from = wget, .to = root, .name = "b.example", .id = 2);
	ANSWER(120200, "an b.example A 192.0.2.7", .from = wget, .to = root, .name = "b.example",
	       .id = 2);
	story_time(130000);
	story_expect("");
	story_time(245003);
	story_expect("call a.example unknown none\n"
		     " 1<0 thread+name a.example A TIMEOUT\n");
	assert_int_equal(story_last()->end - story_last()->begin, 5001000000);
	story_return(245004, wget, 0);
	story_expect("call b.example well none\n"
		     " 1<0 thread+name b.example A ANSWER\n");
}

/* Another program has the numbers of one that was killed; it calls from deeper on its stack. */
static void numbers_again(void **state)
{
	struct actor other = curl;

	(void)state;
	other.comm = "ping";
	story_call_at(0, curl, CALL_GETADDRINFO, "a.example", 0x7000);
	story_call_at(100, other, CALL_GETADDRINFO, "b.example", 0x6000);
	story_return_at(101, other, 0, 0x6000);
	story_expect("call a.example unknown none\n"
		     "call b.example well none\n");
}

/* The same file may be two to the kernel: everything is seen twice. */
static void doubled_call(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		story_call(0, curl, CALL_GETADDRINFO, "localhost");
	for (int i = 0; i < 2; i++)
		story_return(1, curl, 0);
	story_finish(2);
	story_expect("call localhost well none\n");
}

static void nscd(void **state)
{
	const struct actor daemon = {.pid = 300, .comm = "nscd", .address = "127.0.0.1"};

	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	story_call(0, wget, CALL_GETADDRINFO, "other.example");
	BOTH(1, "ra", .from = daemon, .to = unbound, .name = "www.example.com", .id = 1);
	story_return(3, curl, 0);
	story_return(3, wget, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 name+window www.example.com A NODATA\n"
		     "call other.example well none\n");
}

/* The name and the time alone are no evidence: dig is not asked by anybody. */
static void not_a_daemon(void **state)
{
	const struct actor dig = {.pid = 300, .comm = "dig", .address = "127.0.0.1"};

	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "ra", .from = dig, .to = unbound, .name = "www.example.com", .id = 1);
	story_return(3, curl, 0);
	story_expect("query www.example.com well hit\n"
		     " 1<0 beginning www.example.com A NODATA\n"
		     "call www.example.com well none\n");
}

static void without_calls(void **state)
{
	(void)state;
	ASK(0, WWW, .id = 1);
	ASK(0, WWW, .id = 2, .type = DNS_TYPE_AAAA);
	ANSWER(1, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_expect("");
	ANSWER(2, "ra", WWW, .id = 2, .type = DNS_TYPE_AAAA);
	story_expect("query www.example.com well hit\n"
		     " 1<0 beginning www.example.com A ANSWER\n"
		     " 2<0 process+name www.example.com AAAA NODATA\n");
}

/* ---- From requests to upstream queries ------------------------------------------------------- */

static void forwarders(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, .from = curl, .to = dnsmasq, .name = "www.example.com", .server = "127.0.0.2",
	    .id = 1);
	ASK(2, .from = dnsmasq, .to = unbound, .name = "www.example.com", .id = 2);
	BOTH(3, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 3);
	ANSWER(5, "ra;an www.example.com A 192.0.2.80", .from = dnsmasq, .to = unbound,
	       .name = "www.example.com", .id = 2);
	ANSWER(6, "ra;an www.example.com A 192.0.2.80", .from = curl, .to = dnsmasq,
	       .name = "www.example.com", .server = "127.0.0.2", .id = 1);
	story_return(7, curl, 0);
	story_expect("call www.example.com well miss\n"
		     " 1<0 thread+name www.example.com A ANSWER\n"
		     " 2<1 name www.example.com A ANSWER\n"
		     " 3<2 name www.example.com A ANSWER\n");
	assert_int_equal(story_last()->upstream, 1000000);
}

static void begin_request(void)
{
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, WWW, .id = 1);
}

static void end_request(void)
{
	ANSWER(98, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return(99, curl, 0);
}

#define BEGINNING                                                                                  \
	"call www.example.com well miss\n"                                                         \
	" 1<0 thread+name www.example.com A ANSWER\n"

static void aliases(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa;an www.example.com CNAME cdn.example.net", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 2);
	BOTH(4, "ns net NS ns.net", .from = resolver, .to = root, .name = "net", .id = 3);
	BOTH(6, "aa;an cdn.example.net A 192.0.2.80", .from = resolver, .to = example2,
	     .name = "cdn.example.net", .id = 4);
	end_request();
	story_expect(BEGINNING " 2<1 name www.example.com A CNAME\n"
			       " 3<1 cname net A REFERRAL\n"
			       " 4<1 cname cdn.example.net A ANSWER\n");
}

/* The second request is told nothing of the alias: the resolver knows it by then. */
static void cached_alias(void **state)
{
	(void)state;
	story_call(0, wget, CALL_GETADDRINFO, "www.example.com");
	ASK(1, WWW_AGAIN, .id = 9);
	BOTH(2, "aa;an www.example.com CNAME cdn.example.net", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 2);
	ANSWER(4, "ra;an www.example.com CNAME cdn.example.net", WWW_AGAIN, .id = 9);
	story_return(5, wget, 0);
	story_call(10, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(11, WWW, .id = 1);
	BOTH(12, "aa;an cdn.example.net A 192.0.2.80", .from = resolver, .to = example2,
	     .name = "cdn.example.net", .id = 4);
	end_request();
	story_expect("call www.example.com well miss\n"
		     " 1<0 thread+name www.example.com A CNAME\n"
		     " 2<1 name www.example.com A CNAME\n" BEGINNING
		     " 2<1 cname cdn.example.net A ANSWER\n");
}

static void name_servers(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "ns example.com NS ns.hoster.net", .from = resolver, .to = com,
	     .name = "example.com", .id = 2);
	BOTH(4, "an ns.hoster.net A 198.51.100.4", .from = resolver, .to = root,
	     .name = "ns.hoster.net", .id = 3);
	BOTH(6, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example2,
	     .name = "www.example.com", .id = 4);
	end_request();
	story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n"
			       " 3<1 nameserver ns.hoster.net A ANSWER\n"
			       " 4<1 name www.example.com A ANSWER@2\n");
}

/* That the root has these servers is known without a message. */
static void root_servers(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa", .from = resolver, .to = root, .name = "a.root-servers.net", .id = 2);
	BOTH(4, "aa", .from = resolver, .to = root, .name = "www.example.com", .id = 3);
	end_request();
	story_expect(BEGINNING " 2<1 nameserver a.root-servers.net A NODATA\n"
			       " 3<1 name www.example.com A NODATA\n");
}

static void validation(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa", .from = resolver, .to = com, .name = "example.com", .type = DNS_TYPE_DS,
	     .id = 2);
	BOTH(4, "aa", .from = resolver, .to = root, .name = ".", .type = DNS_TYPE_DNSKEY, .id = 3);
	end_request();
	story_expect(BEGINNING " 2<1 validation example.com DS NODATA\n"
			       " 3<1 validation . DNSKEY NODATA\n");
	story_expect_events("QUERY_START QUERY_START VALIDATION UPSTREAM_RESPONSE VALIDATION "
			    "UPSTREAM_RESPONSE CACHE_MISS QUERY_COMPLETE");
}

/* RFC 9156: the type may be hidden, too; and BIND hides the rest of the name behind "_". */
static void hidden(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, WWW, .id = 1, .type = DNS_TYPE_AAAA);
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "_.example.com", .id = 2);
	BOTH(4, "aa", .from = resolver, .to = example, .name = "www.example.com", .id = 3);
	ANSWER(6, "ra", WWW, .id = 1, .type = DNS_TYPE_AAAA);
	story_return(9, curl, 0);
	story_expect("call www.example.com well miss\n"
		     " 1<0 thread+name www.example.com AAAA NODATA\n"
		     " 2<1 minimised _.example.com A REFERRAL\n"
		     " 3<1 minimised www.example.com A NODATA@2\n");
}

/* What nobody's name explains is not guessed, though somebody waits. */
static void unlinked(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa", .from = resolver, .to = example, .name = "ftp.example.com", .id = 2);
	story_expect("unlinked ftp.example.com well none\n"
		     " 1<0 beginning ftp.example.com A NODATA\n");
	BOTH(4, "aa", .from = resolver, .to = example, .name = "www.example.com", .id = 3,
	     .type = DNS_TYPE_MX);
	story_expect("unlinked www.example.com well none\n"
		     " 1<0 beginning www.example.com MX NODATA\n");
	end_request();
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	assert_int_equal(story_stats()->unlinked, 2);
}

/* Another process' query for the very name is not this resolver's. */
static void other_process(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa", .from = dnsmasq, .to = example, .name = "www.example.com", .id = 2);
	story_expect("query www.example.com well none\n"
		     " 1<0 beginning www.example.com A NODATA\n");
	end_request();
}

static void prefetch(void **state)
{
	(void)state;
	begin_request();
	end_request();
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	BOTH(100, "aa", .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	story_expect("prefetch www.example.com well none\n"
		     " 1<0 beginning www.example.com A NODATA\n");
	story_expect_events("PREFETCH UPSTREAM_RESPONSE QUERY_COMPLETE");
}

/* What the server asks for its own sake meets a request that its cache answers. */
static void by_chance(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
	BOTH(4, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 3);
	end_request();
	story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n"
			       " 3<1 name www.example.com A ANSWER@2\n");
	story_call(100, wget, CALL_GETADDRINFO, "www.example.com");
	ASK(101, WWW_AGAIN, .id = 9);
	ASK(102, .from = resolver, .to = example, .name = "ns.example.com", .type = DNS_TYPE_AAAA,
	    .id = 5);
	ANSWER(103, "ra;an www.example.com A 192.0.2.80", WWW_AGAIN, .id = 9);
	story_return(104, wget, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	story_expect_events("QUERY_START QUERY_START CACHE_HIT QUERY_COMPLETE");
	ANSWER(105, "aa", .from = resolver, .to = example, .name = "ns.example.com",
	       .type = DNS_TYPE_AAAA, .id = 5);
	story_expect("prefetch ns.example.com well none\n"
		     " 1<0 beginning ns.example.com AAAA NODATA\n");
}

/* So it does though it is answered at once; not where the request fails, perhaps for that. */
static void answered_by_chance(void **state)
{
	(void)state;
	for (int failed = 0; failed < 2; failed++) {
		begin_request();
		BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
		BOTH(4, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
		     .name = "www.example.com", .id = 3);
		end_request();
		story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n"
				       " 3<1 name www.example.com A ANSWER@2\n");
		story_call(100, wget, CALL_GETADDRINFO, "www.example.com");
		ASK(101, WWW_AGAIN, .id = 9);
		BOTH(102, "aa", .from = resolver, .to = example, .name = "ns.example.com",
		     .type = DNS_TYPE_AAAA, .id = 5);
		ANSWER(104, failed ? "ra;rcode 2" : "ra;an www.example.com A 192.0.2.80", WWW_AGAIN,
		       .id = 9);
		story_return(105, wget, 0);
		story_expect(failed ? "call www.example.com well miss\n"
				      " 1<0 thread+name www.example.com A ERROR\n"
				      " 2<1 nameserver ns.example.com AAAA NODATA\n"
				    : "prefetch ns.example.com well none\n"
				      " 1<0 beginning ns.example.com AAAA NODATA\n"
				      "call www.example.com well hit\n"
				      " 1<0 thread+name www.example.com A ANSWER\n");
		story_end(state);
		story_begin(state);
	}
}

/* An ancestor that was passed is not asked for again, but by somebody who is not so far. */
static void passed_ancestor(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_COM, .from = resolver, .to = root, .name = "com", .id = 2);
	BOTH(4, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 3);
	story_call(5, wget, CALL_GETADDRINFO, "ftp.example.com");
	ASK(5, .from = wget, .to = unbound, .name = "ftp.example.com", .id = 9);
	BOTH(6, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 4);
	end_request();
	story_expect(BEGINNING " 2<1 minimised com A REFERRAL\n"
			       " 3<1 minimised example.com A REFERRAL@2\n");
	ANSWER(100, "ra", .from = wget, .to = unbound, .name = "ftp.example.com", .id = 9);
	story_return(101, wget, 0);
	story_expect("call ftp.example.com well miss\n"
		     " 1<0 thread+name ftp.example.com A NODATA\n"
		     " 2<1 minimised example.com A REFERRAL\n");
}

/* Nobody asks a zone's own servers where it begins. */
static void apex(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
	story_call(3, wget, CALL_GETADDRINFO, "example.com");
	ASK(4, .from = wget, .to = unbound, .name = "example.com", .id = 9);
	BOTH(5, "aa;an example.com A 192.0.2.79", .from = resolver, .to = example,
	     .name = "example.com", .id = 3);
	ANSWER(7, "ra;an example.com A 192.0.2.79", .from = wget, .to = unbound,
	       .name = "example.com", .id = 9);
	story_return(8, wget, 0);
	story_expect("call example.com well miss\n"
		     " 1<0 thread+name example.com A ANSWER\n"
		     " 2<1 name example.com A ANSWER\n");
	end_request();
	story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n");
}

/* The same, for somebody who has not come so far: he, too, would ask for his own name there. */
static void apex_of_known_zone(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
	end_request();
	story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n");
	story_call(100, curl, CALL_GETADDRINFO, "ftp.example.com");
	ASK(101, .from = curl, .to = unbound, .name = "ftp.example.com", .id = 8);
	story_call(102, wget, CALL_GETADDRINFO, "example.com");
	ASK(103, .from = wget, .to = unbound, .name = "example.com", .id = 9);
	BOTH(104, "aa;an example.com A 192.0.2.79", .from = resolver, .to = example,
	     .name = "example.com", .id = 3);
	ANSWER(106, "ra", .from = curl, .to = unbound, .name = "ftp.example.com", .id = 8);
	story_return(107, curl, 0);
	story_expect("call ftp.example.com well hit\n"
		     " 1<0 thread+name ftp.example.com A NODATA\n");
}

/* The A record is asked for who wants that; the other one waits for AAAA. */
static void type_of_other(void **state)
{
	(void)state;
	begin_request();
	ASK(1, WWW, .id = 5, .type = DNS_TYPE_AAAA);
	BOTH(2, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 2);
	ANSWER(97, "ra", WWW, .id = 5, .type = DNS_TYPE_AAAA);
	end_request();
	story_expect(BEGINNING " 3<1 name www.example.com A ANSWER\n"
			       " 2<0 thread+name www.example.com AAAA NODATA\n");
}

/* An alias, or no such name, is an answer for every type: one query is sent for both requests. */
static void type_of_both(void **state)
{
	static const char *const answers[] = {"aa;rcode 3",
					      "aa;an www.example.com CNAME example.com"};

	(void)state;
	for (int alias = 0; alias < 2; alias++) {
		begin_request();
		ASK(1, WWW, .id = 5, .type = DNS_TYPE_AAAA);
		BOTH(2, answers[alias], .from = resolver, .to = example, .name = "www.example.com",
		     .id = 2);
		ANSWER(97, "ra", WWW, .id = 5, .type = DNS_TYPE_AAAA);
		end_request();
		story_expect(alias ? BEGINNING " 3<1+2 name www.example.com A CNAME\n"
					       " 2<0 thread+name www.example.com AAAA NODATA\n"
				   : BEGINNING " 3<1+2 name www.example.com A NXDOMAIN\n"
					       " 2<0 thread+name www.example.com AAAA NODATA\n");
		story_end(state);
		story_begin(state);
	}
}

/* Who asks for itself does not wait for somebody else's answer. */
static void type_of_each(void **state)
{
	(void)state;
	begin_request();
	ASK(1, WWW, .id = 5, .type = DNS_TYPE_AAAA);
	ASK(2, .from = resolver, .to = example, .name = "www.example.com", .id = 3,
	    .type = DNS_TYPE_AAAA);
	BOTH(2, "aa;rcode 3", .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	ANSWER(4, "aa;rcode 3", .from = resolver, .to = example, .name = "www.example.com", .id = 3,
	       .type = DNS_TYPE_AAAA);
	ANSWER(97, "ra", WWW, .id = 5, .type = DNS_TYPE_AAAA);
	end_request();
	story_expect(BEGINNING " 3<1 name www.example.com A NXDOMAIN\n"
			       " 2<0 thread+name www.example.com AAAA NODATA\n"
			       " 4<2 name www.example.com AAAA NXDOMAIN\n");
}

/* Who answers a TCP connection is often not known: it is who answered over UDP before. */
static void listener(void **state)
{
	const struct actor unknown = {.pid = 1, .comm = "?", .address = "127.0.0.1"};

	(void)state;
	BOTH(0, "ra;tc", WWW, .id = 1);
	story_time(1500);
	story_expect("query www.example.com failed hit\n"
		     " 1<0 beginning www.example.com A TRUNCATED\n");
	ASK(2000, .from = curl, .to = unknown, .to_unknown = true, .name = "www.example.com",
	    .id = 2, .tcp = true);
	BOTH(2001, "aa", .from = resolver, .to = example, .name = "www.example.com", .id = 3);
	ANSWER(2003, "ra", .from = curl, .to = unknown, .to_unknown = true,
	       .name = "www.example.com", .id = 2, .tcp = true);
	story_expect("query www.example.com well miss\n"
		     " 1<0 beginning www.example.com A NODATA\n"
		     " 2<1 name www.example.com A NODATA\n");
	assert_int_equal(story_last()->cache, CACHE_MISS);
	BOTH(3000, "ra", .from = curl, .to = unknown, .to_unknown = true, .name = "www.example.com",
	     .id = 4, .tcp = true);
	story_time(4500);
	story_expect("query www.example.com well hit\n"
		     " 1<0 beginning www.example.com A NODATA\n");
}

/* What `who` answers by UDP says that it may be the one that answers by TCP, too. */
static bool is_known(uint64_t ms, struct actor who, uint16_t id)
{
	const struct actor unknown = {.pid = 1, .comm = "?", .address = "127.0.0.1"};
	struct actor asks = who;
	bool known;

	asks.address = "192.0.2.1";
	BOTH(ms, "ra", .from = curl, .to = who, .name = "example.com", .id = id);
	story_time(ms + 1500);
	story_expect("query example.com well hit\n 1<0 beginning example.com A NODATA\n");
	ASK(ms + 2000, .from = curl, .to = unknown, .to_unknown = true, .name = "www.example.com",
	    .id = (uint16_t)(id + 1), .tcp = true);
	BOTH(ms + 2001, "aa", .from = asks, .to = example, .name = "www.example.com",
	     .id = (uint16_t)(id + 2));
	ANSWER(ms + 2003, "ra", .from = curl, .to = unknown, .to_unknown = true,
	       .name = "www.example.com", .id = (uint16_t)(id + 1), .tcp = true);
	story_time(ms + 20000);
	known = story_last()->hop_count == 2;
	story_clear();
	return known;
}

/* A server was started anew; or two, of two network namespaces, have the same address. */
static void listeners(void **state)
{
	(void)state;
	assert_true(is_known(0, unbound, 1));
	assert_false(is_known(100000, dnsmasq, 10));
	assert_true(is_known(800000, dnsmasq, 20));
	assert_false(is_known(900000, unbound, 30));
	assert_false(is_known(3000000, unbound, 40));
}

/* ---- Several who wait ------------------------------------------------------------------------ */

static void shared_query(void **state)
{
	(void)state;
	begin_request();
	ASK(2, .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	story_call(3, wget, CALL_GETADDRINFO, "www.example.com");
	ASK(3, WWW_AGAIN, .id = 9);
	ANSWER(4, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	       .name = "www.example.com", .id = 2);
	ANSWER(5, "ra;an www.example.com A 192.0.2.80", WWW_AGAIN, .id = 9);
	story_return(6, wget, 0);
	story_expect("call www.example.com well miss\n"
		     " 2<0 thread+name www.example.com A ANSWER\n"
		     " 1<2 name www.example.com A ANSWER\n");
	end_request();
	story_expect(BEGINNING " 2<1 name www.example.com A ANSWER\n");
}

/* Nobody waits any more for what has no answer yet: the cache answers the second one. */
static void not_joined(void **state)
{
	(void)state;
	begin_request();
	ASK(2, .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	BOTH(3, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example2,
	     .name = "www.example.com", .id = 3);
	end_request();
	story_call(100, wget, CALL_GETADDRINFO, "www.example.com");
	BOTH(101, "ra;an www.example.com A 192.0.2.80", WWW_AGAIN, .id = 9);
	story_return(103, wget, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
}

/* It was answered before the second one came: that did not wait for it. */
static void not_shared(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 2);
	story_call(4, wget, CALL_GETADDRINFO, "www.example.com");
	BOTH(4, "ra;an www.example.com A 192.0.2.80", WWW_AGAIN, .id = 9);
	story_return(6, wget, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	end_request();
}

static void shared_in_one_chain(void **state)
{
	(void)state;
	begin_request();
	ASK(1, WWW, .id = 5, .type = DNS_TYPE_AAAA);
	BOTH(2, TO_COM, .from = resolver, .to = root, .name = "com", .id = 2);
	ANSWER(97, "ra", WWW, .id = 5, .type = DNS_TYPE_AAAA);
	end_request();
	story_expect(BEGINNING " 3<1+2 minimised com A REFERRAL\n"
			       " 2<0 thread+name www.example.com AAAA NODATA\n");
}

/* A loop of forwarders does not become a loop of hops. */
static void forwarding_loop(void **state)
{
	(void)state;
	ASK(0, .from = dnsmasq, .to = unbound, .name = "www.example.com", .id = 1);
	ASK(1, .from = unbound, .to = dnsmasq, .name = "www.example.com", .id = 2,
	    .server = "127.0.0.2");
	ASK(2, .from = dnsmasq, .to = unbound, .name = "www.example.com", .id = 3);
	ASK(3, .from = unbound, .to = dnsmasq, .name = "www.example.com", .id = 4,
	    .server = "127.0.0.2");
	story_time(20000);
	story_expect("query www.example.com failed miss\n"
		     " 1<0 beginning www.example.com A TIMEOUT\n"
		     " 2<1 name www.example.com A TIMEOUT\n"
		     " 3<2 name www.example.com A TIMEOUT\n"
		     " 4<3+1 name www.example.com A TIMEOUT\n");
	story_finish(20001);
}

/* ---- Attempts -------------------------------------------------------------------------------- */

static void retries(void **state)
{
	(void)state;
	begin_request();
	ASK(2, .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	BOTH(50, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example2,
	     .name = "www.example.com", .id = 3);
	end_request();
	story_expect("");
	story_time(2000);
	story_expect(BEGINNING " 2<1 name www.example.com A GIVEN-UP\n"
			       " 3<1 name www.example.com A ANSWER!\n");
}

static void stub_retries(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, WWW, .id = 1);
	ASK(50, WWW, .id = 1);
	ANSWER(60, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return(61, curl, 0);
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER!\n");
	assert_int_equal(story_last()->hop_count, 1);
}

/* The same transaction, by another server: the C library keeps the id. */
static void stub_goes_elsewhere(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, .from = curl, .to = root, .name = "www.example.com", .id = 1);
	ASK(50, .from = curl, .to = com, .name = "www.example.com", .id = 1);
	ANSWER(60, "ra;an www.example.com A 192.0.2.80", .from = curl, .to = com,
	       .name = "www.example.com", .id = 1);
	story_return(61, curl, 0);
	story_expect("call www.example.com well none\n"
		     " 1<0 thread+name www.example.com A GIVEN-UP\n"
		     " 2<0 thread+name www.example.com A ANSWER!\n");
}

static void truncation(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, "tc", .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	BOTH(4, "aa;an www.example.com A 192.0.2.80", .from = resolver, .to = example,
	     .name = "www.example.com", .id = 3, .tcp = true);
	end_request();
	story_expect(BEGINNING " 2<1 name www.example.com A TRUNCATED\n"
			       " 3<1 name www.example.com A ANSWER^\n");
	story_expect_events("QUERY_START QUERY_START UPSTREAM_QUERY TRUNCATED TCP_FALLBACK "
			    "UPSTREAM_RESPONSE CACHE_MISS QUERY_COMPLETE");
}

/* By TCP it goes on with what it began for the request, though that is answered by now. */
static void goes_on(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
	BOTH(4, "tc", .from = resolver, .to = example, .name = "ns.example.com", .id = 3);
	end_request();
	BOTH(100, "aa;an ns.example.com A 198.51.100.3", .from = resolver, .to = example,
	     .name = "ns.example.com", .id = 4, .tcp = true);
	story_expect(BEGINNING " 2<1 minimised example.com A REFERRAL\n"
			       " 3<1 nameserver ns.example.com A TRUNCATED@2\n"
			       " 4<1 nameserver ns.example.com A ANSWER^@2\n");
}

static void timeouts(void **state)
{
	(void)state;
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	ASK(1, .from = curl, .to = root, .name = "www.example.com", .id = 1);
	story_return(4000, curl, -3);
	story_time(4001);
	story_expect("");
	story_time(5002);
	story_expect("call www.example.com failed none\n"
		     " 1<0 thread+name www.example.com A TIMEOUT\n");
}

/* ---- Ends ------------------------------------------------------------------------------------ */

/* From another host: the chain begins with the receipt. */
static void receipt(void **state)
{
	const struct actor elsewhere = {.address = "192.0.2.99"};

	(void)state;
	ASK(0, .from = elsewhere, .to = unbound, .name = "www.example.com", .id = 1);
	BOTH(1, "aa", .from = resolver, .to = example, .name = "www.example.com", .id = 2);
	ANSWER(3, "ra", .from = elsewhere, .to = unbound, .name = "www.example.com", .id = 1);
	story_expect("receipt www.example.com well miss\n"
		     " 1<0 beginning www.example.com A NODATA\n"
		     " 2<1 name www.example.com A NODATA\n");
}

/* A capture of a resolver's network: its address stands for the process. */
static void capture_file(void **state)
{
	const struct actor host = {.address = "192.0.2.1"};
	const struct actor elsewhere = {.address = "192.0.2.99"};

	(void)state;
	ASK(0, .from = elsewhere, .to = host, .name = "www.example.com", .id = 1, .unknown = true);
	BOTH(1, "aa", .from = host, .to = example, .name = "www.example.com", .id = 2,
	     .unknown = true);
	ANSWER(3, "ra", .from = elsewhere, .to = host, .name = "www.example.com", .id = 1,
	       .unknown = true);
	story_expect("query www.example.com well miss\n"
		     " 1<0 beginning www.example.com A NODATA\n"
		     " 2<1 name www.example.com A NODATA\n");
	/* Nothing is known of a cache elsewhere. */
	BOTH(10, "ra", .from = elsewhere, .to = root, .name = "www.example.com", .id = 7,
	     .unknown = true);
	story_expect("query www.example.com well none\n"
		     " 1<0 beginning www.example.com A NODATA\n");
}

/* There, too, what was truncated or given up has ended when another answer has come. */
static void capture_file_attempts(void **state)
{
	const struct actor host = {.address = "192.0.2.1"};

	(void)state;
	BOTH(0, "tc", .from = host, .to = example, .name = "www.example.com", .id = 1,
	     .unknown = true);
	BOTH(4, "aa;an www.example.com A 192.0.2.80", .from = host, .to = example,
	     .name = "www.example.com", .id = 1, .tcp = true, .unknown = true);
	story_expect("query www.example.com well none\n"
		     " 1<0 beginning www.example.com A TRUNCATED\n"
		     " 2<0 beginning www.example.com A ANSWER^\n");
	ASK(1000, .from = host, .to = com, .name = "www.example.com", .id = 2, .unknown = true);
	BOTH(2000, "aa;an www.example.com A 192.0.2.80", .from = host, .to = example,
	     .name = "www.example.com", .id = 3, .unknown = true);
	story_time(7000);
	story_expect("query www.example.com well none\n"
		     " 1<0 beginning www.example.com A GIVEN-UP\n"
		     " 2<0 process+name www.example.com A ANSWER!\n");
	assert_int_equal(story_last()->end - story_last()->begin, 1001000000);
}

/*
 * Of three attempts the first is forgotten, since nobody waits for it, and the third one takes its
 * place; then the first server answers.
 */
static void attempt_in_the_place_of_another(void **state)
{
	(void)state;
	begin_request();
	BOTH(2, TO_EXAMPLE, .from = resolver, .to = com, .name = "example.com", .id = 2);
	end_request();
	story_time(3000);
	story_clear();
	story_call(3001, curl, CALL_GETADDRINFO, "b.example.com");
	ASK(3002, .from = curl, .to = unbound, .name = "b.example.com", .id = 20);
	ASK(3003, .from = resolver, .to = root, NS_ADDRESS, .id = 21);
	ASK(3004, .from = resolver, .to = com, NS_ADDRESS, .id = 21);
	ANSWER(3005, "ra;an b.example.com A 192.0.2.81", .from = curl, .to = unbound,
	       .name = "b.example.com", .id = 20);
	ASK(3006, .from = resolver, .to = example, NS_ADDRESS, .id = 21);
	ANSWER(3007, "aa", .from = resolver, .to = root, NS_ADDRESS, .id = 21);
	story_return(3008, curl, 0);
	story_finish(9000);
	story_expect("prefetch ns.example.com failed none\n"
		     " 1<0 beginning ns.example.com AAAA GIVEN-UP\n"
		     "prefetch ns.example.com well none\n"
		     " 1<0 beginning ns.example.com AAAA GIVEN-UP\n"
		     " 2<0 beginning ns.example.com AAAA NODATA!\n"
		     "call b.example.com well hit\n"
		     " 1<0 thread+name b.example.com A ANSWER\n");
}

/* A zone has no record of the type that was asked for. */
static void zone_transfer(void **state)
{
	const struct actor host = {.address = "192.0.2.1"};

	(void)state;
	BOTH(0, "aa;an example.com NS ns.example.com;an www.example.com A 192.0.2.80", .from = host,
	     .to = example, .name = "example.com", .type = DNS_TYPE_AXFR, .id = 1, .tcp = true,
	     .unknown = true);
	story_time(20000);
	story_expect("query example.com well none\n"
		     " 1<0 beginning example.com AXFR ANSWER\n");
}

static void connection(void **state)
{
	(void)state;
	story_connects();
	story_call(0, curl, CALL_GETADDRINFO, "www.example.com");
	BOTH(1, "ra;an www.example.com A 192.0.2.80", WWW, .id = 1);
	story_return(3, curl, 0);
	story_connect(4, wget, "192.0.2.80");
	story_connect(5, curl, "192.0.2.81");
	story_expect("");
	story_connect(6, curl, "192.0.2.80");
	story_expect("call www.example.com well hit\n"
		     " 1<0 thread+name www.example.com A ANSWER\n");
	assert_int_equal(story_last()->connect.time, 6000000);
	story_call(10, curl, CALL_GETADDRINFO, "localhost");
	story_return(11, curl, 0);
	story_time(1500);
	story_expect("call localhost well none\n");
	assert_int_equal(story_last()->connect.time, 0);
}

/* The oldest goes, and is told. */
static void no_room(void **state)
{
	(void)state;
	story_limit(64);
	for (uint16_t i = 1; i <= 1000; i++)
		ASK(i, .from = curl, .to = root, .name = i % 2 ? "a.example" : "b.example",
		    .id = i);
	assert_int_not_equal(story_stats()->evicted, 0);
	assert_true(story_stats()->open <= 64);
	story_finish(2000);
}

/* Requests that nobody answers, each with a hundred names: nothing grows. */
static void no_room_for_names(void **state)
{
	(void)state;
	story_limit(64);
	for (uint16_t i = 1; i <= 500; i++) {
		struct actor client = {.pid = 1000u + i, .address = "127.0.0.1"};

		ASK(i, .from = client, .to = unbound,
		    .name = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z", .id = i);
	}
	assert_int_not_equal(story_stats()->refused + story_stats()->evicted, 0);
	story_finish(2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(whole_resolution),
		story_test(cached),
		story_test(authority),
		story_test(hosts),
		story_test(failure_is_told),
		story_test(search_list),
		story_test(other_name_in_call),
		story_test(other_thread),
		story_test(address),
		story_test(nested_calls),
		story_test(abandoned_call),
		story_test(silent_call),
		story_test(numbers_again),
		story_test(doubled_call),
		story_test(nscd),
		story_test(not_a_daemon),
		story_test(without_calls),
		story_test(forwarders),
		story_test(aliases),
		story_test(cached_alias),
		story_test(name_servers),
		story_test(root_servers),
		story_test(validation),
		story_test(hidden),
		story_test(unlinked),
		story_test(other_process),
		story_test(prefetch),
		story_test(by_chance),
		story_test(answered_by_chance),
		story_test(passed_ancestor),
		story_test(apex),
		story_test(apex_of_known_zone),
		story_test(type_of_other),
		story_test(type_of_both),
		story_test(type_of_each),
		story_test(listener),
		story_test(listeners),
		story_test(shared_query),
		story_test(not_shared),
		story_test(not_joined),
		story_test(shared_in_one_chain),
		story_test(forwarding_loop),
		story_test(retries),
		story_test(stub_retries),
		story_test(stub_goes_elsewhere),
		story_test(truncation),
		story_test(goes_on),
		story_test(timeouts),
		story_test(receipt),
		story_test(capture_file),
		story_test(capture_file_attempts),
		story_test(attempt_in_the_place_of_another),
		story_test(zone_transfer),
		story_test(connection),
		story_test(no_room),
		story_test(no_room_for_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
