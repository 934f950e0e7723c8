/* Winograd input and output transforms, and the packing of transformed weights.
   Contracts: rvgk_winograd_*_task in ckernels.h. */
#include "winograd_transforms.h"
#include "winograd_dispatch.h"

/* Whether registers hold what lies between the two dimensions of a transform. With thirty-two of
   them, half as many vectors are stored; with sixteen, rolled loops over an array in memory win. */
#define HOLDS_TRANSFORM (VECTOR_WIDTH == 16)

/* The second dimension of column `x` of a tile's positions.

   A tile's rows of channels lie too far apart for the hardware to see what comes next: with vectors
   of a whole line, here and in input_vector_held, the lines of the next channels are fetched while
   these are transformed. Narrower vectors wait less and would fetch every line twice. */
INLINE void input_column(const int VERTICAL, const int V_POSITIONS, const int H_POSITIONS,
                         const int x, const vec *column, float *v, const int32_t *offsets) {
  vec o[RVGK_MAX_POSITIONS];
  input_1d(VERTICAL, column, o);
  UNROLL for (int y = 0; y < V_POSITIONS; y++) {
    float *place = v + offsets[y * H_POSITIONS + x];
    vec_store(place, o[y]);
    if (VECTOR_WIDTH == 16) __builtin_prefetch(place + VECTOR_WIDTH, 1, 3);
  }
}

/* Some columns at a time: the tile is read again for the next ones, which is cheaper than to store
   all of them and to read those again. */
INLINE void input_vector_held(const int VERTICAL, const int V_INPUTS, const int V_POSITIONS,
                              const int HORIZONTAL, const int H_INPUTS, const int H_POSITIONS,
                              const rvgk_winograd_input_task *task, const float *source, float *v,
                              const int32_t *offsets) {
  enum { MOST = 4 };
  const int COLUMNS = V_INPUTS > 6 ? 2 : V_INPUTS > 4 ? 3 : MOST;
  /* The points p and -p, which share sums, stay together: in F(6) they follow the point 0. */
  const int FIRST = H_POSITIONS == 8 ? 1 : 0;
  UNROLL for (int start = 0; start < H_POSITIONS; start += COLUMNS) {
    vec columns[MOST][RVGK_MAX_POSITIONS];
    const float *row = source;
    UNROLL for (int y = 0; y < V_INPUTS; y++) {
      vec d[RVGK_MAX_POSITIONS], o[RVGK_MAX_POSITIONS];
      UNROLL for (int x = 0; x < H_INPUTS; x++) {
        d[x] = vec_load(row + x * task->pixel_stride);
        if (start == 0)
          __builtin_prefetch(row + x * task->pixel_stride + 2 * VECTOR_WIDTH, 0, 3);
      }
      input_1d(HORIZONTAL, d, o);
      UNROLL for (int i = 0; i < COLUMNS; i++)
        if (start + i < H_POSITIONS) columns[i][y] = o[(start + i + FIRST) % H_POSITIONS];
      row += task->row_stride;
    }
    UNROLL for (int i = 0; i < COLUMNS; i++)
      if (start + i < H_POSITIONS)
        input_column(VERTICAL, V_POSITIONS, H_POSITIONS, (start + i + FIRST) % H_POSITIONS,
                     columns[i], v, offsets);
  }
}

/* All columns, by way of memory. */
INLINE void input_vector(const int VERTICAL, const int V_INPUTS, const int V_POSITIONS,
                         const int HORIZONTAL, const int H_INPUTS, const int H_POSITIONS,
                         const rvgk_winograd_input_task *task, const float *source, float *v,
                         const int32_t *offsets) {
  vec columns[RVGK_MAX_POSITIONS][RVGK_MAX_POSITIONS];
  const float *row = source;
  _Pragma("clang loop unroll(disable)")
  for (int y = 0; y < V_INPUTS; y++) {
    vec d[RVGK_MAX_POSITIONS], o[RVGK_MAX_POSITIONS];
    UNROLL for (int x = 0; x < H_INPUTS; x++) d[x] = vec_load(row + x * task->pixel_stride);
    input_1d(HORIZONTAL, d, o);
    UNROLL for (int x = 0; x < H_POSITIONS; x++) columns[x][y] = o[x];
    row += task->row_stride;
  }
  _Pragma("clang loop unroll(disable)")
  for (int x = 0; x < H_POSITIONS; x++)
    input_column(VERTICAL, V_POSITIONS, H_POSITIONS, x, columns[x], v, offsets);
}

