# nstest_suite(NAME [ROOMS room…] [SOURCES file…] [LIBRARIES target…])
#
# A Criterion executable build/suites/suite_NAME from every .c of the current folder, or from SOURCES.
# With ROOMS it is a room's own test: it has the objects of these rooms and of all below, and sees
# their internal headers. Without, it is a user's test: it links nstest::criterion and with it libnstest,
# and sees public headers only.
function(nstest_suite name)
  if(NOT NSTEST_TESTS)
    return()
  endif()
  cmake_parse_arguments(SUITE "" "" "ROOMS;SOURCES;LIBRARIES" ${ARGN})
  if(NOT SUITE_SOURCES)
    file(GLOB SUITE_SOURCES CONFIGURE_DEPENDS *.c)
  endif()
  if(NOT SUITE_SOURCES)
    return()
  endif()
  add_executable(suite_${name} ${SUITE_SOURCES})
  set_target_properties(suite_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/suites)
  # Assertions of Criterion without a message of their own have an empty one.
  target_compile_options(suite_${name} PRIVATE -Wno-format-zero-length)
  target_compile_definitions(suite_${name} PRIVATE SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")
  target_link_libraries(suite_${name} PRIVATE PkgConfig::CRITERION ${SUITE_LIBRARIES})
  if(SUITE_ROOMS)
    nstest_link_rooms(suite_${name} ${SUITE_ROOMS})
    foreach(room ${SUITE_ROOMS}) # its own headers too: what is tested in them is not for others
      get_property(folder GLOBAL PROPERTY room_${room}_folder)
      target_include_directories(suite_${name} PRIVATE ${PROJECT_SOURCE_DIR}/${folder}/src)
    endforeach()
  else()
    target_link_libraries(suite_${name} PRIVATE nstest::criterion)
  endif()
  add_test(NAME ${name} COMMAND suite_${name})
endfunction()
