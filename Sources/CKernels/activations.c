/* Passes over whole bordered NHWC activations, the same at every level. Contracts in ckernels.h. */
#include <string.h>

#include "ckernels.h"

void rvgk_zero_borders(float *activation, int32_t images, int32_t height, int32_t width,
                       ptrdiff_t pixel_stride) {
  const ptrdiff_t row_stride = (width + (ptrdiff_t)2) * pixel_stride;
  const size_t pixel_bytes = (size_t)pixel_stride * sizeof(float);
  for (int32_t image = 0; image < images; image++) {
    memset(activation, 0, (size_t)row_stride * sizeof(float));
    activation += row_stride;
    for (int32_t y = 0; y < height; y++) {
      memset(activation, 0, pixel_bytes);
      memset(activation + row_stride - pixel_stride, 0, pixel_bytes);
      activation += row_stride;
    }
    memset(activation, 0, (size_t)row_stride * sizeof(float));
    activation += row_stride;
  }
}

void rvgk_fetch_lines(const float *elements, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += 16) *(volatile const float *)(elements + i);
}
