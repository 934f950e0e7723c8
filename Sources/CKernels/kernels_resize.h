/* Resizing by tables of places. Contract: rvgk_resize_task in ckernels.h. */

static void resize_linear(const rvgk_resize_task *task) {
  for (int32_t y = 0; y < task->rows; y++) {
    const rvgk_resize_place row = task->row_places[y];
    const float *upper = task->src + row.first * task->src_row_stride;
    const float *lower = task->src + row.second * task->src_row_stride;
    const vec down = vec_splat(row.weight), up = vec_splat(1 - row.weight);
    float *dst = task->dst + y * task->dst_row_stride;
    for (int32_t x = 0; x < task->width; x++, dst += task->dst_pixel_stride) {
      const rvgk_resize_place column = task->column_places[x];
      const ptrdiff_t first = column.first * task->src_pixel_stride;
      const ptrdiff_t second = column.second * task->src_pixel_stride;
      const vec right = vec_splat(column.weight), left = vec_splat(1 - column.weight);
      for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH) {
        const vec above =
            left * vec_load(upper + first + c) + right * vec_load(upper + second + c);
        const vec below =
            left * vec_load(lower + first + c) + right * vec_load(lower + second + c);
        vec_store(dst + c, up * above + down * below);
      }
    }
  }
}

static void resize_nearest(const rvgk_resize_task *task) {
  for (int32_t y = 0; y < task->rows; y++) {
    const float *row = task->src + task->row_places[y].first * task->src_row_stride;
    float *dst = task->dst + y * task->dst_row_stride;
    for (int32_t x = 0; x < task->width; x++, dst += task->dst_pixel_stride) {
      const float *pixel = row + task->column_places[x].first * task->src_pixel_stride;
      for (int32_t c = 0; c < task->channels; c += VECTOR_WIDTH)
        vec_store(dst + c, vec_load(pixel + c));
    }
  }
}
