/* The CICD stack: what runs in the pipelines' own account.
 *
 * One tree, filled part by part (store, builds, pipelines). Roles are named before they exist, so
 * that the key's policy can name them while they need nothing of the key: no cycle. */
#include "core/deploy/template_cicd.h"

#include <ctype.h>
#include <stdio.h>

#include "core/deploy/template_iam.h"
#include "core/model/hash.h"

enum { DESCRIPTION_MAX = 1024, METADATA_TEXT_MAX = 512 * 1024 };

const char *cicd_name(const struct cicd *c, enum derived what, int stage, char out[DERIVED_SIZE])
{
    return definition_name(c->b->definition, c->b->cicd, what, stage, out);
}

/* Lower case letters and digits stand for themselves, anything else is X and its code; the first
 * letter is made upper case unless that could be taken for a code. */
const char *cicd_logical(const struct cicd *c, const char *word, int stage, char out[LOGICAL_SIZE])
{
    struct sv name = stage < 0 ? SV_NONE : c->b->definition->stages[stage].stage;
    size_t at = (size_t)snprintf(out, LOGICAL_SIZE, "%s", word);

    for (size_t i = 0; i < name.len && at + 4 < LOGICAL_SIZE; i++) {
        unsigned char ch = (unsigned char)name.ptr[i];

        if (i == 0 && islower(ch) && ch != 'x')
            out[at++] = (char)toupper(ch);
        else if (islower(ch) || isdigit(ch))
            out[at++] = (char)ch;
        else
            at += (size_t)snprintf(out + at, LOGICAL_SIZE - at, "X%02X", ch);
    }
    out[at] = '\0';
    return out;
}

cJSON *cicd_role_arn(const struct cicd *c, enum derived what, int stage)
{
    char name[DERIVED_SIZE];

    return tree_sub(c->t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/%s",
                    cicd_name(c, what, stage, name));
}

cJSON *cicd_role(const struct cicd *c, const char *logical, enum derived what, int stage,
                 const char *service)
{
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;

    template_resource(c->t, c->resources, logical, "AWS::IAM::Role", &properties);
    tree_put_text(c->t, properties, "RoleName", cicd_name(c, what, stage, name));
    policy_trust_service(c->t, properties, service);
    if (c->b->cicd->boundary.len > 0)
        tree_put_sv(c->t, properties, "PermissionsBoundary", c->b->cicd->boundary);
    return policy_inline(c->t, tree_list(c->t, properties, "Policies"), tree_text(c->t, "work"));
}

bool cicd_has_events(const struct cicd *c)
{
    return c->b->definition->source == SOURCE_CODECOMMIT;
}

int cicd_stage_count(const struct cicd *c)
{
    return (int)c->b->definition->stage_count;
}

static bool is_gitflow(const struct cicd *c)
{
    return c->b->definition->strategy == STRATEGY_GITFLOW;
}

int cicd_pipeline_count(const struct cicd *c)
{
    return is_gitflow(c) ? cicd_stage_count(c) : 1;
}

int cicd_pipeline_stage(const struct cicd *c, int pipeline)
{
    return is_gitflow(c) ? pipeline : -1;
}

enum derived cicd_pipeline_kind(const struct cicd *c)
{
    return is_gitflow(c) ? DERIVED_STAGE_PIPELINE : DERIVED_PIPELINE;
}

/* What an sb-writer of the model wrote, as a tree of ours; its bytes also go into the digest. */
static cJSON *parsed(const struct cicd *c, const struct sb *text, struct hash *digest)
{
    cJSON *tree = NULL;

    hash_sv(digest, sb_sv(text));
    if (tree_failed(c->t, json_parse(sb_sv(text), &tree, c->t->err)))
        return NULL;
    return tree;
}

static void add_environment(const struct cicd *c, cJSON *list, const struct environment *e,
                            struct hash *digest)
{
    struct environment told = *e;
    CLEANUP(sb_release) struct sb text;

    /* Whoever may read the stack need not know it. */
    told.external_id = SV("");
    sb_init(&text, METADATA_TEXT_MAX);
    if (!tree_failed(c->t, environment_write(&told, &text, c->t->err)))
        tree_add(c->t, list, parsed(c, &text, digest));
}

static bool is_told_before(const struct blueprint *b, size_t stage)
{
    bool told = sv_eq(b->targets[stage]->name, b->cicd->name);

    for (size_t i = 0; i < stage; i++)
        told = told || sv_eq(b->targets[stage]->name, b->targets[i]->name);
    return told;
}

