#include "frontend/npy.h"
#include <errno.h>
#include <string.h>

static const char npy_magic[] = "\x93NUMPY";
enum { NPY_MAGIC_SIZE = 6, NPY_ALIGN = 64 };
static const size_t npy_file_limit = (size_t)1 << 40;

const char *npy_elem_descr(Elem elem) {
    switch (elem) {
    case ELEM_BOOL: return "|b1";
    case ELEM_I8: return "|i1";
    case ELEM_I16: return "<i2";
    case ELEM_I32: return "<i4";
    case ELEM_I64:
    case ELEM_INDEX: return "<i8";
    case ELEM_U8:
    case ELEM_F8E4M3:
    case ELEM_F8E5M2: return "|u1";
    case ELEM_U16:
    case ELEM_BF16: return "<u2";
    case ELEM_U32: return "<u4";
    case ELEM_U64: return "<u8";
    case ELEM_F16: return "<f2";
    case ELEM_F32: return "<f4";
    case ELEM_F64: return "<f8";
    case ELEM_COUNT: break;
    }
    return "";
}

bool npy_holds_elem(const NpyArray *array, Elem elem) {
    const char *want = npy_elem_descr(elem);
    if (elem == ELEM_BOOL && strcmp(array->descr, "|u1") == 0)
        return true;
    return strcmp(array->descr, want) == 0;
}

/* ---- the header: a Python dictionary in one line ----------------------------------------------------------------- */
typedef struct HeaderCursor {
    const char *at, *end;
} HeaderCursor;

