#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/seed.h"
#include "core/sandbox/seed_guards.h"
#include "core/sandbox/shape.h"

#define CICD "111111111111"
#define DEV  "222222222222"
#define TEST "333333333333"
#define PROD "444444444444"
#define EU   "eu-west-1"
#define US   "us-east-1"

static const int64_t SECOND_MS = 1000;
static const int64_t MINUTE_MS = 60 * 1000;

enum kind { TRUNK, GITFLOW, FOREIGN };
enum pace { STILL, BUSY, STEADY, RARE };

/* How a pipeline behaves when nobody touches it, at speed 1. */
static const struct habit habits[] = {
    [STILL] = {.work_ms = 150 * 1000},
    [BUSY] = {.every_ms = 240 * 1000,
              .work_ms = 45 * 1000,
              .approve_ms = 60 * 1000,
              .fail_percent = 12},
    [STEADY] = {.every_ms = 600 * 1000,
                .work_ms = 90 * 1000,
                .approve_ms = 150 * 1000,
                .fail_percent = 15},
    [RARE] = {.every_ms = 1500 * 1000,
              .work_ms = 150 * 1000,
              .approve_ms = 300 * 1000,
              .fail_percent = 10},
};

struct row {
    const char *account;
    const char *region;
    const char *name;
    enum kind kind;
    const char *shape; /* environments, or the text of shape.h */
    enum run_mode mode;
    enum pace pace;
    const char *tags; /* "key=value key=value" */
};

#define Q RUN_MODE_QUEUED
#define S RUN_MODE_SUPERSEDED
#define P RUN_MODE_PARALLEL

/* clang-format off */
static const struct row rows[] = {
    {CICD, EU, "sales-orders",           TRUNK,   "dev test prod", Q, BUSY,   "team=sales cost-centre=4711"},
    {CICD, EU, "customer-360",           TRUNK,   "dev test prod", Q, STILL,  "team=crm"},
    {CICD, EU, "clickstream-ingest",     TRUNK,   "dev prod",      Q, STILL,  ""},
    {CICD, EU, "marketing-attribution",  TRUNK,   "dev test prod", S, STILL,  ""},
    {CICD, EU, "supply-chain-forecast",  TRUNK,   "int uat prod",  Q, STILL,  ""},
    {CICD, EU, "hr-analytics",           TRUNK,   "dev prod",      S, STEADY, "confidential=yes"},
    {CICD, EU, "finance-ledger-dev",     GITFLOW, "dev",           Q, STEADY, "team=finance"},
    {CICD, EU, "finance-ledger-test",    GITFLOW, "test",          Q, STILL,  "team=finance"},
    {CICD, EU, "finance-ledger-prod",    GITFLOW, "prod",          Q, STILL,  "team=finance"},
    {CICD, EU, "iot-telemetry-dev",      GITFLOW, "dev",           Q, BUSY,   ""},
    {CICD, EU, "iot-telemetry-test",     GITFLOW, "test",          Q, STILL,  ""},
    {CICD, EU, "iot-telemetry-prod",     GITFLOW, "prod",          Q, STILL,  ""},
    {CICD, EU, "dmc-release",            FOREIGN,
     "Source:Repo=C;Build:Package=B;Development:Stack=F,Grants=L2;Sign-off:Owner=M;Production:Stack=F,Grants=L2",
     Q, STEADY, "penstock:pipeline=data-mesh-catalog penstock:strategy=trunk"},
    {CICD, EU, "weather-feed-a",         FOREIGN, "Source:Repo=C;Deploy:Stack=F", Q, RARE,
     "penstock:pipeline=weather-feed penstock:stage=dev penstock:strategy=gitflow"},
    {CICD, EU, "weather-feed-b",         FOREIGN, "Source:Repo=C;Deploy:Stack=F", Q, STILL,
     "penstock:pipeline=weather-feed penstock:stage=prod penstock:strategy=gitflow"},
    {CICD, EU, "new-partner-onboarding", TRUNK,   "dev prod",      Q, STILL,  ""},
    {CICD, EU, "schema-registry",        FOREIGN,
     "Source:Repo=G;Build:Compile=B,Lint=B,Licences=B;Deploy:Stack=F", S, STILL, ""},
    {CICD, EU,
     "enterprise-data-lake.eu-west-1.curated-customer-and-order-history-with-returns_2019-2026@release-v10",
     FOREIGN, "Source:Repo=C;Build:Build=B;Deploy:Deploy=F", S, STILL, ""},
    {CICD, US, "reference-data",         TRUNK,   "dev prod",      Q, RARE,   ""},
    {CICD, US, "edge-log-archive",       FOREIGN, "Source:Bucket=3;Compact:Compact=B;Publish:Approve=M,Publish=L2",
     P, STEADY, ""},
    {DEV,  EU, "feature-preview",        FOREIGN,
     "Source:Repo=G;Build:Web=B,Api=B,Batch=B,Docs=B;Test:Unit=B,Integration=B2,Load=B2;Deploy:Preview=F",
     S, BUSY, "owner=platform"},
    {DEV,  EU, "notebook-images",        FOREIGN, "Source:Repo=G;Image:Base=B,Spark=B2,Gpu=B2;Scan:Scan=L",
     P, STEADY, ""},
    {TEST, EU, "nightly-load-tests",     FOREIGN, "Source:Repo=C;Load:Small=B,Large=B2;Report:Report=L",
     Q, RARE, ""},
    {TEST, EU, "text-torture",           FOREIGN, "Source:Repo=C;Build:Build=B;Approve:Approve=M;Deploy:Deploy=F",
     S, STILL, "note=\xe2\x80\xaetxet\xe2\x80\xac"},
    {PROD, EU, "landing-zone-baseline",  FOREIGN,
     "Source:Repo=C;Lint:Lint=B;Org:Stack=F;Logging:Stack=F;Network:Stack=F;Keys:Stack=F;Lake:Stack=F;"
     "Grants:Stack=F;Alarms:Stack=F;Approve:Security=M,Operations=M;Production:Stack=F;Audit:Audit=L",
     S, STILL, ""},
    {PROD, EU, "lakehouse-tables",       FOREIGN, "Source:Repo=C;Build:Build=B;Deploy:Tables=F,Views=F2",
     Q, STILL, ""},
    {PROD, US, "dr-replication",         FOREIGN, "Source:Repo=C;Replicate:Primary=L,Secondary=L;Verify:Verify=B",
     S, RARE, ""},
    {PROD, US, "backup-vault",           FOREIGN, "Source:Repo=C;Deploy:Stack=F", S, STILL, ""},
};

