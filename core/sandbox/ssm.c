/* Parameters: put and read. */
#include "core/sandbox/ssm.h"

#include "core/base/mem.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"
#include "core/sandbox/ssm_parts.h"
#include "core/sandbox/tagging.h"

enum { STANDARD_MAX = 4096, ADVANCED_MAX = 8192, LEVELS_MAX = 15, NAMES_MAX = 10 };

struct sv ssm_plain_name(struct sv given, struct sv *selector)
{
    ptrdiff_t at = sv_starts(given, SV("arn:")) ? sv_find(given, SV(":parameter/")) : -1;
    struct sv name = given;

    /* The slash is the name's own when there is another one. */
    if (at >= 0) {
        name = sv_drop(given, (size_t)at + 10);
        if (sv_find(sv_drop(name, 1), SV("/")) < 0)
            name = sv_drop(name, 1);
    }
    return sv_cut(name, ':', selector);
}

void ssm_history_key(struct sv name, int64_t version, char out[SSM_KEY_SIZE])
{
    (void)snprintf(out, SSM_KEY_SIZE, SV_FMT ":%08lld", SV_ARG(sv_take(name, SSM_NAME_MAX)),
                   (long long)version);
}

/* ---- put ---- */

static int levels(struct sv name)
{
    int count = 0;

    for (size_t i = 0; i < name.len; i++)
        count += name.ptr[i] == '/';
    return count;
}

static bool has_only_good_signs(struct sv name)
{
    for (size_t i = 0; i < name.len; i++) {
        char ch = name.ptr[i];

        if ((ch < '0' || ch > '9') && (ch < 'A' || ch > 'Z') && (ch < 'a' || ch > 'z') &&
            strchr("_.-/", ch) == NULL)
            return false;
    }
    return true;
}

static void check_name(struct call *c, struct sv name)
{
    struct sv bare = sv_starts(name, SV("/")) ? sv_drop(name, 1) : name;

    if (c->has_failed)
        return;
    if (name.len == 0 || name.len > SSM_NAME_MAX)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'name' failed to satisfy constraint: "
                  "Member must have length between 1 and %d",
                  SSM_NAME_MAX);
    if (levels(name) > 0 && !sv_starts(name, SV("/")))
        call_fail(c, 400, "ValidationException", "Parameter name must be a fully qualified name.");
    if (!has_only_good_signs(name))
        call_fail(
            c, 400, "ValidationException",
            "Invalid parameter name. Please use correct syntax for referencing a version/label "
            " <name>:<version/label>");
    if (sv_eq_nocase(sv_take(bare, 3), SV("ssm")))
        call_fail(
            c, 400, "ValidationException",
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a "
            "path, it can consist of sub-paths divided by slash symbol; each sub-path can be "
            "formed as a mix of letters, numbers and the following 3 symbols .-_");
    if (sv_eq_nocase(sv_take(bare, 3), SV("aws")))
        call_fail(c, 400, "AccessDeniedException",
                  "No access to reserved parameter name: " SV_FMT ".", SV_ARG(name));
    if (levels(name) > LEVELS_MAX)
        call_fail(c, 400, "HierarchyLevelLimitExceededException",
                  "A hierarchy can have a maximum of %d levels.", LEVELS_MAX);
}

/* The tier that it will have: once advanced, always advanced. */
static struct sv check_value(struct call *c, struct sv value, const cJSON *old)
{
    struct sv tier = call_text(c, "Tier", false);
    bool is_advanced = sv_eq(tier, SV("Advanced")) ||
                       (sv_eq(tier, SV("Intelligent-Tiering")) && value.len > STANDARD_MAX) ||
                       sv_eq(json_sv(old, "Tier"), SV("Advanced"));
    int most = is_advanced ? ADVANCED_MAX : STANDARD_MAX;

