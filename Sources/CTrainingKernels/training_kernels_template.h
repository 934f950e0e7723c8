/* Included once for each element type T; NAME adds the type's suffix. */

/* Copies a run of pixels; whole vectors and the stem's nine values without a loop's remainder. */
INLINE void NAME(copy_run)(T *restrict to, const T *restrict from, long count) {
  if (count % 16 == 0) {
    for (long i = 0; i < count; i += 16) __builtin_memcpy(to + i, from + i, 16 * sizeof(T));
  } else if (count == 9) {
    __builtin_memcpy(to, from, 9 * sizeof(T));
  } else {
    for (long i = 0; i < count; i++) to[i] = from[i];
  }
}

INLINE void NAME(add_run)(T *restrict to, const T *restrict from, long count) {
  for (long i = 0; i < count; i++) to[i] += from[i];
}

/* Calls one of the two for every run of a patch that lies in the image. */
#define FOR_EACH_RUN(IN_IMAGE, OUTSIDE)                                                        \
  long kernel = g->kernel, channels = g->group_channels, run = kernel * channels;              \
  int whole_runs = channels == g->channels;                                                    \
  long ox = begin % g->output_width, oy = begin / g->output_width % g->output_height;          \
  long image = begin / g->output_width / g->output_height;                                     \
  for (long row = begin; row < end; row++) {                                                   \
    long first = image * g->height * g->width * g->channels + g->group_offset;                 \
    long ix = ox * g->stride - g->padding, iy = oy * g->stride - g->padding;                   \
    int whole = whole_runs && ix >= 0 && ix + kernel <= g->width;                              \
    for (long ky = 0; ky < kernel; ky++, iy++, patches += run) {                               \
      if (iy < 0 || iy >= g->height) {                                                         \
        OUTSIDE(patches, run);                                                                 \
      } else if (whole) {                                                                      \
        IN_IMAGE(patches, x + first + (iy * g->width + ix) * channels, run);                   \
      } else {                                                                                 \
        for (long kx = 0; kx < kernel; kx++) {                                                 \
          if (ix + kx < 0 || ix + kx >= g->width) {                                            \
            OUTSIDE(patches + kx * channels, channels);                                        \
          } else {                                                                             \
            IN_IMAGE(patches + kx * channels,                                                  \
                     x + first + (iy * g->width + ix + kx) * g->channels, channels);           \
          }                                                                                    \
        }                                                                                      \
      }                                                                                        \
    }                                                                                          \
    if (++ox == g->output_width) {                                                             \
      ox = 0;                                                                                  \
      if (++oy == g->output_height) oy = 0, image++;                                           \
    }                                                                                          \
  }

CLONES void NAME(rvgk_gather_patches)(const T *x, const rvgk_patch_geometry *g, long begin,
                                      long end, T *patches) {
#define COPY(patch, pixels, count) NAME(copy_run)(patch, pixels, count)
#define CLEAR(patch, count) memset(patch, 0, (size_t)(count) * sizeof(T))
  FOR_EACH_RUN(COPY, CLEAR)
#undef COPY
#undef CLEAR
}

CLONES void NAME(rvgk_scatter_patches)(const T *patches, const rvgk_patch_geometry *g, long begin,
                                       long end, T *x) {
#define ADD(patch, pixels, count) NAME(add_run)(pixels, patch, count)
#define SKIP(patch, count)
  FOR_EACH_RUN(ADD, SKIP)
#undef ADD
#undef SKIP
}

#undef FOR_EACH_RUN

/* Column sums of one block of rows. */
INLINE void NAME(block_sum)(const T *x, long rows, long stride, long columns, T *restrict sum) {
  for (long j = 0; j < columns; j++) sum[j] = 0;
  long r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride)
    for (long j = 0; j < columns; j++)
      sum[j] += (x[j] + x[j + stride]) + (x[j + 2 * stride] + x[j + 3 * stride]);
  for (; r < rows; r++, x += stride)
    for (long j = 0; j < columns; j++) sum[j] += x[j];
}

