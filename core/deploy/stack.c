#include "core/deploy/stack.h"

#include "core/aws/query.h"
#include "core/aws/s3.h"
#include "core/base/crypto.h"
#include "core/model/hash.h"
#include "core/net/http.h"

enum { BODY_MAX = 4 << 20, CHANGE_PAGES_MAX = 100, POLL_MS = 250, POLLS_MAX = 2400 };

/* clang-format off */
static const struct {
    const char *status;
    enum stack_standing standing;
} standings[] = {
    {"DELETE_COMPLETE",          STACK_ABSENT},
    {"REVIEW_IN_PROGRESS",       STACK_REVIEW},
    {"ROLLBACK_COMPLETE",        STACK_DEAD},
    {"ROLLBACK_FAILED",          STACK_DEAD},
    {"UPDATE_ROLLBACK_FAILED",   STACK_STUCK},
    {"CREATE_FAILED",            STACK_BROKEN},
    {"UPDATE_FAILED",            STACK_BROKEN},
    {"IMPORT_ROLLBACK_FAILED",   STACK_BROKEN},
    {"DELETE_FAILED",            STACK_DELETE_FAILED},
};
/* clang-format on */

enum stack_standing stack_standing_of(struct sv status)
{
    for (size_t i = 0; i < ARRAY_LEN(standings); i++) {
        if (sv_eq(status, sv_of(standings[i].status)))
            return standings[i].standing;
    }
    if (status.len == 0)
        return STACK_ABSENT;
    return sv_ends(status, SV("_IN_PROGRESS")) ? STACK_BUSY : STACK_GOOD;
}

enum err_code stack_look(struct task *task, const struct stack_place *place, struct arena *arena,
                         struct stack *stack, enum stack_standing *standing, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct stack *stacks;
    size_t count;
    enum err_code rc;

    *stack = (struct stack){.name = SV(""), .id = SV(""), .status = SV("")};
    *standing = STACK_ABSENT;
    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackName", place->name, err);
    if (rc)
        return rc;
    rc = deploy_read(task, place->deploy, place->session, OP_DESCRIBE_STACKS, sb_sv(&body), &reply,
                     err);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (!rc)
        rc = decode_stacks(reply->xml, arena, &stacks, &count, err);
    if (rc || count == 0)
        return rc;
    *stack = stacks[0];
    *standing = stack_standing_of(stack->status);
    return ERR_OK;
}

/* ---- change sets ---- */

struct proposing {
    struct task *task;
    const struct stack_place *place;
    const struct stack_wish *wish;
    struct arena *arena;
    struct stack_proposal *out;
    char name[64]; /* of the change set: nobody else's */
};

static uint64_t digest_text(struct sv text)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, text);
    return hash_done(&h);
}

/* A large template lies in the environment's staging bucket, which must be its account's own, for
 * as long as CloudFormation needs to read it. */
struct uploaded {
    char bucket[ENVIRONMENT_NAME_SIZE];
    char key[300];
    char version[200];
    struct http_header owner;
    bool is_there;
};

static enum err_code upload(const struct proposing *p, struct uploaded *u, struct sv *url,
                            struct err *err)
{
    const struct environment *e = p->place->environment;
    const struct partition *partition = partition_of_region(e->region);
    char text[1200];
    const struct aws_reply *reply;
    struct aws_rest rest = {.method = SV("PUT"),
                            .content_type = SV("application/json"),
                            .headers = &u->owner,
                            .header_count = 1};
    struct write write = {.session = p->place->session,
                          .account = p->place->account,
                          .op = OP_PUT_OBJECT,
                          .rest = &rest,
                          .body = p->wish->template_text,
                          .text = "put the template into the staging bucket"};
    enum err_code rc;

