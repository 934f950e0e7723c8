/* Depthwise convolution: blocks of PIXELS outputs of a row, whose sums of one vector of channels are in
   registers. Contract: rvgk_depthwise_task in ckernels.h. */

/* Sums of a block; of 7 x 7, whose weights of a row take seven registers, in sixteen of them one less. */
#define DEPTHWISE_PIXELS 8
#define DEPTHWISE_PIXELS_7 (VECTOR_WIDTH == 16 ? 8 : 7)
/* Bytes of weights that are used for all pixels before the next ones: they stay in L1 with the rows. */
#define DEPTHWISE_WEIGHT_BYTES 8192
/* Floats of the rows that are copied where they would displace each other in L1. */
#define DEPTHWISE_COPY_FLOATS 5120
#define DEPTHWISE_MOST_ROWS 7

/* Where a block's first channel of a slice is. The rows of a square kernel's taps have pointers of their
   own, of which the block's first pixel is `offset` floats away; any other kernel has the first one. */
typedef struct depthwise_place {
  const float *rows[DEPTHWISE_MOST_ROWS];
  ptrdiff_t offset, pixel_stride;
  const float *weights;
  const float *bias;
  const float *addend;
  float *dst;
  int32_t first_channel, vectors;
  register_activation activation;
} depthwise_place;

/* What follows the taps. */
INLINE void depthwise_store(const int PIXELS, const rvgk_depthwise_task *task,
                            const depthwise_place *place, const int32_t c, vec *sum) {
  if (place->addend)
    UNROLL for (int b = 0; b < PIXELS; b++)
      sum[b] += vec_load(place->addend + b * task->addend_pixel_stride + c);
  if (place->activation.is_bounded) {
    const vec least = vec_splat(place->activation.least);
    UNROLL for (int b = 0; b < PIXELS; b++) sum[b] = vec_at_least(least, sum[b]);
    if (place->activation.has_upper_bound) {
      const vec most = vec_splat(place->activation.most);
      UNROLL for (int b = 0; b < PIXELS; b++) sum[b] = vec_at_most(most, sum[b]);
    }
  }
  float *dst = place->dst + c;
  UNROLL for (int b = 0; b < PIXELS; b++) {
    vec_store(dst, sum[b]);
    dst += task->dst_pixel_stride;
  }
}

/* A square kernel without dilation, one output a channel: each sample of a row is loaded once for all
   the outputs of the block that it is part of. */
INLINE void depthwise_square(const int KERNEL, const int STRIDE, const int PIXELS,
                             const rvgk_depthwise_task *task, const depthwise_place *place) {
  const ptrdiff_t stride = place->pixel_stride;
  const float *weights = place->weights;
  for (int32_t vector = 0; vector < place->vectors; vector++) {
    const int32_t c = vector * VECTOR_WIDTH;
    vec sum[DEPTHWISE_PIXELS];
    const vec start = place->bias ? vec_load(place->bias + c) : vec_splat(0);
    UNROLL for (int b = 0; b < PIXELS; b++) sum[b] = start;
    _Pragma("clang loop unroll(disable)")
    for (int ky = 0; ky < KERNEL; ky++) {
      vec tap[DEPTHWISE_MOST_ROWS];
      UNROLL for (int kx = 0; kx < KERNEL; kx++) tap[kx] = vec_load(weights + kx * VECTOR_WIDTH);
      /* One pointer for every three samples, as in kernels_gemm.h. */
      const float *pixel = place->rows[ky] + place->offset + c;
      UNROLL for (int i = 0; i < (PIXELS - 1) * STRIDE + KERNEL; i++) {
        const vec x = vec_load(pixel + i % 3 * stride);
        UNROLL for (int b = 0; b < PIXELS; b++)
          if (i >= b * STRIDE && i < b * STRIDE + KERNEL) {
            sum[b] = x * tap[i - b * STRIDE] + sum[b];
            FINISH(sum[b]);
          }
        if (i % 3 == 2) {
          pixel += 3 * stride;
          OPAQUE(pixel);
        }
      }
      weights += KERNEL * VECTOR_WIDTH;
    }
    depthwise_store(PIXELS, task, place, c, sum);
  }
}

