/* Passes over pixels: pointwise operations, layout conversion, global mean.
   Contracts: rvgk_pointwise_task, rvgk_layout_task and rvgk_kernels in ckernels.h. */

INLINE void pointwise_pass(const int SCALES, const int SHIFTS, const int ADDS,
                           const rvgk_pointwise_task *task) {
  const register_activation activation = in_registers(task->activation);
  const vec least = vec_splat(activation.least), most = vec_splat(activation.most);
  for (int32_t y = 0; y < task->rows; y++) {
    const float *src = task->src + y * task->src_row_stride;
    const float *addend = ADDS ? task->addend + y * task->addend_row_stride : 0;
    float *dst = task->dst + y * task->dst_row_stride;
    for (int32_t x = 0; x < task->width; x++) {
      for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH) {
        vec value = vec_load(src + c);
        if (SCALES && SHIFTS)
          value = value * vec_load(task->scale + c) + vec_load(task->shift + c);
        else if (SCALES)
          value *= vec_load(task->scale + c);
        else if (SHIFTS)
          value += vec_load(task->shift + c);
        if (ADDS) value += vec_load(addend + c);
        vec_store(dst + c, vec_at_most(most, vec_at_least(least, value)));
      }
      activate_stored(task->activation, 0, dst, 1, task->dst_pixel_stride, task->channels);
      src += task->src_pixel_stride;
      dst += task->dst_pixel_stride;
      if (ADDS) addend += task->addend_pixel_stride;
    }
  }
}

#define POINTWISE_ADDS(SCALES, SHIFTS)       \
  if (task->addend)                          \
    pointwise_pass(SCALES, SHIFTS, 1, task); \
  else                                       \
    pointwise_pass(SCALES, SHIFTS, 0, task);

static void pointwise(const rvgk_pointwise_task *task) {
  switch ((task->scale ? 2 : 0) + (task->shift ? 1 : 0)) {
    case 0: POINTWISE_ADDS(0, 0) break;
    case 1: POINTWISE_ADDS(0, 1) break;
    case 2: POINTWISE_ADDS(1, 0) break;
    default: POINTWISE_ADDS(1, 1) break;
  }
}

typedef float vec16 __attribute__((ext_vector_type(16)));
typedef float unaligned_vec16 __attribute__((ext_vector_type(16), aligned(4)));

/* Sixteen three-channel pixels from their planes. */
INLINE void interleave_16(const float *planes, ptrdiff_t plane_stride, float *pixels) {
  const vec16 r = *(const unaligned_vec16 *)planes;
  const vec16 g = *(const unaligned_vec16 *)(planes + plane_stride);
  const vec16 b = *(const unaligned_vec16 *)(planes + 2 * plane_stride);
  /* Positions of r and g first (b's are free), then b into its own. */
  const vec16 rg0 = __builtin_shufflevector(r, g, 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4,
                                            20, -1, 5);
  const vec16 rg1 = __builtin_shufflevector(r, g, 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25,
                                            -1, 10, 26);
  const vec16 rg2 = __builtin_shufflevector(r, g, -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30,
                                            -1, 15, 31, -1);
  *(unaligned_vec16 *)pixels = __builtin_shufflevector(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10,
                                                       19, 12, 13, 20, 15);
  *(unaligned_vec16 *)(pixels + 16) = __builtin_shufflevector(
      rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
  *(unaligned_vec16 *)(pixels + 32) = __builtin_shufflevector(
      rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
}

static void planes_to_pixels(const float *planes, float *pixels, const rvgk_layout_task *task) {
  for (int32_t y = 0; y < task->rows; y++) {
    const float *from = planes + y * task->plane_row_stride;
    float *to = pixels + y * task->row_stride;
    int32_t x = 0;
    if (task->channels == 3 && task->pixel_stride == 3)
      for (; x + 16 <= task->width; x += 16)
        interleave_16(from + x, task->plane_stride, to + (ptrdiff_t)3 * x);
    for (; x < task->width; x++)
      for (int32_t c = 0; c < task->channels; c++)
        to[x * task->pixel_stride + c] = from[c * task->plane_stride + x];
  }
}

static void pixels_to_planes(const float *pixels, float *planes, const rvgk_layout_task *task) {
  for (int32_t y = 0; y < task->rows; y++) {
    const float *from = pixels + y * task->row_stride;
    float *to = planes + y * task->plane_row_stride;
    /* Sixteen channels at a time keep the row's lines and the planes' lines in L1. */
    for (int32_t first = 0; first < task->channels; first += 16) {
      const int32_t end = first + 16 < task->channels ? first + 16 : task->channels;
      for (int32_t x = 0; x < task->width; x++)
        for (int32_t c = first; c < end; c++)
          to[c * task->plane_stride + x] = from[x * task->pixel_stride + c];
    }
  }
}

typedef double vec_double __attribute__((ext_vector_type(VECTOR_WIDTH)));

/* The means of VECTORS vectors of channels: several sums hide the latency of additions, and a line of
   a pixel is read once. */
INLINE void mean_of_vectors(const int VECTORS, const float *pixels, ptrdiff_t row_stride,
                            ptrdiff_t pixel_stride, int32_t height, int32_t width, float *mean) {
  const vec_double count = (vec_double)((double)height * width);
  vec_double sum[4];
  UNROLL for (int n = 0; n < VECTORS; n++) sum[n] = (vec_double)0.0;
  for (int32_t y = 0; y < height; y++)
    for (int32_t x = 0; x < width; x++) {
      const float *pixel = pixels + y * row_stride + x * pixel_stride;
      UNROLL for (int n = 0; n < VECTORS; n++)
        sum[n] += __builtin_convertvector(vec_load(pixel + n * VECTOR_WIDTH), vec_double);
    }
  UNROLL for (int n = 0; n < VECTORS; n++)
    vec_store(mean + n * VECTOR_WIDTH, __builtin_convertvector(sum[n] / count, vec));
}

static void global_mean(const float *pixels, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                        int32_t height, int32_t width, int32_t channels, float *mean) {
  int32_t c = 0;
  for (; c + 4 * VECTOR_WIDTH <= channels; c += 4 * VECTOR_WIDTH)
    mean_of_vectors(4, pixels + c, row_stride, pixel_stride, height, width, mean + c);
  for (; c < channels; c += VECTOR_WIDTH)
    mean_of_vectors(1, pixels + c, row_stride, pixel_stride, height, width, mean + c);
}
