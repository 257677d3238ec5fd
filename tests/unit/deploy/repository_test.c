/* The repository without git: looked at, made, committed to, and told when CodeCommit is closed. */
#include "core/deploy/repository.h"

#include "tests/unit/deploy/twin.h"

#define METADATA                                                                                   \
    "{\"repositoryMetadata\":{\"repositoryName\":\"orders\",\"Arn\":\"arn:aws:codecommit:x\","     \
    "\"cloneUrlHttp\":\"https://git/orders\",\"defaultBranch\":\"main\"}}"

struct wish {
    struct pipeline_repository repository;
    char commit[COMMIT_ID_SIZE];
    struct sb bytes;
    bool is_there;
    size_t file_count;
};

static void want(struct wish *w, struct twin *s)
{
    *w = (struct wish){.repository = {.deploy = &s->deploy,
                                      .session = s->deploy.home,
                                      .account = SV("111111111111"),
                                      .name = SV("orders")},
                       .file_count = 1};
}

static enum err_code look(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return repository_look(task, &w->repository, SV("orders"), err);
}

static enum err_code make(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;
    struct tag tag = {SV("penstock:pipeline"), SV("orders")};

    return repository_make(task, &w->repository, SV("Orders"), &tag, 1, err);
}

static enum err_code commit(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;
    struct repository_file files[REPOSITORY_FILES_MAX + 1] = {{SV("ddk.json"), SV("{}"), false}};

    for (size_t i = 1; i < w->file_count; i++)
        files[i] = files[0];
    return repository_commit(task, &w->repository, SV("main"), SV("parent-1"), SV("message"), files,
                             w->file_count, w->commit, err);
}

static enum err_code head(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return repository_head(task, &w->repository, SV("dev"), w->commit, err);
}

static enum err_code read_file(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return repository_read(task, &w->repository, SV("main"), SV("ddk.json"), &w->bytes,
                           &w->is_there, err);
}

static void test_a_repository_is_ours_by_its_tag(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = ".GetRepository\r", .body = METADATA},
        {.to = ".ListTagsForResource\r", .body = "{\"tags\":{\"penstock:pipeline\":\"orders\"}}"},
        {.to = ".GetRepository\r", .body = METADATA},
        {.to = ".ListTagsForResource\r", .body = "{\"tags\":{\"penstock:pipeline\":\"other\"}}"},
        {.to = ".GetRepository\r", .error = "RepositoryDoesNotExistException"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    REQUIRE_OK(twin_run(&s, look, &w), &s.err);
    CHECK_TRUE(w.repository.exists && w.repository.is_ours);
    CHECK_STR(w.repository.clone_url, "https://git/orders");
    REQUIRE_OK(twin_run(&s, look, &w), &s.err);
    CHECK_TRUE(w.repository.exists && !w.repository.is_ours);
    REQUIRE_OK(twin_run(&s, look, &w), &s.err);
    CHECK_TRUE(!w.repository.exists && !w.repository.is_ours);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_new_repository_carries_its_pipeline(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".CreateRepository\r",
         .body = METADATA,
         .needs = "\"tags\":{\"penstock:pipeline\":\"orders\"}"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    REQUIRE_OK(twin_run(&s, make, &w), &s.err);
    CHECK_TRUE(w.repository.exists && w.repository.is_ours);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_closed_codecommit_is_explained(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, {.to = ".CreateRepository\r", .error = "OperationNotAllowedException"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(twin_run(&s, make, &w), ERR_FAILED);
    CHECK_TRUE(strstr(s.err.text, "use a connection") != NULL);
    CHECK_TRUE(!w.repository.exists);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_the_same_bytes_again_are_no_commit(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".CreateCommit\r", .body = "{\"commitId\":\"new-1\"}", .needs = "\"parent-1\""},
        {.to = ".CreateCommit\r", .error = "NoChangeException"},
        {.to = ".CreateCommit\r", .error = "ParentCommitIdOutdatedException"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    REQUIRE_OK(twin_run(&s, commit, &w), &s.err);
    CHECK_STR(w.commit, "new-1");
    REQUIRE_OK(twin_run(&s, commit, &w), &s.err);
    CHECK_STR(w.commit, "parent-1");
    CHECK_TRUE(twin_run(&s, commit, &w) != ERR_OK);
    CHECK_STR(w.commit, "parent-1");
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_more_files_than_a_commit_takes_are_refused_unsent(void **state UNUSED)
{
    struct twin s;
    struct wish w;

    twin_open(&s, NULL, 0);
    want(&w, &s);
    w.file_count = REPOSITORY_FILES_MAX + 1;
    CHECK_INT(twin_run(&s, commit, &w), ERR_LIMIT);
    CHECK_INT(s.heard->count, 0);
    twin_close(&s, NULL, 0);
}

static void test_no_branch_is_no_failure_but_no_repository_is(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = ".GetBranch\r", .body = "{\"branch\":{\"commitId\":\"abc\"}}"},
        {.to = ".GetBranch\r", .error = "BranchDoesNotExistException"},
        {.to = ".GetBranch\r", .error = "RepositoryDoesNotExistException"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    REQUIRE_OK(twin_run(&s, head, &w), &s.err);
    CHECK_STR(w.commit, "abc");
    REQUIRE_OK(twin_run(&s, head, &w), &s.err);
    CHECK_STR(w.commit, "");
    CHECK_INT(twin_run(&s, head, &w), ERR_NOT_FOUND);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_file_is_read_or_not_there(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = ".GetFile\r", .body = "{\"fileContent\":\"e30=\"}"},
        {.to = ".GetFile\r", .error = "FileDoesNotExistException"}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    sb_init(&w.bytes, 1024);
    REQUIRE_OK(twin_run(&s, read_file, &w), &s.err);
    CHECK_TRUE(w.is_there);
    CHECK_STR(sb_cstr(&w.bytes), "{}");
    REQUIRE_OK(twin_run(&s, read_file, &w), &s.err);
    CHECK_TRUE(!w.is_there);
    sb_release(&w.bytes);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_repository_is_ours_by_its_tag),
        TEST(test_a_new_repository_carries_its_pipeline),
        TEST(test_a_closed_codecommit_is_explained),
        TEST(test_the_same_bytes_again_are_no_commit),
        TEST(test_more_files_than_a_commit_takes_are_refused_unsent),
        TEST(test_no_branch_is_no_failure_but_no_repository_is),
        TEST(test_a_file_is_read_or_not_there),
    };

    return RUN(tests);
}
