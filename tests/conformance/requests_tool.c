/* Sends one request for each line of JSON on stdin, {"op": NAME, ...}, to AWS_ENDPOINT_URL. */
#include "core/aws/call.h"
#include "core/aws/cloudformation.h"
#include "core/aws/codecommit.h"
#include "core/aws/s3.h"
#include "core/aws/ssm.h"

enum { LINE_MAX_SIZE = 1024 * 1024, LIST_MAX = 64 };

struct tool {
    struct net *net;
    struct aws_session *session;
    bool is_done;
    enum err_code rc;
    struct err err;
};

static size_t read_pairs(const cJSON *json, const char *name, struct tag out[LIST_MAX])
{
    size_t count = 0;

    for (const cJSON *at = json_list(json, name); at != NULL && count < LIST_MAX; at = at->next) {
        out[count].key = json_item_sv(at->child);
        out[count++].value = json_item_sv(at->child->next);
    }
    return count;
}

static enum err_code write_change_set(const cJSON *json, struct sb *body, struct err *err)
{
    struct tag parameters[LIST_MAX];
    struct tag tags[LIST_MAX];
    struct sv capabilities[] = {SV("CAPABILITY_NAMED_IAM"), SV("CAPABILITY_AUTO_EXPAND")};
    const struct change_set_request request = {
        .stack = json_sv(json, "stack"),
        .name = json_sv(json, "name"),
        .is_create = json_bool(json, "is_create", false),
        .imports_existing = json_bool(json, "imports_existing", false),
        .template_body = json_sv(json, "template_body"),
        .template_url = json_sv(json, "template_url"),
        .parameters = parameters,
        .parameter_count = read_pairs(json, "parameters", parameters),
        .tags = tags,
        .tag_count = read_pairs(json, "tags", tags),
        .capabilities = capabilities,
        .capability_count = (size_t)json_int(json, "capabilities", 0),
        .role_arn = json_sv(json, "role_arn"),
        .token = json_sv(json, "token"),
        .description = json_sv(json, "description"),
    };

    return change_set_write(&request, body, err);
}

static enum err_code write_commit(const cJSON *json, struct sb *body, struct err *err)
{
    struct tag pairs[LIST_MAX];
    struct commit_file files[LIST_MAX];
    struct commit_request request = {
        .repository = json_sv(json, "repository"),
        .branch = json_sv(json, "branch"),
        .parent = json_sv(json, "parent"),
        .author = json_sv(json, "author"),
        .email = json_sv(json, "email"),
        .message = json_sv(json, "message"),
        .files = files,
        .file_count = read_pairs(json, "files", pairs),
    };

    for (size_t i = 0; i < request.file_count; i++)
        files[i] = (struct commit_file){pairs[i].key, pairs[i].value, i % 2 == 1};
    return commit_write(&request, body, err);
}

static enum err_code write_parameter(const cJSON *json, struct sb *body, struct err *err)
{
    struct tag tags[LIST_MAX];
    const struct parameter_request request = {
        .name = json_sv(json, "name"),
        .value = json_sv(json, "value"),
        .description = json_sv(json, "description"),
        .overwrites = json_bool(json, "overwrites", false),
        .tags = tags,
        .tag_count = read_pairs(json, "tags", tags),
    };

    return parameter_write(&request, body, err);
}

static enum err_code write_deletion(const cJSON *json, struct sb *body, struct err *err)
{
    struct tag pairs[LIST_MAX];
    struct object_version rows[LIST_MAX];
    size_t count = read_pairs(json, "objects", pairs);

    for (size_t i = 0; i < count; i++)
        rows[i] = (struct object_version){.key = pairs[i].key, .version_id = pairs[i].value};
    return delete_objects_write(rows, count, body, err);
}

static void on_reply(void *owner, const struct aws_reply *reply)
{
    struct tool *tool = owner;

    tool->is_done = true;
    tool->rc = reply->code;
    tool->err = reply->err;
}

