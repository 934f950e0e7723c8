#include "CBuildInfo.h"

/* The manifest passes the commit. */
#ifndef REPVGG_COMMIT
#define REPVGG_COMMIT "unknown"
#endif

const char *rvgk_build_commit(void) { return REPVGG_COMMIT; }
