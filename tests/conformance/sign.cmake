# Signatures beside botocore's, over random requests.
conformance_tool(sign_tool)
conformance_test(sign-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/sign_botocore.py
  $<TARGET_FILE:sign_tool>)
