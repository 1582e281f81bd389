/* engine_object.h - text compiled by a compiler of the system into a shared object, and loaded. What engines of generated code share. */
#ifndef PTOC_DRIVER_ENGINE_OBJECT_H
#define PTOC_DRIVER_ENGINE_OBJECT_H
#include "frontend/driver/session.h"
#include "frontend/driver/subprocess.h"

/* A kind of compiler. */
typedef struct Compiler {
    const char *language;         /* "C++" */
    const char *variable;         /* of the environment, may hold arguments: CXX="clang++ -m32" */
    const char *const *names;     /* else the first of these; NULL at the end */
    const char *const *flags;     /* always; NULL at the end */
    const char *const *attempts;  /* one more flag each, in turn until one works ("" is none); NULL at the end */
    const char *const *libraries; /* behind the source; NULL: none */
    DiagCode missing, failed;     /* E0816, E0817 or the like */
} Compiler;

/* A file of the private folder. An empty text is a symbolic link to the folder itself, so that includes find it as a folder. */
typedef struct ObjectFile {
    const char *name, *text;
} ObjectFile;

/* Compiles the first of the files in a new folder, in which the others lie beside it. Returns the path of what was made, or NULL after a
 * report; then there is no folder, else the caller removes it. */
const char *object_make(Session *s, const Compiler *compiler, const ObjectFile *files, int nfiles, TempDir *dir,
                        const char **command);
bool compiler_is_present(Session *s, const Compiler *compiler);
/* Compiles the first of the files; the others lie beside it. The object stays loaded until the process ends. NULL after a report.
 * *command: what compiled it, as the user would write it. */
void *object_build(Session *s, const Compiler *compiler, const ObjectFile *files, int nfiles, const char **command);
/* The symbol as a function pointer of size `size` in *out; false after a report. */
bool object_symbol(Session *s, void *object, const char *name, void *out, size_t size);
#endif
