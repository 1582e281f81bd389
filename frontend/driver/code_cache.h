/* code_cache.h - compiled code of earlier runs, in $XDG_CACHE_HOME/ptoc (else ~/.cache/ptoc).
 *
 * An entry holds everything its code depends on (the key: text, options, machine, compiler) and the code; what is found has the same key to
 * the byte. Entries are written beside their place and renamed, so that processes may share the folder at any time; a damaged one counts as
 * absent. When all of them are larger than CODE_CACHE_MOST ($PTOC_CACHE_SIZE) the ones whose last use is
 * longest ago go. Nothing here is an error: without a
 * folder that is ours alone there is no cache. */
#ifndef PTOC_DRIVER_CODE_CACHE_H
#define PTOC_DRIVER_CODE_CACHE_H
#include <stdbool.h>
#include <stddef.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"

#define CODE_CACHE_MOST ((size_t)128 << 20)

/* Appends the code of a key; false when it is not there. */
bool code_cache_find(Arena *arena, const Buf *key, Buf *code);
void code_cache_store(Arena *arena, const Buf *key, const Buf *code);
/* Appends what tells this processor from others: code for one may not run on another. */
void code_cache_put_processor(Buf *key);
/* Appends what tells a file from other versions of it, without reading it. */
void code_cache_put_file(Buf *key, const char *path);
#endif
