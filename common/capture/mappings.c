/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/mappings.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#define PROCESSORS_MAX 1024
#define PAGES	       8 /* a power of two; of each processor's buffer */

/* PERF_RECORD_MMAP2, as perf_event_open(2) has it. */
struct mapping_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t address, size, offset;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t protection, flags;
	char path[PATH_MAX + sizeof(uint64_t)];
};

struct buffer {
	int event;
	struct perf_event_mmap_page *page; /* the data begin a page later */
};

struct mappings {
	int epoll;
	size_t page_size;
	unsigned int count;
	struct buffer buffers[PROCESSORS_MAX];
	struct mapping_record record; /* a copy: in the buffer it may begin at its end */
};

static int open_event(int processor)
{
	struct perf_event_attr attribute = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attribute),
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.watermark = 1,
		.wakeup_watermark = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attribute, -1, processor, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static bool add_processor(struct mappings *m, int processor)
{
	struct epoll_event wanted = {.events = EPOLLIN};
	struct buffer b = {.event = open_event(processor)};

	if (b.event < 0)
		return errno == ENODEV; /* it is off */
	b.page = mmap(NULL, (1 + PAGES) * m->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, b.event,
		      0);
	if (b.page == MAP_FAILED || epoll_ctl(m->epoll, EPOLL_CTL_ADD, b.event, &wanted) < 0) {
		close(b.event);
		return false;
	}
	m->buffers[m->count++] = b;
	return true;
}

struct mappings *mappings_open(void)
{
	struct mappings *m = calloc(1, sizeof(*m));
	long processors = sysconf(_SC_NPROCESSORS_CONF);
	int saved;

	if (!m)
		return NULL;
	m->page_size = (size_t)sysconf(_SC_PAGESIZE);
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; m->epoll >= 0 && i < processors && i < PROCESSORS_MAX; i++)
		if (!add_processor(m, i))
			break;
	if (m->count)
		return m;
	saved = errno;
	mappings_close(m);
	errno = saved;
	return NULL;
}

void mappings_close(struct mappings *m)
{
	if (!m)
		return;
	for (unsigned int i = 0; i < m->count; i++) {
		munmap(m->buffers[i].page, (1 + PAGES) * m->page_size);
		close(m->buffers[i].event);
	}
	if (m->epoll >= 0)
		close(m->epoll);
	free(m);
}

int mappings_fd(const struct mappings *m)
{
	return m ? m->epoll : -1;
}

static void copy_out(const struct mappings *m, const struct buffer *b, uint64_t at, void *to,
		     size_t size)
{
	const char *data = (const char *)b->page + m->page_size;
	size_t whole = PAGES * m->page_size, begin = at % whole;
	size_t first = size < whole - begin ? size : whole - begin;

	memcpy(to, data + begin, first);
	memcpy((char *)to + first, data, size - first);
}

static void read_record(struct mappings *m, const struct buffer *b, uint64_t at, mapping_fn fn,
			void *context)
{
	struct mapping_record *r = &m->record;
	size_t size = r->header.size;
	struct mapping mapping;

	if (r->header.type != PERF_RECORD_MMAP2 || size <= offsetof(struct mapping_record, path))
		return;
	if (size > sizeof(*r))
		size = sizeof(*r);
	copy_out(m, b, at, r, size);
	/* The kernel pads it with zeros, unless it was cut above. */
	r->path[sizeof(r->path) - 1] = '\0';
	mapping = (struct mapping){r->pid, r->major, r->minor, r->inode, r->path};
	fn(context, &mapping);
}

static void read_buffer(struct mappings *m, const struct buffer *b, mapping_fn fn, void *context)
{
	uint64_t head = __atomic_load_n(&b->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t at = b->page->data_tail;

	while (at < head) {
		copy_out(m, b, at, &m->record.header, sizeof(m->record.header));
		if (m->record.header.size < sizeof(m->record.header))
			break;
		read_record(m, b, at, fn, context);
		at += m->record.header.size;
	}
	__atomic_store_n(&b->page->data_tail, head, __ATOMIC_RELEASE);
}

void mappings_read(struct mappings *m, mapping_fn fn, void *context)
{
	for (unsigned int i = 0; m && i < m->count; i++)
		read_buffer(m, &m->buffers[i], fn, context);
}
