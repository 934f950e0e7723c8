/* What the build knows about itself. */
#ifndef REPVGG_CBUILDINFO_H
#define REPVGG_CBUILDINFO_H

/* The commit that the package was built from, 40 hex digits, with "+changes" where the checkout
   differed from it; "unknown" outside a checkout. */
__attribute__((visibility("hidden"))) const char *rvgk_build_commit(void);

#endif
