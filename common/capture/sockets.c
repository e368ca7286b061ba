/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/kernel.h"
#include "bpf/lib/record.h"
#include "bpf/loader.h"
#include "capture/cgroup.h"
#include "capture/ip.h"
#include "capture/owners.h"
#include "capture/program.h"
#include "capture/stream.h"

/*
 * While packets come, the reader looks every few milliseconds and wants no wake-ups: they cost
 * four times what a record does. When none come it sleeps and is woken by the next one. A record
 * that is written just as the reader falls asleep may miss it, so the sleep is bounded.
 */
#define PAUSE_MS     10
#define SLEEP_MS_MAX 100

/* Pauses without a packet before the reader goes to sleep. */
#define IDLE_PAUSES_MAX 20

enum socket_map { MAP_OWNERS, MAP_LOSSES, MAP_CONTROL, MAP_COUNT };

struct sockets {
	struct source source;
	struct loader_result loaded;
	struct program_hook hooks[PROGRAM_HOOKS_MAX];
	size_t hook_count;
	int links[PROGRAM_HOOKS_MAX];
	struct owners_result *owners;
	struct streams *streams;
	struct ring_buffer *ring;
	int epoll;
	volatile uint64_t *control;	 /* enum reader_state */
	const volatile uint64_t *losses; /* LOSS_CPUS_MAX * LOSS_CAUSES */
	unsigned int idle_pauses;
	struct source_stats stats;
	packet_fn fn; /* during poll() */
	void *context;
};

static size_t page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

#define CONTROL_SIZE sizeof(uint64_t)
#define LOSSES_SIZE  (sizeof(uint64_t) * LOSS_CPUS_MAX * LOSS_CAUSES)

static void fill_owner(struct packet *packet, const struct socket_record *record)
{
	const struct socket_owner *owner = &record->owner;
	static const uint8_t none[2];

	packet->has_owner = true;
	packet->owner.pid = owner->pid;
	packet->owner.tid = owner->tid;
	packet->owner.uid = owner->uid;
	packet->owner.since = owner->since;
	memcpy(packet->owner.comm, owner->comm, COMM_SIZE);
	packet->owner.comm[COMM_SIZE - 1] = '\0';
	if (packet->direction != PACKET_OUT || memcmp(owner->asked_port, none, 2) == 0)
		return;
	memcpy(packet->asked.address, owner->asked_address, 16);
	packet->asked.port = (uint16_t)(owner->asked_port[0] << 8 | owner->asked_port[1]);
	packet->has_asked = !endpoint_equal(&packet->asked, &packet->destination);
}

static void give_packet(void *context, const struct packet *packet)
{
	struct sockets *s = context;

	s->stats.captured++;
	s->stats.unattributed += packet->kind == PACKET_DNS && !packet->has_owner;
	s->stats.truncated += packet->kind == PACKET_DNS && packet->wire_size > packet->size;
	s->fn(s->context, packet);
}

static int on_record(void *context, void *data, size_t size)
{
	const struct socket_record *record = data;
	struct sockets *s = context;
	struct packet packet;

	if (size < sizeof(*record) || size - sizeof(*record) < record->size) {
		s->stats.unreadable++;
		return 0;
	}
	packet.time = record->time;
	packet.cookie = record->cookie;
	packet.direction = record->flags & RECORD_OUT ? PACKET_OUT : PACKET_IN;
	packet.has_owner = packet.has_asked = false;
	if (ip_packet_read(&packet, record->packet, record->size, record->wire_size) !=
	    IP_MESSAGES) {
		s->stats.unreadable++;
		return 0;
	}
	if (record->flags & RECORD_HAS_OWNER)
		fill_owner(&packet, record);
	if (packet.protocol == IPPROTO_TCP && packet.kind == PACKET_DNS)
		streams_segment(s->streams, &packet, give_packet, s);
	else
		give_packet(s, &packet);
	return 0;
}

