/* Advice to the kernel about ranges of memory, and page sizes. */
#ifndef REPVGG_RVGK_MEMORY_ADVICE_H
#define REPVGG_RVGK_MEMORY_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "rvgk_visibility.h"

typedef enum {
  /* Back the range with huge pages as they are touched. */
  RVGK_ADVICE_HUGE_PAGES = 0,
  /* Never back it with huge pages. */
  RVGK_ADVICE_NO_HUGE_PAGES,
  /* Gather what is already there into huge pages now (Linux 6.1). */
  RVGK_ADVICE_COLLAPSE,
  /* Drop the pages: file mappings are read again at the next touch, anonymous ones are zero. */
  RVGK_ADVICE_DONT_NEED,
  /* Read ahead. */
  RVGK_ADVICE_WILL_NEED,
  /* It will be read once, from front to back. */
  RVGK_ADVICE_SEQUENTIAL,
  /* Map the pages for writing now, instead of at the first touch (Linux 5.14). */
  RVGK_ADVICE_POPULATE_WRITE
} rvgk_memory_advice;

/* Advises about the whole pages within the range: a page that the range covers in part is left out,
   so that nobody else's bytes are dropped. A range without a whole page succeeds and does nothing.
   Returns 0 or an errno value (EINVAL also where this kernel does not know the advice). */
RVGK_HIDDEN int rvgk_advise_memory(void *start, size_t byte_count, rvgk_memory_advice advice);

/* The page size in bytes. */
RVGK_HIDDEN size_t rvgk_page_size(void);

/* The size in bytes of a transparent huge page; 0 where the kernel has none. */
RVGK_HIDDEN size_t rvgk_huge_page_size(void);

#endif
