#include "rvgk_png_writer.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "codec.h"

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
  int out_of_memory;
  char *message;
} png_sink;

static void fail(png_structp png, png_const_charp text) {
  png_sink *sink = png_get_error_ptr(png);
  rvgk_image_set_message(sink->message, text);
  if (strstr(text, "memory") != NULL) sink->out_of_memory = 1;
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void append(png_structp png, png_bytep bytes, size_t count) {
  png_sink *sink = png_get_io_ptr(png);
  size_t needed;
  if (__builtin_add_overflow(sink->count, count, &needed)) png_error(png, "Out of memory");
  if (needed > sink->capacity) {
    size_t capacity = sink->capacity < 4096 ? 4096 : sink->capacity;
    while (capacity < needed && capacity <= SIZE_MAX / 2) capacity *= 2;
    uint8_t *grown = capacity < needed ? NULL : realloc(sink->bytes, capacity);
    if (grown == NULL) png_error(png, "Out of memory");
    sink->bytes = grown;
    sink->capacity = capacity;
  }
  memcpy(sink->bytes + sink->count, bytes, count);
  sink->count = needed;
}

static void flush_nothing(png_structp png) { (void)png; }

static rvgk_image_status write_rows(
    png_structp png, png_infop info, png_sink *sink, const uint8_t *pixels, size_t width,
    size_t height) {
  if (setjmp(png_jmpbuf(png))) {
    return sink->out_of_memory ? RVGK_IMAGE_OUT_OF_MEMORY : RVGK_IMAGE_UNSUPPORTED;
  }
  png_set_write_fn(png, sink, append, flush_nothing);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(
      png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t y = 0; y < height; y++) png_write_row(png, pixels + y * 3 * width);
  png_write_end(png, info);
  return RVGK_IMAGE_OK;
}

rvgk_image_status rvgk_png_write(
    const uint8_t *pixels, size_t width, size_t height, uint8_t **file, size_t *count,
    char *message) {
  *file = NULL;
  *count = 0;
  message[0] = '\0';
  if (width > PNG_UINT_31_MAX || height > PNG_UINT_31_MAX) {
    rvgk_image_set_message(message, "the image is too large for PNG");
    return RVGK_IMAGE_UNSUPPORTED;
  }
  png_sink sink = {.message = message};
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, fail, ignore_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  const rvgk_image_status status =
      info == NULL ? RVGK_IMAGE_OUT_OF_MEMORY
                   : write_rows(png, info, &sink, pixels, width, height);
  png_destroy_write_struct(&png, &info);
  if (status != RVGK_IMAGE_OK) {
    free(sink.bytes);
    return status;
  }
  *file = sink.bytes;
  *count = sink.count;
  return RVGK_IMAGE_OK;
}
