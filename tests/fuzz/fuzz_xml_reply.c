/* XML replies: any bytes are judged as a success and as an error of the query protocol and of S3's,
 * and whatever parses goes through every decoder. */
#include "core/aws/cloudformation.h"
#include "core/aws/iam.h"
#include "core/aws/reply.h"
#include "core/aws/s3.h"
#include "core/aws/sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 4 * 1024 * 1024 };

static void expect_sentence(enum err_code rc, const struct err *err)
{
    if (rc != ERR_OK && (err->code != rc || err->text[0] == '\0'))
        abort();
}

static void decode_deployment(const struct xml *root)
{
    struct arena arena;
    struct err err = {0};
    struct stack *stacks;
    struct stack_event *events;
    struct stack_resource *resources;
    struct change_set set;
    struct iam_role role;
    struct tag *policies;
    struct object_versions versions;
    size_t count;

    arena_init(&arena, MEMORY);
    expect_sentence(decode_stacks(root, &arena, &stacks, &count, &err), &err);
    expect_sentence(decode_stack_events(root, &arena, &events, &count, &err), &err);
    expect_sentence(decode_stack_resources(root, &arena, &resources, &count, &err), &err);
    expect_sentence(decode_change_set(root, &arena, &set, &err), &err);
    expect_sentence(decode_role(root, &arena, &role, &err), &err);
    expect_sentence(decode_attached_policies(root, &arena, &policies, &count, &err), &err);
    expect_sentence(decode_object_versions(root, &arena, &versions, &err), &err);
    expect_sentence(decode_delete_objects(root, &err), &err);
    if (decode_bucket_location(root).len == 0)
        abort();
    arena_release(&arena);
}

static void decode(const struct xml *root)
{
    struct err err = {0};
    struct caller caller;
    struct cred cred;

    expect_sentence(decode_caller(root, &caller, &err), &err);
    if (decode_credentials(root, "fuzz", &cred, &err) == ERR_OK) {
        if (cred.access_key[0] == '\0' || cred.expires_at_ms == 0)
            abort();
        cred_release(&cred);
    }
    (void)xml_text(root, "a/b/c");
    decode_deployment(root);
}

static void judge(enum op op, int status, struct sv body)
{
    const struct judge_input in = {
        .op = op, .host = "h.example", .account = "", .region = "eu-west-1"};
    const struct http_reply reply = {
        .code = ERR_OK, .was_sent = true, .status = status, .body = body};
    struct judgement judgement;

    reply_judge(&in, &reply, &judgement);
    expect_sentence(judgement.code, &judgement.err);
    if (judgement.code == ERR_OK && judgement.xml != NULL)
        decode(judgement.xml);
    judgement_release(&judgement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_make((const char *)data, size);
    struct err err = {0};
    struct xml *root;
    struct arena arena;

    judge(OP_STS_GET_CALLER_IDENTITY, 200, text);
    judge(OP_STS_ASSUME_ROLE, 403, text);
    judge(OP_DESCRIBE_STACKS, 200, text);
    judge(OP_DESCRIBE_STACKS, 400, text);
    judge(OP_LIST_OBJECT_VERSIONS, 200, text);
    judge(OP_DELETE_BUCKET, 400, text);
    arena_init(&arena, MEMORY);
    if (xml_parse(text, &arena, &root, &err) == ERR_OK)
        decode(root);
    arena_release(&arena);
    return 0;
}
