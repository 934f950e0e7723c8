/* The process: its memory, its use of the CPU, and the symbols that it holds. */
#ifndef REPVGG_RVGK_PROCESS_H
#define REPVGG_RVGK_PROCESS_H

#include <stdint.h>

#include "rvgk_visibility.h"

/* Bytes; -1 where unknown. */
typedef struct {
  int64_t peak_resident_bytes;
  int64_t resident_bytes;
} rvgk_process_memory;

/* VmHWM and VmRSS of the process; allocates nothing. */
RVGK_HIDDEN rvgk_process_memory rvgk_read_process_memory(void);

/* The same from a file laid out as /proc/self/status. */
RVGK_HIDDEN rvgk_process_memory rvgk_read_process_memory_in(const char *path);

/* Sets the peak back to what is resident now; returns 0 or an errno value (EACCES and EPERM where
   the system forbids it: then one child process a measurement is the way). */
RVGK_HIDDEN int rvgk_reset_peak_resident(void);

typedef enum {
  RVGK_USAGE_PROCESS = 0,
  RVGK_USAGE_THREAD = 1,
  RVGK_USAGE_CHILDREN = 2
} rvgk_usage_scope;

/* All zero where the kernel does not answer. */
typedef struct {
  int64_t user_nanoseconds;
  int64_t system_nanoseconds;
  int64_t peak_resident_bytes;
  int64_t minor_faults;
  int64_t major_faults;
  int64_t voluntary_switches;
  int64_t involuntary_switches;
} rvgk_resource_usage;

/* What the process, the calling thread or the children that were waited for have used.
   `peak_resident_bytes` survives exec: a child of a large process starts with its parent's. */
RVGK_HIDDEN rvgk_resource_usage rvgk_read_resource_usage(rvgk_usage_scope scope);

/* The environment as it stands, ended by a null: for a child process. Valid until it is changed. */
RVGK_HIDDEN char *const *rvgk_environment(void);

/* What the process was started with, the program's name first; needs no /proc, unlike Swift's
   CommandLine. Null from rvgk_argument_count() on, which is 0 where the C library does not tell. */
RVGK_HIDDEN int rvgk_argument_count(void);
RVGK_HIDDEN const char *rvgk_argument(int index);

/* A pipe whose ends, for reading and for writing, close at exec; returns 0 or an errno value. */
RVGK_HIDDEN int rvgk_make_pipe(int32_t *read_end, int32_t *write_end);

/* The address of a symbol in the global scope of the process, or null. */
RVGK_HIDDEN void *rvgk_find_symbol(const char *name);

#endif
