/* What Swift needs from Linux and the CPU that the Glibc overlay does not import. */
#ifndef REPVGG_CPLATFORM_H
#define REPVGG_CPLATFORM_H

#include "rvgk_cache.h"
#include "rvgk_cpu.h"
#include "rvgk_cpu_quota.h"
#include "rvgk_floating_point.h"
#include "rvgk_memory_advice.h"
#include "rvgk_memory_file.h"
#include "rvgk_process.h"
#include "rvgk_thread.h"

#endif
