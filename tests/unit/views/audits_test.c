/* The audit as it is shown: the rows of one operation, and who and how a row is. */
#include "core/views/audits.h"

#include "tests/unit/audit_files.h"

static char dir[64];

static int make_dir(void **state UNUSED)
{
    snprintf(dir, sizeof dir, "/tmp/penstock-audits-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state UNUSED)
{
    audit_files_remove(dir);
    return rmdir(dir);
}

static void add(const char *outcome, const char *action, const char *operation)
{
    struct audit_line line = {
        .outcome = outcome, .action = sv_of(action), .operation = sv_of(operation)};
    struct err err = {0};

    REQUIRE_OK(audit_write(dir, &line, &err), &err);
}

/* The numbers of the rows that belong to this one, newest first. */
static const char *kin_of(int64_t seq)
{
    const struct audit_query query = {.before_seq = seq + 1, .limit = 1};
    CLEANUP(audit_list_release) struct audit_list one = {.count = 0};
    CLEANUP(audit_list_release) struct audit_list kin = {.count = 0};
    static char out[200];
    struct err err = {0};
    size_t len = 0;

    REQUIRE_OK(audit_list_load(dir, &query, &one, &err), &err);
    REQUIRE(one.count == 1);
    REQUIRE_OK(audit_list_kin(dir, &one.rows[0], &kin, &err), &err);
    out[0] = '\0';
    for (size_t i = 0; i < kin.count; i++)
        len += (size_t)snprintf(out + len, sizeof out - len, "%lld ", (long long)kin.rows[i].seq);
    return out;
}

static void test_the_rows_of_an_operation_belong_together(void **state UNUSED)
{
    add("refused", "release a", "");                    /* 1 */
    add("confirmed", "release a", "");                  /* 2 */
    add("sent", "release a", "StartPipelineExecution"); /* 3 */
    add("sent", "approve b", "PutApprovalResult");      /* 4 */
    add("done", "release a", "StartPipelineExecution"); /* 5 */
    add("done", "release a", "");                       /* 6 */
    add("confirmed", "release a", "");                  /* 7 */
    add("sent", "release a", "StartPipelineExecution"); /* 8 */
    add("unlocked", "unlock", "");                      /* 9 */
    CHECK_STR(kin_of(6), "6 5 3 2 ");
    CHECK_STR(kin_of(2), "6 5 3 2 ");
    CHECK_STR(kin_of(3), "6 5 3 2 ");
    CHECK_STR(kin_of(8), "8 7 ");
    CHECK_STR(kin_of(7), "8 7 ");
    CHECK_STR(kin_of(1), "1 ");
    CHECK_STR(kin_of(4), "4 ");
    CHECK_STR(kin_of(9), "9 ");
}

static void test_each_outcome_has_its_colour(void **state UNUSED)
{
    static const struct {
        const char *outcome;
        enum status status;
        bool is_bad;
    } cases[] = {
        {"done", STATUS_SUCCEEDED, false},   {"denied", STATUS_FAILED, true},
        {"failed", STATUS_FAILED, true},     {"missing", STATUS_FAILED, true},
        {"refused", STATUS_STOPPED, true},   {"unknown", STATUS_ERRORED, true},
        {"sent", STATUS_IN_PROGRESS, false}, {"unlocked", STATUS_NONE, false},
        {"left", STATUS_NONE, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct audit_row row = {.outcome = sv_of(cases[i].outcome)};

        CHECK_INT(audit_status(&row), cases[i].status);
        CHECK_INT(audit_is_bad(&row), cases[i].is_bad);
    }
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_the_rows_of_an_operation_belong_together),
        TEST(test_each_outcome_has_its_colour),
    };

    return RUN(tests);
}
