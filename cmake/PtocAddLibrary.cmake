# ptoc_add_library(name FILE.pto [HEADER header.h] [OPTIONS option...] [DEFINES NAME=VALUE...])
#
# Compiles FILE.pto to C with ptoc and that to the static library `name`, which carries its header on its public include
# path (HEADER is its file name; by default the source's name with .h). OPTIONS go to ptoc, DEFINES become -DNAME=VALUE.
# The library is made again when the source, an import of it, or ptoc itself changes.
function(ptoc_add_library name source)
  cmake_parse_arguments(ARG "" "HEADER" "OPTIONS;DEFINES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ptoc_add_library(${name}): unknown argument `${ARG_UNPARSED_ARGUMENTS}`")
  endif()
  get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  get_filename_component(stem "${source}" NAME_WE)
  if(NOT ARG_HEADER)
    set(ARG_HEADER "${stem}.h")
  endif()
  set(dir "${CMAKE_CURRENT_BINARY_DIR}/${name}.ptoc")
  file(MAKE_DIRECTORY "${dir}")
  set(defines "")
  foreach(define ${ARG_DEFINES})
    list(APPEND defines "-D${define}")
  endforeach()
  set(c "${dir}/${stem}.c")
  set(header "${dir}/${ARG_HEADER}")
  add_custom_command(OUTPUT "${c}" "${header}"
    COMMAND ptoc::ptoc ${ARG_OPTIONS} ${defines} "${source}" -o "${c}" "--header=${header}" -MD -MF "${c}.d" -MT "${c}"
    DEPENDS ptoc::ptoc "${source}" DEPFILE "${c}.d" COMMENT "ptoc ${stem}.pto" VERBATIM)
  add_library(${name} STATIC "${c}" "${header}")
  # A generated file carries what it needs of the runtime: two of them are two translation units.
  set_source_files_properties("${c}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(${name} PUBLIC "${dir}")
  set(march "")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
    set(march -march=native)
  endif()
  # Products and sums are fused where the program says so and nowhere else: results are the same bits everywhere.
  target_compile_options(${name} PRIVATE -std=c11 -O3 ${march} -ffp-contract=off)
  target_link_libraries(${name} PUBLIC m)
  find_package(OpenMP QUIET COMPONENTS C)
  if(OpenMP_C_FOUND)
    target_link_libraries(${name} PUBLIC OpenMP::OpenMP_C)
  endif()
endfunction()
