/* What the files of CKernels share: the tables of the levels. Null where not compiled in. */
#ifndef REPVGG_CKERNELS_LEVELS_H
#define REPVGG_CKERNELS_LEVELS_H

#include "ckernels.h"

#pragma GCC visibility push(hidden)
extern const rvgk_kernels rvgk_kernels_portable;
#if defined(__x86_64__)
extern const rvgk_kernels rvgk_kernels_avx2;
extern const rvgk_kernels rvgk_kernels_avx512;
#endif
#pragma GCC visibility pop

#endif