/* Edge-triggered: only a wake-up ends the wait, not the mere presence of data. */
static int wait_for_wakeup(struct sockets *s, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(s->epoll, &event, 1, timeout_ms) < 0 ? -errno : 0;
}

static int drain(struct sockets *s)
{
	int n = ring_buffer__consume(s->ring);

	if (n > 0)
		s->idle_pauses = 0;
	return n;
}

static int drain_after_pause(struct sockets *s, int timeout_ms)
{
	int error, n;

	*s->control = READER_PAUSED;
	error = wait_for_wakeup(s, timeout_ms < PAUSE_MS ? timeout_ms : PAUSE_MS);
	*s->control = READER_RUNNING;
	n = drain(s);
	if (n == 0)
		s->idle_pauses++;
	return n < 0 ? n : error;
}

static int drain_after_sleep(struct sockets *s, int timeout_ms)
{
	int error = 0, n;

	*s->control = READER_ASLEEP;
	__sync_synchronize();
	n = drain(s);
	if (n == 0)
		error = wait_for_wakeup(s, timeout_ms < SLEEP_MS_MAX ? timeout_ms : SLEEP_MS_MAX);
	*s->control = READER_RUNNING;
	if (n == 0)
		n = drain(s);
	return n < 0 ? n : error;
}

static int sockets_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct sockets *s = (struct sockets *)source;

	s->fn = fn;
	s->context = context;
	if (s->idle_pauses < IDLE_PAUSES_MAX)
		return drain_after_pause(s, timeout_ms);
	return drain_after_sleep(s, timeout_ms);
}

static uint64_t sum_losses(const struct sockets *s, enum loss_cause cause)
{
	uint64_t sum = 0;

	for (size_t cpu = 0; cpu < LOSS_CPUS_MAX; cpu++)
		sum += s->losses[cpu * LOSS_CAUSES + cause];
	return sum;
}

static void sockets_stats(struct source *source, struct source_stats *stats)
{
	struct sockets *s = (struct sockets *)source;

	*stats = s->stats;
	stats->lost_ring += sum_losses(s, LOSS_RING);
	stats->lost_owner += sum_losses(s, LOSS_OWNER);
	stats->unreadable += sum_losses(s, LOSS_UNREADABLE) + streams_skipped(s->streams);
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void sockets_close(struct source *source)
{
	struct sockets *s = (struct sockets *)source;

	close_all(s->links, s->hook_count);
	if (s->control)
		munmap((void *)s->control, page_round(CONTROL_SIZE));
	if (s->losses)
		munmap((void *)s->losses, page_round(LOSSES_SIZE));
	if (s->ring)
		ring_buffer__free(s->ring);
	close_all(&s->epoll, 1);
	close_all(&s->loaded.ring, 1);
	close_all(s->loaded.programs, s->hook_count);
	close_all(s->loaded.maps, MAP_COUNT);
	if (s->owners)
		close_all(s->owners->icmp, s->owners->icmp_count);
	free(s->owners);
	streams_free(s->streams);
	free(s);
}

static const struct source_operations sockets_operations = {
	.poll = sockets_poll,
	.stats = sockets_stats,
	.close = sockets_close,
};

/* A line for -v. */
static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

static bool load(struct sockets *s, const struct sockets_config *config, char *error)
{
	static const char *const maps[MAP_COUNT] = {"owners", "losses", "control"};
	struct loader_program programs[PROGRAM_HOOKS_MAX];
	char *text = sockets_program_text(config);
	struct loader_request request = {
		.text = text,
		.programs = programs,
		.program_count = s->hook_count,
		.maps = maps,
		.map_count = MAP_COUNT,
		.ring_size = config->ring_kib * 1024,
		.verbose = config->verbose,
	};
	bool loaded;

	if (!text) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return false;
	}
	for (size_t i = 0; i < s->hook_count; i++)
		programs[i] = s->hooks[i].program;
	loaded = loader_load(&s->loaded, &request, error);
	free(text);
	return loaded;
}