/* A vector's samples of one pixel, where one sample serves MULTIPLIER channels (0: any number). */
INLINE vec depthwise_samples(const int MULTIPLIER, const float *src, int32_t channel,
                             int32_t multiplier) {
  if (MULTIPLIER == 1) return vec_load(src + channel);
  float samples[VECTOR_WIDTH];
  UNROLL for (int i = 0; i < VECTOR_WIDTH; i++)
    samples[i] = MULTIPLIER == 2 ? src[channel / 2 + i / 2] : src[(channel + i) / multiplier];
  return vec_load(samples);
}

/* Any kernel; each tap reads its own samples. */
INLINE void depthwise_any(const int MULTIPLIER, const int PIXELS, const rvgk_depthwise_task *task,
                          const depthwise_place *place) {
  const float *weights = place->weights;
  const ptrdiff_t step = task->stride_x * place->pixel_stride;
  const int32_t first = MULTIPLIER == 1 ? 0 : place->first_channel;
  for (int32_t vector = 0; vector < place->vectors; vector++) {
    const int32_t c = vector * VECTOR_WIDTH;
    vec sum[DEPTHWISE_PIXELS];
    const vec start = place->bias ? vec_load(place->bias + c) : vec_splat(0);
    UNROLL for (int b = 0; b < PIXELS; b++) sum[b] = start;
    for (int32_t ky = 0; ky < task->kernel_height; ky++) {
      const float *row = place->rows[0] + place->offset +
                         (ptrdiff_t)ky * task->dilation_y * task->src_row_stride;
      for (int32_t kx = 0; kx < task->kernel_width; kx++) {
        const vec tap = vec_load(weights);
        const float *pixel = row;
        UNROLL for (int b = 0; b < PIXELS; b++) {
          const vec x = depthwise_samples(MULTIPLIER, pixel + b % 3 * step, first + c,
                                          task->multiplier);
          sum[b] = x * tap + sum[b];
          FINISH(sum[b]);
          if (b % 3 == 2) {
            pixel += 3 * step;
            OPAQUE(pixel);
          }
        }
        weights += VECTOR_WIDTH;
        row += task->dilation_x * place->pixel_stride;
      }
    }
    depthwise_store(PIXELS, task, place, c, sum);
  }
}

typedef void (*depthwise_function)(const rvgk_depthwise_task *, const depthwise_place *);

/* X(pixels, ...) for every block. */
#define DEPTHWISE_BLOCKS(X, ...)                                                    \
  X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__)           \
  X(5, __VA_ARGS__) X(6, __VA_ARGS__) X(7, __VA_ARGS__) X(8, __VA_ARGS__)
_Static_assert(DEPTHWISE_PIXELS == 8, "the lists of blocks end there");

#define SQUARE_FUNCTION(PIXELS, KERNEL, STRIDE)                                            \
  static void depthwise_##KERNEL##_##STRIDE##_##PIXELS(const rvgk_depthwise_task *task,    \
                                                       const depthwise_place *place) {     \
    depthwise_square(KERNEL, STRIDE, PIXELS, task, place);                                 \
  }
#define SQUARE_ENTRY(PIXELS, KERNEL, STRIDE) depthwise_##KERNEL##_##STRIDE##_##PIXELS,
#define ANY_FUNCTION(PIXELS, MULTIPLIER)                                                   \
  static void depthwise_any_##MULTIPLIER##_##PIXELS(const rvgk_depthwise_task *task,       \
                                                    const depthwise_place *place) {        \
    depthwise_any(MULTIPLIER, PIXELS, task, place);                                        \
  }
#define ANY_ENTRY(PIXELS, MULTIPLIER) depthwise_any_##MULTIPLIER##_##PIXELS,
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 3, 1)
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 3, 2)
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 5, 1)
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 5, 2)
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 7, 1)
DEPTHWISE_BLOCKS(SQUARE_FUNCTION, 7, 2)
DEPTHWISE_BLOCKS(ANY_FUNCTION, 0)
DEPTHWISE_BLOCKS(ANY_FUNCTION, 1)
DEPTHWISE_BLOCKS(ANY_FUNCTION, 2)

