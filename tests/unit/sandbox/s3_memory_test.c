/* S3 with each allocation failing in turn: a failure is told, and nothing leaks (the sanitizer
 * looks). */
#include "core/base/mem.h"
#include "core/sandbox/resource.h"
#include "core/sandbox/s3.h"
#include "tests/unit/check.h"

enum { ROUNDS_MAX = 20000 };

struct step {
    const char *method;
    const char *path;
    const char *query;
    const char *body;
};

static const struct step steps[] = {
    {"PUT", "/bucket", "", "<C><LocationConstraint>eu-west-1</LocationConstraint></C>"},
    {"PUT", "/bucket", "versioning", "<V><Status>Enabled</Status></V>"},
    {"PUT", "/bucket", "tagging",
     "<T><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value>d</Value></Tag>"
     "</TagSet></T>"},
    {"PUT", "/bucket/a/key", "", "bytes"},
    {"PUT", "/bucket/a/key", "", "more bytes"},
    {"PUT", "/bucket/b", "", "bytes"},
    {"GET", "/bucket/a/key", "", ""},
    {"GET", "/bucket", "list-type=2&delimiter=%2F&max-keys=1&encoding-type=url", ""},
    {"GET", "/bucket", "versions", ""},
    {"POST", "/bucket", "delete", "<D><Object><Key>b</Key></Object></D>"},
    {"GET", "/", "", ""},
};

/* How many steps were answered without a failure. */
static size_t walk(struct service *service)
{
    struct reply reply;
    size_t good = 0;

    reply_init(&reply);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct request request = {.method = sv_of(steps[i].method),
                                  .path = sv_of(steps[i].path),
                                  .query = sv_of(steps[i].query),
                                  .body = sv_of(steps[i].body),
                                  .dialect = DIALECT_S3,
                                  .service = SV("s3"),
                                  .region = SV("eu-west-1"),
                                  .who = {.account = SV("111111111111")}};
        struct err err = {0};

        sb_clear(&reply.body);
        reply.error[0] = '\0';
        reply.header_count = 0;
        if (s3_answer(service, &request, &reply, &err) == ERR_OK && reply.error[0] == '\0')
            good++;
    }
    reply_release(&reply);
    return good;
}

static void test_each_allocation_may_fail(void **state)
{
    bool has_ended = false;

    (void)state;
    for (long n = 1; n < ROUNDS_MAX && !has_ended; n++) {
        struct service service = {.now_ms = 1795225020000};
        struct err err = {0};
        size_t good;

        REQUIRE_OK(records_open(NULL, &service.records, &err), &err);
        mem_fail_at(n);
        good = walk(&service);
        has_ended = mem_count() < n;
        mem_fail_at(0);
        if (has_ended)
            CHECK_INT(good, ARRAY_LEN(steps));
        records_close(service.records);
    }
    CHECK_TRUE(has_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_each_allocation_may_fail)};

    return RUN(tests);
}
