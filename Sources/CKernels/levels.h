/* What the files of CKernels share: the tables of the levels, and how a broken contract ends. */
#ifndef REPVGG_CKERNELS_LEVELS_H
#define REPVGG_CKERNELS_LEVELS_H

#include "ckernels.h"

#pragma GCC visibility push(hidden)
/* Writes which contract is broken to standard error and aborts the process. */
_Noreturn void rvgk_broken_contract(const char *kernel, const char *reason);
#define REQUIRE(CONDITION, REASON) \
  do {                             \
    if (!(CONDITION)) rvgk_broken_contract(__func__, REASON); \
  } while (0)

extern const rvgk_kernels rvgk_kernels_portable;
#if defined(__x86_64__)
extern const rvgk_kernels rvgk_kernels_avx2;
extern const rvgk_kernels rvgk_kernels_avx512;
#endif
#pragma GCC visibility pop

#endif
