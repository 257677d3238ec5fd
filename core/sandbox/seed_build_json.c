/* What the API shows of a seeded build and its project, and what becomes of one that is stopped. */
#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/engine_parts.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/members.h"
#include "core/sandbox/render.h"
#include "core/sandbox/seed_build.h"
#include "core/sandbox/service.h"

enum { LINES_AT_ONCE = 256, TEXTS_CAP = 8 << 20 };

/* What RetryBuild runs: the same as the log tells, as far as the sandbox acts it out. */
static const char buildspec[] = "version: 0.2\n"
                                "env:\n"
                                "  variables:\n"
                                "    STAGE: demo\n"
                                "phases:\n"
                                "  install:\n"
                                "    commands:\n"
                                "      - pip install -r requirements.txt\n"
                                "      - npm ci\n"
                                "  pre_build:\n"
                                "    commands:\n"
                                "      - pytest -q tests/unit\n"
                                "  build:\n"
                                "    commands:\n"
                                "      - echo \"deploying\"\n"
                                "  post_build:\n"
                                "    commands:\n"
                                "      - echo \"done\"\n";

static bool put_seconds(cJSON *object, const char *name, int64_t ms)
{
    return member_set(object, name, cJSON_CreateNumber((double)ms / 1000.0));
}

static cJSON *parsed(const char *text)
{
    cJSON *out = NULL;

    return json_parse(sv_of(text), &out, NULL) ? NULL : out;
}

static cJSON *source_json(void)
{
    cJSON *source = parsed("{\"type\":\"CODEPIPELINE\",\"insecureSsl\":false}");

    if (member_put(source, "buildspec", sv_of(buildspec)))
        return source;
    cJSON_Delete(source);
    return NULL;
}

static cJSON *environment_json(const struct seed_thing *thing)
{
    cJSON *out = parsed("{\"type\":\"LINUX_CONTAINER\",\"image\":\"aws/codebuild/standard:7.0\","
                        "\"computeType\":\"BUILD_GENERAL1_SMALL\",\"privilegedMode\":false,"
                        "\"imagePullCredentialsType\":\"CODEBUILD\",\"environmentVariables\":[]}");
    cJSON *variable = cJSON_CreateObject();

    if (member_put(variable, "name", SV("PIPELINE_NAME")) &&
        member_put(variable, "value", sv_of(thing->pipe->name)) &&
        member_put(variable, "type", SV("PLAINTEXT")) &&
        cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(out, "environmentVariables"),
                             variable))
        return out;
    cJSON_Delete(variable);
    cJSON_Delete(out);
    return NULL;
}

static struct sv region_of(const struct seed_thing *thing)
{
    return sv_of(thing->pipe->place->region);
}

/* What a build and its project have in common. */
static bool put_common(cJSON *o, const struct seed_thing *thing)
{
    const struct place *place = thing->pipe->place;
    const char *partition = arn_partition(region_of(thing));

    return member_set(o, "source", source_json()) &&
           member_set(o, "cache", parsed("{\"type\":\"NO_CACHE\"}")) &&
           member_set(o, "environment", environment_json(thing)) &&
           member_putf(o, "serviceRole", "arn:%s:iam::%s:role/codebuild-%.40s", partition,
                       place->account, thing->pipe->repository) &&
           member_put_int(o, "timeoutInMinutes", 60) &&
           member_put_int(o, "queuedTimeoutInMinutes", 480) &&
           member_putf(o, "encryptionKey", "arn:%s:kms:%s:%s:alias/aws/s3", partition,
                       place->region, place->account);
}

