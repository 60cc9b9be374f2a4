# PID 1 of guest kernels: a small static program, which the room `kernel` has inside as bytes.
add_executable(guest-init harness/kernel/guest/init.c)
target_include_directories(guest-init PRIVATE harness/kernel/internal)
# In a guest, sanitizers find no room for their memory.
target_compile_options(guest-init PRIVATE -Os -g0 -fno-sanitize=all)
target_link_options(guest-init PRIVATE -s -fno-sanitize=all)
set_target_properties(guest-init PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/kernel)
# Static, so that it needs nothing of the root it starts in; Fedora has libc.a in glibc-static.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LINK_OPTIONS -static -fno-sanitize=all)
check_c_source_compiles("int main(void) { return 0; }" NSTEST_STATIC_LIBC)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
if(NSTEST_STATIC_LIBC)
  target_link_options(guest-init PRIVATE -static)
endif()
target_compile_definitions(room_kernel PRIVATE INIT_IMAGE="${PROJECT_BINARY_DIR}/kernel/guest-init")
set_source_files_properties(harness/kernel/src/init_image.c PROPERTIES
  OBJECT_DEPENDS ${PROJECT_BINARY_DIR}/kernel/guest-init)
add_dependencies(room_kernel guest-init)
