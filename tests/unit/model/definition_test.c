/* Definitions: a case for each rule, as the file that breaks it. Quotes are single there, to be
 * read at all. */
#include "tests/unit/check.h"

#include "core/model/branch.h"
#include "core/model/definition.h"

enum { MEMORY = 1024 * 1024, TEXT_MAX = 16384 };

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    } /* constant, unlike SV */

static const struct environment known[] = {
    {.name = TEXT("tools"),
     .kind = ENVIRONMENT_CICD,
     .account = TEXT("111111111111"),
     .region = TEXT("eu-west-1")},
    {.name = TEXT("dev"), .account = TEXT("222222222222"), .region = TEXT("eu-west-1")},
    {.name = TEXT("test"), .account = TEXT("222222222222"), .region = TEXT("eu-west-1")},
    {.name = TEXT("prod"), .account = TEXT("333333333333"), .region = TEXT("eu-west-1")},
    {.name = TEXT("far"),
     .kind = ENVIRONMENT_CICD,
     .account = TEXT("111111111111"),
     .region = TEXT("ap-southeast-1")},
    {.name = TEXT("china"), .account = TEXT("444444444444"), .region = TEXT("cn-north-1")},
};

static struct arena arena;

static struct sv quoted(const char *text)
{
    static char out[TEXT_MAX];
    size_t len = 0;

    for (; *text != '\0' && len < sizeof out; text++)
        out[len++] = *text == '\'' ? '"' : *text;
    return sv_make(out, len);
}

static void read(const char *text, struct definition *d, struct defects *defects)
{
    struct err err = {0};

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    *defects = (struct defects){0};
    REQUIRE_OK(definition_read(quoted(text), &arena, d, defects, &err), &err);
}

static void judge(const char *text, struct definition *d, struct defects *defects)
{
    read(text, d, defects);
    definition_check(d, known, ARRAY_LEN(known), defects);
}

static void show(const struct defects *d)
{
    for (size_t i = 0; i < d->count; i++)
        print_error("  %s: %s\n", d->items[i].field, d->items[i].text);
}

struct rule_case {
    const char *json;
    const char *field;
    const char *text;
};

static bool has(const struct defects *d, const struct rule_case *c)
{
    for (size_t i = 0; i < d->count; i++) {
        if (strcmp(d->items[i].field, c->field) == 0 &&
            sv_find(sv_of(d->items[i].text), sv_of(c->text)) >= 0)
            return true;
    }
    return false;
}

static void expect_all(const struct rule_case *cases, size_t count)
{
    static struct defects defects;
    struct definition d;

    for (size_t i = 0; i < count; i++) {
        judge(cases[i].json, &d, &defects);
        if (has(&defects, &cases[i]))
            continue;
        print_error("%s\nlacks %s: %s\n", cases[i].json, cases[i].field, cases[i].text);
        show(&defects);
        REQUIRE(false);
    }
}

#define SCHEMA  "{'schema':1,"
#define NAMED   SCHEMA "'name':'orders','cicd':'tools',"
#define TRUNK   "'strategy':'trunk',"
#define GITFLOW "'strategy':'gitflow',"
#define ROWS                                                                                       \
    "'environments':[{'stage':'dev','environment':'dev'},{'stage':'prod','environment':'prod'}]"
#define FINE      NAMED TRUNK ROWS
#define FLOW      NAMED GITFLOW ROWS
#define NAME(n)   SCHEMA "'name':'" n "','cicd':'tools'," TRUNK ROWS "}"
#define STAGES(s) NAMED TRUNK "'environments':[" s "]}"
#define FLOWS(s)  NAMED GITFLOW "'environments':[" s "]}"
#define DEV       "{'stage':'dev','environment':'dev'}"
#define PROD      "{'stage':'prod','environment':'prod'}"
#define X50       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250      X50 X50 X50 X50 X50

