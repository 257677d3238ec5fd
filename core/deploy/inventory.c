#include "core/deploy/inventory.h"

#include "core/aws/query.h"
#include "core/aws/s3.h"
#include "core/net/http.h"

enum { BODY_MAX = 1 << 20, PAGE_ARENA = 32 << 20, RESOURCES_MAX = 2000, PAGES_MAX = 10000 };

/* ---- applications ---- */

struct finding_stacks {
    const struct definition *definition;
    struct defects *defects;
    const struct environment *environment;
    struct arena *arena;
    struct inventory *out;
};

static struct sv tag_of(const struct stack *stack, struct sv key)
{
    for (size_t i = 0; i < stack->tag_count; i++) {
        if (sv_eq(stack->tags[i].key, key))
            return stack->tags[i].value;
    }
    return SV("");
}

static enum err_code keep_application(struct finding_stacks *f, const struct stack *stack,
                                      struct sv stage, struct err *err)
{
    struct application *a = &f->out->applications[f->out->application_count];

    if (f->out->application_count == APPLICATIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d application stacks", APPLICATIONS_MAX);
    a->environment = f->environment;
    a->stack_name = arena_sv(f->arena, stack->name);
    a->stack_id = arena_sv(f->arena, stack->id);
    a->stage = arena_sv(f->arena, stage);
    a->status = arena_sv(f->arena, stack->status);
    if (a->stack_name.ptr == NULL || a->stack_id.ptr == NULL || a->stage.ptr == NULL ||
        a->status.ptr == NULL)
        return arena_err(f->arena, err);
    f->out->application_count++;
    return ERR_OK;
}

/* A stack of the name that our starters give, without their tags: probably a build that was written
 * anew made it. It is told, never taken. */
static void judge_untagged(const struct finding_stacks *f, const struct stack *stack)
{
    char name[DERIVED_SIZE];

    for (size_t i = 0; i < f->definition->stage_count; i++) {
        (void)definition_name(f->definition, NULL, DERIVED_APPLICATION, (int)i, name);
        if (sv_eq(stack->name, sv_of(name)))
            defects_warn(f->defects, "environments",
                         "stack %s in account " SV_FMT ", " SV_FMT
                         " has no tag penstock:pipeline, so it is left alone",
                         name, SV_ARG(f->environment->account), SV_ARG(f->environment->region));
    }
}

/* The CICD stack carries the pipeline's tag too, but no stage. */
static enum err_code take_stacks(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct finding_stacks *f = owner;
    CLEANUP(arena_release) struct arena page;
    struct stack *stacks;
    size_t count = 0;
    enum err_code rc;

    arena_init(&page, PAGE_ARENA);
    rc = decode_stacks(reply->xml, &page, &stacks, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        struct sv stage = tag_of(&stacks[i], SV("penstock:stage"));

        if (tag_of(&stacks[i], SV("penstock:pipeline")).len == 0)
            judge_untagged(f, &stacks[i]);
        if (stage.len == 0 ||
            !sv_eq(tag_of(&stacks[i], SV("penstock:pipeline")), f->definition->name))
            continue;
        rc = keep_application(f, &stacks[i], stage, err);
    }
    return rc;
}

static bool was_seen(const struct environment *list, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (sv_eq(list[i].account, list[at].account) && sv_eq(list[i].region, list[at].region))
            return true;
    }
    return false;
}

static bool has_environment(const struct definition *d, struct sv name)
{
    for (size_t i = 0; i < d->stage_count; i++) {
        if (sv_eq(d->stages[i].environment, name))
            return true;
    }
    return false;
}

static enum err_code look_into(struct task *task, struct deploy *d, struct finding_stacks *f,
                               struct err *err)
{
    struct aws_session *session;
    enum err_code rc = deploy_reach(task, d, f->environment, &session, err);

    d->calls++;
    return rc ? rc
              : aws_await_pages(task, session, OP_DESCRIBE_STACKS, SV(""), take_stacks, f, err);
}

