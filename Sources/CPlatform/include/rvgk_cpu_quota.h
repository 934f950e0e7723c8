/* How much of the CPUs the control groups of a process let it use. */
#ifndef REPVGG_RVGK_CPU_QUOTA_H
#define REPVGG_RVGK_CPU_QUOTA_H

#include "rvgk_visibility.h"

/* The CPUs' worth of time that the process may use, the least of its control group and all groups
   above it, versions 1 and 2 of the interface, rounded up to whole CPUs; 0 where nothing limits it.
   `root` stands before /proc and /sys: "" for the system's own. */
RVGK_HIDDEN int rvgk_read_cpu_quota_in(const char *root);

#endif
