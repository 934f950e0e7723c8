/* Sizes of the data caches. */
#ifndef REPVGG_RVGK_CACHE_H
#define REPVGG_RVGK_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "rvgk_visibility.h"

/* Sizes in bytes. `*_known` is false where neither sysfs nor sysconf said, and the size is then a
   cautious guess that suits any current server core (32 KiB, 32 KiB, 512 KiB, 0, 64).
   `l3_bytes` is 0 where there is no third level. `*_sharing` is how many logical CPUs share the
   cache, 0 where unknown. */
typedef struct {
  int64_t l1d_bytes;
  int64_t l1i_bytes;
  int64_t l2_bytes;
  int64_t l3_bytes;
  int64_t line_bytes;
  int32_t l2_sharing;
  int32_t l3_sharing;
  bool l1d_known;
  bool l1i_known;
  bool l2_known;
  bool l3_known;
  bool line_known;
} rvgk_cache_sizes;

/* The caches of the CPU that the calling thread is on: sysfs, then sysconf, then the guess. */
RVGK_HIDDEN rvgk_cache_sizes rvgk_read_cache_sizes(void);

/* The same from a folder laid out as /sys/devices/system/cpu/cpu0/cache, and nothing else:
   what is missing, malformed or out of a plausible range keeps the guess. */
RVGK_HIDDEN rvgk_cache_sizes rvgk_read_cache_sizes_in(const char *cache_folder);

#endif