/* Joins the moments of `count` values to those of `total` values before them. */
INLINE void NAME(join_moments)(double total, double count, double mean, double deviation,
                               double *joined_mean, double *joined_deviation) {
  double difference = mean - *joined_mean;
  *joined_mean += difference * (count / (total + count));
  *joined_deviation += deviation + difference * difference * (total * count / (total + count));
}

/* Moments of one tile of columns; deviations are taken from each block's own mean. */
INLINE void NAME(tile_moments)(const T *x, long rows, long stride, long columns, double *mean,
                               double *deviation) {
  T center[TILE_COLUMNS], first[TILE_COLUMNS], second[TILE_COLUMNS];
  for (long j = 0; j < columns; j++) mean[j] = deviation[j] = 0;
  for (long begin = 0; begin < rows; begin += BLOCK_ROWS) {
    long count = minimum(BLOCK_ROWS, rows - begin);
    const T *block = x + begin * stride;
    NAME(block_sum)(block, count, stride, columns, center);
    for (long j = 0; j < columns; j++) {
      center[j] /= (T)count;
      first[j] = second[j] = 0;
    }
    for (long r = 0; r < count; r++, block += stride)
      for (long j = 0; j < columns; j++) {
        T d = block[j] - center[j];
        first[j] += d;
        second[j] += d * d;
      }
    double n = (double)count;
    for (long j = 0; j < columns; j++) {
      double s = (double)first[j];
      NAME(join_moments)((double)begin, n, (double)center[j] + s / n, (double)second[j] - s * s / n,
                         &mean[j], &deviation[j]);
    }
  }
}

CLONES void NAME(rvgk_moments)(const T *x, long rows, long columns, double *mean,
                               double *deviation) {
  long side = rows_side_by_side(columns), wide_rows = rows / side, done = wide_rows * side;
  if (side > 1 && wide_rows > 0) {
    double wide_mean[TILE_COLUMNS], wide_deviation[TILE_COLUMNS];
    NAME(tile_moments)(x, wide_rows, side * columns, side * columns, wide_mean, wide_deviation);
    for (long j = 0; j < columns; j++) {
      mean[j] = wide_mean[j];
      deviation[j] = wide_deviation[j];
      for (long s = 1; s < side; s++)
        NAME(join_moments)((double)(s * wide_rows), (double)wide_rows, wide_mean[s * columns + j],
                           wide_deviation[s * columns + j], &mean[j], &deviation[j]);
    }
    if (done == rows) return;
    double rest_mean[TILE_COLUMNS], rest_deviation[TILE_COLUMNS];
    NAME(tile_moments)(x + done * columns, rows - done, columns, columns, rest_mean,
                       rest_deviation);
    for (long j = 0; j < columns; j++)
      NAME(join_moments)((double)done, (double)(rows - done), rest_mean[j], rest_deviation[j],
                         &mean[j], &deviation[j]);
    return;
  }
  for (long j = 0; j < columns; j += TILE_COLUMNS)
    NAME(tile_moments)(x + j, rows, columns, minimum(TILE_COLUMNS, columns - j), mean + j,
                       deviation + j);
}

/* sum of scale[i] * x[i] + bias at one element. */
#define AFFINE_SUM(r, j)                                                                   \
  ((count > 0 ? scale[0][j] * x[0][(r) * stride + (j)] : 0) +                              \
   (count > 1 ? scale[1][j] * x[1][(r) * stride + (j)] : 0) +                              \
   (count > 2 ? scale[2][j] * x[2][(r) * stride + (j)] : 0) + bias[j])

