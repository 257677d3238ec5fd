/* Who may do what with a bucket: its owner's callers, and whom its policy lets in.
 *
 * A session of IAM's role needs its role's leave for this very resource as well, or, in the
 * bucket's own account, instead of the policy's. Loopback counts as TLS: a policy that wants
 * aws:SecureTransport would else shut everybody out. */
#include "core/base/mem.h"
#include "core/sandbox/iam.h"
#include "core/sandbox/members.h"
#include "core/sandbox/policy.h"
#include "core/sandbox/s3_parts.h"

/* Of a session; empty for a user. */
static struct sv role_of(const struct call *c, char out[256])
{
    struct sv name = c->request->who.role_name;

    if (name.len == 0)
        return SV("");
    (void)snprintf(out, 256, "arn:%s:iam::" SV_FMT ":role/" SV_FMT, arn_partition(c->region),
                   SV_ARG(c->account), SV_ARG(name));
    return sv_of(out);
}

static enum err_code add_arn(const struct call *c, const cJSON *bucket, struct sv key,
                             struct sb *out)
{
    return sb_addf(out, c->err, "arn:%s:s3:::" SV_FMT "%s" SV_FMT,
                   arn_partition(json_sv(bucket, "Region")), SV_ARG(json_sv(bucket, "Name")),
                   key.len > 0 ? "/" : "", SV_ARG(key));
}

static enum policy_answer judge(struct call *c, const cJSON *bucket, const cJSON *policy,
                                struct sv action, struct sv key)
{
    CLEANUP(sb_release) struct sb resource;
    char full[64];
    char role[256];
    const struct policy_value values[] = {
        {"aws:SecureTransport", SV("true")},
        {"aws:PrincipalAccount", c->account},
        {"aws:PrincipalArn", c->request->who.arn},
        {"s3:prefix", json_sv(c->in, "prefix")},
    };
    struct policy_ask ask = {.account = c->account,
                             .arn = c->request->who.arn,
                             .role_arn = role_of(c, role),
                             .values = values,
                             .value_count = ARRAY_LEN(values)};

    sb_init(&resource, 2048);
    (void)snprintf(full, sizeof full, "s3:" SV_FMT, SV_ARG(sv_take(action, 60)));
    if (!call_ok(c, add_arn(c, bucket, key, &resource)))
        return POLICY_DENIED;
    ask.action = sv_of(full);
    ask.resource = sb_sv(&resource);
    return policy_judge(policy, &ask, true);
}

/* The owner's account may always mend a policy that shuts it out. */
static bool mends_policy(struct sv action)
{
    return sv_ends(action, SV("BucketPolicy"));
}

/* Users may all; a role what its policies say of the bucket or the object. */
static bool identity_may(struct call *c, const cJSON *bucket, struct sv action, struct sv key)
{
    CLEANUP(sb_release) struct sb resource;
    char full[64];
    char role[256];
    bool may = true;

    sb_init(&resource, 2048);
    if (c->request->who.role_name.len == 0)
        return true;
    (void)snprintf(full, sizeof full, "s3:" SV_FMT, SV_ARG(sv_take(action, 60)));
    return call_ok(c, add_arn(c, bucket, key, &resource)) &&
           call_ok(c, iam_role_allows(c->service, role_of(c, role), sv_of(full), sb_sv(&resource),
                                      &may, c->err)) &&
           may;
}

bool s3_may(struct call *c, const cJSON *bucket, struct sv action, struct sv key)
{
    bool is_owner = sv_eq(json_sv(bucket, "Account"), c->account);
    bool may = identity_may(c, bucket, action, key);
    enum policy_answer answer = POLICY_SILENT;
    cJSON *policy = NULL;

    if (json_get(bucket, "Policy") != NULL &&
        call_ok(c, json_parse(json_sv(bucket, "Policy"), &policy, c->err)))
        answer = judge(c, bucket, policy, action, key);
    cJSON_Delete(policy);
    if (answer == POLICY_DENIED)
        may = may && is_owner && mends_policy(action);
    else if (is_owner)
        may = may || answer != POLICY_SILENT;
    else
        may = may && answer != POLICY_SILENT;
    if (!may)
        call_fail(c, 403, "AccessDenied",
                  "User: " SV_FMT " is not authorized to perform: s3:" SV_FMT
                  " on resource: \"arn:%s:s3:::" SV_FMT "%s" SV_FMT "\"",
                  SV_ARG(c->request->who.arn), SV_ARG(action),
                  arn_partition(json_sv(bucket, "Region")), SV_ARG(json_sv(bucket, "Name")),
                  key.len > 0 ? "/" : "", SV_ARG(key));
    return !c->has_failed;
}
