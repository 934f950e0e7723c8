/* The version of the package in C's form; no part of the public interface. */
#ifndef REPVGG_RVGK_VERSION_TEXT_H
#define REPVGG_RVGK_VERSION_TEXT_H

/* RVG_VERSION_STRING, for ever. */
__attribute__((visibility("hidden"))) const char *_Nonnull rvgk_version_text(void);

#endif
