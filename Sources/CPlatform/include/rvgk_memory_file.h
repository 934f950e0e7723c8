/* Files in memory that have no name. */
#ifndef REPVGG_RVGK_MEMORY_FILE_H
#define REPVGG_RVGK_MEMORY_FILE_H

#include "rvgk_visibility.h"

/* A descriptor of a new, empty file in memory, closed on exec; -1 with errno where there is none. */
RVGK_HIDDEN int rvgk_memory_file(void);

#endif
