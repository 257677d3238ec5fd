/* CodeBuild's builds: begun, stopped, listed. */
#include <stdarg.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/codebuild_work.h"
#include "core/sandbox/members.h"
#include "core/sandbox/seed_build.h"

static const char kind[] = "codebuild.build";
static const char invalid[] = "InvalidInputException";

enum { PAGE = 100, BATCH_MAX = 100, TOKEN_MS = 5 * 60000 };

static enum err_code refuse(struct codebuild_answer *answer, const char *code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static enum err_code refuse(struct codebuild_answer *answer, const char *code, const char *fmt, ...)
{
    va_list args;

    answer->code = code;
    va_start(args, fmt);
    (void)vsnprintf(answer->why, sizeof answer->why, fmt, args);
    va_end(args);
    return ERR_OK;
}

/* The project's builds are counted from 1, also after it was made anew. */
static enum err_code next_number(struct service *s, const struct codebuild_ask *ask, int64_t *out,
                                 struct err *err)
{
    struct record_key key = {.kind = "codebuild.count",
                             .account = ask->account,
                             .region = ask->region,
                             .name = ask->project};
    cJSON *record = NULL;
    enum err_code rc = record_get(s->records, &key, &record, err);

    if (rc)
        return rc;
    *out = 1 + (record == NULL ? 0 : json_int(record, "last", 0));
    if (record == NULL)
        record = cJSON_CreateObject();
    rc = member_put_int(record, "last", *out) ? record_put(s->records, &key, record, err)
                                              : mem_err(err);
    cJSON_Delete(record);
    return rc;
}

static enum err_code make_id(struct service *s, const struct codebuild_ask *ask, char *out,
                             struct err *err)
{
    char uuid[UID_SIZE];
    uint64_t number;
    enum err_code rc = records_next(s->records, &number, err);

    if (!rc)
        (void)snprintf(out, BUILD_ID_MAX, SV_FMT ":%s", SV_ARG(ask->project),
                       uid_text(uid_derive(s->token_seed, number ^ 0x6275696c64ULL), uuid));
    return rc;
}

/* What is given takes the place of what has that name. */
static bool override_variables(cJSON *environment, const cJSON *given)
{
    cJSON *list = member_list(environment, "environmentVariables");
    bool is_good = list != NULL;

    for (const cJSON *g = given == NULL ? NULL : given->child; g != NULL && is_good; g = g->next) {
        cJSON *copy = cJSON_Duplicate(g, true);

        for (cJSON *v = list->child; v != NULL; v = v->next) {
            if (sv_eq(json_sv(v, "name"), json_sv(g, "name"))) {
                cJSON_Delete(cJSON_DetachItemViaPointer(list, v));
                break;
            }
        }
        if (copy != NULL && json_get(copy, "type") == NULL)
            is_good = member_put(copy, "type", SV("PLAINTEXT"));
        is_good = is_good && cJSON_AddItemToArray(list, copy);
        if (!is_good)
            cJSON_Delete(copy);
    }
    return is_good;
}

static bool put_seconds(cJSON *object, const char *name, int64_t ms)
{
    return member_set(object, name, cJSON_CreateNumber((double)ms / 1000.0));
}

static bool make_record(struct build *b, const cJSON *project, const struct codebuild_ask *ask,
                        int64_t number)
{
    const cJSON *over = ask->override;
    struct sv version = json_sv(over, "sourceVersion");
    cJSON *r = b->record;
    cJSON *artifacts = cJSON_CreateObject();
    cJSON *environment;
    cJSON *logs;
    bool is_good = member_put(artifacts, "location", SV(""));

    is_good = member_set(r, "artifacts", artifacts) && is_good;
    is_good =
        is_good &&
        members_copy(r, project,
                     "source sourceVersion cache environment serviceRole timeoutInMinutes "
                     "queuedTimeoutInMinutes encryptionKey vpcConfig") &&
        member_put(r, "id", sv_of(b->id)) &&
        member_putf(r, "arn", "arn:%s:codebuild:" SV_FMT ":" SV_FMT ":build/%s",
                    arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account), b->id) &&
        member_put_int(r, "buildNumber", number) && put_seconds(r, "startTime", b->s->now_ms) &&
        member_put(r, "buildStatus", SV("IN_PROGRESS")) &&
        member_put(r, "projectName", ask->project) && member_put(r, "initiator", ask->initiator) &&
        member_set(r, "buildComplete", cJSON_CreateFalse()) && member_list(r, "phases") != NULL;
    if (!is_good)
        return false;
    if (version.len > 0)
        is_good = member_put(r, "sourceVersion", version);
    if (ask->commit.len > 0)
        is_good = is_good && member_put(r, "resolvedSourceVersion", ask->commit);
    environment = cJSON_GetObjectItemCaseSensitive(r, "environment");
    is_good =
        is_good && override_variables(environment, json_get(over, "environmentVariablesOverride"));
    if (json_sv(over, "buildspecOverride").len > 0)
        is_good = is_good && member_put(cJSON_GetObjectItemCaseSensitive(r, "source"), "buildspec",
                                        json_sv(over, "buildspecOverride"));
    logs = member_object(r, "logs");
    return is_good && logs != NULL &&
           member_putf(logs, "deepLink",
                       "https://console.aws.amazon.com/cloudwatch/home?region=" SV_FMT
                       "#logEvent:group=null;stream=null",
                       SV_ARG(b->region));
}

