/* elab.h - from text to checked tile-stage IR: parsing with imports, names, types, shapes, and lowering in one walk.
 *
 * program_load never fails hard: mistakes are reported to the DiagContext (all of them, in one run), and
 * Program.module is NULL
 * when there was an error. Everything lives in the arena of the options. */
#ifndef PTOC_FRONTEND_ELAB_H
#define PTOC_FRONTEND_ELAB_H
#include "frontend/ast.h"
#include "ir/base/diag.h"
#include "ir/base/str.h"
#include "ir/ir.h"

typedef enum ProgramChecks { PROGRAM_CHECKS_NONE, PROGRAM_CHECKS_ENTRY, PROGRAM_CHECKS_FULL } ProgramChecks;

/* Reads the file `path` into *text and its identity (two paths of one file have the same) into *identity. Returns 0
 * or errno. */
typedef int ProgramReader(void *user, const char *path, Buf *text, Buf *identity);

/* `-D NAME=VALUE`. */
typedef struct ProgramDefine {
    const char *name, *value;
} ProgramDefine;

typedef struct ProgramOptions {
    Arena *arena;
    StrTab *strings;
    DiagContext *dc; /* with a source map */
    ProgramChecks checks;
    bool fp_separate;
    const char *target;              /* NULL: "c"; "interp" accepts every schedule */
    const char *schedule;            /* --schedule=; NULL: chosen by the rules of the language; "none": defaults */
    const char *dist;                /* --dist=; NULL: one machine */
    const char *const *include_dirs; /* -I, searched after the importing file's folder */
    int ninclude_dirs;
    const ProgramDefine *defines;
    int ndefines;
    ProgramReader *reader; /* NULL: files of the operating system */
    void *reader_user;
} ProgramOptions;

/* A constant of the program with its value after -D, in order of definition; for reports. */
typedef enum ProgramConstKind { PROGRAM_CONST_INT, PROGRAM_CONST_FLOAT, PROGRAM_CONST_BOOL } ProgramConstKind;
typedef struct ProgramConst {
    const char *name;
    ProgramConstKind kind;
    int64_t i; /* INT (values above INT64_MAX as their bit pattern), BOOL */
    double f;  /* FLOAT */
} ProgramConst;

typedef struct ProgramExample ProgramExample; /* frontend/example.h */

typedef struct Program {
    const ProgramOptions *options;  /* a copy */
    AstFile *main;                  /* NULL when the main file could not be read */
    VEC(AstFile *) files;           /* main first, then imports in the order they were reached */
    VEC(const char *) dependencies; /* paths of all files read, main first: for depfiles */
    VEC(ProgramConst) consts;
    VEC(ProgramExample *) examples; /* of the main file, checked ones, in source order */
    VEC(const AstItem *) schedules; /* of all files, in order */
    Module *module;                 /* tile stage; NULL when there were errors */
    bool empty;                     /* nothing to compile: no kernel and no workload in the main file */
    struct Elab *elab;              /* the elaborator's state: for example.c only */
} Program;

/* Loads and checks the program whose main file is `path`. */
Program *program_load(const ProgramOptions *options, const char *path);
/* The same for a text that was read already (standard input, tests). `path` names it in messages and is the base of
 * imports. */
Program *program_load_text(const ProgramOptions *options, const char *path, const char *text, size_t size);
#endif
