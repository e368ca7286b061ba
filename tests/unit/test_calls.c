/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the C library: what a record says, where the functions are, which files have them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/lib/record.h"
#include "capture/call.h"
#include "capture/elf_functions.h"
#include "capture/libraries.h"
#include "exchange.h"

/* ---- Records --------------------------------------------------------------------------------- */

static union {
	struct call_record record;
	uint8_t octets[sizeof(struct call_record) + CALL_TEXT_MAX];
} made;

static struct packet event_of(size_t size)
{
	return (struct packet){
		.kind = PACKET_CALL,
		.time = 7,
		.has_owner = true,
		.owner = {.pid = 5, .tid = 6},
		.payload = made.octets,
		.size = (uint32_t)size,
	};
}

static bool read_made(struct call *call)
{
	struct packet event = event_of(sizeof(made));

	return call_read(call, &event);
}

static void make(uint16_t function, const char *name, const char *service)
{
	memset(&made, 0, sizeof(made));
	made.record.function = function;
	made.record.stack = 0x7fff1234;
	made.record.name_size = (uint16_t)strlen(name);
	made.record.service_size = (uint16_t)strlen(service);
	memcpy(made.record.text, name, strlen(name));
	memcpy(made.record.text + CALL_NAME_MAX, service, strlen(service));
}

static void a_name(void **state)
{
	struct call call;

	(void)state;
	make(CALL_GETADDRINFO, "www.example.com", "https");
	assert_true(read_made(&call));
	assert_int_equal(call.function, CALL_GETADDRINFO);
	assert_string_equal(call.name, "www.example.com");
	assert_string_equal(call.service, "https");
	assert_int_equal(call.stack, 0x7fff1234);
	assert_int_equal(call.time, 7);
	assert_int_equal(call.owner.tid, 6);
	assert_false(call.name_cut || call.has_address);
}

static void a_long_name(void **state)
{
	char name[CALL_NAME_MAX];
	struct call call;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[CALL_NAME_MAX - 1] = '\0';
	make(CALL_GETADDRINFO, name, "");
	assert_true(read_made(&call));
	assert_int_equal(strlen(call.name), CALL_NAME_MAX - 1);
	assert_true(call.name_cut);
	/* More than there is room for is never believed. */
	made.record.name_size = UINT16_MAX;
	made.record.service_size = UINT16_MAX;
	assert_true(read_made(&call));
	assert_int_equal(strlen(call.service), 0);
}

static void an_address(void **state)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct call call;

	(void)state;
	make(CALL_GETNAMEINFO, "", "");
	v4.sin_addr.s_addr = htonl(0xc0000207);
	memcpy(made.record.text, &v4, sizeof(v4));
	made.record.name_size = CALL_SOCKADDR;
	assert_true(read_made(&call));
	assert_true(call.has_address);
	exchange_assert_endpoint(&call.address, "192.0.2.7", 80);

	v6.sin6_addr.s6_addr[15] = 1;
	memcpy(made.record.text, &v6, sizeof(v6));
	assert_true(read_made(&call));
	exchange_assert_endpoint(&call.address, "::1", 0);
	/* Only a shorter one could be read. */
	made.record.name_size = 16;
	assert_true(read_made(&call));
	assert_false(call.has_address);

	make(CALL_GETHOSTBYADDR, "", "");
	made.record.type = AF_INET;
	made.record.name_size = 16;
	memcpy(made.record.text, &v4.sin_addr, 4);
	assert_true(read_made(&call));
	exchange_assert_endpoint(&call.address, "192.0.2.7", 0);
	made.record.type = 77;
	assert_true(read_made(&call));
	assert_false(call.has_address);
}

static void a_return(void **state)
{
	struct packet event = event_of(sizeof(struct call_record));
	struct call call;

	(void)state;
	make(CALL_RETURN, "", "");
	made.record.result = -2;
	assert_true(call_read(&call, &event));
	assert_int_equal(call.result, -2);
}

