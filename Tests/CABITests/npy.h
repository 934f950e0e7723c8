/* Reads the little-endian Float32 and Float64 arrays of the fixtures, as Float32. */
#ifndef REPVGG_TEST_NPY_H
#define REPVGG_TEST_NPY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NPY_RANK_LIMIT = 8 };

typedef struct {
  int64_t shape[NPY_RANK_LIMIT];
  int64_t rank;
  int64_t count;
  float *values;
} npy_array;

static npy_array read_npy(const char *folder, const char *name) {
  char path[4096];
  char header[512] = {0};
  unsigned char start[10];
  npy_array array = {{1, 1, 1, 1, 1, 1, 1, 1}, 0, 1, NULL};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(start, 1, 10, file) != 10) abort();
  size_t length = start[8] + 256u * start[9];
  if (length >= sizeof header || fread(header, 1, length, file) != length) abort();
  const char *next = strchr(header, '(');
  if (next == NULL) abort();
  next++;
  for (int i = 0; i < NPY_RANK_LIMIT && *next != ')'; i++) {
    array.shape[i] = strtoll(next, (char **)&next, 10);
    array.count *= array.shape[i];
    array.rank++;
    while (*next == ',' || *next == ' ') next++;
  }
  array.values = (float *)malloc((size_t)array.count * sizeof(float));
  if (array.values == NULL) abort();
  for (int64_t i = 0; i < array.count; i++) {
    double wide = 0;
    if (strstr(header, "<f8") != NULL) {
      if (fread(&wide, sizeof wide, 1, file) != 1) abort();
      array.values[i] = (float)wide;
    } else if (fread(&array.values[i], sizeof(float), 1, file) != 1) {
      abort();
    }
  }
  fclose(file);
  return array;
}

#endif
