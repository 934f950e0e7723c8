/* Counts the memory that a stretch of code asks for, in every thread and every shared library.

   Linking this target replaces malloc, calloc, realloc, reallocarray, aligned_alloc,
   posix_memalign, memalign, valloc, pvalloc, free, mmap, mmap64 and mremap in the whole process:
   the executable's own definitions come first in the search order of the dynamic linker, so the
   Swift runtime, libstdc++ and OpenBLAS call them too. They pass every call on to the C library
   and count it only while a region is open. Executables that measure or test link it, nothing else.

   Not counted: what the C library maps for itself (the stack of a new thread, the pages behind
   malloc), and brk. */
#ifndef REPVGG_CALLOCATIONPROBE_H
#define REPVGG_CALLOCATIONPROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Calls that succeeded, and the bytes that they asked for. */
typedef struct {
  /* Calls of the malloc family that gave a block; a realloc is one whether or not the block moves. */
  int64_t allocation_count;
  int64_t allocated_bytes;
  /* Calls of free with a block, and of realloc with size 0. */
  int64_t free_count;
  /* Calls of mmap, mmap64 and mremap. */
  int64_t mapping_count;
  int64_t mapped_bytes;
} rvgk_probe_counts;

/* Whether this build replaces the allocator: false with a sanitizer and off glibc. */
bool rvgk_probe_is_built(void);

/* Whether calls are counted: false in a build with an address, thread, memory or leak sanitizer
   (which replaces the allocator itself; regions then count 0), off glibc, and where shared
   libraries turn out not to be bound to the probe. Tries it out, so ask outside a region. */
bool rvgk_probe_is_active(void);

/* Opens the region that counts the calls of all threads, from zero; false (and nothing happens)
   where it is open already. */
bool rvgk_probe_begin(void);

/* Closes it and returns what was counted; all zero where it was not open. */
rvgk_probe_counts rvgk_probe_end(void);

/* Opens a region that counts the calls of the calling thread alone, from zero: for tests that share
   the process with others. Each thread may have one open, besides the one of all threads; false
   where this thread has. */
bool rvgk_probe_begin_thread(void);

/* Closes the calling thread's region and returns what was counted; all zero where it was not open. */
rvgk_probe_counts rvgk_probe_end_thread(void);

#endif
