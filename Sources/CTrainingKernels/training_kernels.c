#include "training_kernels.h"

#include <math.h>
#include <string.h>

/* One body, compiled for several CPU levels; the loader picks at start-up. Elsewhere, once. So under
   sanitizers: what picks would call their runtime before it has started. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(IS_SANITIZED)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
/* The iterations touch elements of their own, also where the output is one of the inputs. */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

enum {
  /* Rows summed in the element type before they are carried on in double. */
  BLOCK_ROWS = 32,
  /* Columns handled at a time; narrow matrices are read as several rows side by side. */
  TILE_COLUMNS = 256,
  MAXIMUM_INPUTS = 3,
};

/* How many rows of a narrow matrix are read as one, so that vectors are filled. */
INLINE long rows_side_by_side(long columns) {
  return columns <= TILE_COLUMNS / 4 ? TILE_COLUMNS / 2 / columns : 1;
}

INLINE long minimum(long a, long b) { return a < b ? a : b; }

#define T float
#define NAME(x) x##_f32
#define EXP expf
#include "training_kernels_template.h"
#include "optimizer_kernels_template.h"
#undef T
#undef NAME
#undef EXP

#define T double
#define NAME(x) x##_f64
#define EXP exp
#include "training_kernels_template.h"
#include "optimizer_kernels_template.h"
