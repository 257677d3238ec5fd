/* The demo's environments: the four accounts as penstock keeps them, as SSM parameters of the CICD
 * account. Not bootstrapped: that is for whoever rehearses. */
#include "core/base/mem.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/members.h"
#include "core/sandbox/records.h"
#include "core/sandbox/seed.h"

static const char region[] = "eu-west-1";

static bool write_value(cJSON *parameter, enum account a)
{
    const char *name = account_name(a);

    if (a == ACCOUNT_CICD)
        return member_putf(parameter, "Value",
                           "{\"schema\":1,\"name\":\"tools\",\"kind\":\"cicd\",\"account\":\"%s\","
                           "\"region\":\"%s\",\"bootstrap\":\"cdk\",\"qualifier\":\"hnb659fds\"}",
                           account_number(a), region);
    return member_putf(parameter, "Value",
                       "{\"schema\":1,\"name\":\"%s\",\"kind\":\"target\",\"account\":\"%s\","
                       "\"region\":\"%s\",\"profile\":\"%s\",\"stage\":\"%s\",\"bootstrap\":"
                       "\"cdk\",\"qualifier\":\"hnb659fds\"}",
                       name, account_number(a), region, name, name);
}

static enum err_code put(struct records *records, enum account a, int64_t now_ms, struct err *err)
{
    struct record_key key = {.kind = "ssm.parameter",
                             .account = sv_of(account_number(ACCOUNT_CICD)),
                             .region = sv_of(region)};
    char name[64];
    cJSON *parameter = cJSON_CreateObject();
    enum err_code rc = ERR_OK;

    (void)snprintf(name, sizeof name, "/penstock/environments/%s",
                   a == ACCOUNT_CICD ? "tools" : account_name(a));
    key.name = sv_of(name);
    if (parameter == NULL || !member_put(parameter, "Name", key.name) ||
        !member_put(parameter, "Type", SV("String")) || !write_value(parameter, a) ||
        !member_put(parameter, "Tier", SV("Standard")) ||
        !member_put_int(parameter, "Version", 1) ||
        !member_put_int(parameter, "LastModifiedDate", now_ms) ||
        !member_putf(parameter, "LastModifiedUser", "arn:aws:iam::%s:user/ops",
                     account_number(ACCOUNT_CICD)) ||
        !member_put(parameter, "DataType", SV("text")) ||
        !member_putf(parameter, "Arn", "arn:aws:ssm:%s:%s:parameter%s", region,
                     account_number(ACCOUNT_CICD), name))
        rc = mem_err(err);
    if (!rc)
        rc = record_put(records, &key, parameter, err);
    cJSON_Delete(parameter);
    return rc;
}

enum err_code seed_environments(struct records *records, int64_t now_ms, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int a = 0; a < ACCOUNT_COUNT && !rc; a++)
        rc = put(records, (enum account)a, now_ms, err);
    return rc;
}