static void test_a_small_file_is_enough(void **state UNUSED)
{
    static struct defects defects;
    struct definition d;

    judge(FINE "}", &d, &defects);
    show(&defects);
    CHECK_INT(defects.count, 0);
    CHECK_SV(d.repository, SV("orders"));
    CHECK_INT(d.starter, STARTER_CDK);
    CHECK_INT(d.source, SOURCE_CODECOMMIT);
    CHECK_TRUE(!d.stages[0].approval && d.stages[1].approval);
    CHECK_SV(d.stages[1].branch, SV("main"));
    judge(FLOW "}", &d, &defects);
    CHECK_INT(defects.count, 0);
    CHECK_TRUE(!d.stages[0].approval && d.stages[1].approval);
    CHECK_SV(d.stages[0].branch, SV("dev"));
    CHECK_SV(d.stages[1].branch, SV("main"));
    judge(FINE ",'penstock':'0.1.0','description':null,'source':{'type':'connection',"
               "'connection_arn':'arn:aws:codestar-connections:eu-west-1:111111111111:connection/"
               "0a1b2c3d-1111-2222-3333-444455556666','repository':'group/sub/repo'}}",
          &d, &defects);
    show(&defects);
    CHECK_INT(defects.count, 0);
}

static void test_shape(void **state UNUSED)
{
    static const struct rule_case cases[] = {
        {"{'name':'a'}", "schema", "is required"},
        {"{'schema':2}", "schema", "not 2"},
        {"{'schema':'1'}", "schema", "must be the number 1, not a text"},
        {SCHEMA "'environments':[]}", "strategy", "is required: trunk or gitflow"},
        {FINE ",'nmae':'x'}", "nmae", "unknown member; did you mean name?"},
        {FINE ",'zzz':1}", "zzz", "unknown member: remove it"},
        {FINE ",'name':'x'}", "name", "is there 2 times"},
        {FINE ",'source':{'kind':1}}", "source.kind", "unknown member"},
        {FINE ",'team':7}", "team", "must be a text, not a number: put it in quotes"},
        {FINE ",'tags':[]}", "tags", "must be an object {}, not a list"},
        {FINE ",'tags':{'account':123456789012}}", "tags.account", "put it in quotes"},
        {FINE ",'variables':{'A':true}}", "variables.A", "must be a text, not true or false"},
        {FINE ",'template':'ckd'}", "template", "did you mean cdk?"},
        {FINE ",'template':'x'}", "template", "write cdk, cloudformation or empty"},
        {NAMED "'strategy':'trnk'," ROWS "}", "strategy", "did you mean trunk?"},
        {NAMED TRUNK "'environments':{}}", "environments", "must be a list [], not an object"},
        {STAGES(DEV ",3"), "environments[1]", "must be an object {}"},
        {STAGES(DEV ",{'aproval':true}"), "environments[1].aproval",
         "unknown member; did you mean approval?"},
        {STAGES("{'stage':'dev','environment':'dev','approval':'no'}"), "environments[0].approval",
         "must be true or false, not a text"},
        {FINE ",'team':'a\\u0007b'}", "team", "control character"},
        {FINE ",'team':'a\\u202eb'}", "team", "cannot be shown"},
        {FINE ",\n\n'team':'a\\u0000b'}", "", "line 3: a NUL character"},
    };

    expect_all(cases, ARRAY_LEN(cases));
}

static void test_a_syntax_error_has_its_line_and_column(void **state UNUSED)
{
    static struct defects defects;
    struct definition d;
    struct err err = {0};

    arena_release(&arena);
    arena_init(&arena, MEMORY);
    CHECK_INT(definition_read(SV("{\"schema\": 1\n \"name\": 2}"), &arena, &d, &defects, &err),
              ERR_USAGE);
    CHECK_INT(sv_find(sv_of(err.text), SV("line 2, column 2: ")), 0);
    CHECK_INT(definition_read(SV("[1]"), &arena, &d, &defects, &err), ERR_USAGE);
    CHECK_INT(definition_read(SV(""), &arena, &d, &defects, &err), ERR_USAGE);
    CHECK_INT(defects.count, 0);
}

static void test_too_much_is_refused(void **state UNUSED)
{
    static char big[DEFINITION_SIZE_MAX + 1];
    static struct defects defects;
    static char many[TEXT_MAX] = FINE ",'variables':{";
    struct definition d;
    struct err err = {0};

    memset(big, ' ', sizeof big);
    arena_release(&arena);
    arena_init(&arena, MEMORY);
    CHECK_INT(definition_read(sv_make(big, sizeof big), &arena, &d, &defects, &err), ERR_LIMIT);
    for (int i = 0; i < 41; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "'V%d':'x',", i);
    snprintf(many + strlen(many), sizeof many - strlen(many), "'W':''}}");
    read(many, &d, &defects);
    CHECK_INT(d.variable_count, DEFINITION_VARIABLES_MAX);
    CHECK_STR(defects_of(&defects, "variables")->text, "has 42 members: at most 40 fit");
}

