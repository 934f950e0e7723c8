/* Reads the little-endian Float32 arrays of the fixtures. */
#ifndef REPVGG_TEST_NPY_H
#define REPVGG_TEST_NPY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int64_t shape[4];
  int64_t count;
  float *values;
} npy_array;

static npy_array read_npy(const char *folder, const char *name) {
  char path[4096];
  char header[512] = {0};
  unsigned char start[10];
  npy_array array = {{1, 1, 1, 1}, 1, NULL};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(start, 1, 10, file) != 10) abort();
  size_t length = start[8] + 256u * start[9];
  if (length >= sizeof header || fread(header, 1, length, file) != length) abort();
  const char *next = strchr(header, '(');
  if (next == NULL) abort();
  next++;
  for (int i = 0; i < 4 && *next != ')'; i++) {
    array.shape[i] = strtoll(next, (char **)&next, 10);
    array.count *= array.shape[i];
    while (*next == ',' || *next == ' ') next++;
  }
  array.values = (float *)malloc((size_t)array.count * sizeof(float));
  if (array.values == NULL ||
      fread(array.values, sizeof(float), (size_t)array.count, file) != (size_t)array.count)
    abort();
  fclose(file);
  return array;
}

#endif