/* One tile's input, all channels; rows first, then columns. */
INLINE void input_2d(const int VERTICAL, const int V_INPUTS, const int V_POSITIONS,
                     const int HORIZONTAL, const int H_INPUTS, const int H_POSITIONS,
                     const rvgk_winograd_input_task *task, const float *source,
                     const int32_t *offsets) {
  for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH)
    if (HOLDS_TRANSFORM)
      input_vector_held(VERTICAL, V_INPUTS, V_POSITIONS, HORIZONTAL, H_INPUTS, H_POSITIONS, task,
                        source + c, task->v + c, offsets);
    else
      input_vector(VERTICAL, V_INPUTS, V_POSITIONS, HORIZONTAL, H_INPUTS, H_POSITIONS, task,
                   source + c, task->v + c, offsets);
}

/* One tile's output, `columns` channels in whole vectors; columns first, then rows. */
INLINE void output_2d(const int VERTICAL, const int V_OUTPUTS, const int V_POSITIONS,
                      const int HORIZONTAL, const int H_OUTPUTS, const int H_POSITIONS,
                      const rvgk_winograd_output_task *task, const rvgk_tile *tile,
                      const register_activation *activation) {
  const int32_t *offsets = task->offsets + tile->m_offsets;
  const vec least = vec_splat(activation->least), most = vec_splat(activation->most);
  const int extra = task->addend || task->identity || activation->has_upper_bound;
  for (int32_t n = 0; n < task->columns; n += VECTOR_WIDTH) {
    vec rows[RVGK_MAX_OUTPUTS][RVGK_MAX_POSITIONS];
    const float *m = task->m + n;
    _Pragma("clang loop unroll(disable)")
    for (int x = 0; x < H_POSITIONS; x++) {
      vec q[RVGK_MAX_POSITIONS], o[RVGK_MAX_OUTPUTS];
      UNROLL for (int y = 0; y < V_POSITIONS; y++)
        q[y] = vec_load(m + offsets[y * H_POSITIONS + x]);
      output_1d(VERTICAL, q, o);
      UNROLL for (int y = 0; y < V_OUTPUTS; y++) rows[y][x] = o[y];
    }
    const vec bias = vec_load(task->bias + n);
    ptrdiff_t place = tile->destination + n;
    _Pragma("clang loop unroll(disable)")
    for (int y = 0; y < V_OUTPUTS; y++) {
      vec o[RVGK_MAX_OUTPUTS];
      output_1d(HORIZONTAL, rows[y], o);
      UNROLL for (int x = 0; x < H_OUTPUTS; x++) o[x] += bias;
      if (extra) {
        if (task->addend)
          UNROLL for (int x = 0; x < H_OUTPUTS; x++)
            o[x] += vec_load(task->addend + place + x * task->pixel_stride);
        if (task->identity) {
          const vec scale = vec_load(task->identity_scale + n);
          UNROLL for (int x = 0; x < H_OUTPUTS; x++)
            o[x] += scale * vec_load(task->identity + place + x * task->pixel_stride);
        }
        UNROLL for (int x = 0; x < H_OUTPUTS; x++) o[x] = vec_at_most(most, o[x]);
      }
      UNROLL for (int x = 0; x < H_OUTPUTS; x++)
        vec_store(task->destination + place + x * task->pixel_stride, vec_at_least(least, o[x]));
      place += task->row_stride;
    }
  }
  float *row = task->destination + tile->destination;
  for (int y = 0; y < V_OUTPUTS; y++, row += task->row_stride)
    activate_stored(task->activation, 0, row, H_OUTPUTS, task->pixel_stride, task->columns);
}

