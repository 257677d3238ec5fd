/* CloudFormation: drift. A stack is compared when it is asked for; that it takes AWS a while is
 * shown, the answer is as of the beginning. */
#include "core/sandbox/cfn_drift.h"

#include "core/base/mem.h"
#include "core/sandbox/cfn_live.h"
#include "core/sandbox/cfn_request.h"

enum { DETECTION_MS = 4000, PAGE_MAX = 100, PATH_SIZE = 512, DEPTH_MAX = 8 };

/* ---- what was found before ---- */

static void drift_name(const cJSON *stack, char out[UID_SIZE])
{
    struct sv id = json_sv(stack, "Id");

    (void)snprintf(out, UID_SIZE, SV_FMT,
                   SV_ARG(sv_drop(id, id.len > UID_SIZE - 1 ? id.len - (UID_SIZE - 1) : 0)));
}

static cJSON *load(struct cfn *c, const cJSON *stack)
{
    char name[UID_SIZE];
    struct record_key key = {.kind = "cfn.drift", .account = c->account, .region = c->region};
    cJSON *drift = NULL;

    if (stack == NULL || c->has_failed)
        return NULL;
    drift_name(stack, name);
    key.name = sv_of(name);
    (void)cfn_ok(c, record_get(c->service->records, &key, &drift, c->err));
    return drift;
}

cJSON *drift_load(struct cfn *c, const cJSON *stack)
{
    cJSON *drift = load(c, stack);

    if (json_int(drift, "Done", 0) <= c->service->now_ms)
        return drift;
    cJSON_Delete(drift);
    return NULL;
}

static void save(struct cfn *c, const cJSON *stack, const cJSON *drift)
{
    char name[UID_SIZE];
    struct record_key key = {.kind = "cfn.drift", .account = c->account, .region = c->region};

    drift_name(stack, name);
    key.name = sv_of(name);
    if (!c->has_failed)
        (void)cfn_ok(c, record_put(c->service->records, &key, drift, c->err));
}

/* ---- comparing ---- */

struct compare {
    struct cfn *c;
    cJSON *differences;
    int depth;
};

static cJSON *text_of(struct cfn *c, const cJSON *item)
{
    char *text;
    cJSON *out;

    if (item == NULL)
        return cfn_text(c, SV("null"));
    if (cJSON_IsString(item))
        return cfn_text(c, json_item_sv(item));
    text = cJSON_PrintUnformatted(item);
    out = text == NULL ? NULL : cfn_text(c, sv_of(text));
    cJSON_free(text);
    if (out == NULL)
        (void)cfn_ok(c, mem_err(c->err));
    return out;
}

static void add_difference(struct compare *x, const char *path, const cJSON *was, const cJSON *is)
{
    struct cfn *c = x->c;
    cJSON *item = cfn_put(c, x->differences, NULL, cfn_object(c));

    cfn_put_text(c, item, "PropertyPath", sv_of(path));
    (void)cfn_put(c, item, "ExpectedValue", text_of(c, was));
    (void)cfn_put(c, item, "ActualValue", text_of(c, is));
    cfn_put_text(c, item, "DifferenceType",
                 was == NULL  ? SV("ADD")
                 : is == NULL ? SV("REMOVE")
                              : SV("NOT_EQUAL"));
}

/* Down to the member that differs; lists are told as a whole. */
static void compare(struct compare *x, const char *path, const cJSON *was, const cJSON *is)
{
    char inner[PATH_SIZE];

    if (was != NULL && is != NULL && cJSON_Compare(was, is, true))
        return;
    if (!cJSON_IsObject(was) || !cJSON_IsObject(is) || x->depth == DEPTH_MAX) {
        if (was != NULL || is != NULL)
            add_difference(x, path, was, is);
        return;
    }
    x->depth++;
    for (const cJSON *m = was->child; m != NULL; m = m->next) {
        (void)snprintf(inner, sizeof inner, "%s/%s", path, m->string);
        compare(x, inner, m, cfn_find(is, sv_of(m->string)));
    }
    for (const cJSON *m = is->child; m != NULL; m = m->next) {
        (void)snprintf(inner, sizeof inner, "%s/%s", path, m->string);
        if (cfn_find(was, sv_of(m->string)) == NULL)
            compare(x, inner, NULL, m);
    }
    x->depth--;
}