static void no_calls(void **state)
{
	struct packet event = event_of(sizeof(struct call_record) - 1);
	struct call call;

	(void)state;
	make(CALL_GETADDRINFO, "a", "");
	assert_false(call_read(&call, &event));
	event.size++; /* the text is missing */
	assert_false(call_read(&call, &event));
	event.size = sizeof(made);
	assert_true(call_read(&call, &event));
	made.record.function = CALL_FUNCTIONS;
	assert_false(call_read(&call, &event));
	made.record.function = CALL_GETADDRINFO;
	event.kind = PACKET_DNS;
	assert_false(call_read(&call, &event));
}

static void a_connect(void **state)
{
	struct connect_record record = {.port = 443, .protocol = IPPROTO_TCP};
	struct endpoint peer = exchange_endpoint("192.0.2.80", 0);
	struct packet event = {.kind = PACKET_CONNECT, .payload = (const uint8_t *)&record};

	(void)state;
	memcpy(record.address, peer.address, 16);
	event.size = sizeof(record);
	assert_true(connect_read(&event));
	exchange_assert_endpoint(&event.destination, "192.0.2.80", 443);
	assert_false(event.ipv6);
	event.size--;
	assert_false(connect_read(&event));
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* Where the function of this process is in its file, and which that is. */
static uint64_t place_of(const void *function, char path[256])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t address = (uint64_t)(uintptr_t)function, from, to, offset, place = 0;
	char line[512];

	assert_non_null(maps);
	while (!place && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %255s", &from,
			   &to, &offset, path) == 4 &&
		    address >= from && address < to)
			place = address - from + offset;
	fclose(maps);
	assert_int_not_equal(place, 0);
	return place;
}

