/* libFuzzer's entry points that Swift cannot declare, and the heap as AddressSanitizer sees it. */
#ifndef FUZZING_SUPPORT_H
#define FUZZING_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/* Runs libFuzzer, which calls `test` with every input and ends the process itself. */
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments,
                        int (*test)(const uint8_t *data, size_t size));
/* Changes an input as libFuzzer does without a mutator; returns the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

/* A file that is in memory alone; -1 where there can be none. */
int rvgk_fuzz_memory_file(void);
/* Writes a message to standard error. */
void rvgk_fuzz_report(const char *message);

/* Follows the process's allocations from now on. */
void rvgk_fuzz_watch_heap(void);
/* Takes the heap of this moment as the base of the peak. */
void rvgk_fuzz_reset_heap_peak(void);
/* Bytes by which the heap has at most grown since the last reset. */
size_t rvgk_fuzz_heap_growth(void);

#endif