typedef void (*input_function)(const rvgk_winograd_input_task *, const float *, const int32_t *);
typedef void (*output_function)(const rvgk_winograd_output_task *, const rvgk_tile *,
                                const register_activation *);

#define DEFINE_TRANSFORMS(V, V_NAME, V_OUT, V_IN, V_POS, H, H_NAME, H_OUT, H_IN, H_POS)     \
  _Static_assert(V_OUT <= RVGK_MAX_OUTPUTS && H_OUT <= RVGK_MAX_OUTPUTS &&                  \
                     V_IN <= RVGK_MAX_POSITIONS && H_IN <= RVGK_MAX_POSITIONS &&            \
                     V_POS <= RVGK_MAX_POSITIONS && H_POS <= RVGK_MAX_POSITIONS,            \
                 "a tile is larger than the arrays that hold one");                         \
  static void input_##V_NAME##H_NAME(const rvgk_winograd_input_task *task,                  \
                                     const float *source, const int32_t *offsets) {         \
    input_2d(V, V_IN, V_POS, H, H_IN, H_POS, task, source, offsets);                        \
  }                                                                                         \
  static void output_##V_NAME##H_NAME(const rvgk_winograd_output_task *task,                \
                                      const rvgk_tile *tile,                                \
                                      const register_activation *activation) {              \
    output_2d(V, V_OUT, V_POS, H, H_OUT, H_POS, task, tile, activation);                    \
  }
#define INPUT_ENTRY(V, V_NAME, V_OUT, V_IN, V_POS, H, H_NAME, H_OUT, H_IN, H_POS) \
  [(V) * RVGK_TILE_KIND_COUNT + (H)] = input_##V_NAME##H_NAME,
#define OUTPUT_ENTRY(V, V_NAME, V_OUT, V_IN, V_POS, H, H_NAME, H_OUT, H_IN, H_POS) \
  [(V) * RVGK_TILE_KIND_COUNT + (H)] = output_##V_NAME##H_NAME,
FOR_EACH_TILE_PAIR(DEFINE_TRANSFORMS)
static const input_function input_functions[RVGK_TILE_KIND_COUNT * RVGK_TILE_KIND_COUNT] = {
    FOR_EACH_TILE_PAIR(INPUT_ENTRY)};
static const output_function output_functions[RVGK_TILE_KIND_COUNT * RVGK_TILE_KIND_COUNT] = {
    FOR_EACH_TILE_PAIR(OUTPUT_ENTRY)};

static void winograd_input(const rvgk_winograd_input_task *task) {
  for (int32_t i = 0; i < task->tile_count; i++) {
    const rvgk_tile *tile = &task->tiles[i];
    input_functions[tile->transform](task, task->source + tile->source,
                                     task->offsets + tile->v_offsets);
  }
}

