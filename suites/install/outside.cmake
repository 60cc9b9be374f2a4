# The CMakeLists.txt of somebody else's project.
cmake_minimum_required(VERSION 3.22)
project(outside LANGUAGES C)
find_package(nstest 0.1 REQUIRED)
add_executable(outside outside.c)
target_compile_options(outside PRIVATE -Wall -Wextra -Werror)
target_link_libraries(outside PRIVATE nstest::nstest)
