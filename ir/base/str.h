/* str.h - interned strings and small text functions.
 *
 * Two interned strings are equal iff their pointers are equal. A StrTab belongs to one arena. */
#ifndef PTOC_BASE_STR_H
#define PTOC_BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include "ir/base/arena.h"

typedef struct StrTab StrTab;
StrTab *strtab_create(Arena *arena);
const char *str_intern(StrTab *tab, const char *s);
const char *str_intern_n(StrTab *tab, const char *s, size_t n);
/* Interns it; true when it was not there before. */
bool str_add(StrTab *tab, const char *s);

/* Restricted Damerau-Levenshtein distance, for "did you mean". */
int str_distance(const char *a, const char *b);
/* The candidate nearest to `word` if it is near enough to suggest (distance <= 1 + len/4 and at least one
 * letter in common), else NULL. The word itself is no suggestion. */
const char *str_nearest(const char *word, const char *const *candidates, int count);
bool str_starts_with(const char *s, const char *prefix);
/* Length in bytes of the valid UTF-8 sequence at s (at most n bytes left), or 0 if it is not valid. */
int str_utf8_length(const char *s, size_t n);
#endif
