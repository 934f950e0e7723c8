/* The calling thread's rounding and its treatment of subnormal floats. */
#ifndef REPVGG_RVGK_FLOATING_POINT_H
#define REPVGG_RVGK_FLOATING_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "rvgk_visibility.h"

/* The control register: MXCSR on x86-64, FPCR on AArch64, 0 elsewhere. */
RVGK_HIDDEN uint64_t rvgk_get_floating_point_control(void);

/* Puts back a value of rvgk_get_floating_point_control; nothing happens where there is no register. */
RVGK_HIDDEN void rvgk_set_floating_point_control(uint64_t control);

/* Makes the calling thread compute as IEEE 754 has it by default: rounding to nearest, no traps,
   subnormals kept. Returns the control register as it was before. */
RVGK_HIDDEN uint64_t rvgk_enter_floating_point(void);

/* Makes the calling thread take subnormal operands and results as zero (FTZ and DAZ on x86-64, FZ
   on AArch64), or not; returns the control register as it was before. */
RVGK_HIDDEN uint64_t rvgk_set_flush_denormals(bool flush);

/* Whether the calling thread flushes subnormals. */
RVGK_HIDDEN bool rvgk_flushes_denormals(void);

#endif
