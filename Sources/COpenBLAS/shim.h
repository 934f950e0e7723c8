/* The parts of OpenBLAS and LAPACKE that the package calls, as one importable header. */
#ifndef REPVGG_COPENBLAS_SHIM_H
#define REPVGG_COPENBLAS_SHIM_H

#include <cblas.h>
#include <lapacke.h>

/* lapack_int is a macro, which Swift does not import. */
typedef lapack_int rvgk_lapack_int;

#endif
