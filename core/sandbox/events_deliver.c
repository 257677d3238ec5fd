/* Events go to the targets of the rules that they match: CodeCommit's own, and those of PutEvents.
 *
 * Only pipelines are started. A target whose role may not do so gets nothing, as at AWS, where only
 * the metric FailedInvocations tells. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/events_pattern.h"
#include "core/sandbox/events_rule.h"
#include "core/sandbox/members.h"

static const int64_t DELIVERY_MS = 500;

/* ---- to targets ---- */

/* arn:aws:codepipeline:REGION:ACCOUNT:NAME */
struct pipeline_arn {
    struct sv region;
    struct sv account;
    struct sv name;
};

static bool read_arn(struct sv arn, struct pipeline_arn *out)
{
    struct sv rest;
    struct sv service;

    (void)sv_cut(arn, ':', &rest);
    (void)sv_cut(rest, ':', &rest);
    service = sv_cut(rest, ':', &rest);
    out->region = sv_cut(rest, ':', &rest);
    out->account = sv_cut(rest, ':', &rest);
    out->name = rest;
    return sv_eq(service, SV("codepipeline")) && rest.len > 0;
}

static enum err_code may_start(struct service *s, const cJSON *target, bool *may, struct err *err)
{
    struct iam_caller caller = {.account = SV(""), .arn = SV("events.amazonaws.com")};
    struct sv role = json_sv(target, "RoleArn");
    char why[IAM_WHY_MAX];
    enum err_code rc;

    *may = false;
    if (role.len == 0)
        return ERR_OK;
    rc = iam_may_assume(s, &caller, role, may, why, err);
    if (rc || !*may)
        return rc;
    return iam_role_allows(s, role, SV("codepipeline:StartPipelineExecution"),
                           json_sv(target, "Arn"), may, err);
}

struct delivery {
    struct service *service;
    const struct events_event *event;
};

static enum err_code to_target(struct service *s, const struct record_key *rule,
                               const cJSON *target, struct err *err)
{
    char arn[EVENTS_ARN_MAX];
    struct pipeline_arn to;
    bool may;
    enum err_code rc;

    if (!read_arn(json_sv(target, "Arn"), &to))
        return ERR_OK;
    rc = may_start(s, target, &may, err);
    if (rc || !may)
        return rc;
    rule_arn(rule->account, rule->region, rule->name, arn);
    return pipelines_trigger(s, to.account, to.region, to.name, sv_of(arn), err);
}

static enum err_code to_rule(void *owner, const struct record_key *key, const cJSON *rule,
                             bool *goes_on UNUSED, struct err *err)
{
    struct delivery *d = owner;
    cJSON *pattern = NULL;
    enum err_code rc = ERR_OK;
    bool matches;

    if (!sv_eq(json_sv(rule, "State"), SV("ENABLED")) || json_get(rule, "EventPattern") == NULL)
        return ERR_OK;
    rc = json_parse(json_sv(rule, "EventPattern"), &pattern, err);
    matches = !rc && pattern_matches(pattern, d->event->event);
    cJSON_Delete(pattern);
    for (const cJSON *t = matches ? json_list(rule, "Targets") : NULL; t != NULL && !rc;
         t = t->next)
        rc = to_target(d->service, key, t, err);
    return rc;
}

enum err_code events_deliver(struct service *s, const struct events_event *event, struct err *err)
{
    struct record_key rules = {
        .kind = RULE_KIND, .account = event->account, .region = event->region};
    struct delivery d = {.service = s, .event = event};

    return record_each(s->records, &rules, SV(""), to_rule, &d, err);
}

/* ---- CodeCommit's ---- */

enum err_code events_reference_changed(struct service *s, const struct events_reference *reference,
                                       struct err *err)
{
    struct later later = {.at_ms = s->now_ms + service_quick(s, DELIVERY_MS),
                          .kind = "events.reference"};
    CLEANUP(sb_release) struct sb text;
    struct jw w;
    enum err_code rc;

    sb_init(&text, sizeof later.name - 1);
    jw_init(&w, &text, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "repository", reference->repository);
    jw_put_sv(&w, "branch", reference->branch);
    jw_put_sv(&w, "commit", reference->commit);
    jw_put_sv(&w, "old", reference->old_commit);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(reference->account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(reference->region));
    (void)snprintf(later.name, sizeof later.name, "%s", sb_cstr(&text));
    return later_add(s->records, &later, err);
}

/* The envelope that every event has. NULL = no memory. */
static cJSON *envelope(struct service *s, const struct events_event *to, struct sv source,
                       struct sv type, struct err *err)
{
    char time[TIME_RFC3339_SIZE];
    char id[UID_SIZE];
    uint64_t number;
    cJSON *event = cJSON_CreateObject();

    if (records_next(s->records, &number, err)) {
        cJSON_Delete(event);
        return NULL;
    }
    (void)uid_text(uid_derive(s->token_seed, number), id);
    (void)time_rfc3339(s->now_ms / 1000 * 1000, time);
    if (event != NULL && member_put(event, "version", SV("0")) &&
        member_put(event, "id", sv_of(id)) && member_put(event, "detail-type", type) &&
        member_put(event, "source", source) && member_put(event, "account", to->account) &&
        member_put(event, "time", sv_of(time)) && member_put(event, "region", to->region) &&
        member_list(event, "resources") != NULL)
        return event;
    cJSON_Delete(event);
    (void)mem_err(err);
    return NULL;
}

/* A deleted branch tells its last commit as commitId too: nothing documents what else it could be.
 */
