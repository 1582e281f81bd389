/* Objects in memory without a linker: what a small one does, and that no damage to its bytes harms us. */
#include <CUnit/CUnit.h>
#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "backends/elf_load.h"

/* call strlen; add the word behind `base`; return. */
typedef struct Tiny {
    Elf64_Ehdr header;
    unsigned char text[32];
    uint32_t data[2];
    Elf64_Sym symbols[4];
    Elf64_Rela relocations[3];
    char names[40];
    Elf64_Shdr sections[6];
} Tiny;

enum { TEXT = 1, DATA, SYMBOLS, NAMES, RELOCATIONS };

static Elf64_Shdr section(unsigned type, uint64_t flags, size_t offset, size_t size) {
    return (Elf64_Shdr){.sh_type = type, .sh_flags = flags, .sh_offset = offset, .sh_size = size, .sh_addralign = 8};
}
#define PLACE(field) offsetof(Tiny, field), sizeof((Tiny){.text = {0}}.field)

static Tiny tiny(void) {
    /* sub $8,%rsp; call strlen; mov base+4(%rip),%ecx; add %ecx,%eax; add $8,%rsp; ret */
    static const unsigned char text[] = {0x48, 0x83, 0xec, 8, 0xe8, 0,    0,    0,    0,    0x8b, 0x0d,
                                         0,    0,    0,    0, 1,    0xc8, 0x48, 0x83, 0xc4, 8,    0xc3};
    static const char names[] = "\0strlen\0length_and\0base";
    Tiny t = {.header = {.e_type = ET_REL, .e_machine = EM_X86_64, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 6}};
    memcpy(t.header.e_ident, ELFMAG, SELFMAG);
    t.header.e_ident[EI_CLASS] = ELFCLASS64;
    t.header.e_shoff = offsetof(Tiny, sections);
    t.header.e_shstrndx = NAMES;
    memcpy(t.text, text, sizeof text);
    memcpy(t.names, names, sizeof names);
    t.data[1] = 100;
    t.symbols[1] = (Elf64_Sym){.st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)};
    t.symbols[2] = (Elf64_Sym){.st_name = 8, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = TEXT};
    t.symbols[3] = (Elf64_Sym){.st_name = 19, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), .st_shndx = DATA};
    t.relocations[0] = (Elf64_Rela){5, ELF64_R_INFO(1, R_X86_64_PLT32), -4};
    t.relocations[1] = (Elf64_Rela){11, ELF64_R_INFO(3, R_X86_64_PC32), 0};
    t.sections[TEXT] = section(SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, PLACE(text));
    t.sections[DATA] = section(SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, PLACE(data));
    t.sections[SYMBOLS] = section(SHT_SYMTAB, 0, PLACE(symbols));
    t.sections[SYMBOLS].sh_link = NAMES;
    t.sections[NAMES] = section(SHT_STRTAB, 0, PLACE(names));
    t.sections[RELOCATIONS] = section(SHT_RELA, 0, PLACE(relocations));
    t.sections[RELOCATIONS].sh_info = TEXT;
    return t;
}

static void test_runs(void) {
    Tiny t = tiny();
    char error[256] = "";
    ElfCode *code = elf_load(&t, sizeof t, error, sizeof error);
    if (!elf_load_is_possible()) {
        CU_ASSERT_STRING_EQUAL(error, "the object is not for this machine");
        return;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(code);
    int (*length_and)(const char *) = NULL;
    void *symbol = elf_symbol(code, "length_and");
    memcpy(&length_and, &symbol, sizeof symbol);
    CU_ASSERT_PTR_NOT_NULL_FATAL(length_and);
    CU_ASSERT_EQUAL(length_and("twelve bytes"), 112);
    CU_ASSERT_PTR_NULL(elf_symbol(code, "base"));
    elf_unload(code);
}

static void refuse(const Tiny *t, const char *expected) {
    char error[256] = "";
    CU_ASSERT_PTR_NULL(elf_load(t, sizeof *t, error, sizeof error));
    if (elf_load_is_possible())
        CU_ASSERT_STRING_EQUAL(error, expected);
}

static void test_refuses(void) {
    Tiny t = tiny();
    memcpy(t.names + 1, "strfry", 6);
    refuse(&t, "it calls `strfry`, which is not here");
    t = tiny();
    t.relocations[1].r_info = ELF64_R_INFO(3, R_X86_64_TPOFF32);
    refuse(&t, "the object has a relocation of kind 23");
    t = tiny();
    t.relocations[1].r_offset = sizeof t.text - 3;
    refuse(&t, "the object is damaged");
    t = tiny();
    t.header.e_machine = EM_AARCH64;
    refuse(&t, "the object is not for this machine");
    t = tiny();
    t.header.e_type = ET_EXEC;
    refuse(&t, "it is no object");
}

/* Any byte may be any other, and the file may end anywhere. */
static void test_damage(void) {
    static const unsigned char flips[] = {0x01, 0x80, 0xff, 0x10};
    Tiny whole = tiny();
    char error[256];
    for (size_t i = 0; i < sizeof whole; i++) {
        for (size_t k = 0; k < sizeof flips; k++) {
            Tiny t = whole;
            ((unsigned char *)&t)[i] ^= flips[k];
            ElfCode *code = elf_load(&t, sizeof t, error, sizeof error);
            if (code)
                elf_unload(code);
        }
        CU_ASSERT_PTR_NULL(elf_load(&whole, i, error, sizeof error));
    }
}

void test_elf_load_register(void);
void test_elf_load_register(void) {
    CU_pSuite s = CU_add_suite("elf_load", NULL, NULL);
    CU_add_test(s, "code runs", test_runs);
    CU_add_test(s, "what cannot be loaded is refused", test_refuses);
    CU_add_test(s, "damage does no harm", test_damage);
}
