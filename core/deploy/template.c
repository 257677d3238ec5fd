/* What is read back out of a template, and what goes with it: its text, its tags, what a plan
 * lists. */
#include "core/deploy/template.h"

#include "core/base/mem.h"
#include "core/deploy/tree.h"

/* Five times what CloudFormation accepts: what is too big is its to say, in its own words. */
enum { TEMPLATE_TEXT_MAX = 5 * 1024 * 1024 };

struct sv blueprint_team(const struct blueprint *b, size_t stage)
{
    struct sv own = b->definition->stages[stage].team;
    struct sv target = b->targets[stage]->team;

    if (own.len > 0)
        return own;
    return target.len > 0 ? target : b->definition->team;
}

static enum err_code printed(const cJSON *tree, struct sb *out, struct err *err)
{
    char *text = cJSON_PrintUnformatted(tree);
    enum err_code rc;

    if (text == NULL)
        return mem_err(err);
    rc = sb_add(out, sv_of(text), err);
    cJSON_free(text);
    return rc;
}

enum err_code template_text(const cJSON *template_tree, struct sb *out, struct err *err)
{
    return printed(template_tree, out, err);
}

static const cJSON *kept_definition(const cJSON *tree)
{
    return json_get(json_get(json_get(tree, "Metadata"), "Penstock"), "definition");
}

/* Defects are left to definition_check: what is deployed may be older than a rule of today's. */
static enum err_code read_kept(const cJSON *kept, struct arena *arena, struct definition *out,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    struct defects *defects;
    enum err_code rc;

    sb_init(&text, TEMPLATE_TEXT_MAX);
    rc = printed(kept, &text, err);
    if (rc)
        return rc;
    defects = mem_alloc(sizeof *defects);
    if (defects == NULL)
        return mem_err(err);
    rc = definition_read(sb_sv(&text), arena, out, defects, err);
    mem_free(defects);
    return rc;
}

enum err_code template_definition(struct sv template_text, struct arena *arena,
                                  struct definition *out, struct err *err)
{
    cJSON *tree = NULL;
    enum err_code rc = ERR_OK;

    /* Another tool's template may well be YAML. */
    if (!sv_starts(sv_trim(template_text), SV("{")))
        return err_set(err, ERR_NOT_FOUND, "this stack was not made by penstock");
    rc = json_parse(template_text, &tree, err);
    if (rc)
        return rc;
    if (!cJSON_IsObject(kept_definition(tree)))
        rc = err_set(err, ERR_NOT_FOUND, "this stack was not made by penstock");
    else
        rc = read_kept(kept_definition(tree), arena, out, err);
    cJSON_Delete(tree);
    return rc;
}

static enum err_code read_environment(const cJSON *item, struct arena *arena,
                                      struct environment *out, struct err *err)
{
    char *text = cJSON_PrintUnformatted(item);
    bool has_unknown;
    enum err_code rc;

    if (text == NULL)
        return mem_err(err);
    rc = environment_read(sv_of(text), arena, out, &has_unknown, err);
    cJSON_free(text);
    return rc;
}

enum err_code template_environments(struct sv text, struct arena *arena, struct environment **out,
                                    size_t *count, struct err *err)
{
    cJSON *tree = NULL;
    const cJSON *list;
    enum err_code rc = json_parse(text, &tree, err);

    *count = 0;
    if (rc)
        return rc;
    list = json_get(json_get(json_get(tree, "Metadata"), "Penstock"), "environments");
    *out = arena_alloc(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof **out);
    if (*out == NULL)
        rc = arena_err(arena, err);
    for (const cJSON *i = list == NULL ? NULL : list->child; i != NULL && !rc; i = i->next)
        rc = read_environment(i, arena, &(*out)[(*count)++], err);
    cJSON_Delete(tree);
    return rc;
}

