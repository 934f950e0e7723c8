/* libFuzzer target: the C shim over the codec libraries, with every byte that it writes checked by
 * the address sanitizer. The format is chosen by the signature, as the library does it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rvgk_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count) {
  if (count == 0) return 0;
  rvgk_image_format format = RVGK_IMAGE_JPEG;
  if (data[0] == 0x89) format = RVGK_IMAGE_PNG;
  if (data[0] == 'R') format = RVGK_IMAGE_WEBP;
  char message[RVGK_IMAGE_MESSAGE_BYTES];
  rvgk_image_reader *reader = NULL;
  size_t width = 0;
  size_t height = 0;
  if (rvgk_image_open(format, data, count, &reader, &width, &height, message) != RVGK_IMAGE_OK) {
    if (reader != NULL || memchr(message, 0, sizeof message) == NULL) abort();
    return 0;
  }
  /* The limit stands for the caller's; it keeps each run short. */
  if (width > 0 && height > 0 && width <= (1u << 20) / height) {
    const size_t capacity = 3 * width * height;
    uint8_t *pixels = malloc(capacity);
    if (pixels != NULL) rvgk_image_read(reader, pixels, capacity, message);
    if (memchr(message, 0, sizeof message) == NULL) abort();
    free(pixels);
  }
  rvgk_image_close(reader);
  return 0;
}