/* Only what the template says counts, as at AWS. */
static void compare_all(struct compare *x, const cJSON *entry, const cJSON *now, cJSON *actual)
{
    const cJSON *properties = json_get(entry, "Properties");
    const cJSON *then = json_get(entry, "Live");

    for (const cJSON *p = properties == NULL ? NULL : properties->child; p != NULL; p = p->next) {
        const cJSON *was = json_get(then, p->string);
        const cJSON *is = json_get(now, p->string);
        char path[PATH_SIZE];

        if (was == NULL && is == NULL)
            continue;
        (void)snprintf(path, sizeof path, "/%s", p->string);
        compare(x, path, was, is);
        if (was == NULL || is == NULL || !cJSON_Compare(was, is, true)) {
            if (is == NULL)
                cfn_drop(actual, p->string);
            else
                (void)cfn_put(x->c, actual, p->string, cfn_copy(x->c, is));
        }
    }
}

/* One that the demo says has drifted: what it says, it is. */
static void tell_seeded(struct compare *x, const cJSON *told)
{
    if (json_get(told, "Path") != NULL)
        add_difference(x, json_sv(told, "Path").ptr, json_get(told, "Expected"),
                       json_get(told, "Actual"));
}

/* The status, and all that is found, into the result; NULL: drift of that type is not detected. */
static const char *judge(struct compare *x, const cJSON *entry, bool is_seeded, cJSON *result)
{
    struct cfn *c = x->c;
    const cJSON *told = json_get(entry, "SeedDrift");
    cJSON *actual = cfn_copy(c, json_get(entry, "Properties"));
    cJSON *now = NULL;
    const char *status = "IN_SYNC";

    if (told != NULL)
        tell_seeded(x, told);
    else if (!is_seeded && !live_read(c, entry, &now))
        status = NULL;
    else if (!is_seeded && json_get(entry, "Live") != NULL && now != NULL)
        compare_all(x, entry, now, actual);
    if (status != NULL && (sv_eq(json_sv(told, "Status"), SV("DELETED")) ||
                           (!is_seeded && told == NULL && now == NULL)))
        status = "DELETED";
    else if (status != NULL && x->differences != NULL && x->differences->child != NULL)
        status = "MODIFIED";
    if (status != NULL) {
        (void)cfn_put(c, result, "Expected", text_of(c, json_get(entry, "Properties")));
        if (strcmp(status, "DELETED") != 0)
            (void)cfn_put(c, result, "Actual", text_of(c, actual));
    }
    cJSON_Delete(actual);
    cJSON_Delete(now);
    return status;
}

/* Into the drift's Resources. True when it has drifted. */
static bool detect(struct cfn *c, const cJSON *stack, const cJSON *entry, cJSON *all)
{
    cJSON *result = cfn_put(c, all, entry->string, cfn_object(c));
    struct compare x = {.c = c, .differences = cfn_put(c, result, "Differences", cfn_list(c))};
    const char *status = judge(&x, entry, json_bool(stack, "IsSeeded", false), result);

    if (status == NULL) {
        cfn_drop(all, entry->string);
        return false;
    }
    cfn_put_text(c, result, "Status", sv_of(status));
    cfn_put_int(c, result, "At", c->service->now_ms);
    return strcmp(status, "IN_SYNC") != 0;
}

/* ---- operations ---- */

static void check_stack(struct cfn *c, const cJSON *stack)
{
    if (stack != NULL &&
        !stack_is(stack, "CREATE_COMPLETE UPDATE_COMPLETE UPDATE_ROLLBACK_COMPLETE "
                         "UPDATE_ROLLBACK_FAILED IMPORT_COMPLETE IMPORT_ROLLBACK_COMPLETE"))
        cfn_refuse(c,
                   "Drift detection cannot be performed on stack [" SV_FMT "] while it is in "
                   "status " SV_FMT,
                   SV_ARG(json_sv(stack, "Name")), SV_ARG(json_sv(stack, "Status")));
}

static void check_ids(struct cfn *c, const cJSON *stack, const cJSON *only)
{
    for (const cJSON *id = only == NULL ? NULL : only->child; id != NULL; id = id->next) {
        if (cfn_find(json_get(stack, "Resources"), json_item_sv(id)) == NULL)
            cfn_refuse(c, "Resource " SV_FMT " does not exist for stack " SV_FMT,
                       SV_ARG(json_item_sv(id)), SV_ARG(json_sv(stack, "Name")));
    }
}

