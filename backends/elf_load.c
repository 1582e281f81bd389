/* Sections that are needed at run time are laid into one mapping, by what may be done with their pages; then relocations are applied and
 * the pages get their rights. Every number of the object is checked against the object's size. */
#include "backends/elf_load.h"

#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backends/llvm/callee.h"
#include "ir/base/arena.h"
#include "ir/base/vec.h"

/* Rights of pages, in the order of the mapping. */
typedef enum Rights { RIGHTS_CODE, RIGHTS_CONST, RIGHTS_DATA, RIGHTS_COUNT } Rights;

/* A slot for each symbol: a jump to the address behind it, so that calls reach any distance and the address can be read from memory. */
typedef struct Slot {
    unsigned char jump[8];
    uint64_t address;
} Slot;

typedef struct Exported {
    const char *name;
    void *address;
} Exported;

struct ElfCode {
    Arena *arena;
    unsigned char *base; /* of the mapping */
    size_t size;
    VEC(Exported) exported;
};

typedef struct Loader {
    ElfCode *code;
    const unsigned char *object;
    size_t object_size;
    Elf64_Ehdr header;
    Elf64_Shdr *sections;
    uint64_t *at; /* of each section in the mapping; NOT_LOADED */
    size_t begin[RIGHTS_COUNT + 1];
    size_t slots; /* in the mapping */
    Elf64_Sym *symbols;
    size_t nsymbols;
    const char *names;
    size_t names_size;
    uint64_t *addresses; /* of the symbols */
    void *openmp;
    char *error;
    size_t room;
} Loader;

static const uint64_t NOT_LOADED = UINT64_MAX;
enum { PAGE = 65536 /* the largest that any system has */ };

static bool fail(Loader *l, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(l->error, l->room, fmt, ap);
    va_end(ap);
    return false;
}

static bool damaged(Loader *l) { return fail(l, "the object is damaged"); }

bool elf_load_is_possible(void) {
#ifdef __x86_64__
    return true;
#else
    return false;
#endif
}

/* ---- reading ---- */

static bool is_inside(const Loader *l, uint64_t offset, uint64_t size) {
    return offset <= l->object_size && size <= l->object_size - offset;
}

static bool read_header(Loader *l) {
    if (!is_inside(l, 0, sizeof l->header))
        return damaged(l);
    memcpy(&l->header, l->object, sizeof l->header);
    const Elf64_Ehdr *h = &l->header;
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 || h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_type != ET_REL)
        return fail(l, "it is no object");
    if (h->e_machine != EM_X86_64 || !elf_load_is_possible())
        return fail(l, "the object is not for this machine");
    if (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shnum == 0 ||
        !is_inside(l, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr)))
        return damaged(l);
    l->sections = ARENA_ARRAY(l->code->arena, Elf64_Shdr, h->e_shnum);
    l->at = ARENA_ARRAY(l->code->arena, uint64_t, h->e_shnum);
    memcpy(l->sections, l->object + h->e_shoff, h->e_shnum * sizeof(Elf64_Shdr));
    for (unsigned i = 0; i < h->e_shnum; i++) {
        const Elf64_Shdr *s = &l->sections[i];
        l->at[i] = NOT_LOADED;
        if (s->sh_type != SHT_NOBITS && !is_inside(l, s->sh_offset, s->sh_size))
            return damaged(l);
    }
    return true;
}

static bool read_symbols(Loader *l) {
    for (unsigned i = 0; i < l->header.e_shnum; i++) {
        const Elf64_Shdr *s = &l->sections[i];
        if (s->sh_type != SHT_SYMTAB)
            continue;
        if (s->sh_link >= l->header.e_shnum)
            return damaged(l);
        const Elf64_Shdr *names = &l->sections[s->sh_link];
        if (names->sh_type != SHT_STRTAB || names->sh_size == 0 ||
            l->object[names->sh_offset + names->sh_size - 1] != '\0')
            return damaged(l);
        l->nsymbols = s->sh_size / sizeof(Elf64_Sym);
        l->symbols = ARENA_ARRAY(l->code->arena, Elf64_Sym, l->nsymbols);
        memcpy(l->symbols, l->object + s->sh_offset, l->nsymbols * sizeof(Elf64_Sym));
        l->names = (const char *)l->object + names->sh_offset;
        l->names_size = names->sh_size;
        return true;
    }
    return damaged(l);
}

/* ---- the mapping ---- */

