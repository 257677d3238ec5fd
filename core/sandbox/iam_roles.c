/* Roles: made, read, changed and removed. */
#include "core/base/mem.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_parts.h"
#include "core/sandbox/page.h"
#include "core/sandbox/tagging.h"

enum { ROLE_NAME_MAX = 64, TRUST_MAX = 2048, PAGE_DEFAULT = 100, PAGE_MAX = 1000 };

/* ---- what operations share ---- */

struct sv iam_asked_name(struct call *c, const char *member, size_t max)
{
    struct sv name = call_text(c, member, true);
    bool is_good = true;

    if (!c->has_failed && (name.len > max || name.len == 0))
        call_fail(c, 400, "ValidationError",
                  "1 validation error detected: Value at '%s' failed to satisfy constraint: Member "
                  "must have length %s than or equal to %zu",
                  member, name.len == 0 ? "greater" : "less", name.len == 0 ? 1 : max);
    for (size_t i = 0; i < name.len && is_good; i++) {
        char ch = name.ptr[i];

        is_good = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                  (ch >= 'a' && ch <= 'z') || strchr("_+=,.@-", ch) != NULL;
    }
    if (!is_good)
        call_fail(c, 400, "ValidationError",
                  "The specified value for %s is invalid. It must contain only alphanumeric "
                  "characters and/or the following: +=,.@_-",
                  member);
    return name;
}

cJSON *iam_asked_role(struct call *c)
{
    struct sv name = call_text(c, "RoleName", true);
    cJSON *role = NULL;

    if (c->has_failed || !call_ok(c, iam_role_get(c->service, c->account, name, &role, c->err)))
        return NULL;
    if (role == NULL)
        call_fail(c, 404, "NoSuchEntity", "The role with name " SV_FMT " cannot be found.",
                  SV_ARG(sv_take(name, 128)));
    return role;
}

bool iam_store_role(struct call *c, const cJSON *role)
{
    return role != NULL && call_store(c, "iam.role", SV(""), json_sv(role, "RoleName"), role);
}

/* As text or as an object; NULL when it is neither. */
static cJSON *read_document(struct call *c, const cJSON *given)
{
    struct err err = {0};
    cJSON *document = NULL;
    enum err_code rc = ERR_OK;

    if (cJSON_IsObject(given)) {
        document = cJSON_Duplicate(given, true);
        rc = document == NULL ? mem_err(c->err) : ERR_OK;
    } else {
        rc = json_parse(json_item_sv(given), &document, &err);
        rc = rc == ERR_LIMIT ? mem_err(c->err) : ERR_OK;
    }
    (void)call_ok(c, rc);
    return document;
}

/* Without what is between its members: that is how IAM counts. */
static size_t document_size(struct call *c, const cJSON *document)
{
    char *text = cJSON_PrintUnformatted(document);
    size_t size = text == NULL ? 0 : strlen(text);

    if (text == NULL)
        (void)call_ok(c, mem_err(c->err));
    cJSON_free(text);
    return size;
}

cJSON *iam_asked_document(struct call *c, const char *member, bool has_principals, size_t max,
                          const char *where)
{
    const cJSON *given = c->has_failed ? NULL : json_get(c->in, member);
    char why[POLICY_WHY_MAX];
    cJSON *document;

    if (given == NULL) {
        (void)call_text(c, member, true);
        return NULL;
    }
    document = read_document(c, given);
    if (!policy_is_sound(document, has_principals, why))
        call_fail(c, 400, "MalformedPolicyDocument", "%s", why);
    else if (document_size(c, document) > max)
        call_fail(c, 409, "LimitExceeded", "Cannot exceed quota for %s: %zu", where, max);
    if (!c->has_failed)
        return document;
    cJSON_Delete(document);
    return NULL;
}

void iam_put_document(struct call *c, cJSON *object, const char *member, const cJSON *document)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    CLEANUP(sb_release) struct sb out;
    char *text = cJSON_PrintUnformatted(document);
    enum err_code rc = text == NULL ? mem_err(c->err) : ERR_OK;

    sb_init(&out, REPLY_BODY_MAX);
    for (const char *at = text; at != NULL && *at != '\0' && !rc; at++)
        rc = strchr(plain, *at) != NULL
                 ? sb_addc(&out, *at, c->err)
                 : sb_addf(&out, c->err, "%%%02X", (unsigned)(unsigned char)*at);
    if (call_ok(c, rc))
        (void)call_add(c, object, member, item_text(sb_sv(&out)));
    cJSON_free(text);
}

