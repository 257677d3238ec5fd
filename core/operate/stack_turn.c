#include "core/operate/stack_turn.h"

#include "core/aws/query.h"
#include "core/operate/guard_place.h"
#include "core/operate/stack_page.h"
#include "core/operate/turn.h"

enum { PAGES_MAX = 10, NAMED = 5 /* resources in a sentence */ };

/* ---- looking ---- */

static struct stack_place place_of(const struct turn *t)
{
    return (struct stack_place){.deploy = t->deploy,
                                .session = t->session,
                                .account = t->operand->id.account,
                                .name = t->operand->stack};
}

struct gathering {
    struct turn *turn;
    struct stack_turn *found;
};

static enum err_code take_resources(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct gathering *g = owner;
    struct stack_resource *rows;
    size_t count = 0;
    enum err_code rc = decode_stack_resources(reply->xml, g->turn->arena, &rows, &count, err);

    for (size_t i = 0; i < count && g->found->count < STACK_TURN_RESOURCES && !rc; i++)
        g->found->resources[g->found->count++] = rows[i];
    return rc;
}

static enum err_code read_resources(struct turn *t, struct stack_turn *f, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct gathering g = {t, f};
    enum err_code rc;

    f->resources = arena_alloc(t->arena, STACK_TURN_RESOURCES, sizeof *f->resources);
    if (f->resources == NULL)
        return arena_err(t->arena, err);
    sb_init(&body, STACK_BODY_MAX);
    rc = query_add(&body, "StackName", f->stack.id, err);
    t->deploy->calls++;
    return rc ? rc
              : aws_await_pages(t->task, t->session, OP_LIST_STACK_RESOURCES, sb_sv(&body),
                                take_resources, &g, err);
}

/* ---- what a rollback could not take back: its events tell, newest first ---- */

static bool take_events(struct stack_turn *f, const struct stack_event *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct stack_event *e = &rows[i];
        bool is_stack =
            sv_eq(e->type, SV("AWS::CloudFormation::Stack")) && sv_eq(e->physical, f->stack.id);

        if (f->mark[0] == '\0')
            (void)snprintf(f->mark, sizeof f->mark, SV_FMT,
                           SV_ARG(sv_take(e->id, sizeof f->mark - 1)));
        if (is_stack && sv_eq(e->status, SV("UPDATE_ROLLBACK_IN_PROGRESS")))
            return true;
        if (!is_stack && sv_eq(e->status, SV("UPDATE_FAILED")) &&
            f->failed_count < STACK_TURN_RESOURCES)
            f->failed[f->failed_count++] = e->logical;
    }
    return false;
}

static enum err_code read_failed(struct turn *t, struct stack_turn *f, struct err *err)
{
    struct sv token = SV_NONE;
    enum err_code rc = ERR_OK;

    for (int page = 0; page < PAGES_MAX && !rc && !f->knows_failed; page++) {
        CLEANUP(sb_release) struct sb body;
        const struct aws_reply *reply;
        struct stack_event *rows;
        size_t count;

        sb_init(&body, STACK_BODY_MAX);
        rc = query_add(&body, "StackName", f->stack.id, err);
        if (!rc)
            rc = query_add(&body, "NextToken", token, err);
        if (!rc)
            rc = deploy_read(t->task, t->deploy, t->session, OP_DESCRIBE_STACK_EVENTS, sb_sv(&body),
                             &reply, err);
        if (!rc)
            rc = decode_stack_events(reply->xml, t->arena, &rows, &count, err);
        if (rc)
            break;
        f->knows_failed = take_events(f, rows, count);
        rc = turn_keep(t, xml_text(reply->xml, "NextToken"), &token, err);
        if (token.len == 0)
            break;
    }
    return rc;
}

/* In this status and, of a rollback, because it could not be taken back: AWS skips no other. */
static bool is_meant(const struct stack_turn *f, const struct stack_resource *r, struct sv status)
{
    if (!sv_eq(r->status, status))
        return false;
    for (size_t i = 0; f->knows_failed && i < f->failed_count; i++) {
        if (sv_eq(f->failed[i], r->logical))
            return true;
    }
    return !f->knows_failed;
}

