/* The products of a Winograd layer: the register blocks of kernels_gemm.h over all weight matrices of
   a panel. Contract: rvgk_winograd_product_task in ckernels.h. */

/* Where matrix `index` has its weights, and how a block combines them; returns the block's TERMS. */
INLINE int product_weights(const rvgk_winograd_product_task *task, const int32_t index,
                           gemm_block_place *place) {
  const ptrdiff_t width = task->panel_width;
  if (!task->combinations) {
    place->b = task->weights + index * task->weight_stride;
    place->b_step = width;
    return 1;
  }
  const float *c = task->combinations[index].coefficients;
  place->b = task->weights;
  place->b_step = 3 * width;
  const int unit = c[0] == 1 && c[1] == 0 && c[2] == 0   ? 0
                   : c[0] == 0 && c[1] == 1 && c[2] == 0 ? 1
                   : c[0] == 0 && c[1] == 0 && c[2] == 1 ? 2
                                                         : -1;
  if (unit >= 0) {
    place->b += unit * width;
    return 1;
  }
  place->scale = c[0];
  place->second = c[1] / c[0];
  place->third = c[2] / c[0];
  return c[1] == 0 ? 2 : 3;
}

/* The task's share of a matrix's rows. */
typedef struct product_share {
  int32_t first, count, blocks;
} product_share;

INLINE product_share product_rows(const rvgk_winograd_product_task *task, const int32_t index,
                                  const int32_t most) {
  product_share share = {0, task->rows[index].count, 1};
  if (task->part_count > 1) {
    share.first = (int32_t)((int64_t)share.count * task->part / task->part_count);
    share.count =
        (int32_t)((int64_t)share.count * (task->part + 1) / task->part_count) - share.first;
  }
  if (share.count > most) share.blocks = (share.count + most - 1) / most;
  if (share.count == 0) share.blocks = 0;
  return share;
}

static void winograd_products(const rvgk_winograd_product_task *task) {
  const int32_t vectors = task->panel_width / PANEL_STEP;
  /* Three vectors of combined weights leave no room in sixteen registers for four rows. */
  const int32_t most = VECTOR_WIDTH == 8 && vectors == 3 && task->combinations
                           ? 3
                           : gemm_block_rows[vectors];
  const ptrdiff_t no_offset = 0;
  const rvgk_gemm_task strides = {
      .a_row_stride = task->v_stride, .tap_offsets = &no_offset, .tap_count = 1,
      .depth = task->depth, .init_row_stride = task->m_stride, .c_row_stride = task->m_stride};
  const ptrdiff_t line_bytes = (ptrdiff_t)LINE_BYTES(vectors) * task->depth;
  const int32_t lines = task->prefetch_floats * 4 / LINE_BYTES(vectors);
  int32_t calls = 0, due = 0;
  for (int32_t i = 0; lines && i < task->matrix_count; i++)
    calls += product_rows(task, i, most).blocks;
  gemm_block_place place = {.prefetch = (const char *)task->prefetch};
  for (int32_t i = 0; i < task->matrix_count; i++) {
    const rvgk_winograd_rows *rows = &task->rows[i];
    const product_share share = product_rows(task, i, most);
    const int terms = product_weights(task, i, &place);
    place.a = task->v + rows->transformed + share.first * task->v_stride;
    place.c = task->m + rows->products + share.first * task->m_stride;
    /* Blocks differ by one row at most, so that none runs with few accumulators. */
    const int32_t fewer = share.blocks > 1 ? share.count / share.blocks : share.count;
    const int32_t larger_blocks = share.count - fewer * share.blocks;
    for (int32_t block = 0; block < share.blocks; block++) {
      const int32_t count = fewer + (block < larger_blocks);
      /* The lines, spread evenly over the calls; blocks that combine fetch two of them at most. */
      int32_t wanted = 0;
      for (due += lines; calls && due >= calls; due -= calls) wanted++;
      place.init = task->accumulates ? place.c : 0;
      gemm_blocks[vectors][count][terms - 1][wanted > 2 ? 3 : wanted](&strides, &place);
      place.prefetch += wanted * line_bytes;
      place.a += count * task->v_stride;
      place.c += count * task->m_stride;
    }
  }
}