/* {"role", "account", "region", "repository", "commit", "version", "group", "stream", "task"}; the
 * steps add "env", "spec", "at" and more (codebuild_run.c). A seeded project's role is not there:
 * its builds have none and may do what they do. */
static bool make_work(struct build *b, const cJSON *project, bool is_seeded,
                      const struct codebuild_ask *ask)
{
    const cJSON *logs = json_get(json_get(project, "logsConfig"), "cloudWatchLogs");
    struct sv location = json_sv(json_get(project, "source"), "location");
    struct codecommit_place source = ask->source;
    ptrdiff_t at = sv_find(location, SV("/v1/repos/"));
    cJSON *w = b->work;

    if (source.repository.len == 0 && at > 0)
        source = (struct codecommit_place){.account = b->account,
                                           .region = b->region,
                                           .repository = sv_drop(location, (size_t)at + 10)};
    if (json_sv(logs, "groupName").len > 0) {
        if (!member_put(w, "group", json_sv(logs, "groupName")))
            return false;
    } else if (!member_putf(w, "group", "/aws/codebuild/" SV_FMT, SV_ARG(ask->project))) {
        return false;
    }
    if (sv_eq(json_sv(logs, "status"), SV("DISABLED")) && !member_put(w, "group", SV("")))
        return false;
    return member_putf(w, "stream", SV_FMT "%s%s", SV_ARG(json_sv(logs, "streamName")),
                       json_sv(logs, "streamName").len > 0 ? "/" : "", strchr(b->id, ':') + 1) &&
           member_put(w, "role", is_seeded ? SV("") : json_sv(project, "serviceRole")) &&
           member_put(w, "account", source.account) && member_put(w, "region", source.region) &&
           member_put(w, "repository", source.repository) && member_put(w, "commit", ask->commit) &&
           member_put(w, "task", sv_of(ask->task));
}

static enum err_code begin(struct build *b, const cJSON *project, bool is_seeded,
                           const struct codebuild_ask *ask)
{
    int64_t number = 0;
    enum err_code rc = next_number(b->s, ask, &number, b->err);

    if (rc)
        return rc;
    b->record = cJSON_CreateObject();
    b->work = cJSON_CreateObject();
    if (!make_record(b, project, ask, number) || !make_work(b, project, is_seeded, ask))
        return mem_err(b->err);
    rc = build_begin_phase(b, "SUBMITTED");
    if (!rc)
        rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);
    if (!rc)
        rc = build_begin_phase(b, "QUEUED");
    if (!rc)
        rc = build_save(b);
    return rc ? rc : build_plan(b, 1000);
}

enum err_code codebuild_start(struct service *s, const struct codebuild_ask *ask,
                              struct codebuild_answer *answer, struct err *err)
{
    struct build b = {.s = s, .err = err, .account = ask->account, .region = ask->region};
    cJSON *record = NULL;
    bool is_seeded = false;
    enum err_code rc =
        codebuild_project(s, ask->account, ask->region, ask->project, &record, &is_seeded, err);

