# Profiles, regions, keys and configured endpoints, beside botocore.
conformance_tool(cred_tool)
conformance_test(cred-botocore
  ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/cred_botocore.py $<TARGET_FILE:cred_tool>)