INLINE void NAME(tile_affine_sum)(long rows, long stride, long columns, long count,
                                  const T *const *x, const T *const *scale, const T *bias,
                                  int relu, T *y) {
  for (long r = 0; r < rows; r++) {
    if (relu) {
      INDEPENDENT for (long j = 0; j < columns; j++) {
        T u = AFFINE_SUM(r, j);
        y[r * stride + j] = u > 0 ? u : (u != u ? u : 0);
      }
    } else {
      INDEPENDENT for (long j = 0; j < columns; j++) y[r * stride + j] = AFFINE_SUM(r, j);
    }
  }
}

INLINE void NAME(tile_mask)(long rows, long stride, long columns, long count, const T *const *x,
                            const T *const *scale, const T *bias, T *g) {
  for (long r = 0; r < rows; r++)
    INDEPENDENT for (long j = 0; j < columns; j++)
      g[r * stride + j] = AFFINE_SUM(r, j) > 0 ? g[r * stride + j] : 0;
}

/* Adds the column sums of g and of g * (x[i] - center[i]) over one tile of columns. */
INLINE void NAME(tile_backward)(long rows, long stride, long columns, long count,
                                const T *const *x, const T *const *scale, const T *bias,
                                const T *const *center, int relu, T *g, double *sum,
                                double *product_sum, long product_stride) {
  T block[TILE_COLUMNS];
  for (long begin = 0; begin < rows; begin += BLOCK_ROWS) {
    long n = minimum(BLOCK_ROWS, rows - begin);
    T *gradient = g + begin * stride;
    const T *inputs[MAXIMUM_INPUTS];
    for (long i = 0; i < count; i++) inputs[i] = x[i] + begin * stride;
    if (relu) switch (count) {
        case 1: NAME(tile_mask)(n, stride, columns, 1, inputs, scale, bias, gradient); break;
        case 2: NAME(tile_mask)(n, stride, columns, 2, inputs, scale, bias, gradient); break;
        default: NAME(tile_mask)(n, stride, columns, 3, inputs, scale, bias, gradient); break;
      }
    NAME(block_sum)(gradient, n, stride, columns, block);
    for (long j = 0; j < columns; j++) sum[j] += (double)block[j];
    for (long i = 0; i < count; i++) {
      const T *input = inputs[i], *middle = center[i];
      for (long j = 0; j < columns; j++) block[j] = 0;
      for (long r = 0; r < n; r++)
        for (long j = 0; j < columns; j++)
          block[j] += gradient[r * stride + j] * (input[r * stride + j] - middle[j]);
      for (long j = 0; j < columns; j++) product_sum[i * product_stride + j] += (double)block[j];
    }
  }
}

/* Repeats per-column values for rows that lie side by side. */
INLINE void NAME(repeat)(const T *values, long columns, long times, T *wide) {
  for (long t = 0; t < times; t++)
    for (long j = 0; j < columns; j++) wide[t * columns + j] = values ? values[j] : 0;
}

INLINE void NAME(affine_sum)(long rows, long columns, long count, const T *const *x,
                             const T *const *scale, const T *bias, int relu, T *y) {
  long side = rows_side_by_side(columns), wide_rows = rows / side, done = 0;
  T wide_scale[MAXIMUM_INPUTS][TILE_COLUMNS], wide_bias[TILE_COLUMNS];
  const T *inputs[MAXIMUM_INPUTS], *scales[MAXIMUM_INPUTS];
  if (side > 1) {
    for (long i = 0; i < count; i++) {
      NAME(repeat)(scale[i], columns, side, wide_scale[i]);
      scales[i] = wide_scale[i];
    }
    NAME(repeat)(bias, columns, side, wide_bias);
    NAME(tile_affine_sum)(wide_rows, side * columns, side * columns, count, x, scales, wide_bias,
                          relu, y);
    done = wide_rows * side;
  }
  if (done == rows) return;
  for (long j = 0; j < columns; j += TILE_COLUMNS) {
    long width = minimum(TILE_COLUMNS, columns - j);
    for (long i = 0; i < count; i++) {
      inputs[i] = x[i] + done * columns + j;
      scales[i] = scale[i] + j;
    }
    NAME(repeat)(bias ? bias + j : 0, width, 1, wide_bias);
    NAME(tile_affine_sum)(rows - done, columns, width, count, inputs, scales, wide_bias, relu,
                          y + done * columns + j);
  }
}

