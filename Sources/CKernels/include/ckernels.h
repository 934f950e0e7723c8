/* SIMD kernels of the engine behind one table a CPU level.

   Conventions: all counts and strides are in floats unless a name says bytes; pixels are NHWC,
   `pixel_stride` floats from one to the next. No kernel allocates, none keeps state, and none
   writes outside of what its contract names; buffers must not overlap unless it says so.
   Pointers need the alignment of a float only; weights are fastest at 64 bytes. */
#ifndef REPVGG_CKERNELS_H
#define REPVGG_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)
#pragma clang assume_nonnull begin

/* MARK: Sizes */

/* The largest channel block of any level: what is laid out in it suits every level. */
#define RVGK_CHANNEL_BLOCK 16
/* No level has a wider panel of weights. */
#define RVGK_MAX_PANEL_WIDTH 64

/* MARK: CPU levels */

#define RVGK_LEVEL_PORTABLE 0 /* compiler vectors of four floats: every CPU */
#define RVGK_LEVEL_AVX2 1     /* AVX2 and FMA */
#define RVGK_LEVEL_AVX512 2   /* AVX-512 F, VL, BW, DQ */
#define RVGK_LEVEL_COUNT 3

/* MARK: Winograd coefficients */

/* Families of tiles that share their transformed weights: small, stride 1 of 4, 3, 2, 1 outputs (up
   to six weights in a dimension); polyphase, stride 2 of 4, 3, 2, 1 outputs (six); large, stride 1
   of 6, 5, 4 outputs (eight). Tile kinds are numbered in this order. */
#define RVGK_FAMILY_SMALL 0
#define RVGK_FAMILY_POLYPHASE 1
#define RVGK_FAMILY_LARGE 2
#define RVGK_TILE_FAMILY_COUNT 3
/* Not a family of tiles: packs the three taps of a dimension as they are. */
#define RVGK_FAMILY_TAPS 3
#define RVGK_TILE_KIND_COUNT 11
#define RVGK_MAX_OUTPUTS 6
#define RVGK_MAX_POSITIONS 9
#define RVGK_MAX_WEIGHTS 8

/* One tile in one dimension: y = output * ((weight_transform * g) . (input * d)), where the product
   of position p takes row weight_index[p] of the transformed weights. Exact numbers. */
typedef struct rvgk_tile_kind {
  int32_t outputs, inputs, positions;
  int32_t weight_index[RVGK_MAX_POSITIONS];
  double input[RVGK_MAX_POSITIONS][RVGK_MAX_POSITIONS]; /* [positions][inputs] */
  double output[RVGK_MAX_OUTPUTS][RVGK_MAX_POSITIONS];  /* [outputs][positions] */
} rvgk_tile_kind;

/* Weight transform G of a family's tiles, shared by all of them. */
typedef struct rvgk_weight_transform {
  double rows[RVGK_MAX_WEIGHTS][3];
} rvgk_weight_transform;

/* The kind of index 0 ..< RVGK_TILE_KIND_COUNT, else null. */
const rvgk_tile_kind *_Nullable rvgk_tile_kind_at(int32_t kind);
/* The weight transform of family 0 ... RVGK_FAMILY_TAPS, else null. */
const rvgk_weight_transform *_Nullable rvgk_weight_transform_at(int32_t family);

/* MARK: Activations */

#define RVGK_ACTIVATION_IDENTITY 0
#define RVGK_ACTIVATION_RELU 1         /* max(0, x) */
#define RVGK_ACTIVATION_CLIP 2         /* min(max(a, x), b) */
#define RVGK_ACTIVATION_LEAKY_RELU 3   /* x, or a * x where x < 0 */
#define RVGK_ACTIVATION_PRELU 4        /* x, or slopes[channel] * x where x < 0 */
#define RVGK_ACTIVATION_SIGMOID 5      /* 1 / (1 + exp(-x)) */
#define RVGK_ACTIVATION_TANH 6
#define RVGK_ACTIVATION_SILU 7         /* x / (1 + exp(-x)) */
#define RVGK_ACTIVATION_HARD_SIGMOID 8 /* min(max(0, a * x + b), 1) */
#define RVGK_ACTIVATION_HARD_SWISH 9   /* x * min(max(0, x / 6 + 1/2), 1) */
#define RVGK_ACTIVATION_GELU 10        /* x / 2 * (1 + erf(x / sqrt(2))) */
#define RVGK_ACTIVATION_COUNT 11

