/* Branches: how far apart they are, made and moved on by a fast-forward only; and what of a
 * repository is read for its pages. */
#include "core/operate/operate.h"

#include "core/operate/repository_page.h"
#include "tests/unit/deploy/twin.h"

/* A line of commits a <- b <- c, and d beside c. */
#define ID(letter) letter letter letter letter letter letter letter letter letter letter
#define A          ID("aaaa")
#define B          ID("bbbb")
#define C          ID("cccc")
#define D          ID("dddd")
#define COMMIT(id, parents)                                                                        \
    "{\"commitId\":\"" id "\",\"parents\":[" parents "],\"message\":\"title of " id                \
    "\\nmore\",\"author\":{\"name\":\"Ana\",\"email\":\"a@x\",\"date\":\"1700000000 +0100\"}}"
#define COMMITS(list) "{\"commits\":[" list "],\"errors\":[]}"
#define PARENT(id)    "\"" id "\""
#define HEAD(name, id)                                                                             \
    {                                                                                              \
        .to = ".GetBranch\r", .needs = "\"branchName\":\"" name "\"",                              \
        .body = "{\"branch\":{\"branchName\":\"" name "\",\"commitId\":\"" id "\"}}"               \
    }
#define NO_HEAD(name)                                                                              \
    {                                                                                              \
        .to = ".GetBranch\r", .needs = "\"branchName\":\"" name "\"",                              \
        .error = "BranchDoesNotExistException"                                                     \
    }
#define REPOSITORY                                                                                 \
    {                                                                                              \
        .to = ".GetRepository\r",                                                                  \
        .body = "{\"repositoryMetadata\":{\"repositoryName\":\"sales\",\"Arn\":\"arn:sales\","     \
                "\"cloneUrlHttp\":\"https://git/sales\",\"defaultBranch\":\"main\"}}"              \
    }

/* What AWS lists is known to the cache in this version. */
#define LISTED                                                                                     \
    {                                                                                              \
        .to = ".ListPipelines\r", .is_any_time = true,                                             \
        .body = "{\"pipelines\":[{\"name\":\"sales-prod\",\"version\":1}]}"                        \
    }

struct scene {
    struct twin twin;
    struct cache *cache;
    struct operand operand;
    struct operation_input input;
    struct operating o;
    struct plan plan;
    struct job job;
    reading_fn *fn;
};

static void begin(struct scene *s, const struct operation *operation, const struct answer *answers,
                  size_t count)
{
    const struct cache_options options = {.in_memory = true};
    struct err err = {0};

    *s = (struct scene){
        .operand = {.id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")},
                    .repository = SV("sales"),
                    .environment = SV("")}};
    s->input = (struct operation_input){.operands = &s->operand, .operand_count = 1};
    twin_open(&s->twin, answers, count);
    REQUIRE_OK(cache_open(&options, &s->cache, NULL, &err), &err);
    s->twin.deploy.cache = s->cache;
    REQUIRE_OK(plan_init(&s->plan, &err), &err);
    s->o =
        (struct operating){.deploy = &s->twin.deploy, .operation = operation, .input = &s->input};
}

static void end(struct scene *s, const struct answer *answers, size_t count)
{
    job_release(&s->job);
    operating_release(&s->o);
    plan_release(&s->plan);
    twin_close(&s->twin, answers, count);
    cache_close(s->cache);
}

static enum err_code make_plan(struct task *task, void *owner, struct err *err)
{
    struct scene *s = owner;

    return operate_plan(task, &s->o, &s->plan, err);
}

static enum job_state run_it(struct scene *s)
{
    struct err err = {0};

    job_init(&s->job, "a job");
    REQUIRE_OK(operate_steps(&s->o, &s->job, &err), &err);
    return twin_job(&s->twin, &s->job);
}

static void plan_it(struct scene *s)
{
    REQUIRE_OK(twin_run(&s->twin, make_plan, s), &s->twin.err);
}

static const char *defect(const struct scene *s)
{
    return s->plan.defects->count > 0 ? s->plan.defects->items[0].text : "";
}