static cJSON *detect_all(struct cfn *c, const cJSON *stack, const cJSON *only)
{
    const cJSON *resources = json_get(stack, "Resources");
    cJSON *drift = cfn_object(c);
    cJSON *all = cfn_put(c, drift, "Resources", cfn_object(c));
    char uuid[UID_SIZE];
    int64_t count = 0;

    for (const cJSON *e = resources == NULL ? NULL : resources->child; e != NULL && !c->has_failed;
         e = e->next) {
        if (only == NULL || cfn_has(only, sv_of(e->string)))
            count += detect(c, stack, e, all);
    }
    cfn_put_text(c, drift, "StackId", json_sv(stack, "Id"));
    cfn_put_text(c, drift, "Id", sv_of(cfn_uuid(c, uuid)));
    cfn_put_int(c, drift, "At", c->service->now_ms);
    cfn_put_int(c, drift, "Done", c->service->now_ms + service_quick(c->service, DETECTION_MS));
    cfn_put_text(c, drift, "Status", count > 0 ? SV("DRIFTED") : SV("IN_SYNC"));
    cfn_put_int(c, drift, "Count", count);
    return drift;
}

void cfn_detect_drift(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    const cJSON *only = json_get(call->in, "LogicalResourceIds");
    struct cfn c;
    cJSON *stack;
    cJSON *drift = NULL;
    cJSON *old;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    old = load(&c, stack);
    check_stack(&c, stack);
    check_ids(&c, stack, cJSON_IsArray(only) ? only : NULL);
    if (json_int(old, "Done", 0) > c.service->now_ms)
        cfn_refuse(&c, "Drift detection is already in progress for stack [" SV_FMT "]",
                   SV_ARG(json_sv(stack, "Name")));
    if (!c.has_failed) {
        drift = detect_all(&c, stack, cJSON_IsArray(only) ? only : NULL);
        save(&c, stack, drift);
    }
    cfn_close(&c, call);
    if (!call->has_failed)
        call_put(call, "StackDriftDetectionId", json_sv(drift, "Id"));
    cJSON_Delete(old);
    cJSON_Delete(drift);
    cJSON_Delete(stack);
}

static void show(struct call *call, struct cfn *c, const cJSON *stack, const cJSON *result,
                 cJSON *to)
{
    const cJSON *entry = cfn_find(json_get(stack, "Resources"), sv_of(result->string));

    cfn_put_text(c, to, "StackId", json_sv(stack, "Id"));
    cfn_put_text(c, to, "LogicalResourceId", sv_of(result->string));
    if (json_get(entry, "Id") != NULL)
        cfn_put_text(c, to, "PhysicalResourceId", json_sv(entry, "Id"));
    cfn_put_text(c, to, "ResourceType", json_sv(entry, "Type"));
    if (json_get(result, "Expected") != NULL)
        cfn_put_text(c, to, "ExpectedProperties", json_sv(result, "Expected"));
    if (json_get(result, "Actual") != NULL)
        cfn_put_text(c, to, "ActualProperties", json_sv(result, "Actual"));
    (void)cfn_put(c, to, "PropertyDifferences", cfn_copy(c, json_get(result, "Differences")));
    cfn_put_text(c, to, "StackResourceDriftStatus", json_sv(result, "Status"));
    call_put_time(call, to, "Timestamp", json_int(result, "At", 0));
}

/* The stack's own verdict follows from all that is known of its resources then. */
static void keep_one(struct cfn *c, const cJSON *stack, cJSON *drift, const cJSON *result)
{
    cJSON *all = cfn_get(drift, "Resources");
    int64_t count = 0;

    (void)cfn_put(c, all, result->string, cfn_copy(c, result));
    for (const cJSON *r = all == NULL ? NULL : all->child; r != NULL; r = r->next)
        count += !sv_eq(json_sv(r, "Status"), SV("IN_SYNC"));
    cfn_put_int(c, drift, "Count", count);
    cfn_put_text(c, drift, "Status", count > 0 ? SV("DRIFTED") : SV("IN_SYNC"));
    cfn_put_int(c, drift, "At", c->service->now_ms);
    save(c, stack, drift);
}

