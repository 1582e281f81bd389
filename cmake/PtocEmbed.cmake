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
  add_custom_command(OUTPUT "${dir}/ptoc_runtime_text.c" "${dir}/ptoc_runtime_text.h"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${dir}/ptoc_runtime_text" "-DFILES=${files}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/embed.cmake" COMMENT "embedding the runtime" VERBATIM)
  add_library(${target} STATIC "${dir}/ptoc_runtime_text.c" "${dir}/ptoc_runtime_text.h")
  ptoc_own_flags(${target})
  set(${out_dir} "${dir}" PARENT_SCOPE)
endfunction()
