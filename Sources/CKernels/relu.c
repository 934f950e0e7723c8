/* The activation that most tasks take, the same at every level. Contract in ckernels.h. */
#include "ckernels.h"

const rvgk_activation *rvgk_relu(void) {
  static const rvgk_activation relu = {.kind = RVGK_ACTIVATION_RELU, .scale = 1};
  return &relu;
}
