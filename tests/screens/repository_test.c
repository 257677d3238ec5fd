/* A pipeline's repository: branches, commits, what one changed, folders and files. */
#include "core/operate/repository_page.h"
#include "tests/screens/fake_work.h"

static struct stage stage;
static struct fake_work fake;

#define A "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
#define B "bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22"

static const struct stage_pipeline sales = {.name = "sales-prod",
                                            .stages = "Source=Succeeded Deploy=Succeeded",
                                            .status = "Succeeded",
                                            .age_s = 300};

/* As GetPipeline would tell: main feeds sales-prod. */
static void put_source(const char *provider, const char *repository)
{
    const struct action_def source = {.name = SV("Fetch"),
                                      .category = SV("Source"),
                                      .provider = sv_of(provider),
                                      .repository = sv_of(repository),
                                      .branch = SV("main")};
    const struct action_def deploy = {.name = SV("deploy-prod"), .category = SV("Build")};
    const struct stage_def stages[] = {{SV("Source-prod"), &source, 1},
                                       {SV("Deploy-Stage-prod"), &deploy, 1}};
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                   SV("sales-prod")};
    const struct pipeline_def def = {
        .name = id.name, .type = SV("V2"), .version = 7, .stages = stages, .stage_count = 2};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(stage.cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_def(stage.cache, &id, &def, NULL, 0, stage.now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(stage.cache, &err), &err);
    console_cache_changed(&stage.console);
}

static void put(enum document_kind kind, const char *key, const char *json)
{
    const struct document_id id = {kind, SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                   sv_of(key)};
    struct err err = {0};

    REQUIRE_OK(cache_put_document(stage.cache, &id, sv_of(json), stage.now_ms, &err), &err);
    stage.console.needs_load = true;
}

static void put_branches(void)
{
    char json[2000];
    double now = (double)stage.now_ms / 1000;

    snprintf(json, sizeof json,
             "{\"schema\":1,\"name\":\"sales\",\"arn\":\"arn:aws:codecommit:eu-west-1:111111111111:"
             "sales\",\"clone_url\":\"https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/sales"
             "\",\"default_branch\":\"main\",\"branches\":["
             "{\"name\":\"main\",\"head\":{\"id\":\"" A "\",\"author\":\"Ana\",\"message\":\"add "
             "the returns table\",\"at\":%.0f},\"ahead\":-1,\"behind\":-1},"
             "{\"name\":\"dev\",\"head\":{\"id\":\"" B "\",\"author\":\"J\\u00f6rg\",\"message\":"
             "\"try \\u001b[31mred\\u001b[0m\",\"at\":%.0f},\"ahead\":3,\"behind\":0},"
             "{\"name\":\"feature/a-very-long-name-of-a-branch\",\"head\":{\"id\":\"" B
             "\",\"author\":\"lake-bot\",\"message\":\"\",\"at\":%.0f},\"ahead\":60,\"behind\":12,"
             "\"ahead_is_more\":true}]}",
             now - 3600, now - 60, now - 864000);
    put(DOCUMENT_REPOSITORY, "sales", json);
}

static void put_commits(void)
{
    char json[2000];
    double now = (double)stage.now_ms / 1000;

    snprintf(json, sizeof json,
             "{\"schema\":1,\"commits\":[{\"id\":\"" A "\",\"author\":\"Ana\",\"email\":\"ana@x\","
             "\"message\":\"add the returns table\\n\\nPrices are in cents.\",\"at\":%.0f,"
             "\"parents\":[\"" B "\"]},{\"id\":\"" B "\",\"author\":\"J\\u00f6rg\",\"message\":"
             "\"first\",\"at\":%.0f,\"parents\":[]}],\"is_cut\":true}",
             now - 3600, now - 7200);
    put(DOCUMENT_BRANCH, "sales/main", json);
}

static void put_commit(void)
{
    char json[2000];

    snprintf(json, sizeof json,
             "{\"schema\":1,\"commit\":{\"id\":\"" A "\",\"author\":\"Ana\",\"email\":\"ana@x\","
             "\"message\":\"add the returns table\\n\\nPrices are in cents.\",\"at\":%.0f,"
             "\"parents\":[\"" B "\"]},\"files\":[{\"path\":\"src/returns.py\",\"sign\":\"A\"},"
             "{\"path\":\"app.py\",\"sign\":\"M\"},{\"path\":\"old.py\",\"sign\":\"D\"}]}",
             (double)stage.now_ms / 1000 - 3600);
    put(DOCUMENT_DIFFERENCE, "sales/" A, json);
}