enum verb { RUN, FAIL, APPROVE, REJECT, STOP, ABANDON, CLOSE, ROLLBACK, UPDATE };

/* What people and repositories did: so many seconds ago, in which pipeline, what. number is the
 * stage, and for FAIL the text is the failure's; the rest is a commit message or a reason. */
static const struct scripted {
    int64_t seconds_ago;
    const char *name;
    enum verb verb;
    int number;
    int failure;
    const char *text;
} deeds[] = {
    {250000, "customer-360",          RUN,      0, 0, "crm: first import"},
    {247000, "customer-360",          APPROVE,  0, 0, "Counts agree with the source"},
    {246000, "customer-360",          APPROVE,  0, 0, "Go"},
    {86000,  "customer-360",          FAIL,     3, FAILURE_BUILD_TESTS, "crm: deduplicate by e-mail"},
    {85000,  "customer-360",          APPROVE,  0, 0, "Go"},
    {7000,   "customer-360",          RUN,      0, 0, "crm: deduplicate by e-mail and phone, keep the older record when both agree"},
    {6000,   "customer-360",          APPROVE,  0, 0, "dev looks right"},
    {200000, "clickstream-ingest",    RUN,      0, 0, NULL},
    {199000, "clickstream-ingest",    APPROVE,  0, 0, "Go"},
    {4000,   "clickstream-ingest",    FAIL,     3, FAILURE_BUILD_ROLE, "clicks: sessionise in Glue 4.0"},
    {3600,   "clickstream-ingest",    APPROVE,  0, 0, "Approved by the data owner"},
    {90000,  "marketing-attribution", RUN,      0, 0, NULL},
    {9000,   "marketing-attribution", RUN,      0, 0, "attribution: last click within 30 days"},
    {8950,   "marketing-attribution", ABANDON,  0, 0, "Wrong branch merged (see the channel)"},
    {100000, "supply-chain-forecast", RUN,      0, 0, NULL},
    {99000,  "supply-chain-forecast", APPROVE,  0, 0, "Go"},
    {98000,  "supply-chain-forecast", REJECT,   0, 0, "uat numbers are off by one week"},
    {60,     "supply-chain-forecast", RUN,      0, 0, "forecast: holidays of 2027"},
    {20,     "supply-chain-forecast", STOP,     0, 0, "Waiting for the freeze to end"},
    {5000,   "hr-analytics",          RUN,      0, 0, "hr: head count by site"},
    {4990,   "hr-analytics",          RUN,      0, 0, "hr: head count by site, fixed"},
    {4980,   "hr-analytics",          RUN,      0, 0, "hr: head count by site, fixed again"},
    {4970,   "hr-analytics",          RUN,      0, 0, "hr: drop the birth date column"},
    {150000, "finance-ledger-test",   RUN,      0, 0, NULL},
    {140000, "finance-ledger-prod",   RUN,      0, 0, NULL},
    {50000,  "finance-ledger-prod",   CLOSE,    1, 0, "Year end freeze until 2 January (ask finance@ first)"},
    {20000,  "finance-ledger-prod",   RUN,      0, 0, "ledger: close the books faster"},
    {5400,   "finance-ledger-test",   RUN,      0, 0, "ledger: post the accruals daily"},
    {11000,  "finance-ledger-test",   FAIL,     1, FAILURE_BUILD_TIMEOUT, "ledger: full history reload"},
    {75000,  "iot-telemetry-test",    RUN,      0, 0, NULL},
    {45,     "iot-telemetry-test",    RUN,      0, 0, "telemetry: new firmware fields"},
    {70000,  "iot-telemetry-prod",    RUN,      0, 0, NULL},
    {2500,   "iot-telemetry-prod",    FAIL,     1, FAILURE_STACK_ROLLBACK, "telemetry: partition by device"},
    {30000,  "weather-feed-b",        RUN,      0, 0, NULL},
    {26000,  "schema-registry",       RUN,      0, 0, NULL},
    {13000,  "schema-registry",       RUN,      0, 0, "registry: compatibility = full"},
    {12940,  "schema-registry",       UPDATE,   0, 0, NULL},
    {230000, "enterprise-data-lake.eu-west-1.curated-customer-and-order-history-with-returns_2019-2026@release-v10",
             RUN,  0, 0, "curated: the tables of 2025"},
    {130000, "enterprise-data-lake.eu-west-1.curated-customer-and-order-history-with-returns_2019-2026@release-v10",
             FAIL, 2, FAILURE_STACK_ROLLBACK, "curated: one table for all orders"},
    {40000,  "enterprise-data-lake.eu-west-1.curated-customer-and-order-history-with-returns_2019-2026@release-v10",
             FAIL, 1, FAILURE_LONG,
             "Rebuild the whole curated layer with the new customer key; this takes a day, costs real money, "
             "touches every table that the sales, finance and marketing domains publish, and was agreed with "
             "all of them in the meeting of last Thursday, see the minutes for who said what and why"},
    {17000,  "text-torture",          FAIL,     1, FAILURE_HOSTILE, "\x1b[31mred\x1b[0m \x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\ \xe2\x80\xaeneddih\xe2\x80\xac"},
    {900,    "text-torture",          RUN,      0, 0, "zwj \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb, combining e\xcc\x81\xcc\x81\xcc\x81, wide \xe5\xb9\x85\xe5\xba\x83, tab\tnew\nline"},
    {33000,  "landing-zone-baseline", RUN,      0, 0, "baseline: keys rotate every year"},
    {120000, "lakehouse-tables",      RUN,      0, 0, "tables: orders v2"},
    {60000,  "lakehouse-tables",      FAIL,     2, FAILURE_STACK_ROLLBACK, "tables: orders v3"},
    {58000,  "lakehouse-tables",      ROLLBACK, 2, 0, NULL},
    {180000, "backup-vault",          RUN,      0, 0, "vault: keep 35 days"},
    {90000,  "backup-vault",          FAIL,     1, FAILURE_STACK_ROLLBACK, "vault: keep 90 days"},
    {15000,  "backup-vault",          FAIL,     0, FAILURE_SOURCE_BRANCH, NULL},
    {4000,   "backup-vault",          RUN,      0, 0, "vault: keep 400 days"},
    {3000,   "edge-log-archive",      RUN,      0, 0, NULL},
    {2990,   "edge-log-archive",      RUN,      0, 0, "archive: zstd level 9"},
    {100,    "nightly-load-tests",    RUN,      0, 0, NULL},
    {80,     "nightly-load-tests",    RUN,      0, 0, "load: 10x the usual"},
};
/* clang-format on */