void cfn_detect_resource(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct sv logical = call_text(call, "LogicalResourceId", true);
    struct cfn c;
    cJSON *stack;
    cJSON *only;
    cJSON *found = NULL;
    cJSON *drift;
    const cJSON *result = NULL;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    only = cfn_list(&c);
    cfn_add_once(&c, only, logical);
    check_stack(&c, stack);
    check_ids(&c, stack, only);
    drift = load(&c, stack);
    if (!c.has_failed) {
        found = detect_all(&c, stack, only);
        result = json_get(found, "Resources") == NULL ? NULL : json_get(found, "Resources")->child;
    }
    if (!c.has_failed && result == NULL)
        cfn_refuse(&c, "Drift detection is not supported for resource " SV_FMT, SV_ARG(logical));
    if (!c.has_failed) {
        show(call, &c, stack, result, cfn_put(&c, call->out, "StackResourceDrift", cfn_object(&c)));
        if (drift != NULL)
            keep_one(&c, stack, drift, result);
        else
            save(&c, stack, found);
    }
    cJSON_Delete(drift);
    cJSON_Delete(found);
    cJSON_Delete(only);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

struct search {
    struct sv id;
    cJSON *found;
};

static enum err_code find_detection(void *owner, const struct record_key *key UNUSED,
                                    const cJSON *value, bool *goes_on, struct err *err)
{
    struct search *s = owner;

    if (!sv_eq(json_sv(value, "Id"), s->id))
        return ERR_OK;
    *goes_on = false;
    s->found = cJSON_Duplicate(value, true);
    return s->found == NULL ? mem_err(err) : ERR_OK;
}

/* AWS keeps the last detection's id of a stack only; so does the sandbox. */
void cfn_drift_status(struct call *call)
{
    struct search s = {.id = call_text(call, "StackDriftDetectionId", true)};
    struct record_key all = {.kind = "cfn.drift", .account = call->account, .region = call->region};
    struct cfn c;

    cfn_open(&c, call);
    if (!c.has_failed)
        (void)cfn_ok(&c, record_each(c.service->records, &all, SV(""), find_detection, &s, c.err));
    if (s.found == NULL)
        cfn_refuse(&c, "Stack drift detection [" SV_FMT "] does not exist",
                   SV_ARG(sv_take(s.id, 100)));
    if (!c.has_failed) {
        bool is_done = json_int(s.found, "Done", 0) <= c.service->now_ms;

        call_put(call, "StackId", json_sv(s.found, "StackId"));
        call_put(call, "StackDriftDetectionId", s.id);
        call_put(call, "DetectionStatus",
                 is_done ? SV("DETECTION_COMPLETE") : SV("DETECTION_IN_PROGRESS"));
        if (is_done) {
            call_put(call, "StackDriftStatus", json_sv(s.found, "Status"));
            call_put_int(call, "DriftedStackResourceCount", json_int(s.found, "Count", 0));
        }
        call_put_time(call, call->out, "Timestamp", json_int(s.found, "At", 0));
    }
    cJSON_Delete(s.found);
    cfn_close(&c, call);
}

void cfn_describe_drifts(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    const cJSON *only = json_get(call->in, "StackResourceDriftStatusFilters");
    int64_t most = call_int(call, "MaxResults", 1, PAGE_MAX, PAGE_MAX);
    int64_t first = call_int(call, "NextToken", 0, 100000, 0);
    int64_t at = 0;
    struct cfn c;
    cJSON *stack;
    cJSON *drift;
    cJSON *list;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    drift = drift_load(&c, stack);
    list = cfn_put(&c, call->out, "StackResourceDrifts", cfn_list(&c));
    for (const cJSON *r = drift == NULL ? NULL : json_get(drift, "Resources")->child;
         r != NULL && !c.has_failed; r = r->next) {
        if (cJSON_IsArray(only) && !cfn_has(only, json_sv(r, "Status")))
            continue;
        if (at >= first && at < first + most)
            show(call, &c, stack, r, cfn_put(&c, list, NULL, cfn_object(&c)));
        at++;
    }
    if (at > first + most)
        (void)cfn_put(&c, call->out, "NextToken", cfn_textf(&c, "%lld", (long long)(first + most)));
    cJSON_Delete(drift);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}
