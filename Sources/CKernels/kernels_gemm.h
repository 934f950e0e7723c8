/* GEMM over packed weight panels: register blocks of ROWS x VECTORS, and the driver that cuts a
   task into them. Contract: rvgk_gemm_task in ckernels.h. */
#include "register_blocks.h"

/* Emits nothing, but X is computed before it and later loads stay after it. The scheduler otherwise
   hoists the next rows' broadcasts until the sums no longer fit the registers. */
#if defined(__x86_64__)
#define FINISH(X) __asm__ volatile("" : "+v"(X) : : "memory")
#elif defined(__aarch64__)
#define FINISH(X) __asm__ volatile("" : "+w"(X) : : "memory")
#else
#define FINISH(X)
#endif
/* Emits nothing, but hides how the pointer came about: the compiler otherwise keeps one pointer a
   row, more than there are registers. */
#define OPAQUE(X) __asm__("" : "+r"(X))

#define PANEL_STEP VECTOR_WIDTH
/* Rows are reached from one pointer for every three. */
#define ROW_POINTERS(ROWS) (((ROWS) + 2) / 3)
#define IS_BLOCK(VECTORS, ROWS) \
  ((ROWS) <= MAX_BLOCK_ROWS && ((ROWS) > 0 || (VECTORS) > WIDEST_PANEL_VECTORS))
_Static_assert(WIDEST_PANEL_VECTORS <= MAX_PANEL_VECTORS &&
                   WIDEST_PANEL_VECTORS * VECTOR_WIDTH <= RVGK_MAX_PANEL_WIDTH,
               "the level's widest panel is wider than the arrays that hold one");
_Static_assert(PANEL_VECTORS > 0 && PANEL_VECTORS <= WIDEST_PANEL_VECTORS,
               "the level prefers a panel width that it does not have");
_Static_assert(IS_BLOCK(1, BLOCK_ROWS_1) && IS_BLOCK(2, BLOCK_ROWS_2) &&
                   IS_BLOCK(3, BLOCK_ROWS_3) && IS_BLOCK(4, BLOCK_ROWS_4),
               "a panel width of the level has no register block, or one of too many rows");
#undef IS_BLOCK
/* Bytes of one depth step of a panel that one prefetched line covers. */
#define LINE_BYTES(VECTORS) ((VECTORS) * VECTOR_WIDTH * 4 < 64 ? (VECTORS) * VECTOR_WIDTH * 4 : 64)
#define LINES(VECTORS) (((VECTORS) * VECTOR_WIDTH * 4 + 63) / 64)

/* Where one register block reads and writes; strides come from the task. */
typedef struct gemm_block_place {
  const float *a;
  const float *init;
  const float *identity;
  float *c;
  const char *prefetch;
  /* Weights: the first step's, and floats from one step to the next. */
  const float *b;
  ptrdiff_t b_step;
  /* Of a combination of three: what multiplies its sums, and the second and third relative to it. */
  float scale, second, third;
  register_activation activation;
} gemm_block_place;

/* One depth step. Rows go in threes from one pointer each: the addressing modes then reach
   pointer, pointer + stride, pointer + 2 * stride without arithmetic. */
#define GEMM_STEP(K)                                                             \
  {                                                                              \
    vec weights[MAX_PANEL_VECTORS];                                              \
    UNROLL for (int n = 0; n < VECTORS; n++) {                                   \
      const float *w = b + n * VECTOR_WIDTH;                                     \
      weights[n] = vec_load(w);                                                  \
      if (TERMS == 3) weights[n] += second * vec_load(w + VECTORS * VECTOR_WIDTH); \
      if (TERMS >= 2) weights[n] += third * vec_load(w + 2 * VECTORS * VECTOR_WIDTH); \
    }                                                                            \
    __builtin_prefetch(next_rows, 0, 3);                                         \
    next_rows += 16;                                                             \
    UNROLL for (int n = 0; n < PREFETCHED; n++)                                  \
      __builtin_prefetch(prefetch + n * 64, 0, 2);                               \
    prefetch += PREFETCHED * LINE_BYTES(VECTORS);                                \
    UNROLL for (int m = 0; m < ROWS; m++) {                                      \
      const vec x = vec_splat(row[m / 3][(K) + (m % 3) * stride]);               \
      UNROLL for (int n = 0; n < VECTORS; n++)                                   \
        sum[m][n] = x * weights[n] + sum[m][n];                                  \
      UNROLL for (int n = 0; n < VECTORS; n++) FINISH(sum[m][n]);                \
    }                                                                            \
    b += b_step;                                                                 \
  }

