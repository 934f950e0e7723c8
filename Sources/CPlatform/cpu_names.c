#include <stddef.h>

#include "rvgk_cpu.h"

static const char *const names[RVGK_ISA_COUNT] = {
    [RVGK_ISA_SSE2] = "sse2",
    [RVGK_ISA_SSE4_2] = "sse4_2",
    [RVGK_ISA_AVX] = "avx",
    [RVGK_ISA_F16C] = "f16c",
    [RVGK_ISA_FMA] = "fma",
    [RVGK_ISA_AVX2] = "avx2",
    [RVGK_ISA_AVX_VNNI] = "avx_vnni",
    [RVGK_ISA_AVX512F] = "avx512f",
    [RVGK_ISA_AVX512CD] = "avx512cd",
    [RVGK_ISA_AVX512DQ] = "avx512dq",
    [RVGK_ISA_AVX512BW] = "avx512bw",
    [RVGK_ISA_AVX512VL] = "avx512vl",
    [RVGK_ISA_AVX512IFMA] = "avx512ifma",
    [RVGK_ISA_AVX512VBMI] = "avx512vbmi",
    [RVGK_ISA_AVX512VBMI2] = "avx512vbmi2",
    [RVGK_ISA_AVX512VNNI] = "avx512vnni",
    [RVGK_ISA_AVX512BF16] = "avx512bf16",
    [RVGK_ISA_AVX512FP16] = "avx512fp16",
    [RVGK_ISA_AMX_TILE] = "amx_tile",
    [RVGK_ISA_AMX_INT8] = "amx_int8",
    [RVGK_ISA_AMX_BF16] = "amx_bf16",
    [RVGK_ISA_NEON] = "neon",
    [RVGK_ISA_FP16] = "fp16",
    [RVGK_ISA_DOTPROD] = "dotprod",
    [RVGK_ISA_I8MM] = "i8mm",
    [RVGK_ISA_BF16] = "bf16",
    [RVGK_ISA_SVE] = "sve",
    [RVGK_ISA_SVE2] = "sve2",
};

const char *rvgk_isa_feature_name(int feature) {
  return feature >= 0 && feature < RVGK_ISA_COUNT ? names[feature] : NULL;
}