/* The last, partial vector of every tile, by way of buffers of one vector a pixel. */
static void winograd_output_tail(const rvgk_winograd_output_task *task, int32_t whole,
                                 const register_activation *activation) {
  const size_t bytes = (size_t)(task->columns - whole) * sizeof(float);
  enum { SIDE = RVGK_MAX_OUTPUTS };
  float pixels[SIDE * SIDE * VECTOR_WIDTH], identity[SIDE * SIDE * VECTOR_WIDTH];
  float bias[VECTOR_WIDTH] = {0}, scale[VECTOR_WIDTH] = {0};
  memcpy(bias, task->bias + whole, bytes);
  if (task->identity) memcpy(scale, task->identity_scale + whole, bytes);
  memset(pixels, 0, sizeof pixels);
  memset(identity, 0, sizeof identity);
  rvgk_winograd_output_task inner = *task;
  inner.columns = VECTOR_WIDTH;
  inner.m += whole;
  inner.destination = pixels;
  inner.row_stride = SIDE * VECTOR_WIDTH;
  inner.pixel_stride = VECTOR_WIDTH;
  inner.bias = bias;
  inner.identity_scale = scale;
  inner.activation = 0;
  if (task->addend) inner.addend = pixels;
  if (task->identity) inner.identity = identity;
  for (int32_t i = 0; i < task->tile_count; i++) {
    rvgk_tile tile = task->tiles[i];
    const int height = rvgk_tile_kind_at(tile.transform / RVGK_TILE_KIND_COUNT)->outputs;
    const int width = rvgk_tile_kind_at(tile.transform % RVGK_TILE_KIND_COUNT)->outputs;
    const ptrdiff_t place = tile.destination + whole;
    tile.destination = 0;
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        const ptrdiff_t outside = place + y * task->row_stride + x * task->pixel_stride;
        float *inside = pixels + (y * SIDE + x) * VECTOR_WIDTH;
        if (task->addend) memcpy(inside, task->addend + outside, bytes);
        if (task->identity)
          memcpy(identity + (y * SIDE + x) * VECTOR_WIDTH, task->identity + outside, bytes);
      }
    output_functions[tile.transform](&inner, &tile, activation);
    for (int y = 0; y < height; y++) {
      float *row = task->destination + place + y * task->row_stride;
      for (int x = 0; x < width; x++)
        memcpy(row + x * task->pixel_stride, pixels + (y * SIDE + x) * VECTOR_WIDTH, bytes);
      activate_stored(task->activation, whole, row, width, task->pixel_stride,
                      task->columns - whole);
    }
  }
}

static void winograd_output(const rvgk_winograd_output_task *task) {
  rvgk_winograd_output_task whole = *task;
  const register_activation activation = in_registers(task->activation);
  whole.columns = task->columns / VECTOR_WIDTH * VECTOR_WIDTH;
  if (whole.columns)
    for (int32_t i = 0; i < task->tile_count; i++)
      output_functions[task->tiles[i].transform](&whole, &task->tiles[i], &activation);
  if (whole.columns < task->columns) winograd_output_tail(task, whole.columns, &activation);
}

static void winograd_pack(const rvgk_winograd_pack_task *task) {
  const rvgk_weight_transform *down = rvgk_weight_transform_at(task->vertical_family);
  const rvgk_weight_transform *across = rvgk_weight_transform_at(task->horizontal_family);
  const int32_t width = task->panel_width, columns = task->columns;
  REQUIRE(down && across, "the weight transform's family is unknown");
  REQUIRE(width <= RVGK_MAX_PANEL_WIDTH && columns <= width, "the panel is too wide");
  REQUIRE(task->vertical_count <= RVGK_MAX_WEIGHTS && task->horizontal_count <= RVGK_MAX_WEIGHTS,
          "there are more weights than any transform has");
  double taps[9][RVGK_MAX_PANEL_WIDTH] = {{0}};
  double columns_done[RVGK_MAX_WEIGHTS][3][RVGK_MAX_PANEL_WIDTH];
  for (int32_t c = 0; c < task->depth; c++) {
    for (int32_t n = 0; n < columns; n++) {
      const float *kernel = task->kernel + n * task->o_stride + c * 9;
      for (int tap = 0; tap < 9; tap++) taps[tap][n] = kernel[tap];
    }
    for (int32_t y = 0; y < task->vertical_count; y++) {
      const double *g = down->rows[task->vertical[y]];
      for (int x = 0; x < 3; x++)
        for (int32_t n = 0; n < width; n++)
          columns_done[y][x][n] = g[0] * taps[x][n] + g[1] * taps[3 + x][n] + g[2] * taps[6 + x][n];
    }
    for (int32_t y = 0; y < task->vertical_count; y++)
      for (int32_t x = 0; x < task->horizontal_count; x++) {
        const double *g = across->rows[task->horizontal[x]];
        float *packed = task->packed + y * task->vertical_stride + x * task->horizontal_stride +
                        c * task->row_stride;
        for (int32_t n = 0; n < width; n++)
          packed[n] = (float)(g[0] * columns_done[y][0][n] + g[1] * columns_done[y][1][n] +
                              g[2] * columns_done[y][2][n]);
      }
  }
}

