/* Watching a stack: its events, in the order in which they happened, until it rests. */
#include "core/deploy/stack.h"

#include "core/aws/query.h"
#include "core/base/mem.h"

enum { PAGES_MAX = 100, EVENT_ARENA = 32 << 20, PAUSE_LEAST_MS = 250, PAUSE_MOST_MS = 2000 };

struct watch {
    struct task *task;
    struct job *job; /* NULL: nobody looks */
    const struct stack_place *place;
    struct sv stack_id;
    char seen[200]; /* the newest event that was told */
    char status[64];
    char failure[JOB_NOTE_SIZE]; /* the first resource that failed in this operation */
    int told;
};

static bool is_about_stack(const struct stack_event *e)
{
    return sv_eq(e->type, SV("AWS::CloudFormation::Stack")) && sv_eq(e->physical, e->stack_id);
}

/* The event with which a person, or we, began what runs now. */
static bool begins(const struct stack_event *e)
{
    return is_about_stack(e) && sv_eq(e->reason, SV("User Initiated"));
}

static bool is_failure(struct sv status)
{
    return sv_ends(status, SV("_FAILED"));
}

static void copy(char *to, size_t size, struct sv text)
{
    (void)snprintf(to, size, SV_FMT, SV_ARG(sv_take(text, size - 1)));
}

/* A resource's own words, without the wrapping of whoever passed them on. */
static struct sv plain_reason(struct sv reason)
{
    static const char wrap[] = "Resource handler returned message: \"";
    ptrdiff_t end;

    if (sv_starts(reason, sv_of(wrap)))
        reason = sv_drop(reason, sizeof wrap - 1);
    end = sv_find(reason, SV(" (Service: "));
    if (end < 0)
        end = sv_find(reason, SV("\" (RequestToken: "));
    return end < 0 ? reason : sv_take(reason, (size_t)end);
}

static void remember_failure(struct watch *w, const struct stack_event *e)
{
    if (!is_failure(e->status) || w->failure[0] != '\0' || is_about_stack(e) ||
        sv_find(e->reason, SV("cancelled")) >= 0)
        return;
    (void)snprintf(w->failure, sizeof w->failure, SV_FMT " (" SV_FMT ") " SV_FMT ": " SV_FMT,
                   SV_ARG(sv_take(e->logical, 80)), SV_ARG(sv_take(e->type, 60)), SV_ARG(e->status),
                   SV_ARG(sv_take(plain_reason(e->reason), 200)));
}

static enum err_code tell(struct watch *w, const struct stack_event *e, struct err *err)
{
    struct job_event event = {.at_ms = e->at_ms,
                              .is_failure = is_failure(e->status),
                              .is_progress = sv_ends(e->status, SV("_IN_PROGRESS"))};

    remember_failure(w, e);
    copy(w->seen, sizeof w->seen, e->id);
    if (is_about_stack(e))
        copy(w->status, sizeof w->status, e->status);
    w->told++;
    /* The second of two lines that say the same. */
    if (w->job == NULL || sv_eq(e->reason, SV("Resource creation Initiated")))
        return ERR_OK;
    copy(event.subject, sizeof event.subject, e->logical);
    copy(event.type, sizeof event.type, e->type);
    copy(event.status, sizeof event.status, e->status);
    copy(event.text, sizeof event.text, e->reason);
    return job_event(w->job, &event, err);
}

/* Newest first; stops at what was told already. */
struct reading {
    struct watch *w;
    struct arena arena;
    const struct stack_event *events[2000];
    size_t count;
    bool is_through;
};

static void take(struct reading *r, const struct stack_event *events, size_t count)
{
    for (size_t i = 0; i < count && !r->is_through; i++) {
        const struct stack_event *e = &events[i];

        r->is_through = r->w->seen[0] != '\0' && sv_eq(e->id, sv_of(r->w->seen));
        if (r->is_through || r->count == ARRAY_LEN(r->events))
            continue;
        r->events[r->count++] = e;
        r->is_through = r->w->seen[0] == '\0' && begins(e);
    }
}

