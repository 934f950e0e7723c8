#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rvgk_memory_file.h"

#include <sys/mman.h>

int rvgk_memory_file(void) { return memfd_create("repvgg", MFD_CLOEXEC); }