/* TERMS: 1, or of a combination 3, or 2 where its second coefficient is zero; combinations have
   neither bias, identity nor activation. */
INLINE void gemm_block(const int ROWS, const int VECTORS, const int PREFETCHED, const int TERMS,
                       const rvgk_gemm_task *task, const gemm_block_place *place) {
  vec sum[MAX_BLOCK_ROWS][MAX_PANEL_VECTORS];
  const float *b = place->b;
  const ptrdiff_t b_step = TERMS == 1 ? place->b_step : 3 * VECTORS * VECTOR_WIDTH;
  const vec second = vec_splat(place->second), third = vec_splat(place->third);
  const char *prefetch = place->prefetch;
  const ptrdiff_t stride = task->a_row_stride;
  if (TERMS == 1 && place->init) {
    UNROLL for (int m = 0; m < ROWS; m++)
      UNROLL for (int n = 0; n < VECTORS; n++)
        sum[m][n] = vec_load(place->init + m * task->init_row_stride + n * VECTOR_WIDTH);
    if (task->bias)
      UNROLL for (int n = 0; n < VECTORS; n++) {
        const vec bias = vec_load(task->bias + n * VECTOR_WIDTH);
        UNROLL for (int m = 0; m < ROWS; m++) sum[m][n] += bias;
      }
  } else {
    UNROLL for (int n = 0; n < VECTORS; n++) {
      const vec bias =
          TERMS == 1 && task->bias ? vec_load(task->bias + n * VECTOR_WIDTH) : vec_splat(0);
      UNROLL for (int m = 0; m < ROWS; m++) sum[m][n] = bias;
    }
  }
  for (int32_t tap = 0; tap < task->tap_count; tap++) {
    const float *row[ROW_POINTERS(MAX_BLOCK_ROWS)];
    const float *first = place->a + task->tap_offsets[tap];
    UNROLL for (int i = 0; i < ROW_POINTERS(ROWS); i++) {
      row[i] = first + i * 3 * stride;
      OPAQUE(row[i]);
    }
    const float *next_rows = first + ROWS * stride;
    int32_t k = task->depth;
    _Pragma("clang loop unroll(disable)")
    for (; k > 1; k -= 2) {
      GEMM_STEP(0)
      GEMM_STEP(1)
      UNROLL for (int i = 0; i < ROW_POINTERS(ROWS); i++) {
        row[i] += 2;
        OPAQUE(row[i]);
      }
    }
    if (k) GEMM_STEP(0)
  }
  if (TERMS > 1) {
    const vec scale = vec_splat(place->scale);
    if (place->init)
      UNROLL for (int m = 0; m < ROWS; m++)
        UNROLL for (int n = 0; n < VECTORS; n++)
          sum[m][n] = scale * sum[m][n] +
                      vec_load(place->init + m * task->init_row_stride + n * VECTOR_WIDTH);
    else
      UNROLL for (int m = 0; m < ROWS; m++)
        UNROLL for (int n = 0; n < VECTORS; n++) sum[m][n] *= scale;
  }
  if (TERMS == 1 && place->identity)
    UNROLL for (int n = 0; n < VECTORS; n++) {
      const vec scale = vec_load(task->identity_scale + n * VECTOR_WIDTH);
      UNROLL for (int m = 0; m < ROWS; m++)
        sum[m][n] += scale * vec_load(place->identity + m * task->c_row_stride + n * VECTOR_WIDTH);
    }
  if (TERMS == 1 && place->activation.is_bounded) {
    const vec least = vec_splat(place->activation.least);
    UNROLL for (int m = 0; m < ROWS; m++)
      UNROLL for (int n = 0; n < VECTORS; n++) sum[m][n] = vec_at_least(least, sum[m][n]);
    if (place->activation.has_upper_bound) {
      const vec most = vec_splat(place->activation.most);
      UNROLL for (int m = 0; m < ROWS; m++)
        UNROLL for (int n = 0; n < VECTORS; n++) sum[m][n] = vec_at_most(most, sum[m][n]);
    }
  }
  UNROLL for (int m = 0; m < ROWS; m++)
    UNROLL for (int n = 0; n < VECTORS; n++)
      vec_store(place->c + m * task->c_row_stride + n * VECTOR_WIDTH, sum[m][n]);
}
#undef GEMM_STEP

