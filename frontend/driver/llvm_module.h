/* llvm_module.h - the module ptoc-llvm.so: found beside the program, loaded when something wants it, and never otherwise. */
#ifndef PTOC_DRIVER_LLVM_MODULE_H
#define PTOC_DRIVER_LLVM_MODULE_H
#include "backends/llvm/module.h"
#include "frontend/driver/session.h"
#include "ir/ir.h"

/* Whether the module's file is there; nothing is loaded. */
bool llvm_module_is_present(Session *s);
/* Appends what tells the module and the LLVM that it loads from other versions of them. */
void llvm_module_put_identity(Session *s, Buf *key);
/* NULL after a report. */
const PtocLlvmApi *llvm_module_open(Session *s);

typedef struct LlvmWish {
    Buf *out[PTOC_LLVM_KINDS]; /* where the kinds go; NULL: not wanted */
    const char *source_name, *symbol_prefix;
    const char *cpu; /* NULL: the least that -march= allows */
    bool quick;      /* someone waits for it (PtocLlvmJob) */
} LlvmWish;
/* The -march= of the options, or that of the target llvm. */
const char *llvm_march(const Session *s);
int llvm_level(const Session *s); /* of optimisation */
/* The program as text C: what the module reads. False after a report. */
bool llvm_text(Session *s, const Module *module, const LlvmWish *wish, Buf *text);
/* Appends what the module makes of it. False after a report. */
bool llvm_compile(Session *s, const PtocLlvmApi *api, const Buf *text, const LlvmWish *wish);
#endif