/* The second dimension of one row of matrices; returns where the next one goes. */
INLINE float *weight_row(const int FAMILY, const int ROWS, const uint32_t horizontal,
                         const vec *column, float *matrix, const ptrdiff_t matrix_stride) {
  vec o[RVGK_MAX_WEIGHTS];
  weight_1d(FAMILY, column, o);
  UNROLL for (int x = 0; x < ROWS; x++)
    if (horizontal >> x & 1) {
      vec_store(matrix, o[x]);
      matrix += matrix_stride;
    }
  return matrix;
}

/* Columns first, then rows; the tests of the row masks are the same at every step. */
INLINE void weight_matrices(const int FAMILY, const int ROWS, const rvgk_winograd_weight_task *task) {
  const int32_t width = task->panel_width;
  const uint32_t vertical = task->vertical_rows, horizontal = task->horizontal_rows;
  const ptrdiff_t stride = task->weight_stride;
  const float *kernel = task->kernel;
  float *matrices = task->weights;
  for (int32_t k = 0; k < task->depth; k++) {
    for (int32_t n = 0; n < width; n += VECTOR_WIDTH) {
      vec columns[RVGK_MAX_WEIGHTS][3];
      UNROLL for (int x = 0; x < 3; x++) {
        vec g[3], o[RVGK_MAX_WEIGHTS];
        UNROLL for (int y = 0; y < 3; y++) {
          g[y] = vec_load(kernel + (y * 3 + x) * width + n);
          __builtin_prefetch(kernel + (y * 3 + x) * width + n + 1024, 0, 3);
        }
        weight_1d(FAMILY, g, o);
        UNROLL for (int y = 0; y < ROWS; y++) columns[y][x] = o[y];
      }
      float *matrix = matrices + n;
      if (HOLDS_TRANSFORM) {
        UNROLL for (int y = 0; y < ROWS; y++)
          if (vertical >> y & 1)
            matrix = weight_row(FAMILY, ROWS, horizontal, columns[y], matrix, stride);
      } else {
        _Pragma("clang loop unroll(disable)")
        for (int y = 0; y < ROWS; y++)
          if (vertical >> y & 1)
            matrix = weight_row(FAMILY, ROWS, horizontal, columns[y], matrix, stride);
      }
    }
    kernel += 9 * width;
    matrices += width;
  }
}

#define CASE(FAMILY, ROWS) \
  case FAMILY: weight_matrices(FAMILY, ROWS, task); break;
static void winograd_weight_matrices(const rvgk_winograd_weight_task *task) {
  switch (task->family) {
    FOR_EACH_TILE_FAMILY(CASE)
    default: REQUIRE(0, "the weight transform's family is unknown");
  }
}
#undef CASE

/* The vertical transform alone: the three columns of a row of the kernel are stored together and
   treated as one long vector. */
INLINE void weight_columns(const int FAMILY, const int ROWS, const rvgk_winograd_weight_task *task) {
  const int32_t width = 3 * task->panel_width;
  const float *kernel = task->kernel;
  float *weights = task->weights;
  for (int32_t k = 0; k < task->depth; k++) {
    for (int32_t n = 0; n < width; n += VECTOR_WIDTH) {
      vec g[3], o[RVGK_MAX_WEIGHTS];
      UNROLL for (int y = 0; y < 3; y++) {
        g[y] = vec_load(kernel + y * width + n);
        __builtin_prefetch(kernel + y * width + n + 1024, 0, 3);
      }
      weight_1d(FAMILY, g, o);
      float *row = weights + n;
      UNROLL for (int y = 0; y < ROWS; y++)
        if (task->vertical_rows >> y & 1) {
          vec_store(row, o[y]);
          row += task->weight_stride;
        }
    }
    kernel += 3 * width;
    weights += width;
  }
}

#define CASE(FAMILY, ROWS) \
  case FAMILY: weight_columns(FAMILY, ROWS, task); break;
static void winograd_weight_columns(const rvgk_winograd_weight_task *task) {
  switch (task->family) {
    FOR_EACH_TILE_FAMILY(CASE)
    default: REQUIRE(0, "the weight transform's family is unknown");
  }
}
#undef CASE