    if (!c->has_failed && value.len == 0)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
                  "Member must have length greater than or equal to 1.");
    if (!c->has_failed && value.len > (size_t)most)
        call_fail(c, 400, "ValidationException",
                  is_advanced
                      ? "Advanced tier parameters support a maximum parameter value of %d "
                        "characters."
                      : "Standard tier parameters support a maximum parameter value of %d "
                        "characters. To create a larger parameter value, upgrade the "
                        "parameter to use the advanced-parameter tier. For more information, "
                        "see https://docs.aws.amazon.com/systems-manager/latest/userguide/"
                        "parameter-store-advanced-parameters.html",
                  most);
    return is_advanced ? SV("Advanced") : SV("Standard");
}

static struct sv check_type(struct call *c, const cJSON *old)
{
    struct sv type = call_text(c, "Type", false);
    struct sv was = json_sv(old, "Type");

    if (c->has_failed)
        return SV_NONE;
    if (type.ptr == NULL && old == NULL)
        call_fail(c, 400, "ValidationException",
                  "A parameter type is required when you create a parameter.");
    else if (type.ptr != NULL && !sv_eq(type, SV("String")) && !sv_eq(type, SV("StringList")) &&
             !sv_eq(type, SV("SecureString")))
        call_fail(c, 400, "UnsupportedParameterType", "The parameter type is not supported.");
    else if (type.ptr != NULL && old != NULL && !sv_eq(type, was))
        call_fail(c, 400, "HierarchyTypeMismatchException",
                  "The parameter type can't be changed: " SV_FMT ".", SV_ARG(was));
    return type.ptr == NULL ? was : type;
}

static void check_overwrite(struct call *c, const cJSON *old)
{
    bool overwrites = call_bool(c, "Overwrite", false);

    if (c->has_failed)
        return;
    if (overwrites && json_list(c->in, "Tags") != NULL)
        call_fail(c, 400, "ValidationException",
                  "Invalid request: tags and overwrite can't be used together. To create a "
                  "parameter with tags, please remove overwrite flag. To update tags for an "
                  "existing parameter, please use AddTagsToResource or RemoveTagsFromResource.");
    if (old != NULL && !overwrites)
        call_fail(c, 400, "ParameterAlreadyExists",
                  "The parameter already exists. To overwrite this value, set the overwrite option "
                  "in the request to true.");
}

/* Each version stays readable, the newest hundred of them. */
static bool keep_version(struct call *c, const cJSON *parameter)
{
    struct record_key key = {.kind = "ssm.history", .account = c->account, .region = c->region};
    int64_t version = json_int(parameter, "Version", 1);
    char name[SSM_KEY_SIZE];

    ssm_history_key(json_sv(parameter, "Name"), version, name);
    if (!call_store(c, "ssm.history", c->region, sv_of(name), parameter))
        return false;
    ssm_history_key(json_sv(parameter, "Name"), version - SSM_VERSIONS_MAX, name);
    key.name = sv_of(name);
    return version <= SSM_VERSIONS_MAX ||
           call_ok(c, record_delete(c->service->records, &key, c->err));
}

static bool fill(struct call *c, cJSON *parameter, struct sv name, struct sv type, struct sv tier)
{
    struct sv value = call_text(c, "Value", true);
    bool has_slash = sv_starts(name, SV("/"));
    bool is_good =
        member_put(parameter, "Name", name) && member_put(parameter, "Type", type) &&
        member_put(parameter, "Value", value) && member_put(parameter, "Tier", tier) &&
        member_put_int(parameter, "Version", json_int(parameter, "Version", 0) + 1) &&
        member_put_int(parameter, "LastModifiedDate", c->service->now_ms) &&
        member_put(parameter, "LastModifiedUser", c->request->who.arn) &&
        member_put(parameter, "DataType", SV("text")) &&
        members_copy(parameter, c->in, "Description AllowedPattern DataType KeyId") &&
        member_putf(parameter, "Arn", "arn:%s:ssm:" SV_FMT ":" SV_FMT ":parameter%s" SV_FMT,
                    arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account),
                    has_slash ? "" : "/", SV_ARG(name));

    return call_ok(c, is_good ? tags_merge(parameter, json_get(c->in, "Tags"), c->err)
                              : mem_err(c->err));
}

