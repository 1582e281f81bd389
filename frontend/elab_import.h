/* elab_import.h - reading a program's files. */
#ifndef PTOC_FRONTEND_ELAB_IMPORT_H
#define PTOC_FRONTEND_ELAB_IMPORT_H
#include "frontend/elab_internal.h"

/* Parses the main file (read from `path` when text is NULL) and everything it imports into e->program. False when
 * the main file
 * cannot be read. */
bool elab_load_files(Elab *e, const char *path, const char *text, size_t size);
#endif
