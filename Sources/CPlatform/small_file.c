#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

long rvgk_read_small_file(const char *path, char *text, size_t capacity) {
  if (capacity == 0) {
    errno = EINVAL;
    return -1;
  }
  text[0] = '\0';
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  size_t length = 0;
  int failure = 0;
  while (length < capacity - 1) {
    ssize_t got = read(descriptor, text + length, capacity - 1 - length);
    if (got > 0) {
      length += (size_t)got;
    } else if (got == 0) {
      break;
    } else if (errno != EINTR) {
      failure = errno;
      break;
    }
  }
  close(descriptor);
  text[length] = '\0';
  if (failure != 0) {
    errno = failure;
    return -1;
  }
  return (long)length;
}
