#include "rvgk_floating_point.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

/* Bit 15 flushes results, bit 6 takes operands as zero. */
static const uint64_t flush_bits = 0x8040;
/* All exceptions masked, none noted, rounding to nearest. */
static const uint64_t default_control = 0x1f80;

uint64_t rvgk_get_floating_point_control(void) { return _mm_getcsr(); }

void rvgk_set_floating_point_control(uint64_t control) { _mm_setcsr((unsigned)control); }

#elif defined(__aarch64__)

static const uint64_t flush_bits = (uint64_t)1 << 24;
static const uint64_t default_control = 0;

uint64_t rvgk_get_floating_point_control(void) {
  uint64_t control;
  __asm__ __volatile__("mrs %0, fpcr" : "=r"(control));
  return control;
}

void rvgk_set_floating_point_control(uint64_t control) {
  __asm__ __volatile__("msr fpcr, %0" ::"r"(control) : "memory");
}

#else

static const uint64_t flush_bits = 0;
static const uint64_t default_control = 0;

uint64_t rvgk_get_floating_point_control(void) { return 0; }

void rvgk_set_floating_point_control(uint64_t control) { (void)control; }

#endif

uint64_t rvgk_enter_floating_point(void) {
  uint64_t before = rvgk_get_floating_point_control();
  rvgk_set_floating_point_control(default_control);
  return before;
}

uint64_t rvgk_set_flush_denormals(bool flush) {
  uint64_t before = rvgk_get_floating_point_control();
  rvgk_set_floating_point_control(flush ? before | flush_bits : before & ~flush_bits);
  return before;
}

bool rvgk_flushes_denormals(void) {
  return flush_bits != 0 && (rvgk_get_floating_point_control() & flush_bits) == flush_bits;
}
