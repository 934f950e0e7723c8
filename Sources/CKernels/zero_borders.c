/* The zero border of bordered NHWC images, the same at every level. Contract in ckernels.h. */
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
