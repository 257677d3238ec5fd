/* Buckets of stacks are buckets: made, changed and removed by S3's own rules, and read by URL. */
#include "core/sandbox/resource.h"
#include "core/sandbox/s3.h"
#include "core/sandbox/s3_xml.h"
#include "tests/unit/check.h"

struct scene {
    struct records *records;
    struct service service;
    struct resource_ask ask;
    cJSON *properties;
    cJSON *attributes;
    struct err err;
};

static void open_scene(struct scene *s)
{
    *s = (struct scene){0};
    REQUIRE_OK(records_open(NULL, &s->records, &s->err), &s->err);
    s->service = (struct service){
        .records = s->records, .now_ms = 1795225020000, .url = "http://127.0.0.1:4566"};
}

static void close_scene(struct scene *s)
{
    cJSON_Delete(s->properties);
    cJSON_Delete(s->attributes);
    records_close(s->records);
}

static const struct resource_type *use(struct scene *s, const char *type, const char *properties)
{
    const struct resource_type *found = resource_type_find(sv_of(type));

    REQUIRE(found != NULL);
    cJSON_Delete(s->properties);
    cJSON_Delete(s->attributes);
    s->properties = NULL;
    s->attributes = cJSON_CreateObject();
    REQUIRE_OK(json_parse(sv_of(properties), &s->properties, &s->err), &s->err);
    s->ask.service = &s->service;
    s->ask.account = SV("111111111111");
    s->ask.region = SV("eu-west-1");
    s->ask.stack_name = SV("Stack");
    s->ask.logical_id = SV("Bucket");
    s->ask.properties = s->properties;
    s->ask.attributes = s->attributes;
    s->ask.why[0] = '\0';
    s->ask.err = &s->err;
    return found;
}

static void ask_s3(struct scene *s, struct reply *reply, const char *method, const char *path,
                   const char *query, const char *body)
{
    struct request request = {
        .method = sv_of(method),
        .path = sv_of(path),
        .query = sv_of(query),
        .body = sv_of(body),
        .dialect = DIALECT_S3,
        .service = SV("s3"),
        .region = SV("eu-west-1"),
        .who = {.account = SV("111111111111"), .arn = SV("arn:aws:iam::111111111111:user/ops")}};

    sb_clear(&reply->body);
    reply->status = 200;
    reply->header_count = 0;
    reply->error[0] = '\0';
    REQUIRE_OK(s3_answer(&s->service, &request, reply, &s->err), &s->err);
}

