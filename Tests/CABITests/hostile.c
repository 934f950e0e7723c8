/* Calls that no correct program makes: each must be answered, none may end the process.
   usage: hostile CHECKPOINT NO-CHECKPOINT */
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char *checkpoint;

static void load_badly(const char *no_checkpoint) {
  rvg_model *model = (rvg_model *)0x8;
  rvg_model_options options = RVG_MODEL_OPTIONS_INIT;
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(NULL, NULL, &model));
  CHECK(model == NULL);
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(checkpoint, NULL, NULL));
  REFUSED(RVG_MISSING_INPUT, rvg_model_load("/nonexistent/\xff\xfe.pth", NULL, &model));
  REFUSED(RVG_BAD_DATA, rvg_model_load(no_checkpoint, NULL, &model));
  CHECK(strstr(rvg_last_error(), no_checkpoint) != NULL);
  CHECK(rvg_model_load("/", NULL, &model) != RVG_OK);
  CHECK(rvg_model_load("", NULL, &model) != RVG_OK);
  char *longest = malloc(1 << 20);
  memset(longest, 'x', 1 << 20);
  longest[(1 << 20) - 1] = 0;
  CHECK(rvg_model_load(longest, NULL, &model) != RVG_OK);
  CHECK(strlen(rvg_last_error()) < 4096);
  free(longest);
  const double epsilons[] = {-1, NAN, INFINITY, 2};
  for (size_t i = 0; i < sizeof epsilons / sizeof *epsilons; i++) {
    options.epsilon = epsilons[i];
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(checkpoint, &options, &model));
  }
  options.epsilon = 0;
  const int32_t strides[65] = {1, 1, 2, 2, 2};
  const size_t counts[] = {0, 4, 65, SIZE_MAX};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    options.strides = i == 3 ? NULL : strides;
    options.stride_count = counts[i];
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(checkpoint, &options, &model));
  }
  options.strides = NULL;
  options.stride_count = 0;
  options.group = "no such group";
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(checkpoint, &options, &model));
  /* The size before `group` was added: what follows is not looked at. */
  options.struct_size = offsetof(rvg_model_options, group);
  CHECK(rvg_model_load(checkpoint, &options, &model) == RVG_OK);
  rvg_model_destroy(model);
  options.group = NULL;
  const size_t sizes[] = {0, 1, sizeof options - 1, sizeof options + 1, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    options.struct_size = sizes[i];
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_load(checkpoint, &options, &model));
  }
  _Alignas(16) char bytes[64] = {0};
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_model_load(checkpoint, (rvg_model_options *)(void *)(bytes + 1), &model));
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_model_load(checkpoint, NULL, (rvg_model **)(void *)(bytes + 1)));
}

/* Bytes of addresses that the process has in use. */
static rlim_t address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1);
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void create_badly(rvg_model *model) {
  static const int64_t numbers[] = {0, -1, INT64_MIN, INT64_MAX, 1 << 20, (int64_t)1 << 32};
  rvg_session *session = NULL;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, numbers[i], 8, 8, NULL, &session));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, numbers[i], 8, NULL, &session));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, 8, numbers[i], NULL, &session));
  }
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, 8, 8, NULL, NULL));
  /* One image's activation of 2^34 elements, beyond the kernels' counts: answered at once. */
  REFUSED(RVG_UNSUPPORTED, rvg_session_create(model, 1, 32768, 32768, NULL, &session));
  /* Within them, but more than the process may have. */
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  struct rlimit tight = {.rlim_cur = address_space() + ((rlim_t)1 << 28),
                         .rlim_max = limit.rlim_max};
  CHECK(setrlimit(RLIMIT_AS, &tight) == 0);
  REFUSED(RVG_OUT_OF_MEMORY, rvg_session_create(model, 64, 4096, 4096, NULL, &session));
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  const int32_t values[] = {-1, 4, INT32_MIN, INT32_MAX};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    for (int field = 0; field < 6; field++) {
      rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
      int32_t *fields[] = {&options.form, &options.policy, &options.algorithm,
                           &options.collects_features, &options.reserved, &options.threads};
      if (field == 5 && values[i] == 4) continue;
      *fields[field] = values[i];
      REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, 8, 8, &options, &session));
    }
  }
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  const size_t sizes[] = {0, 8, sizeof options - 1, sizeof options + 8, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    options.struct_size = sizes[i];
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, 8, 8, &options, &session));
  }
  CHECK(session == NULL);
  const int64_t shapes[] = {1, 8, 8, 2, 8, 8, 1, 16, 8, 1, 0, 8};
  const int64_t counts[] = {INT64_MIN, -1, 4, 4097, INT64_MAX};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_prepare(model, shapes, counts[i], NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_prepare(model, NULL, 1, NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_prepare(model, shapes, 1, &options));
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_model_prepare(model, (const int64_t *)(const void *)((const char *)shapes + 1), 1, NULL));
  CHECK(rvg_model_prepare(model, NULL, 0, NULL) == RVG_OK);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (counts[i] != 4) REFUSED(RVG_INVALID_ARGUMENT, rvg_model_set_plan_limit(model, counts[i]));
  CHECK(rvg_model_set_plan_limit(model, 2) == RVG_OK);
  CHECK(rvg_model_prepare(model, shapes, 2, NULL) == RVG_OK);
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_prepare(model, shapes, 3, NULL));
  CHECK(rvg_model_set_plan_limit(model, 0) == RVG_OK);
}

