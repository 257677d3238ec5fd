# Whole requests, the rows of operations and the passwords of git beside botocore's.
conformance_tool(requests_tool)
conformance_test(requests-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/requests_botocore.py
  $<TARGET_FILE:requests_tool>)
conformance_tool(git_sign_tool)
conformance_test(git-sign-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/git_sign_botocore.py
  $<TARGET_FILE:git_sign_tool>)
conformance_tool(ops_tool)
conformance_test(ops-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/ops_botocore.py
  $<TARGET_FILE:ops_tool>)
