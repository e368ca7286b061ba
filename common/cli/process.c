/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/escape.h"
#include "cli/parse.h"

#define CACHE_SIZE	  1024 /* direct mapped by pid; a power of two */
#define READS_PER_SECOND  2000
#define SUSPENDS_MAX	  16
#define SUSPEND_SHORTEST  (10 * NS_PER_MS)
#define STAT_START_FIELD  22 /* proc(5), counted from 1 */
#define PID_MAX_UNWRAPPED 32768
#define LASTING		  (10 * NS_PER_MS) /* so many do not come and go in that time */

struct reading {
	uint32_t pid;
	uint64_t time;	  /* CLOCK_MONOTONIC when it was begun */
	uint64_t started; /* ns of CLOCK_BOOTTIME */
	char comm[COMM_SIZE];
	char thread_comm[COMM_SIZE]; /* of the thread `tid`; "" when it is gone */
	uint32_t tid;
	char *cmdline; /* NULL: a kernel thread, or none could be read */
};

/* CLOCK_BOOTTIME - CLOCK_MONOTONIC as it was at `time`: it grows with each suspend. */
struct boot_offset {
	uint64_t time;
	uint64_t offset;
};

struct processes {
	char proc[64];
	uint64_t tick;	 /* ns of a clock tick in /proc/PID/stat */
	uint64_t slack;	 /* ns that a start may seem later than it was noted */
	uint64_t second; /* when the current budget began */
	unsigned int reads;
	struct boot_offset offsets[SUSPENDS_MAX];
	unsigned int offset_count;
	struct reading readings[CACHE_SIZE];
};

static uint64_t boottime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static void note_offset(struct processes *p)
{
	uint64_t now = clock_monotonic(), offset = boottime() - now;
	unsigned int n = p->offset_count;

	if (n && offset < p->offsets[n - 1].offset + SUSPEND_SHORTEST)
		return;
	if (n == SUSPENDS_MAX) {
		memmove(p->offsets, p->offsets + 1, (SUSPENDS_MAX - 1) * sizeof(p->offsets[0]));
		n--;
	}
	p->offsets[n] = (struct boot_offset){.time = now, .offset = offset};
	p->offset_count = n + 1;
}

/*
 * The smallest CLOCK_BOOTTIME that `monotonic` can have been: a suspend that may have come
 * after it is not counted.
 */
static uint64_t to_boottime(const struct processes *p, uint64_t monotonic)
{
	unsigned int i = p->offset_count - 1;

	while (i > 0 && p->offsets[i].time > monotonic)
		i--;
	return monotonic + p->offsets[i].offset;
}

