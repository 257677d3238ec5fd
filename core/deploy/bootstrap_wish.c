#include "core/deploy/bootstrap_wish.h"

#include <inttypes.h>

#include "core/base/json.h"
#include "core/deploy/template.h"
#include "core/model/spelling.h"

enum { TEXT_MAX = 1 << 20, LIST_MAX = 4095 };

#define TRUSTED     "TrustedAccounts"
#define POLICIES    "CloudFormationExecutionPolicies"
#define CDK_VARIANT "AWS CDK: Default Resources"

bool comma_next(struct sv *list, struct sv *item)
{
    while (list->len > 0) {
        *item = sv_trim(sv_cut(*list, ',', list));
        if (item->len > 0)
            return true;
    }
    return false;
}

bool comma_has(struct sv list, struct sv item)
{
    struct sv one;

    while (comma_next(&list, &one)) {
        if (sv_eq(one, item))
            return true;
    }
    return false;
}

struct making {
    const struct bootstrap_job *b;
    const struct environment *e;
    const struct stack *old;
    struct arena *arena;
    struct defects *defects;
    char field[DEFECT_FIELD_SIZE];
    struct bootstrap_wish *out;
};

/* ---- trust and policies ---- */

static enum err_code add_item(struct sb *list, struct sv item, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (comma_has(sb_sv(list), item))
        return ERR_OK;
    if (list->len > 0)
        rc = sb_addc(list, ',', err);
    return rc ? rc : sb_add(list, item, err);
}

static enum err_code add_list(struct sb *out, struct sv list, struct err *err)
{
    struct sv item;
    enum err_code rc = ERR_OK;

    while (!rc && comma_next(&list, &item))
        rc = add_item(out, item, err);
    return rc;
}

static enum err_code keep(struct making *m, const struct sb *text, struct sv *out, struct err *err)
{
    *out = arena_sv(m->arena, sb_sv(text));
    return out->ptr == NULL ? arena_err(m->arena, err) : ERR_OK;
}

static struct sv old_parameter(const struct making *m, const char *name)
{
    struct sv value = m->old == NULL ? SV_NONE : stack_parameter(m->old, name);

    return value.ptr == NULL ? SV("") : value;
}

/* An account's own root is trusted in any case. */
static struct sv account_to_trust(const struct making *m, struct sv home)
{
    struct sv account = m->b->trust;

    if (account.len > 0 && !spelling_account(account)) {
        defects_add(m->defects, "trust", "must be the 12 digits of an AWS account");
        return SV("");
    }
    if (account.len == 0)
        account = m->e->kind == ENVIRONMENT_TARGET ? home : SV("");
    return sv_eq(account, m->e->account) ? SV("") : account;
}

static enum err_code make_trust(struct making *m, struct sv home, struct err *err)
{
    CLEANUP(sb_release) struct sb list;
    struct sv more = account_to_trust(m, home);
    enum err_code rc;

    sb_init(&list, LIST_MAX);
    m->out->trusted_before = old_parameter(m, TRUSTED);
    rc = add_list(&list, m->out->trusted_before, err);
    if (!rc && more.len > 0)
        rc = add_item(&list, more, err);
    return rc ? rc : keep(m, &list, &m->out->trusted, err);
}

static void check_policy(const struct making *m, struct sv policy)
{
    struct arn arn;

    if (!arn_split(policy, &arn) || !sv_eq(arn.service, SV("iam")) ||
        !sv_starts(arn.resource, SV("policy/")))
        defects_add(m->defects, "policy",
                    SV_FMT " is no ARN of a policy, such as "
                           "arn:%s:iam::aws:policy/AdministratorAccess",
                    SV_ARG(sv_take(policy, 80)), environment_partition(m->e));
    else if (!sv_eq(arn.partition, sv_of(environment_partition(m->e))))
        defects_add(m->defects, "policy", SV_FMT " is of another partition than " SV_FMT " (%s)",
                    SV_ARG(sv_take(policy, 80)), SV_ARG(m->e->name), environment_partition(m->e));
}

static enum err_code make_policies(struct making *m, struct err *err)
{
    CLEANUP(sb_release) struct sb list;
    enum err_code rc = ERR_OK;

    sb_init(&list, LIST_MAX);
    m->out->policies_before = old_parameter(m, POLICIES);
    for (size_t i = 0; i < m->b->policy_count && !rc; i++) {
        check_policy(m, m->b->policies[i]);
        rc = add_item(&list, m->b->policies[i], err);
    }
    if (!rc && m->b->policy_count == 0)
        rc = add_list(&list, m->out->policies_before, err);
    if (!rc)
        rc = keep(m, &list, &m->out->policies, err);
    if (rc || m->out->policies.len > 0)
        return rc;
    if (m->out->trusted.len > 0)
        defects_add(m->defects, m->field,
                    "other accounts will deploy here, so say what they may do: name a policy "
                    "(--policy arn:%s:iam::aws:policy/AdministratorAccess, or a narrower one; in "
                    "the console it is the form's Policies)",
                    environment_partition(m->e));
    else
        defects_warn(m->defects, m->field,
                     "no policy is named: what is deployed here may do everything "
                     "(AdministratorAccess), as with the CDK");
    return ERR_OK;
}

/* ---- the template ---- */

