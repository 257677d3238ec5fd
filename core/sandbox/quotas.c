/* The quotas that matter to pipelines, with what AWS gives a settled account. */
#include "core/sandbox/quotas.h"

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"

/* CodePipeline's code is of our own making: AWS's is not published where we looked. */
static const struct quota {
    const char *service;
    const char *title;
    const char *code;
    const char *name;
    int value;
} quotas[] = {
    {"codebuild", "AWS CodeBuild", "L-9D07B6EF",
     "Concurrently running builds for Linux/Small environment", 60},
    {"codebuild", "AWS CodeBuild", "L-2DC20C30",
     "Concurrently running builds for Linux/Medium environment", 60},
    {"codepipeline", "AWS CodePipeline", "L-SANDBOX1",
     "Maximum number of total pipelines per Region in an AWS account", 1000},
    {"cloudformation", "AWS CloudFormation", "L-0485CB21", "Stack count", 2000},
};

static cJSON *shown(struct call *c, const struct quota *q)
{
    cJSON *row = cJSON_CreateObject();

    if (call_ok(c, member_put(row, "ServiceCode", sv_of(q->service)) &&
                           member_put(row, "ServiceName", sv_of(q->title)) &&
                           member_putf(row, "QuotaArn",
                                       "arn:%s:servicequotas:" SV_FMT ":" SV_FMT ":%s/%s",
                                       arn_partition(c->region), SV_ARG(c->region),
                                       SV_ARG(c->account), q->service, q->code) &&
                           member_put(row, "QuotaCode", sv_of(q->code)) &&
                           member_put(row, "QuotaName", sv_of(q->name)) &&
                           member_put_int(row, "Value", q->value) &&
                           member_put(row, "Unit", SV("None")) &&
                           member_set(row, "Adjustable", cJSON_CreateTrue()) &&
                           member_set(row, "GlobalQuota", cJSON_CreateFalse())
                       ? ERR_OK
                       : mem_err(c->err)))
        return row;
    cJSON_Delete(row);
    return NULL;
}

void quotas_list(struct call *c)
{
    const struct page page = {.list = "Quotas",
                              .next = "NextToken",
                              .limit = "MaxResults",
                              .token = "NextToken",
                              .usual = 100,
                              .most = 100,
                              .bad_token = "InvalidPaginationTokenException"};
    struct sv service = call_text(c, "ServiceCode", true);
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < ARRAY_LEN(quotas) && !c->has_failed; i++) {
        if (sv_eq(service, sv_of(quotas[i].service)))
            (void)call_add(c, list, NULL, shown(c, &quotas[i]));
    }
    if (list != NULL && list->child == NULL)
        call_fail(c, 400, "NoSuchResourceException",
                  "The request failed because the specified "
                  "service does not exist.");
    page_put(c, &page, list);
}

void quotas_get(struct call *c)
{
    struct sv service = call_text(c, "ServiceCode", true);
    struct sv code = call_text(c, "QuotaCode", true);

    for (size_t i = 0; i < ARRAY_LEN(quotas) && !c->has_failed; i++) {
        if (sv_eq(service, sv_of(quotas[i].service)) && sv_eq(code, sv_of(quotas[i].code))) {
            (void)call_add(c, c->out, "Quota", shown(c, &quotas[i]));
            return;
        }
    }
    call_fail(c, 400, "NoSuchResourceException",
              "The request failed because the specified quota does not exist.");
}