void ssm_put(struct call *c)
{
    struct sv name = call_text(c, "Name", true);
    struct sv value = call_text(c, "Value", true);
    cJSON *old = call_record(c, "ssm.parameter", c->region, name);
    cJSON *parameter = old == NULL ? cJSON_CreateObject() : cJSON_Duplicate(old, true);
    struct sv type;
    struct sv tier;

    check_name(c, name);
    check_overwrite(c, old);
    type = check_type(c, old);
    tier = check_value(c, value, old);
    if (!c->has_failed && fill(c, parameter, name, type, tier) &&
        call_store(c, "ssm.parameter", c->region, name, parameter) && keep_version(c, parameter)) {
        call_put_int(c, "Version", json_int(parameter, "Version", 1));
        call_put(c, "Tier", tier);
    }
    cJSON_Delete(parameter);
    cJSON_Delete(old);
}

/* ---- read ---- */

/* What a SecureString looks like to who does not ask for its text. */
static bool put_sealed(cJSON *out, struct sv value)
{
    unsigned long long seal = (unsigned long long)hash_text(value);

    return member_putf(out, "Value", "AQICAH%016llx%016llx", seal,
                       (unsigned long long)hash_mix(seal));
}

static cJSON *shown(struct call *c, const cJSON *parameter)
{
    cJSON *out = cJSON_CreateObject();
    bool is_sealed = sv_eq(json_sv(parameter, "Type"), SV("SecureString")) &&
                     !call_bool(c, "WithDecryption", false);

    if (!members_copy(out, parameter, "Name Type Value Version DataType") ||
        !member_put(out, "ARN", json_sv(parameter, "Arn")) ||
        (is_sealed && !put_sealed(out, json_sv(parameter, "Value"))))
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, out, "LastModifiedDate", json_int(parameter, "LastModifiedDate", 0));
    return out;
}

/* The parameter, or one of its versions; NULL when there is none. */
static cJSON *find(struct call *c, struct sv given, bool *is_version_missing)
{
    struct sv selector;
    struct sv name = ssm_plain_name(given, &selector);
    cJSON *parameter = call_record(c, "ssm.parameter", c->region, name);
    char key[SSM_KEY_SIZE];
    int64_t version;

    *is_version_missing = false;
    if (parameter == NULL || selector.len == 0)
        return parameter;
    cJSON_Delete(parameter);
    parameter = NULL;
    if (sv_to_int(selector, &version) && version > 0) {
        ssm_history_key(name, version, key);
        parameter = call_record(c, "ssm.history", c->region, sv_of(key));
    }
    *is_version_missing = parameter == NULL;
    return parameter;
}

void ssm_get(struct call *c)
{
    struct sv given = call_text(c, "Name", true);
    bool is_version_missing = false;
    cJSON *parameter = c->has_failed ? NULL : find(c, given, &is_version_missing);
    struct sv selector = SV_NONE;
    cJSON *out;

    if (is_version_missing)
        call_fail(c, 400, "ParameterVersionNotFound",
                  "Systems Manager could not find version of " SV_FMT
                  ". Verify the version and try again.",
                  SV_ARG(sv_take(given, 400)));
    if (parameter == NULL)
        call_fail(c, 400, "ParameterNotFound", "Parameter " SV_FMT " not found.",
                  SV_ARG(sv_take(given, 400)));
    if (!c->has_failed) {
        (void)ssm_plain_name(given, &selector);
        out = call_add(c, c->out, "Parameter", shown(c, parameter));
        if (selector.len > 0 && !member_putf(out, "Selector", ":" SV_FMT, SV_ARG(selector)))
            (void)call_ok(c, mem_err(c->err));
    }
    cJSON_Delete(parameter);
}