static bool is_needed(const Loader *l, unsigned i) {
    const char *unwind = ".eh_frame"; /* nothing is thrown through this code */
    const Elf64_Shdr *s = &l->sections[i], *names = &l->sections[l->header.e_shstrndx];
    if (!(s->sh_flags & SHF_ALLOC) || (s->sh_type != SHT_PROGBITS && s->sh_type != SHT_NOBITS))
        return false;
    if (s->sh_name >= names->sh_size || names->sh_size - s->sh_name <= strlen(unwind))
        return true;
    return memcmp(l->object + names->sh_offset + s->sh_name, unwind, strlen(unwind) + 1) != 0;
}

static Rights rights_of(const Elf64_Shdr *s) {
    return s->sh_flags & SHF_EXECINSTR ? RIGHTS_CODE : s->sh_flags & SHF_WRITE ? RIGHTS_DATA : RIGHTS_CONST;
}

static size_t round_up(size_t x, size_t to) { return (x + to - 1) / to * to; }

/* Gives every section its place. Distances within the mapping fit into 31 bits. */
static bool lay_out(Loader *l) {
    size_t end = 0;
    if (l->header.e_shstrndx >= l->header.e_shnum)
        return damaged(l);
    for (int rights = 0; rights < RIGHTS_COUNT; rights++) {
        l->begin[rights] = end;
        for (unsigned i = 0; i < l->header.e_shnum; i++) {
            const Elf64_Shdr *s = &l->sections[i];
            if (!is_needed(l, i) || (int)rights_of(s) != rights)
                continue;
            if (s->sh_addralign > PAGE || (s->sh_addralign & (s->sh_addralign - 1)) || s->sh_size > INT32_MAX)
                return damaged(l);
            end = round_up(end, s->sh_addralign ? s->sh_addralign : 1);
            l->at[i] = end;
            end += s->sh_size;
            if (end > INT32_MAX)
                return fail(l, "the object is larger than 2 GiB");
        }
        if (rights == RIGHTS_CODE) {
            l->slots = round_up(end, sizeof(Slot));
            end = l->slots + l->nsymbols * sizeof(Slot);
        }
        end = round_up(end, PAGE);
    }
    l->begin[RIGHTS_COUNT] = end;
    l->code->size = end;
    return end <= INT32_MAX || fail(l, "the object is larger than 2 GiB");
}