static void put_metadata(const struct cicd *c, struct hash *digest)
{
    cJSON *own = tree_object(c->t, tree_object(c->t, c->t->root, "Metadata"), "Penstock");
    CLEANUP(sb_release) struct sb text;
    cJSON *environments;

    sb_init(&text, METADATA_TEXT_MAX);
    tree_put_text(c->t, own, "version", PENSTOCK_VERSION);
    if (!tree_failed(c->t, definition_write(c->b->definition, &text, c->t->err)))
        tree_put(c->t, own, "definition", parsed(c, &text, digest));
    environments = tree_list(c->t, own, "environments");
    add_environment(c, environments, c->b->cicd, digest);
    for (size_t i = 0; i < c->b->definition->stage_count; i++) {
        if (!is_told_before(c->b, i))
            add_environment(c, environments, c->b->targets[i], digest);
    }
}

/* CloudFormation takes no update that changes nothing but the template's own Metadata. A
 * resource's does count, so one of them carries a digest: each change of a definition arrives. */
static void put_digest(const struct cicd *c, const struct hash *digest)
{
    cJSON *alias = cJSON_GetObjectItemCaseSensitive(c->resources, LOGICAL_KEY "Alias");
    cJSON *metadata = tree_object(c->t, alias, "Metadata");

    tree_put(c->t, metadata, "PenstockDigest",
             tree_textf(c->t, "%016llx", (unsigned long long)hash_done(digest)));
}

static void put_description(const struct cicd *c)
{
    const struct definition *d = c->b->definition;
    CLEANUP(sb_release) struct sb text;
    size_t len;

    sb_init(&text, DEFINITION_SIZE_MAX);
    if (tree_failed(c->t, sb_addf(&text, c->t->err, "Pipeline " SV_FMT " (%s), made by penstock",
                                  SV_ARG(d->name), strategy_word(d->strategy))) ||
        (d->description.len > 0 && (tree_failed(c->t, sb_add(&text, SV(": "), c->t->err)) ||
                                    tree_failed(c->t, sb_add(&text, d->description, c->t->err)))))
        return;
    len = text.len < DESCRIPTION_MAX ? text.len : DESCRIPTION_MAX;
    while (len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--; /* never within a character */
    tree_put_sv(c->t, c->t->root, "Description", sv_take(sb_sv(&text), len));
}

static void put_output(const struct cicd *c, cJSON *outputs, const char *name, const char *help,
                       cJSON *value)
{
    cJSON *output = tree_object(c->t, outputs, name);

    tree_put_text(c->t, output, "Description", help);
    tree_put(c->t, output, "Value", value);
}

static void put_outputs(const struct cicd *c)
{
    cJSON *outputs = tree_object(c->t, c->t->root, "Outputs");
    char logical[LOGICAL_SIZE];
    char name[LOGICAL_SIZE];
    char repository[DERIVED_SIZE];

    for (int i = 0; i < cicd_pipeline_count(c); i++) {
        int stage = cicd_pipeline_stage(c, i);

        cicd_logical(c, "Pipeline", stage, logical);
        put_output(c, outputs, cicd_logical(c, "PipelineName", stage, name), "CodePipeline",
                   tree_ref(c->t, logical));
    }
    if (c->b->definition->source == SOURCE_CODECOMMIT)
        put_output(c, outputs, "RepositoryCloneUrl", "To clone the repository over HTTPS",
                   tree_sub(c->t,
                            "https://git-codecommit.${AWS::Region}.${AWS::URLSuffix}/v1/repos/%s",
                            cicd_name(c, DERIVED_REPOSITORY, -1, repository)));
    put_output(c, outputs, "ArtifactBucketName", "Artifacts between the stages",
               tree_ref(c->t, LOGICAL_BUCKET));
    put_output(c, outputs, "ArtifactKeyArn", "Key of the artifacts",
               tree_get_att(c->t, LOGICAL_KEY, "Arn"));
}

enum err_code template_cicd(const struct blueprint *b, cJSON **out, struct err *err)
{
    struct hash digest;
    struct tree t;
    struct cicd c = {.t = &t, .b = b};

    tree_init(&t, err);
    hash_init(&digest);
    tree_put_text(&t, t.root, "AWSTemplateFormatVersion", "2010-09-09");
    put_description(&c);
    put_metadata(&c, &digest);
    c.resources = tree_object(&t, t.root, "Resources");
    cicd_add_store(&c);
    for (int i = 0; i < cicd_stage_count(&c); i++)
        cicd_add_build(&c, i);
    cicd_add_pipelines(&c);
    put_digest(&c, &digest);
    put_outputs(&c);
    return tree_done(&t, out);
}
