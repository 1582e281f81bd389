# One static library per folder, each with a private view of the tree.
find_program(PTOC_FLEX NAMES flex)
find_program(PTOC_BISON NAMES bison)

# The flags of ptoc's own code. The interpreter and the runtime share their arithmetic with generated code, so a multiply
# and an add are never contracted behind our back.
function(ptoc_own_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${PTOC_WERROR}>:-Werror> -ffp-contract=off
                                           -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
                                           -ffile-prefix-map=${PROJECT_BINARY_DIR}/include-view/${target}/=)
endfunction()

# Gives `target` an include path which shows only the listed folders of the tree.
function(ptoc_view target)
  set(view "${PROJECT_BINARY_DIR}/include-view/${target}")
  file(REMOVE_RECURSE "${view}")
  foreach(folder ${ARGN})
    get_filename_component(parent "${view}/${folder}" DIRECTORY)
    file(MAKE_DIRECTORY "${parent}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${view}/${folder}" SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE "${view}")
endfunction()

# ptoc_folder(target FOLDER dir SEES dir... [LINK lib...] [RECURSE] [GRAMMAR] [EXCEPT file...]
#             [INCLUDE dir...] [DEFINE name=value...])
# A folder without sources becomes an INTERFACE library, so that the tree configures at any moment of its growth.
function(ptoc_folder target)
  cmake_parse_arguments(ARG "RECURSE;GRAMMAR" "FOLDER" "SEES;LINK;EXCEPT;INCLUDE;DEFINE" ${ARGN})
  set(dir "${PROJECT_SOURCE_DIR}/${ARG_FOLDER}")
  if(ARG_RECURSE)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${dir}/*.c")
  else()
    file(GLOB sources CONFIGURE_DEPENDS "${dir}/*.c")
  endif()
  foreach(name ${ARG_EXCEPT})
    list(REMOVE_ITEM sources "${dir}/${name}")
  endforeach()
  if(ARG_GRAMMAR)
    ptoc_grammar(grammar_sources ${ARG_FOLDER})
    list(APPEND sources ${grammar_sources})
  endif()
  if(NOT sources)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${ARG_LINK})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  if(ARG_GRAMMAR AND grammar_sources)
    # Apart from the library, so that generating waits for none of the libraries below it.
    add_custom_target(${target}_grammar DEPENDS ${grammar_sources})
    add_dependencies(${target} ${target}_grammar)
  endif()
  ptoc_view(${target} ${ARG_SEES})
  ptoc_own_flags(${target})
  target_compile_definitions(${target} PRIVATE ${ARG_DEFINE})
  if(ARG_GRAMMAR)
    target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}/generated")
  endif()
  target_include_directories(${target} PRIVATE ${ARG_INCLUDE})
  target_link_libraries(${target} PUBLIC ${ARG_LINK} m)
endfunction()

# lexer.l and parser.y of a folder, generated into ${build}/generated/<folder>/: their headers are included as
# "frontend/lexer.h" and "frontend/parser.h", as if they stood in the tree.
function(ptoc_grammar out folder)
  set(src "${PROJECT_SOURCE_DIR}/${folder}")
  set(gen "${PROJECT_BINARY_DIR}/generated/${folder}")
  file(MAKE_DIRECTORY "${gen}")
  set(sources "")
  file(GLOB grammars CONFIGURE_DEPENDS "${src}/*.l" "${src}/*.y") # re-configures when one appears
  if(EXISTS "${src}/parser.y")
    if(NOT PTOC_BISON)
      message(FATAL_ERROR "bison is needed to build ptoc (scripts/install-deps.sh installs it)")
    endif()
    add_custom_command(OUTPUT "${gen}/parser.c" "${gen}/parser.h"
      COMMAND "${PTOC_BISON}" -Wall -Wno-yacc -Werror --defines=${gen}/parser.h -o "${gen}/parser.c" "${src}/parser.y"
      DEPENDS "${src}/parser.y" COMMENT "bison ${folder}/parser.y" VERBATIM)
    list(APPEND sources "${gen}/parser.c" "${gen}/parser.h")
  endif()
  if(EXISTS "${src}/lexer.l")
    if(NOT PTOC_FLEX)
      message(FATAL_ERROR "flex is needed to build ptoc (scripts/install-deps.sh installs it)")
    endif()
    add_custom_command(OUTPUT "${gen}/lexer.c" "${gen}/lexer.h"
      COMMAND "${PTOC_FLEX}" --header-file=${gen}/lexer.h -o "${gen}/lexer.c" "${src}/lexer.l"
      DEPENDS "${src}/lexer.l" COMMENT "flex ${folder}/lexer.l" VERBATIM)
    list(APPEND sources "${gen}/lexer.c" "${gen}/lexer.h")
  endif()
  # The skeletons of flex and bison are not ours: they keep -Wall but not the warnings they are known to raise.
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS
    "-Wno-sign-compare;-Wno-unused-function;-Wno-unused-parameter;-Wno-unused-variable;-Wno-unused-but-set-variable;-Wno-overlength-strings")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# The library of what the functions of a public header reach in other libraries: one object, whose other names nobody can meet.
function(ptoc_sum target)
  cmake_parse_arguments(ARG "" "OUTPUT;HEADER" "OF" ${ARGN})
  set(header "${PROJECT_SOURCE_DIR}/${ARG_HEADER}")
  file(STRINGS "${header}" lines REGEX "^[a-z].*[ *]ptoc_[a-z_]+\\(")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
  set(keep "")
  set(want "")
  foreach(line ${lines})
    if(NOT line MATCHES "^typedef" AND line MATCHES "[ *](ptoc_[a-z_]+)\\(")
      list(APPEND keep "--keep-global-symbol=${CMAKE_MATCH_1}")
      list(APPEND want -u ${CMAKE_MATCH_1})
    endif()
  endforeach()
  set(archives "")
  foreach(lib ${ARG_OF})
    get_target_property(type ${lib} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      list(APPEND archives "$<TARGET_FILE:${lib}>")
    endif()
  endforeach()
  set(object "${PROJECT_BINARY_DIR}/generated/lib${ARG_OUTPUT}.o")
  add_custom_command(OUTPUT "${object}"
    COMMAND "${CMAKE_LINKER}" -r -o "${object}" ${want} --start-group ${archives} --end-group
    COMMAND "${CMAKE_OBJCOPY}" ${keep} "${object}"
    DEPENDS ${ARG_OF} "${header}" COMMENT "linking lib${ARG_OUTPUT}.o" VERBATIM)
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_library(${target} STATIC "${object}")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT} LINKER_LANGUAGE C)
  target_link_libraries(${target} PUBLIC m ${CMAKE_DL_LIBS})
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/include-public")
  get_filename_component(name "${header}" NAME)
  file(CREATE_LINK "${header}" "${PROJECT_BINARY_DIR}/include-public/${name}" SYMBOLIC)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include-public>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_library(ptoc::lib${ARG_OUTPUT} ALIAS ${target})
endfunction()
