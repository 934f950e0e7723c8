/* The C interface used for long: threads load models, make sessions, run and destroy them, in any
   order and some of them shared. Every output has the bits of the first run of its kind, and memory
   and descriptors do not grow.
   usage: soak FIXTURES SECONDS */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, MODELS = 4, SIZES = 3, FORMS = 3, POLICIES = 2, COUNTS = 2, LOGITS = 64 };
enum { KINDS = MODELS * SIZES * FORMS * POLICIES * COUNTS };

static const char *const files[MODELS] = {"tiny/train.pth", "tiny-se/train.pth",
                                          "tiny-plus-pse/train.safetensors", "tiny/deploy.pth"};
static const int64_t sizes[SIZES][3] = {{1, 32, 32}, {2, 48, 48}, {1, 40, 40}};

/* The output of the first run of every kind. */
static struct {
  int known;
  float logits[LOGITS];
} first[KINDS];
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static rvg_model *shared_models[MODELS];
static rvg_session *shared_session;
static const char *fixtures;
static double end_time;
static atomic_long loads, sessions, runs, busy, kinds, differences;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static uint64_t next(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  return *state ^= *state << 17;
}

static rvg_model *load(int index) {
  char path[4096];
  rvg_model *model = NULL;
  snprintf(path, sizeof path, "%s/%s", fixtures, files[index]);
  CHECK(rvg_model_load(path, NULL, &model) == RVG_OK);
  atomic_fetch_add(&loads, 1);
  return model;
}

static void fill(float *input, int64_t count) {
  for (int64_t i = 0; i < count; i++) input[i] = (float)((i * 37 % 101) - 50) / 50;
}

/* Compares an output with the first one of its kind, or keeps it as that. */
static void compare(int kind, const float *logits, int64_t count) {
  pthread_mutex_lock(&first_lock);
  if (!first[kind].known) {
    first[kind].known = 1;
    memcpy(first[kind].logits, logits, sizeof(float) * (size_t)count);
    atomic_fetch_add(&kinds, 1);
  } else if (memcmp(first[kind].logits, logits, sizeof(float) * (size_t)count) != 0) {
    atomic_fetch_add(&differences, 1);
  }
  pthread_mutex_unlock(&first_lock);
}

static void use(uint64_t *state) {
  static const int policies[POLICIES] = {RVG_POLICY_FAST, RVG_POLICY_EXACT};
  const int index = (int)(next(state) % MODELS), size = (int)(next(state) % SIZES);
  /* A deployed network has one form. */
  const int form = index == 3 ? 0 : (int)(next(state) % FORMS);
  const int policy = (int)(next(state) % POLICIES), threads = (int)(next(state) % COUNTS);
  const int kind = (((index * SIZES + size) * FORMS + form) * POLICIES + policy) * COUNTS + threads;
  const int64_t batch = sizes[size][0], height = sizes[size][1], width = sizes[size][2];
  const int64_t count = batch * 3 * height * width;
  const int is_own = next(state) % 4 == 0;
  rvg_model *model = is_own ? load(index) : shared_models[index];
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  rvg_session_info info = {.struct_size = sizeof info};
  rvg_session *session = NULL;
  float *input = malloc((size_t)count * sizeof *input);
  float logits[LOGITS];
  if (input == NULL) abort();
  fill(input, count);
  options.form = form;
  options.policy = policies[policy];
  options.threads = threads + 1;
  CHECK(rvg_session_create(model, batch, height, width, &options, &session) == RVG_OK);
  /* A session outlives its model. */
  if (is_own) rvg_model_destroy(model);
  CHECK(rvg_session_get_info(session, &info) == RVG_OK);
  CHECK(batch * info.class_count <= LOGITS);
  atomic_fetch_add(&sessions, 1);
  for (int run = (int)(next(state) % 4); run >= 0; run--) {
    CHECK(rvg_session_run(session, input, count, NULL, logits, batch * info.class_count, NULL) ==
          RVG_OK);
    atomic_fetch_add(&runs, 1);
    compare(kind, logits, batch * info.class_count);
  }
  rvg_session_destroy(session);
  free(input);
}

