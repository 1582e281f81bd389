/* elf_load.h - code in memory from a relocatable ELF object that the target llvm made for this machine, without LLVM and without a
 * linker. What the code may call of the system is a table (llvm/callee.def) and the OpenMP runtime where there is one. */
#ifndef PTOC_BACKENDS_ELF_LOAD_H
#define PTOC_BACKENDS_ELF_LOAD_H
#include <stdbool.h>
#include <stddef.h>

typedef struct ElfCode ElfCode;

/* Can objects be loaded on this machine? */
bool elf_load_is_possible(void);
/* NULL with a message in error: it is no object of this machine, is damaged, or asks for what is not here. Nothing of the object's bytes is
 * kept. Pages are never both written and executed. */
ElfCode *elf_load(const void *object, size_t size, char *error, size_t room);
/* A function's address; NULL: the object has no such global. */
void *elf_symbol(const ElfCode *code, const char *name);
void elf_unload(ElfCode *code);
#endif