static void test_name(void **state UNUSED)
{
    static const struct rule_case cases[] = {
        {SCHEMA "'cicd':'tools'," TRUNK ROWS "}", "name", "is required"},
        {NAME("Orders"), "name", "lower-case"},
        {NAME("my_orders"), "name", "lower-case"},
        {NAME("1orders"), "name", "begins with a letter"},
        {NAME("or--ders"), "name", "single hyphens"},
        {NAME("orders-"), "name", "single hyphens"},
        {NAME("penstock-a"), "name", "may not begin with penstock"},
        {NAME("aws-a"), "name", "may not begin with aws"},
        {NAME("sthree-a"), "name", "may not begin with sthree-"},
        {NAME("cicd"), "name", "reserved"},
        {NAME(X50 X50 "x"), "name", "at most 100"},
    };

    expect_all(cases, ARRAY_LEN(cases));
}

static void test_derived_names_say_what_fits(void **state UNUSED)
{
    static struct defects defects;
    struct definition d;
    static const struct rule_case cases[] = {
        {SCHEMA "'name':'orders-of-the-whole-world-and-more','cicd':'far'," TRUNK ROWS "}", "name",
         "the S3 bucket NAME-artifacts-111111111111-ap-southeast-1 would have 72 characters and "
         "AWS "
         "takes 63: at most 25 characters fit"},
        {NAME("orders-of-the-whole-world-and-all-that-is-beyond-it"), "name",
         "the IAM role NAME-pipeline-eu-west-1 would have"},
        {NAME("orders-of-the-whole-world-and-all-that-is-beyond-it"), "name",
         "the IAM role NAME-build-prod-eu-west-1 would have 72 characters and AWS takes 64: at "
         "most "
         "43 characters fit"},
        {NAME("orders-of-the-whole-world-and-all-that-is-beyond-it-too"), "name",
         "the IAM role NAME-events-eu-west-1"},
        {NAME("orders-of-the-whole-world-and-all-that-is-beyond-it-too-all"), "name",
         "the EventBridge rule NAME-source would"},
        {SCHEMA
         "'name':'orders-of-the-whole-world-and-all-that-is-beyond-it-too','cicd':'tools'," GITFLOW
             ROWS "}",
         "name", "the EventBridge rule NAME-source-prod would"},
        {SCHEMA "'name':'" X50 X50 "','cicd':'tools'," GITFLOW ROWS "}", "name",
         "the CodePipeline NAME-prod would have 105 characters and AWS takes 100: at most 95"},
    };

    expect_all(cases, ARRAY_LEN(cases));
    judge(NAME("orders-of-the-whole-world-and-more"), &d, &defects);
    CHECK_INT(defects.errors, 1); /* the bucket; once, not for each stage */
    judge(NAME("orders-of-the-whole-world"), &d, &defects);
    CHECK_INT(defects.count, 0);
}

static void test_every_derived_name_has_the_length_its_pattern_says(void **state UNUSED)
{
    static struct defects defects;
    struct definition d;
    char out[DERIVED_SIZE];

    judge(FINE "}", &d, &defects);
    CHECK_STR(definition_name(&d, &known[0], DERIVED_BUCKET, -1, out),
              "orders-artifacts-111111111111-eu-west-1");
    CHECK_STR(definition_name(&d, &known[0], DERIVED_BUILD_ROLE, 1, out),
              "orders-build-prod-eu-west-1");
    CHECK_STR(definition_name(&d, NULL, DERIVED_LOG_GROUP, 0, out),
              "/aws/codebuild/orders-build-dev");
    CHECK_STR(definition_name(&d, NULL, DERIVED_STACK, -1, out), "penstock-orders");
    d.repository = SV("another");
    CHECK_STR(definition_name(&d, NULL, DERIVED_REPOSITORY, -1, out), "another");
    CHECK_TRUE(definition_uses(&d, DERIVED_PIPELINE) && definition_uses(&d, DERIVED_RULE));
    CHECK_TRUE(!definition_uses(&d, DERIVED_STAGE_RULE));
    CHECK_TRUE(definition_uses(&d, DERIVED_APPROVAL_STAGE));
    d.strategy = STRATEGY_GITFLOW;
    d.source = SOURCE_CONNECTION;
    CHECK_TRUE(!definition_uses(&d, DERIVED_STAGE_RULE) &&
               !definition_uses(&d, DERIVED_EVENTS_ROLE));
    CHECK_TRUE(definition_uses(&d, DERIVED_STAGE_PIPELINE));
}

