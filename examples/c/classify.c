/* Prints the best classes of an image.

   usage: classify WEIGHTS IMAGE.ppm
   build: cc classify.c -o classify $(pkg-config --cflags --libs repvgg) -lm

   The image is a binary PPM of 8 bits, best of the size that the network was trained with: this
   example does not resize. */
#include <math.h>
#include <repvgg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOP = 5 };

/* Reads a PPM as normalised planes, [3, height, width]; NULL where it is none. */
static float *read_image(const char *path, int *height, int *width) {
  static const float mean[3] = {0.485f, 0.456f, 0.406f};
  static const float deviation[3] = {0.229f, 0.224f, 0.225f};
  FILE *file = fopen(path, "rb");
  int maximum = 0;
  if (file == NULL) return NULL;
  if (fscanf(file, "P6 %d %d %d", width, height, &maximum) != 3 || maximum != 255 || *width < 1 ||
      *height < 1 || *width > 4096 || *height > 4096) {
    fclose(file);
    return NULL;
  }
  fgetc(file);
  size_t pixels = (size_t)*width * (size_t)*height;
  unsigned char *bytes = malloc(3 * pixels);
  float *planes = malloc(3 * pixels * sizeof *planes);
  if (bytes == NULL || planes == NULL || fread(bytes, 3, pixels, file) != pixels) {
    free(planes);
    planes = NULL;
  } else {
    for (size_t i = 0; i < 3 * pixels; i++)
      planes[i % 3 * pixels + i / 3] = ((float)bytes[i] / 255 - mean[i % 3]) / deviation[i % 3];
  }
  free(bytes);
  fclose(file);
  return planes;
}

static int failed(const char *what) {
  fprintf(stderr, "classify: %s: %s\n", what, rvg_last_error());
  return 1;
}

/* Prints the classes of the largest logits with their probabilities. */
static void print_best(float *logits, int64_t count) {
  double sum = 0;
  float largest = logits[0];
  for (int64_t i = 1; i < count; i++)
    if (logits[i] > largest) largest = logits[i];
  for (int64_t i = 0; i < count; i++) sum += exp(logits[i] - largest);
  for (int rank = 0; rank < TOP && rank < count; rank++) {
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
      if (logits[i] > logits[best]) best = i;
    printf("%lld %.4f\n", (long long)best, exp(logits[best] - largest) / sum);
    logits[best] = -INFINITY;
  }
}

int main(int argument_count, char **arguments) {
  int height = 0, width = 0;
  rvg_model *model = NULL;
  rvg_session *session = NULL;
  rvg_model_info info = {.struct_size = sizeof info};
  if (argument_count != 3) {
    fprintf(stderr, "usage: classify WEIGHTS IMAGE.ppm\n");
    return 64;
  }
  float *image = read_image(arguments[2], &height, &width);
  if (image == NULL) {
    fprintf(stderr, "classify: %s: is no 8-bit binary PPM\n", arguments[2]);
    return 65;
  }
  int status = 0;
  float *logits = NULL;
  if (rvg_model_load(arguments[1], NULL, &model) != RVG_OK ||
      rvg_model_get_info(model, &info) != RVG_OK) {
    status = failed("weights");
  } else if (rvg_session_create(model, 1, height, width, NULL, &session) != RVG_OK) {
    status = failed("session");
  } else if ((logits = malloc((size_t)info.class_count * sizeof *logits)) == NULL) {
    fprintf(stderr, "classify: out of memory\n");
    status = 1;
  } else if (rvg_session_run(session, image, (int64_t)3 * height * width, NULL, logits,
                             info.class_count, NULL) != RVG_OK) {
    status = failed("run");
  } else {
    print_best(logits, info.class_count);
  }
  free(logits);
  free(image);
  rvg_session_destroy(session);
  rvg_model_destroy(model);
  return status;
}
