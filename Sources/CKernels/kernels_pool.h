/* Pooling: windows are taken down the rows first, into a vector for each column of a strip, then across
   those columns. Contract: rvgk_pool_task in ckernels.h. */

/* Most columns of the image that a strip of outputs reads, and bytes of lines that it should read. */
#define POOL_COLUMNS 64
#define POOL_STRIP_BYTES 24576

/* The taps of a window in one dimension that are inside of the image: the first one's sample, their
   count, and the count with those in the padding. */
typedef struct pool_span {
  int32_t first, count, padded_count;
} pool_span;

/* Outputs first ..< first + count of every row, which read the columns base ..< limit. */
typedef struct pool_strip {
  int32_t first, count, base, limit;
  pool_span spans[POOL_COLUMNS];
} pool_strip;

/* Taps start + t * dilation, t in 0 ..< kernel, below `limit`. */
INLINE int32_t pool_taps_below(int64_t start, int32_t kernel, int32_t dilation, int64_t limit) {
  if (start >= limit) return 0;
  const int64_t taps = (limit - start + dilation - 1) / dilation;
  return taps < kernel ? (int32_t)taps : kernel;
}

INLINE pool_span pool_window(int32_t index, int32_t stride, int32_t kernel, int32_t dilation,
                             int32_t pad_before, int32_t pad_after, int32_t size) {
  const int64_t start = (int64_t)index * stride - pad_before;
  const int32_t before = pool_taps_below(start, kernel, dilation, 0);
  pool_span span = {0, pool_taps_below(start, kernel, dilation, size) - before,
                    pool_taps_below(start, kernel, dilation, (int64_t)size + pad_after)};
  if (span.count) span.first = (int32_t)(start + (int64_t)before * dilation);
  return span;
}

INLINE pool_span pool_columns(const rvgk_pool_task *task, int32_t x) {
  return pool_window(x, task->stride_x, task->kernel_width, task->dilation_x, task->pad_left,
                     task->pad_right, task->width);
}

INLINE vec pool_start(const int KIND) {
  return vec_splat(KIND == RVGK_POOL_MAX ? -__builtin_inff() : 0);
}

/* The sum, or the larger one; a NaN of either is kept. */
INLINE vec pool_combine(const int KIND, vec x, vec y) {
  if (KIND != RVGK_POOL_MAX) return x + y;
  const vec larger = x < y ? y : x;
  return y == y ? larger : y;
}

INLINE vec pool_finish(const int KIND, vec result, const pool_span rows, const pool_span columns) {
  if (KIND == RVGK_POOL_MAX) return result;
  const int64_t count = KIND == RVGK_POOL_AVERAGE
                            ? (int64_t)rows.count * columns.count
                            : (int64_t)rows.padded_count * columns.padded_count;
  return result / vec_splat((float)(count > 0 ? count : 1));
}

/* One column of a window: `sample` is its first row's. */
INLINE vec pool_down(const int KIND, const rvgk_pool_task *task, const float *sample,
                     int32_t count) {
  const ptrdiff_t step = task->dilation_y * task->src_row_stride;
  vec result = pool_start(KIND);
  for (int32_t t = 0; t < count; t++) result = pool_combine(KIND, result, vec_load(sample + t * step));
  return result;
}

/* One row of a strip: src and dst point to its first row and pixel. */
INLINE void pool_strip_row(const int KIND, const rvgk_pool_task *task, const pool_strip *strip,
                           const pool_span rows, const float *src, float *dst) {
  for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH) {
    vec columns[POOL_COLUMNS];
    for (int32_t x = strip->base; x < strip->limit; x++)
      columns[x - strip->base] =
          pool_down(KIND, task, src + x * task->src_pixel_stride + c, rows.count);
    float *pixel = dst + c;
    for (int32_t i = 0; i < strip->count; i++) {
      const pool_span span = strip->spans[i];
      const vec *column = columns + (span.count ? span.first - strip->base : 0);
      vec result = pool_start(KIND);
      for (int32_t t = 0; t < span.count; t++)
        result = pool_combine(KIND, result, column[(ptrdiff_t)t * task->dilation_x]);
      vec_store(pixel, pool_finish(KIND, result, rows, span));
      pixel += task->dst_pixel_stride;
    }
  }
}

