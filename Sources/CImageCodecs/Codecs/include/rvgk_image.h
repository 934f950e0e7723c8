/* Still images from memory to 8-bit RGB, through the system's codec libraries.
 *
 * libjpeg and libpng leave a failed call by longjmp. Every entry here catches that jump before it
 * returns, so that a caller in Swift is never jumped over, and frees what the library held.
 *
 * Usage: open, look at the header, provide memory, read, close. A reader belongs to one thread. */
#ifndef RVGK_IMAGE_H
#define RVGK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* The containers of which the caller has seen the signature. */
typedef enum {
  RVGK_IMAGE_JPEG,
  RVGK_IMAGE_PNG,
  RVGK_IMAGE_WEBP
} rvgk_image_format;

/* What became of a call. */
typedef enum {
  RVGK_IMAGE_OK,
  RVGK_IMAGE_CORRUPT,
  RVGK_IMAGE_TRUNCATED,
  RVGK_IMAGE_UNSUPPORTED,
  RVGK_IMAGE_OUT_OF_MEMORY
} rvgk_image_status;

/* Bytes of a message, with its final zero. */
enum { RVGK_IMAGE_MESSAGE_BYTES = 256 };

/* A decoder in the middle of a file. */
typedef struct rvgk_image_reader rvgk_image_reader;

/* Reads the header of `count` bytes at `data`, which have to stay until the reader is closed.
 *
 * On success `*reader`, `*width` and `*height` are set; otherwise `*reader` is NULL and `message`
 * (RVGK_IMAGE_MESSAGE_BYTES) has the library's own words. No memory for pixels is allocated. */
rvgk_image_status rvgk_image_open(
    rvgk_image_format format, const uint8_t *data, size_t count, rvgk_image_reader **reader,
    size_t *width, size_t *height, char *message);

/* Decodes the pixels to `height` rows of `3 * width` bytes, one directly behind the other.
 *
 * `capacity` is the number of bytes at `pixels`. On success `message` is empty, or has the first
 * warning about damage that the library got over. Call it once. */
rvgk_image_status rvgk_image_read(
    rvgk_image_reader *reader, uint8_t *pixels, size_t capacity, char *message);

/* Frees a reader; NULL is allowed. */
void rvgk_image_close(rvgk_image_reader *reader);

#endif
