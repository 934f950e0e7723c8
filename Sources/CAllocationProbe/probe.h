/* Between the counting and the interposed functions. */
#ifndef REPVGG_RVGK_PROBE_INTERNAL_H
#define REPVGG_RVGK_PROBE_INTERNAL_H

#include <stddef.h>

/* Sanitizers replace the allocator themselves, and only glibc offers the names behind its own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer) || __has_feature(leak_sanitizer) ||    \
    __has_feature(hwaddress_sanitizer)
#define RVGK_PROBE_STEPS_ASIDE 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RVGK_PROBE_STEPS_ASIDE 1
#endif

#include <stdlib.h>

#if defined(__GLIBC__) && !defined(RVGK_PROBE_STEPS_ASIDE)
#define RVGK_PROBE_INTERPOSES 1
#else
#define RVGK_PROBE_INTERPOSES 0
#endif

#define RVGK_PROBE_HIDDEN __attribute__((visibility("hidden")))

RVGK_PROBE_HIDDEN void rvgk_probe_count_allocation(size_t byte_count);
RVGK_PROBE_HIDDEN void rvgk_probe_count_free(void);
RVGK_PROBE_HIDDEN void rvgk_probe_count_mapping(size_t byte_count);

#endif