/* Gitflow: branch main feeds pipeline sales-prod. */
static void put_pipeline(struct cache *cache)
{
    const struct action_def source = {.name = SV("Fetch"),
                                      .category = SV("Source"),
                                      .provider = SV("CodeCommit"),
                                      .repository = SV("sales"),
                                      .branch = SV("main")};
    const struct action_def deploy = {.name = SV("deploy-prod"), .category = SV("Build")};
    const struct stage_def stages[] = {{SV("Source-prod"), &source, 1},
                                       {SV("Deploy-Stage-prod"), &deploy, 1}};
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                   SV("sales-prod")};
    const struct pipeline_def def = {
        .name = id.name, .type = SV("V2"), .version = 1, .stages = stages, .stage_count = 2};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, 1000, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

/* dev into main; a warm cache knows the pipeline that main starts. */
static void plan_promotion(struct scene *s, bool is_warm, const struct answer *answers,
                           size_t count)
{
    begin(s, &operation_promote, answers, count);
    if (is_warm)
        put_pipeline(s->cache);
    s->input.branch = SV("main");
    s->input.from = SV("dev");
    plan_it(s);
}

/* ---- promote ---- */

/* The paths have met when both rounds are done: a is asked for main only. */
#define APART                                                                                      \
    {.to = ".BatchGetCommits\r", .body = COMMITS(COMMIT(C, PARENT(B)) "," COMMIT(A, ""))},         \
    {                                                                                              \
        .to = ".BatchGetCommits\r", .body = COMMITS(COMMIT(B, PARENT(A)))                          \
    }

