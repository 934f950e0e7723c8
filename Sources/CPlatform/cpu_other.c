/* CPU identity and features elsewhere: AArch64 from the auxiliary vector and MIDR_EL1
   (Arm ARM D17, MIDR_EL1; linux/arch/arm64 hwcap bits), nothing on the rest. */
#if !defined(__x86_64__)

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rvgk_cpu.h"
#include "small_file.h"

#if defined(__aarch64__)
#include <sys/auxv.h>

static const char *implementer_name(unsigned implementer) {
  switch (implementer) {
    case 0x41: return "ARM";
    case 0x42: return "Broadcom";
    case 0x43: return "Cavium";
    case 0x46: return "Fujitsu";
    case 0x48: return "HiSilicon";
    case 0x4e: return "NVIDIA";
    case 0x51: return "Qualcomm";
    case 0x61: return "Apple";
    case 0x6d: return "Microsoft";
    case 0xc0: return "Ampere";
    default: return NULL;
  }
}
#endif

rvgk_cpu_identity rvgk_read_cpu_identity(void) {
  rvgk_cpu_identity identity;
  memset(&identity, 0, sizeof identity);
  identity.family = identity.model = identity.stepping = -1;
#if defined(__aarch64__)
  char text[32];
  const char *path = "/sys/devices/system/cpu/cpu0/regs/identification/midr_el1";
  if (rvgk_read_small_file(path, text, sizeof text) > 0) {
    unsigned long long midr = strtoull(text, NULL, 16);
    unsigned implementer = (unsigned)(midr >> 24 & 0xff);
    const char *name = implementer_name(implementer);
    if (name != NULL) {
      snprintf(identity.vendor, sizeof identity.vendor, "%s", name);
    } else {
      snprintf(identity.vendor, sizeof identity.vendor, "0x%02x", implementer);
    }
    identity.family = (int32_t)(midr >> 16 & 0xf);
    identity.model = (int32_t)(midr >> 4 & 0xfff);
    identity.stepping = (int32_t)(midr & 0xf);
  }
#endif
  return identity;
}

uint64_t rvgk_isa_available_features(void) {
#if defined(__aarch64__)
  unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  uint64_t set = 0;
  if (first >> 1 & 1) set |= (uint64_t)1 << RVGK_ISA_NEON;
  if (first >> 10 & 1) set |= (uint64_t)1 << RVGK_ISA_FP16;
  if (first >> 20 & 1) set |= (uint64_t)1 << RVGK_ISA_DOTPROD;
  if (first >> 22 & 1) set |= (uint64_t)1 << RVGK_ISA_SVE;
  if (second >> 1 & 1) set |= (uint64_t)1 << RVGK_ISA_SVE2;
  if (second >> 13 & 1) set |= (uint64_t)1 << RVGK_ISA_I8MM;
  if (second >> 14 & 1) set |= (uint64_t)1 << RVGK_ISA_BF16;
  return set;
#else
  return 0;
#endif
}

/* The auxiliary vector names only what the kernel supports. */
uint64_t rvgk_isa_enabled_features(void) { return rvgk_isa_available_features(); }

#endif

/* A translation unit must not be empty. */
typedef int rvgk_cpu_other_unit;
