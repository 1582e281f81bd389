/* callee.h - what compiled code in memory may call of the system: the rows of callee.def, `stderr`, and an OpenMP runtime where one is. */
#ifndef PTOC_BACKENDS_LLVM_CALLEE_H
#define PTOC_BACKENDS_LLVM_CALLEE_H
#include <stdint.h>

/* 0: code may not call it, or it is not here (a weak symbol that nobody has). *openmp, NULL at first, stays loaded: its threads live on. */
uint64_t callee_address(const char *name, void **openmp);
const char *callee_name(int index); /* NULL behind the last */
#endif
