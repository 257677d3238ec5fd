# Whole requests beside botocore's, and the passwords of git.
conformance_tool(requests_tool)
conformance_test(requests-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/requests_botocore.py
  $<TARGET_FILE:requests_tool>)
conformance_tool(git_sign_tool)
conformance_test(git-sign-botocore ${with_botocore} ${CMAKE_CURRENT_LIST_DIR}/git_sign_botocore.py
  $<TARGET_FILE:git_sign_tool>)
