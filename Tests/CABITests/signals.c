/* The library leaves its host's signals, environment and OpenBLAS as they are.
   usage: signals LIBRARY CHECKPOINT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repvgg.h"

static int failure_count;

/* check.h's would need the library before it is opened. */
#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      failure_count++;                                                    \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);     \
    }                                                                     \
  } while (0)

enum { SIGNALS = 65 };

static void handle(int signal) { (void)signal; }

static void read_handlers(void *handlers[SIGNALS]) {
  for (int signal = 1; signal < SIGNALS; signal++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    handlers[signal] = sigaction(signal, NULL, &action) == 0 ? (void *)action.sa_handler : NULL;
  }
}

int main(int count, char **arguments) {
  void *before[SIGNALS], *after[SIGNALS];
  struct sigaction own;
  CHECK(count == 3);
  memset(&own, 0, sizeof own);
  own.sa_handler = handle;
  CHECK(sigaction(SIGSEGV, &own, NULL) == 0);
  read_handlers(before);

  /* A host with an OpenBLAS of its own, where there is one. */
  void *blas = dlopen("libopenblas.so.0", RTLD_NOW);
  int (*threads)(void) = blas == NULL ? NULL : (int (*)(void))dlsym(blas, "openblas_get_num_threads");
  void (*set_threads)(int) =
      blas == NULL ? NULL : (void (*)(int))dlsym(blas, "openblas_set_num_threads");
  if (set_threads != NULL) set_threads(3);
  const char *core = getenv("OPENBLAS_CORETYPE");

  void *library = dlopen(arguments[1], RTLD_NOW);
  CHECK(library != NULL);
  rvg_status (*load)(const char *, const rvg_model_options *, rvg_model **) =
      (rvg_status(*)(const char *, const rvg_model_options *, rvg_model **))dlsym(
          library, "rvg_model_load");
  rvg_status (*create)(const rvg_model *, int64_t, int64_t, int64_t, const rvg_session_options *,
                       rvg_session **) =
      (rvg_status(*)(const rvg_model *, int64_t, int64_t, int64_t, const rvg_session_options *,
                     rvg_session **))dlsym(library, "rvg_session_create");
  int32_t (*available)(void) = (int32_t(*)(void))dlsym(library, "rvg_available_threads");
  CHECK(load != NULL && create != NULL && available != NULL);
  CHECK(available() >= 1);
  rvg_model *model = NULL;
  CHECK(load(arguments[2], NULL, &model) == RVG_OK);
  for (int algorithm = RVG_ALGORITHM_AUTO; algorithm <= RVG_ALGORITHM_IM2COL; algorithm++) {
    rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
    rvg_session *session = NULL;
    options.algorithm = algorithm;
    rvg_status status = create(model, 1, 32, 32, &options, &session);
    CHECK(status == RVG_OK || (algorithm == RVG_ALGORITHM_IM2COL && status == RVG_UNSUPPORTED));
  }

  read_handlers(after);
  CHECK(memcmp(before + 1, after + 1, sizeof before - sizeof before[0]) == 0);
  CHECK(getenv("OPENBLAS_CORETYPE") == core);
  if (threads != NULL && set_threads != NULL) CHECK(threads() == 3);
  return failure_count == 0 ? 0 : 1;
}