cJSON *seed_project_json(const struct seed_thing *thing)
{
    const struct place *place = thing->pipe->place;
    cJSON *record = cJSON_CreateObject();
    cJSON *project = member_object(record, "project");
    char name[SEED_NAME_SIZE];

    seed_project_of(thing, name);
    if (project != NULL && put_common(project, thing) && member_put(project, "name", sv_of(name)) &&
        member_putf(project, "description", "Action %s of the pipeline %s", thing->action->name,
                    thing->pipe->name) &&
        member_set(project, "artifacts", parsed("{\"type\":\"CODEPIPELINE\"}")) &&
        member_set(project, "badge", parsed("{\"badgeEnabled\":false}")) &&
        member_put(project, "projectVisibility", SV("PRIVATE")) &&
        put_seconds(project, "created", thing->pipe->created_at) &&
        put_seconds(project, "lastModified", thing->pipe->updated_at) &&
        member_putf(record, "Arn", "arn:%s:codebuild:%s:%s:project/%s",
                    arn_partition(region_of(thing)), place->region, place->account, name) &&
        member_list(record, "Tags") != NULL)
        return record;
    cJSON_Delete(record);
    return NULL;
}

/* ---- phases ---- */

struct told {
    cJSON *phases;
    const char *current;
    int64_t until_ms; /* nothing after it is told */
    bool is_stopped;
};

static bool put_context(cJSON *row, const char *code, const char *message)
{
    cJSON *contexts = member_list(row, "contexts");
    cJSON *context = cJSON_CreateObject();

    if (member_put(context, "statusCode", sv_of(code)) &&
        member_put(context, "message", sv_of(message)) && cJSON_AddItemToArray(contexts, context))
        return true;
    cJSON_Delete(context);
    return false;
}

static bool end_phase(const struct seed_build *b, cJSON *row, const struct seed_span *span,
                      const struct told *t)
{
    struct seed_reason reason = seed_build_reason(b);
    bool is_cut = t->is_stopped && span->until_ms > t->until_ms;
    bool fails = span->fails && !is_cut;
    int64_t end_ms = is_cut ? t->until_ms : span->until_ms;
    const char *status = is_cut                                ? "STOPPED"
                         : !fails                              ? "SUCCEEDED"
                         : b->failure == FAILURE_BUILD_TIMEOUT ? "TIMED_OUT"
                                                               : "FAILED";

    return member_put(row, "phaseStatus", sv_of(status)) && put_seconds(row, "endTime", end_ms) &&
           member_put_int(row, "durationInSeconds", (end_ms - span->from_ms) / 1000) &&
           put_context(row, fails ? reason.code : "", fails ? reason.message : "");
}

static bool add_phase(const struct seed_build *b, const struct seed_span *span, struct told *t)
{
    cJSON *row = cJSON_CreateObject();
    bool is_over = t->is_stopped || span->until_ms <= t->until_ms;

    if (!cJSON_AddItemToArray(t->phases, row)) {
        cJSON_Delete(row);
        return false;
    }
    t->current = span->name;
    return member_put(row, "phaseType", sv_of(span->name)) &&
           put_seconds(row, "startTime", span->from_ms) && (!is_over || end_phase(b, row, span, t));
}

static bool add_phases(const struct seed_build *b, struct told *t)
{
    struct seed_span span;
    bool is_good = true;

    for (int i = 0; i < SEED_PHASES && is_good; i++) {
        seed_build_span(b, (enum seed_phase)i, &span);
        if (!span.is_left_out && span.from_ms <= t->until_ms)
            is_good = add_phase(b, &span, t);
    }
    if (is_good && (t->is_stopped || b->end != SEED_GOES_ON)) {
        span =
            (struct seed_span){.name = "COMPLETED", .from_ms = t->until_ms, .until_ms = INT64_MAX};
        t->is_stopped = false;
        is_good = add_phase(b, &span, t);
    }
    return is_good;
}

/* ---- a build ---- */

static const char *status_of(const struct seed_build *b, bool is_stopped)
{
    static const char *const names[] = {[SEED_GOES_ON] = "IN_PROGRESS",
                                        [SEED_SUCCEEDED] = "SUCCEEDED",
                                        [SEED_FAILED] = "FAILED",
                                        [SEED_TIMED_OUT] = "TIMED_OUT"};

    return is_stopped ? "STOPPED" : names[b->end];
}