    *answer = (struct codebuild_answer){0};
    if (rc)
        return rc;
    if (record == NULL)
        return refuse(answer, "ResourceNotFoundException",
                      "Project cannot be found: arn:%s:codebuild:" SV_FMT ":" SV_FMT
                      ":project/" SV_FMT,
                      arn_partition(ask->region), SV_ARG(ask->region), SV_ARG(ask->account),
                      SV_ARG(ask->project));
    if (faults_strike(s->faults, FAULT_QUEUE, ask->project)) {
        cJSON_Delete(record);
        return refuse(answer, "AccountLimitExceededException",
                      "Cannot have more than 0 builds in queue for the account");
    }
    rc = make_id(s, ask, b.id, err);
    if (!rc)
        rc = begin(&b, json_get(record, "project"), is_seeded, ask);
    if (!rc)
        (void)snprintf(answer->id, sizeof answer->id, "%s", b.id);
    cJSON_Delete(record);
    build_release(&b);
    return rc;
}

enum err_code codebuild_find(struct service *s, struct sv account, struct sv region, struct sv id,
                             cJSON **out, struct err *err)
{
    struct record_key key = {.kind = kind, .account = account, .region = region, .name = id};
    struct seed_build b;
    enum err_code rc = record_get(s->records, &key, out, err);

    if (rc || *out != NULL || !seed_build_find(s->world, account, region, id, &b))
        return rc;
    *out = seed_build_json(&b, 0);
    return *out == NULL ? mem_err(err) : ERR_OK;
}

/* ---- operations ---- */

static cJSON *project_record(struct call *c, struct sv name)
{
    cJSON *record = NULL;

    if (!c->has_failed)
        (void)call_ok(
            c, codebuild_project(c->service, c->account, c->region, name, &record, NULL, c->err));
    return record;
}

static cJSON *build_record(struct call *c, struct sv id)
{
    cJSON *build = NULL;

    if (!c->has_failed)
        (void)call_ok(c, codebuild_find(c->service, c->account, c->region, id, &build, c->err));
    return build;
}

static void start(struct call *c, struct sv project, struct sv commit, const cJSON *input)
{
    struct codebuild_ask ask = {.account = c->account,
                                .region = c->region,
                                .project = project,
                                .initiator = c->request->who.arn,
                                .commit = commit,
                                .override = input};
    struct codebuild_answer answer;
    cJSON *build = NULL;

    while (sv_find(ask.initiator, SV("/")) >= 0)
        (void)sv_cut(ask.initiator, '/', &ask.initiator);
    if (c->has_failed || !call_ok(c, codebuild_start(c->service, &ask, &answer, c->err)))
        return;
    if (answer.code != NULL)
        call_fail(c, 400, answer.code, "%s", answer.why);
    else if (call_ok(c, codebuild_find(c->service, c->account, c->region, sv_of(answer.id), &build,
                                       c->err)))
        (void)call_add(c, c->out, "build", build);
}

void codebuild_start_build(struct call *c)
{
    struct sv name = call_text(c, "projectName", true);
    cJSON *project;

    if (sv_find(name, SV(":project/")) > 0)
        name = sv_drop(name, (size_t)sv_find(name, SV(":project/")) + 9);
    project = project_record(c, name);
    if (project != NULL && sv_eq(json_sv(json_get(json_get(project, "project"), "source"), "type"),
                                 SV("CODEPIPELINE")))
        call_fail(c, 400, invalid,
                  "Project source type CODEPIPELINE can only be built by a pipeline");
    cJSON_Delete(project);
    start(c, name, SV_NONE, c->in);
}

/* The id alone, of an ARN too. */
static struct sv id_of(struct sv text)
{
    ptrdiff_t at = sv_find(text, SV(":build/"));

    return at > 0 ? sv_drop(text, (size_t)at + 7) : text;
}

/* ---- a retry's token ---- */

static struct record_key token_key(const struct call *c, struct sv token)
{
    return (struct record_key){
        .kind = "codebuild.token", .account = c->account, .region = c->region, .name = token};
}

