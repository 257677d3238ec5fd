#include "core/sandbox/codebuild_work.h"

#include <stdarg.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/members.h"

enum { LINE_MAX_LEN = 8192 };

static struct record_key key_of(const struct build *b, const char *kind)
{
    return (struct record_key){
        .kind = kind, .account = b->account, .region = b->region, .name = sv_of(b->id)};
}

enum err_code build_load(struct service *s, struct sv account, struct sv region, struct sv id,
                         struct build *out, struct err *err)
{
    struct record_key key;
    enum err_code rc;

    *out = (struct build){.s = s, .err = err, .account = account, .region = region};
    (void)snprintf(out->id, sizeof out->id, SV_FMT, SV_ARG(id));
    key = key_of(out, "codebuild.build");
    rc = record_get(s->records, &key, &out->record, err);
    key.kind = "codebuild.work";
    return rc ? rc : record_get(s->records, &key, &out->work, err);
}

void build_release(struct build *b)
{
    cJSON_Delete(b->record);
    cJSON_Delete(b->work);
    b->record = b->work = NULL;
}

enum err_code build_save(struct build *b)
{
    struct record_key record = key_of(b, "codebuild.build");
    struct record_key work = key_of(b, "codebuild.work");
    enum err_code rc = record_put(b->s->records, &record, b->record, b->err);

    if (rc)
        return rc;
    return b->work == NULL ? record_delete(b->s->records, &work, b->err)
                           : record_put(b->s->records, &work, b->work, b->err);
}

static void make_later(const struct build *b, const char *kind, const char *name, int64_t at_ms,
                       struct later *out)
{
    *out = (struct later){.at_ms = at_ms};
    (void)snprintf(out->kind, sizeof out->kind, "%s", kind);
    (void)snprintf(out->account, sizeof out->account, SV_FMT, SV_ARG(b->account));
    (void)snprintf(out->region, sizeof out->region, SV_FMT, SV_ARG(b->region));
    (void)snprintf(out->name, sizeof out->name, "%s", name);
}

enum err_code build_plan(struct build *b, int64_t ms)
{
    struct later later;

    make_later(b, "codebuild.step", b->id, b->s->now_ms + service_quick(b->s, ms), &later);
    return later_add(b->s->records, &later, b->err);
}

/* ---- the log ---- */

/* A group that somebody deleted comes back only when the build's role may make one. */
static enum err_code has_group(struct build *b, struct sv group, bool *has)
{
    struct record_key key = {
        .kind = "logs.group", .account = b->account, .region = b->region, .name = group};
    cJSON *record = NULL;
    char arn[700];
    enum err_code rc = record_get(b->s->records, &key, &record, b->err);

    *has = record != NULL || json_sv(b->work, "role").len == 0;
    cJSON_Delete(record);
    if (rc || *has)
        return rc;
    (void)snprintf(arn, sizeof arn, "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT,
                   arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account), SV_ARG(group));
    return iam_role_allows(b->s, json_sv(b->work, "role"), SV("logs:CreateLogGroup"), sv_of(arn),
                           has, b->err);
}

static enum err_code add_line(struct build *b, struct sv text)
{
    struct sv group = json_sv(b->work, "group");
    struct log_line line = {.at_ms = b->s->now_ms, .text = text};
    bool has;
    enum err_code rc;

    if (group.len == 0)
        return ERR_OK;
    rc = has_group(b, group, &has);
    if (rc || !has)
        return rc;
    return logs_append(b->s, b->account, b->region, group, json_sv(b->work, "stream"), &line, 1,
                       b->err);
}

enum err_code build_log(struct build *b, const char *fmt, ...)
{
    char text[LINE_MAX_LEN];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return add_line(b, sv_of(text));
}

enum err_code build_say(struct build *b, const char *fmt, ...)
{
    char text[LINE_MAX_LEN];
    char at[TIME_RFC3339_SIZE];
    int head;
    va_list args;

    /* "2026-11-21T08:00:00Z" as CodeBuild writes it. */
    (void)time_rfc3339(b->s->now_ms - b->s->now_ms % 1000, at);
    head = snprintf(text, sizeof text, "[Container] %.4s/%.2s/%.2s %.8s ", at, at + 5, at + 8,
                    at + 11);
    va_start(args, fmt);
    (void)vsnprintf(text + head, sizeof text - (size_t)head, fmt, args);
    va_end(args);
    return add_line(b, sv_of(text));
}

/* ---- phases ---- */

static bool put_now(const struct build *b, cJSON *object, const char *name)
{
    return member_set(object, name, cJSON_CreateNumber((double)b->s->now_ms / 1000.0));
}

static cJSON *last_phase(const struct build *b)
{
    cJSON *phases = cJSON_GetObjectItemCaseSensitive(b->record, "phases");
    int count = cJSON_GetArraySize(phases);

    return count == 0 ? NULL : cJSON_GetArrayItem(phases, count - 1);
}