/* f(x) * scale + shift with f of a kind; scale is 1 and shift 0 where nothing follows f. NaN stays
   NaN, infinities give the limits (-inf gives -0 or 0 in SiLU, hard swish and GELU). Largest errors of
   f over all of Float32, in units of the last place: sigmoid, tanh, SiLU, hard swish 2.5, GELU 4.4
   (docs/numerics.md). ReLU and clips of a range with 0 that nothing follows are free in the
   kernels that take an activation; others cost a pass over what has just been stored, still in L1.
   slopes: of PReLU, a float for every channel of the task; else not read. */
typedef struct rvgk_activation {
  int32_t kind;
  float a, b;
  float scale, shift;
  const float *_Nullable slopes;
} rvgk_activation;

/* ReLU, for tasks that take nothing else. */
const rvgk_activation *rvgk_relu(void);

/* MARK: GEMM */

/* c[r][n] = activation(init[r][n] + bias[n]
                        + sum over taps t, k: a[r][tap_offsets[t] + k] * b[t][k][n]
                        + identity_scale[n] * identity[r][n])        for n in 0 ..< columns.

   Rows r are `rows` per line and `line_count` lines; line l is line (first_line + l) of a stack of
   images of `lines_per_image` lines each, which matters only where images are not contiguous.
   Row r of line l of image i of an operand x lies at x + i * x_image_stride + l * x_line_stride
   + r * x_row_stride, relative to the first line processed, to which the pointers point.
   `identity` has c's strides.
   a: any alignment; every read is inside the named elements.
   b: [tap_count][depth][panel_width], panel_width one of the level's;
      all panel_width columns are read, `columns` <= panel_width of them are stored.
   init, bias, identity (with identity_scale), activation: null where there is none; init may equal c.
   bias, identity_scale, the activation's slopes: `columns` floats. Prefetches (never reads) the bytes
   b + prefetch_distance_bytes ... of b's own size; 0 prefetches nothing. */
typedef struct rvgk_gemm_task {
  const float *a;
  ptrdiff_t a_row_stride, a_line_stride, a_image_stride;
  const ptrdiff_t *tap_offsets;
  int32_t tap_count, depth;
  const float *b;
  int32_t panel_width, columns;
  int32_t rows, line_count, first_line, lines_per_image;
  const float *_Nullable init;
  ptrdiff_t init_row_stride, init_line_stride, init_image_stride;
  float *c;
  ptrdiff_t c_row_stride, c_line_stride, c_image_stride;
  const float *_Nullable bias;
  const float *_Nullable identity;
  const float *_Nullable identity_scale;
  const rvgk_activation *_Nullable activation;
  ptrdiff_t prefetch_distance_bytes;
} rvgk_gemm_task;

/* MARK: Winograd */

/* One two-dimensional tile. `transform` is vertical kind * RVGK_TILE_KIND_COUNT + horizontal kind;
   `source` and `destination` are the offsets of its first input sample (top left) and first output
   pixel; `v_offsets` and `m_offsets` index tables of positions(vertical) * positions(horizontal)
   offsets in row-major order, where each position's row of channels starts. */
typedef struct rvgk_tile {
  int32_t transform, v_offsets, m_offsets;
  ptrdiff_t source, destination;
} rvgk_tile;
_Static_assert(sizeof(rvgk_tile) == 32, "a cache line holds two tiles of a table");

/* v[v_offset(position) + c] = (B^T d B)[position] for every tile and c in 0 ..< channels.
   channels: a multiple of the vector width, at most pixel_stride. */
typedef struct rvgk_winograd_input_task {
  const rvgk_tile *tiles;
  int32_t tile_count, channels;
  const int32_t *offsets;
  const float *source;
  ptrdiff_t row_stride, pixel_stride;
  float *v;
} rvgk_winograd_input_task;

/* destination = activation(A^T m A + bias + addend + identity_scale * identity) for the `columns`
   channels of every output pixel of every tile. Rows of m are read in whole vectors (columns rounded
   up to the vector width). addend, which may equal destination, and identity have the destination's
   strides and offsets. addend, identity (with identity_scale), activation: null where there is none.
   bias, identity_scale, the activation's slopes: `columns` floats. */
