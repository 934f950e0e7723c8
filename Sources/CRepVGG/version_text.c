#include "rvgk_version_text.h"

#include "repvgg.h"

const char *rvgk_version_text(void) { return RVG_VERSION_STRING; }