/* The same request with the same token within five minutes is answered with the same build. */
static bool answered_before(struct call *c, struct sv token, struct sv id)
{
    const struct record_key key = token_key(c, token);
    cJSON *record = NULL;
    cJSON *build = NULL;

    if (c->has_failed || token.len == 0 ||
        !call_ok(c, record_get(c->service->records, &key, &record, c->err)))
        return false;
    if (record == NULL || c->service->now_ms - json_int(record, "at", 0) > TOKEN_MS) {
        cJSON_Delete(record);
        return false;
    }
    if (!sv_eq(json_sv(record, "of"), id))
        call_fail(c, 400, invalid, "The idempotency token was given with another build");
    else if ((build = build_record(c, json_sv(record, "build"))) != NULL)
        (void)call_add(c, c->out, "build", build);
    cJSON_Delete(record);
    return true;
}

static void keep_token(struct call *c, struct sv token, struct sv id)
{
    const struct record_key key = token_key(c, token);
    struct sv made = json_sv(json_get(c->out, "build"), "id");
    cJSON *record;

    if (c->has_failed || token.len == 0)
        return;
    record = cJSON_CreateObject();
    if (member_put(record, "of", id) && member_put(record, "build", made) &&
        member_put_int(record, "at", c->service->now_ms))
        (void)call_ok(c, record_put(c->service->records, &key, record, c->err));
    else
        (void)call_ok(c, mem_err(c->err));
    cJSON_Delete(record);
}

void codebuild_retry_build(struct call *c)
{
    struct sv id = id_of(call_text(c, "id", true));
    struct sv token = call_text(c, "idempotencyToken", false);
    cJSON *build;

    if (answered_before(c, token, id))
        return;
    build = build_record(c, id);
    if (build == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "Build cannot be found: " SV_FMT,
                  SV_ARG(id));
    else
        start(c, json_sv(build, "projectName"), json_sv(build, "resolvedSourceVersion"), NULL);
    keep_token(c, token, id);
    cJSON_Delete(build);
}

/* One that is over stays as it is. What AWS says to that is not known: the model has no other error
 * that fits. */
static void stop_seeded(struct call *c, struct sv id)
{
    struct seed_build b;
    cJSON *build = NULL;

    if (!seed_build_find(c->service->world, c->account, c->region, id, &b))
        call_fail(c, 400, "ResourceNotFoundException", "Build cannot be found: " SV_FMT,
                  SV_ARG(id));
    else if (b.end != SEED_GOES_ON)
        call_fail(c, 400, invalid, "The build is over: it cannot be stopped");
    else if (call_ok(c, seed_build_stop(c->service, &b, &build, c->err)))
        (void)call_add(c, c->out, "build", build);
}

void codebuild_stop_build(struct call *c)
{
    struct sv id = id_of(call_text(c, "id", true));
    struct build b = {0};

    if (c->has_failed || !call_ok(c, build_load(c->service, c->account, c->region, id, &b, c->err)))
        return;
    if (b.record == NULL)
        stop_seeded(c, id);
    else if (b.work == NULL)
        call_fail(c, 400, invalid, "The build is over: it cannot be stopped");
    else if (call_ok(c, build_end_phase(&b, "STOPPED", NULL, NULL)) &&
             call_ok(c, build_complete(&b, "STOPPED")) && call_ok(c, build_save(&b)))
        call_put_copy(c, "build", b.record);
    build_release(&b);
}

void codebuild_get_builds(struct call *c)
{
    const cJSON *ids = json_get(c->in, "ids");
    cJSON *found = call_add(c, c->out, "builds", cJSON_CreateArray());
    cJSON *missing = call_add(c, c->out, "buildsNotFound", cJSON_CreateArray());

    if (!cJSON_IsArray(ids) || ids->child == NULL || cJSON_GetArraySize(ids) > BATCH_MAX)
        call_fail(c, 400, invalid, "Invalid build ids: 1 to %d are needed", BATCH_MAX);
    for (const cJSON *i = c->has_failed ? NULL : ids->child; i != NULL && !c->has_failed;
         i = i->next) {
        cJSON *build = build_record(c, id_of(json_item_sv(i)));

        if (build != NULL)
            (void)call_add(c, found, NULL, build);
        else
            (void)call_add(c, missing, NULL, item_text(json_item_sv(i)));
    }
}