typedef struct rvgk_winograd_output_task {
  const rvgk_tile *tiles;
  int32_t tile_count, columns;
  const int32_t *offsets;
  const float *m;
  float *destination;
  ptrdiff_t row_stride, pixel_stride;
  const float *bias;
  const float *_Nullable addend;
  const float *_Nullable identity;
  const float *_Nullable identity_scale;
  const rvgk_activation *_Nullable activation;
} rvgk_winograd_output_task;

/* Where the rows of one weight matrix lie: the first transformed tile's, the first product's. */
typedef struct rvgk_winograd_rows {
  int32_t count, transformed, products;
} rvgk_winograd_rows;

/* How the three columns of a row of matrices become the weights of one matrix: a row of G, each coefficient
   times its column. A unit vector, or the first coefficient is not zero. */
typedef struct rvgk_weight_combination {
  float coefficients[3];
} rvgk_weight_combination;
_Static_assert(sizeof(rvgk_winograd_rows) == 12 && sizeof(rvgk_weight_combination) == 12,
               "entries of tables are packed");

/* m[products + r * m_stride + n] = [m[...] +] sum over k: v[transformed + r * v_stride + k] * w[k][n]
   for n in 0 ..< panel_width and rows r of each of `matrix_count` weight matrices w.
   weights: [depth][panel_width] for each matrix, weight_stride apart, or with combinations (one a
      matrix, else null) one [depth][3][panel_width], of which every matrix is combined.
   part, part_count: only this one of so many equal shares of every matrix's rows.
   Prefetches (never reads) the prefetch_floats * depth floats from `prefetch` on, prefetch_floats
   a multiple of min(16, panel_width); 0 prefetches nothing. */
typedef struct rvgk_winograd_product_task {
  const rvgk_winograd_rows *rows;
  int32_t matrix_count;
  const float *v;
  ptrdiff_t v_stride;
  const float *weights;
  ptrdiff_t weight_stride;
  const rvgk_weight_combination *_Nullable combinations;
  int32_t depth, panel_width;
  float *m;
  ptrdiff_t m_stride;
  int32_t accumulates, part, part_count, prefetch_floats;
  const float *_Nullable prefetch;
} rvgk_winograd_product_task;

/* Transforms kernel[o][c][3][3], o < columns (o_stride floats apart), c < depth, in Double, rounds
   once, and stores the weights of vertical[y], a row of vertical_family's G, and horizontal[x], one
   of horizontal_family's, at packed + y * vertical_stride + x * horizontal_stride, as `depth` rows of
   panel_width floats, row_stride apart; columns past `columns` become zeros. */
typedef struct rvgk_winograd_pack_task {
  const float *kernel;
  ptrdiff_t o_stride;
  int32_t depth, columns, panel_width;
  int32_t vertical_family, horizontal_family;
  int32_t vertical_count, horizontal_count;
  int32_t vertical[RVGK_MAX_WEIGHTS], horizontal[RVGK_MAX_WEIGHTS];
  float *packed;
  ptrdiff_t vertical_stride, horizontal_stride, row_stride;
} rvgk_winograd_pack_task;

/* The transform of a packed kernel [depth][3][3][panel_width] (panel_width a multiple of the vector
   width) in the run, in Float32, to rows of the family's G that the bits of `vertical_rows` and
   `horizontal_rows` name, rising. To matrices: matrix (y, x) goes to weights + index * weight_stride,
   as [depth][panel_width], where index counts row-major over the named pairs. To columns, by the
   vertical transform alone: named vertical row number `index` goes to weights + index *
   weight_stride, as [depth][3][panel_width]; horizontal_rows is not used. Prefetches (never reads)
   the kernel up to 4 KiB past its own. */
typedef struct rvgk_winograd_weight_task {
  const float *kernel;
  int32_t depth, panel_width, family;
  uint32_t vertical_rows, horizontal_rows;
  float *weights;
  ptrdiff_t weight_stride;
} rvgk_winograd_weight_task;
_Static_assert(RVGK_MAX_WEIGHTS <= 32, "a mask of 32 bits names the rows of a weight transform");

/* MARK: Passes over pixels */

