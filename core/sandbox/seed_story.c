#include "core/sandbox/seed_story.h"

#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/pasts.h"

enum { TOUCHED_MAX = 3 };

static const char stack_type[] = "AWS::CloudFormation::Stack";

static const struct seed_resource resources[] = {
    {"RawBucket", "AWS::S3::Bucket", "%s-raw",
     "{\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}"},
    {"LoadRole", "AWS::IAM::Role", "%s-load", "{\"MaxSessionDuration\":3600}"},
    {"CuratedDatabase", "AWS::Glue::Database", "curated_%s", "{\"CatalogId\":\"self\"}"},
    {"CuratedOrders", "AWS::Glue::Table", "curated_%s|orders",
     "{\"TableInput\":{\"Name\":\"orders\",\"TableType\":\"EXTERNAL_TABLE\"}}"},
    {"LoadFunction", "AWS::Lambda::Function", "%s-load",
     "{\"Runtime\":\"python3.11\",\"MemorySize\":512,\"Timeout\":300}"},
    {"DailyRule", "AWS::Events::Rule", "%s-daily",
     "{\"ScheduleExpression\":\"cron(0 2 * * ? *)\",\"State\":\"ENABLED\"}"},
    {"LateAlarm", "AWS::CloudWatch::Alarm", "%s-late", "{\"Threshold\":1,\"Period\":300}"},
};
_Static_assert(ARRAY_LEN(resources) == SEED_RESOURCES, "as many as are told of");
enum { ROW_TABLE = 3, ROW_FUNCTION = 4 };

static const char stuck_reason[] =
    "Resource handler returned message: \"The role defined for the function cannot be assumed by "
    "Lambda. (Service: Lambda, Status Code: 400)\" (RequestToken: 91ab, HandlerErrorCode: "
    "InvalidRequest)";

bool seed_is_stuck(const char *stack_name)
{
    static const char *const stuck[] = {
        "backup-vault-Deploy-Stack",
        "enterprise-data-lake-eu-west-1-curated-customer-and-order-history-with-returns-2-Deploy-"
        "Deploy"};

    for (size_t i = 0; i < ARRAY_LEN(stuck); i++) {
        if (strcmp(stack_name, stuck[i]) == 0)
            return true;
    }
    return false;
}

const struct seed_resource *seed_resource(int row)
{
    return &resources[row];
}

