/* Names that generated code may not take. */
#include "backends/c/c_internal.h"

const char *const c_reserved_names[] = {
    /* keywords of C */
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
    "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "alignas", "alignof",
    "bool", "constexpr", "false", "nullptr", "static_assert", "thread_local", "true", "typeof", "typeof_unqual", "asm",
    "fortran",
    /* keywords of C++: the arguments' struct stands in the header */
    "and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return",
    "co_yield", "compl", "concept", "const_cast", "consteval", "constinit", "decltype", "delete", "dynamic_cast",
    "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "operator", "or",
    "or_eq", "private", "protected", "public", "reinterpret_cast", "requires", "static_cast", "template", "this",
    "throw", "try", "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq",
    /* types and macros of the headers that are included */
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "size_t", "ptrdiff_t",
    "intptr_t", "uintptr_t", "va_list", "FILE", "NULL", "NAN", "INFINITY", "HUGE_VAL", "EOF", "BUFSIZ", "stdin",
    "stdout", "stderr", "errno", "assert", "linux", "unix", "i386", "INT8_MIN", "INT8_MAX", "INT16_MIN", "INT16_MAX",
    "INT32_MIN", "INT32_MAX", "INT64_MIN", "INT64_MAX", "UINT8_MAX", "UINT16_MAX", "UINT32_MAX", "UINT64_MAX",
    "INT64_C", "UINT64_C", "SIZE_MAX", "INTPTR_MAX", "INTPTR_MIN", "UINTPTR_MAX", "PTRDIFF_MAX", "PTRDIFF_MIN",
    "RAND_MAX", "EXIT_SUCCESS", "EXIT_FAILURE", "SEEK_SET", "SEEK_CUR", "SEEK_END", "L_tmpnam", "TMP_MAX",
    "FILENAME_MAX", "FOPEN_MAX", "MB_CUR_MAX", "DECIMAL_DIG", "FLT_RADIX", "FLT_MAX", "FLT_MIN", "FLT_EPSILON",
    "FLT_DIG", "DBL_MAX", "DBL_MIN", "DBL_EPSILON", "DBL_DIG", "LDBL_MAX", "LDBL_MIN", "LDBL_EPSILON", "M_PI", "M_E",
    "FP_NAN", "FP_INFINITE", "FP_ZERO", "FP_NORMAL", "FP_SUBNORMAL", "math_errhandling", "offsetof", "signbit", "isnan",
    "isinf", "isfinite", "isnormal", "fpclassify", "task", "status", NULL};

const char *const c_library_names[] = {
    "main",    "acos",      "acosh",    "asin",    "asinh",         "atan",      "atan2",     "atanh",
    "cbrt",    "ceil",      "copysign", "cos",     "cosh",          "erf",       "erfc",      "exp",
    "exp2",    "expm1",     "fabs",     "fdim",    "floor",         "fma",       "fmax",      "fmin",
    "fmod",    "frexp",     "gamma",    "hypot",   "ilogb",         "j0",        "j1",        "jn",
    "ldexp",   "lgamma",    "llrint",   "llround", "log",           "log10",     "log1p",     "log2",
    "logb",    "lrint",     "lround",   "modf",    "nan",           "nearbyint", "nextafter", "nexttoward",
    "pow",     "remainder", "remquo",   "rint",    "round",         "scalb",     "scalbln",   "scalbn",
    "sin",     "sinh",      "sqrt",     "tan",     "tanh",          "tgamma",    "trunc",     "y0",
    "y1",      "yn",        "abort",    "abs",     "aligned_alloc", "atexit",    "atof",      "atoi",
    "atol",    "atoll",     "bsearch",  "calloc",  "div",           "exit",      "free",      "getenv",
    "labs",    "ldiv",      "llabs",    "lldiv",   "malloc",        "mblen",     "qsort",     "quick_exit",
    "rand",    "random",    "realloc",  "srand",   "strtod",        "strtof",    "strtol",    "strtoll",
    "strtoul", "system",    "fclose",   "feof",    "fflush",        "fgetc",     "fgets",     "fopen",
    "fprintf", "fputc",     "fputs",    "fread",   "freopen",       "fscanf",    "fseek",     "ftell",
    "fwrite",  "getc",      "getchar",  "gets",    "index",         "perror",    "printf",    "putc",
    "putchar", "puts",      "read",     "remove",  "rename",        "rewind",    "scanf",     "setbuf",
    "setvbuf", "snprintf",  "sprintf",  "sscanf",  "strlen",        "strcpy",    "strcat",    "strcmp",
    "strncmp", "strchr",    "strstr",   "memchr",  "memcmp",        "memcpy",    "memmove",   "memset",
    "tmpfile", "tmpnam",    "ungetc",   "vprintf", "vsnprintf",     "write",     "open",      "close",
    "send",    "select",    "time",     "clock",   "signal",        "raise",     NULL};