/* For each of `rows` rows of `width` pixels of `channels` floats:
   dst = activation(src * scale + shift + addend).
   scale, shift (by channel), addend and activation may be null; dst may equal src or addend.
   Pixels, scale and shift are read and written in whole vectors, channels rounded up to the vector
   width; an activation that does not give 0 for 0 stops at `channels`, so padding stays 0. */
typedef struct rvgk_pointwise_task {
  const float *src;
  ptrdiff_t src_row_stride, src_pixel_stride;
  float *dst;
  ptrdiff_t dst_row_stride, dst_pixel_stride;
  const float *_Nullable addend;
  ptrdiff_t addend_row_stride, addend_pixel_stride;
  int32_t rows, width, channels;
  const float *_Nullable scale;
  const float *_Nullable shift;
  const rvgk_activation *_Nullable activation;
} rvgk_pointwise_task;

/* MARK: Depthwise convolution */

/* dst[y][x][c] = activation(bias[c] + sum over taps ky, kx:
                      src[y * stride_y + ky * dilation_y][x * stride_x + kx * dilation_x]
                         [c / multiplier] * weights[c][ky][kx]
                    + addend[y][x][c])
   for `rows` rows of `width` pixels of `channels` channels. src points to the first sample that the
   first output reads, in the border where there is padding: nothing is checked, and every sample is
   read. Each pixel of dst and addend, bias and weights have whole vectors, channels rounded up to the
   vector width, and so have the pixels of src, c / multiplier of them: where all of these are 0 past
   the channels, so is dst, as in rvgk_pointwise_task.
   weights: [channels / vector width][kernel_height][kernel_width][vector width], the last vector
      filled up with zeros. bias, addend, activation: null where there is none; addend may equal dst.
   Square kernels of 3, 5 and 7 with strides of 1 or 2 in both dimensions, no dilation and one output
   a channel have code of their own. A sum is taken tap by tap, whatever the rows and the width. */
typedef struct rvgk_depthwise_task {
  const float *src;
  ptrdiff_t src_row_stride, src_pixel_stride;
  float *dst;
  ptrdiff_t dst_row_stride, dst_pixel_stride;
  const float *_Nullable addend;
  ptrdiff_t addend_row_stride, addend_pixel_stride;
  int32_t rows, width, channels;
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x, dilation_y, dilation_x;
  int32_t multiplier;
  const float *weights;
  const float *_Nullable bias;
  const rvgk_activation *_Nullable activation;
} rvgk_depthwise_task;

/* MARK: Pooling and resizing */

#define RVGK_POOL_MAX 0
#define RVGK_POOL_AVERAGE 1 /* over the samples inside of the image */
#define RVGK_POOL_AVERAGE_WITH_PADDING 2 /* over those and the zeros of the padding */

/* dst[y][x][c] over the window of output row first_row + y, output column x:
   samples (row * stride_y - pad_top + ky * dilation_y, x * stride_x - pad_left + kx * dilation_x) of
   an image of height x width pixels, to whose first pixel src points and outside of which nothing is
   read; dst points to the first pixel of output row first_row. A window may hang over every side: the
   padding that is counted ends pad_bottom rows below and pad_right columns right of the image, as in
   ONNX and PyTorch with ceil_mode. A NaN gives NaN. A window without samples gives -inf as maximum,
   0 as average. Pixels are read and written in whole vectors, channels rounded up to the vector
   width. A window costs kernel_height + kernel_width samples, not their product. */
typedef struct rvgk_pool_task {
  const float *src;
  ptrdiff_t src_row_stride, src_pixel_stride;
  float *dst;
  ptrdiff_t dst_row_stride, dst_pixel_stride;
  int32_t kind;
  int32_t height, width, channels;
  int32_t first_row, rows, columns; /* of the output */
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x, dilation_y, dilation_x;
  int32_t pad_top, pad_left, pad_bottom, pad_right;
} rvgk_pool_task;

/* Where an output row or column comes from: (1 - weight) * sample[first] + weight * sample[second].
   Both are read, whatever the weight. */
typedef struct rvgk_resize_place {
  int32_t first, second;
  float weight;
} rvgk_resize_place;

/* dst[y][x] from the rows of row_places[y] and the columns of column_places[x] of src, for `rows` rows
   of `width` pixels of `channels` channels: linear in both, columns first, or as resize_nearest the
   pixel of the `first` row and column. Pixels are read and written in whole vectors, channels rounded
   up to the vector width. */
