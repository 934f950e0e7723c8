/* What the article on the C interface shows, compiled and run; Tests/DocumentationTests compares the
   texts. usage: article FIXTURE-FOLDER CHECKPOINT */
#include "check.h"
#include "npy.h"

static int top_class(const char *path, const float *pixels, int64_t height, int64_t width) {
  rvg_model *model = NULL;
  rvg_session *session = NULL;
  rvg_model_info info = {.struct_size = sizeof info};
  float *logits = NULL;
  int best = -1;
  if (rvg_model_load(path, NULL, &model) == RVG_OK &&
      rvg_model_get_info(model, &info) == RVG_OK &&
      rvg_session_create(model, 1, height, width, NULL, &session) == RVG_OK &&
      (logits = malloc((size_t)info.class_count * sizeof *logits)) != NULL &&
      rvg_session_run(session, pixels, 3 * height * width, NULL, logits, info.class_count, NULL) ==
          RVG_OK) {
    best = 0;
    for (int i = 1; i < info.class_count; i++)
      if (logits[i] > logits[best]) best = i;
  } else {
    fprintf(stderr, "%s\n", rvg_last_error());
  }
  free(logits);
  rvg_session_destroy(session);
  rvg_model_destroy(model);
  return best;
}

static rvg_session *feature_session(const rvg_model *model, int64_t height, int64_t width) {
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  options.threads = 2;
  options.collects_features = 1;
  rvg_session *session = NULL;
  if (rvg_session_create(model, 1, height, width, &options, &session) != RVG_OK)
    fprintf(stderr, "%s\n", rvg_last_error());
  return session;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 3) return 64;
  npy_array images = read_npy(arguments[1], "input.npy");
  npy_array expected = read_npy(arguments[1], "logits_train.npy");
  int64_t height = images.shape[2], width = images.shape[3], classes = expected.shape[1];
  for (int64_t image = 0; image < images.shape[0]; image++) {
    int64_t best = 0;
    for (int64_t i = 1; i < classes; i++)
      if (expected.values[image * classes + i] > expected.values[image * classes + best]) best = i;
    CHECK(top_class(arguments[2], images.values + image * 3 * height * width, height, width) ==
          best);
  }
  CHECK(top_class("/nonexistent", images.values, height, width) == -1);

  rvg_model *model = NULL;
  rvg_session_info info = {.struct_size = sizeof info};
  CHECK(rvg_model_load(arguments[2], NULL, &model) == RVG_OK);
  rvg_session *session = feature_session(model, height, width);
  CHECK(rvg_session_get_info(session, &info) == RVG_OK);
  CHECK(info.feature_count == 5 && info.threads == 2);
  rvg_session_destroy(session);
  CHECK(feature_session(model, 0, width) == NULL);
  rvg_model_destroy(model);
  free(images.values);
  free(expected.values);
  return failure_count == 0 ? 0 : 1;
}