    u->owner = (struct http_header){SV("x-amz-expected-bucket-owner"), e->account};
    (void)environment_staging_bucket(e, u->bucket);
    (void)snprintf(u->key, sizeof u->key, "penstock/" SV_FMT "/%016llx.json",
                   SV_ARG(sv_take(p->place->name, 128)),
                   (unsigned long long)digest_text(p->wish->template_text));
    rest.bucket = sv_of(u->bucket);
    rest.key = sv_of(u->key);
    rc = deploy_write(p->task, p->place->deploy, &write, &reply, err);
    if (rc)
        return err_prefix(err, "the template is larger than %d bytes and goes through bucket %s",
                          STACK_TEMPLATE_MAX, u->bucket);
    u->is_there = true;
    (void)snprintf(u->version, sizeof u->version, SV_FMT,
                   SV_ARG(sv_take(aws_reply_header(reply, SV("x-amz-version-id")), 199)));
    (void)snprintf(text, sizeof text, "https://%s.s3." SV_FMT ".%s/%s", u->bucket,
                   SV_ARG(e->region), partition == NULL ? "amazonaws.com" : partition->suffix,
                   u->key);
    *url = arena_sv(p->arena, sv_of(text));
    return url->ptr == NULL ? arena_err(p->arena, err) : ERR_OK;
}

