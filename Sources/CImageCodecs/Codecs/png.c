/* PNG through libpng, to the levels of Pillow's convert("RGB"): alpha is dropped, never blended,
 * colours keep their high byte, and grey of 16 bits is clipped. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "codec.h"

/* How the rows that libpng gives become RGB. */
typedef enum { ROWS_RGB, ROWS_PALETTE, ROWS_GREY16 } row_kind;

typedef struct {
  png_structp png;
  png_infop info;
  const uint8_t *data;
  size_t count;
  size_t position;
  size_t width;
  size_t height;
  row_kind rows;
  uint8_t palette[256 * 3];
  int truncated;
  int out_of_memory;
  char *message;
  char warning[RVGK_IMAGE_MESSAGE_BYTES];
} png_state;

static void fail(png_structp png, png_const_charp text) {
  png_state *state = png_get_error_ptr(png);
  rvgk_image_set_message(state->message, text);
  if (strcmp(text, "Out of memory") == 0 || strcmp(text, "Insufficient memory") == 0) {
    state->out_of_memory = 1;
  }
  png_longjmp(png, 1);
}

static void note_warning(png_structp png, png_const_charp text) {
  png_state *state = png_get_error_ptr(png);
  if (state->warning[0] == '\0') rvgk_image_set_message(state->warning, text);
}

static void take_bytes(png_structp png, png_bytep target, size_t count) {
  png_state *state = png_get_io_ptr(png);
  if (count > state->count - state->position) {
    state->truncated = 1;
    png_error(png, "the file ends before the image does");
  }
  memcpy(target, state->data + state->position, count);
  state->position += count;
}

static rvgk_image_status failure(const png_state *state) {
  if (state->out_of_memory) return RVGK_IMAGE_OUT_OF_MEMORY;
  return state->truncated ? RVGK_IMAGE_TRUNCATED : RVGK_IMAGE_CORRUPT;
}

static void png_close(void *opaque) {
  png_state *state = opaque;
  png_destroy_read_struct(&state->png, &state->info, NULL);
  free(state);
}

/* Text, colour profiles and metadata change no pixel here, and can be large once inflated. */
static void ignore_metadata(png_structp png) {
  static const png_byte names[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
      "sTER\0tEXt\0tIME\0tRNS\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

/* Chooses the conversions by the file's colour type and depth. */
static void choose_conversions(png_state *state) {
  png_structp png = state->png;
  const int colour = png_get_color_type(png, state->info);
  const int depth = png_get_bit_depth(png, state->info);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    /* By hand: an index behind the end of the palette is black, with or without transparency. */
    state->rows = ROWS_PALETTE;
    png_colorp entries = NULL;
    int count = 0;
    png_get_PLTE(png, state->info, &entries, &count);
    for (int i = 0; i < count && i < 256; i++) {
      state->palette[3 * i] = entries[i].red;
      state->palette[3 * i + 1] = entries[i].green;
      state->palette[3 * i + 2] = entries[i].blue;
    }
    png_set_packing(png);
    return;
  }
  if (colour == PNG_COLOR_TYPE_GRAY && depth == 16) {
    state->rows = ROWS_GREY16;
    return;
  }
  state->rows = ROWS_RGB;
  if (depth == 16) png_set_strip_16(png);
  if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (colour & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
  if (!(colour & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
}

static rvgk_image_status read_header(png_state *state) {
  if (setjmp(png_jmpbuf(state->png))) return failure(state);
  state->info = png_create_info_struct(state->png);
  if (state->info == NULL) return RVGK_IMAGE_OUT_OF_MEMORY;
  png_set_read_fn(state->png, state, take_bytes);
  /* The caller has its own limits, and sees the size before any pixel is decoded. */
  png_set_user_limits(state->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  ignore_metadata(state->png);
  png_read_info(state->png, state->info);
  state->width = png_get_image_width(state->png, state->info);
  state->height = png_get_image_height(state->png, state->info);
  return RVGK_IMAGE_OK;
}

static rvgk_image_status png_open(
    const uint8_t *data, size_t count, void **opaque, size_t *width, size_t *height,
    char *message) {
  png_state *state = calloc(1, sizeof *state);
  if (state == NULL) return RVGK_IMAGE_OUT_OF_MEMORY;
  state->data = data;
  state->count = count;
  state->message = message;
  state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, fail, note_warning);
  const rvgk_image_status status =
      state->png == NULL ? RVGK_IMAGE_OUT_OF_MEMORY : read_header(state);
  if (status != RVGK_IMAGE_OK) {
    png_close(state);
    return status;
  }
  *width = state->width;
  *height = state->height;
  *opaque = state;
  return RVGK_IMAGE_OK;
}

/* Spreads a row of palette indices that lies at the start of its RGB row, from its end. */
static void expand_palette(uint8_t *row, size_t width, const uint8_t *palette) {
  for (size_t x = width; x-- > 0;) {
    const uint8_t *entry = palette + 3 * (size_t)row[x];
    memcpy(row + 3 * x, entry, 3);
  }
}

/* The same for big-endian 16-bit grey, clipped to 255 as Pillow does it. */
static void expand_grey16(uint8_t *row, size_t width) {
  for (size_t x = width; x-- > 0;) {
    const uint8_t level = row[2 * x] != 0 ? 255 : row[2 * x + 1];
    memset(row + 3 * x, level, 3);
  }
}

static rvgk_image_status png_read(void *opaque, uint8_t *pixels, char *message) {
  png_state *state = opaque;
  png_structp png = state->png;
  state->message = message;
  if (setjmp(png_jmpbuf(png))) return failure(state);

  choose_conversions(state);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, state->info);
  const size_t row_bytes = 3 * state->width;
  static const size_t pixel_bytes[] = {3, 1, 2};
  if (png_get_rowbytes(png, state->info) != pixel_bytes[state->rows] * state->width) {
    png_error(png, "unexpected row size");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < state->height; y++) {
      png_read_row(png, pixels + y * row_bytes, NULL);
    }
  }
  for (size_t y = 0; y < state->height; y++) {
    uint8_t *row = pixels + y * row_bytes;
    if (state->rows == ROWS_PALETTE) expand_palette(row, state->width, state->palette);
    if (state->rows == ROWS_GREY16) expand_grey16(row, state->width);
  }
  /* Chunks behind the image data change no pixel, so they are not read. */
  rvgk_image_set_message(message, state->warning);
  return RVGK_IMAGE_OK;
}

const rvgk_codec rvgk_codec_png = {png_open, png_read, png_close};
