/* The audit's screens: what was done, whether the record is whole, one row in full. */
#include "core/cache/db.h"
#include "core/deploy/audit_store.h"
#include "tests/screens/fake_work.h"

/* A chain whose times, host and process are the test's. */
static void put_row(struct fake_work *f, struct audit_row row)
{
    int64_t seq = row.seq;
    static char previous[AUDIT_HASH_SIZE];
    char hash[AUDIT_HASH_SIZE];
    struct audit_store store;
    struct db_stmt *st;
    struct err err = {0};
    struct sb scratch;
    int at = 1;

    if (seq == 1)
        memcpy(previous, audit_genesis, sizeof previous);
    sb_init(&scratch, 1 << 16);
    REQUIRE_OK(audit_hash(previous, &row, &scratch, hash, &err), &err);
    REQUIRE_OK(audit_store_lock(f->audit_dir, 1000, &store, &err), &err);
    if (store.is_new)
        REQUIRE_OK(audit_store_make(&store, &err), &err);
    REQUIRE_OK(audit_use(&store, AUDIT_INSERT, &st, &err), &err);
    db_bind_int(st, at++, row.seq);
    db_bind_int(st, at++, row.at_ms);
    db_bind_int(st, at++, row.pid);
    for (int i = 0; i < AUDIT_TEXT_COUNT; i++)
        db_bind_sv(st, at++, audit_text(&row, (enum audit_text)i));
    db_bind_sv(st, at, sv_of(hash));
    REQUIRE_OK(db_run(store.db, st, &err), &err);
    REQUIRE_OK(audit_head_write(&store, seq, hash, &err), &err);
    audit_store_close(&store);
    sb_release(&scratch);
    memcpy(previous, hash, sizeof previous);
}

static void add_row(struct fake_work *f, struct stage *s, int64_t seq, const char *outcome,
                    const char *operation, const char *text)
{
    bool is_end = strcmp(outcome, "done") == 0;
    bool is_write = is_end || operation[0] != '\0';
    struct audit_row row = {
        .seq = seq,
        .at_ms = s->now_ms - (20 - seq) * 60 * 1000,
        .pid = 4711,
        .outcome = sv_of(outcome),
        .line = {.action = SV("release sales-prod"),
                 .operation = sv_of(operation),
                 .account = SV("111111111111"),
                 .region = SV("eu-west-1"),
                 .caller = SV("arn:aws:sts::111111111111:assumed-role/Ops/ana"),
                 .target = is_write ? SV("sales-prod/Deploy-Stage-prod") : SV(""),
                 .text = sv_of(text),
                 .reason = SV("the fix for the price column"),
                 .before = SV("Deploy-Stage-prod Failed"),
                 .after = is_end ? SV("execution 5d1f began") : SV(""),
                 .request_id = is_write ? SV("1b4e28ba-2fa1-11d2-883f-0016d3cca427") : SV("")},
        .host = SV("bastion"),
        .user = SV("ops"),
        .ssh_client = SV("203.0.113.9 50022 22"),
        .tty = SV("/dev/pts/3")};

    put_row(f, row);
}

static void add_rows(struct fake_work *f, struct stage *s)
{
    add_row(f, s, 1, "refused", "", "type sales-prod to agree: nothing was done");
    add_row(f, s, 2, "confirmed", "", "Release a change: sales-prod");
    add_row(f, s, 3, "sent", "StartPipelineExecution", "release sales-prod");
    add_row(f, s, 4, "unknown", "StartPipelineExecution", "the connection was cut");
    add_row(f, s, 5, "sent", "PutApprovalResult", "approve sales-prod/Deploy-Stage-prod");
    add_row(f, s, 6, "denied", "PutApprovalResult",
            "PutApprovalResult is denied: User ana \x1b[31m is not authorized");
    add_row(f, s, 7, "waits", "", "a person must approve");
    add_row(f, s, 8, "done", "", "Release a change: sales-prod");
    put_row(f, (struct audit_row){.seq = 9,
                                  .at_ms = s->now_ms - 5 * 60 * 1000,
                                  .pid = 4711,
                                  .outcome = SV("unlocked"),
                                  .line = {.action = SV("unlock"),
                                           .account = SV("111111111111"),
                                           .target = SV("protected environments"),
                                           .text = SV("open for 15 minutes"),
                                           .reason = SV("rolling back with the team")},
                                  .host = SV("bastion"),
                                  .user = SV("ops")});
}

static void tamper(struct fake_work *f, const char *sql)
{
    char path[128];
    struct err err = {0};
    struct db *db;

    snprintf(path, sizeof path, "%s/audit.db", f->audit_dir);
    REQUIRE_OK(db_open(path, DB_WRITE, &db, &err), &err);
    REQUIRE_OK(db_exec(db, "DROP TRIGGER audit_stays", &err), &err);
    REQUIRE_OK(db_exec(db, sql, &err), &err);
    db_close(db);
}

static void open_audit(struct fake_work *f, struct stage *s, int cols, int rows,
                       enum stage_look look)
{
    stage_open(s, cols, rows, look);
    fake_work_open(f, s);
    stage_add_fleet(s);
}

static void close_audit(struct fake_work *f, struct stage *s)
{
    stage_close(s);
    fake_work_close(f);
}

