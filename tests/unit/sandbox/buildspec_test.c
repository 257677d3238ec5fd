/* Buildspecs: what is read of them, and how commands are divided. */
#include "core/sandbox/buildspec.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static enum err_code value(void *owner, struct sv name, bool is_command, struct sb *out,
                           struct err *err)
{
    (void)owner;
    if (is_command)
        return sb_addf(out, err, "<" SV_FMT ">", SV_ARG(name));
    if (sv_eq(name, SV("WHO")))
        return sb_add(out, SV("the lake"), err);
    return ERR_OK;
}

/* The words, with a '|' behind each. */
static void check_words(const char *text, const char *want)
{
    struct err err = {0};
    struct sb got;
    cJSON *words;

    sb_init(&got, 4096);
    REQUIRE_OK(words_read(sv_of(text), value, NULL, &words, &err), &err);
    for (const cJSON *w = words->child; w != NULL; w = w->next)
        REQUIRE_OK(sb_addf(&got, &err, "%s|", w->valuestring), &err);
    CHECK_STR(sb_cstr(&got), want);
    cJSON_Delete(words);
    sb_release(&got);
}

static void test_words_are_divided_as_a_shell_does(void **state UNUSED)
{
    check_words("cdk deploy --all", "cdk|deploy|--all|");
    check_words("echo 'a  b' \"c d\" e\\ f ''", "echo|a  b|c d|e f||");
    check_words("echo $WHO \"$WHO\" '$WHO' ${WHO}s", "echo|the|lake|the lake|$WHO|the|lakes|");
    check_words("echo ${NO:-else} $NO \"$NO\" $", "echo|else||$|");
    check_words("X=$(aws sts get) y", "X=<aws|sts|get>|y|");
    check_words("X=\"$(aws \"a b\")\"", "X=<aws \"a b\">|");
    check_words("run > out 2>&1 < in last", "run|last|");
}

static void check_parts(const char *script, const char *want)
{
    static struct part parts[PARTS_MAX];
    static const char *const signs[] = {";", "&", "|"};
    struct err err = {0};
    struct sb got;
    size_t count;

    sb_init(&got, 4096);
    REQUIRE_OK(script_split(sv_of(script), parts, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        REQUIRE_OK(sb_addf(&got, &err, "%s" SV_FMT, signs[parts[i].link], SV_ARG(parts[i].text)),
                   &err);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
}

static void test_scripts_are_divided_into_commands(void **state UNUSED)
{
    check_parts("a && b || c; d", ";a&b|c;d");
    check_parts("a 'b; c' \"d && e\" $(f; g)\nh", ";a 'b; c' \"d && e\" $(f; g);h");
    check_parts("a # no; more\nb", ";a;b");
    check_parts("a \\\n  b\nc", ";a \\\n  b;c");
    check_parts("cat <<EOF > x\nexit 1\nEOF\nb", ";cat <<EOF > x;b");
    check_parts("a | b", ";a;b");
    check_parts("", "");
}

static void test_a_log_shows_values_but_no_commands(void **state UNUSED)
{
    struct err err = {0};
    struct sb got;

    sb_init(&got, 4096);
    REQUIRE_OK(text_expand(SV("echo ${WHO} '$WHO' $(date) ${NO:-x}"), value, NULL, &got, &err),
               &err);
    CHECK_STR(sb_cstr(&got), "echo the lake '$WHO' $(date) x");
    sb_release(&got);
}

static const char good[] = "version: 0.2\n"
                           "phases:\n"
                           "  build:\n"
                           "    on-failure: CONTINUE\n"
                           "    commands:\n"
                           "      - echo one\n"
                           "    finally: [echo two]\n";

static void test_a_buildspec_tells_its_commands(void **state UNUSED)
{
    struct err err = {0};
    cJSON *spec;

    REQUIRE_OK(buildspec_read(sv_of(good), &spec, &err), &err);
    CHECK_SV(json_item_sv(buildspec_commands(spec, "build", "commands")->child), SV("echo one"));
    CHECK_SV(json_item_sv(buildspec_commands(spec, "build", "finally")->child), SV("echo two"));
    CHECK_TRUE(buildspec_commands(spec, "install", "commands") == NULL);
    CHECK_TRUE(buildspec_goes_on(spec, "build"));
    cJSON_Delete(spec);
}

static void test_a_wrong_buildspec_is_refused(void **state UNUSED)
{
    static const char *const wrong[] = {
        "",
        "phases: {}\n",
        "version: 0.2\n",
        "version: 0.2\nphases:\n  build: x\n",
        "version: 0.2\nphases:\n  build:\n    commands: echo\n",
        "version: 0.2\nphases:\n  build:\n    commands: [{a: b}]\n",
        "version: [\n",
    };
    struct err err = {0};
    cJSON *spec;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK_TRUE(buildspec_read(sv_of(wrong[i]), &spec, &err) != ERR_OK);
}

static void test_want_of_memory_leaks_nothing(void **state UNUSED)
{
    bool is_done = false;

    for (long n = 1; !is_done; n++) {
        struct err err = {0};
        cJSON *spec = NULL;
        cJSON *words = NULL;

        mem_fail_at(n);
        is_done = buildspec_read(sv_of(good), &spec, &err) == ERR_OK &&
                  words_read(SV("a $WHO \"b $(c)\" > d"), value, NULL, &words, &err) == ERR_OK &&
                  mem_count() < n;
        mem_fail_at(0);
        cJSON_Delete(spec);
        cJSON_Delete(words);
        REQUIRE(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_words_are_divided_as_a_shell_does),  TEST(test_scripts_are_divided_into_commands),
        TEST(test_a_log_shows_values_but_no_commands), TEST(test_a_buildspec_tells_its_commands),
        TEST(test_a_wrong_buildspec_is_refused),       TEST(test_want_of_memory_leaks_nothing),
    };

    return RUN(tests);
}
