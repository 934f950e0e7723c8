/* The C library's allocation functions, replaced: each passes the call on and counts it.

   The blocks come from the C library under its internal names, so there is nothing to look up
   (dlsym itself may call calloc), no recursion, and blocks from before and after mix freely. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "probe.h"

#if RVGK_PROBE_INTERPOSES

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default"), used))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void *__libc_valloc(size_t);
extern void *__libc_pvalloc(size_t);
extern void __libc_free(void *);

static void *counted(void *block, size_t byte_count) {
  if (block != NULL) rvgk_probe_count_allocation(byte_count);
  return block;
}

EXPORTED void *malloc(size_t byte_count) { return counted(__libc_malloc(byte_count), byte_count); }

EXPORTED void *calloc(size_t count, size_t size) {
  /* The C library refuses a product that overflows; what it grants has a true product. */
  return counted(__libc_calloc(count, size), count * size);
}

EXPORTED void *realloc(void *block, size_t byte_count) {
  void *moved = __libc_realloc(block, byte_count);
  if (moved == NULL && block != NULL && byte_count == 0) rvgk_probe_count_free();
  return counted(moved, byte_count);
}

EXPORTED void *reallocarray(void *block, size_t count, size_t size) {
  size_t byte_count;
  if (__builtin_mul_overflow(count, size, &byte_count)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(block, byte_count);
}

EXPORTED void *memalign(size_t alignment, size_t byte_count) {
  return counted(__libc_memalign(alignment, byte_count), byte_count);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t byte_count) {
  return counted(__libc_memalign(alignment, byte_count), byte_count);
}

EXPORTED int posix_memalign(void **result, size_t alignment, size_t byte_count) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
    return EINVAL;
  }
  int saved = errno;
  void *block = __libc_memalign(alignment, byte_count);
  errno = saved;
  if (block == NULL) return ENOMEM;
  *result = counted(block, byte_count);
  return 0;
}

EXPORTED void *valloc(size_t byte_count) { return counted(__libc_valloc(byte_count), byte_count); }

EXPORTED void *pvalloc(size_t byte_count) { return counted(__libc_pvalloc(byte_count), byte_count); }

EXPORTED void free(void *block) {
  if (block != NULL) rvgk_probe_count_free();
  __libc_free(block);
}

/* 64-bit systems have one mmap under two names, with the offset in bytes. */
_Static_assert(sizeof(off_t) == 8 && sizeof(void *) == 8, "a 64-bit system");

static void *map(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  void *block = (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
  if (block != MAP_FAILED) rvgk_probe_count_mapping(size);
  return block;
}

EXPORTED void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  return map(at, size, protection, flags, file, offset);
}

EXPORTED void *mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset) {
  return map(at, size, protection, flags, file, offset);
}

EXPORTED void *mremap(void *old, size_t old_size, size_t new_size, int flags, ...) {
  void *at = NULL;
  /* The fifth argument is there only with the flags that use it (MREMAP_FIXED 2, DONTUNMAP 4). */
  if ((flags & 6) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    at = va_arg(arguments, void *);
    va_end(arguments);
  }
  void *block = (void *)syscall(SYS_mremap, old, old_size, new_size, flags, at);
  if (block != MAP_FAILED) rvgk_probe_count_mapping(new_size);
  return block;
}

#endif

/* A translation unit must not be empty. */
typedef int rvgk_interpose_unit;
