/* Reading the small text files of /proc and /sys without allocating. */
#ifndef REPVGG_RVGK_SMALL_FILE_H
#define REPVGG_RVGK_SMALL_FILE_H

#include <stddef.h>

#include "include/rvgk_visibility.h"

/* Reads at most `capacity - 1` bytes and ends them with a zero; returns how many, or -1 with errno
   set where the file cannot be opened or read. */
RVGK_HIDDEN long rvgk_read_small_file(const char *path, char *text, size_t capacity);

#endif
