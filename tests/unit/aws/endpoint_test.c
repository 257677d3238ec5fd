#include "core/aws/endpoint.h"

#include "tests/unit/check.h"

/* Settings with a configured endpoint, or "" for the rules. */
static struct aws_settings settings_for(char *url)
{
    static const char *const no_vars[] = {NULL};
    static const struct aws_env env = {no_vars};
    static const struct aws_files files;
    static char empty[1];
    static char profile[] = "default";

    return (struct aws_settings){.env = &env,
                                 .files = &files,
                                 .profile = profile,
                                 .region = empty,
                                 .ca_bundle = empty,
                                 .option_endpoint_url = url,
                                 .app_id = empty};
}

static void test_regions_belong_to_partitions_by_their_pattern(void **state)
{
    static const struct {
        const char *region;
        const char *partition; /* NULL: none */
    } rows[] = {
        {"us-east-1", "aws"},
        {"mx-central-1", "aws"},
        {"il-central-1", "aws"},
        {"cn-north-1", "aws-cn"},
        {"us-gov-west-1", "aws-us-gov"},
        {"eusc-de-east-1", "aws-eusc"},
        {"us-iso-east-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"},
        {"eu-isoe-west-1", "aws-iso-e"},
        {"us-isof-south-1", "aws-iso-f"},
        {"eu-somewhere-77", "aws"},
        {"", NULL},
        {"eu-west", NULL},
        {"eu-west-", NULL},
        {"eu--1", NULL},
        {"eu-west-1x", NULL},
        {"xx-west-1", NULL},
        {"us-gov-", NULL},
        {"EU-west-1", NULL},
        {"eu-we st-1", NULL},
        {"eu-west-1.evil.example", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct partition *p = partition_of_region(sv_of(rows[i].region));

        if ((p == NULL) != (rows[i].partition == NULL))
            print_error("%s\n", rows[i].region);
        CHECK_STR(p == NULL ? NULL : p->name, rows[i].partition);
    }
}

static void test_rules_make_hosts(void **state)
{
    static const struct {
        enum service service;
        const char *region;
        bool fips;
        bool dual;
        const char *url;
    } rows[] = {
        {SERVICE_STS, "eu-west-1", false, false, "https://sts.eu-west-1.amazonaws.com"},
        {SERVICE_CODEPIPELINE, "cn-north-1", false, false,
         "https://codepipeline.cn-north-1.amazonaws.com.cn"},
        {SERVICE_CODEPIPELINE, "us-east-1", true, false,
         "https://codepipeline-fips.us-east-1.amazonaws.com"},
        {SERVICE_CODEPIPELINE, "us-east-1", true, true,
         "https://codepipeline-fips.us-east-1.api.aws"},
        {SERVICE_STS, "us-gov-west-1", true, false, "https://sts.us-gov-west-1.amazonaws.com"},
        {SERVICE_STS, "us-gov-west-1", true, true, "https://sts-fips.us-gov-west-1.api.aws"},
        {SERVICE_CODEPIPELINE, "us-gov-west-1", true, false,
         "https://codepipeline-fips.us-gov-west-1.amazonaws.com"},
        {SERVICE_STS, "eusc-de-east-1", false, true,
         "https://sts.eusc-de-east-1.api.amazonwebservices.eu"},
        {SERVICE_EVENTS, "us-gov-west-1", true, true, "https://events.us-gov-west-1.api.aws"},
        {SERVICE_LOGS, "us-gov-west-1", true, false, "https://logs.us-gov-west-1.amazonaws.com"},
        {SERVICE_ECR, "eu-west-1", false, false, "https://api.ecr.eu-west-1.amazonaws.com"},
        {SERVICE_ECR, "eu-west-1", false, true, "https://ecr.eu-west-1.api.aws"},
        {SERVICE_S3, "eu-west-1", true, true, "https://s3-fips.dualstack.eu-west-1.amazonaws.com"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct aws_settings settings = settings_for((char[]){""});
        struct endpoint out;
        struct err err = {0};

        settings.use_fips = rows[i].fips;
        settings.use_dualstack = rows[i].dual;
        REQUIRE_OK(endpoint_resolve(&settings, rows[i].service, sv_of(rows[i].region), &out, &err),
                   &err);
        CHECK_STR(out.url, rows[i].url);
        CHECK_STR(out.host, rows[i].url + strlen("https://"));
        CHECK_STR(out.path, "/");
        CHECK_STR(out.region, rows[i].region);
        CHECK_STR(out.signing_name, service_signing_name(rows[i].service));
        CHECK_TRUE(!out.is_configured);
    }
}

static void test_iam_has_one_host_in_each_partition(void **state)
{
    static const struct {
        const char *region;
        bool fips;
        bool dual;
        const char *url; /* NULL: refused */
        const char *signed_for;
    } rows[] = {
        {"eu-west-1", false, false, "https://iam.amazonaws.com", "us-east-1"},
        {"eu-west-1", true, true, "https://iam-fips.global.api.aws", "us-east-1"},
        {"cn-northwest-1", false, false, "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"cn-northwest-1", true, false, NULL, NULL},
        {"us-gov-east-1", true, false, "https://iam.us-gov.amazonaws.com", "us-gov-west-1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct aws_settings settings = settings_for((char[]){""});
        struct endpoint out;
        struct err err = {0};

        settings.use_fips = rows[i].fips;
        settings.use_dualstack = rows[i].dual;
        if (rows[i].url == NULL) {
            CHECK_INT(endpoint_resolve(&settings, SERVICE_IAM, sv_of(rows[i].region), &out, &err),
                      ERR_CONFIG);
            continue;
        }
        REQUIRE_OK(endpoint_resolve(&settings, SERVICE_IAM, sv_of(rows[i].region), &out, &err),
                   &err);
        CHECK_STR(out.url, rows[i].url);
        CHECK_STR(out.region, rows[i].signed_for);
    }
}

static void test_a_bucket_is_in_the_host_or_in_the_path(void **state)
{
    static const struct {
        const char *given; /* endpoint */
        const char *bucket;
        const char *url, *host, *path;
    } rows[] = {
        {"", "my-bucket", "https://my-bucket.s3.eu-west-1.amazonaws.com",
         "my-bucket.s3.eu-west-1.amazonaws.com", "/"},
        {"", "my.bucket", "https://s3.eu-west-1.amazonaws.com/my.bucket",
         "s3.eu-west-1.amazonaws.com", "/my.bucket"},
        {"http://127.0.0.1:5555", "my-bucket", "http://127.0.0.1:5555/my-bucket", "127.0.0.1:5555",
         "/my-bucket"},
        {"http://127.0.0.1:5555/base/", "my-bucket", "http://127.0.0.1:5555/base/my-bucket",
         "127.0.0.1:5555", "/base/my-bucket"},
    };
    static const char *const no_buckets[] = {"", "ab", "-abc", "abc-", "a/b", "Upper", "a b", ".."};
    struct endpoint s3;
    struct endpoint out;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char given[128];
        struct aws_settings settings = settings_for(given);

        snprintf(given, sizeof given, "%s", rows[i].given);
        REQUIRE_OK(endpoint_resolve(&settings, SERVICE_S3, SV("eu-west-1"), &s3, &err), &err);
        REQUIRE_OK(endpoint_for_bucket(&s3, sv_of(rows[i].bucket), &out, &err), &err);
        CHECK_STR(out.url, rows[i].url);
        CHECK_STR(out.host, rows[i].host);
        CHECK_STR(out.path, rows[i].path);
    }
    for (size_t i = 0; i < ARRAY_LEN(no_buckets); i++)
        CHECK_INT(endpoint_for_bucket(&s3, sv_of(no_buckets[i]), &out, &err), ERR_CONFIG);
}

static void test_a_configured_url_is_taken_as_it_is(void **state)
{
    static const struct {
        const char *given, *url, *host, *path;
    } rows[] = {
        {"http://127.0.0.1:5555", "http://127.0.0.1:5555", "127.0.0.1:5555", "/"},
        {"https://Proxy.Example:443/", "https://proxy.example", "proxy.example", "/"},
        {"HTTP://[::1]:80/base/", "http://[::1]/base", "[::1]", "/base"},
        {"https://h/a%20b//", "https://h/a%20b", "h", "/a%20b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char given[128];
        struct aws_settings settings = settings_for(given);
        struct endpoint out;
        struct err err = {0};

        snprintf(given, sizeof given, "%s", rows[i].given);
        REQUIRE_OK(endpoint_resolve(&settings, SERVICE_STS, SV("local-1"), &out, &err), &err);
        CHECK_STR(out.url, rows[i].url);
        CHECK_STR(out.host, rows[i].host);
        CHECK_STR(out.path, rows[i].path);
        CHECK_STR(out.region, "local-1");
        CHECK_STR(out.partition, "aws");
    }
}

static void test_a_malformed_url_is_refused_with_its_fault(void **state)
{
    static const struct {
        const char *given, *sentence;
    } rows[] = {
        {"ftp://h", "endpoint URL \"ftp://h\" is unusable: it must begin with https:// or http://"},
        {"h:80", "endpoint URL \"h:80\" is unusable: it must begin with https:// or http://"},
        {"https://", "endpoint URL \"https://\" is unusable: it has no host"},
        {"https:///x", "endpoint URL \"https:///x\" is unusable: it has no host"},
        {"https://[::1", "endpoint URL \"https://[::1\" is unusable: it has no host"},
        {"https://me:pw@h", "the endpoint URL is unusable: it must not have a user name or "
                            "password"},
        {"https://h/?q", "endpoint URL \"https://h/?q\" is unusable: it must not have a query or "
                         "fragment"},
        {"https://a b", "endpoint URL \"https://a b\" is unusable: it has a space or a character "
                        "that is not ASCII"},
        {"https://a\x1b[2J", "endpoint URL \"https://a?[2J\" is unusable: it has a space or a "
                             "character that is not ASCII"},
        {"https://h:0", "endpoint URL \"https://h:0\" is unusable: its port is not a number from 1 "
                        "to 65535"},
        {"https://h:-8", "endpoint URL \"https://h:-8\" is unusable: its port is not a number from "
                         "1 to 65535"},
        {"https://h:99999", "endpoint URL \"https://h:99999\" is unusable: its port is not a "
                            "number from 1 to 65535"},
        {"https://h:", "endpoint URL \"https://h:\" is unusable: its port is not a number from 1 "
                       "to 65535"},
        {"https://h%41", "endpoint URL \"https://h%41\" is unusable: its port is not a number from "
                         "1 to 65535"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char given[128];
        struct aws_settings settings = settings_for(given);
        struct endpoint out;
        struct err err = {0};

        snprintf(given, sizeof given, "%s", rows[i].given);
        CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV("eu-west-1"), &out, &err),
                  ERR_CONFIG);
        CHECK_STR(err.text, rows[i].sentence);
    }
}

static void test_an_endless_url_is_refused(void **state)
{
    char given[2000];
    struct aws_settings settings = settings_for(given);
    struct endpoint out;
    struct err err = {0};

    (void)state;
    memset(given, 'a', sizeof given);
    memcpy(given, "https://", 8);
    given[sizeof given - 1] = '\0';
    CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV("eu-west-1"), &out, &err), ERR_LIMIT);
}

static void test_what_cannot_be_resolved_says_why(void **state)
{
    struct aws_settings settings = settings_for((char[]){""});
    struct endpoint out;
    struct err err = {0};

    (void)state;
    CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV("mars-1"), &out, &err), ERR_CONFIG);
    CHECK_STR(err.text, "region \"mars-1\" is unknown: a region is named like eu-west-1");
    CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV(""), &out, &err), ERR_CONFIG);
    CHECK_STR(err.text, "no region: give --region, or set AWS_REGION or region in the profile");
    settings.option_endpoint_url = (char[]){"http://127.0.0.1:1"};
    CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV("eu west"), &out, &err), ERR_CONFIG);
    CHECK_STR(err.text, "region \"eu west\" is not a region's name");
    settings.use_fips = true;
    CHECK_INT(endpoint_resolve(&settings, SERVICE_STS, SV("eu-west-1"), &out, &err), ERR_CONFIG);
    CHECK_STR(err.text, "use_fips_endpoint and a configured endpoint URL exclude each other: unset "
                        "one of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_regions_belong_to_partitions_by_their_pattern),
        TEST(test_rules_make_hosts),
        TEST(test_iam_has_one_host_in_each_partition),
        TEST(test_a_bucket_is_in_the_host_or_in_the_path),
        TEST(test_a_configured_url_is_taken_as_it_is),
        TEST(test_a_malformed_url_is_refused_with_its_fault),
        TEST(test_an_endless_url_is_refused),
        TEST(test_what_cannot_be_resolved_says_why),
    };

    return RUN(tests);
}
