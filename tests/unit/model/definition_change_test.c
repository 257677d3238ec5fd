/* Definitions written, copied and compared: what is written reads the same, whatever it was. */
#include "tests/unit/check.h"

#include "core/base/mem.h"
#include "core/model/definition.h"

enum { MEMORY = 1024 * 1024, ROUNDS = 2000 };

static struct arena arena;
static uint32_t seed = 20261121;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % sides;
}

/* Texts with what JSON must escape, and some that are empty. */
static struct sv any_text(void)
{
    static const char *const pieces[] = {
        "a", "Z", "0", "-", "\"", "\\", "/", " ", "\xc3\xa9", "\xe6\x97\xa5", "<", "'", "$"};
    char text[80] = "";
    size_t len = 0;

    for (uint32_t n = dice(8); n > 0; n--)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", pieces[dice(13)]);
    return arena_sv(&arena, sv_make(text, len));
}

static struct sv numbered(const char *what, size_t i)
{
    char text[40];

    return arena_sv(&arena, sv_make(text, (size_t)snprintf(text, sizeof text, "%s%zu", what, i)));
}

static void any_definition(struct definition *d)
{
    *d = (struct definition){.name = numbered("n", dice(1000)),
                             .description = any_text(),
                             .cicd = any_text(),
                             .team = any_text(),
                             .strategy = (enum strategy)dice(STRATEGY_COUNT),
                             .source = (enum source_kind)dice(SOURCE_COUNT),
                             .connection_arn = any_text(),
                             .repository = numbered("r", dice(9)),
                             .starter = (enum starter)dice(STARTER_COUNT),
                             .tag_count = dice(6),
                             .stage_count = dice(7),
                             .variable_count = dice(6)};
    d->tags = arena_alloc(&arena, 6, sizeof *d->tags);
    d->variables = arena_alloc(&arena, 6, sizeof *d->variables);
    d->stages = arena_alloc(&arena, 7, sizeof *d->stages);
    for (size_t i = 0; i < d->tag_count; i++)
        d->tags[i] = (struct tag){numbered("k\"", i), any_text()};
    for (size_t i = 0; i < d->variable_count; i++)
        d->variables[i] = (struct variable){numbered("V", i), any_text()};
    for (size_t i = 0; i < d->stage_count; i++) {
        d->stages[i] = (struct definition_stage){numbered("s", i), any_text(), any_text(),
                                                 dice(2) == 1, any_text()};
        d->stages[i].branch = definition_branch(d, i);
    }
}

static void check_same(const struct definition *a, const struct definition *b)
{
    CHECK_SV(a->name, b->name);
    CHECK_SV(a->description, b->description);
    CHECK_SV(a->cicd, b->cicd);
    CHECK_SV(a->team, b->team);
    CHECK_INT(a->strategy, b->strategy);
    CHECK_INT(a->source, b->source);
    CHECK_SV(a->connection_arn, b->connection_arn);
    CHECK_SV(a->repository, b->repository);
    CHECK_INT(a->starter, b->starter);
    CHECK_INT(a->tag_count, b->tag_count);
    CHECK_INT(a->stage_count, b->stage_count);
    CHECK_INT(a->variable_count, b->variable_count);
    for (size_t i = 0; i < a->tag_count; i++) {
        CHECK_SV(a->tags[i].key, b->tags[i].key);
        CHECK_SV(a->tags[i].value, b->tags[i].value);
    }
    for (size_t i = 0; i < a->variable_count; i++) {
        CHECK_SV(a->variables[i].name, b->variables[i].name);
        CHECK_SV(a->variables[i].value, b->variables[i].value);
    }
    for (size_t i = 0; i < a->stage_count; i++) {
        CHECK_SV(a->stages[i].stage, b->stages[i].stage);
        CHECK_SV(a->stages[i].environment, b->stages[i].environment);
        CHECK_SV(a->stages[i].team, b->stages[i].team);
        CHECK_INT(a->stages[i].approval, b->stages[i].approval);
        CHECK_SV(a->stages[i].branch, b->stages[i].branch);
    }
}

