#include "core/sandbox/handler.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"

/* What CloudFormation calls a service's error. The first part of a code that fits decides. */
static const struct {
    const char *part;
    const char *code;
} codes[] = {
    {"AlreadyExists", "AlreadyExists"},
    {"ResourceExists", "AlreadyExists"},
    {"NoSuchEntity", "NotFound"},
    {"NotFound", "NotFound"},
    {"LimitExceeded", "ServiceLimitExceeded"},
    {"DeleteConflict", "ResourceConflict"},
    {"AccessDenied", "AccessDenied"},
    {"", "InvalidRequest"},
};

static const char *handler_code(const char *error)
{
    size_t i = 0;

    while (strstr(error, codes[i].part) == NULL)
        i++;
    return codes[i].code;
}

bool handler_refused(const struct handler *h)
{
    return h->ask->why[0] != '\0';
}

static enum err_code refuse(const struct handler *h, const struct reply *reply)
{
    char token[UID_SIZE];
    cJSON *body = NULL;
    struct sv message;
    uint64_t number;
    enum err_code rc = records_next(h->ask->service->records, &number, h->ask->err);

    if (!rc)
        rc = json_parse(sb_sv(&reply->body), &body, h->ask->err);
    if (rc)
        return rc;
    message = json_sv(body, "message");
    if (message.ptr == NULL)
        message = json_sv(body, "Message");
    rc = resource_refuse(h->ask,
                         "Resource handler returned message: \"" SV_FMT
                         " (Service: %s, Status Code: %d, Request ID: %s)\" (RequestToken: %s, "
                         "HandlerErrorCode: %s)",
                         SV_ARG(sv_take(message, 700)), h->title, reply->status, reply->request_id,
                         uid_text(uid_derive(h->ask->service->token_seed, number), token),
                         handler_code(reply->error));
    cJSON_Delete(body);
    return rc;
}

static enum err_code run(const struct handler *h, call_fn *fn, struct call *c)
{
    char id[UID_SIZE];
    uint64_t number;
    enum err_code rc = records_next(h->ask->service->records, &number, h->ask->err);

    if (rc)
        return rc;
    (void)snprintf(c->reply->request_id, sizeof c->reply->request_id, "%s",
                   uid_text(uid_derive(h->ask->service->token_seed, number), id));
    fn(c);
    if (c->rc)
        return c->rc;
    return c->has_failed ? refuse(h, c->reply) : ERR_OK;
}

enum err_code handler_call(const struct handler *h, call_fn *fn, cJSON *in, cJSON **out)
{
    /* Of JSON, whatever the service speaks: the message is read back from the refusal. */
    struct request request = {.dialect = DIALECT_JSON,
                              .service = sv_of(h->service),
                              .region = h->ask->region,
                              .who = {.account = h->ask->account, .arn = h->ask->stack_id}};
    struct reply reply;
    struct call c = {.service = h->ask->service,
                     .request = &request,
                     .reply = &reply,
                     .account = h->ask->account,
                     .region = h->ask->region,
                     .in = in,
                     .out = cJSON_CreateObject(),
                     .err = h->ask->err};
    enum err_code rc;

    if (out != NULL)
        *out = NULL;
    reply_init(&reply);
    rc = in == NULL || c.out == NULL ? mem_err(h->ask->err) : run(h, fn, &c);
    if (!rc && !c.has_failed && out != NULL) {
        *out = c.out;
        c.out = NULL;
    }
    reply_release(&reply);
    cJSON_Delete(c.in);
    cJSON_Delete(c.out);
    return rc;
}

enum err_code handler_remove(const struct handler *h, call_fn *fn, cJSON *in)
{
    enum err_code rc = handler_call(h, fn, in, NULL);

    if (!rc && strstr(h->ask->why, "HandlerErrorCode: NotFound)") != NULL)
        h->ask->why[0] = '\0';
    return rc;
}

cJSON *handler_in(const char *name, struct sv value)
{
    return handler_in2(name, value, NULL, SV_NONE);
}

cJSON *handler_in2(const char *name, struct sv value, const char *other, struct sv other_value)
{
    cJSON *in = cJSON_CreateObject();

    if (in != NULL && member_put(in, name, value) &&
        (other == NULL || member_put(in, other, other_value)))
        return in;
    cJSON_Delete(in);
    return NULL;
}

cJSON *handler_with(cJSON *in, const char *name, cJSON *item)
{
    if (member_set(in, name, item))
        return in;
    cJSON_Delete(in);
    return NULL;
}