enum err_code template_tags(const struct definition *d, struct arena *arena, struct tag **out,
                            size_t *count, struct err *err)
{
    enum { OWN = 3 };
    struct tag *tags = arena_alloc(arena, OWN + d->tag_count, sizeof *tags);
    size_t n = 0;

    if (tags == NULL)
        return arena_err(arena, err);
    tags[n++] = (struct tag){SV("penstock:pipeline"), d->name};
    /* A tag without a value says nothing. */
    if (d->team.len > 0)
        tags[n++] = (struct tag){SV("penstock:team"), d->team};
    tags[n++] = (struct tag){SV("penstock:strategy"), sv_of(strategy_word(d->strategy))};
    for (size_t i = 0; i < d->tag_count; i++)
        tags[n++] = d->tags[i];
    for (size_t i = 0; i < n; i++) {
        tags[i].key = arena_sv(arena, tags[i].key);
        tags[i].value = arena_sv(arena, tags[i].value);
        if (tags[i].key.ptr == NULL || tags[i].value.ptr == NULL)
            return arena_err(arena, err);
    }
    *out = tags;
    *count = n;
    return ERR_OK;
}

/* clang-format off */
/* What AWS calls the name of each type, and what it is paid by: no prices, they change. */
static const struct resource_kind {
    const char *type;
    const char *name;
    const char *cost;
} resource_kinds[] = {
    {"AWS::CodeBuild::Project",     "Name",           "billed per build minute"},
    {"AWS::CodePipeline::Pipeline", "Name",           "billed per action minute"},
    {"AWS::ECR::Repository",        "RepositoryName", "billed per GB stored"},
    {"AWS::Events::Rule",           "Name",           NULL},
    {"AWS::IAM::ManagedPolicy",     "ManagedPolicyName", NULL},
    {"AWS::IAM::Policy",            "PolicyName",     NULL},
    {"AWS::IAM::Role",              "RoleName",       NULL},
    {"AWS::KMS::Alias",             "AliasName",      NULL},
    {"AWS::KMS::Key",               NULL,             "billed per month"},
    {"AWS::Logs::LogGroup",         "LogGroupName",   "billed per GB written and stored"},
    {"AWS::S3::Bucket",             "BucketName",     "billed per GB stored"},
    {"AWS::SSM::Parameter",         "Name",           NULL},
};
/* clang-format on */

static const struct resource_kind *kind_of(struct sv type)
{
    for (size_t i = 0; i < ARRAY_LEN(resource_kinds); i++) {
        if (sv_eq(type, sv_of(resource_kinds[i].type)))
            return &resource_kinds[i];
    }
    return NULL;
}

static bool plan_one(const cJSON *resource, struct arena *arena, struct planned_resource *out)
{
    struct sv type = json_sv(resource, "Type");
    const struct resource_kind *kind = kind_of(type);
    struct sv physical = SV_NONE;

    if (kind != NULL && kind->name != NULL)
        physical = json_sv(json_get(resource, "Properties"), kind->name);
    *out = (struct planned_resource){
        .logical = arena_sv(arena, sv_of(resource->string)),
        .type = arena_sv(arena, type),
        .physical = arena_sv(arena, physical),
        .cost = kind == NULL ? NULL : kind->cost,
        .is_kept = sv_starts(json_sv(resource, "DeletionPolicy"), SV("Retain")),
    };
    return out->logical.ptr != NULL && out->type.ptr != NULL && out->physical.ptr != NULL;
}

enum err_code template_resources(const cJSON *template_tree, struct arena *arena,
                                 struct planned_resource **out, size_t *count, struct err *err)
{
    const cJSON *resources = json_get(template_tree, "Resources");
    size_t n = resources == NULL ? 0 : (size_t)cJSON_GetArraySize(resources);
    struct planned_resource *items = arena_alloc(arena, n + 1, sizeof *items);
    size_t at = 0;

    if (items == NULL)
        return arena_err(arena, err);
    for (const cJSON *i = n == 0 ? NULL : resources->child; i != NULL; i = i->next) {
        if (!plan_one(i, arena, &items[at++]))
            return arena_err(arena, err);
    }
    *out = items;
    *count = n;
    return ERR_OK;
}
