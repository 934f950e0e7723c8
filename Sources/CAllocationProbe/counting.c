#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "include/CAllocationProbe.h"
#include "probe.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

/* The region of all threads. Relaxed order suffices: whoever reads the counts has joined the
   threads whose calls it wants to see. */
static atomic_bool is_open;
static atomic_bool is_counting;
static atomic_int_fast64_t allocation_count;
static atomic_int_fast64_t allocated_bytes;
static atomic_int_fast64_t free_count;
static atomic_int_fast64_t mapping_count;
static atomic_int_fast64_t mapped_bytes;

/* The calling thread's region. The model makes the access a plain load: another one might call the
   dynamic linker, which allocates, which would come back here. */
typedef struct {
  bool is_open;
  rvgk_probe_counts counts;
} thread_region;

static _Thread_local thread_region own __attribute__((tls_model("initial-exec")));

static void add(atomic_int_fast64_t *counter, int64_t amount) {
  atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

void rvgk_probe_count_allocation(size_t byte_count) {
  if (atomic_load_explicit(&is_counting, memory_order_relaxed)) {
    add(&allocation_count, 1);
    add(&allocated_bytes, (int64_t)byte_count);
  }
  if (own.is_open) {
    own.counts.allocation_count += 1;
    own.counts.allocated_bytes += (int64_t)byte_count;
  }
}

void rvgk_probe_count_free(void) {
  if (atomic_load_explicit(&is_counting, memory_order_relaxed)) add(&free_count, 1);
  if (own.is_open) own.counts.free_count += 1;
}

void rvgk_probe_count_mapping(size_t byte_count) {
  if (atomic_load_explicit(&is_counting, memory_order_relaxed)) {
    add(&mapping_count, 1);
    add(&mapped_bytes, (int64_t)byte_count);
  }
  if (own.is_open) {
    own.counts.mapping_count += 1;
    own.counts.mapped_bytes += (int64_t)byte_count;
  }
}

bool rvgk_probe_begin(void) {
  bool was_open = false;
  if (!atomic_compare_exchange_strong(&is_open, &was_open, true)) return false;
  atomic_store(&allocation_count, 0);
  atomic_store(&allocated_bytes, 0);
  atomic_store(&free_count, 0);
  atomic_store(&mapping_count, 0);
  atomic_store(&mapped_bytes, 0);
  atomic_store(&is_counting, true);
  return true;
}

rvgk_probe_counts rvgk_probe_end(void) {
  rvgk_probe_counts counts;
  memset(&counts, 0, sizeof counts);
  if (!atomic_exchange(&is_counting, false)) return counts;
  counts.allocation_count = atomic_load(&allocation_count);
  counts.allocated_bytes = atomic_load(&allocated_bytes);
  counts.free_count = atomic_load(&free_count);
  counts.mapping_count = atomic_load(&mapping_count);
  counts.mapped_bytes = atomic_load(&mapped_bytes);
  atomic_store(&is_open, false);
  return counts;
}

bool rvgk_probe_begin_thread(void) {
  if (own.is_open) return false;
  memset(&own.counts, 0, sizeof own.counts);
  own.is_open = true;
  return true;
}

rvgk_probe_counts rvgk_probe_end_thread(void) {
  rvgk_probe_counts counts = own.counts;
  if (!own.is_open) memset(&counts, 0, sizeof counts);
  own.is_open = false;
  return counts;
}

bool rvgk_probe_is_built(void) { return RVGK_PROBE_INTERPOSES; }

bool rvgk_probe_is_active(void) {
#if RVGK_PROBE_INTERPOSES
  if (dlsym(RTLD_DEFAULT, "malloc") != (void *)malloc) return false;
  if (dlsym(RTLD_DEFAULT, "mmap") == NULL) return false;
  /* strdup allocates inside the C library: counted only if that library's own calls arrive here.
     Called through a volatile pointer, so that the compiler cannot drop it. */
  char *(*volatile duplicate)(const char *) = strdup;
  thread_region saved = own;
  own.is_open = true;
  memset(&own.counts, 0, sizeof own.counts);
  char *copy = duplicate("probe");
  bool was_counted = own.counts.allocation_count == 1;
  own = saved;
  free(copy);
  return was_counted;
#else
  return false;
#endif
}
