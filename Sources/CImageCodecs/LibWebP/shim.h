/* libwebp's decoder, and its container parser for animated files. */
#ifndef REPVGG_CLIBWEBP_SHIM_H
#define REPVGG_CLIBWEBP_SHIM_H

#include <webp/decode.h>
#include <webp/demux.h>

#endif