static void own_library(void **state)
{
	static const char *const names[] = {"no_such_function", "getaddrinfo", "gethostbyname"};
	struct elf_function found[8];
	char path[256];
	uint64_t place = place_of(dlsym(RTLD_DEFAULT, "getaddrinfo"), path);
	size_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool seen = false;

	(void)state;
	n = elf_functions(fd, names, 3, found, 8);
	assert_true(n >= 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(found[i].name, 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(found[k].offset, found[i].offset);
		seen |= found[i].name == 1 && found[i].offset == place;
	}
	assert_true(seen);
	assert_int_equal(elf_functions(fd, names, 3, found, 1), 1);
	close(fd);
}

/* Any octets: nothing is found, or something, but nothing is read that is not there. */
static void damaged_library(void **state)
{
	static const char *const names[] = {"getaddrinfo"};
	struct elf_function found[8];
	char path[256];
	uint8_t head[4096];
	int library, fd;

	(void)state;
	place_of(dlsym(RTLD_DEFAULT, "getaddrinfo"), path);
	library = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(library, head, sizeof(head)), sizeof(head));
	close(library);
	for (size_t size = 0; size <= sizeof(head); size += 61) {
		fd = memfd_create("library", MFD_CLOEXEC);
		assert_int_equal(write(fd, head, size), size);
		assert_int_equal(elf_functions(fd, names, 1, found, 8), 0);
		close(fd);
	}
	for (int class = 0; class < 256; class ++) {
		head[4] = (uint8_t) class;
		fd = memfd_create("library", MFD_CLOEXEC);
		assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
		assert_int_equal(elf_functions(fd, names, 1, found, 8), 0);
		close(fd);
	}
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void paths(void **state)
{
	static const char *const yes[] = {
		"/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/libc-2.31.so",
		"/lib/ld-musl-x86_64.so.1",	   "/lib/libc.musl-x86_64.so.1",
		"/usr/lib/libresolv.so.2",	   "/usr/lib/libresolv-2.31.so",
		"/old/libc.so.6 (deleted)",	   "/lib/libc.so",
	};
	static const char *const no[] = {
		"/lib/libcap.so.2",  "/lib/libcrypt.so.1",
		"/usr/bin/curl",     "/libc.so.6/other",
		"/lib/libcurl.so.4", "[vdso]",
		"libc.so",	     "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(library_is_resolver(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(library_is_resolver(no[i]));
}

static struct {
	char folder[64];
	unsigned int calls, gone;
	uint32_t number; /* of the last one */
	char last[32];	 /* octets of the file */
} world;

static void command(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void command(const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_int_equal(system(text), 0);
}

static int make_world(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	strcpy(world.folder, "/tmp/libraries-XXXXXX");
	return mkdtemp(world.folder) ? 0 : -1;
}

static int remove_world(void **state)
{
	(void)state;
	command("rm -rf %s", world.folder);
	return 0;
}

/* A process that has this file mapped, as inode `inode` (0: its own). */
static void add_process(unsigned int pid, const char *path, const char *permissions, ino_t inode)
{
	char file[128], maps[160];
	struct stat status;
	FILE *out;

	snprintf(file, sizeof(file), "%s/root%s", world.folder, path);
	assert_int_equal(stat(file, &status), 0);
	command("mkdir -p %s/proc/%u && ln -sfn ../../root %s/proc/%u/root && ln -sf /bin/sh "
		"%s/proc/%u/exe",
		world.folder, pid, world.folder, pid, world.folder, pid);
	snprintf(maps, sizeof(maps), "%s/proc/%u/maps", world.folder, pid);
	out = fopen(maps, "ae");
	assert_non_null(out);
	fprintf(out, "00400000-00401000 %s 00000000 fe:01 %lu %*s%s\n", permissions,
		(unsigned long)(inode ? inode : status.st_ino), 10, "", path);
	fclose(out);
}

static void note_library(void *context, uint32_t number, int fd)
{
	ssize_t n = pread(fd, world.last, sizeof(world.last) - 1, 0);

	(void)context;
	world.calls++;
	world.number = number;
	world.last[n > 0 ? n : 0] = '\0';
}

static void note_gone(void *context, uint32_t number)
{
	(void)context;
	world.gone++;
	world.number = number;
}

static struct libraries *new_libraries(void)
{
	char proc[128];
	struct libraries *l;

	snprintf(proc, sizeof(proc), "%s/proc", world.folder);
	l = libraries_new(proc,
			  &(struct library_handler){.found = note_library, .gone = note_gone});
	assert_non_null(l);
	return l;
}

static unsigned int scan(struct libraries *l, bool all)
{
	world.calls = world.gone = 0;
	libraries_scan(l, all);
	return world.calls;
}

static void each_file_once(void **state)
{
	struct libraries *l = new_libraries();

	(void)state;
	command("mkdir -p %s/root/lib %s/root/other && echo one >%s/root/lib/libc.so.6 && "
		"echo two >%s/root/other/libc.so.6 && echo no >%s/root/lib/libm.so.6",
		world.folder, world.folder, world.folder, world.folder, world.folder);
	add_process(10, "/lib/libc.so.6", "r-xp", 0);
	add_process(10, "/lib/libm.so.6", "r-xp", 0);
	add_process(11, "/lib/libc.so.6", "r-xp", 0);
	add_process(12, "/other/libc.so.6", "r--p", 0);
	assert_int_equal(scan(l, true), 1);
	assert_string_equal(world.last, "one\n");
	assert_int_equal(scan(l, true), 0);
	/* Found while running: another process, another file. */
	add_process(13, "/other/libc.so.6", "r-xp", 0);
	assert_int_equal(scan(l, false), 1);
	assert_string_equal(world.last, "two\n");
	assert_int_equal(libraries_passed_over(l), 0);
	libraries_free(l);
}

/* A process that is not young any more is only looked at with all the others. */
static void later_library(void **state)
{
	struct libraries *l = new_libraries();

	(void)state;
	command("mkdir -p %s/root/lib && echo one >%s/root/lib/libc.so.6 && echo no "
		">%s/root/lib/libm.so.6",
		world.folder, world.folder, world.folder);
	add_process(10, "/lib/libm.so.6", "r-xp", 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(scan(l, false), 0);
	add_process(10, "/lib/libc.so.6", "r-xp", 0);
	assert_int_equal(scan(l, false), 0);
	assert_int_equal(scan(l, true), 1);
	libraries_free(l);
}

/* Its place is free for another one, when no process has had it for two looks. */
static void library_goes(void **state)
{
	struct libraries *l = new_libraries();
	uint32_t first, second;

	(void)state;
	command("mkdir -p %s/root/lib %s/root/other && echo one >%s/root/lib/libc.so.6 && "
		"echo two >%s/root/other/libc.so.6",
		world.folder, world.folder, world.folder, world.folder);
	add_process(10, "/lib/libc.so.6", "r-xp", 0);
	add_process(11, "/other/libc.so.6", "r-xp", 0);
	assert_int_equal(scan(l, true), 2);
	second = world.number;
	first = 1 - second;
	command("rm -r %s/proc/%u", world.folder, strcmp(world.last, "two\n") == 0 ? 11 : 10);
	assert_int_equal(scan(l, true) + world.gone, 0);
	assert_int_equal(scan(l, false) + world.gone, 0);
	assert_int_equal(scan(l, true), 0);
	assert_int_equal(world.gone, 1);
	assert_int_equal(world.number, second);
	assert_int_equal(scan(l, true) + world.gone, 0);
	add_process(12, "/lib/libc.so.6", "r-xp", 0);
	add_process(13, "/other/libc.so.6", "r-xp", 0);
	assert_int_equal(scan(l, false), 1);
	assert_int_equal(world.number, second);
	assert_int_not_equal(first, second);
	libraries_free(l);
}

/* All that there is room for, and what is free again. */
static void many_libraries(void **state)
{
	struct libraries *l = new_libraries();

	(void)state;
	command("mkdir -p %s/root && for i in $(seq 1000 1259); do mkdir -p %s/root/$i; "
		"echo $i >%s/root/$i/libc.so.6; done",
		world.folder, world.folder, world.folder);
	for (unsigned int i = 1000; i < 1260; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/%u/libc.so.6", i);
		add_process(i, path, "r-xp", 0);
	}
	assert_int_equal(scan(l, true), LIBRARIES_MAX);
	assert_int_equal(libraries_passed_over(l), 260 - LIBRARIES_MAX);
	command("rm -r %s/proc/10[0-9][0-9]", world.folder);
	scan(l, true);
	scan(l, true);
	assert_true(world.gone >= 96);
	scan(l, true);
	assert_int_equal(libraries_passed_over(l), 0);
	libraries_free(l);
}

/* The path is another file by now, or nothing that can be read. */
static void wrong_files(void **state)
{
	struct libraries *l = new_libraries();

	(void)state;
	command("mkdir -p %s/root/lib && echo one >%s/root/lib/libc.so.6 && "
		"mkfifo %s/root/lib/libc-2.31.so",
		world.folder, world.folder, world.folder);
	add_process(10, "/lib/libc.so.6", "r-xp", 1);
	add_process(11, "/lib/libc-2.31.so", "r-xp", 0);
	assert_int_equal(scan(l, true), 0);
	assert_int_equal(libraries_passed_over(l), 2);
	libraries_free(l);
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, make_world, remove_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name),      cmocka_unit_test(a_long_name),
		cmocka_unit_test(an_address),  cmocka_unit_test(a_return),
		cmocka_unit_test(no_calls),    cmocka_unit_test(a_connect),
		cmocka_unit_test(own_library), cmocka_unit_test(damaged_library),
		cmocka_unit_test(paths),       world_test(each_file_once),
		world_test(later_library),     world_test(wrong_files),
		world_test(library_goes),      world_test(many_libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