/* The row of a strip of one output whose window has more columns than strips have. */
INLINE void pool_wide_row(const int KIND, const rvgk_pool_task *task, const pool_strip *strip,
                          const pool_span rows, const float *src, float *dst) {
  const pool_span span = strip->spans[0];
  for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH) {
    vec result = pool_start(KIND);
    for (int32_t t = 0; t < span.count; t++) {
      const int32_t x = span.first + t * task->dilation_x;
      result = pool_combine(
          KIND, result, pool_down(KIND, task, src + x * task->src_pixel_stride + c, rows.count));
    }
    vec_store(dst + c, pool_finish(KIND, result, rows, span));
  }
}

/* The strip from output column `first` on, of at most `most` columns of the image unless its one window
   has more. */
static void pool_cut_strip(const rvgk_pool_task *task, int32_t first, int32_t most,
                           pool_strip *strip) {
  strip->first = first;
  strip->count = 0;
  strip->base = strip->limit = 0;
  for (int32_t x = first; x < task->columns && strip->count < POOL_COLUMNS; x++) {
    const pool_span span = pool_columns(task, x);
    if (strip->limit - strip->base > POOL_COLUMNS) break;
    if (span.count) {
      /* With dilation, a later window may begin further to the left. */
      const int32_t end = span.first + (span.count - 1) * task->dilation_x + 1;
      const int32_t limit = end > strip->limit ? end : strip->limit;
      const int32_t base =
          strip->limit == 0 || span.first < strip->base ? span.first : strip->base;
      if (strip->count && limit - base > most) break;
      strip->base = base;
      strip->limit = limit;
    }
    strip->spans[strip->count++] = span;
  }
}

INLINE void pool_kind(const int KIND, const rvgk_pool_task *task) {
  /* Rows of a strip share lines, which should stay in L1. */
  const int32_t fitting = POOL_STRIP_BYTES / 64 / task->kernel_height;
  const int32_t twice = task->kernel_width < POOL_COLUMNS / 2 ? 2 * task->kernel_width : POOL_COLUMNS;
  const int32_t wanted = fitting > twice ? fitting : twice;
  const int32_t most = wanted < POOL_COLUMNS ? wanted : POOL_COLUMNS;
  pool_strip strip;
  for (int32_t first = 0; first < task->columns; first += strip.count) {
    pool_cut_strip(task, first, most, &strip);
    for (int32_t y = 0; y < task->rows; y++) {
      const pool_span rows =
          pool_window(task->first_row + y, task->stride_y, task->kernel_height, task->dilation_y,
                      task->pad_top, task->pad_bottom, task->height);
      const float *src = task->src + rows.first * task->src_row_stride;
      float *dst = task->dst + y * task->dst_row_stride + first * task->dst_pixel_stride;
      if (strip.limit - strip.base > POOL_COLUMNS)
        pool_wide_row(KIND, task, &strip, rows, src, dst);
      else
        pool_strip_row(KIND, task, &strip, rows, src, dst);
    }
  }
}

static void pool(const rvgk_pool_task *task) {
  switch (task->kind) {
    case RVGK_POOL_MAX: pool_kind(RVGK_POOL_MAX, task); break;
    case RVGK_POOL_AVERAGE: pool_kind(RVGK_POOL_AVERAGE, task); break;
    case RVGK_POOL_AVERAGE_WITH_PADDING: pool_kind(RVGK_POOL_AVERAGE_WITH_PADDING, task); break;
    default: REQUIRE(0, "the kind of pooling is unknown");
  }
}
