# The CMakeLists.txt of somebody else's project.
cmake_minimum_required(VERSION 3.22)
project(outside LANGUAGES C)
find_package(nstest 0.1 REQUIRED)
add_compile_options(-Wall -Wextra -Werror)
add_executable(outside outside.c)
target_link_libraries(outside PRIVATE nstest::nstest)
add_executable(outside_suite outside_suite.c)
target_link_libraries(outside_suite PRIVATE nstest::criterion)