static bool fill_reference(cJSON *event, const struct later *later, const cJSON *reference,
                           struct sv repository_id)
{
    struct sv repository = json_sv(reference, "repository");
    struct sv branch = json_sv(reference, "branch");
    struct sv commit = json_sv(reference, "commit");
    struct sv old = json_sv(reference, "old");
    cJSON *detail = member_object(event, "detail");
    cJSON *resources = member_list(event, "resources");
    char arn[512];

    (void)snprintf(arn, sizeof arn, "arn:%s:codecommit:%s:%s:" SV_FMT,
                   arn_partition(sv_of(later->region)), later->region, later->account,
                   SV_ARG(repository));
    return detail != NULL && resources != NULL && list_add(resources, sv_of(arn)) &&
           member_put(detail, "event",
                      commit.len == 0 ? SV("referenceDeleted")
                      : old.len == 0  ? SV("referenceCreated")
                                      : SV("referenceUpdated")) &&
           member_put(detail, "repositoryName", repository) &&
           member_put(detail, "repositoryId", repository_id) &&
           member_put(detail, "referenceType", SV("branch")) &&
           member_put(detail, "referenceName", branch) &&
           member_putf(detail, "referenceFullName", "refs/heads/" SV_FMT, SV_ARG(branch)) &&
           member_put(detail, "commitId", commit.len == 0 ? old : commit) &&
           (old.len == 0 || member_put(detail, "oldCommitId", old));
}

enum err_code events_tell_reference(struct service *s, const struct later *later, struct err *err)
{
    struct events_event to = {.account = sv_of(later->account), .region = sv_of(later->region)};
    struct record_key key = {.kind = REPOSITORY_KIND, .account = to.account, .region = to.region};
    cJSON *repository = NULL;
    cJSON *reference;
    cJSON *event = NULL;
    enum err_code rc = json_parse(sv_of(later->name), &reference, err);

    if (rc)
        return rc;
    key.name = json_sv(reference, "repository");
    rc = record_get(s->records, &key, &repository, err);
    /* Deleted or renamed meanwhile: nobody is told. */
    if (!rc && repository != NULL) {
        event =
            envelope(s, &to, SV("aws.codecommit"), SV("CodeCommit Repository State Change"), err);
        to.event = event;
        rc = event != NULL && fill_reference(event, later, reference, json_sv(repository, "id"))
                 ? events_deliver(s, &to, err)
                 : mem_err(err);
    }
    cJSON_Delete(event);
    cJSON_Delete(repository);
    cJSON_Delete(reference);
    return rc;
}

/* ---- those of PutEvents ---- */

enum { ENTRIES_MOST = 10, ENTRIES_BYTES = 256 << 10 };

/* Takes the detail. */
static bool fill_entry(cJSON *event, const cJSON *entry, cJSON *detail)
{
    const cJSON *resources = json_get(entry, "Resources");

    return member_set(event, "detail", detail) &&
           (resources == NULL || member_set(event, "resources", cJSON_Duplicate(resources, true)));
}

/* NULL, and *code says why it cannot be; or, without a code, memory is short. */
static cJSON *event_of(struct call *c, const struct events_event *to, const cJSON *entry,
                       const char **code, const char **why)
{
    struct sv source = json_sv(entry, "Source");
    struct err err = {0};
    cJSON *detail = NULL;
    cJSON *event;

    *code = "InvalidArgument";
    *why =
        "Parameter Source, DetailType or Detail is not valid. Reason: it is a required argument.";
    if (source.len == 0 || json_sv(entry, "DetailType").len == 0 ||
        json_sv(entry, "Detail").len == 0)
        return NULL;
    *code = "NotAuthorizedForSourceException";
    *why = "Not authorized for the source.";
    if (sv_starts(source, SV("aws.")))
        return NULL;
    *code = "MalformedDetail";
    *why = "Detail is malformed.";
    if (json_parse(json_sv(entry, "Detail"), &detail, &err) || !cJSON_IsObject(detail)) {
        cJSON_Delete(detail);
        return NULL;
    }
    *code = NULL;
    event = envelope(c->service, to, source, json_sv(entry, "DetailType"), c->err);
    if (fill_entry(event, entry, detail))
        return event;
    cJSON_Delete(event);
    return NULL;
}

static bool put_entry(struct call *c, cJSON *results, const cJSON *entry)
{
    struct events_event to = {.account = c->account, .region = c->region};
    cJSON *result = call_add(c, results, NULL, cJSON_CreateObject());
    const char *code;
    const char *why;
    cJSON *event = result == NULL ? NULL : event_of(c, &to, entry, &code, &why);
    bool is_put = event != NULL;

    if (result == NULL)
        return false;
    if (is_put) {
        to.event = event;
        (void)rule_check(c, member_put(result, "EventId", json_sv(event, "id")));
        if (!c->has_failed)
            (void)call_ok(c, events_deliver(c->service, &to, c->err));
    } else {
        (void)rule_check(c, code != NULL && member_put(result, "ErrorCode", sv_of(code)) &&
                                member_put(result, "ErrorMessage", sv_of(why)));
    }
    cJSON_Delete(event);
    return is_put;
}

void events_put_events(struct call *c)
{
    const cJSON *entries = json_get(c->in, "Entries");
    int count = cJSON_GetArraySize(entries);
    int failed = 0;
    cJSON *results;

    if (count < 1 || count > ENTRIES_MOST)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                  "Member must have length between 1 and %d",
                  ENTRIES_MOST);
    else if (c->request->body.len > ENTRIES_BYTES)
        call_fail(c, 400, "ValidationException",
                  "Total size of the entries in the request is over the limit.");
    if (c->has_failed)
        return;
    results = call_add(c, c->out, "Entries", cJSON_CreateArray());
    for (const cJSON *e = entries->child; e != NULL && !c->has_failed; e = e->next)
        failed += put_entry(c, results, e) ? 0 : 1;
    call_put_int(c, "FailedEntryCount", failed);
}
