#include "core/aws/op.h"

#include "tests/unit/check.h"

static void test_each_operation_can_be_put_on_the_wire(void **state)
{
    (void)state;
    for (enum op op = 0; op < OP_COUNT; op++) {
        enum service service = op_service(op);

        CHECK_TRUE(op_name(op)[0] >= 'A' && op_name(op)[0] <= 'Z');
        CHECK_TRUE((op_token_in(op) == NULL) == (op_token_out(op) == NULL));
        switch (op_protocol(op)) {
        case PROTOCOL_QUERY:
            CHECK_TRUE(op_version(service)[0] != '\0');
            break;
        case PROTOCOL_JSON_1_0:
        case PROTOCOL_JSON_1_1:
            CHECK_TRUE(op_target_prefix(service)[0] != '\0');
            break;
        case PROTOCOL_REST_XML:
            CHECK_INT(service, SERVICE_S3);
            break;
        }
    }
}

static void test_rows_say_what_aws_says(void **state)
{
    (void)state;
    CHECK_STR(op_name(OP_GET_PIPELINE_STATE), "GetPipelineState");
    CHECK_STR(op_target_prefix(SERVICE_CODEPIPELINE), "CodePipeline_20150709");
    CHECK_STR(op_version(SERVICE_STS), "2011-06-15");
    CHECK_INT(op_protocol(OP_STS_ASSUME_ROLE), PROTOCOL_QUERY);
    CHECK_INT(op_protocol(OP_LIST_PIPELINES), PROTOCOL_JSON_1_1);
    CHECK_STR(op_token_in(OP_LIST_PIPELINES), "nextToken");
    CHECK_TRUE(op_token_in(OP_GET_PIPELINE) == NULL);
    CHECK_TRUE(!op_is_signed(OP_STS_ASSUME_ROLE_WEB));
    CHECK_TRUE(op_is_signed(OP_STS_GET_CALLER_IDENTITY));
    CHECK_TRUE(op_is_idempotent(OP_LIST_PIPELINES));
    CHECK_STR(service_id(SERVICE_CODEPIPELINE), "codepipeline");
    CHECK_STR(service_id(SERVICE_LOGS), "cloudwatch_logs");
    CHECK_INT(op_protocol(OP_CREATE_CONNECTION), PROTOCOL_JSON_1_0);
    CHECK_TRUE(!op_is_idempotent(OP_CREATE_CHANGE_SET));
    CHECK_TRUE(op_is_idempotent(OP_DELETE_STACK));
    CHECK_TRUE(op_writes(OP_PUT_APPROVAL_RESULT));
    CHECK_TRUE(op_writes(OP_DELETE_STACK));
    CHECK_TRUE(!op_writes(OP_GET_PIPELINE_STATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_operation_can_be_put_on_the_wire),
        TEST(test_rows_say_what_aws_says),
    };

    return RUN(tests);
}