#undef Q
#undef S
#undef P

static enum err_code add_tags(struct world *w, struct pipe *p, struct sv text, struct err *err)
{
    struct pair *tags;
    size_t count = 1;
    enum err_code rc = ERR_OK;

    if (text.len == 0)
        return ERR_OK;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == ' ';
    tags = arena_alloc(&w->arena, count, sizeof *tags);
    if (tags == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; i < count && !rc; i++) {
        struct sv value;
        struct sv key = sv_cut(sv_cut(text, ' ', &text), '=', &value);

        rc = world_intern(w, key, &tags[i].key, err);
        if (!rc)
            rc = world_intern(w, value, &tags[i].value, err);
    }
    p->tags = tags;
    p->tag_count = count;
    return rc;
}

static enum err_code make_shape(struct world *w, const struct row *row, const struct shape **out,
                                struct err *err)
{
    switch (row->kind) {
    case TRUNK:
        return shape_trunk(w, sv_of(row->shape), out, err);
    case GITFLOW:
        return shape_gitflow(w, sv_of(row->shape), out, err);
    case FOREIGN:
        break;
    }
    return shape_parse(w, sv_of(row->shape), out, err);
}

/* NAME-dev is fed from branch dev of repository NAME; prod from main. NAME@BRANCH says it itself:
 * no repository may be called so. */