/* By kernel / 2 - 1, stride - 1, pixels. */
static const depthwise_function depthwise_squares[3][2][DEPTHWISE_PIXELS + 1] = {
    {{0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 3, 1)}, {0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 3, 2)}},
    {{0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 5, 1)}, {0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 5, 2)}},
    {{0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 7, 1)}, {0, DEPTHWISE_BLOCKS(SQUARE_ENTRY, 7, 2)}},
};
/* By multiplier, 0 for those above 2. */
static const depthwise_function depthwise_others[3][DEPTHWISE_PIXELS + 1] = {
    {0, DEPTHWISE_BLOCKS(ANY_ENTRY, 0)},
    {0, DEPTHWISE_BLOCKS(ANY_ENTRY, 1)},
    {0, DEPTHWISE_BLOCKS(ANY_ENTRY, 2)},
};

/* Whether the kernel has code of its own. */
static int depthwise_is_square(const rvgk_depthwise_task *task) {
  const int32_t kernel = task->kernel_height, stride = task->stride_y;
  return kernel == task->kernel_width && stride == task->stride_x && task->dilation_y == 1 &&
         task->dilation_x == 1 && task->multiplier == 1 &&
         (kernel == 3 || kernel == 5 || kernel == 7) && (stride == 1 || stride == 2);
}

/* How a task is cut: channels, then columns, then rows. */
typedef struct depthwise_cut {
  const depthwise_function *functions;
  /* Vectors of a slice of channels, outputs of a strip, outputs of a block. */
  int32_t vectors, width, most;
  int is_square, copies;
} depthwise_cut;

/* Whether the samples of a block displace each other in a cache of eight ways of 4 KiB, one of them for
   what is written: pixels that are a large power of two apart share few of its sets. */
static int depthwise_conflicts(const rvgk_depthwise_task *task, int32_t most) {
  const ptrdiff_t bytes = task->src_pixel_stride * (ptrdiff_t)sizeof(float);
  const ptrdiff_t step = bytes & -bytes, sets = step < 64 ? 64 : step < 4096 ? 4096 / step : 1;
  const int32_t columns = (most - 1) * task->stride_x + task->kernel_width;
  return columns * task->kernel_height > 7 * sets;
}

static depthwise_cut depthwise_cut_of(const rvgk_depthwise_task *task) {
  enum { LINE = 16 / VECTOR_WIDTH };
  const int32_t kernel = task->kernel_width;
  const int32_t vectors = (task->channels + VECTOR_WIDTH - 1) / VECTOR_WIDTH;
  const ptrdiff_t taps = (ptrdiff_t)task->kernel_height * kernel;
  depthwise_cut cut = {.width = task->width, .most = DEPTHWISE_PIXELS};
  const int64_t fitting = DEPTHWISE_WEIGHT_BYTES / (taps * VECTOR_WIDTH * 4) / LINE * LINE;
  cut.vectors = fitting < LINE ? LINE : fitting < vectors ? (int32_t)fitting : vectors;
  cut.is_square = depthwise_is_square(task);
  if (!cut.is_square) {
    cut.functions = depthwise_others[task->multiplier > 2 ? 0 : task->multiplier];
    return cut;
  }
  cut.functions = depthwise_squares[kernel / 2 - 1][task->stride_x - 1];
  if (kernel == 7) cut.most = DEPTHWISE_PIXELS_7;
  cut.copies = depthwise_conflicts(task, cut.most);
  if (!cut.copies) return cut;
  /* Two lines of a pixel and more, as the width leaves room; else strips of the width. */
  const int64_t columns = (int64_t)(task->width - 1) * task->stride_x + kernel;
  const int64_t lines = DEPTHWISE_COPY_FLOATS / 16 / (kernel * columns);
  if (lines >= 2) {
    if (cut.vectors > lines * LINE) cut.vectors = (int32_t)lines * LINE;
  } else {
    if (cut.vectors > 2 * LINE) cut.vectors = 2 * LINE;
    const int32_t room = DEPTHWISE_COPY_FLOATS / (kernel * cut.vectors * VECTOR_WIDTH);
    const int32_t outputs = ((room - kernel) / task->stride_x + 1) / cut.most * cut.most;
    const int32_t strips = (task->width + outputs - 1) / outputs;
    cut.width = (task->width + strips - 1) / strips;
  }
  return cut;
}

