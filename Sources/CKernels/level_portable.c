/* The portable level: four-float compiler vectors; SSE2 on x86-64, NEON on Arm. */
#define VECTOR_WIDTH 4
#include "vector.h"

#if defined(__aarch64__)
#define PANEL_VECTORS 4
#define BLOCK_ROWS_1 12
#define BLOCK_ROWS_2 10
#define BLOCK_ROWS_3 8
#define BLOCK_ROWS_4 6
#else
#define PANEL_VECTORS 2
#define BLOCK_ROWS_1 8
#define BLOCK_ROWS_2 4
#define BLOCK_ROWS_3 0
#define BLOCK_ROWS_4 0
#endif
#define WIDEST_PANEL_VECTORS PANEL_VECTORS

#include "kernels_activation.h"
#include "kernels_gemm.h"
#include "kernels_products.h"
#include "kernels_winograd.h"
#include "kernels_pixels.h"
#include "kernels_depthwise.h"
#include "kernels_pool.h"
#include "kernels_resize.h"

#define LEVEL_TABLE rvgk_kernels_portable
#define LEVEL_NAME "portable"
#define LEVEL RVGK_LEVEL_PORTABLE
#include "table.h"