static enum err_code set_source(struct world *w, struct pipe *p, const struct row *row,
                                struct err *err)
{
    size_t suffix = strlen(row->shape) + 1;
    const char *branch = strchr(row->name, '@');

    if (branch != NULL) {
        p->branch = branch + 1;
        return world_intern(w, sv_make(row->name, (size_t)(branch - row->name)), &p->repository,
                            err);
    }
    if (row->kind != GITFLOW)
        return ERR_OK;
    if (strcmp(row->shape, "prod") != 0)
        p->branch = row->shape;
    return world_intern(w, sv_take(sv_of(row->name), strlen(row->name) - suffix), &p->repository,
                        err);
}

static enum err_code define(struct world *w, const struct row *row, struct err *err)
{
    const struct shape *shape = NULL;
    struct place *place = NULL;
    struct pipe *p = NULL;
    enum err_code rc = make_shape(w, row, &shape, err);

    if (!rc)
        rc = seed_guard(w, row->name, &shape, err);
    if (!rc)
        rc = world_place(w, sv_of(row->account), sv_of(row->region), &place, err);
    if (!rc)
        rc = world_add_pipe(w, place, row->name, shape, &p, err);
    if (rc)
        return rc;
    p->mode = row->mode;
    p->type = row->mode == RUN_MODE_SUPERSEDED ? "V1" : "V2";
    p->habit = habits[row->pace];
    p->created_at = w->now_ms - (int64_t)(hash_text(sv_of(row->name)) % 300) * 1440 * MINUTE_MS;
    p->updated_at = p->created_at + (w->now_ms - p->created_at) / 2;
    p->version = 1 + (int)(hash_text(sv_of(row->name)) % 9);
    rc = set_source(w, p, row, err);
    if (!rc)
        rc = seed_variables(w, p, err);
    return rc ? rc : add_tags(w, p, sv_of(row->tags), err);
}

enum err_code seed_demo_define(struct world *w, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(rows) && !rc; i++)
        rc = define(w, &rows[i], err);
    return rc;
}

static struct pipe *pipe_named(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->pipe_count; i++) {
        if (strcmp(w->pipes[i]->name, name) == 0)
            return w->pipes[i];
    }
    return NULL;
}