/* A session that all threads try to run: each gets the right bits, or is told to wait. */
static void use_shared(void) {
  const int64_t count = 3 * 32 * 32;
  static float reference[LOGITS];
  static atomic_int is_known;
  float input[3 * 32 * 32], logits[10];
  fill(input, count);
  const rvg_status status = rvg_session_run(shared_session, input, count, NULL, logits, 10, NULL);
  if (status == RVG_BUSY) {
    atomic_fetch_add(&busy, 1);
    return;
  }
  CHECK(status == RVG_OK);
  atomic_fetch_add(&runs, 1);
  pthread_mutex_lock(&first_lock);
  if (!atomic_exchange(&is_known, 1)) {
    memcpy(reference, logits, sizeof logits);
  } else if (memcmp(reference, logits, sizeof logits) != 0) {
    atomic_fetch_add(&differences, 1);
  }
  pthread_mutex_unlock(&first_lock);
}

static void *work(void *argument) {
  uint64_t state = 0x9e3779b97f4a7c15u * (uint64_t)(1 + *(const int *)argument);
  while (now() < end_time && failure_count == 0) {
    use(&state);
    use_shared();
  }
  return NULL;
}

static void work_until(double time) {
  pthread_t threads[THREADS];
  int numbers[THREADS];
  end_time = time;
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i + (int)atomic_load(&runs);
    if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0) abort();
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

/* A number of /proc/self/status, such as VmRSS in KiB. */
static long status_of(const char *field) {
  char line[256];
  long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, field, strlen(field)) == 0) value = strtol(line + strlen(field) + 1, NULL, 10);
  fclose(file);
  return value;
}

static int descriptor_count(void) {
  int count = 0;
  for (int i = 0; i < 4096; i++) count += lseek(i, 0, SEEK_CUR) != -1 || isatty(i);
  return count;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 3) return 64;
  fixtures = arguments[1];
  const double seconds = strtod(arguments[2], NULL), start = now();
  for (int i = 0; i < MODELS; i++) shared_models[i] = load(i);
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  options.threads = 2;
  CHECK(rvg_session_create(shared_models[0], 1, 32, 32, &options, &shared_session) == RVG_OK);
  /* The allocator's pools of each thread fill while it warms up. */
  work_until(start + seconds / 2);
  const long warm_memory = status_of("VmRSS"), warm_threads = status_of("Threads");
  const int warm_descriptors = descriptor_count();
  work_until(start + seconds);
  const long memory = status_of("VmRSS"), threads = status_of("Threads");
  const int descriptors = descriptor_count();
  rvg_session_destroy(shared_session);
  for (int i = 0; i < MODELS; i++) rvg_model_destroy(shared_models[i]);

  printf("%-34s %12s\n", "soak", "count");
  printf("%-34s %12.0f\n", "seconds", now() - start);
  printf("%-34s %12d\n", "threads of the caller", THREADS);
  printf("%-34s %12ld\n", "models loaded and destroyed", atomic_load(&loads));
  printf("%-34s %12ld\n", "sessions made and destroyed", atomic_load(&sessions));
  printf("%-34s %12ld\n", "runs", atomic_load(&runs));
  printf("%-34s %12ld\n", "runs refused as busy", atomic_load(&busy));
  printf("%-34s %12ld\n", "kinds of sessions", atomic_load(&kinds));
  printf("%-34s %12ld\n", "outputs of other bits", atomic_load(&differences));
  printf("%-34s %12ld\n", "resident KiB, half way", warm_memory);
  printf("%-34s %12ld\n", "resident KiB, at the end", memory);
  printf("%-34s %12d\n", "descriptors, half way", warm_descriptors);
  printf("%-34s %12d\n", "descriptors, at the end", descriptors);
  CHECK(atomic_load(&differences) == 0);
  CHECK(atomic_load(&runs) > 0 && atomic_load(&kinds) > 1);
  /* A twentieth and 4 MiB for the order in which threads happen to allocate. */
  CHECK(memory <= warm_memory + warm_memory / 20 + 4096);
  CHECK(threads == warm_threads && descriptors == warm_descriptors);
  printf("soak: %s\n", failure_count == 0 ? "passed" : "FAILED");
  return failure_count == 0 ? 0 : 1;
}
