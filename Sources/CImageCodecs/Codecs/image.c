/* The one interface over the codecs. */
#include <stdlib.h>
#include <string.h>

#include "codec.h"

struct rvgk_image_reader {
  const rvgk_codec *codec;
  void *state;
  size_t width;
  size_t height;
};

void rvgk_image_set_message(char *message, const char *text) {
  strncpy(message, text, RVGK_IMAGE_MESSAGE_BYTES - 1);
  message[RVGK_IMAGE_MESSAGE_BYTES - 1] = '\0';
}

static const rvgk_codec *find_codec(rvgk_image_format format) {
  switch (format) {
    case RVGK_IMAGE_JPEG: return &rvgk_codec_jpeg;
    case RVGK_IMAGE_PNG: return &rvgk_codec_png;
    case RVGK_IMAGE_WEBP: return &rvgk_codec_webp;
  }
  return NULL;
}

rvgk_image_status rvgk_image_open(
    rvgk_image_format format, const uint8_t *data, size_t count, rvgk_image_reader **reader,
    size_t *width, size_t *height, char *message) {
  *reader = NULL;
  message[0] = '\0';
  const rvgk_codec *codec = find_codec(format);
  if (codec == NULL) {
    rvgk_image_set_message(message, "no such codec");
    return RVGK_IMAGE_UNSUPPORTED;
  }
  rvgk_image_reader *opened = calloc(1, sizeof *opened);
  if (opened == NULL) return RVGK_IMAGE_OUT_OF_MEMORY;
  opened->codec = codec;
  const rvgk_image_status status =
      codec->open(data, count, &opened->state, &opened->width, &opened->height, message);
  if (status != RVGK_IMAGE_OK) {
    free(opened);
    return status;
  }
  *width = opened->width;
  *height = opened->height;
  *reader = opened;
  return RVGK_IMAGE_OK;
}

rvgk_image_status rvgk_image_read(
    rvgk_image_reader *reader, uint8_t *pixels, size_t capacity, char *message) {
  message[0] = '\0';
  size_t row_bytes;
  size_t needed;
  if (__builtin_mul_overflow(reader->width, 3, &row_bytes) ||
      __builtin_mul_overflow(row_bytes, reader->height, &needed) || needed > capacity) {
    rvgk_image_set_message(message, "the pixels do not fit the memory provided");
    return RVGK_IMAGE_OUT_OF_MEMORY;
  }
  return reader->codec->read(reader->state, pixels, message);
}

void rvgk_image_close(rvgk_image_reader *reader) {
  if (reader == NULL) return;
  reader->codec->close(reader->state);
  free(reader);
}
