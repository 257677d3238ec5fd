#include "core/sandbox/page.h"

#include "core/base/mem.h"

void page_put(struct call *c, const struct page *page, cJSON *list)
{
    int64_t most = call_int(c, page->limit, 1, page->most, page->usual);
    struct sv token = call_text(c, page->token, false);
    int64_t skip = 0;
    char next[24];

    if (token.len > 0 && (!sv_to_int(token, &skip) || skip < 0))
        call_fail(c, 400, page->bad_token, "The specified %s is not valid.", page->token);
    for (int64_t i = 0; i < skip; i++)
        cJSON_DeleteItemFromArray(list, 0);
    if (page->flag != NULL)
        (void)call_add(c, c->out, page->flag, cJSON_CreateBool(cJSON_GetArraySize(list) > most));
    if (cJSON_GetArraySize(list) > most) {
        (void)snprintf(next, sizeof next, "%lld", (long long)(skip + most));
        call_put(c, page->next, sv_of(next));
    }
    while (cJSON_GetArraySize(list) > most)
        cJSON_DeleteItemFromArray(list, (int)most);
    if (c->has_failed)
        cJSON_Delete(list);
    else
        (void)call_add(c, c->out, page->list, list);
}

struct collection {
    struct call *call;
    page_row_fn *fn;
    cJSON *list;
};

static enum err_code collect(void *owner, const struct record_key *key UNUSED, const cJSON *value,
                             bool *goes_on, struct err *err UNUSED)
{
    struct collection *to = owner;
    cJSON *row = to->fn(to->call, value);

    if (row != NULL)
        (void)call_add(to->call, to->list, NULL, row);
    *goes_on = !to->call->has_failed;
    return to->call->rc;
}

cJSON *page_collect(struct call *c, const char *kind, struct sv region, struct sv prefix,
                    page_row_fn *fn)
{
    struct collection to = {.call = c, .fn = fn, .list = cJSON_CreateArray()};
    struct record_key key = {.kind = kind, .account = c->account, .region = region, .name = prefix};

    if (!c->has_failed)
        (void)call_ok(c, to.list == NULL ? mem_err(c->err)
                                         : record_each(c->service->records, &key, SV(""), collect,
                                                       &to, c->err));
    return to.list;
}
