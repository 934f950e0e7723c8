/* WebP through libwebp; of an animation, the first frame on its canvas. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "codec.h"

typedef struct {
  const uint8_t *data;
  size_t count;
  size_t width;
  size_t height;
  int animated;
} webp_state;

static rvgk_image_status translate(VP8StatusCode code, char *message) {
  switch (code) {
    case VP8_STATUS_OK: return RVGK_IMAGE_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return RVGK_IMAGE_OUT_OF_MEMORY;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      rvgk_image_set_message(message, "the file ends before the image does");
      return RVGK_IMAGE_TRUNCATED;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      rvgk_image_set_message(message, "WebP feature that libwebp does not know");
      return RVGK_IMAGE_UNSUPPORTED;
    default:
      rvgk_image_set_message(message, "corrupt WebP data");
      return RVGK_IMAGE_CORRUPT;
  }
}

static rvgk_image_status webp_open(
    const uint8_t *data, size_t count, void **opaque, size_t *width, size_t *height,
    char *message) {
  WebPBitstreamFeatures features;
  const rvgk_image_status status = translate(WebPGetFeatures(data, count, &features), message);
  if (status != RVGK_IMAGE_OK) return status;
  if (features.width <= 0 || features.height <= 0) {
    rvgk_image_set_message(message, "WebP without pixels");
    return RVGK_IMAGE_CORRUPT;
  }
  webp_state *state = calloc(1, sizeof *state);
  if (state == NULL) return RVGK_IMAGE_OUT_OF_MEMORY;
  state->data = data;
  state->count = count;
  state->width = (size_t)features.width;
  state->height = (size_t)features.height;
  state->animated = features.has_animation;
  *width = state->width;
  *height = state->height;
  *opaque = state;
  return RVGK_IMAGE_OK;
}

static rvgk_image_status read_first_frame(
    const webp_state *state, uint8_t *pixels, char *message) {
  const WebPData file = {state->data, state->count};
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) return RVGK_IMAGE_UNSUPPORTED;
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  WebPAnimDecoder *decoder = WebPAnimDecoderNew(&file, &options);
  WebPAnimInfo info;
  uint8_t *canvas = NULL;
  int timestamp = 0;
  const int decoded =
      decoder != NULL && WebPAnimDecoderGetInfo(decoder, &info) &&
      info.canvas_width == state->width && info.canvas_height == state->height &&
      WebPAnimDecoderGetNext(decoder, &canvas, &timestamp);
  if (decoded) {
    const size_t count = state->width * state->height;
    for (size_t i = 0; i < count; i++) memcpy(pixels + 3 * i, canvas + 4 * i, 3);
  } else {
    rvgk_image_set_message(message, "corrupt or truncated WebP animation");
  }
  WebPAnimDecoderDelete(decoder);
  return decoded ? RVGK_IMAGE_OK : RVGK_IMAGE_CORRUPT;
}

static rvgk_image_status webp_read(void *opaque, uint8_t *pixels, char *message) {
  const webp_state *state = opaque;
  if (state->animated) return read_first_frame(state, pixels, message);
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return RVGK_IMAGE_UNSUPPORTED;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)(3 * state->width);
  config.output.u.RGBA.size = 3 * state->width * state->height;
  const VP8StatusCode code = WebPDecode(state->data, state->count, &config);
  WebPFreeDecBuffer(&config.output);
  return translate(code, message);
}

static void webp_close(void *opaque) { free(opaque); }

const rvgk_codec rvgk_codec_webp = {webp_open, webp_read, webp_close};