static enum err_code read_page(struct reading *r, struct sv token, char next[4096], struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct stack_event *events;
    size_t count;
    struct watch *w = r->w;
    enum err_code rc;

    sb_init(&body, 16 * 1024);
    rc = query_add(&body, "StackName", w->stack_id, err);
    if (!rc)
        rc = query_add(&body, "NextToken", token, err);
    if (!rc)
        rc = deploy_read(w->task, w->place->deploy, w->place->session, OP_DESCRIBE_STACK_EVENTS,
                         sb_sv(&body), &reply, err);
    if (!rc)
        rc = decode_stack_events(reply->xml, &r->arena, &events, &count, err);
    if (rc)
        return rc;
    copy(next, 4096, xml_text(reply->xml, "NextToken"));
    take(r, events, count);
    return ERR_OK;
}

static enum err_code read_new(struct watch *w, struct err *err)
{
    struct reading *r = mem_alloc(sizeof *r);
    char token[4096] = "";
    enum err_code rc = ERR_OK;

    if (r == NULL)
        return mem_err(err);
    r->w = w;
    arena_init(&r->arena, EVENT_ARENA);
    for (int page = 0; page < PAGES_MAX && !r->is_through && !rc; page++) {
        char next[4096];

        rc = read_page(r, sv_of(token), next, err);
        if (rc || next[0] == '\0')
            break;
        memcpy(token, next, sizeof token);
    }
    w->told = 0;
    for (size_t i = r->count; i-- > 0 && !rc;)
        rc = tell(w, r->events[i], err);
    arena_release(&r->arena);
    mem_free(r);
    return rc;
}

static bool rests(const char *status)
{
    struct sv s = sv_of(status);

    return s.len > 0 && !sv_ends(s, SV("_IN_PROGRESS"));
}

static enum err_code verdict(const struct watch *w, struct err *err)
{
    struct sv s = sv_of(w->status);

    if (sv_ends(s, SV("_COMPLETE")) && sv_find(s, SV("ROLLBACK")) < 0)
        return ERR_OK;
    if (w->failure[0] != '\0')
        return err_set(err, ERR_FAILED, "stack " SV_FMT " is %s. %s",
                       SV_ARG(sv_take(w->place->name, 128)), w->status, w->failure);
    return err_set(err, ERR_FAILED, "stack " SV_FMT " is %s", SV_ARG(sv_take(w->place->name, 128)),
                   w->status);
}

enum err_code stack_watch(struct task *task, struct job *job, const struct stack_place *place,
                          struct sv stack_id, struct sv after, struct err *err)
{
    struct watch w = {.task = task, .job = job, .place = place, .stack_id = stack_id};
    int64_t pause_ms = PAUSE_LEAST_MS;
    enum err_code rc = ERR_OK;

    copy(w.seen, sizeof w.seen, after);
    while (!rc) {
        rc = read_new(&w, err);
        if (rc || rests(w.status))
            break;
        if (place->deploy->no_wait)
            return err_set(err, ERR_PENDING, "stack " SV_FMT " goes on by itself at AWS",
                           SV_ARG(sv_take(place->name, 128)));
        pause_ms = w.told > 0 ? PAUSE_LEAST_MS : pause_ms * 3 / 2;
        if (pause_ms > PAUSE_MOST_MS)
            pause_ms = PAUSE_MOST_MS;
        rc = task_sleep(task, pause_ms, err);
    }
    return rc ? rc : verdict(&w, err);
}

static bool ends_stack(const struct stack_event *e)
{
    return is_about_stack(e) && sv_eq(e->status, SV("DELETE_COMPLETE"));
}

enum err_code stack_mark(struct task *task, const struct stack_place *place, struct sv stack_id,
                         char out[STACK_EVENT_ID_SIZE], bool *is_gone, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct stack_event *events;
    size_t count = 0;
    enum err_code rc;

    out[0] = '\0';
    arena_init(&arena, EVENT_ARENA);
    sb_init(&body, 16 * 1024);
    rc = query_add(&body, "StackName", stack_id, err);
    if (!rc)
        rc = deploy_read(task, place->deploy, place->session, OP_DESCRIBE_STACK_EVENTS,
                         sb_sv(&body), &reply, err);
    if (!rc)
        rc = decode_stack_events(reply->xml, &arena, &events, &count, err);
    *is_gone = !rc && count > 0 && ends_stack(&events[0]);
    if (!rc && count > 0)
        copy(out, STACK_EVENT_ID_SIZE, events[0].id);
    return rc;
}
