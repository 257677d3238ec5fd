/* ddk.json: which account and region each stage is deployed to, in the shape that data.all and DDK
 * know (facts/cdk-ddk-sdlf-tsdat.md B, data-all-pipelines.md 3.6), so that an app written for them
 * runs here. */
#include "core/deploy/template.h"

static void put_place(struct jw *w, const struct environment *e, struct sv stage)
{
    jw_put_sv(w, "account", e->account);
    jw_put_sv(w, "region", e->region);
    jw_put_sv(w, "stage", stage);
}

/* What is deployed first for a try is thrown away with its stack; everything else is kept. */
static void put_resources(struct jw *w, struct sv stage)
{
    bool is_kept = !sv_eq(stage, SV("dev"));

    jw_name(w, "resources");
    jw_open(w, '{');
    jw_name(w, "ddk-bucket");
    jw_open(w, '{');
    jw_put_bool(w, "versioned", is_kept);
    jw_put_sv(w, "removal_policy", is_kept ? SV("retain") : SV("destroy"));
    jw_close(w, '}');
    jw_close(w, '}');
}

static void put_role(struct jw *w, const char *name, const struct environment *e,
                     enum bootstrap_role role)
{
    char arn[ENVIRONMENT_NAME_SIZE];

    jw_put_sv(w, name, sv_of(environment_role_arn(e, role, arn)));
}

/* The CDK finds all names by the qualifier; those of DDK's dialect it has to be told. */
static void put_bootstrap(struct jw *w, const struct environment *e)
{
    char text[ENVIRONMENT_NAME_SIZE];

    jw_name(w, "bootstrap");
    jw_open(w, '{');
    if (e->bootstrap == BOOTSTRAP_DDK)
        jw_put_sv(w, "prefix", e->ddk_prefix);
    jw_put_sv(w, "qualifier", e->qualifier);
    if (e->bootstrap == BOOTSTRAP_DDK) {
        jw_put_sv(w, "file_assets_bucket_name", sv_of(environment_staging_bucket(e, text)));
        jw_put_sv(w, "stack_version_ssm_parameter", sv_of(environment_version_parameter(e, text)));
        put_role(w, "deploy_role", e, BOOTSTRAP_ROLE_DEPLOY);
        put_role(w, "file_publish_role", e, BOOTSTRAP_ROLE_FILE_PUBLISHING);
        put_role(w, "cfn_execution_role", e, BOOTSTRAP_ROLE_CFN_EXEC);
        put_role(w, "lookup_role", e, BOOTSTRAP_ROLE_LOOKUP);
    }
    jw_close(w, '}');
}

static void put_stage(struct jw *w, const struct blueprint *b, size_t i)
{
    const struct definition_stage *stage = &b->definition->stages[i];
    const struct environment *target = b->targets[i];
    struct sv team = blueprint_team(b, i);
    CLEANUP(sb_release) struct sb name;

    sb_init(&name, DEFINITION_SIZE_MAX);
    if (w->rc == ERR_OK)
        w->rc = sb_add(&name, stage->stage, w->err);
    jw_name(w, sb_cstr(&name));
    jw_open(w, '{');
    put_place(w, target, stage->stage);
    if (team.len > 0) {
        jw_name(w, "tags");
        jw_open(w, '{');
        jw_put_sv(w, "Team", team);
        jw_close(w, '}');
    }
    put_resources(w, stage->stage);
    put_bootstrap(w, target);
    jw_close(w, '}');
}

/* The same as the stack's, so that what is deployed can be found by them. */
static enum err_code put_tags(struct jw *w, const struct definition *d, struct err *err)
{
    struct arena arena;
    struct tag *tags = NULL;
    size_t count = 0;
    enum err_code rc;

    arena_init(&arena, DEFINITION_SIZE_MAX);
    rc = template_tags(d, &arena, &tags, &count, err);
    jw_name(w, "tags");
    jw_open(w, '{');
    for (size_t i = 0; i < count; i++)
        jw_put_sv(w, tags[i].key.ptr, tags[i].value);
    jw_close(w, '}');
    arena_release(&arena);
    return rc;
}

enum err_code ddk_json(const struct blueprint *b, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    w.pretty = true;
    jw_open(&w, '{');
    rc = put_tags(&w, b->definition, err);
    if (rc)
        return rc;
    jw_name(&w, "environments");
    jw_open(&w, '{');
    jw_name(&w, "cicd");
    jw_open(&w, '{');
    put_place(&w, b->cicd, SV("cicd"));
    jw_close(&w, '}');
    for (size_t i = 0; i < b->definition->stage_count; i++)
        put_stage(&w, b, i);
    jw_close(&w, '}');
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}