static void header_skip_blanks(HeaderCursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool header_take(HeaderCursor *c, char wanted) {
    header_skip_blanks(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* A string in either kind of quotes, without escapes, shorter than `size`. */
static bool header_take_string(HeaderCursor *c, char *out, size_t size) {
    header_skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote) {
        if (n + 1 >= size)
            return false;
        out[n++] = *c->at++;
    }
    out[n] = '\0';
    return header_take(c, quote);
}

static bool header_take_word(HeaderCursor *c, const char *word) {
    size_t n = strlen(word);
    header_skip_blanks(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool header_take_number(HeaderCursor *c, int64_t *out) {
    header_skip_blanks(c);
    const char *first = c->at;
    int64_t value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        int digit = *c->at++ - '0';
        if (value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return c->at > first;
}

/* (), (3,), (3, 4) */
static bool header_take_shape(HeaderCursor *c, NpyArray *out, Buf *error) {
    out->rank = 0;
    if (!header_take(c, '('))
        return false;
    while (!header_take(c, ')')) {
        if (out->rank == IR_MAX_RANK) {
            buf_printf(error, "the array has more than %d dimensions", IR_MAX_RANK);
            return false;
        }
        if (!header_take_number(c, &out->dims[out->rank]))
            return false;
        out->rank++;
        if (!header_take(c, ',')) {
            if (!header_take(c, ')'))
                return false;
            break;
        }
    }
    return true;
}

typedef struct HeaderSeen {
    bool descr, order, shape;
} HeaderSeen;

static bool header_take_entry(HeaderCursor *c, NpyArray *out, HeaderSeen *seen, Buf *error) {
    char key[24];
    if (!header_take_string(c, key, sizeof key) || !header_take(c, ':'))
        return false;
    if (strcmp(key, "descr") == 0) {
        seen->descr = true;
        if (header_take_string(c, out->descr, sizeof out->descr))
            return true;
        buf_puts(error, "records and other composed element types are not supported");
        return false;
    }
    if (strcmp(key, "fortran_order") == 0) {
        seen->order = true;
        if (header_take_word(c, "False"))
            return true;
        if (header_take_word(c, "True"))
            buf_puts(error, "the array is stored in Fortran order; save it with numpy.ascontiguousarray");
        return false;
    }
    if (strcmp(key, "shape") == 0) {
        seen->shape = true;
        return header_take_shape(c, out, error);
    }
    return false;
}

static bool header_parse(const char *text, size_t size, NpyArray *out, Buf *error) {
    HeaderCursor c = {text, text + size};
    HeaderSeen seen = {false, false, false};
    bool ok = header_take(&c, '{');
    while (ok && !header_take(&c, '}')) {
        ok = header_take_entry(&c, out, &seen, error);
        if (ok && !header_take(&c, ',')) {
            ok = header_take(&c, '}');
            break;
        }
    }
    if (ok && seen.descr && seen.order && seen.shape)
        return true;
    if (error->len == 0)
        buf_puts(error, "the header is damaged");
    return false;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */
/* "<f4" and the like; one-byte types may carry any order mark and get the canonical one. */
static bool npy_check_descr(NpyArray *out, Buf *error) {
    const char *d = out->descr;
    bool known = strlen(d) == 3 && strchr("<>=|", d[0]) && strchr("biuf", d[1]) && strchr("1248", d[2]);
    if (!known || (d[1] == 'b' && d[2] != '1') || (d[1] == 'f' && d[2] == '1')) {
        buf_printf(error, "element type `%s` is not supported", d);
        return false;
    }
    out->item_size = d[2] - '0';
    if (out->item_size > 1 && d[0] != '<') {
        buf_printf(error, "element type `%s` is not little endian", d);
        return false;
    }
    if (out->item_size == 1)
        out->descr[0] = '|';
    return true;
}

static bool npy_count_elements(NpyArray *out, size_t bytes_left, Buf *error) {
    out->count = 1;
    for (int i = 0; i < out->rank; i++)
        if (out->dims[i] == 0)
            out->count = 0;
    for (int i = 0; i < out->rank && out->count > 0; i++) {
        if (out->count > INT64_MAX / out->item_size / out->dims[i]) {
            buf_puts(error, "the shape is too large");
            return false;
        }
        out->count *= out->dims[i];
    }
    uint64_t want = (uint64_t)out->count * (uint64_t)out->item_size;
    if (want != bytes_left) {
        buf_printf(error, "%llu bytes of data, expected %llu", (unsigned long long)bytes_left,
                   (unsigned long long)want);
        return false;
    }
    return true;
}

bool npy_parse(Arena *arena, const void *bytes, size_t size, NpyArray *out, Buf *error) {
    const unsigned char *p = bytes;
    memset(out, 0, sizeof *out);
    if (size < NPY_MAGIC_SIZE + 4 || memcmp(p, npy_magic, NPY_MAGIC_SIZE) != 0) {
        buf_puts(error, "not an .npy file");
        return false;
    }
    int major = p[6], minor = p[7];
    if ((major != 1 && major != 2) || minor != 0) {
        buf_printf(error, "version %d.%d of the format is not supported", major, minor);
        return false;
    }
    size_t begin = major == 1 ? 10 : 12;
    if (size < begin) {
        buf_puts(error, "the header is damaged");
        return false;
    }
    size_t length = (size_t)p[8] | (size_t)p[9] << 8;
    if (major == 2)
        length |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (length > size - begin) {
        buf_puts(error, "the header is damaged");
        return false;
    }
    size_t data_begin = begin + length;
    if (!header_parse((const char *)p + begin, length, out, error) || !npy_check_descr(out, error) ||
        !npy_count_elements(out, size - data_begin, error))
        return false;
    void *data = arena_alloc(arena, size - data_begin + 1);
    memcpy(data, p + data_begin, size - data_begin);
    out->data = data;
    return true;
}

bool npy_read(Arena *arena, const char *path, NpyArray *out, Buf *error) {
    Buf file = {NULL, 0, 0};
    int failed = buf_load(&file, path, npy_file_limit);
    if (failed)
        buf_puts(error, strerror(failed));
    bool ok = !failed && npy_parse(arena, file.data ? file.data : "", file.len, out, error);
    buf_free(&file);
    return ok;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */
void npy_format(Buf *out, Elem elem, int rank, const int64_t *dims, const void *data) {
    Buf header = {NULL, 0, 0};
    buf_printf(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", npy_elem_descr(elem));
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        buf_printf(&header, i + 1 < rank ? "%lld, " : rank == 1 ? "%lld," : "%lld", (long long)dims[i]);
        count *= (size_t)dims[i];
    }
    buf_puts(&header, "), }");
    /* The data begins at a multiple of 64 bytes; the header's last character is a newline. */
    while ((NPY_MAGIC_SIZE + 4 + header.len + 1) % NPY_ALIGN != 0)
        buf_putc(&header, ' ');
    buf_putc(&header, '\n');
    buf_write(out, npy_magic, NPY_MAGIC_SIZE);
    buf_putc(out, 1);
    buf_putc(out, 0);
    buf_putc(out, (char)(header.len & 0xff));
    buf_putc(out, (char)(header.len >> 8));
    buf_write(out, header.data, header.len);
    if (count > 0)
        buf_write(out, data, count * (size_t)elem_bytes(elem));
    buf_free(&header);
}

int npy_write(const char *path, Elem elem, int rank, const int64_t *dims, const void *data) {
    Buf file = {NULL, 0, 0};
    npy_format(&file, elem, rank, dims, data);
    int failed = buf_save(&file, path);
    buf_free(&file);
    return failed;
}
