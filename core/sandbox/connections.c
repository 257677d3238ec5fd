#include "core/sandbox/connections.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/members.h"
#include "core/sandbox/tagging.h"

static const char kind[] = "connections.connection"; /* by the UUID of its ARN */

static const int64_t HANDSHAKE_MS = 20 * 1000;
enum { PAGE = 100, NAME_MAX_LEN = 32 };

static const char *const providers[] = {"Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab",
                                        "GitLabSelfManaged"};

/* arn:aws:SERVICE:REGION:ACCOUNT:connection/UUID of either service. */
struct connection_arn {
    struct sv region;
    struct sv account;
    struct sv id;
};

static bool read_arn(struct sv arn, struct connection_arn *out)
{
    struct sv rest;
    struct sv service;

    if (!sv_eq(sv_cut(arn, ':', &rest), SV("arn")))
        return false;
    (void)sv_cut(rest, ':', &rest);
    service = sv_cut(rest, ':', &rest);
    out->region = sv_cut(rest, ':', &rest);
    out->account = sv_cut(rest, ':', &rest);
    if (!sv_starts(rest, SV("connection/")))
        return false;
    out->id = sv_drop(rest, 11);
    return sv_eq(service, SV("codeconnections")) || sv_eq(service, SV("codestar-connections"));
}

/* The caller's connection with the ARN of that member, or NULL and the refusal. */
static cJSON *find(struct call *c, const char *member, struct sv *id)
{
    struct sv text = call_text(c, member, true);
    struct connection_arn arn;
    cJSON *record = NULL;

    *id = SV_NONE;
    if (!c->has_failed && read_arn(text, &arn) && sv_eq(arn.region, c->region) &&
        sv_eq(arn.account, c->account)) {
        *id = arn.id;
        record = call_record(c, kind, c->region, arn.id);
    }
    if (record == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "Connection not found: " SV_FMT,
                  SV_ARG(text));
    return record;
}

static bool is_provider(struct sv text)
{
    for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
        if (sv_eq(text, sv_of(providers[i])))
            return true;
    }
    return false;
}

static void check(struct call *c, struct sv name, struct sv provider)
{
    if (!c->has_failed && (name.len == 0 || name.len > NAME_MAX_LEN))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'connectionName' failed to "
                  "satisfy constraint: Member must have length between 1 and %d",
                  SV_ARG(sv_take(name, 200)), NAME_MAX_LEN);
    if (!c->has_failed && !is_provider(provider))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'providerType' failed to "
                  "satisfy constraint: Member must satisfy enum value set: [Bitbucket, GitHub, "
                  "GitHubEnterpriseServer, GitLab, GitLabSelfManaged]",
                  SV_ARG(sv_take(provider, 200)));
}

static enum err_code plan_handshake(struct service *s, struct sv account, struct sv region,
                                    const char *id, struct err *err)
{
    struct later later = {.at_ms = s->now_ms + service_quick(s, HANDSHAKE_MS),
                          .kind = "connections.handshake"};

    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(region));
    (void)snprintf(later.name, sizeof later.name, "%s", id);
    return later_add(s->records, &later, err);
}

static cJSON *make(struct call *c, const char *id, struct sv name, struct sv provider)
{
    cJSON *record = cJSON_CreateObject();

    if (member_putf(record, "Arn", "arn:%s:" SV_FMT ":" SV_FMT ":" SV_FMT ":connection/%s",
                    arn_partition(c->region), SV_ARG(c->request->service), SV_ARG(c->region),
                    SV_ARG(c->account), id) &&
        member_put(record, "ConnectionName", name) &&
        member_put(record, "ProviderType", provider) &&
        member_put(record, "OwnerAccountId", c->account) &&
        member_put(record, "ConnectionStatus", SV("PENDING")) &&
        call_ok(c, tags_merge(record, json_get(c->in, "Tags"), c->err)))
        return record;
    cJSON_Delete(record);
    if (!c->has_failed)
        (void)call_ok(c, mem_err(c->err));
    return NULL;
}

void connections_create(struct call *c)
{
    struct sv name = call_text(c, "ConnectionName", true);
    struct sv provider = call_text(c, "ProviderType", false);
    uint64_t number = 0;
    char id[UID_SIZE];
    cJSON *record;

    check(c, name, provider.ptr == NULL ? SV("Bitbucket") : provider);
    if (c->has_failed || !call_ok(c, records_next(c->service->records, &number, c->err)))
        return;
    (void)uid_text(uid_derive(c->service->token_seed, number ^ 0x636f6e6e656374ULL), id);
    record = make(c, id, name, provider.ptr == NULL ? SV("Bitbucket") : provider);
    if (record != NULL &&
        call_ok(c, plan_handshake(c->service, c->account, c->region, id, c->err)) &&
        call_store(c, kind, c->region, sv_of(id), record)) {
        call_put(c, "ConnectionArn", json_sv(record, "Arn"));
        call_put_copy(c, "Tags", json_get(record, "Tags"));
    }
    cJSON_Delete(record);
}

