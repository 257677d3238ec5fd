#include "core/operate/turn.h"

#include <stdarg.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/deploy/audit.h"
#include "core/operate/pipe.h"
#include "core/operate/stack_page.h"

enum { SENTENCE_MAX = 4096, BODY_MAX = 256 * 1024, MARK_MAX = 800 };

enum err_code turn_keep(struct turn *t, struct sv text, struct sv *out, struct err *err)
{
    *out = arena_sv(t->arena, text.ptr == NULL ? SV("") : text);
    return out->ptr == NULL ? arena_err(t->arena, err) : ERR_OK;
}

static enum err_code keep_sentence(struct turn *t, struct sv *out, struct err *err, const char *fmt,
                                   va_list args) PRINTF_LIKE(4, 0);

static enum err_code keep_sentence(struct turn *t, struct sv *out, struct err *err, const char *fmt,
                                   va_list args)
{
    char text[SENTENCE_MAX];
    int len = vsnprintf(text, sizeof text, fmt, args);

    if (len < 0)
        return err_set(err, ERR_FAILED, "a sentence that cannot be written");
    if ((size_t)len >= sizeof text)
        len = (int)sizeof text - 1;
    return turn_keep(t, sv_make(text, (size_t)len), out, err);
}

enum err_code turn_text(struct turn *t, struct sv *out, struct err *err, const char *fmt, ...)
{
    va_list args;
    enum err_code rc;

    va_start(args, fmt);
    rc = keep_sentence(t, out, err, fmt, args);
    va_end(args);
    return rc;
}

enum err_code turn_wrong(struct turn *t, struct err *err, const char *fmt, ...)
{
    va_list args;
    enum err_code rc;

    va_start(args, fmt);
    rc = keep_sentence(t, &t->refusal, err, fmt, args);
    va_end(args);
    t->is_wrong = true;
    return rc;
}

size_t turn_characters(struct sv text)
{
    size_t count = 0;

    while (text.len > 0) {
        (void)utf8_next(&text);
        count++;
    }
    return count;
}

static enum err_code add_part(struct sb *out, struct sv part, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (part.len > 0 && out->len > 0)
        rc = sb_addc(out, '/', err);
    return rc || part.len == 0 ? rc : sb_add(out, part, err);
}

enum err_code operand_name(const struct operand *operand, struct sb *out, struct err *err)
{
    enum err_code rc;

    if (operand->stack.len > 0)
        return sb_add(out, stack_name_of(operand->stack), err);
    if (operand->build.len > 0)
        return sb_add(out, operand->build, err);
    rc = sb_add(out, operand->repository.len > 0 ? operand->repository : operand->id.name, err);
    if (!rc && operand->repository.len > 0)
        return add_part(out, operand->commit, err);
    if (!rc)
        rc = add_part(out, operand->stage, err);
    return rc ? rc : add_part(out, operand->action, err);
}

enum err_code operated_name(const struct operation *operation, const struct operand *operand,
                            struct sv execution, struct sb *out, struct err *err)
{
    struct sv one = execution.len > 0 ? execution : operand->execution_id;
    enum err_code rc;

    if (!operation->is_whole)
        return operand_name(operand, out, err);
    rc = sb_add(out, operand->id.name, err);
    return rc || one.len == 0 ? rc : sb_addf(out, err, " execution " SV_FMT, SV_ARG(short_id(one)));
}

/* ---- calls ---- */

static enum err_code write_body(const struct ask_member *members, struct sb *body, struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    for (; members->name != NULL; members++)
        jw_put_sv(&w, members->name, members->value);
    jw_close(&w, '}');
    return jw_done(&w);
}

enum err_code turn_ask(struct turn *t, enum op op, const struct ask_member *members,
                       const struct aws_reply **reply, struct err *err)
{
    struct asker asker = {t->task, t->deploy, t->session, t->operand->id.account};

    return ask_read(&asker, op, members, reply, err);
}

enum err_code turn_write(struct turn *t, enum op op, struct sv body, const char *text,
                         const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb target;
    CLEANUP(sb_release) struct sb reason;
    CLEANUP(sb_release) struct sb mark;
    struct write write = {.session = t->session,
                          .account = t->operand->id.account,
                          .op = op,
                          .body = body,
                          .text = text,
                          .iam = t->operation->iam,
                          .resource = t->operand->id.name,
                          .before = t->state,
                          .after = t->then};
    bool is_sent = false;
    enum err_code rc;
    enum err_code kept;

    *reply = NULL;
    t->is_unknown = false;
    write.is_sent = &is_sent;
    sb_init(&target, SENTENCE_MAX);
    sb_init(&reason, SENTENCE_MAX);
    sb_init(&mark, SENTENCE_MAX);
    rc = operated_name(t->operation, t->operand, t->execution, &target, err);
    if (!rc)
        rc = turn_reason(t->input, t->unlocked, &reason, err);
    if (!rc)
        rc = turn_mark(t, &mark, err);
    if (rc)
        return rc;
    write.trace = sv_take(sb_sv(&mark), MARK_MAX);
    write.reason = sb_sv(&reason);
    write.target = sb_sv(&target);
    rc = deploy_write(t->task, t->deploy, &write, reply, err);
    t->is_sent = rc == ERR_OK;
    t->is_unknown = rc == ERR_CANCELLED && is_sent;
    if (*reply == NULL)
        return rc;
    t->is_unknown = t->is_unknown || (rc && (*reply)->is_unknown);
    kept = turn_keep(t, (*reply)->request_id, &t->request_id, rc ? NULL : err);
    return rc ? rc : kept;
}

enum err_code turn_send(struct turn *t, enum op op, const struct ask_member *members,
                        const char *text, const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    enum err_code rc;

    *reply = NULL;
    sb_init(&body, BODY_MAX);
    rc = write_body(members, &body, err);
    return rc ? rc : turn_write(t, op, sb_sv(&body), text, reply, err);
}

enum err_code turn_began(struct turn *t, struct sv execution, struct err *err)
{
    enum err_code rc = turn_keep(t, sv_take(execution, 64), &t->execution, err);

    return rc ? rc
              : turn_text(t, &t->result, err, "execution " SV_FMT " began", SV_ARG(t->execution));
}

/* ---- the audit ---- */

enum err_code turn_reason(const struct operation_input *in, struct sv unlocked, struct sb *out,
                          struct err *err)
{
    struct sv own = in->comment.len > 0 ? in->comment : in->reason;
    enum err_code rc = own.len > 0 ? sb_add(out, own, err) : ERR_OK;

    if (rc || unlocked.len == 0)
        return rc;
    return sb_addf(out, err, own.len > 0 ? " (" SV_FMT ")" : SV_FMT, SV_ARG(unlocked));
}

struct sv turn_after(const struct turn *t)
{
    if (t->result.len > 0)
        return t->result;
    return t->is_sent ? t->then : SV("");
}

void turn_audit(const struct turn *t, const char *name, const char *outcome, struct sv text)
{
    CLEANUP(sb_release) struct sb reason;
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(t->deploy->action),
                              .operation = SV(""),
                              .account = t->operand->id.account,
                              .region = t->operand->id.region,
                              .caller = sv_of(t->caller),
                              .target = sv_of(name),
                              .text = text,
                              .before = t->state,
                              .after = turn_after(t),
                              .request_id = t->request_id};
    struct err lost = {0};

    sb_init(&reason, SENTENCE_MAX);
    if (turn_reason(t->input, t->unlocked, &reason, NULL) == ERR_OK)
        line.reason = sb_sv(&reason);
    if (audit_write(t->deploy->audit_dir, &line, &lost))
        log_error("%s", lost.text);
}
