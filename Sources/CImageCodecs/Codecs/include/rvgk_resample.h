/* The two passes of a separable resize of 8-bit RGB, in the integers that Pillow computes in.
 *
 * A coefficient is a fixed-point number with 22 bits behind the point; a level is the sum of
 * products, rounded to nearest and clamped. Integer sums have no rounding, so every order of
 * summation and every vector width gives the same bytes.
 *
 * Inputs are read up to RVGK_RESAMPLE_PADDING bytes behind their last pixel: that memory has to be
 * readable, whatever it holds. Nothing is written behind the last pixel. */
#ifndef RVGK_RESAMPLE_H
#define RVGK_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum { RVGK_RESAMPLE_PADDING = 64 };

/* Output `i` is made of `counts[i]` inputs from `starts[i]` on, with the coefficients from
 * `coefficients[i * taps]` on; `counts[i] <= taps`. */
typedef struct {
  const int32_t *starts;
  const int32_t *counts;
  const int32_t *coefficients;
  size_t taps;
  size_t output_count;
} rvgk_resample_axis;

/* Resizes `rows` rows along x. Strides are in bytes. */
void rvgk_resample_horizontal(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t rows, const rvgk_resample_axis *axis);

/* Resizes along y rows of `row_bytes` bytes each. Strides are in bytes. */
void rvgk_resample_vertical(
    const uint8_t *input, size_t input_stride, uint8_t *output, size_t output_stride,
    size_t row_bytes, const rvgk_resample_axis *axis);

/* Splits `pixels` RGB pixels into three planes, each level replaced by `table[channel * 256 + level]`. */
void rvgk_rgb_to_planes(
    const uint8_t *rgb, size_t pixels, const float *table, float *red, float *green, float *blue);

#endif