static bool attach_hook(struct sockets *s, size_t i, int cgroup, bool verbose, char *error)
{
	const struct program_hook *hook = &s->hooks[i];
	char what[128];

	s->links[i] = bpf_link_create(s->loaded.programs[i], cgroup, hook->program.attach, NULL);
	if (s->links[i] >= 0)
		return true;
	if (hook->optional) {
		if (verbose)
			note("%s cannot be attached (%s): %s", hook->program.function,
			     strerror(errno), hook->without);
		return true;
	}
	snprintf(what, sizeof(what), "cannot attach %s to the cgroup", hook->program.function);
	kernel_explain(error, SOURCE_ERROR_MAX, what, errno);
	return false;
}

static bool attach(struct sockets *s, const struct sockets_config *config, char *error)
{
	int cgroup = cgroup_open(config->cgroup, error, SOURCE_ERROR_MAX);
	bool attached = cgroup >= 0;

	for (size_t i = 0; attached && i < s->hook_count; i++)
		attached = attach_hook(s, i, cgroup, config->verbose, error);
	close_all(&cgroup, 1);
	return attached;
}

static void *map_words(int fd, size_t size, int protection)
{
	void *words = mmap(NULL, page_round(size), protection, MAP_SHARED, fd, 0);

	return words == MAP_FAILED ? NULL : words;
}

static bool open_ring(struct sockets *s)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	s->ring = ring_buffer__new(s->loaded.ring, on_record, s, NULL);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	return s->ring && s->epoll >= 0 &&
	       epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->loaded.ring, &event) == 0;
}

static bool open_reader(struct sockets *s, char *error)
{
	s->control = map_words(s->loaded.maps[MAP_CONTROL], CONTROL_SIZE, PROT_READ | PROT_WRITE);
	s->losses = map_words(s->loaded.maps[MAP_LOSSES], LOSSES_SIZE, PROT_READ);
	if (s->control && s->losses && open_ring(s))
		return true;
	kernel_explain(error, SOURCE_ERROR_MAX, "cannot map the ring buffer", errno);
	return false;
}

static void scan_owners(struct sockets *s, const struct sockets_config *config)
{
	struct owners_config scan = {
		.ports = config->ports,
		.port_count = config->port_count,
		.servers = !config->no_server,
		.map = s->loaded.maps[MAP_OWNERS],
	};

	s->owners = calloc(1, sizeof(*s->owners));
	if (!s->owners || !owners_scan(s->owners, &scan)) {
		if (config->verbose)
			note("sockets older than this tool have no process: %s", strerror(errno));
		return;
	}
	if (config->verbose)
		note("%u older sockets in %u network namespaces, %u passed over, %u ICMP listeners",
		     s->owners->sockets, s->owners->namespaces, s->owners->passed_over,
		     s->owners->icmp_count);
	if (config->verbose && !s->loaded.has_task_offsets)
		note("no BTF, or locked down: COMM is the thread's name, and a child that sends "
		     "on its parent's connected socket is not told apart");
}

static struct sockets *sockets_new(const struct sockets_config *config)
{
	struct sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->streams = streams_new();
	if (!s->streams) {
		free(s);
		return NULL;
	}
	s->source.operations = &sockets_operations;
	s->hook_count = program_hooks(s->hooks, config);
	s->idle_pauses = IDLE_PAUSES_MAX;
	s->epoll = s->loaded.ring = -1;
	memset(s->links, -1, sizeof(s->links));
	memset(s->loaded.programs, -1, sizeof(s->loaded.programs));
	memset(s->loaded.maps, -1, sizeof(s->loaded.maps));
	return s;
}

struct source *sockets_open(const struct sockets_config *config, char error[SOURCE_ERROR_MAX])
{
	struct sockets *s = sockets_new(config);

	if (!s) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return NULL;
	}
	/* The hooks first, then the look at older sockets: so none falls between. */
	if (!load(s, config, error) || !open_reader(s, error) || !attach(s, config, error)) {
		sockets_close(&s->source);
		return NULL;
	}
	scan_owners(s, config);
	return &s->source;
}
