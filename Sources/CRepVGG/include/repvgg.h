/* RepVGG networks and ONNX graphs on CPUs: the C interface.

   A model is loaded from a checkpoint or an ONNX file, a session runs it on images of one shape:

     rvg_model *model;
     rvg_session *session;
     if (rvg_model_load("model.pth", NULL, &model) != RVG_OK ||
         rvg_session_create(model, 1, 224, 224, NULL, &session) != RVG_OK ||
         rvg_session_run(session, pixels, 3 * 224 * 224, NULL, logits, 1000, NULL) != RVG_OK)
       fprintf(stderr, "%s\n", rvg_last_error());
     rvg_session_destroy(session);
     rvg_model_destroy(model);

   Errors. Every function that can fail returns an rvg_status; RVG_OK is 0. rvg_last_error() has
   the reason as text. A failed function leaves its outputs as they were, apart from handles, which
   become NULL. NULL, numbers out of range, misaligned buffers, options of an unknown size, handles
   of the wrong kind and handles that were destroyed are answered with RVG_INVALID_ARGUMENT; none
   of them ends the process. What cannot be detected is memory that is smaller than the caller
   says, or not the caller's.

   Threads. All functions may be called from any thread. A model is immutable: any number of
   threads may use one at the same time. A session serves one thread at a time; a call while
   another one runs is answered with RVG_BUSY. Use one session for each calling thread: sessions of
   one model, shape and options share their packed weights.

   Processes. After fork(), a child must not use sessions of more than one thread that its parent
   made, as threads do not survive a fork: it gets RVG_UNSUPPORTED. Load models after the fork.

   Images are Float32, normalised as the network was trained, (level / 255 - mean) / deviation for
   most: bytes are never taken for them.

   Files. A model maps its file. Do not change the file in place or truncate it while the model
   lives; replacing it by renaming another over it is fine.

   OpenBLAS. The library is not linked to it. Sessions of RVG_ALGORITHM_IM2COL, and no others, call
   it: the first one opens libopenblas.so.0 (RVG_UNSUPPORTED where there is none). An OpenBLAS
   that the process holds already is used as it is, with its threads and its core, and calls from
   each thread of the session. One that was opened by this library starts no threads, is set to one
   thread, takes its core by itself or by OPENBLAS_CORETYPE, and stays in the process; a host that
   wants it otherwise opens it first, or sets its thread count later. The environment is never
   changed.

   Compatibility. Structures begin with their size, set by the caller, and grow only at their end;
   functions and values are added, never changed, within one rvg_abi_version(). Fields that are
   zero take their defaults. */
#ifndef REPVGG_H
#define REPVGG_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#define RVG_NULLABLE _Nullable
#define RVG_NONNULL _Nonnull
#else
#define RVG_NULLABLE
#define RVG_NONNULL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the package that this header is of. */
#define RVG_VERSION_STRING "0.1.0"
/* The interface that this header describes; a library with another one is not compatible. */
#define RVG_ABI_VERSION 1

/* What a function answers. */
typedef enum rvg_status {
  RVG_OK = 0,
  /* An argument is out of range or contradicts another one. */
  RVG_INVALID_ARGUMENT = 1,
  /* A file is corrupt, inconsistent, or not what it claims to be. */
  RVG_BAD_DATA = 2,
  /* A file does not exist or cannot be opened. */
  RVG_MISSING_INPUT = 3,
  /* A file cannot be created. */
  RVG_CANNOT_CREATE = 4,
  /* Reading or writing failed after the file was opened. */
  RVG_INPUT_OUTPUT = 5,
  /* The request is well formed, but the library does not do it. */
  RVG_UNSUPPORTED = 6,
  /* The memory that the request needs cannot be had. */
  RVG_OUT_OF_MEMORY = 7,
  /* Another thread is running the session. */
  RVG_BUSY = 8,
  /* A defect of the library: please report it. */
  RVG_INTERNAL = 9
} rvg_status;

/* The forms in which one trained network can be computed; all give the same function. */
enum {
  /* One convolution a block. */
  RVG_FORM_PLAIN = 0,
  /* Every branch with its batch norm, as trained. */
  RVG_FORM_BRANCHED = 1,
  /* Batch norms folded into the branches. */
  RVG_FORM_FOLDED = 2
};

