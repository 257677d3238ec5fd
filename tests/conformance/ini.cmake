# The config grammar beside Python's own parser.
find_program(PYTHON3 python3)
if(PYTHON3)
  add_executable(ini-tool ${CMAKE_CURRENT_LIST_DIR}/ini_tool.c)
  target_link_libraries(ini-tool PRIVATE penstock_base)
  add_test(NAME conformance-ini-python
    COMMAND ${PYTHON3} ${CMAKE_CURRENT_LIST_DIR}/ini_python.py $<TARGET_FILE:ini-tool>)
  set_tests_properties(conformance-ini-python PROPERTIES TIMEOUT 120)
else()
  message(STATUS "no python3: the config grammar is not compared with Python's")
endif()
