# The library `target` of files as text: NAME_files and NAME_file_count in "NAME_text.h", which is generated in `dir`.
function(ptoc_embed target name dir)
  file(MAKE_DIRECTORY "${dir}")
  add_custom_command(OUTPUT "${dir}/${name}_text.c" "${dir}/${name}_text.h"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${dir}/${name}_text" "-DNAME=${name}" "-DFILES=${ARGN}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${ARGN} "${PROJECT_SOURCE_DIR}/cmake/embed.cmake" COMMENT "embedding ${name}" VERBATIM)
  add_library(${target} STATIC "${dir}/${name}_text.c" "${dir}/${name}_text.h")
  ptoc_own_flags(${target})
endfunction()

# Turns the files of runtime/manifest.txt into ptoc_runtime_text.{h,c}: the runtime travels inside the compiler.

# Makes the library `target` of that text and sets `out_dir` to the folder of its header "ptoc_runtime_text.h".
function(ptoc_embed_runtime target out_dir)
  set(runtime "${PROJECT_SOURCE_DIR}/runtime")
  set(manifest "${runtime}/manifest.txt")
  set(dir "${PROJECT_BINARY_DIR}/generated/runtime")
  file(MAKE_DIRECTORY "${dir}")
  set(files "")
  file(GLOB found CONFIGURE_DEPENDS "${manifest}") # re-configures when the manifest appears
  if(EXISTS "${manifest}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
    file(STRINGS "${manifest}" lines)
    foreach(line ${lines})
      string(REGEX REPLACE "#.*" "" line "${line}")
      string(STRIP "${line}" line)
      if(line STREQUAL "")
        continue()
      elseif(EXISTS "${runtime}/${line}")
        list(APPEND files "${runtime}/${line}")
      elseif(EXISTS "${runtime}/include/${line}")
        list(APPEND files "${runtime}/include/${line}")
      else()
        message(FATAL_ERROR "runtime/manifest.txt lists `${line}`, which is neither in runtime/ nor in runtime/include/")
      endif()
    endforeach()
  endif()
  ptoc_embed(${target} ptoc_runtime "${dir}" ${files})
  set(${out_dir} "${dir}" PARENT_SCOPE)
endfunction()

# The runtime in pieces for `library` (a folder of backends that writes C): split cuts it up when the compiler is built.
function(ptoc_split_runtime library)
  set(out "${PROJECT_BINARY_DIR}/generated/runtime/ptoc_pieces.c")
  set(headers "")
  file(STRINGS "${PROJECT_SOURCE_DIR}/runtime/manifest.txt" lines REGEX "^ptoc_.*\\.h")
  list(REMOVE_ITEM lines ptoc_rt.h) # what callers see stays whole
  foreach(line ${lines})
    list(APPEND headers "${PROJECT_SOURCE_DIR}/runtime/include/${line}")
  endforeach()
  add_custom_command(OUTPUT "${out}" COMMAND ptoc_split "${out}" ${headers} DEPENDS ptoc_split ${headers}
    COMMENT "splitting the runtime" VERBATIM)
  target_sources(${library} PRIVATE "${out}")
endfunction()