/* What may be spent for speed. */
enum {
  /* The fastest algorithms. */
  RVG_POLICY_FAST = 0,
  /* Direct algorithms only: the smallest rounding errors. */
  RVG_POLICY_EXACT = 1,
  /* Packed weights hardly larger than the network's own. */
  RVG_POLICY_COMPACT = 2
};

/* Families of convolution algorithms; layers that one cannot do get the next best. */
enum {
  RVG_ALGORITHM_AUTO = 0,
  RVG_ALGORITHM_WINOGRAD = 1,
  RVG_ALGORITHM_DIRECT = 2,
  /* im2col and OpenBLAS, see above. */
  RVG_ALGORITHM_IM2COL = 3
};

/* A network with its weights. */
typedef struct rvg_model rvg_model;
/* Working memory and threads that run a model on inputs of one shape. */
typedef struct rvg_session rvg_session;

/* How a checkpoint is read. Initialise with RVG_MODEL_OPTIONS_INIT. */
typedef struct rvg_model_options {
  /* sizeof(rvg_model_options) */
  size_t struct_size;
  /* Batch-norm epsilon of the training, which files do not hold; 0: 1e-5. At most 1. */
  double epsilon;
  /* The weights to take where a file holds the network more than once, such as "state_dict"; UTF-8.
     NULL: the averaged ones where there are any. */
  const char *RVG_NULLABLE group;
  /* `stride_count` strides of the stem and the four stages, each 1 or 2, which files do not hold;
     NULL with a count of 0: 2 each, but 1 where the file proves it. */
  const int32_t *RVG_NULLABLE strides;
  size_t stride_count;
} rvg_model_options;
#define RVG_MODEL_OPTIONS_INIT { sizeof(rvg_model_options), 0, NULL, NULL, 0 }

/* How a model is run. Initialise with RVG_SESSION_OPTIONS_INIT. */
typedef struct rvg_session_options {
  /* sizeof(rvg_session_options) */
  size_t struct_size;
  /* RVG_FORM_... */
  int32_t form;
  /* Threads that compute one input together, the caller's included, up to 1024; 0: one. A host
     that does nothing else beside may give rvg_available_threads(). */
  int32_t threads;
  /* RVG_POLICY_... */
  int32_t policy;
  /* RVG_ALGORITHM_... */
  int32_t algorithm;
  /* 1 to keep the outputs after the first, of RepVGG every stage's, for rvg_session_copy_output and
     rvg_session_copy_feature, else 0. */
  int32_t collects_features;
  /* Must be 0. */
  int32_t reserved;
} rvg_session_options;
#define RVG_SESSION_OPTIONS_INIT { sizeof(rvg_session_options), 0, 0, 0, 0, 0, 0 }

/* What a model is. Set struct_size before asking. */
typedef struct rvg_model_info {
  /* sizeof(rvg_model_info) */
  size_t struct_size;
  /* Such as "RepVGG-A0"; valid until the model is destroyed, UTF-8. */
  const char *RVG_NULLABLE architecture;
  /* The naming convention of the checkpoint, such as "official" or "timm"; as long-lived. */
  const char *RVG_NULLABLE family;
  /* What the file holds: RVG_FORM_BRANCHED as trained, or RVG_FORM_PLAIN. */
  int32_t form;
  /* Height and width that published weights of the architecture are used with. */
  int32_t input_size;
  /* Classes; 0 for a backbone, which has no classifier. */
  int64_t class_count;
  /* Trained parameters in the file. */
  int64_t parameter_count;
  /* Channels of the images, 3 for colour. */
  int64_t input_channels;
  /* What one image gives: class_count logits, or the pooled channels of a backbone; the channels of a
     graph's first output. rvg_session_output_shape has all dimensions. */
  int64_t output_count;
  /* The weights that were taken where the file holds the network `group_count` times, as
     rvg_model_options names them; "" for tensors at the top of the file. As long-lived. */
  const char *RVG_NULLABLE group;
  int64_t group_count;
} rvg_model_info;

