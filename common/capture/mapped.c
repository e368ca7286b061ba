/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/mapped.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

void *mapped_array(int map, size_t size)
{
	void *p = mmap(NULL, page_round(size), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	return p == MAP_FAILED ? NULL : p;
}

void mapped_array_close(void *array, size_t size)
{
	if (array)
		munmap(array, page_round(size));
}