static ssize_t read_file(int directory, const char *name, char *text, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/*
 * A start is rounded down to a tick. Where pids can be used again within a tick, the whole tick
 * must lie before `since`; 32,768 processes do not come and go in 10 ms.
 */
static uint64_t start_slack(int proc, uint64_t tick)
{
	uint64_t pid_max;
	char text[32];

	read_file(proc, "sys/kernel/pid_max", text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	if (parse_unsigned(text, 0, UINT32_MAX, &pid_max) && pid_max >= PID_MAX_UNWRAPPED)
		return 0;
	return tick;
}

struct processes *processes_new(const char *proc)
{
	struct processes *p = calloc(1, sizeof(*p));
	long ticks = sysconf(_SC_CLK_TCK);
	int fd;

	if (!p)
		return NULL;
	snprintf(p->proc, sizeof(p->proc), "%s", proc);
	p->tick = NS_PER_SECOND / (ticks > 0 ? (uint64_t)ticks : 100);
	fd = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->slack = start_slack(fd, p->tick);
	if (fd >= 0)
		close(fd);
	note_offset(p);
	return p;
}

void processes_free(struct processes *p)
{
	if (!p)
		return;
	for (unsigned int i = 0; i < CACHE_SIZE; i++)
		free(p->readings[i].cmdline);
	free(p);
}

/* Field 22 comes after the command name, which may hold anything: count from the last ")". */
static bool start_ticks(const char *stat, uint64_t *ticks)
{
	const char *field = strrchr(stat, ')');
	char *end;

	for (int i = 2; field && i < STAT_START_FIELD; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	if (!field)
		return false;
	*ticks = strtoull(field, &end, 10);
	return end != field && *end == ' ';
}

static void read_comm(int directory, const char *name, char comm[COMM_SIZE])
{
	char text[COMM_SIZE + 1];

	read_file(directory, name, text, sizeof(text));
	/* A name may itself hold newlines: only the last one is the kernel's. */
	if (text[0] && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	memset(comm, 0, COMM_SIZE);
	memcpy(comm, text, strnlen(text, COMM_SIZE - 1));
}

static char *read_cmdline(int directory)
{
	static const char cut[] = "…";
	char raw[PROCESS_CMDLINE_MAX], text[PROCESS_CMDLINE_MAX];
	ssize_t size = read_file(directory, "cmdline", raw, sizeof(raw));
	size_t n = size > 0 ? (size_t)size : 0, length, taken;
	bool whole = n < sizeof(raw) - 1;

	while (whole && n > 0 && raw[n - 1] == '\0')
		n--;
	if (n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (raw[i] == '\0')
			raw[i] = ' ';
	length = escape_text(text, sizeof(text) - (sizeof(cut) - 1), raw, n, ESCAPE_UTF8, &taken);
	if (!whole || taken < n)
		memcpy(text + length, cut, sizeof(cut));
	return strdup(text);
}

/* The directory, once opened, stays that process': if it ends, reading from it fails. */
static bool read_process(const struct processes *p, struct reading *r, int directory, uint32_t tid)
{
	char name[48], stat[1024];
	uint64_t ticks;

	if (read_file(directory, "stat", stat, sizeof(stat)) <= 0 || !start_ticks(stat, &ticks))
		return false;
	r->started = ticks * p->tick;
	r->cmdline = read_cmdline(directory);
	read_comm(directory, "comm", r->comm);
	snprintf(name, sizeof(name), "task/%u/comm", tid);
	read_comm(directory, name, r->thread_comm);
	return true;
}

static bool take_reading(struct processes *p, struct reading *r, const struct owner *owner)
{
	char path[96];
	int directory;
	bool ok;

	free(r->cmdline);
	*r = (struct reading){.pid = owner->pid, .tid = owner->tid, .time = clock_monotonic()};
	note_offset(p);
	snprintf(path, sizeof(path), "%s/%u", p->proc, owner->pid);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return false;
	ok = read_process(p, r, directory, owner->tid);
	close(directory);
	if (!ok)
		r->started = UINT64_MAX;
	return ok;
}

/* The budget keeps what is certain: without it a value is absent, never another's. */
static bool may_read(struct processes *p, uint64_t now)
{
	if (now - p->second >= NS_PER_SECOND) {
		p->second = now;
		p->reads = 0;
	}
	return p->reads++ < READS_PER_SECOND;
}

static bool comm_fits(const struct reading *r, const struct owner *owner)
{
	if (strncmp(r->comm, owner->comm, COMM_SIZE) == 0)
		return true;
	return r->tid == owner->tid && strncmp(r->thread_comm, owner->comm, COMM_SIZE) == 0;
}

static bool had_started(const struct processes *p, uint64_t started, uint64_t since)
{
	return started <= UINT64_MAX - p->slack && started + p->slack <= to_boottime(p, since);
}

static bool is_owners(const struct processes *p, const struct reading *r, const struct owner *owner)
{
	return r->pid == owner->pid && owner->since <= r->time && comm_fits(r, owner) &&
	       had_started(p, r->started, owner->since);
}

const char *processes_cmdline(struct processes *p, const struct owner *owner, uint64_t now)
{
	struct reading *r = &p->readings[owner->pid % CACHE_SIZE];

	if (is_owners(p, r, owner))
		return r->cmdline;
	/* The same failure again tells nothing new. */
	if (r->pid == owner->pid && owner->since <= r->time && r->tid == owner->tid)
		return NULL;
	if (!may_read(p, now) || !take_reading(p, r, owner))
		return NULL;
	return is_owners(p, r, owner) ? r->cmdline : NULL;
}

bool processes_started(const struct processes *p, const char *stat, size_t size, uint64_t *started)
{
	char text[1024];
	uint64_t ticks;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, stat, size);
	text[size] = '\0';
	if (!start_ticks(text, &ticks))
		return false;
	*started = ticks * p->tick;
	return true;
}

uint64_t processes_lasting(const struct processes *p)
{
	return p->slack ? 0 : LASTING;
}

bool processes_is_same(struct processes *p, uint64_t started, uint64_t time, uint64_t since)
{
	note_offset(p);
	return since <= time + processes_lasting(p) && had_started(p, started, since);
}
