#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_memory_advice.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "small_file.h"

/* Newer than some C libraries' headers; the kernel answers EINVAL where it does not know them. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

size_t rvgk_page_size(void) {
  long size = sysconf(_SC_PAGESIZE);
  return size > 0 ? (size_t)size : 4096;
}

size_t rvgk_huge_page_size(void) {
  char text[32];
  const char *path = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
  if (rvgk_read_small_file(path, text, sizeof text) <= 0) return 0;
  unsigned long long size = strtoull(text, NULL, 10);
  return size >= 65536 && size <= ((unsigned long long)1 << 34) ? (size_t)size : 0;
}

int rvgk_advise_memory(void *start, size_t byte_count, rvgk_memory_advice advice) {
  int flag;
  switch (advice) {
    case RVGK_ADVICE_HUGE_PAGES: flag = MADV_HUGEPAGE; break;
    case RVGK_ADVICE_NO_HUGE_PAGES: flag = MADV_NOHUGEPAGE; break;
    case RVGK_ADVICE_COLLAPSE: flag = MADV_COLLAPSE; break;
    case RVGK_ADVICE_DONT_NEED: flag = MADV_DONTNEED; break;
    case RVGK_ADVICE_WILL_NEED: flag = MADV_WILLNEED; break;
    case RVGK_ADVICE_SEQUENTIAL: flag = MADV_SEQUENTIAL; break;
    case RVGK_ADVICE_POPULATE_WRITE: flag = MADV_POPULATE_WRITE; break;
    default: return EINVAL;
  }
  uintptr_t page = rvgk_page_size();
  uintptr_t from = (uintptr_t)start;
  if (byte_count > PTRDIFF_MAX || byte_count > UINTPTR_MAX - from) return EINVAL;
  uintptr_t to = (from + byte_count) & ~(page - 1);
  if (from > UINTPTR_MAX - (page - 1)) return 0;
  from = (from + page - 1) & ~(page - 1);
  if (to <= from) return 0;
  return madvise((void *)from, to - from, flag) == 0 ? 0 : errno;
}
