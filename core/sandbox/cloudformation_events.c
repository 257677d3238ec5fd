/* CloudFormation: what happened to a stack, the newest first: what is kept of it and, of a seeded
 * stack, what its pipeline's runs did. */
#include "core/base/mem.h"
#include "core/sandbox/cfn_request.h"
#include "core/sandbox/seed_stack.h"

enum { PAGE = 100 };

struct events {
    struct cfn *c;
    cJSON **rows; /* those of a list that is kept elsewhere */
    size_t count;
    size_t size;
};

static bool add_row(struct events *e, cJSON *row)
{
    if (e->count == e->size) {
        size_t size = e->size == 0 ? 128 : e->size * 2;
        cJSON **grown = mem_resize(e->rows, size, sizeof(cJSON *));

        if (grown == NULL)
            return false;
        e->rows = grown;
        e->size = size;
    }
    e->rows[e->count++] = row;
    return true;
}

/* Records come newest first, seeded events oldest first: "Order" makes both comparable, for those
 * of one millisecond too. */
static enum err_code add_kept(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on UNUSED, struct err *err)
{
    struct events *e = owner;
    cJSON *row = cJSON_Duplicate(value, true);

    cfn_put_text(e->c, row, "Order", key->name);
    if (row != NULL && add_row(e, row))
        return ERR_OK;
    cJSON_Delete(row);
    return mem_err(err);
}

static void add_seeded(struct events *e, const cJSON *stack)
{
    struct cfn *c = e->c;
    cJSON *list =
        seed_stack_events(c->service->world, c->account, c->region, json_sv(stack, "Name"));
    long long number = cJSON_GetArraySize(list);

    if (list == NULL)
        (void)cfn_ok(c, mem_err(c->err));
    while (list != NULL && list->child != NULL) {
        cJSON *row = cJSON_DetachItemViaPointer(list, list->child);

        (void)cfn_put(c, row, "Order", cfn_textf(c, "%010lld", number--));
        if (!add_row(e, row)) {
            cJSON_Delete(row);
            (void)cfn_ok(c, mem_err(c->err));
            break;
        }
    }
    cJSON_Delete(list);
}

static int newest_first(const void *a, const void *b)
{
    const cJSON *first = *(cJSON *const *)a;
    const cJSON *second = *(cJSON *const *)b;
    int64_t at = json_int(first, "At", 0);
    int64_t other = json_int(second, "At", 0);

    if (at != other)
        return at > other ? -1 : 1;
    return sv_cmp(json_sv(first, "Order"), json_sv(second, "Order"));
}

static void put_event(struct call *call, struct cfn *c, const cJSON *stack, const cJSON *row,
                      cJSON *list)
{
    cJSON *item = cfn_put(c, list, NULL, cfn_copy(c, row));

    cfn_drop(item, "At");
    cfn_drop(item, "Order");
    call_put_time(call, item, "Timestamp", json_int(row, "At", 0));
    cfn_put_text(c, item, "StackId", json_sv(stack, "Id"));
    cfn_put_text(c, item, "StackName", json_sv(stack, "Name"));
}

/* The place of the event after which a page begins: what came since moves nothing. */
static cJSON *read_token(struct cfn *c, struct sv token)
{
    struct sv order;
    struct sv at = sv_cut(token, ' ', &order);
    int64_t at_ms = 0;
    cJSON *place = cfn_object(c);

    if (!sv_to_int(at, &at_ms) || order.ptr == NULL)
        cfn_refuse(c, "The token is not valid");
    cfn_put_int(c, place, "At", at_ms);
    cfn_put_text(c, place, "Order", order);
    return place;
}

static void put_page(struct call *call, struct events *e, const cJSON *stack)
{
    struct cfn *c = e->c;
    struct sv token = json_sv(call->in, "NextToken");
    cJSON *place = token.len == 0 ? NULL : read_token(c, token);
    cJSON *list = cfn_put(c, call->out, "StackEvents", cfn_list(c));
    size_t at = 0;
    size_t end;

    if (e->count > 0)
        qsort(e->rows, e->count, sizeof *e->rows, newest_first);
    while (place != NULL && at < e->count && newest_first(&e->rows[at], &place) <= 0)
        at++;
    end = at + PAGE < e->count ? at + PAGE : e->count;
    for (; at < end && !c->has_failed; at++)
        put_event(call, c, stack, e->rows[at], list);
    if (end > 0 && end < e->count)
        (void)cfn_put(c, call->out, "NextToken",
                      cfn_textf(c, "%lld " SV_FMT, (long long)json_int(e->rows[end - 1], "At", 0),
                                SV_ARG(json_sv(e->rows[end - 1], "Order"))));
    cJSON_Delete(place);
}

void cfn_describe_events(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    char prefix[CHANGE_SET_KEY_MAX];
    struct cfn c;
    struct events e = {.c = &c};
    struct record_key all = {.kind = "cfn.event", .account = call->account, .region = call->region};
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_find(&c, name);
    if (stack == NULL)
        cfn_refuse(&c, "Stack [" SV_FMT "] does not exist", SV_ARG(name));
    change_set_key(stack, SV(""), prefix);
    all.name = sv_of(prefix);
    if (!c.has_failed)
        (void)cfn_ok(&c, record_each(c.service->records, &all, SV(""), add_kept, &e, c.err));
    if (!c.has_failed && json_bool(stack, "IsSeeded", false))
        add_seeded(&e, stack);
    if (!c.has_failed)
        put_page(call, &e, stack);
    for (size_t i = 0; i < e.count; i++)
        cJSON_Delete(e.rows[i]);
    mem_free(e.rows);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}