static void test_texts_and_tags(void **state UNUSED)
{
    static const struct rule_case cases[] = {
        {FINE ",'description':'" X250 X250 X250 X250 "x'}", "description", "at most 1000"},
        {FINE ",'team':'Data Engineers'}", "team", "IAM role"},
        {FINE ",'team':'" X50 X50 "'}", "team", "at most 64"},
        {FINE ",'tags':{'':'x'}}", "tags", "no name"},
        {FINE ",'tags':{'" X50 X50 X50 "':'x'}}", "tags." X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         "at most 127"},
        {FINE ",'tags':{'a,b':'x'}}", "tags.a,b", "its name may have letters"},
        {FINE ",'tags':{'AWS:x':'x'}}", "tags.AWS:x", "reserved"},
        {FINE ",'tags':{'penstock:x':'x'}}", "tags.penstock:x", "reserved"},
        {FINE ",'tags':{'a':'" X250 "xxxxxx'}}", "tags.a", "at most 255"},
        {FINE ",'tags':{'a':''}}", "tags.a", "has no value"},
        {FINE ",'tags':{'a':'b*c'}}", "tags.a", "may have letters"},
        {FINE ",'tags':{'Owner':'b','owner':'c'}}", "tags.owner", "is there twice"},
    };

    expect_all(cases, ARRAY_LEN(cases));
}

static void test_variables(void **state UNUSED)
{
    static const struct rule_case cases[] = {
        {FINE ",'variables':{'':'x'}}", "variables", "no name"},
        {FINE ",'variables':{'A-B':'x'}}", "variables.A-B", "letters, digits and _"},
        {FINE ",'variables':{'1A':'x'}}", "variables.1A", "begins with no digit"},
        {FINE ",'variables':{'STAGE':'x'}}", "variables.STAGE", "penstock itself"},
        {FINE ",'variables':{'AWS_X':'x'}}", "variables.AWS_X", "CodeBuild"},
        {FINE ",'variables':{'CODEBUILD_X':'x'}}", "variables.CODEBUILD_X", "CodeBuild"},
        {FINE ",'variables':{'A':'x','A':'y'}}", "variables.A", "is there twice"},
        {FINE ",'variables':{'A':'x\\ny'}}", "variables.A", "control character"},
    };
    static char text[TEXT_MAX];
    const struct rule_case longest = {text, "variables", "4098 characters together: at most 4096"};
    int len = snprintf(text, sizeof text, "%s,'variables':{'A':'", FINE);

    expect_all(cases, ARRAY_LEN(cases));
    memset(text + len, 'x', 4097);
    snprintf(text + len + 4097, sizeof text - (size_t)len - 4097, "'}}");
    expect_all(&longest, 1);
}

static void test_source(void **state UNUSED)
{
#define CONNECTION(arn, repo)                                                                      \
    FINE ",'source':{'type':'connection','connection_arn':'" arn "','repository':'" repo "'}}"
#define UUID "0a1b2c3d-1111-2222-3333-444455556666"
    static const struct rule_case cases[] = {
        {FINE ",'source':{'type':'github'}}", "source.type", "write codecommit or connection"},
        {FINE ",'source':{'type':'connection'}}", "source.connection_arn", "is required"},
        {FINE ",'source':{'type':'connection'}}", "source.repository", "is required"},
        {CONNECTION("arn:aws:s3:::x", "a/b"), "source.connection_arn", "must be an ARN"},
        {CONNECTION("arn:aws:codeconnections:eu-west-1:111111111111:connection/x", "a/b"),
         "source.connection_arn", "must be an ARN"},
        {CONNECTION("arn:aws:codeconnections:eu-west-1:999999999999:connection/" UUID, "a/b"),
         "source.connection_arn", "not of the CICD account"},
        {CONNECTION("arn:aws:codeconnections:eu-west-1:111111111111:connection/" UUID, "ab"),
         "source.repository", "owner/repository"},
        {CONNECTION("arn:aws:codeconnections:eu-west-1:111111111111:connection/" UUID, "a//b"),
         "source.repository", "owner/repository"},
        {FINE ",'source':{'connection_arn':'x'}}", "source.connection_arn", "type connection only"},
        {FINE ",'source':{'repository':'a/b'}}", "source.repository", "letters, digits"},
        {FINE ",'source':{'repository':'a.git'}}", "source.repository", ".git"},
        {FINE ",'source':{'repository':'" X50 X50 "x'}}", "source.repository", "CodeCommit takes"},
    };

    expect_all(cases, ARRAY_LEN(cases));
}