static void use_wrong_handles(rvg_model *model, rvg_session *session) {
  static char garbage[256];
  rvg_model_info model_info = {.struct_size = sizeof model_info};
  rvg_session_info session_info = {.struct_size = sizeof session_info};
  rvg_session *made = NULL;
  void *handles[] = {NULL, session, garbage, garbage + 1, (void *)-1, (void *)1};
  for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_get_info(handles[i], &model_info));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(handles[i], 1, 8, 8, NULL, &made));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_set_plan_limit(handles[i], 4));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_model_prepare(handles[i], NULL, 0, NULL));
    rvg_model_destroy(handles[i]);
  }
  handles[1] = model;
  float logits[64];
  for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_get_info(handles[i], &session_info));
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_run(handles[i], logits, 64, NULL, logits, 64, NULL));
    int64_t number = -7;
    const char *name = NULL;
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_count(handles[i], &number));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_name(handles[i], 0, &name));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_index(handles[i], "logits", &number));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_shape(handles[i], 0, NULL, 0, &number));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_output(handles[i], 1, logits, 64));
    CHECK(number == -7 && name == NULL);
    rvg_session_destroy(handles[i]);
  }
  /* Those that the wrong functions were given still live. */
  CHECK(rvg_model_get_info(model, &model_info) == RVG_OK);
  CHECK(model_info.group_count == 1 && strcmp(model_info.group, "") == 0);
  CHECK(rvg_session_get_info(session, &session_info) == RVG_OK);
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_get_info(model, NULL));
  /* A program that knows earlier fields alone gets those, and nothing after them. */
  model_info.struct_size = offsetof(rvg_model_info, input_channels);
  model_info.class_count = model_info.input_channels = -7;
  CHECK(rvg_model_get_info(model, &model_info) == RVG_OK);
  CHECK(model_info.class_count > 0 && model_info.input_channels == -7);
  CHECK(model_info.struct_size == offsetof(rvg_model_info, input_channels));
  session_info.struct_size = offsetof(rvg_session_info, output_count);
  session_info.class_count = session_info.output_count = -7;
  CHECK(rvg_session_get_info(session, &session_info) == RVG_OK);
  CHECK(session_info.class_count > 0 && session_info.output_count == -7);
  session_info.struct_size = offsetof(rvg_session_info, output_element_count);
  session_info.output_element_count = -7;
  CHECK(rvg_session_get_info(session, &session_info) == RVG_OK);
  CHECK(session_info.output_count > 0 && session_info.output_element_count == -7);
  model_info.struct_size = 4;
  REFUSED(RVG_INVALID_ARGUMENT, rvg_model_get_info(model, &model_info));
}

