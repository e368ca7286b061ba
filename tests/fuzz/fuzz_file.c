/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a capture file: from the file to its DNS messages, and those written again.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/cgroup_paths.h"
#include "capture/file.h"
#include "capture/intake.h"
#include "capture/writer.h"
#include "fuzz.h"

/* A block of twelve octets is the smallest that a poll can pass; a packet needs more. */
#define POLLS_MAX 65536

static volatile uint8_t sink;

/* What the reader gave: the file that was written of it must give the same. */
struct tally {
	uint64_t packets;
	uint64_t octets;
	uint64_t cookies;
	uint64_t times;
	uint64_t owners;
};

static void take_packet(void *context, const struct packet *p)
{
	struct tally *t = context;

	REQUIRE(p->size <= p->wire_size);
	REQUIRE(p->kind == PACKET_DROPPED ? p->reason != NULL : p->reason == NULL);
	REQUIRE(p->owner.comm[COMM_SIZE - 1] == '\0');
	for (uint32_t i = 0; i < p->size; i++)
		sink ^= p->payload[i];
	t->packets++;
	t->octets += p->size;
	t->cookies += p->cookie + p->asked.port;
	t->times += p->time;
	t->owners += p->has_owner + p->owner.pid;
}

static int memory_file(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, data, size) == (ssize_t)size);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* Returns how it ended; 1 as well when it is none at all. */
static int read_all(const char *path, const char *copy, struct tally *t)
{
	const struct capture_config config = {.ports = {53}, .port_count = 1, .file = path};
	static struct cgroups *cgroups; /* of all runs: it is large */
	char error[SOURCE_ERROR_MAX] = "";
	struct writer *writer = NULL;
	struct source *source;
	int result, polls = 0;

	if (!cgroups)
		cgroups = cgroups_new();
	source = file_open(&config, cgroups, error);
	if (source && copy)
		writer = writer_open(copy, source, cgroups, error);
	result = source ? 0 : 1;
	REQUIRE(source || *error);
	if (writer)
		intake_tap(source->intake, writer_packet, writer);
	while (!result) {
		result = source->operations->poll(source, 0, take_packet, t);
		REQUIRE(++polls < POLLS_MAX);
	}
	REQUIRE(!source || (result == SOURCE_END) == (source->error[0] == '\0'));
	if (writer)
		REQUIRE(writer_close(writer) == 0);
	if (source)
		source->operations->close(source);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally first = {0}, again = {0};
	char path[64], copy[64];
	int in = memory_file(data, size, path), out = memory_file("", 0, copy);

	read_all(path, copy, &first);
	if (first.packets) {
		REQUIRE(read_all(copy, NULL, &again) == SOURCE_END);
		REQUIRE(memcmp(&first, &again, sizeof(first)) == 0);
	}
	close(in);
	close(out);
	return 0;
}
