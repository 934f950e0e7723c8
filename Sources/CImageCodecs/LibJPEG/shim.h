/* libjpeg's interface as libjpeg-turbo provides it; the header needs these two before it. */
#ifndef REPVGG_CLIBJPEG_SHIM_H
#define REPVGG_CLIBJPEG_SHIM_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#endif