/* What a session is. Set struct_size before asking. */
typedef struct rvg_session_info {
  /* sizeof(rvg_session_info) */
  size_t struct_size;
  /* The input: [batch, input_channels, height, width], channels as the model says. */
  int64_t batch;
  int64_t height;
  int64_t width;
  /* As in rvg_model_info. */
  int64_t class_count;
  /* Outputs after the first, which are kept; 0 unless the session collects features. */
  int64_t feature_count;
  /* Bytes of packed weights, shared by sessions of one model, shape and options. */
  int64_t packed_weight_byte_count;
  /* Bytes of activations and scratch of this session. */
  int64_t working_byte_count;
  /* RVG_FORM_... */
  int32_t form;
  int32_t threads;
  /* The output: [batch, output_count], logits, or the pooled features of a backbone. Of a graph, the
     first output's elements for each image; 0 where they are not the same number for each. */
  int64_t output_count;
  /* All elements of the first output: what rvg_session_run writes. */
  int64_t output_element_count;
} rvg_session_info;

/* RVG_ABI_VERSION of the library that is loaded. */
int32_t rvg_abi_version(void);

/* The version of the library that is loaded, such as "0.1.0". */
const char *RVG_NONNULL rvg_version_string(void);

/* How many threads can compute at the same time in this process, at least 1: the CPUs that the
   calling thread may run on, or the quota of the process's control groups where that is less. */
int32_t rvg_available_threads(void);

/* A status as a short text; any number is answered. */
const char *RVG_NONNULL rvg_status_string(int32_t status);

/* Why the last function that failed in this thread did so, as UTF-8 text; "" before the first
   failure. Valid until another function fails in this thread. */
const char *RVG_NONNULL rvg_last_error(void);

/* Loads a safetensors file, a PyTorch checkpoint or an ONNX model; its content decides the format. Of
   a checkpoint, names and shapes of the tensors decide family and architecture; an ONNX model is the
   graph that it says, of any outputs. `options` may be NULL. A pipe is read to its
   end: the call takes as long as its writer does. */
rvg_status rvg_model_load(const char *RVG_NULLABLE path,
                          const rvg_model_options *RVG_NULLABLE options,
                          rvg_model *RVG_NULLABLE *RVG_NULLABLE model);

/* Fills `info`. */
rvg_status rvg_model_get_info(const rvg_model *RVG_NULLABLE model,
                              rvg_model_info *RVG_NULLABLE info);

/* Sets how many plans a model keeps for sessions to come, from 0 to 4096, for the shapes and options
   used last; 8 at first. Others are kept only as long as their sessions. Plans of one model share
   packed weights where they pack every layer in the same way. */
rvg_status rvg_model_set_plan_limit(rvg_model *RVG_NULLABLE model, int64_t limit);

/* Plans a model ahead for shapes, `shape_count` times batch, height and width, so that
   rvg_session_create has the plans at once. More shapes than the plan limit are
   RVG_INVALID_ARGUMENT; plans made before a failure are kept. `options` may be NULL. */
rvg_status rvg_model_prepare(rvg_model *RVG_NULLABLE model, const int64_t *RVG_NULLABLE shapes,
                             int64_t shape_count,
                             const rvg_session_options *RVG_NULLABLE options);

/* Destroys a model; NULL and a model that is destroyed already are ignored. Its sessions live
   on. */
void rvg_model_destroy(rvg_model *RVG_NULLABLE model);

/* Plans a model for inputs [batch, input_channels, height, width] and makes the memory and the
   threads to run it. Planning merges and packs the weights, which takes from milliseconds to seconds;
   the model keeps the plans used last, and further sessions of the same shape and options share
   them. `options` may be NULL. */
rvg_status rvg_session_create(const rvg_model *RVG_NULLABLE model, int64_t batch, int64_t height,
                              int64_t width, const rvg_session_options *RVG_NULLABLE options,
                              rvg_session *RVG_NULLABLE *RVG_NULLABLE session);

/* Fills `info`. */
rvg_status rvg_session_get_info(const rvg_session *RVG_NULLABLE session,
                                rvg_session_info *RVG_NULLABLE info);