enum err_code connections_handshake(struct service *s, const struct later *later, struct err *err)
{
    struct record_key key = {.kind = kind,
                             .account = sv_of(later->account),
                             .region = sv_of(later->region),
                             .name = sv_of(later->name)};
    cJSON *record = NULL;
    enum err_code rc = record_get(s->records, &key, &record, err);

    if (rc || record == NULL)
        return rc;
    if (faults_strike(s->faults, FAULT_HANDSHAKE, json_sv(record, "ConnectionName"))) {
        cJSON_Delete(record);
        return plan_handshake(s, key.account, key.region, later->name, err);
    }
    if (!member_put(record, "ConnectionStatus", SV("AVAILABLE")))
        rc = mem_err(err);
    if (!rc)
        rc = record_put(s->records, &key, record, err);
    cJSON_Delete(record);
    return rc;
}

enum err_code connections_status(struct service *s, struct sv arn,
                                 char status[CONNECTION_STATUS_MAX], struct err *err)
{
    struct connection_arn parts;
    struct record_key key = {.kind = kind};
    cJSON *record = NULL;
    enum err_code rc;

    status[0] = '\0';
    if (!read_arn(arn, &parts))
        return ERR_OK;
    key.account = parts.account;
    key.region = parts.region;
    key.name = parts.id;
    rc = record_get(s->records, &key, &record, err);
    if (!rc && record != NULL)
        (void)snprintf(status, CONNECTION_STATUS_MAX, SV_FMT,
                       SV_ARG(json_sv(record, "ConnectionStatus")));
    cJSON_Delete(record);
    return rc;
}

/* As the API shows it; NULL = no memory. */
static cJSON *shown(const cJSON *record)
{
    cJSON *out = cJSON_CreateObject();

    if (members_copy(out, record,
                     "ConnectionName ProviderType OwnerAccountId ConnectionStatus HostArn") &&
        member_put(out, "ConnectionArn", json_sv(record, "Arn")))
        return out;
    cJSON_Delete(out);
    return NULL;
}

void connections_get(struct call *c)
{
    struct sv id;
    cJSON *record = find(c, "ConnectionArn", &id);

    if (record != NULL)
        (void)call_add(c, c->out, "Connection", shown(record));
    cJSON_Delete(record);
}

struct listing {
    struct call *call;
    cJSON *out;
    struct sv provider;
    int64_t left;
    char last[64];
    bool has_more;
};

static enum err_code put_one(void *owner, const struct record_key *key, const cJSON *value,
                             bool *goes_on, struct err *err UNUSED)
{
    struct listing *l = owner;

    if (l->provider.len > 0 && !sv_eq(l->provider, json_sv(value, "ProviderType")))
        return ERR_OK;
    l->has_more = l->left == 0;
    *goes_on = l->left > 0;
    if (l->left-- <= 0)
        return ERR_OK;
    (void)snprintf(l->last, sizeof l->last, SV_FMT, SV_ARG(key->name));
    (void)call_add(l->call, l->out, NULL, shown(value));
    return l->call->rc;
}

void connections_list(struct call *c)
{
    struct listing l = {.call = c, .provider = call_text(c, "ProviderTypeFilter", false)};
    struct sv after = call_text(c, "NextToken", false);
    struct record_key key = {.kind = kind, .account = c->account, .region = c->region};
    int64_t most = call_int(c, "MaxResults", 0, PAGE, PAGE);

    l.left = most == 0 ? PAGE : most;
    l.out = call_add(c, c->out, "Connections", cJSON_CreateArray());
    if (c->has_failed ||
        !call_ok(c, record_each(c->service->records, &key, after, put_one, &l, c->err)))
        return;
    if (l.has_more)
        call_put(c, "NextToken", sv_of(l.last));
}

void connections_delete(struct call *c)
{
    struct record_key key = {.kind = kind, .account = c->account, .region = c->region};
    cJSON *record = find(c, "ConnectionArn", &key.name);

    if (record != NULL)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
    cJSON_Delete(record);
}

void connections_tag(struct call *c)
{
    struct sv id;
    cJSON *record = find(c, "ResourceArn", &id);

    if (record != NULL && call_ok(c, tags_merge(record, json_get(c->in, "Tags"), c->err)))
        (void)call_store(c, kind, c->region, id, record);
    cJSON_Delete(record);
}

void connections_untag(struct call *c)
{
    struct sv id;
    cJSON *record = find(c, "ResourceArn", &id);

    if (record != NULL) {
        tags_drop(record, json_get(c->in, "TagKeys"));
        (void)call_store(c, kind, c->region, id, record);
    }
    cJSON_Delete(record);
}

void connections_list_tags(struct call *c)
{
    struct sv id;
    cJSON *record = find(c, "ResourceArn", &id);

    if (record != NULL)
        (void)call_add(c, c->out, "Tags", tags_list(record, "Key", "Value"));
    cJSON_Delete(record);
}
