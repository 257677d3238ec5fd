/* Drafts: kept whole, read again, and told when they are broken or not ours. */
#include "core/actions/drafts.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "tests/unit/check.h"

enum { FAILURES_MAX = 2000 };

static char home[64];
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/penstock-drafts-XXXXXX");
    REQUIRE(mkdtemp(home) != NULL);
    REQUIRE(setenv("XDG_DATA_HOME", home, 1) == 0);
    arena_init(&arena, 8 << 20);
    return 0;
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return nftw(home, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

static struct draft make(const char *name)
{
    static struct tag tags[1];
    static struct definition_stage stages[2];

    tags[0] = (struct tag){SV("cost"), SV("42")};
    stages[0] = (struct definition_stage){SV("dev"), SV("dev-eu"), SV(""), false, SV("")};
    stages[1] = (struct definition_stage){SV("prod"), SV(""), SV("ops"), true, SV("release")};
    return (struct draft){.definition = {.name = sv_of(name),
                                         .description = SV("a \"quoted\" one"),
                                         .tags = tags,
                                         .tag_count = 1,
                                         .cicd = SV("cicd"),
                                         .strategy = STRATEGY_GITFLOW,
                                         .stages = stages,
                                         .stage_count = 2},
                          .template_dir = SV("/srv/app"),
                          .uses_existing_repository = true};
}

static const char *path_of(const char *file)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/penstock/drafts/%s", home, file);
    return path;
}

static void save(const char *name)
{
    struct draft draft = make(name);
    struct err err;

    REQUIRE_OK(draft_write(&draft, &err), &err);
}

static void write_raw(const char *file, const char *text)
{
    FILE *out = fopen(path_of(file), "w");

    REQUIRE(out != NULL);
    REQUIRE(fputs(text, out) >= 0);
    REQUIRE(fclose(out) == 0);
    REQUIRE(chmod(path_of(file), 0600) == 0);
}

static void test_a_draft_is_read_as_it_was_written(void **state)
{
    struct draft got;
    struct err err;

    (void)state;
    save("orders");
    REQUIRE_OK(draft_read(SV("orders"), false, &arena, &got, &err), &err);
    CHECK_SV(got.definition.name, SV("orders"));
    CHECK_SV(got.definition.description, SV("a \"quoted\" one"));
    CHECK_SV(got.definition.tags[0].value, SV("42"));
    CHECK_INT(got.definition.strategy, STRATEGY_GITFLOW);
    CHECK_INT(got.definition.stage_count, 2);
    CHECK_SV(got.definition.stages[0].branch, SV("dev"));
    CHECK_SV(got.definition.stages[1].environment, SV(""));
    CHECK_SV(got.definition.stages[1].branch, SV("release"));
    CHECK_TRUE(got.definition.stages[1].approval);
    CHECK_SV(got.template_dir, SV("/srv/app"));
    CHECK_TRUE(got.uses_existing_repository);
}

static void test_the_file_is_one_that_create_takes(void **state)
{
    static struct defects defects;
    CLEANUP(sb_release) struct sb text;
    struct definition got;
    struct err err;

    (void)state;
    save("orders");
    sb_init(&text, 1 << 20);
    REQUIRE_OK(file_read(path_of("orders.json"), 1 << 20, &text, &err), &err);
    REQUIRE_OK(definition_read(sb_sv(&text), &arena, &got, &defects, &err), &err);
    CHECK_INT(defects.count, 0);
}

