/* Defines LEVEL_TABLE from the kernels that the including level's file has compiled. */
const rvgk_kernels LEVEL_TABLE = {
    .name = LEVEL_NAME,
    .level = LEVEL,
    .vector_width = VECTOR_WIDTH,
    .panel_step = VECTOR_WIDTH,
    .widest_panel = WIDEST_PANEL_VECTORS * VECTOR_WIDTH,
    .preferred_panel = PANEL_VECTORS * VECTOR_WIDTH,
    .block_rows = {0, BLOCK_ROWS_1, BLOCK_ROWS_2, BLOCK_ROWS_3, BLOCK_ROWS_4},
    .gemm = gemm,
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .winograd_pack = winograd_pack,
    .winograd_weights = winograd_weights,
    .pointwise = pointwise,
    .planes_to_pixels = planes_to_pixels,
    .pixels_to_planes = pixels_to_planes,
    .global_mean = global_mean,
};