/* The session is for one image of 8x8. */
static void run_badly(rvg_session *session) {
  float input[193] = {0};
  float logits[65] = {0};
  const int64_t counts[] = {INT64_MIN, -1, 0, 1, 191};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_run(session, input, counts[i], NULL, logits, 64, NULL));
  for (size_t i = 0; i < 4; i++)
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_run(session, input, 192, NULL, logits, counts[i], NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_run(session, NULL, 192, NULL, logits, 64, NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_run(session, input, 192, NULL, NULL, 64, NULL));
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_session_run(session, (float *)(void *)((char *)input + 1), 192, NULL, logits, 64,
                          NULL));
  REFUSED(RVG_INVALID_ARGUMENT,
          rvg_session_run(session, input, 192, NULL, (float *)(void *)((char *)logits + 2), 64,
                          NULL));
  const int64_t bad[][4] = {{192, 64, 8, -1},        {0, 64, 9, 1},
                            {192, 64, 8, INT64_MAX}, {192, INT64_MIN, 8, 1},
                            {192, INT64_MAX, 8, 1},  {192, INT64_MAX / 2, INT64_MAX / 7, 1}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_run(session, input, 192, bad[i], logits, 64, NULL));
  const int64_t bad_output[][2] = {{10, 0}, {10, -1}, {1, 8}, {10, INT64_MAX}};
  for (size_t i = 0; i < sizeof bad_output / sizeof *bad_output; i++)
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_run(session, input, 192, NULL, logits, 64, bad_output[i]));
  const char *name = NULL;
  int64_t shape[4];
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_feature_name(session, 0, &name));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_feature_shape(session, NULL, shape));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_feature_shape(session, "stage0\xff", shape));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_feature(session, "stage9", logits, 64));
  const int64_t indices[] = {INT64_MIN, -1, 1, INT64_MAX};
  for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_name(session, indices[i], &name));
    REFUSED(RVG_INVALID_ARGUMENT,
            rvg_session_output_shape(session, indices[i], shape, 4, &(int64_t){0}));
    REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_output(session, indices[i], logits, 64));
  }
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_count(session, NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_name(session, 0, NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_index(session, NULL, &shape[0]));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_index(session, "logits", NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_output_shape(session, 0, shape, 4, NULL));
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_copy_output(session, 1, NULL, 64));
  CHECK(rvg_session_run(session, input, 192, NULL, logits, 64, NULL) == RVG_OK);
}

/* Threads do not survive a fork: the child is told, and ends. */
static void use_after_fork(rvg_model *model) {
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  rvg_session *session = NULL;
  float input[192] = {0}, logits[64];
  options.threads = 2;
  CHECK(rvg_session_create(model, 1, 8, 8, &options, &session) == RVG_OK);
  pid_t child = fork();
  if (child == 0) {
    int status = rvg_session_run(session, input, 192, NULL, logits, 64, NULL);
    rvg_session_destroy(session);
    _exit(status == RVG_UNSUPPORTED ? 0 : 1);
  }
  int result = -1;
  CHECK(child > 0 && waitpid(child, &result, 0) == child);
  CHECK(WIFEXITED(result) && WEXITSTATUS(result) == 0);
  CHECK(rvg_session_run(session, input, 192, NULL, logits, 64, NULL) == RVG_OK);
  rvg_session_destroy(session);
}

int main(int argument_count, char **arguments) {
  rvg_model *model = NULL;
  rvg_session *session = NULL;
  if (argument_count != 3) return 64;
  checkpoint = arguments[1];
  CHECK(rvg_last_error()[0] == 0);
  load_badly(arguments[2]);
  CHECK(rvg_model_load(checkpoint, NULL, &model) == RVG_OK);
  CHECK(rvg_session_create(model, 1, 8, 8, NULL, &session) == RVG_OK);
  create_badly(model);
  use_wrong_handles(model, session);
  run_badly(session);
  use_after_fork(model);
  rvg_model_destroy(model);
  rvg_model_destroy(model);
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_create(model, 1, 8, 8, NULL, &(rvg_session *){NULL}));
  run_badly(session);
  rvg_session_destroy(session);
  rvg_session_destroy(session);
  float logits[64];
  REFUSED(RVG_INVALID_ARGUMENT, rvg_session_run(session, logits, 64, NULL, logits, 64, NULL));
  for (int status = -3; status < 12; status++) CHECK(rvg_status_string(status)[0] != 0);
  if (failure_count == 0) printf("hostile: passed\n");
  return failure_count != 0;
}
