# nstest_criterion: what C suites link beside Criterion. Its own target, so that libnstest does not
# need Criterion. It has the objects of its room, of evidence and of reports; the rest is in libnstest.
nstest_room(criterion harness/criterion DEPENDS evidence probe firewall
  LIBRARIES PkgConfig::CRITERION)
add_library(nstest_criterion STATIC
  $<TARGET_OBJECTS:room_criterion> $<TARGET_OBJECTS:room_evidence>
  $<TARGET_OBJECTS:room_report>)
add_library(nstest::criterion ALIAS nstest_criterion)
set_target_properties(nstest_criterion PROPERTIES EXPORT_NAME criterion)
target_include_directories(nstest_criterion INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/harness/criterion/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(nstest_criterion PUBLIC nstest PkgConfig::CRITERION)
