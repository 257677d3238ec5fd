# What cmake --install puts in place besides the programs: man pages and completions, all printed by
# the programs themselves, so that they tell what was built.
set(zsh_dir ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
set(bash_dir ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(fish_dir ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
set(printed ${CMAKE_BINARY_DIR}/printed)
file(MAKE_DIRECTORY ${printed})

function(penstock_printed program file)
  add_custom_command(
    OUTPUT ${printed}/${file}
    COMMAND ${ARGN} > ${printed}/${file}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${printed}/${file}.new ${printed}/${file}
    DEPENDS ${program}
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY penstock_printed ${printed}/${file})
endfunction()

if(TARGET penstock)
  penstock_printed(penstock penstock.1 penstock man)
  penstock_printed(penstock penstock.bash penstock completion bash)
  penstock_printed(penstock _penstock penstock completion zsh)
  penstock_printed(penstock penstock.fish penstock completion fish)
  install(FILES ${printed}/penstock.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${printed}/penstock.bash DESTINATION ${bash_dir} RENAME penstock)
  install(FILES ${printed}/_penstock DESTINATION ${zsh_dir})
  install(FILES ${printed}/penstock.fish DESTINATION ${fish_dir})
endif()

# The sandbox's are made from its --help by one script.
if(TARGET penstock-sandbox)
  foreach(pair "penstock-sandbox.1:man" "penstock-sandbox.bash:bash" "_penstock-sandbox:zsh"
               "penstock-sandbox.fish:fish")
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 file)
    list(GET pair 1 kind)
    penstock_printed(penstock-sandbox ${file} sh ${CMAKE_SOURCE_DIR}/cmake/describe.sh ${kind}
      $<TARGET_FILE:penstock-sandbox>)
  endforeach()
  install(FILES ${printed}/penstock-sandbox.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${printed}/penstock-sandbox.bash DESTINATION ${bash_dir} RENAME penstock-sandbox)
  install(FILES ${printed}/_penstock-sandbox DESTINATION ${zsh_dir})
  install(FILES ${printed}/penstock-sandbox.fish DESTINATION ${fish_dir})
endif()

get_property(all_printed GLOBAL PROPERTY penstock_printed)
if(all_printed)
  add_custom_target(penstock_printed ALL DEPENDS ${all_printed})
endif()
