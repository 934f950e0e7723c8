#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_cache.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "small_file.h"

enum { kibibyte = 1024 };

static bool is_plausible(int64_t bytes, int64_t least, int64_t most) {
  return bytes >= least && bytes <= most;
}

static bool is_plausible_l1(int64_t bytes) {
  return is_plausible(bytes, 4 * kibibyte, 4096 * kibibyte);
}

static bool is_plausible_l2(int64_t bytes) {
  return is_plausible(bytes, 64 * kibibyte, 256 * (int64_t)kibibyte * kibibyte);
}

static bool is_plausible_l3(int64_t bytes) {
  return is_plausible(bytes, 256 * kibibyte, 16384 * (int64_t)kibibyte * kibibyte);
}

static bool is_plausible_line(int64_t bytes) {
  return is_plausible(bytes, 16, 1024) && (bytes & (bytes - 1)) == 0;
}

/* "48K", "2048K", "32M", "65536": bytes, or -1 where the text is something else. */
static int64_t parse_size(const char *text) {
  if (text[0] < '0' || text[0] > '9') return -1;
  char *end = NULL;
  long long number = strtoll(text, &end, 10);
  if (number < 0 || number > ((long long)1 << 40)) return -1;
  int64_t unit = 1;
  if (*end == 'K') {
    unit = kibibyte;
  } else if (*end == 'M') {
    unit = (int64_t)kibibyte * kibibyte;
  } else if (*end == 'G') {
    unit = (int64_t)kibibyte * kibibyte * kibibyte;
  } else if (*end != '\0' && *end != '\n') {
    return -1;
  }
  return (int64_t)number > ((int64_t)1 << 50) / unit ? -1 : (int64_t)number * unit;
}

/* How many CPUs a list such as "0-3,8,10-11" names; 0 where it is malformed. */
static int32_t count_cpu_list(const char *text) {
  int64_t count = 0;
  const char *cursor = text;
  while (*cursor >= '0' && *cursor <= '9') {
    char *end = NULL;
    long first = strtol(cursor, &end, 10);
    long last = first;
    if (*end == '-') {
      cursor = end + 1;
      if (*cursor < '0' || *cursor > '9') return 0;
      last = strtol(cursor, &end, 10);
    }
    if (last < first || last > 1000000) return 0;
    count += (int64_t)last - first + 1;
    if (*end != ',') return *end == '\0' || *end == '\n' ? (int32_t)count : 0;
    cursor = end + 1;
    if (count > 1000000) return 0;
  }
  return 0;
}

static bool read_attribute(
    const char *folder, int index, const char *name, char *text, size_t capacity) {
  char path[512];
  int length = snprintf(path, sizeof path, "%s/index%d/%s", folder, index, name);
  if (length < 0 || (size_t)length >= sizeof path) return false;
  return rvgk_read_small_file(path, text, capacity) > 0;
}

static void read_index(const char *folder, int index, rvgk_cache_sizes *sizes) {
  char level[32], type[32], size[32], line[32], shared[256];
  if (!read_attribute(folder, index, "level", level, sizeof level)) return;
  if (!read_attribute(folder, index, "type", type, sizeof type)) return;
  if (!read_attribute(folder, index, "size", size, sizeof size)) return;
  bool holds_data = strncmp(type, "Data", 4) == 0 || strncmp(type, "Unified", 7) == 0;
  bool holds_code = strncmp(type, "Instruction", 11) == 0;
  int64_t bytes = parse_size(size);
  int32_t sharing = 0;
  if (read_attribute(folder, index, "shared_cpu_list", shared, sizeof shared)) {
    sharing = count_cpu_list(shared);
  }
  if (level[0] == '1' && holds_data && is_plausible_l1(bytes)) {
    sizes->l1d_bytes = bytes;
    sizes->l1d_known = true;
    if (read_attribute(folder, index, "coherency_line_size", line, sizeof line)) {
      int64_t line_bytes = parse_size(line);
      if (is_plausible_line(line_bytes)) {
        sizes->line_bytes = line_bytes;
        sizes->line_known = true;
      }
    }
  } else if (level[0] == '1' && holds_code && is_plausible_l1(bytes)) {
    sizes->l1i_bytes = bytes;
    sizes->l1i_known = true;
  } else if (level[0] == '2' && holds_data && is_plausible_l2(bytes)) {
    sizes->l2_bytes = bytes;
    sizes->l2_sharing = sharing;
    sizes->l2_known = true;
  } else if (level[0] == '3' && holds_data && is_plausible_l3(bytes)) {
    sizes->l3_bytes = bytes;
    sizes->l3_sharing = sharing;
    sizes->l3_known = true;
  }
}

static rvgk_cache_sizes guessed_sizes(void) {
  rvgk_cache_sizes sizes;
  memset(&sizes, 0, sizeof sizes);
  sizes.l1d_bytes = 32 * kibibyte;
  sizes.l1i_bytes = 32 * kibibyte;
  sizes.l2_bytes = 512 * kibibyte;
  sizes.l3_bytes = 0;
  sizes.line_bytes = 64;
  return sizes;
}

rvgk_cache_sizes rvgk_read_cache_sizes_in(const char *cache_folder) {
  rvgk_cache_sizes sizes = guessed_sizes();
  if (cache_folder == NULL) return sizes;
  /* Numbers are dense; eight leaves room beyond the four or five in use. */
  for (int index = 0; index < 8; ++index) read_index(cache_folder, index, &sizes);
  return sizes;
}

/* Fills what sysfs did not say; 0 from sysconf means that the C library does not know either. */
static void fill_from_sysconf(rvgk_cache_sizes *sizes) {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  long l1d = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  if (!sizes->l1d_known && is_plausible_l1(l1d)) {
    sizes->l1d_bytes = l1d;
    sizes->l1d_known = true;
  }
  long l1i = sysconf(_SC_LEVEL1_ICACHE_SIZE);
  if (!sizes->l1i_known && is_plausible_l1(l1i)) {
    sizes->l1i_bytes = l1i;
    sizes->l1i_known = true;
  }
  long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (!sizes->l2_known && is_plausible_l2(l2)) {
    sizes->l2_bytes = l2;
    sizes->l2_known = true;
  }
  long l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (!sizes->l3_known && is_plausible_l3(l3)) {
    sizes->l3_bytes = l3;
    sizes->l3_known = true;
  }
  long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
  if (!sizes->line_known && is_plausible_line(line)) {
    sizes->line_bytes = line;
    sizes->line_known = true;
  }
#else
  (void)sizes;
#endif
}

rvgk_cache_sizes rvgk_read_cache_sizes(void) {
  int cpu = sched_getcpu();
  char folder[96];
  snprintf(folder, sizeof folder, "/sys/devices/system/cpu/cpu%d/cache", cpu < 0 ? 0 : cpu);
  rvgk_cache_sizes sizes = rvgk_read_cache_sizes_in(folder);
  fill_from_sysconf(&sizes);
  return sizes;
}
