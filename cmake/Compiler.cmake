# Warnings and sanitizers, the same for all targets.
add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wno-missing-field-initializers # { "client", "10.0.0.1/24" }: the rest is zero, on purpose
  -fno-strict-aliasing $<$<BOOL:${NSTEST_WERROR}>:-Werror>)

set(sanitizers ${NSTEST_SANITIZE})
if(sanitizers)
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${sanitizers})
endif()
if(NSTEST_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "NSTEST_FUZZ needs clang (cmake --preset fuzz)")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Every lab process is a fork: what is bound once before it is not bound again in each.
add_link_options(-Wl,-z,relro,-z,now)
