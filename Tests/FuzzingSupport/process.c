#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "fuzzing_support.h"

int rvgk_fuzz_memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }

void rvgk_fuzz_report(const char *message) { fputs(message, stderr); }
