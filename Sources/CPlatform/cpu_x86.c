/* CPU identity and features on x86-64, from cpuid and xgetbv
   (Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E). */
#if defined(__x86_64__)

#include <cpuid.h>
#include <string.h>

#include "rvgk_cpu.h"

static void copy_registers(char *text, unsigned a, unsigned b, unsigned c) {
  memcpy(text, &a, 4);
  memcpy(text + 4, &b, 4);
  memcpy(text + 8, &c, 4);
  text[12] = '\0';
}

static void read_brand(char brand[64]) {
  unsigned highest = __get_cpuid_max(0x80000000u, NULL);
  brand[0] = '\0';
  if (highest < 0x80000004u) return;
  unsigned words[12];
  for (unsigned i = 0; i < 3; ++i) {
    __cpuid(0x80000002u + i, words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]);
  }
  char text[49];
  memcpy(text, words, 48);
  text[48] = '\0';
  const char *start = text;
  while (*start == ' ') ++start;
  size_t length = strlen(start);
  while (length > 0 && start[length - 1] == ' ') --length;
  memcpy(brand, start, length);
  brand[length] = '\0';
}

rvgk_cpu_identity rvgk_read_cpu_identity(void) {
  rvgk_cpu_identity identity;
  memset(&identity, 0, sizeof identity);
  identity.family = identity.model = identity.stepping = -1;
  unsigned a, b, c, d;
  if (!__get_cpuid(0, &a, &b, &c, &d)) return identity;
  copy_registers(identity.vendor, b, d, c);
  read_brand(identity.brand);
  if (!__get_cpuid(1, &a, &b, &c, &d)) return identity;
  unsigned base_family = (a >> 8) & 15, base_model = (a >> 4) & 15;
  unsigned family = base_family == 15 ? base_family + ((a >> 20) & 255) : base_family;
  bool is_extended = base_family == 6 || base_family == 15;
  identity.family = (int32_t)family;
  identity.model = (int32_t)(is_extended ? base_model | ((a >> 16) & 15) << 4 : base_model);
  identity.stepping = (int32_t)(a & 15);
  identity.is_virtual = (c >> 31) & 1;
  if (identity.is_virtual) {
    __cpuid(0x40000000u, a, b, c, d);
    copy_registers(identity.hypervisor, b, c, d);
  }
  return identity;
}

static uint64_t bit_if(unsigned word, unsigned position, int feature) {
  return (word >> position & 1) ? (uint64_t)1 << feature : 0;
}

uint64_t rvgk_isa_available_features(void) {
  unsigned a, b, c, d;
  uint64_t set = 0;
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    set |= bit_if(d, 26, RVGK_ISA_SSE2) | bit_if(c, 20, RVGK_ISA_SSE4_2);
    set |= bit_if(c, 28, RVGK_ISA_AVX) | bit_if(c, 29, RVGK_ISA_F16C) | bit_if(c, 12, RVGK_ISA_FMA);
  }
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return set;
  unsigned subleaf_count = a;
  set |= bit_if(b, 5, RVGK_ISA_AVX2) | bit_if(b, 16, RVGK_ISA_AVX512F);
  set |= bit_if(b, 28, RVGK_ISA_AVX512CD) | bit_if(b, 17, RVGK_ISA_AVX512DQ);
  set |= bit_if(b, 30, RVGK_ISA_AVX512BW) | bit_if(b, 31, RVGK_ISA_AVX512VL);
  set |= bit_if(b, 21, RVGK_ISA_AVX512IFMA) | bit_if(c, 1, RVGK_ISA_AVX512VBMI);
  set |= bit_if(c, 6, RVGK_ISA_AVX512VBMI2) | bit_if(c, 11, RVGK_ISA_AVX512VNNI);
  set |= bit_if(d, 23, RVGK_ISA_AVX512FP16) | bit_if(d, 24, RVGK_ISA_AMX_TILE);
  set |= bit_if(d, 25, RVGK_ISA_AMX_INT8) | bit_if(d, 22, RVGK_ISA_AMX_BF16);
  if (subleaf_count >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    set |= bit_if(a, 4, RVGK_ISA_AVX_VNNI) | bit_if(a, 5, RVGK_ISA_AVX512BF16);
  }
  return set;
}

static uint64_t saved_state(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 1) == 0) return 0;
  unsigned low, high;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

uint64_t rvgk_isa_enabled_features(void) {
  uint64_t state = saved_state();
  uint64_t usable = (uint64_t)1 << RVGK_ISA_SSE2 | (uint64_t)1 << RVGK_ISA_SSE4_2;
  /* XCR0: bits 1-2 XMM and YMM, 5-7 mask registers and ZMM, 17-18 tiles. */
  if ((state & 0x6) == 0x6) {
    for (int f = RVGK_ISA_AVX; f <= RVGK_ISA_AVX_VNNI; ++f) usable |= (uint64_t)1 << f;
  }
  if ((state & 0xe6) == 0xe6) {
    for (int f = RVGK_ISA_AVX512F; f <= RVGK_ISA_AVX512FP16; ++f) usable |= (uint64_t)1 << f;
  }
  if ((state & 0x60000) == 0x60000) {
    for (int f = RVGK_ISA_AMX_TILE; f <= RVGK_ISA_AMX_BF16; ++f) usable |= (uint64_t)1 << f;
  }
  return rvgk_isa_available_features() & usable;
}

#endif

/* A translation unit must not be empty. */
typedef int rvgk_cpu_x86_unit;
