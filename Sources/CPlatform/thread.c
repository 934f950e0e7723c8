#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Masks are sized for this many CPUs: the kernel refuses a mask smaller than its own, whose largest
   build-time value is 8192. The mask then takes 1 KiB of stack. */
enum { mask_cpu_capacity = 8192 };

typedef union {
  cpu_set_t set;
  unsigned char bytes[mask_cpu_capacity / CHAR_BIT];
} cpu_mask;

static const size_t mask_size = sizeof(cpu_mask);

int rvgk_allowed_cpus(int *cpus, int capacity) {
  cpu_mask mask;
  memset(&mask, 0, sizeof mask);
  if (sched_getaffinity(0, mask_size, &mask.set) != 0) return -1;
  int found = 0;
  for (int cpu = 0; cpu < mask_cpu_capacity; ++cpu) {
    if (!CPU_ISSET_S(cpu, mask_size, &mask.set)) continue;
    if (found < capacity) cpus[found] = cpu;
    ++found;
  }
  return found;
}

int rvgk_allowed_cpu_count(void) {
  int count = rvgk_allowed_cpus(NULL, 0);
  if (count > 0) return count;
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  if (online < 1) return 1;
  return online > mask_cpu_capacity ? mask_cpu_capacity : (int)online;
}

int rvgk_set_thread_affinity(int thread_id, const int *cpus, int count) {
  if (cpus == NULL || count < 1) return EINVAL;
  cpu_mask mask;
  memset(&mask, 0, sizeof mask);
  for (int i = 0; i < count; ++i) {
    if (cpus[i] < 0 || cpus[i] >= mask_cpu_capacity) return EINVAL;
    CPU_SET_S((size_t)cpus[i], mask_size, &mask.set);
  }
  return sched_setaffinity(thread_id, mask_size, &mask.set) == 0 ? 0 : errno;
}

int rvgk_pin_thread(int thread_id, int cpu) { return rvgk_set_thread_affinity(thread_id, &cpu, 1); }

int rvgk_current_cpu(void) { return sched_getcpu(); }

int rvgk_thread_id(void) { return (int)syscall(SYS_gettid); }

int rvgk_set_thread_name(const char *name) {
  if (name == NULL) return EINVAL;
  char kept[16];
  size_t length = strnlen(name, sizeof kept - 1);
  memcpy(kept, name, length);
  kept[length] = '\0';
  return pthread_setname_np(pthread_self(), kept);
}

int rvgk_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds) {
  struct timespec timeout;
  struct timespec *limit = NULL;
  if (timeout_nanoseconds >= 0) {
    timeout.tv_sec = (time_t)(timeout_nanoseconds / 1000000000);
    timeout.tv_nsec = (long)(timeout_nanoseconds % 1000000000);
    limit = &timeout;
  }
  long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit, NULL, 0);
  return result == 0 ? 0 : errno;
}

int rvgk_futex_wake(uint32_t *word, int count) {
  long result = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
  return result >= 0 ? (int)result : -errno;
}