static bool put_logs(cJSON *build, const struct seed_build *b)
{
    const struct place *place = b->thing.pipe->place;
    cJSON *logs = member_object(build, "logs");
    char project[SEED_NAME_SIZE];
    char uuid[UID_SIZE];

    if (!seed_log_is_there(b))
        return member_putf(logs, "deepLink",
                           "https://console.aws.amazon.com/cloudwatch/home?region=%s"
                           "#logEvent:group=null;stream=null",
                           place->region);
    seed_project_of(&b->thing, project);
    (void)uid_text(b->id, uuid);
    return member_putf(logs, "groupName", "/aws/codebuild/%s", project) &&
           member_put(logs, "streamName", sv_of(uuid)) &&
           member_putf(logs, "deepLink",
                       "https://console.aws.amazon.com/cloudwatch/home?region=%s"
                       "#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252F%s/log-events/%s",
                       place->region, project, uuid) &&
           member_putf(logs, "cloudWatchLogsArn",
                       "arn:%s:logs:%s:%s:log-group:/aws/codebuild/%s:log-stream:%s",
                       arn_partition(region_of(&b->thing)), place->region, place->account, project,
                       uuid);
}

/* As the run's source revision tells it. */
static const char *commit_of(const struct seed_build *b, char out[REVISION_MAX])
{
    const struct shape *shape = seed_shape(b->thing.pipe);

    for (size_t i = 0; i < shape->action_count; i++) {
        const struct action_shape *action = shape_action(shape, i, NULL);

        if (is_source(action))
            return render_revision(b->run, action, out);
    }
    return uid_commit(b->run->revision, out);
}

static bool put_names(cJSON *build, const struct seed_build *b)
{
    const struct place *place = b->thing.pipe->place;
    char id[SEED_BUILD_ID_SIZE];
    char project[SEED_NAME_SIZE];
    char commit[COMMIT_SIZE];
    char revision[REVISION_MAX];

    seed_build_id(b, id);
    seed_project_of(&b->thing, project);
    return member_put(build, "id", sv_of(id)) &&
           member_putf(build, "arn", "arn:%s:codebuild:%s:%s:build/%s",
                       arn_partition(region_of(&b->thing)), place->region, place->account, id) &&
           member_put_int(build, "buildNumber", (int64_t)b->run->number + b->attempt->tries) &&
           member_put(build, "projectName", sv_of(project)) &&
           member_putf(build, "initiator", "codepipeline/%s", b->thing.pipe->name) &&
           member_putf(build, "sourceVersion", "arn:%s:s3:::artifacts-%s-%s/%.20s/SourceArti/%.7s",
                       arn_partition(region_of(&b->thing)), place->account, place->region,
                       b->thing.pipe->name, uid_commit(b->run->id, commit)) &&
           member_put(build, "resolvedSourceVersion", sv_of(commit_of(b, revision)));
}

cJSON *seed_build_json(const struct seed_build *b, int64_t stopped_ms)
{
    cJSON *build = cJSON_CreateObject();
    bool is_over = stopped_ms > 0 || b->end != SEED_GOES_ON;
    struct told t = {.phases = member_list(build, "phases"),
                     .current = "SUBMITTED",
                     .until_ms = stopped_ms > 0           ? stopped_ms
                                 : b->end == SEED_GOES_ON ? b->now_ms
                                                          : b->ends_ms,
                     .is_stopped = stopped_ms > 0};

    if (t.phases != NULL && put_common(build, &b->thing) && put_names(build, b) &&
        put_logs(build, b) && add_phases(b, &t) &&
        member_put(build, "currentPhase", sv_of(t.current)) &&
        member_set(build, "artifacts", parsed("{\"location\":\"\"}")) &&
        put_seconds(build, "startTime", b->began_ms) &&
        (!is_over || put_seconds(build, "endTime", t.until_ms)) &&
        member_put(build, "buildStatus", sv_of(status_of(b, stopped_ms > 0))) &&
        member_set(build, "buildComplete", cJSON_CreateBool(is_over)))
        return build;
    cJSON_Delete(build);
    return NULL;
}