static void put_files(void)
{
    put(DOCUMENT_FOLDER, "sales/main:",
        "{\"schema\":1,\"commit\":\"" A "\",\"entries\":[{\"kind\":0,\"path\":\"src\"},"
        "{\"kind\":1,\"path\":\"README.md\",\"mode\":\"NORMAL\"},{\"kind\":1,\"path\":\"run.sh\","
        "\"mode\":\"EXECUTABLE\"},{\"kind\":3,\"path\":\"lib\",\"blob\":\"" B "\"}]}");
    put(DOCUMENT_FOLDER, "sales/main:src",
        "{\"schema\":1,\"commit\":\"" A "\",\"entries\":[{\"kind\":1,\"path\":\"src/app.py\"}]}");
    put(DOCUMENT_FILE, "sales/main:README.md",
        "{\"schema\":1,\"commit\":\"" A "\",\"mode\":\"NORMAL\",\"size\":120,\"text\":\"# Sales\\n"
        "a\\tb\\tafter tabs\\n\\u001b[31mnot red\\u001b[0m \\u202egnirts\\nThe last line is longer "
        "than eighty columns, so that it is wrapped or cut, as the person wants it to "
        "be.\\r\\n\"}");
    put(DOCUMENT_FILE, "sales/main:run.sh",
        "{\"schema\":1,\"commit\":\"" A "\",\"mode\":\"EXECUTABLE\",\"size\":4096,"
        "\"is_binary\":true,\"text\":\"\"}");
}

static void begin(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    fake_work_open(&fake, &stage);
    stage_add(&stage, &sales);
    put_source("CodeCommit", "sales");
}

static void end(void)
{
    stage_close(&stage);
    fake_work_close(&fake);
}

static void press(const char *keys)
{
    stage_press(&stage, keys);
    fake_work_end_errands(&fake);
    stage.console.needs_load = true;
}

static void test_each_page_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        begin(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        put_branches();
        put_commits();
        put_commit();
        put_files();
        press("p m");
        stage_expect(&stage, stage_golden("repository", i));
        press("Enter");
        stage_expect(&stage, stage_golden("commits", i));
        press("Enter");
        stage_expect(&stage, stage_golden("commit", i));
        press("q q f");
        stage_expect(&stage, stage_golden("files", i));
        press("j Enter");
        stage_expect(&stage, stage_golden("file", i));
        end();
    }
}

static void test_folders_are_entered_and_what_is_no_text_says_so(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_branches();
    put_files();
    press("p m f Enter");
    stage_expect(&stage, "files-folder");
    press("q j j Enter");
    stage_expect(&stage, "file-binary");
    press("q G Enter");
    stage_expect(&stage, "files-submodule");
    end();
}

static void test_the_file_is_searched(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_branches();
    put_files();
    press("p m f j Enter");
    stage_press(&stage, "/wrapped Enter");
    stage_expect(&stage, "file-searched");
    end();
}

static void test_what_was_not_read_yet_and_a_source_that_is_elsewhere(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    stage_press(&stage, "p m");
    CHECK_TRUE(work_reads(&fake.work, ERRAND_REPOSITORY, NULL));
    stage_expect(&stage, "repository-asking");
    put(DOCUMENT_REPOSITORY, "sales", "{\"schema\":1,\"name\":\"sales\",\"branches\":[]}");
    press("");
    stage_expect(&stage, "repository-empty");
    put_source("CodeStarSourceConnection", "acme/sales");
    stage_expect(&stage, "repository-elsewhere");
    end();
}

static void test_a_filter_and_the_actions_of_a_branch(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_branches();
    press("p m");
    stage_press(&stage, "/feature Enter");
    stage_expect(&stage, "repository-filtered");
    stage_press(&stage, "Esc j T");
    stage_expect(&stage, "repository-actions");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_page_at_each_size),
        TEST(test_folders_are_entered_and_what_is_no_text_says_so),
        TEST(test_the_file_is_searched),
        TEST(test_what_was_not_read_yet_and_a_source_that_is_elsewhere),
        TEST(test_a_filter_and_the_actions_of_a_branch),
    };

    return RUN(tests);
}
