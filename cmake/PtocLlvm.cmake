# The module ptoc-llvm.so: made where LLVM 19 and clang 19 are, and left out where they are not. clang turns the runtime into bitcode, one
# for each machine of backends/llvm/machine.def; nothing of clang is in the module.
option(PTOC_LLVM "Build the target llvm (needs LLVM 19 and clang 19)" ON)
option(PTOC_LLVM_STATIC "Link LLVM into the module where its archives are: it loads twice as fast as the shared library" ON)
set(PTOC_HAS_LLVM OFF)
find_program(PTOC_LLVM_CONFIG NAMES llvm-config-19 PATHS /usr/lib/llvm-19/bin)
find_program(PTOC_CLANG_19 NAMES clang-19 PATHS /usr/lib/llvm-19/bin)
if(NOT PTOC_LLVM OR PTOC_SANITIZE)
  return()
endif()
if(NOT PTOC_LLVM_CONFIG OR NOT PTOC_CLANG_19)
  message(STATUS "LLVM 19 is not here (llvm-19-dev, clang-19): the target llvm is left out")
  return()
endif()
execute_process(COMMAND "${PTOC_LLVM_CONFIG}" --includedir OUTPUT_VARIABLE PTOC_LLVM_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND "${PTOC_LLVM_CONFIG}" --libdir OUTPUT_VARIABLE PTOC_LLVM_LIBDIR OUTPUT_STRIP_TRAILING_WHITESPACE)
find_library(PTOC_LLVM_LIBRARY NAMES LLVM-19 PATHS "${PTOC_LLVM_LIBDIR}" NO_DEFAULT_PATH)
if(NOT PTOC_LLVM_LIBRARY OR NOT EXISTS "${PTOC_LLVM_INCLUDE}/llvm-c/Core.h")
  message(STATUS "the headers or the library of LLVM 19 are not here (llvm-19-dev): the target llvm is left out")
  return()
endif()
set(PTOC_HAS_LLVM ON)

set(llvm_dir "${PROJECT_SOURCE_DIR}/backends/llvm")
set(llvm_out "${PROJECT_BINARY_DIR}/generated/llvm")
file(MAKE_DIRECTORY "${llvm_out}")
add_executable(rt_tool "${llvm_dir}/rt/rt_tool.c")
ptoc_own_flags(rt_tool)
target_include_directories(rt_tool SYSTEM PRIVATE "${PTOC_LLVM_INCLUDE}")
target_link_libraries(rt_tool PRIVATE "${PTOC_LLVM_LIBRARY}")

