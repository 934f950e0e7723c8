/* Threads: affinity, names, ids, parking on a word, and the pause of a spinning loop. */
#ifndef REPVGG_RVGK_THREAD_H
#define REPVGG_RVGK_THREAD_H

#include <stdint.h>

#include "rvgk_visibility.h"

/* How many CPUs the calling thread may run on: at least 1. */
RVGK_HIDDEN int rvgk_allowed_cpu_count(void);

/* Writes the numbers of the CPUs that the calling thread may run on, ascending, at most `capacity`
   of them; returns how many there are in all, or -1 where the mask cannot be read.
   `cpus` may be null where `capacity` is 0. */
RVGK_HIDDEN int rvgk_allowed_cpus(int *cpus, int capacity);

/* Lets the thread (an id from rvgk_thread_id; 0 is the calling one) run on one CPU only.
   Returns 0 or an errno value (EINVAL: no such CPU, or not one that the process may use). */
RVGK_HIDDEN int rvgk_pin_thread(int thread_id, int cpu);

/* Lets the thread run on these CPUs only; undoes a pin with the list of rvgk_allowed_cpus.
   Returns 0 or an errno value. */
RVGK_HIDDEN int rvgk_set_thread_affinity(int thread_id, const int *cpus, int count);

/* The CPU that the calling thread is on at this moment, or -1. */
RVGK_HIDDEN int rvgk_current_cpu(void);

/* The kernel's id of the calling thread. */
RVGK_HIDDEN int rvgk_thread_id(void);

/* Names the calling thread as debuggers and `top -H` show it; the kernel keeps 15 bytes, the rest
   is cut off. Returns 0 or an errno value. */
RVGK_HIDDEN int rvgk_set_thread_name(const char *name);

/* Parks the calling thread while `*word` equals `expected`, for `timeout_nanoseconds` at most
   (negative: without limit). Returns 0 when woken, EAGAIN when the word differed from the start,
   ETIMEDOUT, EINTR, or another errno value. Wake-ups may be spurious: read the word again.
   The word is private to the process and aligned to 4 bytes; the address of a Swift
   `Atomic<UInt32>` that does not move serves. */
RVGK_HIDDEN int rvgk_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds);

/* Wakes up to `count` threads parked on the word; returns how many, or a negated errno value. */
RVGK_HIDDEN int rvgk_futex_wake(uint32_t *word, int count);

/* Tells the CPU that a loop spins: spares its sibling and the memory bus. */
static inline void rvgk_cpu_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  /* `isb` waits some ten cycles; `yield` is a no-op on the server cores in use. */
  __asm__ __volatile__("isb" ::: "memory");
#else
  __asm__ __volatile__("" ::: "memory");
#endif
}

#endif
