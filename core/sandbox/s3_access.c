/* Who may do what with a bucket: its owner's callers, and whom its policy lets in.
 *
 * What identities may is judged before (auth.h), so a policy that allows is enough. Loopback counts
 * as TLS: a policy that wants aws:SecureTransport would else shut everybody out. */
#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/policy.h"
#include "core/sandbox/s3_parts.h"

/* "arn:aws:sts::1:assumed-role/NAME/SESSION" is a session of "arn:aws:iam::1:role/NAME". */
static struct sv role_of(const struct call *c, char out[256])
{
    struct sv name;
    ptrdiff_t at = sv_find(c->request->who.arn, SV(":assumed-role/"));

    if (at < 0)
        return SV("");
    (void)sv_cut(sv_drop(c->request->who.arn, (size_t)at), '/', &name);
    (void)snprintf(out, 256, "arn:%s:iam::" SV_FMT ":role/" SV_FMT, arn_partition(c->region),
                   SV_ARG(c->account), SV_ARG(sv_cut(name, '/', &name)));
    return sv_of(out);
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
    if (!call_ok(c, sb_addf(&resource, c->err, "arn:%s:s3:::" SV_FMT "%s" SV_FMT,
                            arn_partition(json_sv(bucket, "Region")),
                            SV_ARG(json_sv(bucket, "Name")), key.len > 0 ? "/" : "", SV_ARG(key))))
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

bool s3_may(struct call *c, const cJSON *bucket, struct sv action, struct sv key)
{
    bool is_owner = sv_eq(json_sv(bucket, "Account"), c->account);
    enum policy_answer answer = POLICY_SILENT;
    cJSON *policy = NULL;

    if (json_get(bucket, "Policy") != NULL &&
        call_ok(c, json_parse(json_sv(bucket, "Policy"), &policy, c->err)))
        answer = judge(c, bucket, policy, action, key);
    cJSON_Delete(policy);
    if (answer == POLICY_DENIED ? !(is_owner && mends_policy(action))
                                : answer == POLICY_SILENT && !is_owner)
        call_fail(c, 403, "AccessDenied",
                  "User: " SV_FMT " is not authorized to perform: s3:" SV_FMT
                  " on resource: \"arn:%s:s3:::" SV_FMT "%s" SV_FMT "\"",
                  SV_ARG(c->request->who.arn), SV_ARG(action),
                  arn_partition(json_sv(bucket, "Region")), SV_ARG(json_sv(bucket, "Name")),
                  key.len > 0 ? "/" : "", SV_ARG(key));
    return !c->has_failed;
}
