/* What each codec offers to image.c. */
#ifndef RVGK_CODEC_H
#define RVGK_CODEC_H

#include "rvgk_image.h"

typedef struct {
  rvgk_image_status (*open)(
      const uint8_t *data, size_t count, void **state, size_t *width, size_t *height,
      char *message);
  rvgk_image_status (*read)(void *state, uint8_t *pixels, char *message);
  void (*close)(void *state);
} rvgk_codec;

extern const rvgk_codec rvgk_codec_jpeg;
extern const rvgk_codec rvgk_codec_png;
extern const rvgk_codec rvgk_codec_webp;

/* Copies a message, cut where it is too long. */
void rvgk_image_set_message(char *message, const char *text);

/* Pillow's rounding product of two levels: a * b / 255. */
static inline int rvgk_multiply_levels(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

#endif
