/* Bootstrap stacks: what both dialects have in common.
 *
 * The contract is names, trust, tags, outputs and the version parameter, so that the CDK's own CLI
 * can deploy into what was made here, and can bootstrap again over it. Physical names are written
 * out, because a template is made for one environment; the parameters that would change them accept
 * only this environment's value. */
#include "core/deploy/template_bootstrap.h"

#include "core/deploy/template_iam.h"

cJSON *bootstrap_parameter(const struct bootstrap_parts *p, const char *name, const char *type,
                           struct sv otherwise, const char *help)
{
    cJSON *parameter = tree_object(p->t, p->parameters, name);

    tree_put_text(p->t, parameter, "Type", type);
    tree_put_sv(p->t, parameter, "Default", otherwise);
    tree_put_text(p->t, parameter, "Description", help);
    return parameter;
}

cJSON *bootstrap_equals(const struct bootstrap_parts *p, const char *parameter, const char *value)
{
    cJSON *condition = tree_new_object(p->t);
    cJSON *pair = tree_list(p->t, condition, "Fn::Equals");

    tree_add(p->t, pair, tree_ref(p->t, parameter));
    tree_add_text(p->t, pair, value);
    return condition;
}

static cJSON *joined(struct tree *t, const char *parameter)
{
    cJSON *join = tree_new_object(t);
    cJSON *list = tree_list(t, join, "Fn::Join");

    tree_add_text(t, list, "");
    tree_add(t, list, tree_ref(t, parameter));
    return join;
}

void bootstrap_is_given(const struct bootstrap_parts *p, const char *condition,
                        const char *parameter, bool is_list)
{
    struct tree *t = p->t;
    cJSON *negation = tree_list(t, tree_object(t, p->conditions, condition), "Fn::Not");
    cJSON *pair = tree_list(t, tree_add_object(t, negation), "Fn::Equals");

    tree_add_text(t, pair, "");
    tree_add(t, pair, is_list ? joined(t, parameter) : tree_ref(t, parameter));
}

void bootstrap_output(const struct bootstrap_parts *p, const char *name, const char *help,
                      cJSON *value)
{
    cJSON *output = tree_object(p->t, p->outputs, name);

    tree_put_text(p->t, output, "Description", help);
    tree_put(p->t, output, "Value", value);
}

void bootstrap_add_bucket_policy(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = NULL;

    template_resource(t, p->resources, LOGICAL_STAGING_BUCKET "Policy", "AWS::S3::BucketPolicy",
                      &properties);
    tree_put(t, properties, "Bucket", tree_ref(t, LOGICAL_STAGING_BUCKET));
    policy_refuse_plain(t, policy_open(t, properties, "PolicyDocument"), LOGICAL_STAGING_BUCKET);
}

cJSON *bootstrap_encryption(const struct bootstrap_parts *p, cJSON *key)
{
    struct tree *t = p->t;
    cJSON *encryption = tree_new_object(t);
    cJSON *rules = tree_list(t, encryption, "ServerSideEncryptionConfiguration");
    cJSON *by_default = tree_object(t, tree_add_object(t, rules), "ServerSideEncryptionByDefault");

    tree_put_text(t, by_default, "SSEAlgorithm", "aws:kms");
    tree_put(t, by_default, "KMSMasterKeyID", key);
    return encryption;
}

/* The output repeats the text: an attribute of a parameter just made may not be readable yet. */
void bootstrap_add_version(const struct bootstrap_parts *p, const char *version)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *properties = NULL;

    template_resource(t, p->resources, LOGICAL_VERSION, "AWS::SSM::Parameter", &properties);
    tree_put_text(t, properties, "Type", "String");
    tree_put_text(t, properties, "Name", environment_version_parameter(p->e, name));
    tree_put_text(t, properties, "Value", version);
    bootstrap_output(p, "BootstrapVersion", "Version of the bootstrap contract",
                     tree_text(t, version));
}

enum err_code template_bootstrap(const struct environment *e, cJSON **out, struct err *err)
{
    struct tree t;
    struct bootstrap_parts p = {.t = &t, .e = e};

    tree_init(&t, err);
    tree_put_text(&t, t.root, "AWSTemplateFormatVersion", "2010-09-09");
    tree_put(&t, t.root, "Description",
             tree_textf(&t, "Bootstrap for deployments (%s contract), made by penstock",
                        bootstrap_word(e->bootstrap)));
    p.parameters = tree_object(&t, t.root, "Parameters");
    p.conditions = tree_object(&t, t.root, "Conditions");
    p.resources = tree_object(&t, t.root, "Resources");
    p.outputs = tree_object(&t, t.root, "Outputs");
    bootstrap_parameter(&p, "TrustedAccounts", "CommaDelimitedList", SV(""),
                        "Accounts that may publish assets and deploy here");
    bootstrap_parameter(&p, "CloudFormationExecutionPolicies", "CommaDelimitedList", SV(""),
                        "Managed policies of the role that CloudFormation deploys with");
    bootstrap_is_given(&p, IS_TRUSTING, "TrustedAccounts", true);
    bootstrap_is_given(&p, HAS_POLICIES, "CloudFormationExecutionPolicies", true);
    if (e->bootstrap == BOOTSTRAP_CDK)
        bootstrap_fill_cdk(&p);
    else
        bootstrap_fill_ddk(&p);
    bootstrap_add_roles(&p);
    return tree_done(&t, out);
}
