/* The vector vocabulary: every kernel is written once over `vec`, VECTOR_WIDTH floats wide.

   A level's file defines VECTOR_WIDTH, enables its instruction set for the functions that follow
   and includes this header, then the kernels_*.h. There are no intrinsics: a * b + c becomes one
   fused multiply-add where the level has it, a select with a comparison becomes a max. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "levels.h"

#pragma STDC FP_CONTRACT ON

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((ext_vector_type(VECTOR_WIDTH)));
/* The same at the alignment of a float, for memory. */
typedef float unaligned_vec __attribute__((ext_vector_type(VECTOR_WIDTH), aligned(4)));
/* Its bits: what comparisons give, what exponents are made of. */
typedef int32_t vec_bits __attribute__((ext_vector_type(VECTOR_WIDTH)));

_Static_assert(sizeof(float) == 4 && sizeof(vec) == VECTOR_WIDTH * sizeof(float),
               "byte counts take a float for four bytes, vectors for nothing but floats");
_Static_assert(RVGK_CHANNEL_BLOCK % VECTOR_WIDTH == 0,
               "kernels take the largest channel block in whole vectors");

INLINE vec vec_load(const float *p) { return *(const unaligned_vec *)p; }
INLINE void vec_store(float *p, vec x) { *(unaligned_vec *)p = x; }
INLINE vec vec_splat(float x) { return (vec)x; }
/* max(0, x); a NaN stays one. */
INLINE vec vec_relu(vec x) {
  const vec zero = vec_splat(0);
  return zero > x ? zero : x;
}
/* max(least, x); a NaN stays one. */
INLINE vec vec_at_least(vec least, vec x) { return least > x ? least : x; }
/* min(most, x); a NaN stays one. */
INLINE vec vec_at_most(vec most, vec x) { return most < x ? most : x; }
