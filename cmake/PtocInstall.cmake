# cmake --install: ptoc, libptoc, the runtime, the CMake package and the pkg-config file.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ptoc")

set(exported "")
if(TARGET ptoc)
  install(TARGETS ptoc EXPORT ptocTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(exported ON)
endif()
if(TARGET ptoc_lib)
  set_target_properties(ptoc_lib PROPERTIES EXPORT_NAME libptoc)
  install(FILES "${PROJECT_SOURCE_DIR}/frontend/driver/ptoc.h" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS ptoc_lib EXPORT ptocTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(TARGETS ptoc_rt EXPORT ptocTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT ptocTargets NAMESPACE ptoc:: DESTINATION ${package_dir})

set(PTOC_MODULE_FILE "")
if(PTOC_HAS_LLVM)
  set(PTOC_MODULE_FILE "${CMAKE_INSTALL_LIBDIR}/ptoc/ptoc-llvm.so")
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/ptocConfig.cmake.in" "${PROJECT_BINARY_DIR}/ptocConfig.cmake"
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ptocConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/ptocConfig.cmake" "${PROJECT_BINARY_DIR}/ptocConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/PtocAddLibrary.cmake" DESTINATION ${package_dir})

# Relative to the file itself, so that an installation may be moved.
file(RELATIVE_PATH PTOC_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" PTOC_PC_TO_PREFIX "${PTOC_PC_TO_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/ptoc.pc.in" "${PROJECT_BINARY_DIR}/ptoc.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/ptoc.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