/* An account's region that two environments share is looked at through each that the definition
 * has: one of them may not be reachable. */
static enum err_code look_around(struct task *task, struct deploy *d,
                                 const struct definition *definition, struct defects *defects,
                                 struct finding_stacks *f, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < d->environment_count && !rc; i++) {
        const struct environment *e = &d->environments[i];
        struct err why = {0};

        if (was_seen(d->environments, i) && !has_environment(definition, e->name))
            continue;
        f->environment = e;
        rc = look_into(task, d, f, &why);
        if (rc && !has_environment(definition, e->name) && rc != ERR_CANCELLED) {
            defects_warn(defects, "environments",
                         "what may be deployed in " SV_FMT " could not be looked for: %s",
                         SV_ARG(e->name), why.text);
            rc = ERR_OK;
        }
        if (rc && err != NULL)
            *err = why;
    }
    return rc;
}

static void forget_twins(struct inventory *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < out->application_count; i++) {
        size_t k = 0;

        while (k < kept && !sv_eq(out->applications[k].stack_id, out->applications[i].stack_id))
            k++;
        if (k == kept)
            out->applications[kept++] = out->applications[i];
    }
    out->application_count = kept;
}

enum err_code inventory_applications(struct task *task, struct deploy *d,
                                     const struct definition *definition, struct defects *defects,
                                     struct arena *arena, struct inventory *out, struct err *err)
{
    struct finding_stacks f = {
        .definition = definition, .defects = defects, .arena = arena, .out = out};
    enum err_code rc;

    out->applications = arena_alloc(arena, APPLICATIONS_MAX, sizeof *out->applications);
    if (out->applications == NULL)
        return arena_err(arena, err);
    out->application_count = 0;
    rc = look_around(task, d, definition, defects, &f, err);
    forget_twins(out);
    return rc;
}

/* ---- the CICD stack's resources ---- */

struct finding_resources {
    struct arena *arena;
    struct inventory *out;
};

