#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_process.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "small_file.h"

/* The value of a line "<key>:   <number> kB" in bytes, or -1. */
static int64_t find_kibibytes(const char *text, const char *key) {
  size_t key_length = strlen(key);
  const char *line = text;
  while (line != NULL && *line != '\0') {
    if (strncmp(line, key, key_length) == 0 && line[key_length] == ':') {
      const char *cursor = line + key_length + 1;
      while (*cursor == ' ' || *cursor == '\t') ++cursor;
      if (*cursor < '0' || *cursor > '9') return -1;
      errno = 0;
      char *end = NULL;
      long long number = strtoll(cursor, &end, 10);
      if (errno != 0 || number > INT64_MAX / 1024 || strncmp(end, " kB", 3) != 0) return -1;
      return (int64_t)number * 1024;
    }
    line = strchr(line, '\n');
    if (line != NULL) ++line;
  }
  return -1;
}

rvgk_process_memory rvgk_read_process_memory_in(const char *path) {
  rvgk_process_memory memory = {-1, -1};
  /* The Vm lines stand within the first kilobyte, after Groups, which may be long. */
  char text[16384];
  if (path == NULL || rvgk_read_small_file(path, text, sizeof text) <= 0) return memory;
  memory.peak_resident_bytes = find_kibibytes(text, "VmHWM");
  memory.resident_bytes = find_kibibytes(text, "VmRSS");
  return memory;
}

rvgk_process_memory rvgk_read_process_memory(void) {
  return rvgk_read_process_memory_in("/proc/self/status");
}

int rvgk_reset_peak_resident(void) {
  int descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int result = write(descriptor, "5", 1) == 1 ? 0 : (errno != 0 ? errno : EIO);
  close(descriptor);
  return result;
}

static int64_t nanoseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

rvgk_resource_usage rvgk_read_resource_usage(rvgk_usage_scope scope) {
  rvgk_resource_usage usage;
  memset(&usage, 0, sizeof usage);
  struct rusage raw;
  memset(&raw, 0, sizeof raw);
  int result = -1;
  switch (scope) {
    case RVGK_USAGE_PROCESS: result = getrusage(RUSAGE_SELF, &raw); break;
    case RVGK_USAGE_THREAD: result = getrusage(RUSAGE_THREAD, &raw); break;
    case RVGK_USAGE_CHILDREN: result = getrusage(RUSAGE_CHILDREN, &raw); break;
  }
  if (result != 0) return usage;
  usage.user_nanoseconds = nanoseconds(raw.ru_utime);
  usage.system_nanoseconds = nanoseconds(raw.ru_stime);
  usage.peak_resident_bytes = (int64_t)raw.ru_maxrss * 1024;
  usage.minor_faults = raw.ru_minflt;
  usage.major_faults = raw.ru_majflt;
  usage.voluntary_switches = raw.ru_nvcsw;
  usage.involuntary_switches = raw.ru_nivcsw;
  return usage;
}

char *const *rvgk_environment(void) { return environ; }

static int argument_count;
static char **arguments;

/* glibc gives constructors what it gives main. */
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
#if defined(__GLIBC__)
  argument_count = count;
  arguments = values;
#else
  (void)count;
  (void)values;
#endif
}

int rvgk_argument_count(void) { return argument_count; }

const char *rvgk_argument(int index) {
  return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

int rvgk_make_pipe(int32_t *read_end, int32_t *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

void *rvgk_find_symbol(const char *name) { return name == NULL ? NULL : dlsym(RTLD_DEFAULT, name); }