static enum err_code send_rest(struct tool *tool, const cJSON *json, enum op op, const char *method,
                               struct sv query, struct sv body, uint64_t *id, struct err *err)
{
    const struct http_header owner = {SV("x-amz-expected-bucket-owner"), SV("111111111111")};
    const struct aws_rest rest = {.method = sv_of(method),
                                  .bucket = json_sv(json, "bucket"),
                                  .key = json_sv(json, "key"),
                                  .query = query,
                                  .content_type = op == OP_PUT_OBJECT ? SV("text/x") : SV_NONE,
                                  .headers = &owner,
                                  .header_count = 1};

    return aws_call_rest(tool->session, op, &rest, body, on_reply, tool, id, err);
}

static enum err_code start(struct tool *tool, const cJSON *json, struct sb *body, uint64_t *id,
                           struct err *err)
{
    struct sv op = json_sv(json, "op");
    enum err_code rc;

    if (sv_eq(op, SV("CreateChangeSet"))) {
        rc = write_change_set(json, body, err);
        return rc ? rc
                  : aws_call(tool->session, OP_CREATE_CHANGE_SET, sb_sv(body), on_reply, tool, id,
                             err);
    }
    if (sv_eq(op, SV("CreateCommit"))) {
        rc = write_commit(json, body, err);
        return rc ? rc
                  : aws_call(tool->session, OP_CREATE_COMMIT, sb_sv(body), on_reply, tool, id, err);
    }
    if (sv_eq(op, SV("PutParameter"))) {
        rc = write_parameter(json, body, err);
        return rc ? rc
                  : aws_call(tool->session, OP_PUT_PARAMETER, sb_sv(body), on_reply, tool, id, err);
    }
    if (sv_eq(op, SV("DeleteObjects"))) {
        rc = write_deletion(json, body, err);
        return rc ? rc
                  : send_rest(tool, json, OP_DELETE_OBJECTS, "POST", SV("delete"), sb_sv(body), id,
                              err);
    }
    if (sv_eq(op, SV("PutObject")))
        return send_rest(tool, json, OP_PUT_OBJECT, "PUT", SV_NONE, json_sv(json, "body"), id, err);
    rc = object_versions_query(body, json_sv(json, "prefix"), json_sv(json, "key_marker"),
                               json_sv(json, "version_marker"), err);
    return rc ? rc
              : send_rest(tool, json, OP_LIST_OBJECT_VERSIONS, "GET", sb_sv(body), SV_NONE, id,
                          err);
}

static enum err_code run(struct tool *tool, struct sv line, struct err *err)
{
    CLEANUP(sb_release) struct sb body = {.cap = 4 * LINE_MAX_SIZE};
    cJSON *json = NULL;
    uint64_t id;
    enum err_code rc = json_parse(line, &json, err);

    tool->is_done = false;
    if (rc == ERR_OK)
        rc = start(tool, json, &body, &id, err);
    cJSON_Delete(json);
    while (rc == ERR_OK && !tool->is_done)
        rc = net_wait(tool->net, NULL, 0, -1, err);
    if (rc == ERR_OK && tool->rc) {
        *err = tool->err;
        rc = tool->rc;
    }
    return rc;
}

int main(void)
{
    static char line[LINE_MAX_SIZE];
    const struct aws_env env = {NULL};
    const struct aws_options options = {0};
    struct aws_files files;
    struct aws_settings settings;
    struct tool tool = {0};
    struct aws *aws = NULL;
    struct err err = {0};
    enum err_code rc = aws_files_load(&env, &files, &err);

    if (rc == ERR_OK)
        rc = aws_settings_resolve(&env, &files, &options, &settings, &err);
    if (rc == ERR_OK)
        rc = net_open(&tool.net, &err);
    if (rc == ERR_OK)
        rc = aws_new(tool.net, &aws, &err);
    if (rc == ERR_OK)
        aws_set_pace(aws, (struct pace_limits){0, 0});
    if (rc == ERR_OK)
        rc = aws_session_new(aws, &settings, SV("eu-west-1"), &tool.session, &err);
    while (rc == ERR_OK && fgets(line, sizeof line, stdin) != NULL)
        rc = run(&tool, sv_of(line), &err);
    if (rc)
        fprintf(stderr, "requests_tool: %s\n", err.text);
    aws_session_free(tool.session);
    aws_free(aws);
    net_close(tool.net);
    aws_settings_release(&settings);
    aws_files_release(&files);
    return rc ? 1 : 0;
}
