/* Repositories as the other services and CloudFormation see them; the operations as such are judged
 * by conformance/sandbox_codecommit_test.py. */
#include "core/sandbox/codecommit_repo.h"
#include "tests/unit/sandbox/codecommit_stage.h"

static const struct codecommit_place place = {
    .account = {"111111111111", 12}, .region = {"eu-west-1", 9}, .repository = {"app", 3}};

static void make(struct stage *s)
{
    REQUIRE(stage_call(s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    REQUIRE(stage_call(s, "codecommit", codecommit_create_commit,
                       "{\"repositoryName\":\"app\",\"branchName\":\"main\",\"commitMessage\":"
                       "\"first\\nmore\",\"putFiles\":[{\"filePath\":\"d/f\",\"fileContent\":"
                       "\"aGVsbG8=\"}]}"));
}

static void test_other_services_read_heads_files_and_messages(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb out;
    char commit[COMMIT_TEXT];
    struct stage s;

    stage_open(&s);
    make(&s);
    sb_init(&out, 100);
    REQUIRE_OK(codecommit_head(&s.service, &place, SV("main"), commit, &s.err), &s.err);
    CHECK_INT(strlen(commit), 40);
    REQUIRE_OK(codecommit_file(&s.service, &place, sv_of(commit), SV("d/f"), &out, &s.err), &s.err);
    CHECK_SV(sb_sv(&out), SV("hello"));
    sb_clear(&out);
    REQUIRE_OK(codecommit_message(&s.service, &place, sv_of(commit), &out, &s.err), &s.err);
    CHECK_SV(sb_sv(&out), SV("first"));
    CHECK_INT(codecommit_file(&s.service, &place, sv_of(commit), SV("d"), &out, &s.err),
              ERR_NOT_FOUND);
    CHECK_INT(codecommit_file(&s.service, &place, SV("no commit"), SV("d/f"), &out, &s.err),
              ERR_NOT_FOUND);
    REQUIRE_OK(codecommit_head(&s.service, &place, SV("dev"), commit, &s.err), &s.err);
    CHECK_STR(commit, "");
    stage_close(&s);
}

static void test_a_repository_that_is_not_there_has_no_head(void **state UNUSED)
{
    struct codecommit_place nowhere = place;
    char commit[COMMIT_TEXT];
    struct stage s;

    stage_open(&s);
    nowhere.repository = SV("none");
    REQUIRE_OK(codecommit_head(&s.service, &nowhere, SV("main"), commit, &s.err), &s.err);
    CHECK_STR(commit, "");
    stage_close(&s);
}

static void test_no_region_or_name_leads_out_of_the_directory(void **state UNUSED)
{
    static const struct sv bad[] = {{"..", 2}, {"a/b", 3}, {"", 0}, {"a\0b", 3}};
    struct codecommit_place odd = place;
    char path[REPOSITORY_PATH_MAX];
    struct stage s;

    stage_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        odd.region = bad[i];
        CHECK_INT(codecommit_dir(&s.service, &odd, path, &s.err), ERR_NOT_FOUND);
    }
    odd = place;
    odd.repository = SV("../app");
    CHECK_INT(codecommit_dir(&s.service, &odd, path, &s.err), ERR_NOT_FOUND);
    odd.repository = SV("..");
    REQUIRE_OK(codecommit_dir(&s.service, &odd, path, &s.err), &s.err);
    CHECK_TRUE(sv_ends(sv_of(path), SV("/eu-west-1/...git")));
    stage_close(&s);
}

/* An interrupted creation or removal leaves files that no record knows. */
static void test_files_without_a_record_are_in_nobodys_way(void **state UNUSED)
{
    struct record_key key = {.kind = REPOSITORY_KIND,
                             .account = place.account,
                             .region = place.region,
                             .name = place.repository};
    char commit[COMMIT_TEXT];
    struct stage s;

    stage_open(&s);
    make(&s);
    REQUIRE_OK(record_delete(s.service.records, &key, &s.err), &s.err);
    CHECK_TRUE(stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    REQUIRE_OK(codecommit_head(&s.service, &place, SV("main"), commit, &s.err), &s.err);
    CHECK_STR(commit, "");
    stage_close(&s);
}

static void test_a_closed_service_refuses_new_repositories(void **state UNUSED)
{
    struct stage s;

    stage_open(&s);
    REQUIRE_OK(faults_add(&s.faults, SV("codecommit-closed:app:1:1"), &s.err), &s.err);
    CHECK_TRUE(!stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    CHECK_STR(s.error, "OperationNotAllowedException");
    CHECK_TRUE(stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    stage_close(&s);
}

/* A branch moves only with the record and the event that tell of it. */
static void test_each_move_puts_off_one_event(void **state UNUSED)
{
    struct later later;
    struct stage s;
    bool is_there;

    stage_open(&s);
    make(&s);
    REQUIRE_OK(later_take(s.service.records, s.service.now_ms, &later, &is_there, &s.err), &s.err);
    CHECK_TRUE(!is_there);
    REQUIRE_OK(later_take(s.service.records, s.service.now_ms + 500, &later, &is_there, &s.err),
               &s.err);
    CHECK_TRUE(is_there);
    CHECK_STR(later.kind, "events.reference");
    CHECK_TRUE(sv_find(sv_of(later.name), SV("\"branch\":\"main\"")) > 0);
    REQUIRE_OK(service_do_later(&s.service, &later, &s.err), &s.err);
    CHECK_INT(later_next(s.service.records), INT64_MAX);
    stage_close(&s);
}

static void test_a_stack_makes_renames_and_removes_a_repository(void **state UNUSED)
{
    const struct resource_type *type = resource_type_find(SV("AWS::CodeCommit::Repository"));
    cJSON *first = cJSON_Parse("{\"RepositoryName\":\"app\",\"Tags\":[{\"Key\":\"a\",\"Value\":"
                               "\"b\"}]}");
    cJSON *second = cJSON_Parse("{\"RepositoryName\":\"tools\",\"RepositoryDescription\":\"d\"}");
    struct resource_ask ask;
    struct resource_ask change;
    struct stage s;

    stage_open(&s);
    REQUIRE(type != NULL);
    ask = stage_ask(&s, first);
    REQUIRE_OK(type->create(&ask), &s.err);
    CHECK_STR(ask.why, "");
    CHECK_INT(strlen(ask.id), 36);
    CHECK_SV(json_sv(ask.attributes, "Arn"), SV("arn:aws:codecommit:eu-west-1:111111111111:app"));
    change = stage_ask(&s, second);
    change.old = first;
    change.old_attributes = ask.attributes;
    REQUIRE_OK(type->update(&change), &s.err);
    CHECK_STR(change.why, "");
    CHECK_SV(json_sv(change.attributes, "Name"), SV("tools"));
    CHECK_TRUE(stage_call(&s, "codecommit", codecommit_get, "{\"repositoryName\":\"tools\"}"));
    CHECK_SV(json_sv(json_get(s.out, "repositoryMetadata"), "repositoryDescription"), SV("d"));
    change.old_attributes = change.attributes;
    for (int i = 0; i < 2; i++) /* one that is gone already is no failure */
        REQUIRE_OK(type->remove(&change), &s.err);
    CHECK_STR(change.why, "");
    CHECK_TRUE(!stage_call(&s, "codecommit", codecommit_get, "{\"repositoryName\":\"tools\"}"));
    cJSON_Delete(ask.attributes);
    cJSON_Delete(change.attributes);
    cJSON_Delete(first);
    cJSON_Delete(second);
    stage_close(&s);
}

static void test_a_stack_is_told_why_there_is_no_repository(void **state UNUSED)
{
    const struct resource_type *type = resource_type_find(SV("AWS::CodeCommit::Repository"));
    cJSON *plain = cJSON_Parse("{\"RepositoryName\":\"app\"}");
    cJSON *code = cJSON_Parse("{\"RepositoryName\":\"b\",\"Code\":{\"S3\":{}}}");
    struct resource_ask ask;
    struct stage s;

    stage_open(&s);
    make(&s);
    ask = stage_ask(&s, plain);
    REQUIRE_OK(type->create(&ask), &s.err);
    CHECK_TRUE(sv_find(sv_of(ask.why), SV("Repository named app already exists")) >= 0);
    cJSON_Delete(ask.attributes);
    ask = stage_ask(&s, code);
    REQUIRE_OK(type->create(&ask), &s.err);
    CHECK_TRUE(sv_find(sv_of(ask.why), SV("leave out Code")) >= 0);
    cJSON_Delete(ask.attributes);
    cJSON_Delete(plain);
    cJSON_Delete(code);
    stage_close(&s);
}

/* So many commits on dev, of the same file. */
static void grow_dev(struct stage *s, int count, char head[COMMIT_TEXT])
{
    struct repository *git;

    REQUIRE_OK(codecommit_open(&s->service, &place, &git, &s->err), &s->err);
    for (int i = 0; i < count; i++) {
        char text[16];
        struct file_change change = {.path = SV("f")};
        struct new_commit next = {.parent = sv_of(head),
                                  .changes = &change,
                                  .count = 1,
                                  .author = {"a", "a@example.org", i, 0},
                                  .message = SV("more")};

        (void)snprintf(text, sizeof text, "%d", i);
        change.bytes = sv_of(text);
        REQUIRE_OK(repository_commit(git, &next, &s->err), &s->err);
        memcpy(head, next.commit, OBJECT_SIZE);
    }
    REQUIRE_OK(repository_move_branch(git, SV("dev"), head, &s->err), &s->err);
    repository_close(git);
}

static void test_tips_that_are_too_far_apart_are_not_compared(void **state UNUSED)
{
    static const char in[] = "{\"repositoryName\":\"app\",\"sourceCommitSpecifier\":\"dev\","
                             "\"destinationCommitSpecifier\":\"main\"}";
    char head[COMMIT_TEXT];
    struct stage s;

    stage_open(&s);
    make(&s);
    REQUIRE_OK(codecommit_head(&s.service, &place, SV("main"), head, &s.err), &s.err);
    grow_dev(&s, 1001, head);
    CHECK_TRUE(!stage_call(&s, "codecommit", codecommit_fast_forward, in));
    CHECK_STR(s.error, "TipsDivergenceExceededException");
    REQUIRE_OK(codecommit_head(&s.service, &place, SV("main"), head, &s.err), &s.err);
    grow_dev(&s, 1000, head);
    CHECK_TRUE(stage_call(&s, "codecommit", codecommit_fast_forward, in));
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_other_services_read_heads_files_and_messages),
        TEST(test_a_repository_that_is_not_there_has_no_head),
        TEST(test_no_region_or_name_leads_out_of_the_directory),
        TEST(test_files_without_a_record_are_in_nobodys_way),
        TEST(test_a_closed_service_refuses_new_repositories),
        TEST(test_each_move_puts_off_one_event),
        TEST(test_a_stack_makes_renames_and_removes_a_repository),
        TEST(test_a_stack_is_told_why_there_is_no_repository),
        TEST(test_tips_that_are_too_far_apart_are_not_compared),
    };

    return RUN(tests);
}