struct listed {
    int64_t at_ms;
    char *id;
};

struct listing {
    struct call *call;
    struct listed *rows;
    size_t count;
    size_t size;
};

static enum err_code add_build(struct listing *l, int64_t at_ms, struct sv id)
{
    struct listed row = {.at_ms = at_ms, .id = mem_alloc(id.len + 1)};

    if (row.id == NULL)
        return mem_err(l->call->err);
    memcpy(row.id, id.ptr, id.len);
    if (l->count == l->size) {
        size_t size = l->size == 0 ? 64 : l->size * 2;
        struct listed *grown = mem_resize(l->rows, size, sizeof *grown);

        if (grown == NULL) {
            mem_free(row.id);
            return mem_err(l->call->err);
        }
        l->rows = grown;
        l->size = size;
    }
    l->rows[l->count++] = row;
    return ERR_OK;
}

static enum err_code add_kept(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on UNUSED, struct err *err UNUSED)
{
    const cJSON *at = json_get(value, "startTime");

    return add_build(owner, cJSON_IsNumber(at) ? (int64_t)(at->valuedouble * 1000.0) : 0,
                     key->name);
}

static bool add_seeded(void *owner, const struct seed_build *b)
{
    struct listing *l = owner;
    char id[SEED_BUILD_ID_SIZE];

    seed_build_id(b, id);
    return call_ok(l->call, add_build(l, b->began_ms, sv_of(id)));
}

static int newest_first(const void *a, const void *b)
{
    const struct listed *first = a;
    const struct listed *second = b;

    if (first->at_ms != second->at_ms)
        return first->at_ms > second->at_ms ? -1 : 1;
    return strcmp(first->id, second->id);
}

static void put_page(struct call *c, const struct listed *rows, int64_t count)
{
    struct sv token = call_text(c, "nextToken", false);
    bool is_rising = sv_eq(call_text(c, "sortOrder", false), SV("ASCENDING"));
    cJSON *ids = call_add(c, c->out, "ids", cJSON_CreateArray());
    int64_t at = 0;
    int64_t end;
    char next[24];

    if (token.len > 0 && (!sv_to_int(token, &at) || at < 0 || at > count))
        call_fail(c, 400, invalid, "Invalid next token");
    if (c->has_failed)
        return;
    end = at + PAGE < count ? at + PAGE : count;
    (void)snprintf(next, sizeof next, "%lld", (long long)end);
    for (; at < end && !c->has_failed; at++)
        (void)call_add(c, ids, NULL, cJSON_CreateString(rows[is_rising ? count - 1 - at : at].id));
    if (end < count)
        call_put(c, "nextToken", sv_of(next));
}

/* All builds, or those of one project. */
static void list(struct call *c, struct sv project)
{
    struct listing l = {.call = c};
    char prefix[300] = "";
    struct record_key key = {.kind = kind, .account = c->account, .region = c->region};

    if (project.len > 0)
        (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(sv_take(project, 256)));
    key.name = sv_of(prefix);
    if (!c->has_failed &&
        call_ok(c, record_each(c->service->records, &key, SV(""), add_kept, &l, c->err)))
        seed_build_each(c->service->world, c->account, c->region, project, add_seeded, &l);
    if (l.count > 0)
        qsort(l.rows, l.count, sizeof *l.rows, newest_first);
    if (!c->has_failed)
        put_page(c, l.rows, (int64_t)l.count);
    for (size_t i = 0; i < l.count; i++)
        mem_free(l.rows[i].id);
    mem_free(l.rows);
}

void codebuild_list_builds(struct call *c)
{
    list(c, SV(""));
}

void codebuild_list_project_builds(struct call *c)
{
    struct sv name = call_text(c, "projectName", true);
    cJSON *project = project_record(c, name);

    if (project == NULL)
        call_fail(c, 400, "ResourceNotFoundException",
                  "Project cannot be found: arn:%s:codebuild:" SV_FMT ":" SV_FMT ":project/" SV_FMT,
                  arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account), SV_ARG(name));
    cJSON_Delete(project);
    list(c, name);
}
