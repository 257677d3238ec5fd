/* Operations on a stack: continue a rollback that could not come to its end, and delete it. Both
 * are watched until the stack rests, its events told in the job. */
#include "core/aws/query.h"
#include "core/aws/s3.h"
#include "core/deploy/stack.h"
#include "core/model/stack_word.h"
#include "core/operate/stack_page.h"
#include "core/operate/turn.h"

enum {
    BODY_MAX = 64 * 1024,
    RESOURCES_MAX = 2000,
    NAMED = 5,          /* resources in a sentence */
    EXPORTS_ASKED = 20, /* each costs a call */
    BUCKETS_ASKED = 10,
    LIST_MAX = 4000
};

struct found {
    struct stack stack;
    enum stack_standing standing;
    struct stack_resource *resources;
    size_t count;
    char mark[STACK_EVENT_ID_SIZE]; /* the newest event before the write */
};

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
    struct found *found;
};

static enum err_code take_resources(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct gathering *g = owner;
    struct stack_resource *rows;
    size_t count = 0;
    enum err_code rc = decode_stack_resources(reply->xml, g->turn->arena, &rows, &count, err);

    for (size_t i = 0; i < count && g->found->count < RESOURCES_MAX && !rc; i++)
        g->found->resources[g->found->count++] = rows[i];
    return rc;
}

static enum err_code read_resources(struct turn *t, struct found *f, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct gathering g = {t, f};
    enum err_code rc;

    f->resources = arena_alloc(t->arena, RESOURCES_MAX, sizeof *f->resources);
    if (f->resources == NULL)
        return arena_err(t->arena, err);
    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackName", f->stack.id, err);
    t->deploy->calls++;
    return rc ? rc
              : aws_await_pages(t->task, t->session, OP_LIST_STACK_RESOURCES, sb_sv(&body),
                                take_resources, &g, err);
}

static struct sv tag_of(const struct stack *stack, struct sv key)
{
    for (size_t i = 0; i < stack->tag_count; i++) {
        if (sv_eq(stack->tags[i].key, key))
            return stack->tags[i].value;
    }
    return SV("");
}

/* What the operand says, in the console as its stage, and what the stack's own tag says: both are
 * guarded. */
static enum err_code find_environment(struct turn *t, const struct stack *stack, struct err *err)
{
    struct sv said = t->operand->environment.len > 0 ? t->operand->environment : t->operand->stage;
    struct sv stage = tag_of(stack, SV("penstock:stage"));

    if (stage.len == 0 || sv_eq(stage, said))
        return turn_keep(t, said, &t->environment, err);
    return turn_text(t, &t->environment, err, SV_FMT "%s" SV_FMT, SV_ARG(said),
                     said.len > 0 ? "," : "", SV_ARG(stage));
}

static enum err_code look_at(struct turn *t, struct found **out, struct err *err)
{
    const struct stack_place place = place_of(t);
    struct found *f = arena_alloc(t->arena, 1, sizeof *f);
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
    if (!rc)
        rc = stack_mark(t->task, &place, f->stack.id, f->mark, &is_gone, err);
    return rc ? rc : read_resources(t, f, err);
}

static struct sv shown_name(const struct turn *t)
{
    return sv_take(stack_name_of(t->operand->stack), 128);
}

/* "Table, Queue and 3 more", of those in this status. */
static enum err_code name_resources(const struct found *f, struct sv status, struct sb *out,
                                    struct err *err)
{
    size_t met = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < f->count && !rc; i++) {
        if (!sv_eq(f->resources[i].status, status))
            continue;
        if (met++ < NAMED)
            rc = sb_addf(out, err, "%s" SV_FMT, met > 1 ? ", " : "",
                         SV_ARG(sv_take(f->resources[i].logical, 80)));
    }
    if (!rc && met > NAMED)
        rc = sb_addf(out, err, " and %zu more", met - NAMED);
    return rc;
}

static const struct stack_resource *find_resource(const struct found *f, struct sv logical)
{
    for (size_t i = 0; i < f->count; i++) {
        if (sv_eq(f->resources[i].logical, logical))
            return &f->resources[i];
    }
    return NULL;
}

/* Those that were chosen must be in that status. A resource of a nested stack is "Nested.Logical",
 * and only AWS knows it. */
static enum err_code check_chosen(struct turn *t, const struct found *f, struct sv status,
                                  const char *what, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc;

    sb_init(&names, LIST_MAX);
    rc = name_resources(f, status, &names, err);
    for (size_t i = 0; i < t->input->skipped_count && !rc; i++) {
        struct sv name = t->input->skipped[i];
        const struct stack_resource *r = find_resource(f, name);

        if (sv_find(name, SV(".")) >= 0 || (r != NULL && sv_eq(r->status, status)))
            continue;
        return turn_text(t, &t->refusal, err, SV_FMT " is not in " SV_FMT ": %s %s",
                         SV_ARG(sv_take(name, 100)), SV_ARG(status), what,
                         names.len > 0 ? sb_cstr(&names) : "none");
    }
    return rc;
}