static void test_random_definitions_are_read_as_they_were_written(void **state UNUSED)
{
    static struct defects defects;
    struct err err = {0};
    struct sb text;

    sb_init(&text, DEFINITION_SIZE_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        struct definition d;
        struct definition got;
        struct definition copy;

        arena_release(&arena);
        arena_init(&arena, MEMORY);
        any_definition(&d);
        sb_clear(&text);
        REQUIRE_OK(definition_write(&d, &text, &err), &err);
        defects = (struct defects){0};
        REQUIRE_OK(definition_read(sb_sv(&text), &arena, &got, &defects, &err), &err);
        if (defects.count > 0)
            CHECK_STR(defects.items[0].text, sb_cstr(&text));
        check_same(&got, &d);
        REQUIRE_OK(definition_copy(&d, &arena, &copy, &err), &err);
        check_same(&copy, &d);
    }
    sb_release(&text);
}

#define FILE_TEXT                                                                                  \
    "{\"schema\":1,\"name\":\"orders\",\"cicd\":\"tools\",\"strategy\":\"trunk\","                 \
    "\"tags\":{\"a\":\"1\"},\"variables\":{\"V\":\"x\"},\"environments\":["                        \
    "{\"stage\":\"dev\",\"environment\":\"dev\"},"                                                 \
    "{\"stage\":\"test\",\"environment\":\"test\"},"                                               \
    "{\"stage\":\"prod\",\"environment\":\"prod\"}]}"

static void read(struct definition *d)
{
    static struct defects defects;
    struct err err = {0};

    defects = (struct defects){0};
    REQUIRE_OK(definition_read(SV(FILE_TEXT), &arena, d, &defects, &err), &err);
    CHECK_INT(defects.count, 0);
}

