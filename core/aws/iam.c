#include "core/aws/iam.h"

#include "core/aws/canonical.h"
#include "core/aws/xml_shape.h"

enum {
    ROLE_TAGS_MAX = 200,
    POLICIES_MAX = 1000,
    POLICY_BYTES_MAX = 256 * 1024,
    SIMULATED_MAX = 10000
};

#define MEMBERS(table) .members = (table), .count = ARRAY_LEN(table)

/* clang-format off */
static const struct xml_member tag_members[] = {
    XML_MEMBER(tag, "Key",   TEXT, key),
    XML_MEMBER(tag, "Value", TEXT, value),
};
static const struct xml_shape tag_shape = {
    .noun = "tag", MEMBERS(tag_members), .size = sizeof(struct tag), .cap = ROLE_TAGS_MAX,
};

static const struct xml_member policy_members[] = {
    XML_MEMBER(tag, "PolicyName", TEXT, key),
    XML_MEMBER(tag, "PolicyArn",  TEXT, value),
};
static const struct xml_shape policy_shape = {
    .noun = "policy", MEMBERS(policy_members), .size = sizeof(struct tag), .cap = POLICIES_MAX,
};

static const struct xml_member role_members[] = {
    XML_MEMBER(iam_role, "RoleName", TEXT, name),
    XML_MEMBER(iam_role, "Arn",      TEXT, arn),
    XML_MEMBER(iam_role, "PermissionsBoundary/PermissionsBoundaryArn", TEXT, boundary),
    XML_MEMBERS_OF(iam_role, "Tags", tags, tag_count, tag_shape),
};
static xml_finish_fn read_trust;
static const struct xml_shape role_shape = {
    .noun = "role", MEMBERS(role_members), .size = sizeof(struct iam_role), .has_key = true,
    .finish = read_trust,
};
/* clang-format on */

static enum err_code read_trust(const struct xml *node, void *object, struct arena *arena,
                                struct err *err)
{
    struct iam_role *role = object;
    CLEANUP(sb_release) struct sb text = {.cap = POLICY_BYTES_MAX};
    enum err_code rc = canonical_decode(&text, xml_text(node, "AssumeRolePolicyDocument"), err);

    if (rc)
        return rc;
    role->trust = arena_sv(arena, sb_sv(&text));
    return role->trust.ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

enum err_code decode_role(const struct xml *xml, struct arena *arena, struct iam_role *out,
                          struct err *err)
{
    struct iam_role made = {0};
    enum err_code rc = xml_shape_read(&role_shape, xml_get(xml, "Role"), &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_attached_policies(const struct xml *xml, struct arena *arena, struct tag **out,
                                       size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "AttachedPolicies");
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without a list of policies");
    rc = xml_shape_list(&policy_shape, list, "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

/* ---- simulations ---- */

static bool is_allowed(struct sv decision)
{
    return sv_eq(decision, SV("allowed"));
}

/* Of several resources AWS tells each one's decision inside its action's row. */
static size_t count_rows(const struct xml *list)
{
    size_t count = 0;

    for (const struct xml *m = list->child; m != NULL; m = m->next) {
        const struct xml *each = xml_get(m, "ResourceSpecificResults");

        count++;
        for (const struct xml *r = each != NULL ? each->child : NULL; r != NULL; r = r->next)
            count++;
    }
    return count;
}

static bool misses(const struct xml *row)
{
    const struct xml *keys = xml_get(row, "MissingContextValues");

    return keys != NULL && keys->child != NULL;
}

static enum err_code add_simulated(const struct xml *row, struct sv action, const char *resource,
                                   const char *decision, struct arena *arena,
                                   struct iam_simulation *out, struct err *err)
{
    struct iam_simulated *item = &out->items[out->count];

    item->action = arena_sv(arena, action);
    item->resource = arena_sv(arena, xml_text(row, resource));
    if (item->action.ptr == NULL || item->resource.ptr == NULL)
        return arena_err(arena, err);
    item->is_allowed = is_allowed(xml_text(row, decision));
    item->misses_context = misses(row);
    out->count++;
    return ERR_OK;
}

enum err_code decode_simulation(const struct xml *xml, struct arena *arena,
                                struct iam_simulation *out, struct err *err)
{
    const struct xml *list = xml_get(xml, "EvaluationResults");
    size_t count = list != NULL ? count_rows(list) : 0;
    enum err_code rc = ERR_OK;

    *out = (struct iam_simulation){.is_cut = sv_eq(xml_text(xml, "IsTruncated"), SV("true"))};
    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without results");
    if (count > SIMULATED_MAX)
        return err_set(err, ERR_LIMIT, "more than %d results of a simulation", SIMULATED_MAX);
    out->items = arena_alloc(arena, count + 1, sizeof *out->items);
    if (out->items == NULL)
        return arena_err(arena, err);
    for (const struct xml *m = list->child; m != NULL && !rc; m = m->next) {
        struct sv action = xml_text(m, "EvalActionName");
        const struct xml *each = xml_get(m, "ResourceSpecificResults");

        rc = add_simulated(m, action, "EvalResourceName", "EvalDecision", arena, out, err);
        for (const struct xml *r = each != NULL ? each->child : NULL; r != NULL && !rc; r = r->next)
            rc = add_simulated(r, action, "EvalResourceName", "EvalResourceDecision", arena, out,
                               err);
    }
    return rc;
}