static void test_the_audit_at_each_size(void **state UNUSED)
{
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct fake_work f;
        struct stage s;

        open_audit(&f, &s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_rows(&f, &s);
        stage_press(&s, "u");
        stage_expect(&s, stage_golden("audit", i));
        close_audit(&f, &s);
    }
}

/* The words of an outcome are whole in every size; where nobody gave a reason there is no column of
 * it, and who it was has its room. */
static void test_no_outcome_is_cut_and_no_room_is_wasted(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    put_row(&f, (struct audit_row){.seq = 1,
                                   .at_ms = s.now_ms - 60000,
                                   .pid = 4711,
                                   .outcome = SV("cancelled"),
                                   .line = {.action = SV("stop sales-prod"),
                                            .caller = SV("arn:aws:sts::1:assumed-role/Ops/ana"),
                                            .target = SV("sales-prod execution 3f65a1b2")},
                                   .host = SV("bastion"),
                                   .user = SV("ops")});
    stage_press(&s, "u");
    stage_expect(&s, "audit-no-reason");
    close_audit(&f, &s);
}

static void test_a_row_in_full(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    add_rows(&f, &s);
    stage_press(&s, "u j j j Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "audit-row");
    stage_expect(&s, "audit-row");
    stage_press(&s, "q");
    CHECK_STR(console_top(&s.console)->screen->name, "audit");
    close_audit(&f, &s);
}

/* What was done, with what it did, and from the row of its end back to the others of it. */
static void test_the_end_of_an_operation_leads_to_its_rows(void **state UNUSED)
{
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct fake_work f;
        struct stage s;

        open_audit(&f, &s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_rows(&f, &s);
        stage_press(&s, "u j Enter G");
        stage_expect(&s, stage_golden("audit-row-end", i));
        close_audit(&f, &s);
    }
}

static void test_the_filter_narrows_it(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    add_rows(&f, &s);
    stage_press(&s, "u /outcome:sent Enter");
    CHECK_INT(s.console.facts.matches, 2);
    stage_expect(&s, "audit-filtered");
    stage_press(&s, "Esc /nothing Enter");
    stage_expect(&s, "audit-filtered-out");
    close_audit(&f, &s);
}

static void test_what_is_broken_is_in_the_headline(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    add_rows(&f, &s);
    tamper(&f, "UPDATE audit SET reason = 'another one' WHERE seq = 3");
    stage_press(&s, "u");
    stage_expect(&s, "audit-broken");
    close_audit(&f, &s);
}

static void test_an_empty_audit_and_one_that_cannot_be_read(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;
    char path[128];
    FILE *file;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    stage_press(&s, "u");
    stage_expect(&s, "audit-empty");
    stage_press(&s, "j G Enter y q");
    snprintf(path, sizeof path, "%s/audit.db", f.audit_dir);
    file = fopen(path, "we");
    REQUIRE(file != NULL);
    fputs("this is no database at all, and nobody knows how it came here; more bytes follow so "
          "that SQLite reads a whole header of a hundred",
          file);
    fclose(file);
    stage_press(&s, "u");
    stage_paint(&s);
    CHECK_TRUE(strstr(s.console.flash, "is damaged or no database") != NULL);
    close_audit(&f, &s);
}

/* A long chain is checked in pieces: a key is never kept waiting by it. */
static void test_a_long_chain_is_checked_over_ticks(void **state UNUSED)
{
    struct fake_work f;
    struct stage s;
    char text[40];
    int ticks = 0;

    open_audit(&f, &s, 80, 24, STAGE_UTF8);
    for (int64_t i = 1; i <= 1500; i++) {
        snprintf(text, sizeof text, "row %lld", (long long)i);
        add_row(&f, &s, i, "done", "", text);
    }
    stage_press(&s, "u");
    stage_paint(&s);
    CHECK_INT(s.console.facts.next_change_ms, s.now_ms + 5);
    for (; s.console.facts.next_change_ms <= s.now_ms + 5 && ticks < 20; ticks++) {
        s.now_ms = s.console.facts.next_change_ms;
        CHECK_TRUE(console_tick(&s.console, s.now_ms));
        stage_paint(&s);
    }
    CHECK_INT(ticks, 3);
    stage_expect(&s, "audit-long");
    close_audit(&f, &s);
}

static void test_no_size_is_too_small_to_draw(void **state UNUSED)
{
    for (int cols = 1; cols < 70; cols += 13) {
        for (int rows = 1; rows < 22; rows += 5) {
            struct fake_work f;
            struct stage s;

            open_audit(&f, &s, cols, rows, STAGE_UTF8);
            add_rows(&f, &s);
            stage_press(&s, "u j G ^U Enter q");
            stage_paint(&s);
            close_audit(&f, &s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_audit_at_each_size),
        TEST(test_no_outcome_is_cut_and_no_room_is_wasted),
        TEST(test_a_row_in_full),
        TEST(test_the_end_of_an_operation_leads_to_its_rows),
        TEST(test_the_filter_narrows_it),
        TEST(test_what_is_broken_is_in_the_headline),
        TEST(test_an_empty_audit_and_one_that_cannot_be_read),
        TEST(test_a_long_chain_is_checked_over_ticks),
        TEST(test_no_size_is_too_small_to_draw),
    };

    return RUN(tests);
}
