/* Element loops of training, for float and double; matrices are row-major, pixels x channels.
 *
 * Sums run in blocks of a few rows in the element type and are carried on in double, so a result
 * depends on the rows it is given and on nothing else. No kernel allocates or fails. */
#ifndef REPVGG_TRAINING_KERNELS_H
#define REPVGG_TRAINING_KERNELS_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/* The patches of one group's convolution over NHWC images. */
typedef struct {
  long height, width, channels;          /* the input image */
  long group_offset, group_channels;     /* the channels that this group reads */
  long kernel, stride, padding;          /* square kernels */
  long output_height, output_width;
} rvgk_patch_geometry;

#define RVGK_TRAINING_DECLARATIONS(T, S)                                                         \
  /* Copies output rows [begin, end) of patches, [ky][kx][channel], one behind the other. */     \
  void rvgk_gather_patches_##S(const T *x, const rvgk_patch_geometry *geometry, long begin,      \
                               long end, T *patches);                                            \
  /* Adds such patches back onto the image they came from. */                                    \
  void rvgk_scatter_patches_##S(const T *patches, const rvgk_patch_geometry *geometry,           \
                                long begin, long end, T *x);                                     \
  /* Mean and sum of squared deviations of every column. */                                      \
  void rvgk_moments_##S(const T *x, long rows, long columns, double *mean, double *deviation);   \
  /* y = [relu](sum of scale[i] * x[i] + bias), per column; y may be one of the inputs. */       \
  void rvgk_affine_sum_##S(long rows, long columns, long count,                                  \
                           const T *_Nonnull const *_Nonnull x,                                  \
                           const T *_Nonnull const *_Nonnull scale, const T *_Nullable bias,     \
                           int relu, T *y);                                                      \
  /* Masks g in place by that function's positive outputs (where relu), then adds the column     \
   * sums of g, and of g * (x[i] - center[i]), to the sums given. */                             \
  void rvgk_affine_sum_backward_##S(long rows, long columns, long count,                         \
                                    const T *_Nonnull const *_Nullable x,                        \
                                    const T *_Nonnull const *_Nullable scale,                    \
                                    const T *_Nullable bias,                                     \
                                    const T *_Nonnull const *_Nullable center, int relu, T *g,   \
                                    double *sum, double *_Nullable product_sum);                 \
  /* out (+)= a * g + b * (x - center) + c, per column; out may be g or x. */                    \
  void rvgk_affine_pair_##S(long rows, long columns, const T *g, const T *x, const T *a,         \
                            const T *b, const T *center, const T *c, int accumulate, T *out);    \
  /* out (+)= a * g + c, per column; out may be g. */                                            \
  void rvgk_affine_##S(long rows, long columns, const T *g, const T *a, const T *c,              \
                       int accumulate, T *out);                                                  \
  /* y = x where x > 0, else 0. */                                                               \
  void rvgk_relu_##S(long count, const T *x, T *y);                                              \
  /* g = 0 where x <= 0. */                                                                      \
  void rvgk_relu_backward_##S(long count, const T *x, T *g);                                     \
  /* x = 1 / (1 + exp(-x)). */                                                                   \
  void rvgk_sigmoid_##S(long count, T *x);                                                       \
  /* Sum of the label-smoothed cross entropies; the gradient is scaled by gradient_scale. */     \
  double rvgk_cross_entropy_##S(long rows, long classes, const T *logits,                        \
                                const int32_t *labels, double smoothing,                         \
                                double gradient_scale, T *_Nullable gradient);                   \
  /* One step of SGD; buffer is not read at the first step. */                                   \
  void rvgk_sgd_##S(long count, T *parameter, const T *gradient, const T *_Nullable multiplier,  \
                    T *_Nullable buffer, double rate, double decay, double momentum,             \
                    double dampening, int nesterov, int first);                                  \
  /* One step of AdamW; corrections are 1 - beta^t. */                                           \
  void rvgk_adamw_##S(long count, T *parameter, const T *gradient,                               \
                      const T *_Nullable multiplier, T *first, T *second, double rate,           \
                      double decay, double beta1, double beta2, double epsilon,                  \
                      double correction1, double correction2);                                   \
  /* One step of AdamW as if the parameter were a sum of parts scaled by scales[0..<parts]. */   \
  void rvgk_adamw_parts_##S(long count, T *parameter, const T *gradient, long parts,             \
                            const T *_Nonnull const *_Nonnull scales, T *first, T *second,       \
                            double rate, double decay, double beta1, double beta2,               \
                            double epsilon, double correction1, double correction2);             \
  /* Sum of squares, in double. */                                                               \
  double rvgk_square_sum_##S(long count, const T *x);                                            \
  /* x *= factor. */                                                                             \
  void rvgk_scale_##S(long count, T factor, T *x);                                               \
  /* y += x. */                                                                                  \
  void rvgk_add_##S(long count, const T *x, T *y);                                               \
  /* Rows whose largest logit, the first where several are, is at the label. */                  \
  long rvgk_count_correct_##S(long rows, long classes, const T *logits, const int32_t *labels);  \
  /* The index of the first element that is not finite, or -1. */                                \
  long rvgk_first_non_finite_##S(long count, const T *x);

RVGK_TRAINING_DECLARATIONS(float, f32)
RVGK_TRAINING_DECLARATIONS(double, f64)


#pragma clang assume_nonnull end

#endif
