# Man pages and shell completions, written by the program itself from its tables of verbs.
set(man_pages "")
foreach(verb "" run check list doctor up shell exec with ps down explain matrix init mutate explore kernel merge new config help)
  string(JOIN "-" page nstest ${verb})
  list(APPEND man_pages ${PROJECT_BINARY_DIR}/man/${page}.1)
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/man/${page}.1 DEPENDS nstest-cli VERBATIM
    COMMAND nstest-cli help --man ${verb} > ${PROJECT_BINARY_DIR}/man/${page}.1)
endforeach()
set(completions "")
foreach(pair bash:nstest zsh:_nstest fish:nstest.fish)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 shell)
  list(GET pair 1 name)
  set(file ${PROJECT_BINARY_DIR}/completions/${shell}/${name})
  list(APPEND completions ${file})
  add_custom_command(OUTPUT ${file} DEPENDS nstest-cli VERBATIM
    COMMAND nstest-cli help --completion ${shell} > ${file})
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/completions/${shell})
endforeach()
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
add_custom_target(manual ALL DEPENDS ${man_pages} ${completions})

install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
set(data ${CMAKE_INSTALL_DATADIR})
install(FILES ${PROJECT_BINARY_DIR}/completions/bash/nstest
  DESTINATION ${data}/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/completions/zsh/_nstest DESTINATION ${data}/zsh/site-functions)
install(FILES ${PROJECT_BINARY_DIR}/completions/fish/nstest.fish
  DESTINATION ${data}/fish/vendor_completions.d)
