/* Which level this CPU and operating system can run, and which one is used. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "levels.h"
#include "rvgk_cpu.h"

static bool has(uint64_t features, int feature) { return features >> feature & 1; }

static int32_t best_level(void) {
  const uint64_t enabled = rvgk_isa_enabled_features();
  if (!has(enabled, RVGK_ISA_FMA) || !has(enabled, RVGK_ISA_AVX2)) return RVGK_LEVEL_PORTABLE;
  const int avx512[] = {
      RVGK_ISA_AVX512F, RVGK_ISA_AVX512DQ, RVGK_ISA_AVX512BW, RVGK_ISA_AVX512VL};
  for (size_t i = 0; i < sizeof avx512 / sizeof *avx512; i++)
    if (!has(enabled, avx512[i])) return RVGK_LEVEL_AVX2;
  return RVGK_LEVEL_AVX512;
}

_Static_assert(RVGK_LEVEL_PORTABLE == 0 && RVGK_LEVEL_AVX512 == RVGK_LEVEL_COUNT - 1,
               "levels are numbered from the one that runs everywhere to the best");

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