/* Computes the logits of a batch of images; of a backbone, the means of the last stage's channels.

   `input` are `input_count` floats, images [batch, input_channels, height, width] normalised as the
   network was trained. `input_strides` are four distances in floats from one image, channel, row
   and column to the next, none negative; NULL for contiguous images (NCHW), which are not copied.
   `output` has room for `output_count` floats and receives the first output, row-major: the info's
   output_element_count floats, [batch, output_count] for logits. `output_strides` are two distances in
   floats, from one image and from one of its elements to the next, positive and without overlap; NULL
   for a contiguous output. Input and output must not overlap. Allocates
   nothing, but for the first call with strides.

   Logits that are not finite are RVG_BAD_DATA: rvg_last_error() names the image and the layer that
   left the range of float, or the element of the input that is not finite. `output` may then hold
   any numbers. */
rvg_status rvg_session_run(rvg_session *RVG_NULLABLE session, const float *RVG_NULLABLE input,
                           int64_t input_count, const int64_t *RVG_NULLABLE input_strides,
                           float *RVG_NULLABLE output, int64_t output_count,
                           const int64_t *RVG_NULLABLE output_strides);

/* How many outputs a session has: the first, which rvg_session_run writes, and the feature_count
   others where the session collects features. */
rvg_status rvg_session_output_count(const rvg_session *RVG_NULLABLE session,
                                    int64_t *RVG_NULLABLE count);

/* The name of the output at an index from 0 to the count - 1: "logits", or what the graph calls it.
   Valid until the session is destroyed. */
rvg_status rvg_session_output_name(const rvg_session *RVG_NULLABLE session, int64_t index,
                                   const char *RVG_NULLABLE *RVG_NULLABLE name);

/* The index of the output of a name. */
rvg_status rvg_session_output_index(const rvg_session *RVG_NULLABLE session,
                                    const char *RVG_NULLABLE name, int64_t *RVG_NULLABLE index);

/* The number of dimensions of an output, any from 0 on, as `rank`, and the dimensions, outermost
   first, as `shape`, which has room for `capacity` of them. `shape` may be NULL where the capacity
   is 0: then only the rank is asked for. A capacity above 0 and below the rank is
   RVG_INVALID_ARGUMENT. */
rvg_status rvg_session_output_shape(const rvg_session *RVG_NULLABLE session, int64_t index,
                                    int64_t *RVG_NULLABLE shape, int64_t capacity,
                                    int64_t *RVG_NULLABLE rank);

/* Copies an output of the last run, row-major, to `output` with room for `output_count` floats. The
   output at index 0 is not kept: rvg_session_run writes it to its caller's buffer. */
rvg_status rvg_session_copy_output(const rvg_session *RVG_NULLABLE session, int64_t index,
                                   float *RVG_NULLABLE output, int64_t output_count);

/* The name of the feature at an index from 0 to feature_count - 1, the output at the next index:
   "stage0" ... "stage4", in RepVGGplus "stage3_first" too. Valid until the session is destroyed. */
rvg_status rvg_session_feature_name(const rvg_session *RVG_NULLABLE session, int64_t index,
                                    const char *RVG_NULLABLE *RVG_NULLABLE name);

/* The four dimensions of a feature: [batch, channels, height, width]. A feature of another number of
   dimensions is RVG_INVALID_ARGUMENT; rvg_session_output_shape gives those. */
rvg_status rvg_session_feature_shape(const rvg_session *RVG_NULLABLE session,
                                     const char *RVG_NULLABLE name,
                                     int64_t *RVG_NULLABLE shape);

/* Copies a feature of the last run, row-major, NCHW for images, to `output` with room for `output_count`
   floats. */
rvg_status rvg_session_copy_feature(rvg_session *RVG_NULLABLE session,
                                    const char *RVG_NULLABLE name, float *RVG_NULLABLE output,
                                    int64_t output_count);

/* Destroys a session; NULL and a session that is destroyed already are ignored. A run in
   another thread goes on to its end, with the buffers that it was given. */
void rvg_session_destroy(rvg_session *RVG_NULLABLE session);

#ifdef __cplusplus
}
#endif

#endif
