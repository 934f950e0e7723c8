#include "rvgk_thread_text.h"

char *rvgk_thread_text(void) {
  static _Thread_local char text[RVGK_THREAD_TEXT_CAPACITY];
  return text;
}