typedef struct rvgk_resize_task {
  const float *src;
  ptrdiff_t src_row_stride, src_pixel_stride;
  float *dst;
  ptrdiff_t dst_row_stride, dst_pixel_stride;
  int32_t rows, width, channels;
  const rvgk_resize_place *row_places;
  const rvgk_resize_place *column_places;
} rvgk_resize_task;

/* MARK: Layouts */

/* Between `rows` rows of channel planes (src or dst + c * plane_stride + y * plane_row_stride + x)
   and rows of pixels (pixels + y * row_stride + x * pixel_stride + c), for `channels` channels. */
typedef struct rvgk_layout_task {
  ptrdiff_t plane_stride, plane_row_stride;
  ptrdiff_t row_stride, pixel_stride;
  int32_t rows, width, channels;
} rvgk_layout_task;

/* MARK: The table */

typedef struct rvgk_kernels {
  const char *name; /* "portable", "avx2", "avx512" */
  int32_t level;
  int32_t vector_width;      /* floats of a vector */
  int32_t channel_block;     /* channels of a padded pixel are a multiple of this */
  int32_t panel_step;        /* panel widths are the multiples of this ... */
  int32_t widest_panel;      /* ... up to this */
  int32_t preferred_panel;   /* the fastest where the channel count leaves the choice */
  int32_t block_rows[5];     /* rows of a register block, by panel width / panel_step */
  void (*gemm)(const rvgk_gemm_task *);
  void (*winograd_input)(const rvgk_winograd_input_task *);
  void (*winograd_products)(const rvgk_winograd_product_task *);
  void (*winograd_output)(const rvgk_winograd_output_task *);
  void (*winograd_pack)(const rvgk_winograd_pack_task *);
  void (*winograd_weight_matrices)(const rvgk_winograd_weight_task *);
  void (*winograd_weight_columns)(const rvgk_winograd_weight_task *);
  void (*pointwise)(const rvgk_pointwise_task *);
  void (*depthwise)(const rvgk_depthwise_task *);
  void (*pool)(const rvgk_pool_task *);
  void (*resize_linear)(const rvgk_resize_task *);
  void (*resize_nearest)(const rvgk_resize_task *);
  /* In place, the first `columns` floats of `row_count` rows, row_stride from one to the next. */
  void (*activate)(const rvgk_activation *, float *rows, int32_t row_count, ptrdiff_t row_stride,
                   int32_t columns);
  /* Planes to pixels; the floats of a pixel past its channels stay as they are. */
  void (*planes_to_pixels)(const float *planes, float *pixels, const rvgk_layout_task *);
  void (*pixels_to_planes)(const float *pixels, float *planes, const rvgk_layout_task *);
  /* mean[c] over height x width pixels for c < channels (a multiple of the vector width), summed in
     Double. */
  void (*global_mean)(const float *pixels, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                      int32_t height, int32_t width, int32_t channels, float *mean);
} rvgk_kernels;

/* The table of the best reachable level, or of the one that the environment variable REPVGG_ISA
   (portable, avx2, avx512) names; an unreachable one falls to the best reachable below it, an
   unknown name is ignored. Chosen at the first call; safe from any thread. */
const rvgk_kernels *rvgk_kernels_selected(void);
/* The table of a level, null where this CPU or system cannot run it. */
const rvgk_kernels *_Nullable rvgk_kernels_at(int32_t level);
/* The table of a level, null where it is not compiled in. Its data may be read on every CPU, to plan
   for another machine; its functions may be called only where rvgk_kernels_at gives them. */
const rvgk_kernels *_Nullable rvgk_kernels_compiled(int32_t level);

/* MARK: Level-independent */

/* Zeros `channels` floats of every pixel of the border, `border` pixels wide, of `images` bordered NHWC
   images of height x width pixels, one after the other. */
void rvgk_zero_borders(float *activation, int32_t images, int32_t height, int32_t width,
                       int32_t border, int32_t channels, ptrdiff_t pixel_stride);

/* Reads one float of every 64 bytes of `count` floats, in order. Lines that another core has written
   come several times faster in this order than in the order of tiles. */
void rvgk_fetch_lines(const float *elements, ptrdiff_t count);

#pragma clang assume_nonnull end
#pragma GCC visibility pop

#endif
