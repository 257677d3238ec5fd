#include "core/aws/s3.h"

#include "tests/unit/check.h"

static const struct xml *parse(struct arena *arena, const char *text)
{
    struct err err = {0};
    struct xml *root = NULL;

    arena_init(arena, 256 * 1024);
    REQUIRE_OK(xml_parse(sv_of(text), arena, &root, &err), &err);
    return root;
}

static void test_versions_and_markers_are_read_in_order(void **state)
{
    struct object_versions page;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(
        decode_object_versions(
            parse(&arena, "<ListVersionsResult><IsTruncated>true</IsTruncated>"
                          "<EncodingType>url</EncodingType>"
                          "<NextKeyMarker>a+b%2Fc</NextKeyMarker>"
                          "<NextVersionIdMarker>v+2</NextVersionIdMarker>"
                          "<Version><Key>a%0Ab</Key><VersionId>v1</VersionId><Size>7</Size>"
                          "</Version><DeleteMarker><Key>a+b%2Fc</Key><VersionId>null</VersionId>"
                          "</DeleteMarker></ListVersionsResult>"),
            &arena, &page, &err),
        &err);
    CHECK_INT(page.count, 2);
    CHECK_SV(page.rows[0].key, SV("a\nb"));
    CHECK_INT(page.rows[0].size, 7);
    CHECK_TRUE(!page.rows[0].is_delete_marker);
    CHECK_SV(page.rows[1].key, SV("a b/c"));
    CHECK_SV(page.rows[1].version_id, SV("null"));
    CHECK_TRUE(page.rows[1].is_delete_marker);
    CHECK_TRUE(page.has_more);
    CHECK_SV(page.key_marker, SV("a b/c"));
    CHECK_SV(page.version_marker, SV("v+2"));
    arena_release(&arena);
}

static void test_a_list_that_cannot_go_on_is_no_reply(void **state)
{
    struct object_versions page;
    struct arena arena;
    struct err err = {0};

    (void)state;
    CHECK_INT(
        decode_object_versions(parse(&arena, "<ListVersionsResult><IsTruncated>true</IsTruncated>"
                                             "</ListVersionsResult>"),
                               &arena, &page, &err),
        ERR_REPLY);
    arena_release(&arena);
    CHECK_INT(decode_object_versions(NULL, &arena, &page, &err), ERR_REPLY);
}

static void test_requests_are_written(void **state)
{
    const struct object_version rows[] = {
        {.key = SV("a<b>&\n"), .version_id = SV("v1")},
        {.key = SV("plain")},
    };
    struct err err = {0};
    struct sb out;

    (void)state;
    sb_init(&out, 4096);
    REQUIRE_OK(object_versions_query(&out, SV(""), SV("a b"), SV(""), &err), &err);
    CHECK_STR(sb_cstr(&out), "versions&encoding-type=url&key-marker=a%20b");
    sb_clear(&out);
    REQUIRE_OK(object_versions_query(&out, SV(""), SV(""), SV(""), &err), &err);
    CHECK_STR(sb_cstr(&out), "versions&encoding-type=url");
    sb_clear(&out);
    REQUIRE_OK(delete_objects_write(rows, 2, &out, &err), &err);
    CHECK_STR(sb_cstr(&out), "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                             "<Object><Key>a&#60;b&#62;&#38;&#10;</Key><VersionId>v1</VersionId>"
                             "</Object><Object><Key>plain</Key></Object><Quiet>true</Quiet>"
                             "</Delete>");
    CHECK_INT(delete_objects_write(rows, 1001, &out, &err), ERR_LIMIT);
    sb_release(&out);
}

static void test_what_could_not_be_deleted_is_told(void **state)
{
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_delete_objects(NULL, &err), &err);
    CHECK_INT(decode_delete_objects(
                  parse(&arena, "<DeleteResult><Deleted><Key>x</Key></Deleted><Error><Key>k</Key>"
                                "<Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
                                "<Error><Key>l</Key><Code>InternalError</Code></Error>"
                                "</DeleteResult>"),
                  &err),
              ERR_DENIED);
    CHECK_STR(err.text, "2 objects could not be deleted; of k S3 says: Access Denied");
    arena_release(&arena);
}

static void test_a_location_is_a_region(void **state)
{
    static const struct {
        const char *xml, *region;
    } rows[] = {
        {"<LocationConstraint>eu-west-2</LocationConstraint>", "eu-west-2"},
        {"<LocationConstraint/>", "us-east-1"},
        {"<LocationConstraint>EU</LocationConstraint>", "eu-west-1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;

        CHECK_SV(decode_bucket_location(parse(&arena, rows[i].xml)), sv_of(rows[i].region));
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versions_and_markers_are_read_in_order),
        TEST(test_a_list_that_cannot_go_on_is_no_reply),
        TEST(test_requests_are_written),
        TEST(test_what_could_not_be_deleted_is_told),
        TEST(test_a_location_is_a_region),
    };

    return RUN(tests);
}
