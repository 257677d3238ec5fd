#include "core/sandbox/pipelines.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_check.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/render.h"
#include "core/sandbox/seed_repository.h"
#include "core/sandbox/tagging.h"

enum { PIPELINES_MOST = 1000 }; /* in a region, besides what a seed made */

enum err_code pipelines_take_head(const struct service *s, const struct pipe *p,
                                  struct start *start, struct err *err)
{
    struct codecommit_place place = {sv_of(p->place->account), sv_of(p->place->region),
                                     sv_of(p->repository)};
    cJSON *record = NULL;
    enum err_code rc = p->shape->is_made ? ERR_OK : codecommit_record(s, &place, &record, err);

    if (!rc)
        rc = seed_repository_start(p, record, start, err);
    cJSON_Delete(record);
    return rc;
}

enum err_code pipelines_begin(struct service *s, struct pipe *p, const char *trigger,
                              struct sv detail, struct err *err)
{
    struct start start = {.trigger = trigger, .fail_stage = FAIL_BY_HABIT};
    struct err why = {0};
    enum err_code rc = world_intern(s->world, detail, &start.detail, err);

    if (!rc)
        rc = pipelines_take_head(s, p, &start, err);
    if (!rc && engine_start(s->world, p, &start, NULL, &why) && why.code != ERR_LIMIT)
        rc = err_set(err, why.code, "%s", why.text);
    return rc;
}

enum err_code pipelines_trigger(struct service *s, struct sv account, struct sv region,
                                struct sv name, struct sv rule_arn, struct err *err)
{
    struct pipe *p = world_find_pipe(s->world, world_find_place(s->world, account, region), name);

    return p == NULL ? ERR_OK : pipelines_begin(s, p, "CloudWatchEvent", rule_arn, err);
}

/* The caller's pipeline of that name, or NULL. */
static struct pipe *find(const struct call *c, struct sv name)
{
    struct world *w = c->service->world;

    return world_find_pipe(w, world_find_place(w, c->account, c->region), name);
}

static const cJSON *read_declaration(struct call *c)
{
    const cJSON *given = c->has_failed ? NULL : json_get(c->in, "pipeline");

    if (given == NULL)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value null at 'pipeline' failed to satisfy "
                  "constraint: Member must not be null");
    return given;
}

/* [{"key","value"}] as the record keeps them; the caller's. */
static cJSON *kept_tags(struct call *c, const struct pipe *p, const cJSON *more)
{
    cJSON *record = cJSON_CreateObject();
    cJSON *list = member_list(record, "Tags");
    bool is_good = list != NULL;

    for (size_t i = 0; p != NULL && i < p->tag_count && is_good; i++) {
        cJSON *tag = cJSON_CreateObject();

        is_good = cJSON_AddItemToArray(list, tag) &&
                  member_put(tag, "Key", sv_of(p->tags[i].key)) &&
                  member_put(tag, "Value", sv_of(p->tags[i].value));
    }
    if (call_ok(c, is_good ? ERR_OK : mem_err(c->err)) &&
        call_ok(c, tags_merge(record, more, c->err)))
        return record;
    cJSON_Delete(record);
    return NULL;
}

static void set_tags(struct call *c, struct pipe *p, const cJSON *more)
{
    cJSON *record = c->has_failed || more == NULL ? NULL : kept_tags(c, p, more);

    if (record != NULL && cJSON_GetArraySize(json_get(record, "Tags")) > TAGS_MAX)
        call_fail(c, 400, "TooManyTagsException", "A pipeline can have at most %d tags", TAGS_MAX);
    if (record != NULL && !c->has_failed)
        (void)call_ok(c, made_tag(c->service, p, json_get(record, "Tags"), c->err));
    cJSON_Delete(record);
}

static size_t made_count(const struct place *place)
{
    size_t count = 0;

    for (size_t i = 0; i < place->count; i++)
        count += place->pipes[i]->made != NULL;
    return count;
}