void iam_put_page(struct call *c, const char *member, cJSON *list)
{
    const struct page page = {.list = member,
                              .next = "Marker",
                              .flag = "IsTruncated",
                              .limit = "MaxItems",
                              .token = "Marker",
                              .usual = PAGE_DEFAULT,
                              .most = PAGE_MAX,
                              .bad_token = "ValidationError"};

    page_put(c, &page, list);
}

/* Is everybody there whom the trust policy names? */
static bool check_trust(struct call *c, const cJSON *trust)
{
    char missing[IAM_WHY_MAX];
    bool exist = true;

    if (trust == NULL ||
        !call_ok(c, iam_principals_exist(c->service, trust, &exist, missing, c->err)))
        return false;
    if (!exist)
        call_fail(c, 400, "MalformedPolicyDocument", "Invalid principal in policy: %s", missing);
    return exist;
}

/* ---- replies ---- */

static cJSON *shown(struct call *c, const cJSON *role, bool is_whole)
{
    struct sv boundary = json_sv(role, "PermissionsBoundary");
    cJSON *out = cJSON_CreateObject();

    if (!members_copy(out, role, "Path RoleName RoleId Arn Description MaxSessionDuration"))
        (void)call_ok(c, mem_err(c->err));
    if (is_whole && boundary.len > 0) {
        cJSON *b = call_add(c, out, "PermissionsBoundary", cJSON_CreateObject());

        (void)call_add(c, b, "PermissionsBoundaryType", cJSON_CreateString("Policy"));
        (void)call_add(c, b, "PermissionsBoundaryArn", item_text(boundary));
    }
    if (is_whole && json_get(role, "Tags") != NULL)
        (void)call_add(c, out, "Tags", cJSON_Duplicate(json_get(role, "Tags"), true));
    call_put_time(c, out, "CreateDate", json_int(role, "CreateDate", 0));
    iam_put_document(c, out, "AssumeRolePolicyDocument",
                     json_get(role, "AssumeRolePolicyDocument"));
    return out;
}

static void put_role(struct call *c, const cJSON *role)
{
    if (!c->has_failed)
        (void)call_add(c, c->out, "Role", shown(c, role, true));
}

/* ---- operations ---- */

static struct sv asked_path(struct call *c)
{
    struct sv path = call_text(c, "Path", false);

    if (path.ptr == NULL)
        return SV("/");
    if (path.len == 0 || path.len > 512 || path.ptr[0] != '/' || !sv_ends(path, SV("/")))
        call_fail(c, 400, "ValidationError",
                  "The specified value for path is invalid. It must begin and end with / and "
                  "contain only alphanumeric characters and/or / characters.");
    return path;
}

static cJSON *new_role(struct call *c, struct sv name, struct sv path, cJSON *trust)
{
    cJSON *role = cJSON_CreateObject();
    char id[24];

    role_unique_id(c->account, name, id);
    if (member_set(role, "AssumeRolePolicyDocument", trust) && member_put(role, "RoleName", name) &&
        member_put(role, "Path", path) && member_put(role, "RoleId", sv_of(id)) &&
        member_putf(role, "Arn", "arn:%s:iam::" SV_FMT ":role" SV_FMT SV_FMT,
                    arn_partition(c->region), SV_ARG(c->account), SV_ARG(path), SV_ARG(name)) &&
        member_put_int(role, "CreateDate", c->service->now_ms / 1000 * 1000) &&
        member_put_int(role, "MaxSessionDuration",
                       call_int(c, "MaxSessionDuration", 3600, 43200, 3600)) &&
        members_copy(role, c->in, "Description") && member_object(role, "Policies") != NULL &&
        member_list(role, "Attached") != NULL &&
        call_ok(c, tags_merge(role, json_get(c->in, "Tags"), c->err)))
        return role;
    cJSON_Delete(role);
    if (!c->has_failed)
        (void)call_ok(c, mem_err(c->err));
    return NULL;
}

/* The boundary must be a policy that is there. */
static bool set_boundary(struct call *c, cJSON *role, struct sv arn)
{
    cJSON *document = NULL;

    if (arn.ptr == NULL || c->has_failed)
        return !c->has_failed;
    if (!call_ok(c, iam_policy_document(c->service, arn, &document, c->err)))
        return false;
    if (document == NULL)
        call_fail(c, 404, "NoSuchEntity",
                  "Scope ARN: " SV_FMT " does not exist or is not attachable.",
                  SV_ARG(sv_take(arn, 400)));
    cJSON_Delete(document);
    return !c->has_failed &&
           call_ok(c, member_put(role, "PermissionsBoundary", arn) ? ERR_OK : mem_err(c->err));
}

