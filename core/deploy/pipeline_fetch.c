/* Pipelines out of AWS: the stacks that penstock made, and the definition that each carries. */
#include "core/aws/query.h"
#include "core/deploy/pipeline.h"
#include "core/deploy/stack.h"

enum { BODY_MAX = 64 * 1024, NAMES_MAX = 2000 };

static enum err_code read_template(struct task *task, struct deploy *d, struct sv stack_id,
                                   struct arena *arena, struct sv *out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackName", stack_id, err);
    if (!rc)
        rc = query_add(&body, "TemplateStage", SV("Original"), err);
    if (!rc)
        rc = deploy_read(task, d, d->home, OP_GET_TEMPLATE, sb_sv(&body), &reply, err);
    if (rc)
        return rc;
    *out = arena_sv(arena, xml_text(reply->xml, "TemplateBody"));
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

enum err_code pipeline_fetch(struct task *task, struct deploy *d, struct sv name,
                             struct arena *arena, struct made_pipeline *out, struct err *err)
{
    struct definition named = {.name = name};
    struct stack_place place = {.deploy = d, .session = d->home, .account = sv_of(d->account)};
    char stack_name[DERIVED_SIZE];
    enum stack_standing standing;
    struct stack stack;
    enum err_code rc;

    place.name = sv_of(definition_name(&named, NULL, DERIVED_STACK, -1, stack_name));
    rc = stack_look(task, &place, arena, &stack, &standing, err);
    if (!rc && standing == STACK_ABSENT)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no pipeline " SV_FMT " of penstock's in account %s, %s (no stack "
                       "%s): see penstock status",
                       SV_ARG(sv_take(name, 100)), d->account, d->region, stack_name);
    if (rc)
        return rc;
    *out = (struct made_pipeline){
        .stack_status = stack.status, .stack_id = stack.id, .template_text = SV("")};
    out->name = arena_sv(arena, name);
    if (out->name.ptr == NULL)
        return arena_err(arena, err);
    /* A stack in review has no template yet, so nobody knows what it was to be. */
    if (standing == STACK_REVIEW)
        return err_set(err, ERR_NOT_FOUND,
                       "pipeline " SV_FMT " was begun and never deployed: run penstock create "
                       "with its file again",
                       SV_ARG(sv_take(name, 100)));
    rc = read_template(task, d, stack.id, arena, &out->template_text, err);
    return rc ? rc : template_definition(out->template_text, arena, &out->definition, err);
}

struct listing {
    struct arena *arena;
    struct sv *names;
    size_t count;
};

static enum err_code take_stacks(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct listing *l = owner;
    CLEANUP(arena_release) struct arena page;
    struct stack *stacks;
    size_t count;
    enum err_code rc;

    arena_init(&page, 8 << 20);
    rc = decode_stacks(reply->xml, &page, &stacks, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        for (size_t t = 0; t < stacks[i].tag_count && l->count < NAMES_MAX; t++) {
            if (!sv_eq(stacks[i].tags[t].key, SV("penstock:pipeline")) ||
                !sv_starts(stacks[i].name, SV("penstock-")))
                continue;
            l->names[l->count] = arena_sv(l->arena, stacks[i].tags[t].value);
            if (l->names[l->count].ptr == NULL)
                return arena_err(l->arena, err);
            l->count++;
        }
    }
    return rc;
}

enum err_code pipeline_names(struct task *task, struct deploy *d, struct arena *arena,
                             struct sv **out, size_t *count, struct err *err)
{
    struct listing l = {.arena = arena};
    enum err_code rc;

    l.names = arena_alloc(arena, NAMES_MAX, sizeof *l.names);
    if (l.names == NULL)
        return arena_err(arena, err);
    d->calls++;
    rc = aws_await_pages(task, d->home, OP_DESCRIBE_STACKS, SV(""), take_stacks, &l, err);
    if (rc)
        return rc;
    *out = l.names;
    *count = l.count;
    return ERR_OK;
}
