/* Deleting a stack: refused where it would take away more than was meant, watched until it is gone.
 */
#include "core/aws/query.h"
#include "core/aws/s3.h"
#include "core/operate/stack_page.h"
#include "core/operate/stack_turn.h"
#include "core/operate/turn.h"

enum { EXPORTS_ASKED = 20, BUCKETS_ASKED = 10 }; /* each costs a call */

/* The first stack that imports one of its exports; *out is "" when none does. */
static enum err_code find_import(struct turn *t, const struct stack_turn *f, struct sv *out,
                                 struct err *err)
{
    *out = SV("");
    for (size_t i = 0; i < f->stack.export_count && i < EXPORTS_ASKED; i++) {
        CLEANUP(sb_release) struct sb body;
        const struct aws_reply *reply;
        struct err why = {0};
        enum err_code rc;

        sb_init(&body, STACK_BODY_MAX);
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

static enum err_code name_full_buckets(struct turn *t, const struct stack_turn *f, struct sb *out,
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

static size_t count_left(const struct stack_turn *f)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++)
        count += !sv_eq(f->resources[i].status, SV("DELETE_COMPLETE")) &&
                 !sv_eq(f->resources[i].status, SV("DELETE_SKIPPED"));
    return count;
}

static enum err_code warn(struct turn *t, const struct stack_turn *f, struct err *err)
{
    CLEANUP(sb_release) struct sb buckets;
    bool is_bootstrap = stack_output(&f->stack, "BootstrapVersion").len > 0;
    enum err_code rc;

    sb_init(&buckets, STACK_LIST_MAX);
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

static enum err_code tell_delete(struct turn *t, const struct stack_turn *f, struct err *err)
{
    CLEANUP(sb_release) struct sb chosen;
    size_t left = count_left(f);
    enum err_code rc;

    sb_init(&chosen, STACK_LIST_MAX);
    rc = stack_turn_chosen(t, &chosen, err);
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

static enum err_code refuse_delete(struct turn *t, const struct stack_turn *f, struct err *err)
{
    struct sv ours = stack_turn_tag(&f->stack, SV("penstock:pipeline"));
    struct sv import = SV("");
    enum err_code rc;

    if (ours.len > 0 && stack_turn_tag(&f->stack, SV("penstock:stage")).len == 0 &&
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
        return rc ? rc
                  : stack_turn_check(t, f, SV("DELETE_FAILED"), "what can be left behind is", err);
    return turn_text(t, &t->refusal, err, "stack " SV_FMT ": delete or change that one first",
                     SV_ARG(import));
}

static enum err_code look_delete(struct turn *t, struct err *err)
{
    struct stack_turn *f;
    enum err_code rc = stack_turn_look(t, false, &f, err);

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

    sb_init(&body, STACK_BODY_MAX);
    rc = stack_turn_body(t, "RetainResources.member", &body, err);
    if (!rc)
        rc = turn_text(t, &t->then, err, "the stack is being deleted");
    if (!rc)
        rc = turn_write(t, OP_DELETE_STACK, sb_sv(&body), "delete the stack", &reply, err);
    return rc ? rc : stack_turn_watch(t, err);
}

static enum err_code aws_delete(const struct turn *t, struct sb *out, struct err *err)
{
    return stack_turn_aws_line(t, "delete-stack", "retain-resources", out, err);
}

static enum err_code own_delete(const struct turn *t, struct sb *out, struct err *err)
{
    return stack_turn_own_line(t, "delete", out, err);
}

const struct operation operation_delete_stack = {
    .iam = "cloudformation:DeleteStack",
    .verb = "delete",
    .is_deletion = true,
    .look = look_delete,
    .send = send_delete,
    .was_done = stack_turn_was_begun,
    .aws_line = aws_delete,
    .own_line = own_delete,
};
