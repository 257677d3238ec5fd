/* What an execution carried, as a document: written and read back, within caps, whatever is in it.
 */
#include "core/operate/carried.h"

#include "tests/unit/check.h"

static void there_and_back(const struct carried *carried, struct arena *arena, struct carried *out)
{
    CLEANUP(sb_release) struct sb json;
    struct err err;

    sb_init(&json, DOCUMENT_MAX);
    REQUIRE_OK(carried_write(carried, &json, &err), &err);
    REQUIRE_OK(carried_parse(sb_sv(&json), arena, out, &err), &err);
}

static void test_it_comes_back_as_it_was(void **state)
{
    const struct sv parents[] = {SV("p1"), SV("p2")};
    const struct commit commit = {SV("id"),      SV("Ana \"A\""), SV("a@x"), SV("one\n\ntwo é"),
                                  1795262400123, parents,         2};
    const struct file_change files[] = {{'A', SV("a b.txt")}, {'?', SV("c")}};
    const struct name_value variable = {SV("K"), SV("v")};
    const struct carried_source sources[] = {{.action = SV("App"),
                                              .repository = SV("r"),
                                              .revision = SV("id"),
                                              .before = SV("p1"),
                                              .commits = &commit,
                                              .commit_count = 1,
                                              .commits_cut = true,
                                              .files = files,
                                              .file_count = 2,
                                              .files_cut = true,
                                              .is_walked = true},
                                             {.action = SV("Git"), .note = SV("why")}};
    const struct carried carried = {.execution_id = SV("e"),
                                    .before_id = SV("d"),
                                    .variables = &variable,
                                    .variable_count = 1,
                                    .sources = sources,
                                    .source_count = 2};
    struct arena arena;
    struct carried got;

    (void)state;
    arena_init(&arena, 1 << 20);
    there_and_back(&carried, &arena, &got);
    CHECK_SV(got.execution_id, SV("e"));
    CHECK_SV(got.before_id, SV("d"));
    CHECK_SV(got.variables[0].value, SV("v"));
    CHECK_INT(got.source_count, 2);
    CHECK_INT(got.sources[0].commits_cut, true);
    CHECK_INT(got.sources[0].files_cut, true);
    CHECK_INT(got.sources[0].is_walked, true);
    CHECK_INT(got.sources[1].is_walked, false);
    CHECK_SV(got.sources[1].note, SV("why"));
    CHECK_SV(got.sources[0].commits[0].message, SV("one\n\ntwo é"));
    CHECK_SV(got.sources[0].commits[0].author, SV("Ana \"A\""));
    CHECK_INT(got.sources[0].commits[0].at, 1795262400123);
    CHECK_INT(got.sources[0].commits[0].parent_count, 2);
    CHECK_SV(got.sources[0].commits[0].parents[1], SV("p2"));
    CHECK_INT(got.sources[0].files[0].sign, 'A');
    CHECK_SV(got.sources[0].files[1].path, SV("c"));
    arena_release(&arena);
}

static void test_the_most_that_is_kept_fits(void **state)
{
    static char letters[4000];
    struct commit commits[CARRIED_COMMITS_MAX];
    struct file_change files[CARRIED_FILES_MAX];
    struct carried_source sources[CARRIED_WALKS_MAX];
    const struct carried carried = {.sources = sources, .source_count = CARRIED_WALKS_MAX};
    struct arena arena;
    struct carried got;

    (void)state;
    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i < CARRIED_COMMITS_MAX; i++)
        commits[i] = (struct commit){.id = sv_make(letters, 40),
                                     .message = sv_make(letters, sizeof letters)};
    for (size_t i = 0; i < CARRIED_FILES_MAX; i++)
        files[i] = (struct file_change){'M', sv_make(letters, sizeof letters)};
    for (size_t i = 0; i < CARRIED_WALKS_MAX; i++)
        sources[i] = (struct carried_source){.commits = commits,
                                             .commit_count = CARRIED_COMMITS_MAX,
                                             .files = files,
                                             .file_count = CARRIED_FILES_MAX};
    arena_init(&arena, 16 << 20);
    there_and_back(&carried, &arena, &got);
    CHECK_INT(got.sources[3].file_count, CARRIED_FILES_MAX);
    CHECK_INT(got.sources[3].commits[0].message.len, 1000);
    arena_release(&arena);
}

static void test_a_message_is_cut_between_characters(void **state)
{
    static char text[1002];
    const struct commit commit = {.id = SV("id"), .message = {text, sizeof text}};
    const struct carried_source source = {.commits = &commit, .commit_count = 1};
    const struct carried carried = {.sources = &source, .source_count = 1};
    struct arena arena;
    struct carried got;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text + 999, "é", 2); /* its second byte would be the 1001st */
    arena_init(&arena, 1 << 20);
    there_and_back(&carried, &arena, &got);
    CHECK_INT(got.sources[0].commits[0].message.len, 999);
    arena_release(&arena);
}

/* The cache's file is somebody else's to spoil. */
static void test_strange_documents_are_read_as_far_as_they_go(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"sources\":7,\"variables\":{\"name\":1}}",
        ("{\"sources\":[null,{\"commits\":[null,{\"parents\":[1,null,\"p\"],\"at\":\"x\"}],"
         "\"files\":[{\"sign\":\"AB\"},5]}]}"),
        "{\"sources\":[[],[[]]]}",
    };
    struct arena arena;
    struct carried got;
    struct commit commit;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        REQUIRE_OK(carried_parse(sv_of(texts[i]), &arena, &got, &err), &err);
    CHECK_INT(carried_parse(SV("{\"sources\":["), &arena, &got, &err), ERR_REPLY);
    CHECK_INT(commit_document_parse(SV("{\"author\":\"x\"}"), &arena, &commit, &err),
              ERR_NOT_FOUND);
    arena_release(&arena);
}

static void test_a_comparison_has_a_key_of_its_own(void **state)
{
    CLEANUP(sb_release) struct sb key;
    struct err err;

    (void)state;
    sb_init(&key, 100);
    REQUIRE_OK(carried_key(SV("p"), SV("e"), SV(""), &key, &err), &err);
    CHECK_SV(sb_sv(&key), SV("p/e"));
    sb_clear(&key);
    REQUIRE_OK(carried_key(SV("p"), SV("e"), SV("d"), &key, &err), &err);
    CHECK_SV(sb_sv(&key), SV("p/e/d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_comes_back_as_it_was),
        TEST(test_the_most_that_is_kept_fits),
        TEST(test_a_message_is_cut_between_characters),
        TEST(test_strange_documents_are_read_as_far_as_they_go),
        TEST(test_a_comparison_has_a_key_of_its_own),
    };
    return RUN(tests);
}
