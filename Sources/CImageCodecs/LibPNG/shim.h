/* libpng's reading and writing interface. */
#ifndef REPVGG_CLIBPNG_SHIM_H
#define REPVGG_CLIBPNG_SHIM_H

#include <png.h>

#endif