/* The very version, so that nothing of it is left. */
static enum err_code take_back(const struct proposing *p, struct uploaded *u, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct object_version object = {.key = sv_of(u->key), .version_id = sv_of(u->version)};
    struct aws_rest rest = {.method = SV("POST"),
                            .bucket = sv_of(u->bucket),
                            .query = SV("delete"),
                            .content_type = SV("application/xml"),
                            .headers = &u->owner,
                            .header_count = 1};
    struct write write = {.session = p->place->session,
                          .account = p->place->account,
                          .op = OP_DELETE_OBJECTS,
                          .rest = &rest,
                          .text = "take the template out of the staging bucket"};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = delete_objects_write(&object, 1, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(p->task, p->place->deploy, &write, &reply, err);
    return rc ? rc : decode_delete_objects(reply->xml, err);
}

/* StackName and ChangeSetName, or the latter's ARN alone. */
static enum err_code name_set(const struct proposing *p, struct sv change_set, struct sb *body,
                              struct err *err)
{
    enum err_code rc = query_add(body, "ChangeSetName", change_set, err);

    return rc || sv_starts(change_set, SV("arn:"))
               ? rc
               : query_add(body, "StackName", p->place->name, err);
}

static enum err_code drop_set(const struct proposing *p, struct sv change_set, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = p->place->session,
                          .account = p->place->account,
                          .op = OP_DELETE_CHANGE_SET,
                          .text = "delete a change set that is not executed"};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = name_set(p, change_set, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(p->task, p->place->deploy, &write, &reply, err);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code create_set(const struct proposing *p, bool is_create, struct uploaded *u,
                                struct sv *id, struct err *err)
{
    static const struct sv capabilities[] = {
        {"CAPABILITY_IAM", 14}, {"CAPABILITY_NAMED_IAM", 20}, {"CAPABILITY_AUTO_EXPAND", 22}};
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct change_set_request request = {.stack = p->place->name,
                                         .name = sv_of(p->name),
                                         .is_create = is_create,
                                         .imports_existing = p->wish->imports_existing,
                                         .parameters = p->wish->parameters,
                                         .parameter_count = p->wish->parameter_count,
                                         .tags = p->wish->tags,
                                         .tag_count = p->wish->tag_count,
                                         .capabilities = capabilities,
                                         .capability_count = ARRAY_LEN(capabilities)};
    struct write write = {.session = p->place->session,
                          .account = p->place->account,
                          .op = OP_CREATE_CHANGE_SET,
                          .text = "make a change set"};
    enum err_code rc = ERR_OK;

    if (p->wish->template_text.len > STACK_TEMPLATE_MAX)
        rc = upload(p, u, &request.template_url, err);
    else
        request.template_body = p->wish->template_text;
    sb_init(&body, BODY_MAX);
    if (!rc)
        rc = change_set_write(&request, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(p->task, p->place->deploy, &write, &reply, err);
    if (rc)
        return rc;
    *id = arena_sv(p->arena, xml_text(reply->xml, "Id"));
    return id->ptr == NULL ? arena_err(p->arena, err) : ERR_OK;
}

static enum err_code describe(const struct proposing *p, struct sv id, struct sv token,
                              struct change_set *set, struct sv *next, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "ChangeSetName", id, err);
    if (!rc)
        rc = query_add(&body, "NextToken", token, err);
    if (!rc)
        rc = deploy_read(p->task, p->place->deploy, p->place->session, OP_DESCRIBE_CHANGE_SET,
                         sb_sv(&body), &reply, err);
    if (!rc)
        rc = decode_change_set(reply->xml, p->arena, set, err);
    if (rc)
        return rc;
    *next = arena_sv(p->arena, xml_text(reply->xml, "NextToken"));
    return next->ptr == NULL ? arena_err(p->arena, err) : ERR_OK;
}

static uint64_t digest_changes(const struct stack_proposal *proposal)
{
    struct hash h;

    hash_init(&h);
    for (size_t i = 0; i < proposal->change_count; i++) {
        const struct stack_change *c = &proposal->changes[i];

        hash_sv(&h, c->action);
        hash_sv(&h, c->logical);
        hash_sv(&h, c->type);
        hash_sv(&h, c->replacement);
        hash_sv(&h, c->details);
    }
    return hash_done(&h);
}

uint64_t stack_no_changes(void)
{
    const struct stack_proposal none = {.change_count = 0};

    return digest_changes(&none);
}

/* Pages of changes as one array. */
static enum err_code add_changes(const struct proposing *p, const struct change_set *set,
                                 struct err *err)
{
    struct stack_proposal *out = p->out;
    size_t count = out->change_count + set->change_count;
    struct stack_change *all = arena_alloc(p->arena, count + 1, sizeof *all);

    if (all == NULL)
        return arena_err(p->arena, err);
    if (out->change_count > 0)
        memcpy(all, out->changes, out->change_count * sizeof *all);
    if (set->change_count > 0)
        memcpy(all + out->change_count, set->changes, set->change_count * sizeof *all);
    out->changes = all;
    out->change_count = count;
    return ERR_OK;
}

/* Until AWS has computed it. */
static enum err_code await_set(const struct proposing *p, struct sv id, struct change_set *set,
                               struct sv *next, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < POLLS_MAX && !rc; i++) {
        rc = describe(p, id, SV(""), set, next, err);
        if (rc || sv_eq(set->status, SV("CREATE_COMPLETE")) || sv_eq(set->status, SV("FAILED")))
            return rc;
        rc = task_sleep(p->task, i < 8 ? POLL_MS : 4 * POLL_MS, err);
    }
    return rc ? rc : err_set(err, ERR_TIMEOUT, "AWS does not finish the change set");
}

static enum err_code read_set(const struct proposing *p, struct sv id, bool *is_empty,
                              struct err *err)
{
    struct change_set set;
    struct sv next;
    enum err_code rc = await_set(p, id, &set, &next, err);

    *is_empty = false;
    if (rc)
        return rc;
    (void)snprintf(p->out->stack_id, STACK_ARN_SIZE, SV_FMT,
                   SV_ARG(sv_take(set.stack_id, STACK_ARN_SIZE - 1)));
    if (change_set_is_empty(&set)) {
        *is_empty = true;
        return ERR_OK;
    }
    if (!sv_eq(set.status, SV("CREATE_COMPLETE")))
        return err_set(err, ERR_FAILED, "AWS cannot make the change set for " SV_FMT ": " SV_FMT,
                       SV_ARG(p->place->name), SV_ARG(sv_take(set.reason, 350)));
    rc = add_changes(p, &set, err);
    for (int page = 1; page < CHANGE_PAGES_MAX && next.len > 0 && !rc; page++) {
        struct sv token = next;

        rc = describe(p, id, token, &set, &next, err);
        if (!rc)
            rc = add_changes(p, &set, err);
    }
    p->out->digest = digest_changes(p->out);
    return rc;
}

/* Two who plan at the same time must not take each other's away. */
static enum err_code name_proposal(struct proposing *p, struct err *err)
{
    uint32_t number;
    enum err_code rc = crypto_random(&number, sizeof number, err);

    (void)snprintf(p->name, sizeof p->name, "%s-%08x", p->wish->change_set_name, (unsigned)number);
    return rc;
}

static enum err_code propose(struct proposing *p, bool is_create, struct err *err)
{
    struct uploaded u = {.is_there = false};
    struct sv id;
    bool is_empty;
    enum err_code rc = name_proposal(p, err);
    enum err_code taken = ERR_OK;

    *p->out = (struct stack_proposal){0};
    if (!rc)
        rc = create_set(p, is_create, &u, &id, err);
    if (!rc)
        rc = read_set(p, id, &is_empty, err);
    if (u.is_there && rc != ERR_CANCELLED)
        taken = take_back(p, &u, rc ? NULL : err);
    if (rc || taken)
        return rc ? rc : taken;
    if (is_empty) {
        p->out->digest = stack_no_changes();
        return drop_set(p, id, err);
    }
    (void)snprintf(p->out->change_set, STACK_ARN_SIZE, SV_FMT,
                   SV_ARG(sv_take(id, STACK_ARN_SIZE - 1)));
    return ERR_OK;
}

enum err_code stack_propose(struct task *task, const struct stack_place *place,
                            const struct stack_wish *wish, struct arena *arena,
                            struct stack_proposal *out, struct err *err)
{
    struct proposing p = {.task = task, .place = place, .wish = wish, .arena = arena, .out = out};
    enum stack_standing standing;
    struct stack stack;
    enum err_code rc = stack_look(task, place, arena, &stack, &standing, err);

    if (rc)
        return rc;
    return propose(&p, standing == STACK_ABSENT || standing == STACK_REVIEW, err);
}

/* ---- as a plan ---- */

static enum effect effect_of(const struct stack_change *c)
{
    if (sv_eq(c->action, SV("Import")))
        return EFFECT_KEEPS;
    if (sv_eq(c->action, SV("Add")))
        return EFFECT_CREATES;
    if (sv_eq(c->action, SV("Remove")))
        return sv_eq(c->policy_action, SV("Retain")) ? EFFECT_LEAVES : EFFECT_DELETES;
    if (sv_eq(c->replacement, SV("True")))
        return EFFECT_REPLACES;
    return sv_eq(c->replacement, SV("Conditional")) ? EFFECT_MAY_REPLACE : EFFECT_CHANGES;
}

static enum err_code plan_changes(const struct stack_proposal *proposal, struct plan *plan,
                                  struct plan_step *step, struct err *err)
{
    for (size_t i = 0; i < proposal->change_count; i++) {
        const struct stack_change *c = &proposal->changes[i];
        bool is_import = sv_eq(c->action, SV("Import"));

        if (plan_item(plan, step, effect_of(c), c->type,
                      c->physical.len > 0 ? c->physical : c->logical,
                      is_import ? SV(STACK_IMPORTS) : c->details) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

enum err_code stack_preview(struct task *task, const struct stack_place *place,
                            const struct stack_wish *wish, struct plan *plan,
                            struct plan_step *step, uint64_t *digest, struct err *err)
{
    struct stack_proposal proposal;
    struct proposing p = {
        .task = task, .place = place, .wish = wish, .arena = &plan->arena, .out = &proposal};
    enum err_code rc = propose(&p, false, err);

    *digest = rc ? 0 : proposal.digest;
    if (rc || proposal.change_set[0] == '\0')
        return rc;
    rc = plan_changes(&proposal, plan, step, err);
    return rc ? rc : drop_set(&p, sv_of(proposal.change_set), err);
}

/* ---- doing it ---- */

static enum err_code act_on(struct task *task, const struct stack_place *place, enum op op,
                            const char *parameter, struct sv value, const char *text,
                            struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {
        .session = place->session, .account = place->account, .op = op, .text = text};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, parameter, value, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    return deploy_write(task, place->deploy, &write, &reply, err);
}

/* What a first try made goes with it, kept resources too: their names are fixed, and the next try
 * would find them taken. */
static enum err_code execute(struct task *task, struct job *job, const struct stack_place *place,
                             const struct stack_proposal *proposal, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct sv id = sv_of(proposal->stack_id);
    char mark[STACK_EVENT_ID_SIZE];
    struct write write = {.session = place->session,
                          .account = place->account,
                          .op = OP_EXECUTE_CHANGE_SET,
                          .text = "execute the change set"};
    bool is_gone;
    enum err_code rc = stack_mark(task, place, id, mark, &is_gone, err);

    sb_init(&body, BODY_MAX);
    if (!rc)
        rc = query_add(&body, "ChangeSetName", sv_of(proposal->change_set), err);
    if (!rc)
        rc = query_add_bool(&body, "RetainExceptOnCreate", true, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(task, place->deploy, &write, &reply, err);
    return rc ? rc : stack_watch(task, job, place, id, sv_of(mark), err);
}

enum err_code stack_apply(struct task *task, struct job *job, const struct stack_place *place,
                          const struct stack_wish *wish, uint64_t digest, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct stack_proposal proposal;
    enum err_code rc;

    arena_init(&arena, 32 << 20);
    rc = stack_mend(task, job, place, err);
    if (!rc)
        rc = stack_propose(task, place, wish, &arena, &proposal, err);
    if (rc)
        return rc;
    if (proposal.change_set[0] == '\0') {
        job_was_done(job, "the stack is as it should be");
        return ERR_OK;
    }
    if (digest != 0 && digest != proposal.digest)
        return err_set(err, ERR_FAILED,
                       "the change set for " SV_FMT " is no longer the one of the plan, and was "
                       "not executed: make the plan again and look at it",
                       SV_ARG(place->name));
    job_note(job, "%zu changes", proposal.change_count);
    return execute(task, job, place, &proposal, err);
}

enum err_code stack_delete(struct task *task, struct job *job, const struct stack_place *place,
                           struct sv stack_id, struct err *err)
{
    char mark[STACK_EVENT_ID_SIZE];
    bool is_gone;
    enum err_code rc = stack_mark(task, place, stack_id, mark, &is_gone, err);

    if (rc || is_gone) /* an earlier try's deletion has ended: no event would follow */
        return rc;
    rc = act_on(task, place, OP_DELETE_STACK, "StackName", stack_id, "delete the stack", err);
    return rc ? rc : stack_watch(task, job, place, stack_id, sv_of(mark), err);
}

/* The stack after an operation that ended badly is not yet what was wanted: look again. */
static enum err_code forgive(enum err_code rc)
{
    return rc == ERR_FAILED ? ERR_OK : rc;
}

static enum err_code mend_once(struct task *task, struct job *job, const struct stack_place *place,
                               const struct stack *stack, enum stack_standing standing,
                               struct err *err)
{
    enum err_code rc = ERR_OK;

    switch (standing) {
    case STACK_BUSY:
        job_note(job, "waits for what runs already (" SV_FMT ")", SV_ARG(stack->status));
        return forgive(stack_watch(task, job, place, stack->id, SV(""), err));
    case STACK_DEAD:
    case STACK_DELETE_FAILED:
        job_note(job, "deletes what a failed try left (" SV_FMT ")", SV_ARG(stack->status));
        return stack_delete(task, job, place, stack->id, err);
    case STACK_STUCK:
        job_note(job, "continues the rollback");
        rc = act_on(task, place, OP_CONTINUE_UPDATE_ROLLBACK, "StackName", stack->id,
                    "continue the rollback", err);
        break;
    case STACK_BROKEN:
        job_note(job, "rolls back");
        rc = act_on(task, place, OP_ROLLBACK_STACK, "StackName", stack->id, "roll back", err);
        break;
    case STACK_ABSENT:
    case STACK_REVIEW:
    case STACK_GOOD:
        return ERR_OK;
    }
    return rc ? rc : forgive(stack_watch(task, job, place, stack->id, SV(""), err));
}

enum err_code stack_mend(struct task *task, struct job *job, const struct stack_place *place,
                         struct err *err)
{
    enum { TRIES = 4 };
    enum err_code rc = ERR_OK;

    for (int i = 0; i < TRIES && !rc; i++) {
        CLEANUP(arena_release) struct arena arena;
        enum stack_standing standing;
        struct stack stack;

        arena_init(&arena, 4 << 20);
        rc = stack_look(task, place, &arena, &stack, &standing, err);
        if (rc || standing == STACK_ABSENT || standing == STACK_REVIEW || standing == STACK_GOOD)
            return rc;
        rc = mend_once(task, job, place, &stack, standing, err);
    }
    return rc ? rc
              : err_set(err, ERR_FAILED,
                        "stack " SV_FMT " does not come to rest: look at its events",
                        SV_ARG(place->name));
}