static enum err_code answer_all(struct world *w, struct pipe *p, const struct scripted *deed,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t r = 0; r < p->run_count && !rc; r++) {
        for (size_t a = 0; a < p->shape->action_count && !rc; a++) {
            if (attempt_waits(p, p->runs[r], a))
                rc = engine_answer(w, p, p->runs[r], a, deed->verb == APPROVE, deed->text,
                                   "arn:aws:iam::" CICD ":user/ops", err);
        }
    }
    return rc;
}

static enum err_code start(struct world *w, struct pipe *p, const struct scripted *deed,
                           struct err *err)
{
    struct start with = {.trigger = "CloudWatchEvent",
                         .detail = "arn:aws:events:" EU ":" CICD ":rule/penstock-commit",
                         .message = deed->text,
                         .given = seed_given(deed->name, deed->text),
                         .fail_stage = deed->verb == FAIL ? deed->number : FAIL_NOWHERE,
                         .failure = deed->failure};

    if (with.given != NULL) {
        with.trigger = "StartPipelineExecution";
        with.detail = "arn:aws:iam::" CICD ":user/ops";
    }
    return engine_start(w, p, &with, NULL, err);
}

static enum err_code roll_back(struct world *w, struct pipe *p, size_t stage, struct err *err)
{
    static const struct start by_hand = {.trigger = "ManualRollback",
                                         .detail = "arn:aws:iam::111111111111:user/ops"};

    for (size_t i = p->run_count; i-- > 0;) {
        if (p->runs[i]->status == RUN_SUCCEEDED)
            return engine_rollback(w, p, stage, p->runs[i]->id, &by_hand, NULL, err);
    }
    return err_set(err, ERR_FAILED, "nothing to roll back to");
}

static enum err_code act(struct world *w, const struct scripted *deed, struct err *err)
{
    struct pipe *p = pipe_named(w, deed->name);
    struct run *latest = p == NULL ? NULL : pipe_latest_run(p);

    if (p == NULL)
        return err_set(err, ERR_FAILED, "no pipeline is called %s", deed->name);
    switch (deed->verb) {
    case RUN:
    case FAIL:
        return start(w, p, deed, err);
    case APPROVE:
    case REJECT:
        return answer_all(w, p, deed, err);
    case STOP:
    case ABANDON:
        if (latest == NULL || run_is_over(latest))
            return err_set(err, ERR_FAILED, "%s has nothing to stop", deed->name);
        return engine_stop(w, p, latest, deed->verb == ABANDON, deed->text, err);
    case CLOSE:
        return engine_set_transition(w, p, (size_t)deed->number, false, deed->text,
                                     "arn:aws:iam::" CICD ":user/ops", err);
    case ROLLBACK:
        return roll_back(w, p, (size_t)deed->number, err);
    case UPDATE:
        return engine_update(w, p, err);
    }
    return ERR_OK;
}

/* The latest of those still to come; the script above is grouped by pipeline, not by time. */
static const struct scripted *next_deed(const bool *done)
{
    const struct scripted *next = NULL;

    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        if (!done[i] && (next == NULL || deeds[i].seconds_ago > next->seconds_ago))
            next = &deeds[i];
    }
    return next;
}

static enum err_code wake_all(struct world *w, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < w->pipe_count && !rc; i++) {
        if (w->pipes[i]->habit.every_ms > 0)
            rc = engine_wake(w, w->pipes[i], err);
    }
    return rc;
}

enum err_code seed_demo_live(struct world *w, int64_t now_ms, struct err *err)
{
    const int64_t wake_ms = now_ms - 7200 * SECOND_MS;
    bool done[ARRAY_LEN(deeds)] = {false};
    bool is_awake = false;
    const struct scripted *deed;
    enum err_code rc = ERR_OK;

    while (!rc && (deed = next_deed(done)) != NULL) {
        int64_t at_ms = now_ms - deed->seconds_ago * SECOND_MS;

        if (!is_awake && at_ms > wake_ms) {
            is_awake = true;
            rc = engine_advance(w, wake_ms, 0, err);
            if (!rc)
                rc = wake_all(w, err);
        }
        if (!rc)
            rc = engine_advance(w, at_ms, 0, err);
        if (!rc)
            rc = act(w, deed, err);
        done[deed - deeds] = true;
    }
    return rc ? rc : engine_advance(w, now_ms, 0, err);
}