static bool copy_sections(Loader *l) {
    void *base = mmap(NULL, l->code->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return fail(l, "there is no memory for %zu bytes of code", l->code->size);
    l->code->base = base;
    for (unsigned i = 0; i < l->header.e_shnum; i++) {
        const Elf64_Shdr *s = &l->sections[i];
        if (l->at[i] != NOT_LOADED && s->sh_type != SHT_NOBITS && s->sh_size > 0)
            memcpy(l->code->base + l->at[i], l->object + s->sh_offset, s->sh_size);
    }
    return true;
}

/* ---- symbols ---- */

static bool resolve(Loader *l, const Elf64_Sym *s, const char *name, uint64_t *address) {
    *address = 0;
    if (s->st_shndx == SHN_ABS) {
        *address = s->st_value;
    } else if (s->st_shndx == SHN_UNDEF) {
        *address = *name ? callee_address(name, &l->openmp) : 0;
        if (*name && !*address && ELF64_ST_BIND(s->st_info) != STB_WEAK)
            return fail(l, "it calls `%s`, which is not here", name);
    } else if (s->st_shndx >= l->header.e_shnum) {
        return damaged(l);
    } else if (l->at[s->st_shndx] != NOT_LOADED) {
        if (s->st_value > l->sections[s->st_shndx].sh_size)
            return damaged(l);
        *address = (uint64_t)(uintptr_t)l->code->base + l->at[s->st_shndx] + s->st_value;
    }
    return true;
}

/* jmp *2(%rip); the address follows a nop of two bytes. */
static void fill_slot(Loader *l, size_t i, uint64_t address) {
    Slot slot = {{0xff, 0x25, 2, 0, 0, 0, 0x66, 0x90}, address};
    memcpy(l->code->base + l->slots + i * sizeof slot, &slot, sizeof slot);
}

static void export_symbol(Loader *l, const Elf64_Sym *s, const char *name, uint64_t address) {
    if (ELF64_ST_BIND(s->st_info) != STB_GLOBAL || s->st_shndx == SHN_UNDEF)
        return;
    Exported e = {arena_strdup(l->code->arena, name), (void *)(uintptr_t)address};
    VEC_PUSH(l->code->arena, &l->code->exported, e);
}

static bool resolve_symbols(Loader *l) {
    l->addresses = ARENA_ARRAY(l->code->arena, uint64_t, l->nsymbols);
    for (size_t i = 0; i < l->nsymbols; i++) {
        const Elf64_Sym *s = &l->symbols[i];
        if (s->st_name >= l->names_size)
            return damaged(l);
        const char *name = l->names + s->st_name;
        if (!resolve(l, s, name, &l->addresses[i]))
            return false;
        fill_slot(l, i, l->addresses[i]);
        export_symbol(l, s, name, l->addresses[i]);
    }
    return true;
}

/* ---- relocations ---- */

/* A field of four bytes that holds a distance. */
static bool put_distance(Loader *l, unsigned char *place, uint64_t target) {
    int64_t distance = (int64_t)(target - (uint64_t)(uintptr_t)place);
    int32_t field = (int32_t)distance;
    if (field != distance)
        return fail(l, "a distance in the object does not fit");
    memcpy(place, &field, sizeof field);
    return true;
}

static bool relocate(Loader *l, unsigned section, const Elf64_Rela *r) {
    uint64_t type = ELF64_R_TYPE(r->r_info), symbol = ELF64_R_SYM(r->r_info);
    size_t width = type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
    uint64_t size = l->sections[section].sh_size;
    if (symbol >= l->nsymbols || r->r_offset > size || size - r->r_offset < width)
        return damaged(l);
    unsigned char *place = l->code->base + l->at[section] + r->r_offset;
    uint64_t address = l->addresses[symbol], addend = (uint64_t)r->r_addend, wide = address + addend;
    uint64_t slot = (uint64_t)(uintptr_t)(l->code->base + l->slots + symbol * sizeof(Slot));
    bool outside = l->symbols[symbol].st_shndx == SHN_UNDEF;
    switch (type) {
    case R_X86_64_PC64: wide -= (uint64_t)(uintptr_t)place; /* fall through */
    case R_X86_64_64: memcpy(place, &wide, sizeof wide); return true;
    case R_X86_64_PC32:
    case R_X86_64_PLT32: return put_distance(l, place, (outside ? slot : address) + addend);
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX: return put_distance(l, place, slot + offsetof(Slot, address) + addend);
    case R_X86_64_NONE: return true;
    default: return fail(l, "the object has a relocation of kind %u", (unsigned)type);
    }
}

static bool relocate_sections(Loader *l) {
    for (unsigned i = 0; i < l->header.e_shnum; i++) {
        const Elf64_Shdr *s = &l->sections[i];
        if (s->sh_type != SHT_RELA)
            continue;
        if (s->sh_info >= l->header.e_shnum)
            return damaged(l);
        if (l->at[s->sh_info] == NOT_LOADED || l->sections[s->sh_info].sh_type == SHT_NOBITS)
            continue;
        for (size_t k = 0; k < s->sh_size / sizeof(Elf64_Rela); k++) {
            Elf64_Rela r;
            memcpy(&r, l->object + s->sh_offset + k * sizeof r, sizeof r);
            if (!relocate(l, s->sh_info, &r))
                return false;
        }
    }
    return true;
}

static bool protect(Loader *l) {
    static const int rights[RIGHTS_COUNT] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE};
    for (int i = 0; i < RIGHTS_COUNT; i++) {
        size_t size = l->begin[i + 1] - l->begin[i];
        if (size > 0 && mprotect(l->code->base + l->begin[i], size, rights[i]) != 0)
            return fail(l, "the system does not let code be made in memory");
    }
    return true;
}

/* ---- the interface ---- */

ElfCode *elf_load(const void *object, size_t size, char *error, size_t room) {
    Arena *arena = arena_create();
    ElfCode *code = ARENA_NEW(arena, ElfCode);
    code->arena = arena;
    Loader l = {.code = code, .object = object, .object_size = size, .error = error, .room = room};
    if (read_header(&l) && read_symbols(&l) && lay_out(&l) && copy_sections(&l) && resolve_symbols(&l) &&
        relocate_sections(&l) && protect(&l))
        return code;
    elf_unload(code);
    return NULL;
}

void *elf_symbol(const ElfCode *code, const char *name) {
    for (int i = 0; i < code->exported.len; i++)
        if (strcmp(code->exported.data[i].name, name) == 0)
            return code->exported.data[i].address;
    return NULL;
}

void elf_unload(ElfCode *code) {
    if (code->base)
        munmap(code->base, code->size);
    arena_destroy(code->arena);
}
