/* Checks that name themselves where they fail and go on. */
#ifndef REPVGG_TEST_CHECK_H
#define REPVGG_TEST_CHECK_H

#include <repvgg.h>
#include <stdio.h>

static int failure_count = 0;

#define CHECK(condition)                                                               \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      failure_count++;                                                                 \
      fprintf(stderr, "%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition,  \
              rvg_last_error());                                                       \
    }                                                                                  \
  } while (0)

/* A call that must be refused with a status and a reason. */
#define REFUSED(status, call)                                                          \
  do {                                                                                 \
    CHECK((call) == (status));                                                         \
    CHECK(rvg_last_error()[0] != 0);                                                   \
  } while (0)

#endif