static void test_it_is_ours_alone(void **state)
{
    struct stat st;

    (void)state;
    save("orders");
    REQUIRE(stat(path_of("orders.json"), &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    REQUIRE(stat(path_of(""), &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0700);
}

static void test_whatever_is_typed_can_be_its_name(void **state)
{
    static const char *const names[] = {"", "../up", "a b.change", "%41", "\xc3\xa4"};
    struct draft_row *rows;
    struct draft got;
    struct err err;
    size_t count;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        save(names[i]);
        REQUIRE_OK(draft_read(sv_of(names[i]), false, &arena, &got, &err), &err);
        CHECK_STR(got.definition.name.ptr, names[i]);
    }
    REQUIRE_OK(drafts_list(&arena, &rows, &count, &err), &err);
    CHECK_INT(count, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        bool is_there = false;

        for (size_t k = 0; k < count; k++)
            is_there = is_there || (sv_eq(rows[k].name, sv_of(names[i])) && !rows[k].is_change);
        CHECK_TRUE(is_there);
    }
}

static void test_the_newest_is_first_and_a_change_is_another(void **state)
{
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    struct draft change = make("orders");
    struct draft_row *rows;
    struct err err;
    size_t count;

    (void)state;
    save("orders");
    REQUIRE(utimensat(AT_FDCWD, path_of("orders.json"), old, 0) == 0);
    change.is_change = true;
    REQUIRE_OK(draft_write(&change, &err), &err);
    REQUIRE_OK(drafts_list(&arena, &rows, &count, &err), &err);
    REQUIRE(count == 2);
    CHECK_TRUE(rows[0].is_change && !rows[1].is_change);
    CHECK_INT(rows[1].saved_at, 1000000);
    REQUIRE_OK(draft_remove(SV("orders"), false, &err), &err);
    REQUIRE_OK(draft_remove(SV("orders"), false, &err), &err);
    REQUIRE_OK(drafts_list(&arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
}

static void test_none_is_no_failure(void **state)
{
    struct draft_row *rows;
    struct draft got;
    struct err err;
    struct stat st;
    size_t count = 1;

    (void)state;
    REQUIRE_OK(drafts_list(&arena, &rows, &count, &err), &err);
    CHECK_INT(count, 0);
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_NOT_FOUND);
    REQUIRE_OK(draft_remove(SV("orders"), false, &err), &err);
    CHECK_TRUE(stat(path_of(""), &st) != 0); /* looking makes nothing */
}

static void test_a_broken_one_is_told_and_moved_aside(void **state)
{
    struct draft got;
    struct stat st;
    struct err err;

    (void)state;
    save("orders");
    write_raw("orders.json", "{\"name\": \"ord");
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_USAGE);
    CHECK_TRUE(sv_find(sv_of(err.text), SV("renamed to orders.json.broken")) > 0);
    CHECK_TRUE(stat(path_of("orders.json.broken"), &st) == 0);
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_NOT_FOUND);
}

static void test_one_that_others_could_write_is_refused(void **state)
{
    struct draft got;
    struct err err;

    (void)state;
    save("orders");
    REQUIRE(chmod(path_of("orders.json"), 0666) == 0);
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_CACHE);
    REQUIRE(chmod(path_of("orders.json"), 0600) == 0);
    REQUIRE(chmod(path_of(""), 0777) == 0);
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_CACHE);
}

static void test_one_of_another_owner_is_refused(void **state)
{
    struct draft got;
    struct err err;

    (void)state;
    if (geteuid() != 0)
        skip();
    save("orders");
    REQUIRE(chown(path_of("orders.json"), 12345, 12345) == 0);
    CHECK_INT(draft_read(SV("orders"), false, &arena, &got, &err), ERR_CACHE);
    CHECK_TRUE(sv_find(sv_of(err.text), SV("another user")) >= 0);
}

static void test_a_link_is_no_draft(void **state)
{
    struct draft_row *rows;
    struct draft got;
    struct err err;
    size_t count;

    (void)state;
    save("orders");
    REQUIRE(symlink("orders.json", path_of("linked.json")) == 0);
    REQUIRE_OK(drafts_list(&arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_INT(draft_read(SV("linked"), false, &arena, &got, &err), ERR_CACHE);
}

static void test_a_failed_writing_leaves_the_one_before(void **state)
{
    struct draft next = make("orders");
    enum err_code rc = ERR_LIMIT;
    struct draft got;
    struct err err;

    (void)state;
    save("orders");
    next.definition.description = SV("the next");
    for (long n = 1; rc && n < FAILURES_MAX; n++) {
        mem_fail_at(n);
        rc = draft_write(&next, &err);
        mem_fail_at(0);
        arena_clear(&arena);
        REQUIRE_OK(draft_read(SV("orders"), false, &arena, &got, &err), &err);
        if (rc)
            CHECK_SV(got.definition.description, SV("a \"quoted\" one"));
    }
    CHECK_SV(got.definition.description, SV("the next"));
}

static void test_reading_survives_each_failing_allocation(void **state)
{
    enum err_code rc = ERR_LIMIT;
    struct draft_row *rows;
    struct draft got;
    struct err err;
    size_t count;

    (void)state;
    save("orders");
    for (long n = 1; rc && n < FAILURES_MAX; n++) {
        arena_release(&arena);
        mem_fail_at(n);
        rc = drafts_list(&arena, &rows, &count, &err);
        if (rc == ERR_OK)
            rc = draft_read(SV("orders"), false, &arena, &got, &err);
        mem_fail_at(0);
    }
    CHECK_INT(rc, ERR_OK);
    CHECK_INT(count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_draft_is_read_as_it_was_written),
        CASE(test_the_file_is_one_that_create_takes),
        CASE(test_it_is_ours_alone),
        CASE(test_whatever_is_typed_can_be_its_name),
        CASE(test_the_newest_is_first_and_a_change_is_another),
        CASE(test_none_is_no_failure),
        CASE(test_a_broken_one_is_told_and_moved_aside),
        CASE(test_one_that_others_could_write_is_refused),
        CASE(test_one_of_another_owner_is_refused),
        CASE(test_a_link_is_no_draft),
        CASE(test_a_failed_writing_leaves_the_one_before),
        CASE(test_reading_survives_each_failing_allocation),
    };

    return RUN(tests);
}