static enum err_code take_resources(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct finding_resources *f = owner;
    struct stack_resource *rows;
    size_t count = 0;
    enum err_code rc = decode_stack_resources(reply->xml, f->arena, &rows, &count, err);

    if (!rc && f->out->resource_count + count > RESOURCES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d resources in a stack", RESOURCES_MAX);
    for (size_t i = 0; i < count && !rc; i++)
        f->out->resources[f->out->resource_count++] = rows[i];
    return rc;
}

enum err_code inventory_resources(struct task *task, struct deploy *d, struct aws_session *session,
                                  struct sv stack_id, struct arena *arena, struct inventory *out,
                                  struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct finding_resources f = {.arena = arena, .out = out};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    out->resources = arena_alloc(arena, RESOURCES_MAX, sizeof *out->resources);
    if (out->resources == NULL)
        return arena_err(arena, err);
    out->resource_count = 0;
    rc = query_add(&body, "StackName", stack_id, err);
    d->calls++;
    return rc ? rc
              : aws_await_pages(task, session, OP_LIST_STACK_RESOURCES, sb_sv(&body),
                                take_resources, &f, err);
}

/* ---- emptying ---- */

struct emptying {
    struct task *task;
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    struct sv bucket;
    struct http_header owner;
    struct arena arena;
    struct object_versions page;
};

/* From the first one each time: what was listed before is gone. */
static enum err_code list(struct emptying *e, struct err *err)
{
    CLEANUP(sb_release) struct sb query;
    const struct aws_reply *reply;
    struct aws_rest rest = {
        .method = SV("GET"), .bucket = e->bucket, .headers = &e->owner, .header_count = 1};
    enum err_code rc;

    arena_clear(&e->arena);
    sb_init(&query, BODY_MAX);
    rc = object_versions_query(&query, SV(""), SV(""), SV(""), err);
    if (rc)
        return rc;
    rest.query = sb_sv(&query);
    e->deploy->calls++;
    rc = aws_await_rest(e->task, e->session, OP_LIST_OBJECT_VERSIONS, &rest, SV(""), &reply, err);
    return rc ? rc : decode_object_versions(reply->xml, &e->arena, &e->page, err);
}

static enum err_code delete_page(struct emptying *e, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct aws_rest rest = {.method = SV("POST"),
                            .bucket = e->bucket,
                            .query = SV("delete"),
                            .content_type = SV("application/xml"),
                            .headers = &e->owner,
                            .header_count = 1};
    struct write write = {.session = e->session,
                          .account = e->account,
                          .op = OP_DELETE_OBJECTS,
                          .rest = &rest,
                          .text = "delete object versions"};
    enum err_code rc;

    sb_init(&body, 8 << 20);
    rc = delete_objects_write(e->page.rows, e->page.count, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(e->task, e->deploy, &write, &reply, err);
    return rc ? rc : decode_delete_objects(reply->xml, err);
}

enum err_code bucket_empty(struct task *task, struct job *job, struct deploy *d,
                           struct aws_session *session, struct sv account, struct sv bucket,
                           size_t *gone, struct err *err)
{
    struct emptying e = {.task = task,
                         .deploy = d,
                         .session = session,
                         .account = account,
                         .bucket = bucket,
                         .owner = {SV("x-amz-expected-bucket-owner"), account}};
    enum err_code rc = ERR_OK;

    *gone = 0;
    arena_init(&e.arena, 8 << 20);
    for (int page = 0; page < PAGES_MAX && !rc; page++) {
        rc = list(&e, err);
        if (rc || e.page.count == 0)
            break;
        rc = delete_page(&e, err);
        *gone += rc ? 0 : e.page.count;
        job_note(job, "%zu object versions deleted", *gone);
    }
    arena_release(&e.arena);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ---- deleting an application ---- */

static enum err_code list_left(struct task *task, struct deploy *d, struct aws_session *session,
                               const struct application *a, struct sb *left, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct inventory kept = {0};
    enum err_code rc;

    arena_init(&arena, PAGE_ARENA);
    rc = inventory_resources(task, d, session, a->stack_id, &arena, &kept, err);
    for (size_t i = 0; i < kept.resource_count && !rc; i++) {
        const struct stack_resource *r = &kept.resources[i];

        if (sv_eq(r->status, SV("DELETE_SKIPPED")))
            rc = sb_addf(left, err,
                         SV_FMT " " SV_FMT " (account " SV_FMT ", " SV_FMT
                                "): kept by its DeletionPolicy\n",
                         SV_ARG(r->type), SV_ARG(r->physical), SV_ARG(a->environment->account),
                         SV_ARG(a->environment->region));
    }
    return rc;
}

enum err_code application_delete(struct task *task, struct job *job, struct deploy *d,
                                 const struct application *a, struct sb *left, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct stack_place place = {
        .deploy = d, .account = a->environment->account, .name = a->stack_id};
    enum stack_standing standing;
    struct stack stack;
    struct err why = {0};
    enum err_code rc = deploy_reach(task, d, a->environment, &place.session, err);

    arena_init(&arena, PAGE_ARENA);
    if (!rc)
        rc = stack_look(task, &place, &arena, &stack, &standing, err);
    if (rc || standing == STACK_ABSENT)
        return rc;
    /* What a build began goes on without it; how it ends does not matter any more. */
    if (standing == STACK_BUSY)
        rc = stack_watch(task, job, &place, a->stack_id, SV(""), err);
    if (rc && rc != ERR_FAILED)
        return rc;
    place.name = a->stack_name;
    rc = stack_delete(task, job, &place, a->stack_id, &why);
    if (rc == ERR_FAILED)
        return err_set(err, rc, "%s. Empty what holds data there, or keep the applications",
                       why.text);
    if (rc && err != NULL)
        *err = why;
    return rc ? rc : list_left(task, d, place.session, a, left, err);
}