CLONES void NAME(rvgk_affine_sum)(long rows, long columns, long count, const T *const *x,
                                  const T *const *scale, const T *bias, int relu, T *y) {
  switch (count) {
    case 1: NAME(affine_sum)(rows, columns, 1, x, scale, bias, relu, y); break;
    case 2: NAME(affine_sum)(rows, columns, 2, x, scale, bias, relu, y); break;
    default: NAME(affine_sum)(rows, columns, 3, x, scale, bias, relu, y); break;
  }
}

CLONES void NAME(rvgk_affine_sum_backward)(long rows, long columns, long count,
                                           const T *const *x, const T *const *scale,
                                           const T *bias, const T *const *center, int relu, T *g,
                                           double *sum, double *product_sum) {
  long side = rows_side_by_side(columns), wide_rows = rows / side, done = 0;
  T wide_scale[MAXIMUM_INPUTS][TILE_COLUMNS], wide_center[MAXIMUM_INPUTS][TILE_COLUMNS];
  T wide_bias[TILE_COLUMNS];
  const T *inputs[MAXIMUM_INPUTS], *scales[MAXIMUM_INPUTS], *centers[MAXIMUM_INPUTS];
  if (side > 1 && wide_rows > 0) {
    double wide_sum[TILE_COLUMNS], wide_product[MAXIMUM_INPUTS * TILE_COLUMNS];
    long width = side * columns;
    for (long j = 0; j < width; j++) wide_sum[j] = 0;
    for (long i = 0; i < count; i++) {
      NAME(repeat)(scale ? scale[i] : 0, columns, side, wide_scale[i]);
      NAME(repeat)(center ? center[i] : 0, columns, side, wide_center[i]);
      scales[i] = wide_scale[i];
      centers[i] = wide_center[i];
      for (long j = 0; j < width; j++) wide_product[i * width + j] = 0;
    }
    NAME(repeat)(bias, columns, side, wide_bias);
    NAME(tile_backward)(wide_rows, width, width, count, x, scales, wide_bias, centers, relu, g,
                        wide_sum, wide_product, width);
    for (long j = 0; j < width; j++) sum[j % columns] += wide_sum[j];
    for (long i = 0; i < count; i++)
      for (long j = 0; j < width; j++)
        product_sum[i * columns + j % columns] += wide_product[i * width + j];
    done = wide_rows * side;
  }
  if (done == rows) return;
  for (long j = 0; j < columns; j += TILE_COLUMNS) {
    long width = minimum(TILE_COLUMNS, columns - j);
    for (long i = 0; i < count; i++) {
      inputs[i] = x[i] + done * columns + j;
      NAME(repeat)(scale ? scale[i] + j : 0, width, 1, wide_scale[i]);
      NAME(repeat)(center && center[i] ? center[i] + j : 0, width, 1, wide_center[i]);
      scales[i] = wide_scale[i];
      centers[i] = wide_center[i];
    }
    NAME(repeat)(bias ? bias + j : 0, width, 1, wide_bias);
    NAME(tile_backward)(rows - done, columns, width, count, inputs, scales, wide_bias, centers,
                        relu, g + done * columns + j, sum + j,
                        product_sum ? product_sum + j : 0, columns);
  }
}

INLINE void NAME(tile_affine_pair)(long rows, long stride, long columns, const T *g, const T *x,
                                   const T *a, const T *b, const T *center, const T *c,
                                   int accumulate, T *out) {
  for (long r = 0; r < rows; r++, g += stride, x += stride, out += stride) {
    if (accumulate) {
      INDEPENDENT for (long j = 0; j < columns; j++)
        out[j] += a[j] * g[j] + (b[j] * (x[j] - center[j]) + c[j]);
    } else {
      INDEPENDENT for (long j = 0; j < columns; j++)
        out[j] = a[j] * g[j] + (b[j] * (x[j] - center[j]) + c[j]);
    }
  }
}

