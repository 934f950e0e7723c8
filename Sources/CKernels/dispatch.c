/* Which level this CPU and operating system can run, and which one is used. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "levels.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* The state components that the operating system saves (XCR0). */
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static int32_t best_level(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return RVGK_LEVEL_PORTABLE;
  const uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28;
  if ((c & (fma | osxsave | avx)) != (fma | osxsave | avx)) return RVGK_LEVEL_PORTABLE;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return RVGK_LEVEL_PORTABLE;
  const uint64_t ymm_state = 0x6, zmm_state = 0xe6;
  const uint64_t state = saved_state();
  const uint32_t avx2 = 1u << 5;
  if ((state & ymm_state) != ymm_state || !(b & avx2)) return RVGK_LEVEL_PORTABLE;
  const uint32_t f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
  const uint32_t avx512 = f | dq | bw | vl;
  if ((state & zmm_state) != zmm_state || (b & avx512) != avx512) return RVGK_LEVEL_AVX2;
  return RVGK_LEVEL_AVX512;
}
#else
static int32_t best_level(void) { return RVGK_LEVEL_PORTABLE; }
#endif

const rvgk_kernels *rvgk_kernels_compiled(int32_t level) {
#if defined(__x86_64__)
  if (level == RVGK_LEVEL_AVX512) return &rvgk_kernels_avx512;
  if (level == RVGK_LEVEL_AVX2) return &rvgk_kernels_avx2;
#endif
  return level == RVGK_LEVEL_PORTABLE ? &rvgk_kernels_portable : 0;
}

const rvgk_kernels *rvgk_kernels_at(int32_t level) {
  return level >= 0 && level <= best_level() ? rvgk_kernels_compiled(level) : 0;
}

static const rvgk_kernels *select_level(void) {
  int32_t level = best_level();
  const char *forced = getenv("REPVGG_ISA");
  for (int32_t i = 0; forced && i < level; i++)
    if (!strcmp(forced, rvgk_kernels_compiled(i)->name)) level = i;
  return rvgk_kernels_compiled(level);
}

const rvgk_kernels *rvgk_kernels_selected(void) {
  static _Atomic(const rvgk_kernels *) selected;
  const rvgk_kernels *known = atomic_load_explicit(&selected, memory_order_acquire);
  if (known) return known;
  /* Threads that come here together agree on the result. */
  const rvgk_kernels *found = select_level();
  const rvgk_kernels *expected = 0;
  return atomic_compare_exchange_strong(&selected, &expected, found) ? found : expected;
}