static void test_environments(void **state UNUSED)
{
    static const struct rule_case cases[] = {
        {NAMED TRUNK "'environments':[]}", "environments", "at least one"},
        {NAMED TRUNK "'team':'a'}", "environments", "at least one"},
        {STAGES(DEV ",{}"), "environments[1]", "is blank"},
        {STAGES("{'environment':'dev'}"), "environments[0].stage", "is required"},
        {STAGES("{'stage':'dev'}"), "environments[0].environment", "is required"},
        {STAGES("{'stage':'Dev','environment':'dev'}"), "environments[0].stage", "lower-case"},
        {STAGES("{'stage':'a-very-long-stage-name','environment':'dev'}"), "environments[0].stage",
         "at most 20"},
        {STAGES("{'stage':'cicd','environment':'dev'}"), "environments[0].stage", "reserved"},
        {STAGES("{'stage':'dev','environment':'dve'}"), "environments[0].environment",
         "no environment is named \"dve\"; did you mean dev?"},
        {STAGES("{'stage':'dev','environment':'zzz'}"), "environments[0].environment",
         "penstock env list"},
        {STAGES("{'stage':'dev','environment':'china'}"), "environments[0].environment",
         "partition aws-cn"},
        {STAGES("{'stage':'dev','environment':'dev','team':'a b'}"), "environments[0].team",
         "IAM role"},
        {STAGES(DEV ",{'stage':'dev','environment':'prod'}"), "environments[1].stage",
         "is taken by environments[0]"},
        {STAGES(DEV ",{'stage':'dev','environment':'test'}"), "environments[1]",
         "same account, region and stage as environments[0]"},
        {SCHEMA "'name':'a'," TRUNK ROWS "}", "cicd", "is required"},
        {SCHEMA "'name':'a','cicd':'tols'," TRUNK ROWS "}", "cicd", "did you mean tools?"},
        {SCHEMA "'name':'a','cicd':'dev'," TRUNK ROWS "}", "cicd", "of kind target"},
    };
    static struct defects defects;
    struct definition d;

    expect_all(cases, ARRAY_LEN(cases));
    judge(STAGES("{'stage':'dev','environment':'tools'}"), &d, &defects);
    CHECK_INT(defects.count, 0); /* the CICD account may be a target */
}

/* Trunk makes 2S stages of S environments; more approvals than that may not fit either. */
static void test_stages_of_one_pipeline_are_counted(void **state UNUSED)
{
    static struct defects defects;
    static char text[TEXT_MAX];
    struct definition d;

    for (int count = 25; count <= 41; count += count == 26 ? 15 : 1) {
        for (int flow = 0; flow < 2; flow++) {
            snprintf(text, sizeof text, "%s'environments':[", flow ? NAMED GITFLOW : NAMED TRUNK);
            for (int i = 1; i < count; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text),
                         "{'stage':'s%d','environment':'dev'},", i);
            snprintf(text + strlen(text), sizeof text - strlen(text), PROD "]}");
            judge(text, &d, &defects);
            CHECK_INT(defects.errors, flow ? count > 40 : count > 25);
            if (count == 26 && !flow)
                CHECK_STR(defects.items[0].text,
                          "CodePipeline takes 50 stages; 26 environments need 52 with their "
                          "approvals: at most 25 fit with trunk");
            if (count == 25 && !flow) {
                d.stages[0].approval = true;
                definition_check(&d, known, ARRAY_LEN(known), &defects);
                CHECK_STR(defects.items[0].text,
                          "CodePipeline takes 50 stages; these need 51: leave an approval out");
            }
        }
    }
}

