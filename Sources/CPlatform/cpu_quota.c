/* Quotas of control groups: Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of
   the kernel. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_cpu_quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "small_file.h"

enum { path_capacity = 2 * PATH_MAX };

/* What is looked for, and the least that was found. */
typedef struct {
  const char *root;
  /* The process's group below the hierarchy's root, such as "/a/b". */
  char unified[PATH_MAX];
  char legacy[PATH_MAX];
  bool has_unified, has_legacy;
  int64_t least;
} quota_search;

static void take(quota_search *search, const char *quota_text, const char *period_text) {
  int64_t quota = strtoll(quota_text, NULL, 10), period = strtoll(period_text, NULL, 10);
  /* "max" and -1 are no limit; what no kernel writes is none either. */
  if (quota <= 0 || period <= 0 || quota > (int64_t)1 << 50 || period > (int64_t)1 << 50) return;
  int64_t cpus = (quota + period - 1) / period;
  if (search->least == 0 || cpus < search->least) search->least = cpus;
}

static bool read_attribute(const char *group, const char *name, char *text, size_t capacity) {
  char path[path_capacity];
  int length = snprintf(path, sizeof path, "%s/%s", group, name);
  return length > 0 && (size_t)length < sizeof path &&
         rvgk_read_small_file(path, text, capacity) > 0;
}

static void take_group(quota_search *search, const char *group, bool is_unified) {
  char first[64], second[64];
  if (is_unified) {
    if (!read_attribute(group, "cpu.max", first, sizeof first)) return;
    char *space = strchr(first, ' ');
    if (space != NULL) take(search, first, space + 1);
  } else if (read_attribute(group, "cpu.cfs_quota_us", first, sizeof first) &&
             read_attribute(group, "cpu.cfs_period_us", second, sizeof second)) {
    take(search, first, second);
  }
}

/* The groups from the process's own up to the one that is mounted. */
static void take_groups(
    quota_search *search, const char *mount_point, const char *mounted, const char *own,
    bool is_unified) {
  /* Where the mount shows a part of the hierarchy, its path starts the process's. */
  size_t shared = strcmp(mounted, "/") == 0 ? 0 : strlen(mounted);
  const char *below = "";
  if (strncmp(own, mounted, shared) == 0 && (own[shared] == '/' || own[shared] == '\0')) {
    below = own + shared;
  }
  /* Outside of the process's namespace: only what is mounted can be seen. */
  if (strstr(below, "/..") != NULL) below = "";
  char group[path_capacity];
  int length = snprintf(group, sizeof group, "%s%s%s", search->root, mount_point, below);
  if (length < 0 || (size_t)length >= sizeof group) return;
  size_t shortest = strlen(search->root) + strlen(mount_point);
  for (;;) {
    take_group(search, group, is_unified);
    char *end = strrchr(group, '/');
    if (end == NULL || (size_t)(end - group) < shortest) return;
    *end = '\0';
  }
}

/* Whether a list such as "cpu,cpuacct" holds a word. */
static bool holds_word(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *next = list; next != NULL; next = strchr(next, ',')) {
    if (*next == ',') ++next;
    if (strncmp(next, word, length) == 0 && (next[length] == ',' || next[length] == '\0')) {
      return true;
    }
  }
  return false;
}

/* A line of /proc/self/cgroup: "0::/path" or "4:cpu,cpuacct:/path". */
static void read_group_line(quota_search *search, char *line) {
  char *controllers = strchr(line, ':');
  char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
  if (path == NULL || strlen(path + 1) >= PATH_MAX) return;
  *path++ = '\0';
  ++controllers;
  if (*controllers == '\0') {
    strcpy(search->unified, path);
    search->has_unified = true;
  } else if (holds_word(controllers, "cpu")) {
    strcpy(search->legacy, path);
    search->has_legacy = true;
  }
}

/* Blanks and backslashes stand as three octal digits. */
static void decode_octal(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; ++to) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
        from[3] >= '0' && from[3] <= '7') {
      *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
}

/* A line of /proc/self/mountinfo:
   "36 35 0:31 ROOT MOUNT_POINT options [tags] - cgroup2 source super,options". */
static void read_mount_line(quota_search *search, char *line) {
  char *fields[5], *rest = line;
  for (int index = 0; index < 5; ++index) {
    fields[index] = strsep(&rest, " ");
    if (fields[index] == NULL || rest == NULL) return;
  }
  char *type = strstr(rest, " - ");
  if (type == NULL) return;
  char *after = type + 3;
  type = strsep(&after, " ");
  if (after == NULL) return;
  strsep(&after, " ");
  decode_octal(fields[3]);
  decode_octal(fields[4]);
  if (search->has_unified && strcmp(type, "cgroup2") == 0) {
    take_groups(search, fields[4], fields[3], search->unified, true);
  } else if (search->has_legacy && strcmp(type, "cgroup") == 0 && after != NULL &&
             holds_word(after, "cpu")) {
    take_groups(search, fields[4], fields[3], search->legacy, false);
  }
}

static void read_lines(
    quota_search *search, const char *name, void (*read_line)(quota_search *, char *)) {
  char path[path_capacity];
  int length = snprintf(path, sizeof path, "%s%s", search->root, name);
  if (length < 0 || (size_t)length >= sizeof path) return;
  FILE *file = fopen(path, "re");
  if (file == NULL) return;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t count;
  while ((count = getline(&line, &capacity, file)) > 0) {
    if (line[count - 1] == '\n') line[count - 1] = '\0';
    read_line(search, line);
  }
  free(line);
  fclose(file);
}

int rvgk_read_cpu_quota_in(const char *root) {
  quota_search search;
  memset(&search, 0, sizeof search);
  search.root = root;
  read_lines(&search, "/proc/self/cgroup", read_group_line);
  if (search.has_unified || search.has_legacy) {
    read_lines(&search, "/proc/self/mountinfo", read_mount_line);
  } else {
    /* No /proc: a container's own group is mounted at the usual place. */
    take_groups(&search, "/sys/fs/cgroup", "/", "/", true);
    take_groups(&search, "/sys/fs/cgroup/cpu", "/", "/", false);
  }
  return search.least > INT_MAX ? INT_MAX : (int)search.least;
}
