/* SPDX-License-Identifier: MIT */
/* Which executables are suites: those with a section that says so. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "jobs.h"

/* The file as it lies in memory. Every offset in it is checked before it is followed.
 */
struct image {
	const unsigned char *bytes;
	size_t size;
};

static bool within(const struct image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

static bool section_is(const struct image *image, const Elf64_Shdr *names, uint32_t at,
		       const char *name)
{
	size_t size = strlen(name) + 1;

	if (at >= names->sh_size || size > names->sh_size - at)
		return false;
	return !memcmp(image->bytes + names->sh_offset + at, name, size);
}

static int find_section(const struct image *image, const char *name)
{
	Elf64_Ehdr head;
	Elf64_Shdr names, section;

	if (image->size < sizeof(head))
		return -ENOEXEC;
	memcpy(&head, image->bytes, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    (head.e_type != ET_EXEC && head.e_type != ET_DYN))
		return -ENOEXEC;
	if (head.e_shentsize != sizeof(section) || head.e_shstrndx >= head.e_shnum ||
	    !within(image, head.e_shoff, (uint64_t)head.e_shnum * sizeof(section)))
		return 0;
	memcpy(&names, image->bytes + head.e_shoff + head.e_shstrndx * sizeof(names),
	       sizeof(names));
	if (names.sh_type == SHT_NOBITS ||
	    !within(image, names.sh_offset, names.sh_size))
		return 0;
	for (size_t i = 0; i < head.e_shnum; i++) {
		memcpy(&section, image->bytes + head.e_shoff + i * sizeof(section),
		       sizeof(section));
		if (section_is(image, &names, section.sh_name, name))
			return 1;
	}
	return 0;
}

int elf_has_section(const char *path, const char *name)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct image image;
	struct stat status;
	void *bytes;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return nst_fail_errno("%s", path);
	if (!S_ISREG(status.st_mode) || !(status.st_mode & 0111) || !status.st_size)
		return nst_fail(-ENOEXEC, "%s: not an executable", path);
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return nst_fail_errno("%s", path);
	image = (struct image){ bytes, (size_t)status.st_size };
	r = find_section(&image, name);
	munmap(bytes, image.size);
	return r < 0 ? nst_fail(r, "%s: not an executable of this machine", path) : r;
}
