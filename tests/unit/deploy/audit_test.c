/* The audit log: private, only appended to, and a write that it cannot tell of is not made. */
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/deploy/audit.h"
#include "tests/unit/check.h"

static char dir[64];
static char path[80];
static char text[65536];

static int make_dir(void **state UNUSED)
{
    snprintf(dir, sizeof dir, "/tmp/penstock-audit-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/audit.log", dir);
    return 0;
}

static int remove_dir(void **state UNUSED)
{
    (void)chmod(dir, 0700);
    unlink(path);
    return rmdir(dir);
}

static struct audit_line line_of(const char *outcome, const char *what)
{
    return (struct audit_line){.outcome = outcome,
                               .action = SV("create sales"),
                               .operation = SV("CreateRepository"),
                               .account = SV("111111111111"),
                               .region = SV("eu-west-1"),
                               .caller = SV("arn:aws:iam::111111111111:user/ops"),
                               .text = sv_of(what),
                               .request_id = SV("r-1")};
}

static size_t read_log(void)
{
    FILE *file = fopen(path, "r");
    size_t len;

    REQUIRE(file != NULL);
    len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    return len;
}

static void test_each_write_is_a_line_of_json(void **state UNUSED)
{
    struct audit_line sent = line_of("sent", "create the repository sales");
    struct audit_line failed = line_of("failed", "line\nbreak and \x1b[31m colour");
    struct err err = {0};
    struct stat st;
    struct sv rest;
    cJSON *json;

    REQUIRE_OK(audit_write(dir, &sent, &err), &err);
    REQUIRE_OK(audit_write(dir, &failed, &err), &err);
    read_log();
    REQUIRE_OK(json_parse(sv_cut(sv_of(text), '\n', &rest), &json, &err), &err);
    CHECK_SV(json_sv(json, "outcome"), SV("sent"));
    CHECK_SV(json_sv(json, "operation"), SV("CreateRepository"));
    CHECK_SV(json_sv(json, "account"), SV("111111111111"));
    CHECK_SV(json_sv(json, "caller"), SV("arn:aws:iam::111111111111:user/ops"));
    cJSON_Delete(json);
    REQUIRE_OK(json_parse(sv_cut(rest, '\n', &rest), &json, &err), &err);
    CHECK_SV(json_sv(json, "text"), sv_of(failed.text.ptr));
    cJSON_Delete(json);
    CHECK_INT(rest.len, 0);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
}

static void test_what_is_long_is_cut_and_stays_json(void **state UNUSED)
{
    static char long_text[20000];
    struct audit_line line;
    struct err err = {0};
    struct sv rest;
    cJSON *json;

    memset(long_text, 'x', sizeof long_text - 1);
    line = line_of("failed", long_text);
    REQUIRE_OK(audit_write(dir, &line, &err), &err);
    CHECK_TRUE(read_log() < 8192);
    REQUIRE_OK(json_parse(sv_cut(sv_of(text), '\n', &rest), &json, &err), &err);
    cJSON_Delete(json);
}

static void test_a_log_that_cannot_be_written_is_an_error(void **state UNUSED)
{
    struct audit_line line = line_of("sent", "x");
    struct err err = {0};

    REQUIRE(symlink("/tmp/penstock-audit-elsewhere", path) == 0);
    CHECK_TRUE(audit_write(dir, &line, &err) != ERR_OK);
    CHECK_TRUE(strstr(err.text, "nothing was sent") != NULL);
    CHECK_INT(access("/tmp/penstock-audit-elsewhere", F_OK), -1);
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_each_write_is_a_line_of_json),
        IN_DIR(test_what_is_long_is_cut_and_stays_json),
        IN_DIR(test_a_log_that_cannot_be_written_is_an_error),
    };

    return RUN(tests);
}
