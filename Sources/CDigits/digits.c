#include "digits.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char training_images[] = {
#embed "data/train-images-idx3-ubyte"
};
static const unsigned char training_labels[] = {
#embed "data/train-labels-idx1-ubyte"
};
static const unsigned char test_images[] = {
#embed "data/t10k-images-idx3-ubyte"
};
static const unsigned char test_labels[] = {
#embed "data/t10k-labels-idx1-ubyte"
};

const unsigned char *rvgk_digits(rvgk_digits_file file, long *byte_count) {
  switch (file) {
    case RVGK_DIGITS_TRAINING_IMAGES: *byte_count = sizeof training_images; return training_images;
    case RVGK_DIGITS_TRAINING_LABELS: *byte_count = sizeof training_labels; return training_labels;
    case RVGK_DIGITS_TEST_IMAGES: *byte_count = sizeof test_images; return test_images;
    default: *byte_count = sizeof test_labels; return test_labels;
  }
}
