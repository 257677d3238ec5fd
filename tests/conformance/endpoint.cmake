# Endpoints beside botocore's rule sets, for every region of every partition.
conformance_tool(endpoint_tool)
conformance_test(endpoint-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/endpoint_botocore.py
  $<TARGET_FILE:endpoint_tool>)
