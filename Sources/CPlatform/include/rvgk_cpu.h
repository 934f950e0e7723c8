/* Who made the CPU, and which instructions it and the operating system offer. */
#ifndef REPVGG_RVGK_CPU_H
#define REPVGG_RVGK_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "rvgk_visibility.h"

/* Strings are empty and numbers -1 where unknown. On AArch64 vendor is the implementer's name, model
   the part number, stepping the revision and family the architecture, from MIDR_EL1. */
typedef struct {
  char vendor[24];
  char brand[64];
  char hypervisor[24];
  int32_t family;
  int32_t model;
  int32_t stepping;
  bool is_virtual;
} rvgk_cpu_identity;

RVGK_HIDDEN rvgk_cpu_identity rvgk_read_cpu_identity(void);

/* Bits of a set of instruction-set extensions. */
enum {
  RVGK_ISA_SSE2 = 0,
  RVGK_ISA_SSE4_2,
  RVGK_ISA_AVX,
  RVGK_ISA_F16C,
  RVGK_ISA_FMA,
  RVGK_ISA_AVX2,
  RVGK_ISA_AVX_VNNI,
  RVGK_ISA_AVX512F,
  RVGK_ISA_AVX512CD,
  RVGK_ISA_AVX512DQ,
  RVGK_ISA_AVX512BW,
  RVGK_ISA_AVX512VL,
  RVGK_ISA_AVX512IFMA,
  RVGK_ISA_AVX512VBMI,
  RVGK_ISA_AVX512VBMI2,
  RVGK_ISA_AVX512VNNI,
  RVGK_ISA_AVX512BF16,
  RVGK_ISA_AVX512FP16,
  RVGK_ISA_AMX_TILE,
  RVGK_ISA_AMX_INT8,
  RVGK_ISA_AMX_BF16,
  RVGK_ISA_NEON,
  RVGK_ISA_FP16,
  RVGK_ISA_DOTPROD,
  RVGK_ISA_I8MM,
  RVGK_ISA_BF16,
  RVGK_ISA_SVE,
  RVGK_ISA_SVE2,
  RVGK_ISA_COUNT
};

/* The extensions that the CPU has, as a set of `1 << RVGK_ISA_...`. */
RVGK_HIDDEN uint64_t rvgk_isa_available_features(void);

/* Those of them whose registers the operating system saves: the ones that a program may use.
   (AMX needs a further permission from the kernel, which this does not ask for.) */
RVGK_HIDDEN uint64_t rvgk_isa_enabled_features(void);

/* The usual lower-case name of a bit, such as "avx512f"; null where there is none. */
RVGK_HIDDEN const char *rvgk_isa_feature_name(int feature);

#endif