void seed_resource_id(const char *name, int row, char *out, size_t size)
{
    const char *format = resources[row].id;
    const char *mark = strstr(format, "%s");
    char lower[SEED_NAME_SIZE];
    size_t i = 0;

    for (; name[i] != '\0' && i + 1 < sizeof lower; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
    lower[i] = '\0';
    (void)snprintf(out, size, "%.*s%s%s", (int)(mark - format), format, lower, mark + 2);
}

static void add_step(struct story *s, int permille, int row, const char *status, const char *reason)
{
    int64_t at_ms = s->began_ms + (s->ends_ms - s->began_ms) * permille / 1000;

    if (s->count == STORY_STEPS_MAX)
        return;
    /* In one order, however fast the clock. */
    if (s->count > 0 && at_ms <= s->steps[s->count - 1].at_ms)
        at_ms = s->steps[s->count - 1].at_ms + 1;
    s->steps[s->count++] = (struct step){.at_ms = at_ms,
                                         .logical = row < 0 ? NULL : resources[row].logical,
                                         .type = row < 0 ? stack_type : resources[row].type,
                                         .status = status,
                                         .reason = reason,
                                         .row = row,
                                         .is_stuck = reason == stuck_reason};
}

static bool is_touched(const struct story *s, int row)
{
    uint64_t mixed = hash_mix(s->run->id.lo ^ 0x737461636bULL);

    if (s->failure != FAILURE_NONE && (row == ROW_TABLE || row == ROW_FUNCTION))
        return true;
    for (int i = 0; i < TOUCHED_MAX; i++) {
        if ((i == 0 || mixed >> (8 * i) & 1) &&
            (int)(mixed >> (8 * i + 1)) % (int)ARRAY_LEN(resources) == row)
            return true;
    }
    return false;
}

static void tell_creation(struct story *s)
{
    int count = (int)ARRAY_LEN(resources);

    add_step(s, 0, -1, "CREATE_IN_PROGRESS", "User Initiated");
    for (int row = 0; row < count; row++) {
        add_step(s, 50 + 100 * row, row, "CREATE_IN_PROGRESS", NULL);
        if (s->failure != FAILURE_NONE && row == ROW_TABLE) {
            add_step(s, 600, row, "CREATE_FAILED", s->table_reason);
            add_step(s, 620, -1, "ROLLBACK_IN_PROGRESS",
                     "The following resource(s) failed to create: [CuratedOrders]. Rollback "
                     "requested by user.");
            for (int back = row; back-- > 0;)
                add_step(s, 800, back, "DELETE_COMPLETE", NULL);
            add_step(s, 990, -1, "ROLLBACK_COMPLETE", NULL);
            return;
        }
        add_step(s, 100 + 100 * row, row, "CREATE_IN_PROGRESS", "Resource creation Initiated");
        add_step(s, 140 + 100 * row, row, "CREATE_COMPLETE", NULL);
    }
    add_step(s, 990, -1, "CREATE_COMPLETE", NULL);
}

static void tell_failure(struct story *s)
{
    add_step(s, 600, ROW_TABLE, "UPDATE_FAILED", s->table_reason);
    add_step(s, 620, -1, "UPDATE_ROLLBACK_IN_PROGRESS",
             "The following resource(s) failed to update: [CuratedOrders]. ");
    if (seed_is_stuck(s->name)) {
        add_step(s, 700, ROW_TABLE, "UPDATE_COMPLETE", NULL);
        add_step(s, 800, ROW_FUNCTION, "UPDATE_IN_PROGRESS", NULL);
        add_step(s, 900, ROW_FUNCTION, "UPDATE_FAILED", stuck_reason);
        add_step(s, 990, -1, "UPDATE_ROLLBACK_FAILED",
                 "The following resource(s) failed to update: [LoadFunction]. ");
        return;
    }
    for (int row = (int)ARRAY_LEN(resources); row-- > 0;) {
        if (is_touched(s, row))
            add_step(s, 800 - 10 * row, row, "UPDATE_COMPLETE", NULL);
    }
    add_step(s, 960, -1, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", NULL);
    add_step(s, 990, -1, "UPDATE_ROLLBACK_COMPLETE", NULL);
}

static void tell_update(struct story *s)
{
    add_step(s, 0, -1, "UPDATE_IN_PROGRESS", "User Initiated");
    for (int row = 0; row < (int)ARRAY_LEN(resources); row++) {
        bool fails = s->failure != FAILURE_NONE && row == ROW_TABLE;

        if (!is_touched(s, row))
            continue;
        add_step(s, 100 + 60 * row, row, "UPDATE_IN_PROGRESS", NULL);
        if (!fails)
            add_step(s, 130 + 60 * row, row, "UPDATE_COMPLETE", NULL);
    }
    if (s->failure != FAILURE_NONE) {
        tell_failure(s);
        return;
    }
    add_step(s, 960, -1, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", NULL);
    add_step(s, 990, -1, "UPDATE_COMPLETE", NULL);
}

/* The resource's own words, without what the action says of the stack. */
static void set_reason(struct story *s)
{
    const char *text = failure_get(s->failure)->message;
    const char *end = text == NULL ? NULL : strstr(text, "; the stack is in");

    (void)snprintf(s->table_reason, sizeof s->table_reason, "%.*s",
                   text == NULL  ? 0
                   : end == NULL ? (int)sizeof s->table_reason - 1
                                 : (int)(end - text),
                   text == NULL ? "" : text);
}

/* A build deploys in its BUILD phase; one that fails otherwise has not come to it. What takes too
 * long for the build comes to its end without it. */
static bool is_in_build(struct story *s)
{
    int64_t took = s->ends_ms - s->began_ms;

    if (s->failure == FAILURE_BUILD_TIMEOUT)
        s->failure = FAILURE_NONE;
    s->ends_ms = s->began_ms + took * 890 / 1000;
    s->began_ms += took * 460 / 1000;
    return s->failure == FAILURE_NONE || s->failure == FAILURE_STACK_ROLLBACK;
}

bool story_tell(const struct world *w, const struct seed_thing *thing, const struct run *run,
                const struct attempt *attempt, const char *name, struct story *out)
{
    const struct pipe *p = thing->pipe;

    if (attempt->status == RUN_NONE || attempt->started_at == 0 ||
        attempt->failure == FAILURE_BUILD_STOPPED)
        return false;
    *out = (struct story){.thing = thing,
                          .run = run,
                          .name = name,
                          .began_ms = attempt->started_at,
                          .ends_ms = attempt->changed_at,
                          .failure = attempt->failure,
                          .is_first = run->number == 1 && attempt->tries == 0};
    if (attempt->status == RUN_IN_PROGRESS || attempt->status == RUN_ABANDONED)
        out->ends_ms = attempt->due_at > 0
                           ? attempt->due_at
                           : attempt->started_at + engine_duration(w, p, run, thing->number);
    if (attempt->status == RUN_IN_PROGRESS)
        out->failure = engine_outlook(p, run, thing->number);
    if (thing->action->provider == PROVIDER_CODEBUILD && !is_in_build(out))
        return false;
    set_reason(out);
    if (out->is_first)
        tell_creation(out);
    else
        tell_update(out);
    while (out->count > 0 && out->steps[out->count - 1].at_ms > w->now_ms)
        out->count--;
    return true;
}

bool story_newest(const struct world *w, const struct seed_thing *thing, const char *name,
                  struct story *out)
{
    for (size_t i = thing->pipe->run_count; i-- > 0;) {
        const struct run *run = thing->pipe->runs[i];

        if (run_shape(thing->pipe, run) != seed_shape(thing->pipe))
            continue;
        if (story_tell(w, thing, run, &run->attempts[thing->number], name, out) && out->count > 0)
            return true;
        for (size_t k = run->past_count; k-- > 0;) {
            if (run->pasts[k].action == thing->number &&
                story_tell(w, thing, run, &run->pasts[k].attempt, name, out) && out->count > 0)
                return true;
        }
    }
    return false;
}
