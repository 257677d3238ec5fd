# Templates judged by cfn-lint; the starters by Python.
add_executable(template-tool ${CMAKE_CURRENT_LIST_DIR}/template_tool.c)
target_link_libraries(template-tool PRIVATE penstock_deploy)
conformance_test(template-cfnlint sh ${CMAKE_CURRENT_LIST_DIR}/template_cfnlint.sh
  $<TARGET_FILE:template-tool> ${CMAKE_SOURCE_DIR})
conformance_test(starters sh ${CMAKE_CURRENT_LIST_DIR}/starters.sh ${CMAKE_SOURCE_DIR})