/* What stands there and is newer, or of somebody else's making, keeps its template. */
static bool keeps_template(struct making *m)
{
    struct sv variant = old_parameter(m, "BootstrapVariant");

    if (m->old == NULL)
        return false;
    if (variant.len > 0 && !sv_eq(variant, SV(CDK_VARIANT))) {
        defects_warn(m->defects, m->field,
                     "its bootstrap is of another make (" SV_FMT
                     "): its template stays, only trust and policies are changed",
                     SV_ARG(sv_take(variant, 60)));
        return true;
    }
    if (m->out->version_before > m->out->version) {
        defects_warn(m->defects, m->field,
                     "its bootstrap is version %" PRId64 ", newer than penstock's %" PRId64
                     ": its template stays, only trust and policies are changed",
                     m->out->version_before, m->out->version);
        return true;
    }
    return false;
}

static void check_names(const struct making *m)
{
    struct sv qualifier = old_parameter(m, "Qualifier");

    if (qualifier.len > 0 && !sv_eq(qualifier, m->e->qualifier))
        defects_add(m->defects, m->field,
                    "the bootstrap there has the qualifier " SV_FMT
                    ": correct the environment (penstock env edit " SV_FMT " --qualifier " SV_FMT
                    "), since a change would replace every role",
                    SV_ARG(sv_take(qualifier, 20)), SV_ARG(m->e->name),
                    SV_ARG(sv_take(qualifier, 20)));
}

struct parameters {
    struct tag *items;
    size_t count;
    bool has_trust;
};

static void put(struct parameters *p, const char *key, struct sv value)
{
    p->items[p->count++] = (struct tag){.key = sv_of(key), .value = value};
}

static enum err_code put_kept(struct making *m, struct parameters *p, struct err *err)
{
    p->items = arena_alloc(m->arena, m->old->parameter_count + 1, sizeof *p->items);
    if (p->items == NULL)
        return arena_err(m->arena, err);
    for (size_t i = 0; i < m->old->parameter_count; i++) {
        struct tag *t = &p->items[p->count++];

        *t = (struct tag){.key = m->old->parameters[i].key, .value = SV_NONE};
        if (sv_eq(t->key, SV(TRUSTED))) {
            t->value = m->out->trusted;
            p->has_trust = true;
        } else if (sv_eq(t->key, SV(POLICIES))) {
            t->value = m->out->policies;
        }
    }
    if (!p->has_trust && m->out->trusted.len > 0)
        defects_add(m->defects, m->field,
                    "its template has no parameter " TRUSTED ": update it with what made it");
    return ERR_OK;
}

/* The environment's boundary is the template's default, which an old value would hide. */
static bool is_boundary(struct sv key)
{
    return sv_eq(key, SV("InputPermissionsBoundary")) ||
           sv_eq(key, SV("CloudFormationExecutionPermissionsBoundaryPolicy"));
}

static enum err_code put_ours(struct making *m, const cJSON *declared, struct parameters *p,
                              struct err *err)
{
    const cJSON *row;

    p->items = arena_alloc(m->arena, (size_t)cJSON_GetArraySize(declared) + 1, sizeof *p->items);
    if (p->items == NULL)
        return arena_err(m->arena, err);
    cJSON_ArrayForEach(row, declared)
    {
        struct sv key = arena_sv(m->arena, sv_of(row->string));
        struct sv otherwise = arena_sv(m->arena, json_sv(row, "Default"));
        bool was = m->old != NULL && stack_parameter(m->old, row->string).ptr != NULL;

        if (key.ptr == NULL || otherwise.ptr == NULL)
            return arena_err(m->arena, err);
        if (sv_eq(key, SV(TRUSTED)))
            put(p, TRUSTED, m->out->trusted);
        else if (sv_eq(key, SV(POLICIES)))
            put(p, POLICIES, m->out->policies);
        else if (was)
            put(p, key.ptr, is_boundary(key) && otherwise.len > 0 ? otherwise : SV_NONE);
    }
    return ERR_OK;
}

static enum err_code make_template(struct making *m, struct parameters *p, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    cJSON *tree = NULL;
    enum err_code rc = template_bootstrap(m->e, &tree, err);

    sb_init(&text, TEXT_MAX);
    if (!rc)
        rc = template_text(tree, &text, err);
    if (!rc)
        rc = keep(m, &text, &m->out->stack.template_text, err);
    if (!rc)
        rc = put_ours(m, json_get(tree, "Parameters"), p, err);
    cJSON_Delete(tree);
    return rc;
}

enum err_code bootstrap_wish_make(const struct bootstrap_job *b, const struct environment *e,
                                  const struct stack *old, struct sv home, struct arena *arena,
                                  struct defects *defects, struct bootstrap_wish *out,
                                  struct err *err)
{
    struct making m = {.b = b, .e = e, .old = old, .arena = arena, .defects = defects, .out = out};
    struct parameters p = {0};
    enum err_code rc;

    *out = (struct bootstrap_wish){.version = e->bootstrap == BOOTSTRAP_CDK ? BOOTSTRAP_CDK_VERSION
                                                                            : BOOTSTRAP_DDK_VERSION,
                                   .stack = {.template_text = SV(""), .imports_existing = true}};
    (void)defect_field(m.field, SV_FMT, SV_ARG(e->name));
    if (old != NULL && !sv_to_int(stack_output(old, "BootstrapVersion"), &out->version_before))
        out->version_before = 0;
    check_names(&m);
    rc = make_trust(&m, home, err);
    if (!rc)
        rc = make_policies(&m, err);
    if (rc)
        return rc;
    if (keeps_template(&m)) {
        out->version = out->version_before;
        rc = put_kept(&m, &p, err);
    } else {
        rc = make_template(&m, &p, err);
    }
    out->stack.parameters = p.items;
    out->stack.parameter_count = p.count;
    return rc;
}