struct sv stack_turn_tag(const struct stack *stack, struct sv key)
{
    for (size_t i = 0; i < stack->tag_count; i++) {
        if (sv_eq(stack->tags[i].key, key))
            return stack->tags[i].value;
    }
    return SV("");
}

/* What the operand says, in the console as its stage, and what the stack's own tag says: both are
 * guarded. Where neither names an environment the account tells. */
static enum err_code find_environment(struct turn *t, const struct stack *stack, struct err *err)
{
    CLEANUP(sb_release) struct sb all;
    const struct pipeline_id *id = &t->operand->id;
    struct sv tag = stack_turn_tag(stack, SV("penstock:stage"));
    struct sv said = t->operand->environment.len > 0 ? t->operand->environment : tag;
    enum err_code rc;

    sb_init(&all, GUARD_PLACES_MAX);
    rc = sb_addf(&all, err, SV_FMT "," SV_FMT, SV_ARG(said), SV_ARG(tag));
    if (!rc && said.len > 0 && t->operand->stage.len > 0)
        rc = sb_addf(&all, err, "," GUARD_STAGE SV_FMT, SV_ARG(t->operand->stage));
    if (!rc && said.len == 0)
        rc = guard_place_account(t, t->operand->stage, id->account, id->region, &all, err);
    return rc ? rc : turn_keep(t, sb_sv(&all), &t->environment, err);
}

enum err_code stack_turn_look(struct turn *t, bool rolls_back, struct stack_turn **out,
                              struct err *err)
{
    const struct stack_place place = place_of(t);
    struct stack_turn *f = arena_alloc(t->arena, 1, sizeof *f);
    bool is_gone;
    enum err_code rc;

    if (f == NULL)
        return arena_err(t->arena, err);
    t->found = *out = f;
    rc = stack_look(t->task, &place, t->arena, &f->stack, &f->standing, err);
    if (rc || f->standing == STACK_ABSENT)
        return rc;
    t->resource = f->stack.id;
    rc = find_environment(t, &f->stack, err);
    if (!rc && rolls_back)
        rc = read_failed(t, f, err);
    else if (!rc)
        rc = stack_mark(t->task, &place, f->stack.id, f->mark, &is_gone, err);
    return rc ? rc : read_resources(t, f, err);
}

/* "Table, Queue and 3 more", of those in this status. */
enum err_code stack_turn_names(const struct stack_turn *f, struct sv status, struct sb *out,
                               struct err *err)
{
    size_t met = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < f->count && !rc; i++) {
        if (!is_meant(f, &f->resources[i], status))
            continue;
        if (met++ < NAMED)
            rc = sb_addf(out, err, "%s" SV_FMT, met > 1 ? ", " : "",
                         SV_ARG(sv_take(f->resources[i].logical, 80)));
    }
    if (!rc && met > NAMED)
        rc = sb_addf(out, err, " and %zu more", met - NAMED);
    return rc;
}

static const struct stack_resource *find_resource(const struct stack_turn *f, struct sv logical)
{
    for (size_t i = 0; i < f->count; i++) {
        if (sv_eq(f->resources[i].logical, logical))
            return &f->resources[i];
    }
    return NULL;
}

/* Those that were chosen must be in that status. A resource of a nested stack is "Nested.Logical",
 * and only AWS knows it. */
enum err_code stack_turn_check(struct turn *t, const struct stack_turn *f, struct sv status,
                               const char *what, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc;

    sb_init(&names, STACK_LIST_MAX);
    rc = stack_turn_names(f, status, &names, err);
    for (size_t i = 0; i < t->input->skipped_count && !rc; i++) {
        struct sv name = t->input->skipped[i];
        const struct stack_resource *r = find_resource(f, name);

        if (sv_find(name, SV(".")) >= 0 || (r != NULL && is_meant(f, r, status)))
            continue;
        return turn_wrong(t, err, SV_FMT " is none of them: %s %s", SV_ARG(sv_take(name, 100)),
                          what, names.len > 0 ? sb_cstr(&names) : "none");
    }
    return rc;
}

