/* The handwritten digits of data/ (CC BY 4.0, see data/LICENCE.md) as IDX files in memory.
 *
 * They are compiled in, so that a program which is moved elsewhere still has them. */
#ifndef REPVGG_DIGITS_H
#define REPVGG_DIGITS_H

typedef enum {
  RVGK_DIGITS_TRAINING_IMAGES,
  RVGK_DIGITS_TRAINING_LABELS,
  RVGK_DIGITS_TEST_IMAGES,
  RVGK_DIGITS_TEST_LABELS
} rvgk_digits_file;

/* The bytes of a file, and how many there are. */
const unsigned char *_Nonnull rvgk_digits(rvgk_digits_file file, long *_Nonnull byte_count);

#endif