static void test_a_bucket_of_a_stack_is_a_bucket(void **state)
{
    const struct resource_type *type;
    struct scene s;
    struct reply reply;

    (void)state;
    open_scene(&s);
    reply_init(&reply);
    type = use(&s, "AWS::S3::Bucket",
               "{\"VersioningConfiguration\":{\"Status\":\"Enabled\"},\"BucketEncryption\":{"
               "\"ServerSideEncryptionConfiguration\":[{\"ServerSideEncryptionByDefault\":{"
               "\"SSEAlgorithm\":\"aws:kms\"}}]},\"LifecycleConfiguration\":{\"Rules\":[{\"Id\":"
               "\"old\",\"Status\":\"Enabled\",\"NoncurrentVersionExpiration\":{"
               "\"NoncurrentDays\":365}}]},\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
    REQUIRE_OK(type->create(&s.ask), &s.err);
    CHECK_STR(s.ask.why, "");
    CHECK_TRUE(sv_starts(sv_of(s.ask.id), SV("stack-bucket-")));
    CHECK_TRUE(
        sv_ends(json_sv(s.attributes, "RegionalDomainName"), SV(".s3.eu-west-1.amazonaws.com")));
    (void)snprintf(s.err.text, sizeof s.err.text, "/%.80s", s.ask.id);
    ask_s3(&s, &reply, "GET", s.err.text, "encryption", "");
    CHECK_TRUE(sv_find(sb_sv(&reply.body), SV("<SSEAlgorithm>aws:kms</SSEAlgorithm>")) > 0);
    (void)snprintf(s.err.text, sizeof s.err.text, "/%.80s", s.ask.id);
    ask_s3(&s, &reply, "GET", s.err.text, "lifecycle", "");
    CHECK_TRUE(sv_find(sb_sv(&reply.body), SV("<NoncurrentDays>365</NoncurrentDays>")) > 0);
    reply_release(&reply);
    close_scene(&s);
}

static void test_a_full_bucket_stays_and_says_why(void **state)
{
    const struct resource_type *type;
    struct scene s;
    struct reply reply;

    (void)state;
    open_scene(&s);
    reply_init(&reply);
    type = use(&s, "AWS::S3::Bucket",
               "{\"BucketName\":\"full\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
    REQUIRE_OK(type->create(&s.ask), &s.err);
    CHECK_STR(s.ask.why, "");
    ask_s3(&s, &reply, "PUT", "/full/key", "", "bytes");
    ask_s3(&s, &reply, "DELETE", "/full/key", "", "");
    CHECK_INT(reply.status, 204);
    REQUIRE_OK(type->remove(&s.ask), &s.err);
    CHECK_TRUE(strstr(s.ask.why, "You must delete all versions in the bucket.") != NULL);
    type = use(&s, "AWS::S3::Bucket", "{\"BucketName\":\"full\"}");
    REQUIRE_OK(type->create(&s.ask), &s.err);
    CHECK_STR(s.ask.why, "full already exists");
    reply_release(&reply);
    close_scene(&s);
}

static void test_bad_names_and_gone_buckets(void **state)
{
    const struct resource_type *type;
    struct scene s;

    (void)state;
    open_scene(&s);
    type = use(&s, "AWS::S3::Bucket", "{\"BucketName\":\"Not-Good\"}");
    REQUIRE_OK(type->create(&s.ask), &s.err);
    CHECK_TRUE(strstr(s.ask.why, "The specified bucket is not valid.") != NULL);
    type = use(&s, "AWS::S3::Bucket", "{\"BucketName\":\"gone\"}");
    (void)snprintf(s.ask.id, sizeof s.ask.id, "gone");
    REQUIRE_OK(type->remove(&s.ask), &s.err);
    CHECK_STR(s.ask.why, "");
    close_scene(&s);
}

static void test_a_template_is_read_by_every_form_of_url(void **state)
{
    static const char *const urls[] = {
        "http://127.0.0.1:4566/tem.plates/a/b.json",
        "https://tem.plates.s3.eu-west-1.amazonaws.com/a/b.json",
        "https://s3.eu-west-1.amazonaws.com/tem.plates/a/b.json",
        "https://s3.amazonaws.com/tem.plates/a%2Fb.json",
        "https://s3-eu-west-1.amazonaws.com/tem.plates/a/b.json",
        "https://tem.plates.s3.dualstack.eu-west-1.amazonaws.com/a/b.json?versionId=1",
    };
    struct scene s;
    struct reply reply;
    struct sb out;

    (void)state;
    open_scene(&s);
    reply_init(&reply);
    sb_init(&out, 4096);
    ask_s3(&s, &reply, "PUT", "/tem.plates", "",
           "<C><LocationConstraint>eu-west-1</LocationConstraint></C>");
    CHECK_STR(reply.error, "");
    ask_s3(&s, &reply, "PUT", "/tem.plates/a/b.json", "", "{}");
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        sb_clear(&out);
        REQUIRE_OK(s3_read_url(&s.service, sv_of(urls[i]), &out, &s.err), &s.err);
        CHECK_SV(sb_sv(&out), SV("{}"));
    }
    CHECK_INT(s3_read_url(&s.service, SV("https://example.com/tem.plates/a"), &out, &s.err),
              ERR_NOT_FOUND);
    CHECK_INT(s3_read_url(&s.service, SV("https://s3.amazonaws.com/tem.plates/no"), &out, &s.err),
              ERR_NOT_FOUND);
    CHECK_STR(s.err.text, "S3 error: The specified key does not exist.");
    sb_release(&out);
    reply_release(&reply);
    close_scene(&s);
}

static void test_xml_comes_back_as_it_was(void **state)
{
    char root[S3_ROOT_MAX];
    struct err err = {0};
    cJSON *read = NULL;
    struct sb out;

    (void)state;
    sb_init(&out, 4096);
    REQUIRE_OK(s3_xml_read(SV("<R><A>1</A><A>2</A><A>3</A><B><C/></B></R>"), root, &read, &err),
               &err);
    CHECK_STR(root, "R");
    REQUIRE_OK(s3_xml_write(root, read, &out, &err), &err);
    CHECK_TRUE(sv_ends(sb_sv(&out), SV("><A>1</A><A>2</A><A>3</A><B><C></C></B></R>")));
    cJSON_Delete(read);
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_bucket_of_a_stack_is_a_bucket),
        TEST(test_a_full_bucket_stays_and_says_why),
        TEST(test_bad_names_and_gone_buckets),
        TEST(test_a_template_is_read_by_every_form_of_url),
        TEST(test_xml_comes_back_as_it_was),
    };

    return RUN(tests);
}
