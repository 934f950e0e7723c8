/* Every symbol of this target stays inside the image that links it. */
#ifndef REPVGG_RVGK_VISIBILITY_H
#define REPVGG_RVGK_VISIBILITY_H

#if defined(__GNUC__)
#define RVGK_HIDDEN __attribute__((visibility("hidden")))
#else
#define RVGK_HIDDEN
#endif

#endif