# --- the runtime's bitcode and declarations ------------------------------------------------------------------------------
file(GLOB runtime_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/runtime/include/*.h"
     "${llvm_dir}/rt/*.[ch]" "${llvm_dir}/rt/include/*.h")
set(llvm_blobs "")
set(llvm_blob_text "/* The runtime for each machine, as bytes. */\n")
# Lanes as in backends/target.def.
foreach(row "x86_64 x86_64 x86-64 4" "x86_64_v2 x86_64 x86-64-v2 4" "x86_64_v3 x86_64 x86-64-v3 8" "x86_64_v4 x86_64 x86-64-v4 16"
            "armv8_a aarch64 armv8-a 4")
  separate_arguments(row)
  list(GET row 0 name)
  list(GET row 1 arch)
  list(GET row 2 march)
  list(GET row 3 lanes)
  set(flags --target=${arch}-unknown-linux-gnu -march=${march} -std=c11 -O2 -fopenmp -fPIC -ffp-contract=off -fno-math-errno
      -nostdlibinc -isystem "${llvm_dir}/rt/include" -Wno-everything -DPT_KEEP=used -DPT_VEC_ONLY=${lanes}
      -I "${PROJECT_SOURCE_DIR}/runtime/include" -I "${llvm_dir}/rt" "${llvm_dir}/rt/runtime.c")
  set(base "${llvm_out}/${name}")
  add_custom_command(OUTPUT "${base}.bc" "${base}.txt" "${base}.cpus"
    COMMAND "${PTOC_CLANG_19}" ${flags} -Xclang -disable-llvm-passes -emit-llvm -c -o "${base}.raw.bc"
    COMMAND rt_tool bitcode "${base}.raw.bc" "${base}.bc"
    COMMAND "${PTOC_CLANG_19}" ${flags} -E -o "${base}.i"
    COMMAND rt_tool processors ${arch}-unknown-linux-gnu "${base}.cpus"
    COMMAND rt_tool declarations "${base}.i" "${base}.txt" "${PROJECT_SOURCE_DIR}/runtime/" "${llvm_dir}/rt/"
    DEPENDS rt_tool ${runtime_headers} COMMENT "runtime for ${march}" VERBATIM)
  list(APPEND llvm_blobs "${base}.bc" "${base}.txt" "${base}.cpus")
  string(APPEND llvm_blob_text "__asm__(\".section .rodata\\n.balign 16\\n.global ptoc_rt_bc_${name}\\n.hidden ptoc_rt_bc_${name}\\n\"
        \"ptoc_rt_bc_${name}: .incbin \\\"${base}.bc\\\"\\n.global ptoc_rt_bc_end_${name}\\n.hidden ptoc_rt_bc_end_${name}\\n\"
        \"ptoc_rt_bc_end_${name}: .byte 0\\n.global ptoc_rt_text_${name}\\n.hidden ptoc_rt_text_${name}\\n\"
        \"ptoc_rt_text_${name}: .incbin \\\"${base}.txt\\\"\\n.byte 0\\n.global ptoc_rt_cpus_${name}\\n.hidden ptoc_rt_cpus_${name}\\n\"
        \"ptoc_rt_cpus_${name}: .incbin \\\"${base}.cpus\\\"\\n.byte 0\\n.previous\");\n")
endforeach()
string(APPEND llvm_blob_text "typedef int ptoc_rt_blobs;\n")
file(CONFIGURE OUTPUT "${llvm_out}/blobs.c" CONTENT "${llvm_blob_text}" @ONLY)
set_source_files_properties("${llvm_out}/blobs.c" PROPERTIES OBJECT_DEPENDS "${llvm_blobs}" COMPILE_OPTIONS "-Wno-pedantic")

# --- the module ------------------------------------------------------------------------------------------------------------
file(GLOB llvm_sources CONFIGURE_DEPENDS "${llvm_dir}/*.c")
add_library(ptoc_llvm MODULE ${llvm_sources} "${PROJECT_SOURCE_DIR}/ir/base/arena.c" "${PROJECT_SOURCE_DIR}/ir/base/str.c"
            "${llvm_out}/blobs.c")
ptoc_view(ptoc_llvm ir/base backends/llvm runtime/include)
ptoc_own_flags(ptoc_llvm)
set_target_properties(ptoc_llvm PROPERTIES PREFIX "" OUTPUT_NAME ptoc-llvm C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
target_include_directories(ptoc_llvm SYSTEM PRIVATE "${PTOC_LLVM_INCLUDE}")
target_link_options(ptoc_llvm PRIVATE -Wl,--no-undefined)
# Most of the time to load libLLVM goes into relocations of what is never used and into symbols that others might replace.
set(PTOC_LLVM_ARCHIVES "")
if(PTOC_LLVM_STATIC)
  execute_process(COMMAND "${PTOC_LLVM_CONFIG}" --link-static --libfiles x86 aarch64 passes orcjit bitwriter linker
                  OUTPUT_VARIABLE PTOC_LLVM_ARCHIVES OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  separate_arguments(PTOC_LLVM_ARCHIVES)
  find_library(PTOC_LIBZ NAMES z libz.so.1)
  find_library(PTOC_LIBZSTD NAMES zstd libzstd.so.1)
  execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libstdc++.so OUTPUT_VARIABLE PTOC_LIBSTDCXX
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  list(APPEND PTOC_LLVM_ARCHIVES "") # so that there is a first one
  list(GET PTOC_LLVM_ARCHIVES 0 first)
  if(NOT EXISTS "${first}" OR NOT PTOC_LIBZ OR NOT PTOC_LIBZSTD OR NOT EXISTS "${PTOC_LIBSTDCXX}")
    set(PTOC_LLVM_ARCHIVES "")
  endif()
endif()
if(PTOC_LLVM_ARCHIVES)
  find_program(PTOC_LLD NAMES ld.lld)
  target_link_libraries(ptoc_llvm PRIVATE ${PTOC_LLVM_ARCHIVES} "${PTOC_LIBZ}" "${PTOC_LIBZSTD}" stdc++ ${CMAKE_DL_LIBS} m)
  target_link_options(ptoc_llvm PRIVATE -Wl,--gc-sections,--exclude-libs,ALL,-Bsymbolic,--as-needed $<$<BOOL:${PTOC_LLD}>:-fuse-ld=lld>)
else()
  target_link_libraries(ptoc_llvm PRIVATE "${PTOC_LLVM_LIBRARY}" ${CMAKE_DL_LIBS} m)
  # A new library is no reason to trust code that the old one made.
  target_compile_definitions(ptoc_driver PRIVATE PTOC_LLVM_LIBRARY="${PTOC_LLVM_LIBRARY}")
endif()
install(TARGETS ptoc_llvm LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ptoc)
