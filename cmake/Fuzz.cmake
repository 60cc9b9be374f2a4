# nst_fuzz(NAME ROOMS room…)
#
# build/fuzz/fuzz_NAME from suites/fuzz/NAME.c, which defines LLVMFuzzerTestOneInput(). With clang and
# -DNSTEST_FUZZ=ON it is a libFuzzer. Otherwise suites/fuzz/driver.c runs it: the corpus, then seeded
# mutations of it, so that every compiler's ASan build can run it as a test.
function(nst_fuzz name)
  if(NOT NSTEST_TESTS)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "" "ROOMS" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/suites/fuzz)
  add_executable(fuzz_${name} ${folder}/${name}.c)
  set_target_properties(fuzz_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_compile_options(fuzz_${name} PRIVATE -Wno-missing-prototypes) # libFuzzer has no header
  nstest_link_rooms(fuzz_${name} ${FUZZ_ROOMS})
  if(NSTEST_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${folder}/driver.c)
    target_compile_definitions(fuzz_${name} PRIVATE
      FUZZ_NAME="${name}" FUZZ_CORPUS="${folder}/corpus/${name}")
    add_test(NAME fuzz_${name} COMMAND fuzz_${name})
  endif()
endfunction()