CLONES void NAME(rvgk_affine_pair)(long rows, long columns, const T *g, const T *x, const T *a,
                                   const T *b, const T *center, const T *c, int accumulate,
                                   T *out) {
  long side = rows_side_by_side(columns), wide_rows = rows / side, done = 0;
  if (side > 1) {
    T wide[4][TILE_COLUMNS];
    NAME(repeat)(a, columns, side, wide[0]);
    NAME(repeat)(b, columns, side, wide[1]);
    NAME(repeat)(center, columns, side, wide[2]);
    NAME(repeat)(c, columns, side, wide[3]);
    NAME(tile_affine_pair)(wide_rows, side * columns, side * columns, g, x, wide[0], wide[1],
                           wide[2], wide[3], accumulate, out);
    done = wide_rows * side * columns;
    rows -= wide_rows * side;
  }
  NAME(tile_affine_pair)(rows, columns, columns, g + done, x + done, a, b, center, c, accumulate,
                         out + done);
}

CLONES void NAME(rvgk_affine)(long rows, long columns, const T *g, const T *a, const T *c,
                              int accumulate, T *out) {
  for (long r = 0; r < rows; r++, g += columns, out += columns) {
    if (accumulate) {
      INDEPENDENT for (long j = 0; j < columns; j++) out[j] += a[j] * g[j] + c[j];
    } else {
      INDEPENDENT for (long j = 0; j < columns; j++) out[j] = a[j] * g[j] + c[j];
    }
  }
}

CLONES void NAME(rvgk_relu)(long count, const T *x, T *y) {
  INDEPENDENT for (long i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : (x[i] != x[i] ? x[i] : 0);
}

CLONES void NAME(rvgk_relu_backward)(long count, const T *x, T *g) {
  INDEPENDENT for (long i = 0; i < count; i++) g[i] = x[i] > 0 ? g[i] : 0;
}

void NAME(rvgk_sigmoid)(long count, T *x) {
  for (long i = 0; i < count; i++) x[i] = 1 / (1 + EXP(-x[i]));
}

double NAME(rvgk_cross_entropy)(long rows, long classes, const T *logits, const int32_t *labels,
                                double smoothing, double gradient_scale, T *gradient) {
  double loss = 0;
  for (long r = 0; r < rows; r++, logits += classes) {
    double largest = (double)logits[0], total = 0, exponentials = 0;
    for (long j = 0; j < classes; j++) {
      double logit = (double)logits[j];
      if (logit > largest) largest = logit;
      total += logit;
    }
    for (long j = 0; j < classes; j++) exponentials += exp((double)logits[j] - largest);
    double normalizer = largest + log(exponentials);
    double target = (double)logits[labels[r]];
    loss += (1 - smoothing) * (normalizer - target) +
            smoothing * (normalizer - total / (double)classes);
    if (!gradient) continue;
    for (long j = 0; j < classes; j++) {
      double wanted = smoothing / (double)classes + (j == labels[r] ? 1 - smoothing : 0);
      double probability = exp((double)logits[j] - normalizer);
      gradient[r * classes + j] = (T)((probability - wanted) * gradient_scale);
    }
  }
  return loss;
}

long NAME(rvgk_count_correct)(long rows, long classes, const T *logits, const int32_t *labels) {
  long correct = 0;
  for (long r = 0; r < rows; r++, logits += classes) {
    long best = 0;
    for (long j = 1; j < classes; j++)
      if (logits[j] > logits[best]) best = j;
    correct += best == labels[r];
  }
  return correct;
}

#undef AFFINE_SUM
