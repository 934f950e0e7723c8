/* The zero border of bordered NHWC images, the same at every level. Contract in ckernels.h. */
#include <string.h>

#include "ckernels.h"

/* `channels` zeros for each of `count` pixels; returns the pixel after them. */
static float *zero_pixels(float *pixels, ptrdiff_t count, int32_t channels, ptrdiff_t stride) {
  if (channels == stride)
    memset(pixels, 0, (size_t)(count * stride) * sizeof(float));
  else
    for (ptrdiff_t i = 0; i < count; i++)
      memset(pixels + i * stride, 0, (size_t)channels * sizeof(float));
  return pixels + count * stride;
}

void rvgk_zero_borders(float *activation, int32_t images, int32_t height, int32_t width,
                       int32_t border, int32_t channels, ptrdiff_t pixel_stride) {
  const ptrdiff_t side = border, outer_width = width + 2 * side;
  /* The right border of a row and the left one of the next are adjacent; with them belong the rows
     above the first and below the last. */
  for (int32_t image = 0; image < images; image++) {
    activation = zero_pixels(activation, side * outer_width + side, channels, pixel_stride);
    for (int32_t y = 1; y < height; y++)
      activation =
          zero_pixels(activation + width * pixel_stride, 2 * side, channels, pixel_stride);
    activation = zero_pixels(activation + width * pixel_stride, side + side * outer_width,
                             channels, pixel_stride);
  }
}