void pipelines_create(struct call *c)
{
    const cJSON *given = read_declaration(c);
    const cJSON *tags = json_get(c->in, "tags");
    struct place *place = NULL;
    struct pipe *p = NULL;
    cJSON *pipeline = NULL;

    if (!c->has_failed && find(c, json_sv(given, "name")) != NULL)
        call_fail(c, 400, "PipelineNameInUseException",
                  "A pipeline with the name '" SV_FMT "' already exists in account '" SV_FMT "'",
                  SV_ARG(json_sv(given, "name")), SV_ARG(c->account));
    if (!c->has_failed)
        pipeline = declaration_read(c, given, 1);
    if (pipeline == NULL || !declaration_tags(c, tags) ||
        !call_ok(c, world_place(c->service->world, c->account, c->region, &place, c->err))) {
        cJSON_Delete(pipeline);
        return;
    }
    if (made_count(place) >= PIPELINES_MOST) {
        cJSON_Delete(pipeline);
        call_fail(c, 400, "LimitExceededException",
                  "The account has %d pipelines in the region, which is the most", PIPELINES_MOST);
        return;
    }
    call_put_copy(c, "pipeline", pipeline);
    call_put_copy(c, "tags", tags);
    if (!call_ok(c, made_create(c->service, place, pipeline, &p, c->err)))
        return;
    set_tags(c, p, tags);
    if (!c->has_failed)
        (void)call_ok(
            c, pipelines_begin(c->service, p, "CreatePipeline", c->request->who.arn, c->err));
}

void pipelines_update(struct call *c)
{
    const cJSON *given = read_declaration(c);
    struct sv name = json_sv(given, "name");
    struct pipe *p = c->has_failed ? NULL : find(c, name);
    cJSON *pipeline;

    /* AWS knows no better word for it in the model of this operation. */
    if (!c->has_failed && p == NULL)
        call_fail(c, 400, "InvalidStructureException",
                  "Account '" SV_FMT "' does not have a pipeline with name '" SV_FMT "'",
                  SV_ARG(c->account), SV_ARG(name));
    pipeline = c->has_failed ? NULL : declaration_read(c, given, p->version + 1);
    if (pipeline == NULL)
        return;
    call_put_copy(c, "pipeline", pipeline);
    (void)call_ok(c, made_update(c->service, p, pipeline, c->err));
}

/* One that is not there is deleted already. */
void pipelines_delete(struct call *c)
{
    struct sv name = call_text(c, "name", true);
    struct pipe *p = c->has_failed ? NULL : find(c, name);

    if (p != NULL)
        (void)call_ok(c, made_remove(c->service, p, c->err));
}

static struct pipe *find_tagged(struct call *c)
{
    struct sv arn = call_text(c, "resourceArn", true);
    char prefix[EXTERNAL_MAX];
    struct pipe *p = NULL;

    (void)snprintf(prefix, sizeof prefix, "arn:%s:codepipeline:" SV_FMT ":" SV_FMT ":",
                   arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account));
    if (!c->has_failed && sv_find(arn, SV(":codepipeline:")) < 0)
        call_fail(c, 400, "InvalidArnException", "'" SV_FMT "' is not the ARN of a pipeline",
                  SV_ARG(arn));
    if (!c->has_failed && sv_starts(arn, sv_of(prefix)))
        p = find(c, sv_drop(arn, strlen(prefix)));
    if (p == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "No resource has the ARN '" SV_FMT "'",
                  SV_ARG(arn));
    return p;
}

void pipelines_tag(struct call *c)
{
    struct pipe *p = find_tagged(c);
    const cJSON *tags = json_get(c->in, "tags");

    if (declaration_tags(c, tags))
        set_tags(c, p, tags);
}

void pipelines_untag(struct call *c)
{
    struct pipe *p = find_tagged(c);
    cJSON *record = c->has_failed ? NULL : kept_tags(c, p, NULL);

    if (record == NULL)
        return;
    tags_drop(record, json_get(c->in, "tagKeys"));
    (void)call_ok(c, made_tag(c->service, p, json_get(record, "Tags"), c->err));
    cJSON_Delete(record);
}
