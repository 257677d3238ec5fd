/* ddk.json has the shape that apps written for data.all and DDK read. */
#include "tests/unit/check.h"

#include "tests/unit/deploy/template_case.h"

static struct template_case c;

static void write(struct sb *text)
{
    struct err err = {0};

    sb_init(text, 1024 * 1024);
    REQUIRE_OK(ddk_json(&c.blueprint, text, &err), &err);
}

static void test_it_is_as_the_guide_shows_it(void **state)
{
    CLEANUP(sb_release) struct sb text;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    c.definition.tag_count = 0;
    c.definition.stage_count = 1;
    write(&text);
    CHECK_STR(sb_cstr(&text), "{\n"
                              "  \"tags\": {\n"
                              "    \"penstock:pipeline\": \"orders\",\n"
                              "    \"penstock:team\": \"analytics\",\n"
                              "    \"penstock:strategy\": \"trunk\"\n"
                              "  },\n"
                              "  \"environments\": {\n"
                              "    \"cicd\": {\n"
                              "      \"account\": \"111111111111\",\n"
                              "      \"region\": \"eu-west-1\",\n"
                              "      \"stage\": \"cicd\"\n"
                              "    },\n"
                              "    \"dev\": {\n"
                              "      \"account\": \"222222222200\",\n"
                              "      \"region\": \"eu-west-1\",\n"
                              "      \"stage\": \"dev\",\n"
                              "      \"tags\": {\n"
                              "        \"Team\": \"analytics\"\n"
                              "      },\n"
                              "      \"resources\": {\n"
                              "        \"ddk-bucket\": {\n"
                              "          \"versioned\": false,\n"
                              "          \"removal_policy\": \"destroy\"\n"
                              "        }\n"
                              "      },\n"
                              "      \"bootstrap\": {\n"
                              "        \"qualifier\": \"hnb659fds\"\n"
                              "      }\n"
                              "    }\n"
                              "  }\n"
                              "}\n");
}

static void test_a_team_of_any_name_breaks_nothing(void **state)
{
    CLEANUP(sb_release) struct sb text;
    cJSON *tree = NULL;
    struct err err = {0};

    (void)state;
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 2);
    c.stages[1].team = SV("R&D \"north\"\\");
    write(&text);
    REQUIRE_OK(json_parse(sb_sv(&text), &tree, &err), &err);
    CHECK_SV(json_sv(json_get(json_get(json_get(tree, "environments"), "test"), "tags"), "Team"),
             SV("R&D \"north\"\\"));
    cJSON_Delete(tree);
}

static void test_ddks_dialect_is_told_its_roles(void **state)
{
    CLEANUP(sb_release) struct sb text;
    cJSON *tree = NULL;
    const cJSON *bootstrap;
    struct err err = {0};

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    c.targets[0].bootstrap = BOOTSTRAP_DDK;
    write(&text);
    REQUIRE_OK(json_parse(sb_sv(&text), &tree, &err), &err);
    bootstrap = json_get(json_get(json_get(tree, "environments"), "dev"), "bootstrap");
    CHECK_SV(json_sv(bootstrap, "prefix"), SV("ddk"));
    CHECK_SV(json_sv(bootstrap, "deploy_role"),
             SV("arn:aws:iam::222222222200:role/ddk-dev-hnb659fds-deploy-222222222200-eu-west-1"));
    CHECK_SV(json_sv(bootstrap, "stack_version_ssm_parameter"),
             SV("/ddk/dev/hnb659fds/bootstrap-version"));
    cJSON_Delete(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_is_as_the_guide_shows_it),
        TEST(test_a_team_of_any_name_breaks_nothing),
        TEST(test_ddks_dialect_is_told_its_roles),
    };

    return RUN(tests);
}
