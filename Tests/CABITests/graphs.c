/* Outputs of graphs by name, of any number of dimensions, compared with PyTorch's.
   usage: graphs FIXTURE-FOLDER MODEL NAME[=FILE]...   (every output in its order; stored as FILE.npy) */
#include <math.h>

#include "check.h"
#include "npy.h"

static void check_values(const float *values, const npy_array *expected) {
  double scale = 0, error = 0;
  for (int64_t i = 0; i < expected->count; i++) {
    scale = fmax(scale, fabs(expected->values[i]));
    error = fmax(error, fabs((double)values[i] - expected->values[i]));
  }
  CHECK(error <= 3e-5 * scale);
}

static void check_shape(rvg_session *session, int64_t index, const npy_array *expected) {
  int64_t shape[NPY_RANK_LIMIT] = {0}, rank = -1;
  CHECK(rvg_session_output_shape(session, index, NULL, 0, &rank) == RVG_OK);
  CHECK(rank == expected->rank);
  rank = -1;
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_shape(session, index, shape, 1, &rank));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_shape(session, index, NULL, 8, &rank));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_shape(session, index, shape, -1, &rank));
  CHECK(rank == -1 && shape[0] == 0);
  CHECK(rvg_session_output_shape(session, index, shape, NPY_RANK_LIMIT, &rank) == RVG_OK);
  CHECK(memcmp(shape, expected->shape, (size_t)rank * sizeof *shape) == 0);
}

static void check_output(rvg_session *session, int64_t index, const char *name,
                         const npy_array *expected) {
  const char *given = NULL;
  int64_t found = -1, shape[NPY_RANK_LIMIT] = {0};
  CHECK(rvg_session_output_name(session, index, &given) == RVG_OK && strcmp(given, name) == 0);
  CHECK(rvg_session_output_index(session, name, &found) == RVG_OK && found == index);
  check_shape(session, index, expected);
  if (index == 0) return;
  float *values = malloc((size_t)expected->count * sizeof *values);
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_session_copy_output(session, index, values, expected->count - 1));
  CHECK(rvg_session_copy_output(session, index, values, expected->count) == RVG_OK);
  check_values(values, expected);
  /* Four dimensions, or an error that says what else to call. */
  rvg_status status = rvg_session_feature_shape(session, name, shape);
  CHECK(status == (expected->rank == 4 ? RVG_OK : RVG_INVALID_ARGUMENT));
  CHECK(status == RVG_OK || strstr(rvg_last_error(), "rvg_session_output_shape") != NULL);
  free(values);
}

int main(int argument_count, char **arguments) {
  rvg_model *model = NULL;
  rvg_session *session = NULL, *first_only = NULL;
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  rvg_session_info info = {.struct_size = sizeof info};
  if (argument_count < 4) return 64;
  int64_t expected_count = argument_count - 3, count = 0, index = -1;
  npy_array images = read_npy(arguments[1], "input.npy");
  CHECK(rvg_model_load(arguments[2], NULL, &model) == RVG_OK);
  options.collects_features = 1;
  CHECK(rvg_session_create(model, images.shape[0], images.shape[2], images.shape[3], &options,
                           &session) == RVG_OK);
  CHECK(rvg_session_create(model, images.shape[0], images.shape[2], images.shape[3], NULL,
                           &first_only) == RVG_OK);
  CHECK(rvg_session_output_count(session, &count) == RVG_OK && count == expected_count);
  CHECK(rvg_session_output_count(first_only, &count) == RVG_OK && count == 1);
  CHECK(rvg_session_get_info(session, &info) == RVG_OK);
  CHECK(info.feature_count == expected_count - 1);
  float *first = malloc((size_t)info.output_element_count * sizeof *first);
  float early[1];
  if (expected_count > 1)
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_output(session, 1, early, 1 << 30));
  CHECK(rvg_session_run(session, images.values, images.count, NULL, first,
                        info.output_element_count, NULL) == RVG_OK);
  for (int64_t i = 0; i < expected_count; i++) {
    char name[64], file[128];
    snprintf(name, sizeof name, "%s", arguments[3 + i]);
    char *stored = strchr(name, '=');
    if (stored != NULL) *stored++ = 0;
    snprintf(file, sizeof file, "%s.npy", stored != NULL ? stored : name);
    npy_array expected = read_npy(arguments[1], file);
    check_output(session, i, name, &expected);
    if (i == 0) {
      CHECK(info.output_element_count == expected.count);
      CHECK(info.output_count * info.batch == expected.count);
      check_values(first, &expected);
    } else {
      REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_index(first_only, name, &index));
      CHECK(strstr(rvg_last_error(), "collects_features") != NULL);
    }
    free(expected.values);
  }
  /* What runs write is not kept, and there is nothing after the last. */
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_session_copy_output(session, 0, first, info.output_element_count));
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_session_copy_output(session, expected_count, first, info.output_element_count));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_index(session, "no such output", &index));
  CHECK(index == -1);
  rvg_session_destroy(first_only);
  rvg_session_destroy(session);
  rvg_model_destroy(model);
  free(first);
  free(images.values);
  if (failure_count == 0) printf("graphs: passed\n");
  return failure_count != 0;
}