void ssm_get_several(struct call *c)
{
    const cJSON *names = json_get(c->in, "Names");
    cJSON *found = call_add(c, c->out, "Parameters", cJSON_CreateArray());
    cJSON *missing = call_add(c, c->out, "InvalidParameters", cJSON_CreateArray());

    if (cJSON_GetArraySize(names) < 1 || cJSON_GetArraySize(names) > NAMES_MAX)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'names' failed to satisfy constraint: "
                  "Member must have length between 1 and %d",
                  NAMES_MAX);
    for (const cJSON *n = json_list(c->in, "Names"); n != NULL && !c->has_failed; n = n->next) {
        bool is_version_missing;
        cJSON *parameter = find(c, json_item_sv(n), &is_version_missing);

        if (parameter != NULL)
            (void)call_add(c, found, NULL, shown(c, parameter));
        else
            (void)call_add(c, missing, NULL, item_text(json_item_sv(n)));
        cJSON_Delete(parameter);
    }
}

/* Below the path: at once below, or at any depth. */
static cJSON *below(struct call *c, const cJSON *parameter)
{
    struct sv path = call_text(c, "Path", true);
    struct sv rest = sv_drop(json_sv(parameter, "Name"), path.len);

    while (sv_starts(rest, SV("/")))
        rest = sv_drop(rest, 1);
    if (!call_bool(c, "Recursive", false) && sv_find(rest, SV("/")) >= 0)
        return NULL;
    return shown(c, parameter);
}

void ssm_get_by_path(struct call *c)
{
    const struct page page = {.list = "Parameters",
                              .next = "NextToken",
                              .limit = "MaxResults",
                              .token = "NextToken",
                              .usual = 10,
                              .most = 10,
                              .bad_token = "InvalidNextToken"};
    struct sv path = call_text(c, "Path", true);
    char prefix[SSM_KEY_SIZE];

    if (!c->has_failed && !sv_starts(path, SV("/")))
        call_fail(c, 400, "ValidationException",
                  "The parameter path: " SV_FMT " must begin with a slash.",
                  SV_ARG(sv_take(path, 200)));
    (void)snprintf(prefix, sizeof prefix, SV_FMT "%s", SV_ARG(sv_take(path, SSM_NAME_MAX)),
                   sv_ends(path, SV("/")) ? "" : "/");
    page_put(c, &page, page_collect(c, "ssm.parameter", c->region, sv_of(prefix), below));
}

static cJSON *history_row(struct call *c, const cJSON *version)
{
    cJSON *out = shown(c, version);

    cJSON_DeleteItemFromObjectCaseSensitive(out, "ARN");
    if (!members_copy(out, version, "LastModifiedUser Description AllowedPattern KeyId Tier") ||
        member_list(out, "Labels") == NULL || member_list(out, "Policies") == NULL)
        (void)call_ok(c, mem_err(c->err));
    return out;
}

void ssm_get_history(struct call *c)
{
    const struct page page = {.list = "Parameters",
                              .next = "NextToken",
                              .limit = "MaxResults",
                              .token = "NextToken",
                              .usual = 50,
                              .most = 50,
                              .bad_token = "InvalidNextToken"};
    struct sv name = call_text(c, "Name", true);
    cJSON *parameter = call_record(c, "ssm.parameter", c->region, name);
    char prefix[SSM_KEY_SIZE];

    if (parameter == NULL)
        call_fail(c, 400, "ParameterNotFound", "Parameter " SV_FMT " not found.",
                  SV_ARG(sv_take(name, 400)));
    cJSON_Delete(parameter);
    (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(sv_take(name, SSM_NAME_MAX)));
    page_put(c, &page, page_collect(c, "ssm.history", c->region, sv_of(prefix), history_row));
}
