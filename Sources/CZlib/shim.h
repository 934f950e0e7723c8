/* zlib, as Debian's zlib1g-dev installs it. */
#ifndef REPVGG_CZLIB_SHIM_H
#define REPVGG_CZLIB_SHIM_H
#include <zlib.h>
#endif