enum err_code stack_turn_chosen(const struct turn *t, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = sb_addf(out, err, "%s" SV_FMT, i > 0 ? ", " : "",
                     SV_ARG(sv_take(t->input->skipped[i], 100)));
    return rc;
}

/* ---- the two writes' bodies and their end ---- */

enum err_code stack_turn_body(const struct turn *t, const char *list, struct sb *body,
                              struct err *err)
{
    const struct stack_turn *f = t->found;
    enum err_code rc = query_add(body, "StackName", f->stack.id, err);

    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = query_add_member(body, list, i + 1, NULL, t->input->skipped[i], err);
    return rc;
}

/* As it rests, in words; *failure is what the watch found, if that says why. */
static enum err_code tell_rest(struct turn *t, bool *is_good, struct err *err)
{
    const struct stack_turn *f = t->found;
    struct stack_place place = place_of(t);
    enum stack_standing standing;
    struct stack stack;
    enum err_code rc;

    place.name = f->stack.id;
    rc = stack_look(t->task, &place, t->arena, &stack, &standing, err);
    if (rc)
        return rc;
    *is_good = standing == STACK_ABSENT || standing == STACK_GOOD;
    if (standing == STACK_ABSENT)
        return turn_text(t, &t->result, err, "the stack is gone");
    return turn_text(t, &t->result, err, "the stack is " SV_FMT, SV_ARG(stack.status));
}

/* An update that was taken back whole is what continuing wants, and a failure to whoever else
 * watches. */
enum err_code stack_turn_watch(struct turn *t, struct err *err)
{
    const struct stack_turn *f = t->found;
    const struct stack_place place = place_of(t);
    struct err why = {0};
    bool is_good = false;
    enum err_code rc = stack_watch(t->task, t->job, &place, f->stack.id, sv_of(f->mark), &why);

    if (rc == ERR_OK || rc == ERR_FAILED) {
        enum err_code told = tell_rest(t, &is_good, err);

        if (told || is_good)
            return told;
    }
    t->is_sent = false; /* AWS took it, and it did not end well: that is what counts */
    return err_set(err, rc == ERR_OK ? ERR_FAILED : rc, "%s", why.text);
}

/* Something happened to it since the look. */
enum err_code stack_turn_was_begun(struct turn *t, bool *is_done, struct err *err)
{
    const struct stack_turn *f = t->found;
    const struct stack_place place = place_of(t);
    char mark[STACK_EVENT_ID_SIZE];
    struct err why = {0};
    bool is_gone;
    bool is_good;
    enum err_code rc = stack_mark(t->task, &place, f->stack.id, mark, &is_gone, err);

    if (rc)
        return rc;
    *is_done = strcmp(mark, f->mark) != 0;
    if (!*is_done)
        return ERR_OK;
    rc = stack_turn_watch(t, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    return rc == ERR_OK ? ERR_OK : tell_rest(t, &is_good, err);
}

enum err_code stack_turn_aws_line(const struct turn *t, const char *command, const char *option,
                                  struct sb *out, struct err *err)
{
    enum err_code rc = line_aws(t, "cloudformation", command, out, err);

    if (!rc)
        rc = line_option(out, "stack-name", stack_name_of(t->operand->stack), err);
    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = i == 0 ? line_option(out, option, t->input->skipped[i], err)
                    : line_word(out, t->input->skipped[i], err);
    return rc;
}

enum err_code stack_turn_own_line(const struct turn *t, const char *word, struct sb *out,
                                  struct err *err)
{
    enum err_code rc = line_own(t, "stack", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = sb_addf(out, err, " %s", word);
    if (!rc)
        rc = line_word(out, stack_name_of(t->operand->stack), err);
    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = line_option(out, "skip", t->input->skipped[i], err);
    return rc;
}