typedef void (*gemm_block_function)(const rvgk_gemm_task *, const gemm_block_place *);

/* Variants of a block: no prefetch, one line a step, two, the panel's whole width; the same but for
   the last with combinations of two and of three. */
#define GEMM_FUNCTION(ROWS, VECTORS, LINE_COUNT, TERMS)                                       \
  static void gemm_##ROWS##_##VECTORS##_##LINE_COUNT##_##TERMS(                               \
      const rvgk_gemm_task *task, const gemm_block_place *place) {                            \
    gemm_block(ROWS, VECTORS, LINE_COUNT, TERMS, task, place);                                \
  }
#define JOIN_(A, B) A##B
#define JOIN(A, B) JOIN_(A, B)

JOIN(UP_TO_, BLOCK_ROWS_1)(JOIN(GEMM_FUNCTIONS_, GEMM_LINES_1), 1)
JOIN(UP_TO_, BLOCK_ROWS_2)(JOIN(GEMM_FUNCTIONS_, GEMM_LINES_2), 2)
JOIN(UP_TO_, BLOCK_ROWS_3)(JOIN(GEMM_FUNCTIONS_, GEMM_LINES_3), 3)
JOIN(UP_TO_, BLOCK_ROWS_4)(JOIN(GEMM_FUNCTIONS_, GEMM_LINES_4), 4)

static const gemm_block_function gemm_blocks[MAX_PANEL_VECTORS + 1][MAX_BLOCK_ROWS + 1][3][4] = {
    {{{0}}},
    {{{0}}, JOIN(UP_TO_, BLOCK_ROWS_1)(JOIN(GEMM_ENTRY_, GEMM_LINES_1), 1)},
    {{{0}}, JOIN(UP_TO_, BLOCK_ROWS_2)(JOIN(GEMM_ENTRY_, GEMM_LINES_2), 2)},
    {{{0}}, JOIN(UP_TO_, BLOCK_ROWS_3)(JOIN(GEMM_ENTRY_, GEMM_LINES_3), 3)},
    {{{0}}, JOIN(UP_TO_, BLOCK_ROWS_4)(JOIN(GEMM_ENTRY_, GEMM_LINES_4), 4)},
};
static const int32_t gemm_block_rows[MAX_PANEL_VECTORS + 1] = {
    0, BLOCK_ROWS_1, BLOCK_ROWS_2, BLOCK_ROWS_3, BLOCK_ROWS_4};
_Static_assert(sizeof gemm_block_rows == sizeof((rvgk_kernels *)0)->block_rows,
               "the level's table has another number of register blocks");