static void test_branches(void **state UNUSED)
{
#define ROW(stage, branch) "{'stage':'" stage "','environment':'dev','branch':'" branch "'}"
    static const struct rule_case cases[] = {
        {STAGES(ROW("dev", "main") "," ROW("prod", "release")), "environments[1].branch",
         "trunk has one branch"},
        {FLOWS(DEV), "environments", "no pipeline would watch main"},
        {FLOWS(DEV "," ROW("prod", "release")), "environments[1].branch", "must be main"},
        {FLOWS(ROW("dev", "main") "," PROD), "environments[1].branch", "environments[0] has main"},
        {FLOWS(ROW("dev", "a") "," ROW("test", "a/b") "," PROD), "environments[1].branch",
         "git cannot keep a/b beside a of environments[0]"},
        {FLOWS(ROW("dev", "main/dev") "," PROD), "environments[1].branch", "cannot keep main"},
        {FLOWS(ROW("dev", "a b") "," PROD), "environments[0].branch", "has a blank in it"},
        {FLOWS(ROW("dev", "a..b") "," PROD), "environments[0].branch", "\"a..b\" has .."},
    };
    static struct defects defects;
    struct definition d;

    expect_all(cases, ARRAY_LEN(cases));
    judge(STAGES(ROW("dev", "trunk") "," ROW("prod", "trunk")), &d, &defects);
    CHECK_INT(defects.count, 0);
    judge(FLOWS(ROW("dev", "feature/dev") "," ROW("test", "feature/test") "," PROD), &d, &defects);
    CHECK_INT(defects.count, 0);
}

/* As git check-ref-format --branch judges them; "@" is refused besides, since it means HEAD. */
static void test_branch_names_are_judged_as_git_does(void **state UNUSED)
{
    static const char *const legal[] = {
        "a", "a/b", "a.b", "a@b", "UPPER", "a-b", "a.lockx", "\xc3\xa9t\xc3\xa9", "a{b", "v1.0"};
    static const char *const wrong[] = {
        "",    "-a",   ".a",  "a/.b",  "a..b", "a.",    "a.lock",      "a.lock/b", "/a",
        "a/",  "a//b", "a~b", "a^b",   "a:b",  "a?b",   "a*b",         "a[b",      "a\\b",
        "a b", "a@{b", "@",   "a\x7f", "HEAD", "a\xff", X250 "xxxxxxx"};

    for (size_t i = 0; i < ARRAY_LEN(legal); i++) {
        const char *fault = branch_fault(sv_of(legal[i]));

        if (fault != NULL)
            CHECK_STR(fault, legal[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        if (branch_fault(sv_of(wrong[i])) == NULL)
            CHECK_STR("legal", wrong[i]);
    }
    CHECK_TRUE(branch_is_nested(SV("a"), SV("a/b")));
    CHECK_TRUE(!branch_is_nested(SV("a"), SV("ab")));
}

static void test_all_defects_come_at_once(void **state UNUSED)
{
    static struct defects defects;
    struct definition d;

    judge(
        "{'schema':1,'name':'Orders','cicd':'nowhere','strategy':'git','team':'a b',"
        "'environments':[{'stage':'x y','environment':5,'aproval':true}],'variables':{'STAGE':''}}",
        &d, &defects);
    CHECK_TRUE(defects_of(&defects, "name") != NULL);
    CHECK_TRUE(defects_of(&defects, "cicd") != NULL);
    CHECK_TRUE(defects_of(&defects, "strategy") != NULL);
    CHECK_TRUE(defects_of(&defects, "team") != NULL);
    CHECK_TRUE(defects_of(&defects, "environments[0].stage") != NULL);
    CHECK_TRUE(defects_of(&defects, "environments[0].environment") != NULL);
    CHECK_TRUE(defects_of(&defects, "environments[0].aproval") != NULL);
    CHECK_TRUE(defects_of(&defects, "variables.STAGE") != NULL);
    CHECK_INT(defects.errors, 8); /* and none of them twice */
}

static int release(void **state UNUSED)
{
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_small_file_is_enough),
        TEST(test_shape),
        TEST(test_a_syntax_error_has_its_line_and_column),
        TEST(test_too_much_is_refused),
        TEST(test_name),
        TEST(test_derived_names_say_what_fits),
        TEST(test_every_derived_name_has_the_length_its_pattern_says),
        TEST(test_texts_and_tags),
        TEST(test_variables),
        TEST(test_source),
        TEST(test_environments),
        TEST(test_stages_of_one_pipeline_are_counted),
        TEST(test_branches),
        TEST(test_branch_names_are_judged_as_git_does),
        TEST(test_all_defects_come_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
