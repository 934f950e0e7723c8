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

/* Decodes RGB to where the pixels of a canvas begin that is `width` pixels wide. */
static rvgk_image_status decode(
    const uint8_t *data, size_t count, uint8_t *pixels, size_t byte_count, size_t width,
    char *message) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return RVGK_IMAGE_UNSUPPORTED;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)(3 * width);
  config.output.u.RGBA.size = byte_count;
  const VP8StatusCode code = WebPDecode(data, count, &config);
  WebPFreeDecBuffer(&config.output);
  return translate(code, message);
}

/* The first frame lies on a canvas of transparent black. It goes there at once: libwebp's decoder of
 * animations would keep two more canvases, of four bytes a pixel each. */
static rvgk_image_status read_first_frame(
    const webp_state *state, uint8_t *pixels, char *message) {
  const WebPData file = {state->data, state->count};
  WebPDemuxer *demuxer = WebPDemux(&file);
  WebPIterator frame;
  memset(&frame, 0, sizeof frame);
  rvgk_image_status status = RVGK_IMAGE_CORRUPT;
  rvgk_image_set_message(message, "corrupt or truncated WebP animation");
  if (demuxer != NULL && WebPDemuxGetFrame(demuxer, 1, &frame) && frame.complete &&
      WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) == state->width &&
      WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) == state->height &&
      frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width > 0 && frame.height > 0 &&
      (size_t)frame.x_offset + (size_t)frame.width <= state->width &&
      (size_t)frame.y_offset + (size_t)frame.height <= state->height) {
    const size_t byte_count = 3 * state->width * state->height;
    const size_t offset =
        3 * ((size_t)frame.y_offset * state->width + (size_t)frame.x_offset);
    memset(pixels, 0, byte_count);
    message[0] = '\0';
    status = decode(
        frame.fragment.bytes, frame.fragment.size, pixels + offset, byte_count - offset,
        state->width, message);
  }
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  return status;
}

static rvgk_image_status webp_read(void *opaque, uint8_t *pixels, char *message) {
  const webp_state *state = opaque;
  if (state->animated) return read_first_frame(state, pixels, message);
  return decode(
      state->data, state->count, pixels, 3 * state->width * state->height, state->width, message);
}

static void webp_close(void *opaque) { free(opaque); }

const rvgk_codec rvgk_codec_webp = {webp_open, webp_read, webp_close};
