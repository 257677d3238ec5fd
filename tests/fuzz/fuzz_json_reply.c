/* JSON replies: any bytes are judged as a success and as an error, and whatever parses goes through
 * every decoder. The first byte chooses the operation. */
#include "core/aws/codebuild.h"
#include "core/aws/codecommit.h"
#include "core/aws/codepipeline.h"
#include "core/aws/commits.h"
#include "core/aws/connections.h"
#include "core/aws/reply.h"
#include "core/aws/revisions.h"
#include "core/aws/ssm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 4 * 1024 * 1024 };

static const enum op ops[] = {OP_LIST_PIPELINES,         OP_GET_PIPELINE,
                              OP_GET_PIPELINE_STATE,     OP_LIST_PIPELINE_EXECUTIONS,
                              OP_LIST_ACTION_EXECUTIONS, OP_LIST_TAGS_FOR_RESOURCE,
                              OP_GET_PARAMETER,          OP_CREATE_COMMIT,
                              OP_GET_CONNECTION};

/* A failure must say something. */
static void expect_sentence(enum err_code rc, const struct err *err)
{
    if (rc != ERR_OK && (err->code != rc || err->text[0] == '\0'))
        abort();
}

static void decode(const cJSON *json)
{
    struct arena arena;
    struct err err = {0};
    struct pipeline_summary *summaries;
    struct execution *executions;
    struct action_run *runs;
    struct tag *tags;
    struct pipeline_def def;
    struct pipeline_state state;
    size_t count;

    arena_init(&arena, MEMORY);
    expect_sentence(decode_pipelines(json, &arena, &summaries, &count, &err), &err);
    expect_sentence(decode_executions(json, &arena, &executions, &count, &err), &err);
    expect_sentence(decode_action_runs(json, &arena, &runs, &count, &err), &err);
    expect_sentence(decode_tags(json, &arena, &tags, &count, &err), &err);
    if (decode_pipeline(json, &arena, &def, &err) == ERR_OK)
        (void)pipeline_def_hash(&def);
    if (decode_pipeline_state(json, &arena, &state, &err) == ERR_OK)
        (void)pipeline_state_hash(&state);
    arena_release(&arena);
}

static void decode_deployment(const cJSON *json)
{
    CLEANUP(sb_release) struct sb content = {.cap = MEMORY};
    struct arena arena;
    struct err err = {0};
    struct parameter parameter;
    struct parameter *parameters;
    struct repository repository;
    struct repository *repositories;
    struct connection connection;
    struct connection *connections;
    struct build *builds;
    struct sv *names;
    struct sv commit;
    size_t count;

    arena_init(&arena, MEMORY);
    expect_sentence(decode_parameter(json, &arena, &parameter, &err), &err);
    expect_sentence(decode_parameters(json, &arena, &parameters, &count, &err), &err);
    expect_sentence(decode_repository(json, &arena, &repository, &err), &err);
    expect_sentence(decode_repositories(json, &arena, &repositories, &count, &err), &err);
    expect_sentence(decode_branches(json, &arena, &names, &count, &err), &err);
    expect_sentence(decode_folder(json, &arena, &names, &count, &err), &err);
    expect_sentence(decode_branch(json, &commit, &err), &err);
    expect_sentence(decode_file(json, &content, &err), &err);
    expect_sentence(decode_connection(json, &arena, &connection, &err), &err);
    expect_sentence(decode_connections(json, &arena, &connections, &count, &err), &err);
    if (decode_builds(json, &arena, &builds, &count, &err) == ERR_OK && count > 0)
        (void)build_failure(&builds[0]);
    arena_release(&arena);
}

static void decode_history(const cJSON *json)
{
    struct arena arena;
    struct err err = {0};
    struct execution_sources *executions;
    struct execution_detail detail;
    struct file_change *files;
    struct commit *commits;
    struct commit commit;
    size_t count;

    arena_init(&arena, MEMORY);
    expect_sentence(decode_execution_sources(json, &arena, &executions, &count, &err), &err);
    expect_sentence(decode_execution_detail(json, &arena, &detail, &err), &err);
    expect_sentence(decode_differences(json, &arena, &files, &count, &err), &err);
    expect_sentence(decode_commit(json, &arena, &commit, &err), &err);
    if (decode_commits(json, &arena, &commits, &count, &err) == ERR_OK && count > 0)
        (void)commits_since(commits, count, commits[0].id, NULL);
    arena_release(&arena);
}

static void judge(enum op op, int status, struct sv body)
{
    const struct judge_input in = {
        .op = op, .host = "h.example", .account = "111111111111", .region = "eu-west-1"};
    const struct http_header headers[] = {{SV("x-amzn-RequestId"), SV("id")}};
    const struct http_reply reply = {.code = ERR_OK,
                                     .was_sent = true,
                                     .status = status,
                                     .body = body,
                                     .headers = headers,
                                     .header_count = ARRAY_LEN(headers)};
    struct judgement judgement;

    reply_judge(&in, &reply, &judgement);
    expect_sentence(judgement.code, &judgement.err);
    if (judgement.code == ERR_OK && judgement.json != NULL) {
        decode(judgement.json);
        decode_deployment(judgement.json);
        decode_history(judgement.json);
    }
    judgement_release(&judgement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_make((const char *)data, size);
    enum op op = ops[size > 0 ? data[0] % ARRAY_LEN(ops) : 0];
    struct err err = {0};
    cJSON *json;

    text = sv_drop(text, 1);
    judge(op, 200, text);
    judge(op, 400, text);
    judge(op, 503, text);
    if (json_parse(text, &json, &err) == ERR_OK) {
        decode(json);
        decode_deployment(json);
        decode_history(json);
        cJSON_Delete(json);
    }
    return 0;
}