enum err_code build_begin_phase(struct build *b, const char *phase)
{
    cJSON *row = cJSON_CreateObject();
    cJSON *phases = member_list(b->record, "phases");

    if (!member_put(row, "phaseType", sv_of(phase)) || !put_now(b, row, "startTime") ||
        !cJSON_AddItemToArray(phases, row)) {
        cJSON_Delete(row);
        return mem_err(b->err);
    }
    return member_put(b->record, "currentPhase", sv_of(phase)) ? ERR_OK : mem_err(b->err);
}

static bool put_context(cJSON *row, const char *code, const char *message)
{
    cJSON *contexts = member_list(row, "contexts");
    cJSON *context = cJSON_CreateObject();

    if (member_put(context, "statusCode", sv_of(code == NULL ? "" : code)) &&
        member_put(context, "message", sv_of(message == NULL ? "" : message)) &&
        cJSON_AddItemToArray(contexts, context))
        return true;
    cJSON_Delete(context);
    return false;
}

enum err_code build_end_phase(struct build *b, const char *status, const char *code,
                              const char *message)
{
    cJSON *row = last_phase(b);
    double began = row == NULL ? 0 : json_get(row, "startTime")->valuedouble;
    int64_t seconds = b->s->now_ms / 1000 - (int64_t)began;

    if (row == NULL)
        return ERR_OK;
    return member_put(row, "phaseStatus", sv_of(status)) && put_now(b, row, "endTime") &&
                   member_put_int(row, "durationInSeconds", seconds) &&
                   put_context(row, code, message)
               ? ERR_OK
               : mem_err(b->err);
}

enum err_code build_complete(struct build *b, const char *status)
{
    struct sv task = json_sv(b->work, "task");
    enum err_code rc = build_begin_phase(b, "COMPLETED");

    if (!rc && (!member_put(b->record, "buildStatus", sv_of(status)) ||
                !put_now(b, b->record, "endTime") ||
                !member_set(b->record, "buildComplete", cJSON_CreateTrue())))
        rc = mem_err(b->err);
    if (!rc && task.len > 0) {
        struct later later;

        make_later(b, ENGINE_TASK, cJSON_GetStringValue(json_get(b->work, "task")), b->s->now_ms,
                   &later);
        rc = later_add(b->s->records, &later, b->err);
    }
    cJSON_Delete(b->work);
    b->work = NULL;
    return rc;
}

/* ---- who it is ---- */

/* arn:aws:iam::ACCOUNT:role/PATH/NAME */
static struct sv role_name(struct sv arn)
{
    struct sv name = arn;

    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    return name;
}

void build_session_arn(const struct build *b, char out[BUILD_ARN_MAX])
{
    struct sv assumed = json_sv(b->work, "assumed");
    struct sv role = assumed.len > 0 ? assumed : json_sv(b->work, "role");
    const char *uuid = strchr(b->id, ':');

    (void)snprintf(out, BUILD_ARN_MAX, "arn:%s:sts::" SV_FMT ":assumed-role/" SV_FMT "/%s%s",
                   arn_partition(b->region), SV_ARG(build_acting_account(b)),
                   SV_ARG(role_name(role)), assumed.len > 0 ? "" : "AWSCodeBuild-",
                   assumed.len > 0 ? "codebuild"
                   : uuid == NULL  ? ""
                                   : uuid + 1);
}

struct sv build_acting_account(const struct build *b)
{
    struct sv rest = json_sv(b->work, "assumed");

    if (rest.len == 0)
        return b->account;
    for (int i = 0; i < 4; i++)
        (void)sv_cut(rest, ':', &rest);
    return sv_cut(rest, ':', &rest);
}

struct sv build_acting_region(const struct build *b)
{
    struct sv region = build_variable(b, "AWS_DEFAULT_REGION");

    return region.len > 0 ? region : b->region;
}

/* ---- files of the commit ---- */

enum err_code build_file(struct build *b, struct sv path, struct sb *out, struct err *err)
{
    struct codecommit_place place = {.account = json_sv(b->work, "account"),
                                     .region = json_sv(b->work, "region"),
                                     .repository = json_sv(b->work, "repository")};

    char name[512];

    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(sv_take(path, sizeof name - 1)));
    if (json_sv(json_get(b->work, "copies"), name).len > 0)
        path = json_sv(json_get(b->work, "copies"), name);
    while (sv_starts(path, SV("./")))
        path = sv_drop(path, 2);
    if (place.repository.len == 0)
        return err_set(err, ERR_NOT_FOUND, "The build has no source");
    return codecommit_file(b->s, &place, json_sv(b->work, "commit"), path, out, err);
}

bool build_has_file(struct build *b, struct sv path)
{
    CLEANUP(sb_release) struct sb text;
    struct err ignored;

    sb_init(&text, REQUEST_BODY_MAX);
    return build_file(b, path, &text, &ignored) == ERR_OK;
}
