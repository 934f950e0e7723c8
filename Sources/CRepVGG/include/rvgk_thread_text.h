/* A text that each thread has of its own; no part of the public interface. */
#ifndef REPVGG_RVGK_THREAD_TEXT_H
#define REPVGG_RVGK_THREAD_TEXT_H

#include <stddef.h>

/* Bytes of the text, its end included. */
enum { RVGK_THREAD_TEXT_CAPACITY = 2048 };

/* The calling thread's text, which starts empty. Lives as long as the thread. */
__attribute__((visibility("hidden"))) char *_Nonnull rvgk_thread_text(void);

#endif
