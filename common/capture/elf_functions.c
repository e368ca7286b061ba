/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/elf_functions.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any C library has. */
#define SEGMENTS_MAX 64
#define SECTIONS_MAX 4096
#define SYMBOLS_MAX  (1 << 18)
#define STRINGS_MAX  (8 << 20)
#define BATCH	     256

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__riscv)
#define MACHINE EM_RISCV
#else
#define MACHINE EM_NONE
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER ELFDATA2LSB
#else
#define ORDER ELFDATA2MSB
#endif

struct library {
	int fd;
	Elf64_Ehdr header;
	Elf64_Phdr segments[SEGMENTS_MAX];
	Elf64_Shdr symbols; /* the section SHT_DYNSYM */
	char *strings;	    /* always ended by a NUL */
	uint64_t strings_size;
};

static bool read_at(int fd, void *to, uint64_t size, uint64_t offset)
{
	char *place = to;

	while (size > 0) {
		ssize_t n = offset > INT64_MAX ? 0 : pread(fd, place, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		place += n;
		size -= (uint64_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

static bool read_header(struct library *l)
{
	const Elf64_Ehdr *h = &l->header;

	return read_at(l->fd, &l->header, sizeof(l->header), 0) &&
	       memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
	       h->e_ident[EI_DATA] == ORDER && h->e_machine == MACHINE && h->e_type == ET_DYN &&
	       h->e_phentsize == sizeof(Elf64_Phdr) && h->e_shentsize == sizeof(Elf64_Shdr) &&
	       h->e_phnum <= SEGMENTS_MAX && h->e_shnum <= SECTIONS_MAX;
}

static bool read_section(const struct library *l, Elf64_Shdr *section, uint64_t number)
{
	return number < l->header.e_shnum && read_at(l->fd, section, sizeof(*section),
						     l->header.e_shoff + number * sizeof(*section));
}

static bool find_symbols(struct library *l)
{
	for (unsigned int i = 0; i < l->header.e_shnum; i++) {
		if (!read_section(l, &l->symbols, i))
			return false;
		if (l->symbols.sh_type == SHT_DYNSYM)
			return l->symbols.sh_entsize == sizeof(Elf64_Sym) &&
			       l->symbols.sh_size / sizeof(Elf64_Sym) <= SYMBOLS_MAX;
	}
	return false;
}

static bool read_strings(struct library *l)
{
	Elf64_Shdr section;

	if (!read_section(l, &section, l->symbols.sh_link) || section.sh_type != SHT_STRTAB ||
	    section.sh_size == 0 || section.sh_size > STRINGS_MAX)
		return false;
	l->strings = malloc(section.sh_size + 1);
	l->strings_size = section.sh_size;
	if (!l->strings || !read_at(l->fd, l->strings, section.sh_size, section.sh_offset))
		return false;
	l->strings[section.sh_size] = '\0';
	return true;
}

/* False: it lies in no segment that is executed. */
static bool file_offset(const struct library *l, uint64_t address, uint64_t *offset)
{
	for (unsigned int i = 0; i < l->header.e_phnum; i++) {
		const Elf64_Phdr *s = &l->segments[i];

		if (s->p_type != PT_LOAD || !(s->p_flags & PF_X) || address < s->p_vaddr ||
		    address - s->p_vaddr >= s->p_filesz)
			continue;
		*offset = address - s->p_vaddr + s->p_offset;
		return true;
	}
	return false;
}

static bool is_function(const Elf64_Sym *symbol)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_value;
}

static bool find_name(const struct library *l, const Elf64_Sym *symbol, const char *const *names,
		      size_t count, size_t *which)
{
	const char *name = l->strings + symbol->st_name;

	if (symbol->st_name >= l->strings_size)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0) {
			*which = i;
			return true;
		}
	}
	return false;
}

static bool is_known(const struct elf_function *found, size_t n, uint64_t offset)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].offset == offset)
			return true;
	return false;
}

static size_t search(const struct library *l, const char *const *names, size_t count,
		     struct elf_function *found, size_t room)
{
	uint64_t total = l->symbols.sh_size / sizeof(Elf64_Sym), offset;
	Elf64_Sym batch[BATCH];
	size_t n = 0, which;

	for (uint64_t i = 0; i < total && n < room; i++) {
		const Elf64_Sym *symbol = &batch[i % BATCH];
		uint64_t left = total - i < BATCH ? total - i : BATCH;

		if (i % BATCH == 0 && !read_at(l->fd, batch, left * sizeof(*batch),
					       l->symbols.sh_offset + i * sizeof(*batch)))
			break;
		if (is_function(symbol) && find_name(l, symbol, names, count, &which) &&
		    file_offset(l, symbol->st_value, &offset) && !is_known(found, n, offset))
			found[n++] = (struct elf_function){.name = which, .offset = offset};
	}
	return n;
}

size_t elf_functions(int fd, const char *const *names, size_t count, struct elf_function *found,
		     size_t room)
{
	struct library *l = calloc(1, sizeof(*l));
	size_t n = 0;

	if (!l)
		return 0;
	l->fd = fd;
	if (read_header(l) &&
	    read_at(fd, l->segments, l->header.e_phnum * sizeof(*l->segments), l->header.e_phoff) &&
	    find_symbols(l) && read_strings(l))
		n = search(l, names, count, found, room);
	free(l->strings);
	free(l);
	return n;
}