/* ---- what is kept of one ---- */

/* The texts of a part of the log, and its lines, which point into them. */
struct part {
    struct sb text;
    struct log_line lines[LINES_AT_ONCE];
    size_t at[LINES_AT_ONCE];
    size_t count;
};

static enum err_code read_part(const struct seed_build *b, size_t from, size_t end, struct part *p,
                               struct err *err)
{
    enum err_code rc = ERR_OK;

    sb_clear(&p->text);
    for (p->count = 0; p->count < LINES_AT_ONCE && from + p->count < end && !rc; p->count++) {
        p->at[p->count] = p->text.len;
        p->lines[p->count].at_ms = seed_log_at(b, from + p->count);
        rc = seed_log_line(b, from + p->count, &p->text, err);
    }
    for (size_t i = 0; i < p->count && !rc; i++) {
        size_t until = i + 1 < p->count ? p->at[i + 1] : p->text.len;

        p->lines[i].text = sv_make(p->text.ptr + p->at[i], until - p->at[i]);
    }
    return rc;
}

static enum err_code keep_log(struct service *s, const struct seed_build *b, struct err *err)
{
    const struct place *place = b->thing.pipe->place;
    struct part *part = mem_alloc(sizeof *part);
    size_t count = seed_log_count(b);
    char group[SEED_NAME_SIZE + 16];
    char project[SEED_NAME_SIZE];
    char uuid[UID_SIZE];
    enum err_code rc = ERR_OK;

    if (part == NULL)
        return mem_err(err);
    sb_init(&part->text, TEXTS_CAP);
    seed_project_of(&b->thing, project);
    (void)snprintf(group, sizeof group, "/aws/codebuild/%s", project);
    for (size_t at = 0; at < count && !rc; at += part->count) {
        rc = read_part(b, at, count, part, err);
        if (!rc)
            rc = logs_append(s, sv_of(place->account), sv_of(place->region), sv_of(group),
                             sv_of(uid_text(b->id, uuid)), part->lines, part->count, err);
    }
    sb_release(&part->text);
    mem_free(part);
    return rc;
}

static enum err_code keep(struct service *s, const struct seed_build *b, int64_t stopped_ms,
                          cJSON **out, struct err *err)
{
    char id[SEED_BUILD_ID_SIZE];
    struct record_key key = {.kind = "codebuild.build",
                             .account = sv_of(b->thing.pipe->place->account),
                             .region = sv_of(b->thing.pipe->place->region)};
    cJSON *build = seed_build_json(b, stopped_ms);
    enum err_code rc;

    seed_build_id(b, id);
    key.name = sv_of(id);
    rc = build == NULL ? mem_err(err) : record_put(s->records, &key, build, err);
    if (!rc)
        rc = keep_log(s, b, err);
    if (!rc && out != NULL)
        *out = build;
    else
        cJSON_Delete(build);
    return rc;
}

enum err_code seed_build_stop(struct service *s, const struct seed_build *b, cJSON **out,
                              struct err *err)
{
    struct pipe *p = s->world->pipes[b->thing.pipe->index];
    struct run *run = pipe_find_run(p, b->run->id);
    enum err_code rc = keep(s, b, b->now_ms, out, err);

    /* One that its pipeline gave up is nothing to it any more. */
    if (rc || b->attempt != &run->attempts[b->thing.number] ||
        b->attempt->status != RUN_IN_PROGRESS)
        return rc;
    return engine_finish(s->world, p, run, b->thing.number, FAILURE_BUILD_STOPPED, err);
}
