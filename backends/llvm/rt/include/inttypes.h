/* inttypes.h - what the runtime needs of it. */
#ifndef PTOC_LIBC_INTTYPES_H
#define PTOC_LIBC_INTTYPES_H
#include <stdint.h>
#define PRId64 "ld"
#define PRIu64 "lu"
#endif