/* A block of a panel whose last columns are not stored: computed in a buffer, copied from it. */
static void gemm_narrow_block(const rvgk_gemm_task *task, const gemm_block_place *place,
                              gemm_block_function block, int32_t rows) {
  enum { WIDTH = MAX_PANEL_VECTORS * VECTOR_WIDTH };
  float tile[MAX_BLOCK_ROWS * WIDTH], bias[WIDTH] = {0}, scale[WIDTH] = {0};
  float pixels[MAX_BLOCK_ROWS * WIDTH];
  const ptrdiff_t width = task->panel_width;
  const size_t bytes = (size_t)task->columns * sizeof(float);
  rvgk_gemm_task inner = *task;
  gemm_block_place where = *place;
  inner.c_row_stride = inner.init_row_stride = width;
  where.c = tile;
  if (place->init || place->identity) {
    memset(tile, 0, sizeof tile);
    memset(pixels, 0, sizeof pixels);
  }
  if (task->bias) inner.bias = memcpy(bias, task->bias, bytes);
  if (place->init) {
    for (int32_t m = 0; m < rows; m++)
      memcpy(tile + m * width, place->init + m * task->init_row_stride, bytes);
    where.init = tile;
  }
  if (place->identity) {
    inner.identity_scale = memcpy(scale, task->identity_scale, bytes);
    for (int32_t m = 0; m < rows; m++)
      memcpy(pixels + m * width, place->identity + m * task->c_row_stride, bytes);
    where.identity = pixels;
  }
  block(&inner, &where);
  for (int32_t m = 0; m < rows; m++)
    memcpy(place->c + m * task->c_row_stride, tile + m * width, bytes);
}

static void gemm(const rvgk_gemm_task *task) {
  const int32_t vectors = task->panel_width / PANEL_STEP;
  const int32_t most_rows = gemm_block_rows[vectors];
  const int32_t block_count = (task->rows + most_rows - 1) / most_rows;
  const int32_t call_count = block_count * task->line_count;
  const int32_t lines = LINES(vectors);
  const ptrdiff_t line_bytes =
      (ptrdiff_t)LINE_BYTES(vectors) * task->depth * task->tap_count;
  const int prefetches = task->prefetch_distance_bytes != 0;
  const int narrow = task->columns < task->panel_width;
  /* Blocks differ by one row at most, so that none runs with few accumulators. */
  const int32_t fewer = block_count ? task->rows / block_count : 0;
  const int32_t larger_blocks = task->rows - fewer * block_count;
  const char *prefetch = (const char *)task->b + task->prefetch_distance_bytes;
  const int32_t first_line = task->first_line % task->lines_per_image;
  gemm_block_place place = {
      .b = task->b, .b_step = task->panel_width, .activation = in_registers(task->activation)};
  int32_t image = 0, line = first_line, call = 0, prefetched = 0;
  for (int32_t i = 0; i < task->line_count; i++) {
    const ptrdiff_t down = line - first_line;
    place.a = task->a + image * task->a_image_stride + down * task->a_line_stride;
    place.c = task->c + image * task->c_image_stride + down * task->c_line_stride;
    place.init = task->init ? task->init + image * task->init_image_stride +
                                  down * task->init_line_stride
                            : 0;
    place.identity = task->identity ? task->identity + image * task->c_image_stride +
                                          down * task->c_line_stride
                                    : 0;
    for (int32_t block = 0; block < block_count; block++) {
      const int32_t rows = fewer + (block < larger_blocks);
      /* The panel's lines, spread evenly over the calls. */
      const int32_t wanted =
          prefetches ? (int32_t)((int64_t)(call + 1) * lines / call_count) - prefetched : 0;
      const gemm_block_function function = gemm_blocks[vectors][rows][0][wanted > 2 ? 3 : wanted];
      place.prefetch = prefetch + prefetched * line_bytes;
      if (narrow)
        gemm_narrow_block(task, &place, function, rows);
      else
        function(task, &place);
      activate_stored(task->activation, 0, place.c, rows, task->c_row_stride, task->columns);
      prefetched += wanted;
      call++;
      place.a += rows * task->a_row_stride;
      place.c += rows * task->c_row_stride;
      if (place.init) place.init += rows * task->init_row_stride;
      if (place.identity) place.identity += rows * task->c_row_stride;
    }
    if (++line == task->lines_per_image) {
      line = 0;
      image++;
    }
  }
}
