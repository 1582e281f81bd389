/* .npy files: the exact bytes written, everything NumPy writes for our types read, and every damaged header refused. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include "frontend/npy.h"

static Arena *arena;

static int setup(void) {
    arena = arena_create();
    return 0;
}

static int teardown(void) {
    arena_destroy(arena);
    return 0;
}

/* An .npy file of version 1.0 with the given header text and `bytes` bytes of data 0, 1, 2, ... */
static void make_file(Buf *out, const char *header, size_t bytes) {
    buf_write(out, "\x93NUMPY\x01\x00", 8);
    size_t n = strlen(header);
    buf_putc(out, (char)(n & 0xff));
    buf_putc(out, (char)(n >> 8));
    buf_write(out, header, n);
    for (size_t i = 0; i < bytes; i++)
        buf_putc(out, (char)i);
}

static bool read_header(const char *header, size_t bytes, NpyArray *array, char *error, size_t error_size) {
    Buf file = {NULL, 0, 0}, why = {NULL, 0, 0};
    make_file(&file, header, bytes);
    bool ok = npy_parse(arena, file.data, file.len, array, &why);
    snprintf(error, error_size, "%s", buf_text(&why));
    buf_free(&file);
    buf_free(&why);
    return ok;
}

static void test_write_is_what_numpy_writes(void) {
    const int64_t dims[] = {2, 3};
    const float data[] = {1, 2, 3, 4, 5, 6};
    Buf file = {NULL, 0, 0};
    npy_format(&file, ELEM_F32, 2, dims, data);
    CU_ASSERT_EQUAL(file.len, 128 + sizeof data);
    CU_ASSERT(memcmp(file.data, "\x93NUMPY\x01\x00\x76\x00", 10) == 0);
    CU_ASSERT(memcmp(file.data + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   ", 62) == 0);
    CU_ASSERT_EQUAL(file.data[127], '\n');
    CU_ASSERT(memcmp(file.data + 128, data, sizeof data) == 0);
    buf_free(&file);
}

static void test_round_trip_all_types(void) {
    for (int e = 0; e < ELEM_COUNT; e++) {
        for (int rank = 0; rank <= IR_MAX_RANK; rank++) {
            int64_t dims[IR_MAX_RANK];
            char data[8 * 256];
            int64_t count = 1;
            for (int i = 0; i < rank; i++)
                count *= dims[i] = i == 1 ? 3 : i == 4 ? 2 : 1;
            for (size_t i = 0; i < sizeof data; i++)
                data[i] = (char)(i * 7 % 2);
            Buf file = {NULL, 0, 0}, error = {NULL, 0, 0};
            NpyArray array;
            npy_format(&file, (Elem)e, rank, dims, data);
            CU_ASSERT_EQUAL((file.len - (size_t)count * (size_t)elem_bytes((Elem)e)) % 64, 0);
            CU_ASSERT(npy_parse(arena, file.data, file.len, &array, &error));
            CU_ASSERT(npy_holds_elem(&array, (Elem)e));
            CU_ASSERT_EQUAL(array.rank, rank);
            CU_ASSERT_EQUAL(array.count, count);
            CU_ASSERT(memcmp(array.dims, dims, sizeof *dims * (size_t)rank) == 0);
            CU_ASSERT(memcmp(array.data, data, (size_t)count * (size_t)array.item_size) == 0);
            buf_free(&file);
            buf_free(&error);
        }
    }
}

static void test_reads_variants(void) {
    NpyArray array;
    char error[100];
    CU_ASSERT(read_header("{'shape':(4,),\"fortran_order\": False,'descr':\"<i2\"}\n", 8, &array, error, sizeof error));
    CU_ASSERT(npy_holds_elem(&array, ELEM_I16));
    CU_ASSERT_FALSE(npy_holds_elem(&array, ELEM_U16));
    CU_ASSERT_FALSE(npy_holds_elem(&array, ELEM_F16));
    CU_ASSERT(
        read_header("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 7), }", 0, &array, error, sizeof error));
    CU_ASSERT(npy_holds_elem(&array, ELEM_BOOL));
    CU_ASSERT(npy_holds_elem(&array, ELEM_F8E4M3));
    CU_ASSERT_EQUAL(array.count, 0);
    CU_ASSERT(read_header("{'descr': '<u1', 'fortran_order': False, 'shape': (), }", 1, &array, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(array.descr, "|u1");
    CU_ASSERT_EQUAL(array.count, 1);
}

static void test_refuses_damage(void) {
    static const struct {
        const char *header;
        size_t bytes;
        const char *error;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", 16,
         "the array is stored in Fortran order; save it with numpy.ascontiguousarray"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }", 16, "element type `>f4` is not little endian"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", 16, "element type `<c8` is not supported"},
        {"{'descr': '<U4', 'fortran_order': False, 'shape': (2,), }", 16, "element type `<U4` is not supported"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8,
         "records and other composed element types are not supported"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 15, "15 bytes of data, expected 16"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 17, "17 bytes of data, expected 16"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", 4,
         "the array has more than 8 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 4, "the shape is too large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4, "the header is damaged"},
        {"{'descr': '<f4', 'fortran_order': False, }", 4, "the header is damaged"},
        {"{'descr': '<f4', 'shape': (1,), 'fortran_order': Maybe}", 4, "the header is damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2 2), }", 16, "the header is damaged"},
        {"{'descr': '<f4, 'fortran_order': False", 4, "the header is damaged"},
        {"{'other': 1}", 0, "the header is damaged"},
        {"", 0, "the header is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NpyArray array;
        char error[100];
        CU_ASSERT_FALSE(read_header(cases[i].header, cases[i].bytes, &array, error, sizeof error));
        CU_ASSERT_STRING_EQUAL(error, cases[i].error);
    }
}

static void test_refuses_other_files(void) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *error;
    } cases[] = {
        {"", 0, "not an .npy file"},
        {"PK\x03\x04 zip archive", 15, "not an .npy file"},
        {"\x93NUMPY\x03\x00\x00\x00\x00\x00", 12, "version 3.0 of the format is not supported"},
        {"\x93NUMPY\x01\x00\xff\xff", 10, "the header is damaged"},
        {"\x93NUMPY\x02\x00\xff\xff", 10, "the header is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NpyArray array;
        Buf error = {NULL, 0, 0};
        CU_ASSERT_FALSE(npy_parse(arena, cases[i].bytes, cases[i].size, &array, &error));
        CU_ASSERT_STRING_EQUAL(buf_text(&error), cases[i].error);
        buf_free(&error);
    }
}

static void test_files(void) {
    static const char path[] = "test_npy.tmp.npy";
    const int64_t dims[] = {3};
    const int32_t data[] = {-1, 0, 7};
    CU_ASSERT_EQUAL(npy_write(path, ELEM_I32, 1, dims, data), 0);
    NpyArray array;
    Buf error = {NULL, 0, 0};
    CU_ASSERT(npy_read(arena, path, &array, &error));
    CU_ASSERT(array.count == 3 && memcmp(array.data, data, sizeof data) == 0);
    CU_ASSERT_EQUAL(remove(path), 0);
    CU_ASSERT_FALSE(npy_read(arena, path, &array, &error));
    CU_ASSERT_STRING_EQUAL(buf_text(&error), "No such file or directory");
    buf_free(&error);
}

void test_npy_register(void);
void test_npy_register(void) {
    CU_pSuite suite = CU_add_suite("npy", setup, teardown);
    CU_add_test(suite, "the bytes written are NumPy's", test_write_is_what_numpy_writes);
    CU_add_test(suite, "all types, all ranks", test_round_trip_all_types);
    CU_add_test(suite, "header variants", test_reads_variants);
    CU_add_test(suite, "damaged headers", test_refuses_damage);
    CU_add_test(suite, "other files", test_refuses_other_files);
    CU_add_test(suite, "files on disk", test_files);
}