static void test_a_branch_is_moved_on_to_where_another_stands(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED,
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", A),
        APART,
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", A), /* the commits are kept: they are not asked again */
        {.to = ".MergeBranchesByFastForward\r",
         .needs = "\"sourceCommitSpecifier\":\"" C "\"",
         .body = "{\"commitId\":\"" C "\",\"treeId\":\"t\"}"},
    };
    struct scene s;

    plan_promotion(&s, true, answers, ARRAY_LEN(answers));
    CHECK_STR(defect(&s), "");
    CHECK_SV(s.plan.steps->items->detail,
             SV("moves prod's branch main by 2 commits: starts pipeline sales-prod. The newest: "
                "cccccccc title of " C "; bbbbbbbb title of " B));
    CHECK_SV(s.plan.steps->items->name, SV("main at aaaaaaaa, dev at cccccccc"));
    CHECK_STR(s.plan.confirm, "sales-prod"); /* prod is protected */
    CHECK_SV(s.plan.steps->own_line,
             SV("penstock --region eu-west-1 branch promote sales main --from dev"));
    CHECK_TRUE(sv_ends(s.plan.steps->aws_line,
                       SV("merge-branches-by-fast-forward --region eu-west-1 --repository-name "
                          "sales --source-commit-specifier " C
                          " --destination-commit-specifier main --target-branch main")));
    CHECK_INT(run_it(&s), JOB_DONE);
    CHECK_TRUE(strstr(s.job.steps[0].note, "the branch is at cccccccc") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_what_is_no_fast_forward_is_refused_with_both_counts(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED,
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", D),
        {.to = ".BatchGetCommits\r",
         .body = COMMITS(COMMIT(C, PARENT(B)) "," COMMIT(D, PARENT(B)))},
    };
    struct scene s;

    plan_promotion(&s, true, answers, ARRAY_LEN(answers));
    CHECK_STR(defect(&s),
              "it is no fast-forward: main has 1 commit that dev lacks, which has 1 of its own: "
              "merge them with git first");
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_branch_that_has_it_all_needs_nothing(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED,
        REPOSITORY,
        HEAD("dev", A),
        HEAD("main", C),
        {.to = ".BatchGetCommits\r", .body = COMMITS(COMMIT(A, "") "," COMMIT(C, PARENT(B)))},
        {.to = ".BatchGetCommits\r", .body = COMMITS(COMMIT(B, PARENT(A)))},
    };
    struct scene s;

    plan_promotion(&s, true, answers, ARRAY_LEN(answers));
    CHECK_TRUE(s.plan.is_nothing);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_branch_that_moved_meanwhile_is_left_alone(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, LISTED,     REPOSITORY,     HEAD("dev", C),  HEAD("main", A),
        APART,     REPOSITORY, HEAD("dev", C), HEAD("main", B),
    };
    struct scene s;

    plan_promotion(&s, true, answers, ARRAY_LEN(answers));
    CHECK_INT(run_it(&s), JOB_FAILED);
    CHECK_TRUE(strstr(s.job.err.text, "it has changed since the plan was made") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_what_aws_finds_to_be_no_fast_forward_is_explained(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED,
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", A),
        APART,
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", A),
        {.to = ".MergeBranchesByFastForward\r", .error = "TipsDivergenceExceededException"},
    };
    struct scene s;

    plan_promotion(&s, true, answers, ARRAY_LEN(answers));
    CHECK_INT(run_it(&s), JOB_FAILED);
    CHECK_TRUE(strstr(s.job.err.text, "it is no fast-forward (TipsDivergenceExceeded") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

/* With a cache that knows nothing, or not enough, AWS is asked what the branch starts. */
static void test_a_cold_cache_does_not_open_the_guard(void **state UNUSED)
{
#define READER                                                                                     \
    "{\"pipeline\":{\"name\":\"sales-prod\",\"version\":1,\"stages\":[{\"name\":\"Source-prod\","  \
    "\"actions\":[{\"name\":\"Fetch\",\"actionTypeId\":{\"category\":\"Source\",\"provider\":"     \
    "\"CodeCommit\"},\"configuration\":{\"RepositoryName\":\"sales\",\"BranchName\":\"main\"}}]}," \
    "{\"name\":\"Deploy-Stage-prod\",\"actions\":[]}]}}"
    static const struct answer asked[] = {
        TWIN_HOME,  LISTED,         {.to = ".GetPipeline\r", .body = READER, .is_any_time = true},
        REPOSITORY, HEAD("dev", C), HEAD("main", A),
        APART};
    static const struct answer denied[] = {
        TWIN_HOME,
        {.to = ".ListPipelines\r", .error = "AccessDeniedException", .is_any_time = true},
        REPOSITORY,
        HEAD("dev", C),
        HEAD("main", A),
        APART};
    struct scene s;

    plan_promotion(&s, false, asked, ARRAY_LEN(asked));
    CHECK_STR(defect(&s), "");
    CHECK_STR(s.plan.confirm, "sales-prod");
    CHECK_SV(s.plan.steps->items->detail,
             SV("moves prod's branch main by 2 commits: starts pipeline sales-prod. The newest: "
                "cccccccc title of " C "; bbbbbbbb title of " B));
    end(&s, asked, ARRAY_LEN(asked));
    plan_promotion(&s, false, denied, ARRAY_LEN(denied));
    CHECK_TRUE(strstr(defect(&s), "which pipelines the branch starts cannot be told") != NULL);
    end(&s, denied, ARRAY_LEN(denied));
}

/* ---- make a branch ---- */

static void test_a_branch_is_made_and_a_lost_answer_looked_up(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED,
        REPOSITORY,
        HEAD("main", A),
        NO_HEAD("feature/x"),
        REPOSITORY,
        HEAD("main", A),
        NO_HEAD("feature/x"),
        {.to = ".CreateBranch\r", .is_cut = true},
        HEAD("feature/x", A),
    };
    struct scene s;

    begin(&s, &operation_create_branch, answers, ARRAY_LEN(answers));
    put_pipeline(s.cache);
    s.input.branch = SV("feature/x");
    s.input.from = SV("");
    plan_it(&s);
    CHECK_SV(s.plan.steps->items->detail, SV("makes branch feature/x at aaaaaaaa"));
    CHECK_INT(run_it(&s), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, ".CreateBranch\r"), 1);
    CHECK_TRUE(strstr(s.job.steps[0].note, "though AWS's answer was lost") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_name_that_git_does_not_take_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LISTED, REPOSITORY, HEAD("main", A)};
    struct scene s;

    begin(&s, &operation_create_branch, answers, ARRAY_LEN(answers));
    put_pipeline(s.cache);
    s.input.branch = SV("a b");
    plan_it(&s);
    CHECK_STR(defect(&s), "the branch's name has a blank in it");
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_branch_that_is_there_is_not_made_again(void **state UNUSED)
{
    static const struct answer same[] = {TWIN_HOME, LISTED, REPOSITORY, HEAD("main", A),
                                         HEAD("x", A)};
    static const struct answer other[] = {TWIN_HOME, LISTED, REPOSITORY, HEAD("main", A),
                                          HEAD("x", B)};
    struct scene s;

    begin(&s, &operation_create_branch, same, ARRAY_LEN(same));
    put_pipeline(s.cache);
    s.input.branch = SV("x");
    plan_it(&s);
    CHECK_TRUE(s.plan.is_nothing);
    end(&s, same, ARRAY_LEN(same));
    begin(&s, &operation_create_branch, other, ARRAY_LEN(other));
    put_pipeline(s.cache);
    s.input.branch = SV("x");
    plan_it(&s);
    CHECK_STR(defect(&s), "there is a branch x already, at bbbbbbbb: promote moves it on");
    end(&s, other, ARRAY_LEN(other));
}

/* ---- the pages ---- */

static enum err_code run_reading(struct task *task, void *owner, struct err *err)
{
    struct scene *s = owner;

    return s->fn(task, &s->twin.deploy, &s->operand, err);
}

static void read_it(struct scene *s, reading_fn *fn, struct arena *arena)
{
    s->fn = fn;
    arena_init(arena, 8 << 20);
    REQUIRE_OK(twin_run(&s->twin, run_reading, s), &s->twin.err);
}

static void test_branches_are_compared_with_the_default_one(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        REPOSITORY,
        {.to = ".ListBranches\r", .body = "{\"branches\":[\"dev\",\"main\"]}"},
        HEAD("dev", C),
        HEAD("main", A),
        {.to = ".BatchGetCommits\r", .body = COMMITS(COMMIT(C, PARENT(B)) "," COMMIT(A, ""))},
        APART,
    };
    struct repository_page page;
    struct arena arena;
    struct scene s;
    int64_t read_at;

    begin(&s, NULL, answers, ARRAY_LEN(answers));
    read_it(&s, repository_page_read, &arena);
    REQUIRE_OK(repository_page_get(s.cache, &s.operand, &arena, &page, &read_at, &s.twin.err),
               &s.twin.err);
    CHECK_INT(page.branch_count, 2);
    CHECK_SV(page.branches[0].name, SV("main"));
    CHECK_INT(page.branches[0].ahead, -1);
    CHECK_SV(page.branches[1].name, SV("dev"));
    CHECK_INT(page.branches[1].ahead, 2);
    CHECK_INT(page.branches[1].behind, 0);
    CHECK_TRUE(!page.branches[1].ahead_is_more);
    CHECK_SV(page.branches[1].head.message, SV("title of " C));
    CHECK_SV(page.branches[1].head.author, SV("Ana"));
    arena_release(&arena);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_commit_tells_the_files_that_it_changed(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".GetCommit\r", .body = "{\"commit\":" COMMIT(C, PARENT(B)) "}"},
        {.to = ".GetDifferences\r",
         .needs = "\"beforeCommitSpecifier\":\"" B "\"",
         .body = "{\"differences\":[{\"changeType\":\"M\",\"afterBlob\":{\"path\":\"app.py\"}},"
                 "{\"changeType\":\"D\",\"beforeBlob\":{\"path\":\"old.py\"}}]}"},
    };
    struct commit_page page;
    struct arena arena;
    struct scene s;
    int64_t read_at;

    begin(&s, NULL, answers, ARRAY_LEN(answers));
    s.operand.commit = SV(C);
    read_it(&s, commit_read, &arena);
    REQUIRE_OK(commit_page_get(s.cache, &s.operand, &arena, &page, &read_at, &s.twin.err),
               &s.twin.err);
    CHECK_SV(page.commit.id, SV(C));
    CHECK_SV(page.commit.parents[0], SV(B));
    CHECK_INT(page.file_count, 2);
    CHECK_INT(page.files[1].sign, 'D');
    CHECK_SV(page.files[1].path, SV("old.py"));
    arena_release(&arena);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_folders_and_files_are_read_and_binary_ones_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".GetFolder\r",
         .needs = "\"folderPath\":\"/\"",
         .body = "{\"commitId\":\"" C "\",\"subFolders\":[{\"absolutePath\":\"src\"}],\"files\":[{"
                 "\"absolutePath\":\"a.txt\",\"blobId\":\"b1\",\"fileMode\":\"NORMAL\"}]}"},
        {.to = ".GetFile\r",
         .body = "{\"commitId\":\"" C "\",\"filePath\":\"a.txt\",\"fileMode\":\"NORMAL\","
                 "\"fileSize\":35,\"fileContent\":\"b25lCnBhc3N3b3JkID0gaHVudGVyMi1vZi1vbGQKG1sybQ="
                 "=\"}"},
        {.to = ".GetFile\r",
         .body = "{\"commitId\":\"" C "\",\"filePath\":\"a.bin\",\"fileMode\":\"NORMAL\","
                 "\"fileSize\":3,\"fileContent\":\"YQBi\"}"},
        {.to = ".GetFile\r", .error = "FileTooLargeException"},
    };
    struct folder_page folder;
    struct file_page file;
    struct arena arena;
    struct scene s;
    int64_t read_at;

    begin(&s, NULL, answers, ARRAY_LEN(answers));
    s.operand.commit = SV("main");
    read_it(&s, folder_read, &arena);
    REQUIRE_OK(folder_page_get(s.cache, &s.operand, &arena, &folder, &read_at, &s.twin.err),
               &s.twin.err);
    CHECK_INT(folder.count, 2);
    CHECK_INT(folder.entries[0].kind, ENTRY_FOLDER);
    CHECK_SV(folder.entries[1].path, SV("a.txt"));
    arena_release(&arena);
    s.operand.path = SV("a.txt");
    read_it(&s, repository_file_read, &arena);
    REQUIRE_OK(file_page_get(s.cache, &s.operand, &arena, &file, &read_at, &s.twin.err),
               &s.twin.err);
    CHECK_SV(file.text, SV("one\npassword = ***\n\033[2m"));
    CHECK_INT(file.masked, 1);
    CHECK_TRUE(!file.is_binary && !file.is_cut);
    arena_release(&arena);
    s.operand.path = SV("a.bin");
    read_it(&s, repository_file_read, &arena);
    REQUIRE_OK(file_page_get(s.cache, &s.operand, &arena, &file, &read_at, &s.twin.err),
               &s.twin.err);
    CHECK_TRUE(file.is_binary);
    CHECK_SV(file.text, SV(""));
    CHECK_INT(twin_run(&s.twin, run_reading, &s), ERR_LIMIT);
    CHECK_TRUE(strstr(s.twin.err.text, "over 6 MB") != NULL);
    arena_release(&arena);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_sources_tell_what_they_are(void **state UNUSED)
{
    const struct repository_source hub = {.provider = SV("CodeStarSourceConnection")};
    const struct repository_source own = {.provider = SV("CodeCommit"), .repository = SV("r")};
    struct repository_source *sources;
    struct arena arena;
    struct scene s;
    struct err err = {0};
    size_t count;

    begin(&s, NULL, NULL, 0);
    put_pipeline(s.cache);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(repository_sources(s.cache, &s.operand.id, &arena, &sources, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_SV(sources[0].pipeline.name, SV("sales-prod"));
    CHECK_SV(sources[0].environments, SV("prod"));
    CHECK_TRUE(source_is_codecommit(&sources[0]) && source_is_codecommit(&own));
    CHECK_TRUE(!source_is_codecommit(&hub));
    CHECK_STR(source_words(&hub), "a connection (GitHub, GitLab or Bitbucket)");
    arena_release(&arena);
    end(&s, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_branch_is_moved_on_to_where_another_stands),
        TEST(test_what_is_no_fast_forward_is_refused_with_both_counts),
        TEST(test_a_branch_that_has_it_all_needs_nothing),
        TEST(test_a_branch_that_moved_meanwhile_is_left_alone),
        TEST(test_what_aws_finds_to_be_no_fast_forward_is_explained),
        TEST(test_a_cold_cache_does_not_open_the_guard),
        TEST(test_a_branch_is_made_and_a_lost_answer_looked_up),
        TEST(test_a_name_that_git_does_not_take_is_refused),
        TEST(test_a_branch_that_is_there_is_not_made_again),
        TEST(test_branches_are_compared_with_the_default_one),
        TEST(test_a_commit_tells_the_files_that_it_changed),
        TEST(test_folders_and_files_are_read_and_binary_ones_told),
        TEST(test_sources_tell_what_they_are),
    };

    return RUN(tests);
}
