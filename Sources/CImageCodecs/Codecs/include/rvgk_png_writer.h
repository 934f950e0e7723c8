/* 8-bit RGB to a PNG file in memory, through libpng.
 *
 * libpng leaves a failed call by longjmp, which is caught here. */
#ifndef RVGK_PNG_WRITER_H
#define RVGK_PNG_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "rvgk_image.h"

/* Compresses `height` rows of `3 * width` bytes, one directly after the other.
 *
 * On success `*file` has `*count` bytes from malloc, which the caller frees; otherwise it is NULL
 * and `message` (RVGK_IMAGE_MESSAGE_BYTES) has libpng's own words. */
rvgk_image_status rvgk_png_write(
    const uint8_t *pixels, size_t width, size_t height, uint8_t **file, size_t *count,
    char *message);

#endif