static void check_new_name(struct call *c, struct sv name)
{
    cJSON *old = NULL;

    if (!c->has_failed)
        (void)call_ok(c, iam_role_get(c->service, c->account, name, &old, c->err));
    if (old != NULL)
        call_fail(c, 409, "EntityAlreadyExists", "Role with name " SV_FMT " already exists.",
                  SV_ARG(name));
    cJSON_Delete(old);
}

void iam_create_role(struct call *c)
{
    struct sv name = iam_asked_name(c, "RoleName", ROLE_NAME_MAX);
    struct sv path = asked_path(c);
    cJSON *trust;
    cJSON *role;

    check_new_name(c, name);
    trust = iam_asked_document(c, "AssumeRolePolicyDocument", true, TRUST_MAX, "ACLSizePerRole");
    if (!check_trust(c, trust)) {
        cJSON_Delete(trust);
        return;
    }
    role = new_role(c, name, path, trust);
    if (role != NULL && set_boundary(c, role, call_text(c, "PermissionsBoundary", false)) &&
        iam_store_role(c, role))
        put_role(c, role);
    cJSON_Delete(role);
}

void iam_get_role(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    put_role(c, role);
    cJSON_Delete(role);
}

void iam_update_role(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    int64_t seconds =
        call_int(c, "MaxSessionDuration", 3600, 43200, json_int(role, "MaxSessionDuration", 3600));

    if (role != NULL && !c->has_failed &&
        call_ok(c, members_copy(role, c->in, "Description") &&
                           member_put_int(role, "MaxSessionDuration", seconds)
                       ? ERR_OK
                       : mem_err(c->err)))
        (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_update_trust(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    cJSON *trust = iam_asked_document(c, "PolicyDocument", true, TRUST_MAX, "ACLSizePerRole");

    if (!check_trust(c, trust))
        cJSON_Delete(trust);
    else if (call_ok(c, member_set(role, "AssumeRolePolicyDocument", trust) ? ERR_OK
                                                                            : mem_err(c->err)))
        (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_delete_role(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    struct record_key key = {.kind = "iam.role", .account = c->account, .region = SV("")};

    if (json_list(role, "Attached") != NULL)
        call_fail(c, 409, "DeleteConflict",
                  "Cannot delete entity, must detach all policies first.");
    if (role != NULL && json_get(role, "Policies") != NULL &&
        json_get(role, "Policies")->child != NULL)
        call_fail(c, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
    if (!c->has_failed && role_find(json_sv(role, "RoleName")) != NULL)
        call_fail(c, 400, "UnmodifiableEntity", "The sandbox's own roles cannot be deleted.");
    key.name = json_sv(role, "RoleName");
    if (!c->has_failed)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
    cJSON_Delete(role);
}

static cJSON *listed(struct call *c, const cJSON *role)
{
    struct sv prefix = call_text(c, "PathPrefix", false);

    return sv_starts(json_sv(role, "Path"), prefix) ? shown(c, role, false) : NULL;
}

/* Those of accounts.h that were never changed are in no record. */
static void list_built_in(struct call *c, cJSON *list)
{
    const struct role *built_in;

    for (size_t i = 0; (built_in = role_at(i)) != NULL && !c->has_failed; i++) {
        struct sv name = sv_of(built_in->name);
        cJSON *record = call_record(c, "iam.role", SV(""), name);
        cJSON *role = NULL;
        cJSON *row = NULL;

        if (record == NULL && call_ok(c, iam_role_get(c->service, c->account, name, &role, c->err)))
            row = listed(c, role);
        if (row != NULL)
            (void)call_add(c, list, NULL, row);
        cJSON_Delete(role);
        cJSON_Delete(record);
    }
}

void iam_list_roles(struct call *c)
{
    cJSON *list = page_collect(c, "iam.role", SV(""), SV(""), listed);

    list_built_in(c, list);
    iam_put_page(c, "Roles", list);
}

void iam_tag_role(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    if (role != NULL && call_ok(c, tags_merge(role, json_get(c->in, "Tags"), c->err)))
        (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_untag_role(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    tags_drop(role, json_get(c->in, "TagKeys"));
    (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_list_role_tags(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    if (role != NULL)
        iam_put_page(c, "Tags", cJSON_Duplicate(json_get(role, "Tags"), true));
    cJSON_Delete(role);
}

void iam_put_boundary(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    if (role != NULL && set_boundary(c, role, call_text(c, "PermissionsBoundary", true)))
        (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_delete_boundary(struct call *c)
{
    cJSON *role = iam_asked_role(c);

    cJSON_DeleteItemFromObjectCaseSensitive(role, "PermissionsBoundary");
    (void)iam_store_role(c, role);
    cJSON_Delete(role);
}
