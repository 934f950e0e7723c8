/* The AVX2 level: vectors of eight floats, fused multiply-add, sixteen registers. */
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR_WIDTH 8
#include "vector.h"

#define PANEL_VECTORS 2
#define WIDEST_PANEL_VECTORS 3
#define BLOCK_ROWS_1 12
#define BLOCK_ROWS_2 6
#define BLOCK_ROWS_3 4
#define BLOCK_ROWS_4 0

#include "kernels_activation.h"
#include "kernels_gemm.h"
#include "kernels_products.h"
#include "kernels_winograd.h"
#include "kernels_pixels.h"
#include "kernels_depthwise.h"
#include "kernels_pool.h"
#include "kernels_resize.h"
#pragma clang attribute pop

#define LEVEL_TABLE rvgk_kernels_avx2
#define LEVEL_NAME "avx2"
#define LEVEL RVGK_LEVEL_AVX2
#include "table.h"
#endif
