/* How the process ends where a caller has broken a kernel's contract: loudly, before anything is
   read or written that is not there. */
#include <stdio.h>
#include <stdlib.h>

#include "levels.h"

void rvgk_broken_contract(const char *kernel, const char *reason) {
  fprintf(stderr, "repvgg: internal error: %s: %s\n", kernel, reason);
  abort();
}
