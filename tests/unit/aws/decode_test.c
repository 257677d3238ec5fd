/* The small JSON decoders: SSM, CodeCommit, CodeBuild, CodeConnections. */
#include "core/aws/codebuild.h"
#include "core/aws/codecommit.h"
#include "core/aws/connections.h"
#include "core/aws/ssm.h"
#include "tests/unit/check.h"

struct reply {
    cJSON *json;
    struct arena arena;
};

static void reply_open(struct reply *r, const char *text)
{
    struct err err = {0};

    arena_init(&r->arena, 256 * 1024);
    REQUIRE_OK(json_parse(sv_of(text), &r->json, &err), &err);
}

static void reply_close(struct reply *r)
{
    cJSON_Delete(r->json);
    arena_release(&r->arena);
}

static void test_parameters_are_read(void **state)
{
    struct parameter *rows = NULL;
    struct parameter one;
    size_t count = 0;
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r, "{\"Parameter\":{\"Name\":\"/a\",\"Value\":\"{}\",\"Type\":\"String\","
                   "\"Version\":3,\"LastModifiedDate\":1.5}}");
    REQUIRE_OK(decode_parameter(r.json, &r.arena, &one, &err), &err);
    CHECK_SV(one.name, SV("/a"));
    CHECK_SV(one.value, SV("{}"));
    CHECK_INT(one.version, 3);
    CHECK_INT(one.modified_at, 1500);
    reply_close(&r);
    reply_open(&r, "{\"Parameters\":[{\"Name\":\"/a\"},{\"Name\":\"/b\"}],\"NextToken\":\"\"}");
    REQUIRE_OK(decode_parameters(r.json, &r.arena, &rows, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_SV(rows[1].name, SV("/b"));
    CHECK_INT(decode_parameter(r.json, &r.arena, &one, &err), ERR_REPLY);
    reply_close(&r);
}

static void test_repositories_and_branches_are_read(void **state)
{
    struct repository repository;
    struct repository *rows = NULL;
    struct sv *names = NULL;
    struct sv commit;
    size_t count = 0;
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r, "{\"repositoryMetadata\":{\"repositoryName\":\"r\",\"repositoryId\":\"i\","
                   "\"Arn\":\"arn:r\",\"cloneUrlHttp\":\"https://x\",\"defaultBranch\":\"main\"},"
                   "\"repositories\":[{\"repositoryName\":\"r\",\"repositoryId\":\"i\"}],"
                   "\"branches\":[\"main\",\"dev\"],"
                   "\"branch\":{\"branchName\":\"main\",\"commitId\":\"c1\"},"
                   "\"files\":[{\"absolutePath\":\"a/b\"}]}");
    REQUIRE_OK(decode_repository(r.json, &r.arena, &repository, &err), &err);
    CHECK_SV(repository.name, SV("r"));
    CHECK_SV(repository.clone_url, SV("https://x"));
    CHECK_SV(repository.default_branch, SV("main"));
    REQUIRE_OK(decode_repositories(r.json, &r.arena, &rows, &count, &err), &err);
    CHECK_SV(rows[0].id, SV("i"));
    REQUIRE_OK(decode_branches(r.json, &r.arena, &names, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_SV(names[1], SV("dev"));
    REQUIRE_OK(decode_folder(r.json, &r.arena, &names, &count, &err), &err);
    CHECK_SV(names[0], SV("a/b"));
    REQUIRE_OK(decode_branch(r.json, &commit, &err), &err);
    CHECK_SV(commit, SV("c1"));
    reply_close(&r);
}

static void test_a_file_comes_as_bytes(void **state)
{
    struct sb content = {.cap = 100};
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r, "{\"fileContent\":\"aGVsbG8K\"}");
    REQUIRE_OK(decode_file(r.json, &content, &err), &err);
    CHECK_STR(sb_cstr(&content), "hello\n");
    sb_release(&content);
    reply_close(&r);
    reply_open(&r, "{\"fileContent\":\"\"}");
    REQUIRE_OK(decode_file(r.json, &content, &err), &err);
    CHECK_INT(content.len, 0);
    sb_release(&content);
    reply_close(&r);
    reply_open(&r, "{}");
    CHECK_INT(decode_file(r.json, &content, &err), ERR_REPLY);
    reply_close(&r);
}

static void test_a_commit_has_its_limits(void **state)
{
    static char large[COMMIT_FILE_BYTES_MAX + 1];
    const struct commit_file file = {.path = SV("a"), .content = SV("x")};
    const struct commit_file files[] = {
        file,
        {.path = SV("b"), .content = sv_make(large, COMMIT_FILE_BYTES_MAX)},
        {.path = SV("c"), .content = sv_make(large, 1024 * 1024)},
    };
    const struct commit_file too_large = {.path = SV("big"),
                                          .content = sv_make(large, sizeof large)};
    struct commit_request request = {.repository = SV("r"), .branch = SV("main"), .files = &file};
    struct sb body = {.cap = 12 * 1024 * 1024};
    struct err err = {0};

    (void)state;
    request.file_count = 1;
    REQUIRE_OK(commit_write(&request, &body, &err), &err);
    CHECK_STR(sb_cstr(&body), "{\"repositoryName\":\"r\",\"branchName\":\"main\",\"putFiles\":[{"
                              "\"filePath\":\"a\",\"fileMode\":\"NORMAL\",\"fileContent\":"
                              "\"eA==\"}]}");
    request.file_count = COMMIT_FILES_MAX + 1;
    CHECK_INT(commit_write(&request, &body, &err), ERR_LIMIT);
    request.files = &too_large;
    request.file_count = 1;
    CHECK_INT(commit_write(&request, &body, &err), ERR_LIMIT);
    CHECK_STR(err.text, "big is over the 6 MB that CodeCommit takes");
    request.files = files;
    request.file_count = 3;
    CHECK_INT(commit_write(&request, &body, &err), ERR_LIMIT);
    sb_release(&body);
}

static void test_a_build_tells_where_it_failed(void **state)
{
    struct build *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r, "{\"builds\":[{\"id\":\"p:1\",\"projectName\":\"p\",\"buildStatus\":\"FAILED\","
                   "\"currentPhase\":\"COMPLETED\",\"startTime\":1,\"endTime\":2,\"phases\":["
                   "{\"phaseType\":\"SUBMITTED\",\"phaseStatus\":\"SUCCEEDED\"},"
                   "{\"phaseType\":\"BUILD\",\"phaseStatus\":\"FAILED\",\"durationInSeconds\":7,"
                   "\"contexts\":[{\"statusCode\":\"COMMAND_EXECUTION_ERROR\",\"message\":"
                   "\"Error while executing command\"}]}],"
                   "\"logs\":{\"groupName\":\"/aws/codebuild/p\",\"streamName\":\"1\"}}],"
                   "\"buildsNotFound\":[]}");
    REQUIRE_OK(decode_builds(r.json, &r.arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_SV(rows[0].status, SV("FAILED"));
    CHECK_SV(rows[0].log_group, SV("/aws/codebuild/p"));
    CHECK_SV(rows[0].log_stream, SV("1"));
    CHECK_INT(rows[0].ended_at, 2000);
    REQUIRE(build_failure(&rows[0]) != NULL);
    CHECK_SV(build_failure(&rows[0])->type, SV("BUILD"));
    CHECK_SV(build_failure(&rows[0])->reason, SV("Error while executing command"));
    CHECK_INT(build_failure(&rows[0])->seconds, 7);
    rows[0].phase_count = 1;
    CHECK_TRUE(build_failure(&rows[0]) == NULL);
    reply_close(&r);
}

static void test_connections_are_read_and_have_a_page(void **state)
{
    struct connection connection;
    struct connection *rows = NULL;
    size_t count = 0;
    struct sb url = {.cap = 200};
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r, "{\"Connection\":{\"ConnectionName\":\"hub\",\"ConnectionArn\":\"arn:c\","
                   "\"ProviderType\":\"GitHub\",\"ConnectionStatus\":\"PENDING\"},"
                   "\"Connections\":[{\"ConnectionArn\":\"arn:c\"}]}");
    REQUIRE_OK(decode_connection(r.json, &r.arena, &connection, &err), &err);
    CHECK_SV(connection.status, SV("PENDING"));
    CHECK_SV(connection.provider, SV("GitHub"));
    REQUIRE_OK(decode_connections(r.json, &r.arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
    reply_close(&r);
    REQUIRE_OK(connection_url(SV("eu-west-1"), &url, &err), &err);
    CHECK_STR(sb_cstr(&url), "https://eu-west-1.console.aws.amazon.com/codesuite/settings/"
                             "connections?region=eu-west-1");
    sb_release(&url);
}

static void test_a_folder_tells_what_is_in_it(void **state)
{
    struct folder_entry *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    struct reply r;

    (void)state;
    reply_open(&r,
               "{\"commitId\":\"c\",\"subFolders\":[{\"absolutePath\":\"src\",\"treeId\":\"t\"}],"
               "\"files\":[{\"absolutePath\":\"a.sh\",\"blobId\":\"b\",\"fileMode\":"
               "\"EXECUTABLE\"},{\"blobId\":\"nameless\"}],\"symbolicLinks\":[{\"absolutePath\":"
               "\"l\"}],\"subModules\":[{\"absolutePath\":\"m\",\"commitId\":\"x\"}]}");
    REQUIRE_OK(decode_entries(r.json, &r.arena, &rows, &count, &err), &err);
    CHECK_INT(count, 4);
    CHECK_INT(rows[0].kind, ENTRY_FOLDER);
    CHECK_SV(rows[1].mode, SV("EXECUTABLE"));
    CHECK_INT(rows[2].kind, ENTRY_LINK);
    CHECK_SV(rows[3].blob, SV("x"));
    reply_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_folder_tells_what_is_in_it),
        TEST(test_parameters_are_read),
        TEST(test_repositories_and_branches_are_read),
        TEST(test_a_file_comes_as_bytes),
        TEST(test_a_commit_has_its_limits),
        TEST(test_a_build_tells_where_it_failed),
        TEST(test_connections_are_read_and_have_a_page),
    };

    return RUN(tests);
}
