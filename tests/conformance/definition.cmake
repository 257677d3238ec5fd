# Definitions that nobody wrote: planned, and judged by cfn-lint, or explained. A seeded sample here;
# PENSTOCK_DEFINITIONS=500 takes as many.
add_executable(random-definitions-tool ${CMAKE_CURRENT_LIST_DIR}/random_definitions_tool.c)
target_link_libraries(random-definitions-tool PRIVATE penstock_deploy)
conformance_test(random-definitions sh ${CMAKE_CURRENT_LIST_DIR}/random_definitions.sh
  $<TARGET_FILE:random-definitions-tool>)
