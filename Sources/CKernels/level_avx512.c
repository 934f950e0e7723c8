/* The AVX-512 level: vectors of sixteen floats, thirty-two registers. */
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), \
    apply_to = function)
#define VECTOR_WIDTH 16
#include "vector.h"

#define PANEL_VECTORS 2
#define WIDEST_PANEL_VECTORS 4
#define BLOCK_ROWS_1 16
#define BLOCK_ROWS_2 14
#define BLOCK_ROWS_3 9
#define BLOCK_ROWS_4 6

#include "kernels_activation.h"
#include "kernels_gemm.h"
#include "kernels_products.h"
#include "kernels_winograd.h"
#include "kernels_pixels.h"
#include "kernels_depthwise.h"
#include "kernels_pool.h"
#include "kernels_resize.h"
#pragma clang attribute pop

#define LEVEL_TABLE rvgk_kernels_avx512
#define LEVEL_NAME "avx512"
#define LEVEL RVGK_LEVEL_AVX512
#include "table.h"
#endif
