/* Service Quotas: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_QUOTAS_H
#define PENSTOCK_SANDBOX_QUOTAS_H

/* clang-format off */
/*       service  operation  function */
#define QUOTAS_CALLS(X) \
    X("servicequotas", "ListServiceQuotas", quotas_list) \
    X("servicequotas", "GetServiceQuota", quotas_get)
/*       kind     function: what happens later */
#define QUOTAS_LATER(X)
/* clang-format on */

#endif