static void test_a_file_is_written_in_the_documented_order(void **state UNUSED)
{
    struct definition d;
    struct err err = {0};
    struct sb text;

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    read(&d);
    d.stage_count = 1;
    sb_init(&text, DEFINITION_SIZE_MAX);
    REQUIRE_OK(definition_write(&d, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "{\n"
                              "  \"schema\": 1,\n"
                              "  \"name\": \"orders\",\n"
                              "  \"description\": \"\",\n"
                              "  \"tags\": {\n"
                              "    \"a\": \"1\"\n"
                              "  },\n"
                              "  \"cicd\": \"tools\",\n"
                              "  \"team\": \"\",\n"
                              "  \"strategy\": \"trunk\",\n"
                              "  \"source\": {\n"
                              "    \"type\": \"codecommit\",\n"
                              "    \"connection_arn\": \"\",\n"
                              "    \"repository\": \"orders\"\n"
                              "  },\n"
                              "  \"template\": \"cdk\",\n"
                              "  \"environments\": [\n"
                              "    {\n"
                              "      \"stage\": \"dev\",\n"
                              "      \"environment\": \"dev\",\n"
                              "      \"team\": \"\",\n"
                              "      \"approval\": false,\n"
                              "      \"branch\": \"main\"\n"
                              "    }\n"
                              "  ],\n"
                              "  \"variables\": {\n"
                              "    \"V\": \"x\"\n"
                              "  }\n"
                              "}\n");
    sb_release(&text);
}

static void compare(const struct definition *a, const struct definition *b,
                    const char *const *lines, size_t count)
{
    static struct defects defects;
    struct definition_change *changes;
    struct err err = {0};
    size_t found;

    defects = (struct defects){0};
    REQUIRE_OK(definition_compare(a, b, &arena, &changes, &found, &defects, &err), &err);
    for (size_t i = 0; i < count && i < found; i++)
        CHECK_STR(changes[i].text, lines[i]);
    CHECK_INT(found, count);
    CHECK_INT(defects.count, 0);
}

static void test_a_change_is_told_line_by_line(void **state UNUSED)
{
    static const char *const lines[] = {
        "another description",
        "team none -> Engineers",
        "tag a removed",
        "tag b = 2 added",
        "variable V has another value",
        "prod removed (environment prod)",
        "test moved from 2 to 1",
        "test: approval yes -> no",
        "qa added as 2 (environment test)",
        "dev moved from 1 to 3",
        "dev: environment dev -> test",
        "dev: branch main -> next",
    };
    struct definition a;
    struct definition b;

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    read(&a);
    read(&b);
    compare(&a, &b, NULL, 0);
    b.description = SV("more");
    b.team = SV("Engineers");
    b.tags[0] = (struct tag){SV("b"), SV("2")};
    b.variables[0].value = SV("y");
    b.stages[0] = a.stages[1];
    b.stages[0].approval = false;
    b.stages[1] = (struct definition_stage){SV("qa"), SV("test"), SV(""), true, SV("main")};
    b.stages[2] = a.stages[0];
    b.stages[2].environment = SV("test");
    b.stages[2].branch = SV("next");
    compare(&a, &b, lines, ARRAY_LEN(lines));
}

static void test_a_stage_put_before_others_moves_none_of_them(void **state UNUSED)
{
    static const char *const lines[] = {"prod added as 1 (environment prod)"};
    struct definition a;
    struct definition b;

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    read(&a);
    read(&b);
    a.stage_count = 2;
    b.stages[0] = b.stages[2];
    b.stages[1] = a.stages[0];
    b.stages[2] = a.stages[1];
    compare(&a, &b, lines, ARRAY_LEN(lines));
}

static void test_what_cannot_be_changed_is_a_defect(void **state UNUSED)
{
    static const char *const fields[] = {"name", "strategy", "cicd", "source.type"};
    static struct defects defects;
    struct definition a;
    struct definition b;
    struct definition_change *changes;
    struct err err = {0};
    size_t count;

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    read(&a);
    read(&b);
    b.name = SV("other");
    b.strategy = STRATEGY_GITFLOW;
    b.cicd = SV("other");
    b.source = SOURCE_CONNECTION;
    REQUIRE_OK(definition_compare(&a, &b, &arena, &changes, &count, &defects, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        CHECK_TRUE(defects_of(&defects, fields[i]) != NULL);
    read(&b);
    b.repository = SV("other");
    REQUIRE_OK(definition_compare(&a, &b, &arena, &changes, &count, &defects, &err), &err);
    CHECK_TRUE(defects_of(&defects, "source.repository") != NULL);
    CHECK_INT(defects.count, 5);
}

static void test_reading_and_writing_survive_each_allocation_failing(void **state UNUSED)
{
    static struct defects defects;
    bool is_done = false;

    for (long n = 1; n < 500 && !is_done; n++) {
        struct definition d;
        struct sb text;
        struct err err = {0};
        enum err_code rc;

        arena_release(&arena);
        arena_init(&arena, MEMORY);
        sb_init(&text, DEFINITION_SIZE_MAX);
        mem_fail_at(n);
        rc = definition_read(SV(FILE_TEXT), &arena, &d, &defects, &err);
        if (rc == ERR_OK)
            rc = definition_write(&d, &text, &err);
        is_done = rc == ERR_OK;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        sb_release(&text);
    }
    CHECK_TRUE(is_done);
}

static int release(void **state UNUSED)
{
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_random_definitions_are_read_as_they_were_written),
        TEST(test_a_file_is_written_in_the_documented_order),
        TEST(test_a_change_is_told_line_by_line),
        TEST(test_a_stage_put_before_others_moves_none_of_them),
        TEST(test_what_cannot_be_changed_is_a_defect),
        TEST(test_reading_and_writing_survive_each_allocation_failing),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
