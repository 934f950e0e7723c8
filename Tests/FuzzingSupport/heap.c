#include <sanitizer/allocator_interface.h>
#include <stdatomic.h>

#include "fuzzing_support.h"

static atomic_size_t live;
static atomic_size_t base;
static atomic_size_t peak;

static void count_allocation(const volatile void *memory, size_t size) {
  (void)memory;
  const size_t now = atomic_fetch_add(&live, size) + size;
  size_t most = atomic_load(&peak);
  /* Wrapped sums, of memory from before the watch, compare by their distance from the base. */
  const size_t start = atomic_load(&base);
  while ((ptrdiff_t)(now - start) > (ptrdiff_t)(most - start) &&
         !atomic_compare_exchange_weak(&peak, &most, now)) {
  }
}

static void count_release(const volatile void *memory) {
  if (memory != NULL) atomic_fetch_sub(&live, __sanitizer_get_allocated_size(memory));
}

void rvgk_fuzz_watch_heap(void) {
  __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
}

void rvgk_fuzz_reset_heap_peak(void) {
  const size_t now = atomic_load(&live);
  atomic_store(&base, now);
  atomic_store(&peak, now);
}

size_t rvgk_fuzz_heap_growth(void) { return atomic_load(&peak) - atomic_load(&base); }
