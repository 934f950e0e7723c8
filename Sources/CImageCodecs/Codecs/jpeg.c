/* JPEG through libjpeg's interface, with the settings and the tolerance that Pillow has.
 *
 * Defaults stay (exact integer DCT, smooth chroma upsampling). Warnings about damaged data are
 * noted and tolerated; input that ends before the last row is an error. */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "codec.h"

/* A progressive file may repeat scans without end, each of them a pass over all coefficients;
 * real encoders write about ten. */
enum { MAXIMUM_SCANS = 500 };

typedef struct {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  int out_of_memory;
  int ran_dry;
  char *message;
  char warning[RVGK_IMAGE_MESSAGE_BYTES];
} jpeg_state;

_Static_assert(JMSG_LENGTH_MAX <= RVGK_IMAGE_MESSAGE_BYTES, "libjpeg's messages have to fit");

static void fail(j_common_ptr info) {
  jpeg_state *state = info->client_data;
  info->err->format_message(info, state->message);
  /* The error numbers are in no public header, so the text decides. */
  state->out_of_memory = strstr(state->message, "nsufficient memory") != NULL;
  longjmp(state->failed, 1);
}

static void note_message(j_common_ptr info, int level) {
  jpeg_state *state = info->client_data;
  if (level >= 0) return;
  if (info->err->num_warnings++ == 0) info->err->format_message(info, state->warning);
}

static void discard_message(j_common_ptr info) { (void)info; }

static void nothing(j_decompress_ptr info) { (void)info; }

/* All input is there from the beginning, so asking for more means that it ends too early. */
static boolean run_dry(j_decompress_ptr info) {
  jpeg_state *state = info->client_data;
  state->ran_dry = 1;
  return FALSE;
}

static void skip_input(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  struct jpeg_source_mgr *source = info->src;
  const size_t skipped =
      (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
  source->next_input_byte += skipped;
  source->bytes_in_buffer -= skipped;
}

static void limit_scans(j_common_ptr info) {
  jpeg_state *state = info->client_data;
  if (state->info.input_scan_number > MAXIMUM_SCANS) {
    rvgk_image_set_message(state->message, "too many progressive scans");
    longjmp(state->failed, 1);
  }
}

static rvgk_image_status truncated(char *message) {
  rvgk_image_set_message(message, "the file ends before the image does");
  return RVGK_IMAGE_TRUNCATED;
}

static rvgk_image_status failure(const jpeg_state *state) {
  return state->out_of_memory ? RVGK_IMAGE_OUT_OF_MEMORY : RVGK_IMAGE_CORRUPT;
}

static void jpeg_close(void *opaque) {
  jpeg_state *state = opaque;
  jpeg_destroy_decompress(&state->info);
  free(state);
}

/* Reads up to the first scan, and chooses the colours that Pillow asks for. */
static rvgk_image_status read_header(jpeg_state *state, const uint8_t *data, size_t count) {
  if (setjmp(state->failed)) return failure(state);
  jpeg_create_decompress(&state->info);
  state->source.init_source = nothing;
  state->source.fill_input_buffer = run_dry;
  state->source.skip_input_data = skip_input;
  state->source.resync_to_restart = jpeg_resync_to_restart;
  state->source.term_source = nothing;
  state->source.next_input_byte = data;
  state->source.bytes_in_buffer = count;
  state->info.src = &state->source;
  state->progress.progress_monitor = limit_scans;
  state->info.progress = &state->progress;

  int found;
  do {
    found = jpeg_read_header(&state->info, FALSE);
  } while (found == JPEG_HEADER_TABLES_ONLY);
  if (found == JPEG_SUSPENDED) return truncated(state->message);

  switch (state->info.num_components) {
    case 1: state->info.out_color_space = JCS_GRAYSCALE; break;
    case 3: state->info.out_color_space = JCS_RGB; break;
    case 4: state->info.out_color_space = JCS_CMYK; break;
    default:
      snprintf(
          state->message, RVGK_IMAGE_MESSAGE_BYTES, "JPEG of %d components",
          state->info.num_components);
      return RVGK_IMAGE_UNSUPPORTED;
  }
  return RVGK_IMAGE_OK;
}

static rvgk_image_status jpeg_open(
    const uint8_t *data, size_t count, void **opaque, size_t *width, size_t *height,
    char *message) {
  jpeg_state *state = calloc(1, sizeof *state);
  if (state == NULL) return RVGK_IMAGE_OUT_OF_MEMORY;
  state->message = message;
  state->info.err = jpeg_std_error(&state->errors);
  state->errors.error_exit = fail;
  state->errors.emit_message = note_message;
  state->errors.output_message = discard_message;
  state->info.client_data = state;

  const rvgk_image_status status = read_header(state, data, count);
  if (status != RVGK_IMAGE_OK) {
    jpeg_close(state);
    return status;
  }
  *width = state->info.image_width;
  *height = state->info.image_height;
  *opaque = state;
  return RVGK_IMAGE_OK;
}

static void expand_grey(const uint8_t *row, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++) {
    rgb[3 * x] = rgb[3 * x + 1] = rgb[3 * x + 2] = row[x];
  }
}

/* Pillow takes every CMYK file for an inverted one, as Adobe writes them: a level is the amount of
 * ink that is missing. */
static void convert_inverted_cmyk(const uint8_t *row, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++) {
    const int light = row[4 * x + 3];
    for (int c = 0; c < 3; c++) {
      const int ink = 255 - row[4 * x + c];
      rgb[3 * x + c] = (uint8_t)(light - rvgk_multiply_levels(ink, light));
    }
  }
}

static rvgk_image_status jpeg_read(void *opaque, uint8_t *pixels, char *message) {
  jpeg_state *state = opaque;
  j_decompress_ptr info = &state->info;
  state->message = message;
  if (setjmp(state->failed)) return failure(state);

  if (!jpeg_start_decompress(info)) return truncated(message);
  const size_t width = info->output_width;
  const int direct = info->output_components == 3;
  JSAMPARRAY row = NULL;
  if (!direct) {
    row = info->mem->alloc_sarray(
        (j_common_ptr)info, JPOOL_IMAGE, (JDIMENSION)(width * (size_t)info->output_components),
        1);
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *rgb = pixels + (size_t)info->output_scanline * width * 3;
    JSAMPROW target = direct ? rgb : row[0];
    if (jpeg_read_scanlines(info, &target, 1) != 1) return truncated(message);
    if (info->output_components == 1) expand_grey(row[0], rgb, width);
    if (info->output_components == 4) convert_inverted_cmyk(row[0], rgb, width);
  }
  /* As Pillow: what lies behind the last row may be missing, but may not be an error. */
  (void)jpeg_finish_decompress(info);
  rvgk_image_set_message(message, state->warning);
  return RVGK_IMAGE_OK;
}

const rvgk_codec rvgk_codec_jpeg = {jpeg_open, jpeg_read, jpeg_close};