/* Blocks of one row of a strip; they differ by one pixel at most, so that none runs with few sums. */
static void depthwise_row(const rvgk_depthwise_task *task, const depthwise_cut *cut, int32_t width,
                          depthwise_place place, int32_t channels) {
  const int32_t blocks = (width + cut->most - 1) / cut->most;
  const int32_t fewer = width / blocks, larger_blocks = width - fewer * blocks;
  for (int32_t block = 0; block < blocks; block++) {
    const int32_t pixels = fewer + (block < larger_blocks);
    cut->functions[pixels](task, &place);
    activate_stored(task->activation, place.first_channel, place.dst, pixels,
                    task->dst_pixel_stride, channels);
    place.offset += (ptrdiff_t)pixels * task->stride_x * place.pixel_stride;
    place.dst += pixels * task->dst_pixel_stride;
    if (place.addend) place.addend += pixels * task->addend_pixel_stride;
  }
}

/* Copies rows from `first` on to their slots of `rows`, for `columns` pixels of a slice. */
static void depthwise_copy(const rvgk_depthwise_task *task, const float *src, int32_t first,
                           int32_t end, int32_t columns, int32_t vectors, float *rows) {
  const ptrdiff_t pixel = vectors * VECTOR_WIDTH;
  for (int32_t row = first; row < end; row++) {
    const float *from = src + row * task->src_row_stride;
    float *to = rows + row % task->kernel_height * columns * pixel;
    for (int32_t x = 0; x < columns; x++, from += task->src_pixel_stride, to += pixel)
      for (int32_t c = 0; c < pixel; c += VECTOR_WIDTH) vec_store(to + c, vec_load(from + c));
  }
}

/* All rows of a strip of one slice, from output column x on. */
static void depthwise_strip(const rvgk_depthwise_task *task, const depthwise_cut *cut, int32_t x,
                            depthwise_place place) {
  float copies[DEPTHWISE_COPY_FLOATS];
  const int32_t first = place.first_channel;
  const int32_t width = task->width - x < cut->width ? task->width - x : cut->width;
  const int32_t rest = task->channels - first, whole = place.vectors * VECTOR_WIDTH;
  const int32_t channels = rest < whole ? rest : whole;
  const int32_t columns = (width - 1) * task->stride_x + task->kernel_width;
  const ptrdiff_t column = (ptrdiff_t)x * task->stride_x * task->src_pixel_stride;
  const float *src = task->src + column + (task->multiplier == 1 ? first : 0);
  int32_t copied = 0;
  for (int32_t y = 0; y < task->rows; y++) {
    const int32_t row = y * task->stride_y;
    place.rows[0] = src + (ptrdiff_t)row * task->src_row_stride;
    for (int32_t ky = 1; cut->is_square && ky < task->kernel_height; ky++)
      place.rows[ky] = place.rows[ky - 1] + task->src_row_stride;
    if (cut->copies) {
      const int32_t end = row + task->kernel_height;
      depthwise_copy(task, src, copied > row ? copied : row, end, columns, place.vectors, copies);
      copied = end;
      place.pixel_stride = whole;
      for (int32_t ky = 0; ky < task->kernel_height; ky++)
        place.rows[ky] = copies + (row + ky) % task->kernel_height * columns * place.pixel_stride;
    }
    place.dst = task->dst + y * task->dst_row_stride + x * task->dst_pixel_stride + first;
    if (task->addend)
      place.addend =
          task->addend + y * task->addend_row_stride + x * task->addend_pixel_stride + first;
    depthwise_row(task, cut, width, place, channels);
  }
}

static void depthwise(const rvgk_depthwise_task *task) {
  if (task->width < 1) return;
  const depthwise_cut cut = depthwise_cut_of(task);
  const ptrdiff_t taps = (ptrdiff_t)task->kernel_height * task->kernel_width;
  const int32_t vectors = (task->channels + VECTOR_WIDTH - 1) / VECTOR_WIDTH;
  for (int32_t vector = 0; vector < vectors; vector += cut.vectors) {
    const depthwise_place place = {
        .pixel_stride = task->src_pixel_stride,
        .weights = task->weights + vector * taps * VECTOR_WIDTH,
        .bias = task->bias ? task->bias + vector * VECTOR_WIDTH : 0,
        .first_channel = vector * VECTOR_WIDTH,
        .vectors = cut.vectors < vectors - vector ? cut.vectors : vectors - vector,
        .activation = in_registers(task->activation)};
    for (int32_t x = 0; x < task->width; x += cut.width)
      depthwise_strip(task, &cut, x, place);
  }
}
