# The sandbox, judged by the real AWS CLI and by botocore's service models.
if(TARGET penstock-sandbox)
  conformance_test(sandbox-awscli python3
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_awscli_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-botocore ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_botocore_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-faults ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_faults_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-codecommit ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_codecommit_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-cloudformation ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_cloudformation_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-imports ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_imports_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-s3 ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_s3_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-iam ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_iam_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-codebuild ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_codebuild_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-operate ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_operate_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-conditions ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_conditions_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-history ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_history_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-logs ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_logs_test.py $<TARGET_FILE:penstock-sandbox>)
  conformance_test(sandbox-drift ${with_botocore}
    ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_drift_test.py $<TARGET_FILE:penstock-sandbox>)
  if(TARGET penstock)
    conformance_test(sandbox-penstock ${with_botocore}
      ${CMAKE_CURRENT_SOURCE_DIR}/sandbox_botocore_test.py $<TARGET_FILE:penstock-sandbox>
      $<TARGET_FILE:penstock>)
  endif()
endif()