static enum err_code join_chosen(const struct turn *t, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = sb_addf(out, err, "%s" SV_FMT, i > 0 ? ", " : "",
                     SV_ARG(sv_take(t->input->skipped[i], 100)));
    return rc;
}

/* ---- the two writes' bodies and their end ---- */

static enum err_code write_body(const struct turn *t, const char *list, struct sb *body,
                                struct err *err)
{
    const struct found *f = t->found;
    enum err_code rc = query_add(body, "StackName", f->stack.id, err);

    for (size_t i = 0; i < t->input->skipped_count && !rc; i++)
        rc = query_add_member(body, list, i + 1, NULL, t->input->skipped[i], err);
    return rc;
}

/* As it rests, in words; *failure is what the watch found, if that says why. */
static enum err_code tell_rest(struct turn *t, bool *is_good, struct err *err)
{
    const struct found *f = t->found;
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
static enum err_code watch(struct turn *t, struct err *err)
{
    const struct found *f = t->found;
    const struct stack_place place = place_of(t);
    struct err why = {0};
    bool is_good = false;
    enum err_code rc = stack_watch(t->task, t->job, &place, f->stack.id, sv_of(f->mark), &why);

    if (rc == ERR_OK || rc == ERR_FAILED) {
        enum err_code told = tell_rest(t, &is_good, err);

        if (told || is_good)
            return told;
    }
    return err_set(err, rc == ERR_OK ? ERR_FAILED : rc, "%s", why.text);
}

/* Something happened to it since the look. */
static enum err_code was_begun(struct turn *t, bool *is_done, struct err *err)
{
    const struct found *f = t->found;
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
    rc = watch(t, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    return rc == ERR_OK ? ERR_OK : tell_rest(t, &is_good, err);
}

static enum err_code put_lines(const struct turn *t, const char *command, const char *option,
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

static enum err_code put_own_line(const struct turn *t, const char *word, struct sb *out,
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

/* ---- continue a rollback ---- */

static enum err_code tell_continue(struct turn *t, const struct found *f, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    CLEANUP(sb_release) struct sb chosen;
    enum err_code rc;

    sb_init(&names, LIST_MAX);
    sb_init(&chosen, LIST_MAX);
    rc = name_resources(f, SV("UPDATE_FAILED"), &names, err);
    if (!rc)
        rc = join_chosen(t, &chosen, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, SV_FMT "%s%s", SV_ARG(f->stack.status),
                       names.len > 0 ? ", failed: " : "", sb_cstr(&names));
    if (!rc)
        rc = turn_text(t, &t->effect, err, "goes on taking the update back%s%s%s",
                       chosen.len > 0 ? "; " : "", sb_cstr(&chosen),
                       chosen.len > 0 ? " stays as it is and counts as rolled back" : "");
    if (rc || chosen.len > 0 || names.len == 0)
        return rc;
    return turn_text(t, &t->hint, err,
                     "%s could not be taken back: mend the cause first, or skip it (--skip): else "
                     "it fails again",
                     sb_cstr(&names));
}

static enum err_code look_continue(struct turn *t, struct err *err)
{
    struct found *f;
    enum err_code rc = look_at(t, &f, err);

    if (!rc && f->standing == STACK_ABSENT)
        return err_set(err, ERR_NOT_FOUND, "there is no stack " SV_FMT " in account " SV_FMT,
                       SV_ARG(shown_name(t)), SV_ARG(t->operand->id.account));
    if (rc)
        return rc;
    if (sv_starts(f->stack.status, SV("UPDATE_ROLLBACK_")) && f->standing != STACK_STUCK) {
        t->is_settled = true;
        rc = turn_keep(t, f->stack.status, &t->state, err);
        return rc ? rc
                  : turn_text(t, &t->effect, err, "nothing: the rollback goes on or has ended");
    }
    rc = tell_continue(t, f, err);
    if (!rc && f->standing != STACK_STUCK)
        return turn_text(t, &t->refusal, err,
                         "only a rollback that failed (UPDATE_ROLLBACK_FAILED) can be continued: "
                         "this stack is " SV_FMT,
                         SV_ARG(f->stack.status));
    return rc ? rc : check_chosen(t, f, SV("UPDATE_FAILED"), "what can be skipped is", err);
}

static enum err_code send_continue(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = write_body(t, "ResourcesToSkip.member", &body, err);
    if (!rc)
        rc = turn_write(t, OP_CONTINUE_UPDATE_ROLLBACK, sb_sv(&body), "continue the rollback",
                        &reply, err);
    return rc ? rc : watch(t, err);
}

static enum err_code aws_continue(const struct turn *t, struct sb *out, struct err *err)
{
    return put_lines(t, "continue-update-rollback", "resources-to-skip", out, err);
}

static enum err_code own_continue(const struct turn *t, struct sb *out, struct err *err)
{
    return put_own_line(t, "continue-rollback", out, err);
}

const struct operation operation_continue_rollback = {
    .iam = "cloudformation:ContinueUpdateRollback",
    .verb = "continue the rollback of",
    .look = look_continue,
    .send = send_continue,
    .was_done = was_begun,
    .aws_line = aws_continue,
    .own_line = own_continue,
};

/* ---- delete ---- */

/* The first stack that imports one of its exports; *out is "" when none does. */
static enum err_code find_import(struct turn *t, const struct found *f, struct sv *out,
                                 struct err *err)
{
    *out = SV("");
    for (size_t i = 0; i < f->stack.export_count && i < EXPORTS_ASKED; i++) {
        CLEANUP(sb_release) struct sb body;
        const struct aws_reply *reply;
        struct err why = {0};
        enum err_code rc;

        sb_init(&body, BODY_MAX);
        rc = query_add(&body, "ExportName", f->stack.exports[i], err);
        if (rc)
            return rc;
        rc = deploy_read(t->task, t->deploy, t->session, OP_LIST_IMPORTS, sb_sv(&body), &reply,
                         &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        /* "Export 'x' is not imported by any stack." is an error to AWS. */
        if (!rc && xml_text(reply->xml, "Imports/member").len > 0)
            return turn_text(t, out, err, SV_FMT " imports its export " SV_FMT,
                             SV_ARG(xml_text(reply->xml, "Imports/member")),
                             SV_ARG(f->stack.exports[i]));
    }
    return ERR_OK;
}

static enum err_code has_objects(struct turn *t, struct sv bucket, bool *out, struct err *err)
{
    CLEANUP(sb_release) struct sb query;
    CLEANUP(arena_release) struct arena arena;
    struct http_header owner = {SV("x-amz-expected-bucket-owner"), t->operand->id.account};
    struct aws_rest rest = {
        .method = SV("GET"), .bucket = bucket, .headers = &owner, .header_count = 1};
    const struct aws_reply *reply;
    struct object_versions page;
    struct err why = {0};
    enum err_code rc;

    *out = false;
    sb_init(&query, 2048);
    arena_init(&arena, 8 << 20);
    rc = object_versions_query(&query, SV(""), SV(""), SV(""), err);
    if (rc)
        return rc;
    rest.query = sb_sv(&query);
    t->deploy->calls++;
    rc = aws_await_rest(t->task, t->session, OP_LIST_OBJECT_VERSIONS, &rest, SV(""), &reply, &why);
    if (!rc)
        rc = decode_object_versions(reply->xml, &arena, &page, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    *out = !rc && page.count > 0; /* one that may not be looked into is told by nobody */
    return ERR_OK;
}

static enum err_code name_full_buckets(struct turn *t, const struct found *f, struct sb *out,
                                       struct err *err)
{
    int asked = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < f->count && asked < BUCKETS_ASKED && !rc; i++) {
        const struct stack_resource *r = &f->resources[i];
        bool is_full = false;

        if (!sv_eq(r->type, SV("AWS::S3::Bucket")) || r->physical.len == 0 ||
            sv_eq(r->status, SV("DELETE_COMPLETE")))
            continue;
        asked++;
        rc = has_objects(t, r->physical, &is_full, err);
        if (!rc && is_full)
            rc = sb_addf(out, err, "%s" SV_FMT, out->len > 0 ? ", " : "",
                         SV_ARG(sv_take(r->physical, 80)));
    }
    return rc;
}

static size_t count_left(const struct found *f)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++)
        count += !sv_eq(f->resources[i].status, SV("DELETE_COMPLETE")) &&
                 !sv_eq(f->resources[i].status, SV("DELETE_SKIPPED"));
    return count;
}

static enum err_code warn(struct turn *t, const struct found *f, struct err *err)
{
    CLEANUP(sb_release) struct sb buckets;
    bool is_bootstrap = stack_output(&f->stack, "BootstrapVersion").len > 0;
    enum err_code rc;

    sb_init(&buckets, LIST_MAX);
    rc = name_full_buckets(t, f, &buckets, err);
    if (rc || (buckets.len == 0 && !is_bootstrap))
        return rc;
    return turn_text(t, &t->hint, err, "%s%s%s%s%s",
                     is_bootstrap
                         ? "it is a bootstrap: nothing can be deployed to this account and "
                           "region without it"
                         : "",
                     is_bootstrap && buckets.len > 0 ? "; " : "",
                     buckets.len > 0 ? "not empty: " : "", sb_cstr(&buckets),
                     buckets.len > 0 ? ", which CloudFormation does not delete: empty them first, "
                                       "unless the template keeps them"
                                     : "");
}

static enum err_code tell_delete(struct turn *t, const struct found *f, struct err *err)
{
    CLEANUP(sb_release) struct sb chosen;
    size_t left = count_left(f);
    enum err_code rc;

    sb_init(&chosen, LIST_MAX);
    rc = join_chosen(t, &chosen, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, SV_FMT ", %zu resource%s", SV_ARG(f->stack.status), left,
                       left == 1 ? "" : "s");
    return rc ? rc
              : turn_text(t, &t->effect, err,
                          "deletes the stack and %s %zu resource%s with what is in them, but what "
                          "its template keeps%s%s",
                          left == 1 ? "its" : "all its", left, left == 1 ? "" : "s",
                          chosen.len > 0 ? "; leaves behind " : "", sb_cstr(&chosen));
}

static enum err_code refuse_delete(struct turn *t, const struct found *f, struct err *err)
{
    struct sv ours = tag_of(&f->stack, SV("penstock:pipeline"));
    struct sv import = SV("");
    enum err_code rc;

    if (ours.len > 0 && tag_of(&f->stack, SV("penstock:stage")).len == 0 &&
        sv_starts(f->stack.name, SV("penstock-")))
        return turn_text(t, &t->refusal, err,
                         "it is the pipeline's own stack: penstock delete " SV_FMT
                         " takes the pipeline away with all that belongs to it",
                         SV_ARG(sv_take(ours, 100)));
    if (f->stack.parent_id.len > 0)
        return turn_text(t, &t->refusal, err,
                         "it is nested: delete " SV_FMT ", which it belongs to",
                         SV_ARG(stack_name_of(f->stack.parent_id)));
    if (f->stack.is_protected)
        return turn_text(t, &t->refusal, err,
                         "it is protected against termination: switch that off first (aws "
                         "cloudformation update-termination-protection)");
    if (f->standing == STACK_BUSY)
        return turn_text(t, &t->refusal, err, "it is " SV_FMT ": wait until it rests",
                         SV_ARG(f->stack.status));
    if (t->input->skipped_count > 0 && f->standing != STACK_DELETE_FAILED)
        return turn_text(t, &t->refusal, err,
                         "resources can be left behind only when a deletion has failed "
                         "(DELETE_FAILED): this stack is " SV_FMT,
                         SV_ARG(f->stack.status));
    rc = find_import(t, f, &import, err);
    if (rc || import.len == 0)
        return rc ? rc : check_chosen(t, f, SV("DELETE_FAILED"), "what can be left behind is", err);
    return turn_text(t, &t->refusal, err, "stack " SV_FMT ": delete or change that one first",
                     SV_ARG(import));
}

static enum err_code look_delete(struct turn *t, struct err *err)
{
    struct found *f;
    enum err_code rc = look_at(t, &f, err);

    if (rc)
        return rc;
    if (f->standing == STACK_ABSENT || sv_eq(f->stack.status, SV("DELETE_IN_PROGRESS"))) {
        t->is_settled = true;
        rc = turn_text(t, &t->state, err,
                       f->standing == STACK_ABSENT ? "there is no such stack"
                                                   : "DELETE_IN_PROGRESS");
        return rc ? rc : turn_text(t, &t->effect, err, "nothing");
    }
    rc = tell_delete(t, f, err);
    if (!rc)
        rc = refuse_delete(t, f, err);
    return rc || t->is_again ? rc : warn(t, f, err);
}

static enum err_code send_delete(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = write_body(t, "RetainResources.member", &body, err);
    if (!rc)
        rc = turn_write(t, OP_DELETE_STACK, sb_sv(&body), "delete the stack", &reply, err);
    return rc ? rc : watch(t, err);
}

static enum err_code aws_delete(const struct turn *t, struct sb *out, struct err *err)
{
    return put_lines(t, "delete-stack", "retain-resources", out, err);
}

static enum err_code own_delete(const struct turn *t, struct sb *out, struct err *err)
{
    return put_own_line(t, "delete", out, err);
}

const struct operation operation_delete_stack = {
    .iam = "cloudformation:DeleteStack",
    .verb = "delete",
    .is_deletion = true,
    .look = look_delete,
    .send = send_delete,
    .was_done = was_begun,
    .aws_line = aws_delete,
    .own_line = own_delete,
};
