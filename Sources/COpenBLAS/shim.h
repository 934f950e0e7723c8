/* The parts of OpenBLAS and LAPACKE that the package calls, as tables of their functions.

   Neither library is linked: OpenBLAS starts threads and takes memory as soon as it is in a
   process, needed or not. Whoever needs one opens it and gets its functions, typed by its header. */
#ifndef REPVGG_COPENBLAS_SHIM_H
#define REPVGG_COPENBLAS_SHIM_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

/* The plain name may be another BLAS's, by the system's alternatives. */
#if __has_include(<openblas-pthread/cblas.h>)
#include <openblas-pthread/cblas.h>
#elif __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif
#include <lapacke.h>

/* lapack_int is a macro, which Swift does not import. */
typedef lapack_int rvgk_lapack_int;

typedef struct {
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(cblas_dgemm) *dgemm;
  __typeof__(openblas_set_num_threads) *set_num_threads;
  __typeof__(openblas_get_num_threads) *get_num_threads;
  __typeof__(openblas_get_config) *get_config;
  __typeof__(openblas_get_corename) *get_corename;
} rvgk_openblas;

typedef struct {
  __typeof__(LAPACKE_dgesv) *dgesv;
  __typeof__(LAPACKE_dgesvd) *dgesvd;
} rvgk_lapacke;

#define RVGK_RESOLVE(table, field, library, name) \
  ((table)->field = (__typeof__((table)->field))dlsym((library), (name)))

/* Fills the table from libopenblas.so.0. A library that the process holds is taken as it is;
   else, where `opens` says so, it is opened and stays. Returns null, or why there is no table: text
   of dlerror(), or "" where the process holds none and none was to be opened. */
static inline const char *rvgk_open_openblas(rvgk_openblas *table, bool opens) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | (opens ? 0 : RTLD_NOLOAD));
  if (library == NULL) {
    const char *reason = dlerror();
    return opens && reason != NULL ? reason : "";
  }
  bool complete = RVGK_RESOLVE(table, sgemm, library, "cblas_sgemm") &&
                  RVGK_RESOLVE(table, dgemm, library, "cblas_dgemm") &&
                  RVGK_RESOLVE(table, set_num_threads, library, "openblas_set_num_threads") &&
                  RVGK_RESOLVE(table, get_num_threads, library, "openblas_get_num_threads") &&
                  RVGK_RESOLVE(table, get_config, library, "openblas_get_config") &&
                  RVGK_RESOLVE(table, get_corename, library, "openblas_get_corename");
  return complete ? NULL : "libopenblas.so.0: a function is missing";
}

/* A function of the libopenblas.so.0 that the process holds, or null. */
static inline void *rvgk_find_in_openblas(const char *name) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (library == NULL) return NULL;
  void *symbol = dlsym(library, name);
  dlclose(library);
  return symbol;
}

/* Fills the table from liblapacke.so.3, which stays open. Returns null, or why there is none. */
static inline const char *rvgk_open_lapacke(rvgk_lapacke *table) {
  void *library = dlopen("liblapacke.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    return reason != NULL ? reason : "liblapacke.so.3 cannot be opened";
  }
  bool complete = RVGK_RESOLVE(table, dgesv, library, "LAPACKE_dgesv") &&
                  RVGK_RESOLVE(table, dgesvd, library, "LAPACKE_dgesvd");
  return complete ? NULL : "liblapacke.so.3: a function is missing";
}

#endif
