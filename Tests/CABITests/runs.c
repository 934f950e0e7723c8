/* The C interface in use: loads a fixture, runs it and compares with PyTorch's outputs.
   usage: runs FIXTURE-FOLDER CHECKPOINT */
#include <math.h>
#include <pthread.h>

#include "check.h"
#include "npy.h"

enum { THREADS = 8, RUNS = 20 };

static double relative_error(const float *a, const float *b, int64_t count) {
  double difference = 0, norm = 0;
  for (int64_t i = 0; i < count; i++) {
    difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    norm += (double)b[i] * b[i];
  }
  double error = sqrt(difference / norm);
  return isfinite(error) ? error : INFINITY;
}

static npy_array images, expected;
static rvg_model *model;

static void check_forms(void) {
  for (int form = RVG_FORM_PLAIN; form <= RVG_FORM_FOLDED; form++) {
    for (int threads = 1; threads <= 2; threads++) {
      rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
      rvg_session *session = NULL;
      float logits[64] = {0};
      options.form = form;
      options.threads = threads;
      CHECK(rvg_session_create(model, images.shape[0], images.shape[2], images.shape[3], &options,
                               &session) == RVG_OK);
      CHECK(rvg_session_run(session, images.values, images.count, NULL, logits, expected.count,
                            NULL) == RVG_OK);
      CHECK(relative_error(logits, expected.values, expected.count) <= 1e-5);
      rvg_session_destroy(session);
    }
  }
}

/* Channels-last images and class-major logits, with gaps. */
static void check_strides(void) {
  int64_t n = images.shape[0], h = images.shape[2], w = images.shape[3], classes = expected.shape[1];
  int64_t input_strides[4] = {h * w * 4, 1, w * 4, 4};
  int64_t output_strides[2] = {1, n + 3};
  int64_t input_count = n * h * w * 4, output_count = classes * (n + 3);
  float *input = calloc((size_t)input_count, sizeof *input);
  float *output = calloc((size_t)output_count, sizeof *output);
  float logits[64];
  rvg_session *session = NULL;
  for (int64_t i = 0; i < n; i++)
    for (int64_t c = 0; c < 3; c++)
      for (int64_t p = 0; p < h * w; p++)
        input[(i * h * w + p) * 4 + c] = images.values[(i * 3 + c) * h * w + p];
  for (int64_t i = 0; i < output_count; i++) output[i] = 12345;
  CHECK(rvg_session_create(model, n, h, w, NULL, &session) == RVG_OK);
  CHECK(rvg_session_run(session, input, input_count, input_strides, output, output_count,
                        output_strides) == RVG_OK);
  for (int64_t i = 0; i < n; i++)
    for (int64_t c = 0; c < classes; c++) logits[i * classes + c] = output[c * (n + 3) + i];
  CHECK(relative_error(logits, expected.values, expected.count) <= 1e-5);
  for (int64_t c = 0; c < classes; c++)
    for (int64_t i = n; i < n + 3; i++) CHECK(output[c * (n + 3) + i] == 12345);
  rvg_session_destroy(session);
  free(input);
  free(output);
}

static void check_features(const char *folder) {
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  rvg_session_info info = {.struct_size = sizeof info};
  rvg_session *session = NULL;
  float logits[64];
  options.collects_features = 1;
  CHECK(rvg_session_create(model, images.shape[0], images.shape[2], images.shape[3], &options,
                           &session) == RVG_OK);
  CHECK(rvg_session_get_info(session, &info) == RVG_OK);
  CHECK(info.feature_count == 5);
  float early[1];
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_feature(session, "stage0", early, 1 << 30));
  CHECK(rvg_session_run(session, images.values, images.count, NULL, logits, 64, NULL) == RVG_OK);
  for (int64_t i = 0; i < info.feature_count; i++) {
    const char *name = NULL;
    char file[64];
    int64_t shape[4] = {0};
    CHECK(rvg_session_feature_name(session, i, &name) == RVG_OK);
    snprintf(file, sizeof file, "%s_train.npy", name);
    npy_array feature = read_npy(folder, file);
    float *values = malloc((size_t)feature.count * sizeof *values);
    CHECK(rvg_session_feature_shape(session, name, shape) == RVG_OK);
    CHECK(memcmp(shape, feature.shape, sizeof shape) == 0);
    CHECK(rvg_session_copy_feature(session, name, values, feature.count) == RVG_OK);
    CHECK(relative_error(values, feature.values, feature.count) <= 1e-5);
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_copy_feature(session, name, values, feature.count - 1));
    free(values);
    free(feature.values);
  }
  rvg_session_destroy(session);
}

/* A thread with a session of its own. */
static void *run_often(void *result) {
  rvg_session *session = NULL;
  double worst = 0;
  if (rvg_session_create(model, images.shape[0], images.shape[2], images.shape[3], NULL,
                         &session) != RVG_OK)
    worst = INFINITY;
  for (int i = 0; i < RUNS; i++) {
    float logits[64];
    if (rvg_session_run(session, images.values, images.count, NULL, logits, 64, NULL) != RVG_OK)
      worst = INFINITY;
    worst = fmax(worst, relative_error(logits, expected.values, expected.count));
  }
  rvg_session_destroy(session);
  *(double *)result = worst;
  return NULL;
}

static void check_threads(void) {
  pthread_t threads[THREADS];
  double errors[THREADS];
  for (int i = 0; i < THREADS; i++) {
    errors[i] = INFINITY;
    CHECK(pthread_create(&threads[i], NULL, run_often, &errors[i]) == 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    CHECK(errors[i] <= 1e-5);
  }
}

int main(int argument_count, char **arguments) {
  rvg_model_info info = {.struct_size = sizeof info};
  if (argument_count != 3) return 64;
  images = read_npy(arguments[1], "input.npy");
  expected = read_npy(arguments[1], "logits_train.npy");
  CHECK(rvg_abi_version() == RVG_ABI_VERSION);
  CHECK(strcmp(rvg_version_string(), RVG_VERSION_STRING) == 0);
  CHECK(rvg_model_load(arguments[2], NULL, &model) == RVG_OK);
  CHECK(rvg_model_get_info(model, &info) == RVG_OK);
  CHECK(info.class_count == expected.shape[1]);
  CHECK(info.form == RVG_FORM_BRANCHED);
  CHECK(strcmp(info.family, "official") == 0);
  CHECK(info.parameter_count == 89354);
  check_forms();
  check_strides();
  check_features(arguments[1]);
  check_threads();
  rvg_model_destroy(model);
  free(images.values);
  free(expected.values);
  if (failure_count == 0) printf("runs: passed\n");
  return failure_count != 0;
}
