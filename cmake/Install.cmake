# What `cmake --install` puts where: the program, the library with its headers, nstest.pc and CMake
# package, and what goes with them.
include(CMakePackageConfigHelpers)
include(ManPages)

install(TARGETS nstest-cli)
install(TARGETS nstest EXPORT nstestTargets)
if(TARGET nstest_criterion)
  install(TARGETS nstest_criterion EXPORT nstestTargets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/harness/criterion/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
foreach(folder ${library_headers})
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()

# pkg-config. Who links the static library needs what that stands on; with the shared one, nothing.
set(pc_requires Requires)
set(pc_libs " -pthread -lm")
if(BUILD_SHARED_LIBS)
  set(pc_requires Requires.private)
  set(pc_libs "")
endif()
foreach(dir libdir includedir)
  string(TOUPPER ${dir} upper)
  cmake_path(APPEND pc_${dir} "\${prefix}" ${CMAKE_INSTALL_${upper}})
endforeach()
file(RELATIVE_PATH pc_up /x/${CMAKE_INSTALL_LIBDIR}/pkgconfig /x) # so that the prefix may move
string(REGEX REPLACE "/$" "" pc_up ${pc_up})
configure_file(cmake/nstest.pc.in nstest.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/nstest.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET nstest_criterion)
  configure_file(cmake/nstest-criterion.pc.in nstest-criterion.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/nstest-criterion.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/nstest)
install(EXPORT nstestTargets NAMESPACE nstest:: DESTINATION ${package})
configure_package_config_file(cmake/nstestConfig.cmake.in nstestConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(nstestConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nstestConfig.cmake ${PROJECT_BINARY_DIR}/nstestConfigVersion.cmake
  DESTINATION ${package})

install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB schemas CONFIGURE_DEPENDS docs/*.schema.json)
install(FILES ${schemas} DESTINATION ${CMAKE_INSTALL_DATADIR}/nstest)
