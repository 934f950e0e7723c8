/* Written with the compiler's vectors and compiled twice: for the baseline and for AVX2. */
#include <string.h>

#include "rvgk_resample.h"

#define INLINE static inline __attribute__((always_inline))

enum { FRACTION_BITS = 22, HALF = 1 << (FRACTION_BITS - 1), BLOCK = 32, ROWS = 4 };

typedef int32_t int4 __attribute__((vector_size(4 * sizeof(int32_t))));
typedef uint8_t byte4 __attribute__((vector_size(4)));
typedef int32_t int_block __attribute__((vector_size(BLOCK * sizeof(int32_t))));
typedef uint8_t byte_block __attribute__((vector_size(BLOCK)));

INLINE int4 load_pixel(const uint8_t *at) {
  byte4 bytes;
  memcpy(&bytes, at, sizeof bytes);
  return __builtin_convertvector(bytes, int4);
}

INLINE uint8_t clamp_level(int32_t sum) {
  const int32_t level = sum >> FRACTION_BITS;
  return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

INLINE void store_pixel(uint8_t *at, int4 sum) {
  at[0] = clamp_level(sum[0]);
  at[1] = clamp_level(sum[1]);
  at[2] = clamp_level(sum[2]);
}

/* `count` rows at once, so that their sums do not wait for each other's products. */
INLINE void horizontal_rows(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    const rvgk_resample_axis *axis, const int count) {
  for (size_t x = 0; x < axis->output_count; x++) {
    const uint8_t *source = input + 3 * (size_t)axis->starts[x];
    const int32_t *coefficients = axis->coefficients + x * axis->taps;
    const int32_t taps = axis->counts[x];
    int4 sums[ROWS];
    for (int row = 0; row < count; row++) sums[row] = (int4){HALF, HALF, HALF, HALF};
    for (int32_t tap = 0; tap < taps; tap++) {
      const int32_t c = coefficients[tap];
      const int4 factor = {c, c, c, c};
      for (int row = 0; row < count; row++) {
        sums[row] += load_pixel(source + (size_t)row * input_stride + 3 * (size_t)tap) * factor;
      }
    }
    for (int row = 0; row < count; row++) {
      store_pixel(output + (size_t)row * output_stride + 3 * x, sums[row]);
    }
  }
}

INLINE void horizontal(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t rows, const rvgk_resample_axis *axis) {
  size_t y = 0;
  for (; y + ROWS <= rows; y += ROWS) {
    horizontal_rows(
        input + y * input_stride, input_stride, output + y * output_stride, output_stride, axis,
        ROWS);
  }
  for (; y < rows; y++) {
    horizontal_rows(
        input + y * input_stride, input_stride, output + y * output_stride, output_stride, axis,
        1);
  }
}

INLINE void vertical(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t row_bytes, const rvgk_resample_axis *axis) {
  for (size_t y = 0; y < axis->output_count; y++) {
    const uint8_t *first = input + (size_t)axis->starts[y] * input_stride;
    const int32_t *coefficients = axis->coefficients + y * axis->taps;
    uint8_t *target = output + y * output_stride;
    for (size_t x = 0; x < row_bytes; x += BLOCK) {
      int_block sum = (int_block){0} + HALF;
      const uint8_t *source = first + x;
      for (int32_t tap = 0; tap < axis->counts[y]; tap++, source += input_stride) {
        byte_block bytes;
        memcpy(&bytes, source, sizeof bytes);
        sum += __builtin_convertvector(bytes, int_block) * coefficients[tap];
      }
      sum >>= FRACTION_BITS;
      sum = __builtin_elementwise_min(__builtin_elementwise_max(sum, (int_block){0}),
                                      (int_block){0} + 255);
      const byte_block levels = __builtin_convertvector(sum, byte_block);
      const size_t left = row_bytes - x;
      memcpy(target + x, &levels, left < BLOCK ? left : BLOCK);
    }
  }
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static void horizontal_avx2(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t rows, const rvgk_resample_axis *axis) {
  horizontal(input, input_stride, output, output_stride, rows, axis);
}

AVX2 static void vertical_avx2(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t row_bytes, const rvgk_resample_axis *axis) {
  vertical(input, input_stride, output, output_stride, row_bytes, axis);
}
#endif

void rvgk_resample_horizontal(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t rows, const rvgk_resample_axis *axis) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    horizontal_avx2(input, input_stride, output, output_stride, rows, axis);
    return;
  }
#endif
  horizontal(input, input_stride, output, output_stride, rows, axis);
}

void rvgk_resample_vertical(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t row_bytes, const rvgk_resample_axis *axis) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    vertical_avx2(input, input_stride, output, output_stride, row_bytes, axis);
    return;
  }
#endif
  vertical(input, input_stride, output, output_stride, row_bytes, axis);
}

void rvgk_rgb_to_planes(
    const uint8_t *rgb, size_t pixels, const float *table, float *red, float *green,
    float *blue) {
  for (size_t i = 0; i < pixels; i++) {
    red[i] = table[rgb[3 * i]];
    green[i] = table[256 + rgb[3 * i + 1]];
    blue[i] = table[512 + rgb[3 * i + 2]];
  }
}
