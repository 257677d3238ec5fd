/* Reading one stack: what AWS tells of it now, and of its events those that are new. */
#include "core/aws/query.h"
#include "core/base/mem.h"
#include "core/model/stack_word.h"
#include "core/operate/reach.h"
#include "core/operate/stack_page.h"

enum {
    TEXTS_MAX = 64 << 20,
    BODY_MAX = 64 * 1024,
    TOKEN_SIZE = 4096,
    EVENT_PAGES_MAX = 50,
    SETS_DESCRIBED = 5,
    DRIFT_POLL_MS = 1000,
    DRIFT_POLLS_MAX = 900
};

#define DETECTS SV("DETECTION_IN_PROGRESS")

struct look {
    struct task *task;
    struct deploy *deploy;
    const struct operand *what;
    struct aws_session *session;
    struct arena arena;
    struct stack_page page;
    struct stack_page before; /* as the cache has it */
    char note[300];
};

/* ---- the stack ---- */

static enum err_code ask(struct look *l, enum op op, const struct sb *body,
                         const struct aws_reply **reply, struct err *err)
{
    return deploy_read(l->task, l->deploy, l->session, op, sb_sv(body), reply, err);
}

static enum err_code name_stack(const struct look *l, struct sb *body, struct err *err)
{
    struct sv id = l->page.stack.id;

    sb_init(body, BODY_MAX);
    return query_add(body, "StackName", id.len > 0 ? id : l->what->stack, err);
}

static enum err_code not_there(const struct look *l, struct err *err)
{
    struct sv name = stack_name_of(l->what->stack);

    return err_set(
        err, ERR_NOT_FOUND, "there is no stack " SV_FMT " in account " SV_FMT ", " SV_FMT,
        SV_ARG(sv_take(name, 128)), SV_ARG(l->what->id.account), SV_ARG(l->what->id.region));
}

static enum err_code read_stack(struct look *l, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct stack *stacks;
    struct err why = {0};
    size_t count = 0;
    enum err_code rc = name_stack(l, &body, err);

    if (rc)
        return rc;
    rc = ask(l, OP_DESCRIBE_STACKS, &body, &reply, &why);
    if (!rc)
        rc = decode_stacks(reply->xml, &l->arena, &stacks, &count, &why);
    if (rc == ERR_NOT_FOUND || (!rc && count == 0))
        return not_there(l, err);
    if (rc)
        return err_set(err, rc, "%s", why.text);
    l->page.stack = stacks[0];
    return ERR_OK;
}

static enum err_code take_resources(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct look *l = owner;
    struct stack_resource *rows;
    size_t count = 0;
    enum err_code rc = decode_stack_resources(reply->xml, &l->arena, &rows, &count, err);

    for (size_t i = 0; i < count && l->page.resource_count < STACK_PAGE_RESOURCES && !rc; i++)
        l->page.resources[l->page.resource_count++] = rows[i];
    return rc;
}

static enum err_code read_resources(struct look *l, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    enum err_code rc = name_stack(l, &body, err);

    l->page.resources = arena_alloc(&l->arena, STACK_PAGE_RESOURCES, sizeof *l->page.resources);
    if (l->page.resources == NULL)
        return arena_err(&l->arena, err);
    l->deploy->calls++;
    return rc ? rc
              : aws_await_pages(l->task, l->session, OP_LIST_STACK_RESOURCES, sb_sv(&body),
                                take_resources, l, err);
}

/* ---- events ---- */

static bool begins(const struct look *l, const struct stack_event *e)
{
    return sv_eq(e->type, SV("AWS::CloudFormation::Stack")) &&
           sv_eq(e->physical, l->page.stack.id) && sv_eq(e->reason, SV("User Initiated"));
}

/* Up to those that are known, else to the end of the page in which the last operation began. */
struct events {
    bool is_known; /* the newest of the ones before was met */
    bool has_begun;
};

static void take_events(struct look *l, struct events *x, const struct stack_event *rows,
                        size_t count)
{
    struct stack_page *page = &l->page;

    for (size_t i = 0; i < count && !x->is_known; i++) {
        x->is_known = l->before.event_count > 0 && sv_eq(rows[i].id, l->before.events[0].id);
        if (x->is_known)
            return;
        x->has_begun = x->has_begun || begins(l, &rows[i]);
        if (page->event_count < STACK_PAGE_EVENTS)
            page->events[page->event_count++] = rows[i];
    }
}

static enum err_code read_event_page(struct look *l, struct events *x, char token[TOKEN_SIZE],
                                     struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct stack_event *rows;
    size_t count;
    enum err_code rc = name_stack(l, &body, err);

    if (!rc)
        rc = query_add(&body, "NextToken", sv_of(token), err);
    if (!rc)
        rc = ask(l, OP_DESCRIBE_STACK_EVENTS, &body, &reply, err);
    if (!rc)
        rc = decode_stack_events(reply->xml, &l->arena, &rows, &count, err);
    if (rc)
        return rc;
    take_events(l, x, rows, count);
    (void)snprintf(token, TOKEN_SIZE, SV_FMT,
                   SV_ARG(sv_take(xml_text(reply->xml, "NextToken"), TOKEN_SIZE - 1)));
    return ERR_OK;
}

static enum err_code read_events(struct look *l, struct err *err)
{
    char *token = arena_alloc(&l->arena, 1, TOKEN_SIZE);
    struct events x = {0};
    enum err_code rc = ERR_OK;

    l->page.events = arena_alloc(&l->arena, STACK_PAGE_EVENTS, sizeof *l->page.events);
    if (token == NULL || l->page.events == NULL)
        return arena_err(&l->arena, err);
    for (int page = 0; page < EVENT_PAGES_MAX && !rc; page++) {
        rc = read_event_page(l, &x, token, err);
        if (token[0] == '\0' || x.is_known || (l->before.event_count == 0 && x.has_begun) ||
            l->page.event_count == STACK_PAGE_EVENTS)
            break;
    }
    /* Those before follow only where nothing is missing in between. */
    for (size_t i = 0; x.is_known && i < l->before.event_count; i++) {
        if (l->page.event_count < STACK_PAGE_EVENTS)
            l->page.events[l->page.event_count++] = l->before.events[i];
    }
    return rc;
}

/* ---- change sets and drift ---- */

static enum err_code take_sets(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct look *l = owner;
    struct change_set *rows;
    size_t count = 0;
    enum err_code rc = decode_change_sets(reply->xml, &l->arena, &rows, &count, err);

    for (size_t i = 0; i < count && l->page.set_count < STACK_PAGE_SETS && !rc; i++)
        l->page.sets[l->page.set_count++] = rows[i];
    return rc;
}

/* Its first page of changes: what a person wants to know before it is executed. */
static enum err_code describe_set(struct look *l, struct change_set *set, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct change_set whole;
    struct err why = {0};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "ChangeSetName", set->id, err);
    if (rc)
        return rc;
    rc = ask(l, OP_DESCRIBE_CHANGE_SET, &body, &reply, &why);
    if (!rc)
        rc = decode_change_set(reply->xml, &l->arena, &whole, &why);
    if (rc == ERR_NOT_FOUND) /* executed or deleted meanwhile */
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    set->changes = whole.changes;
    set->change_count = whole.change_count;
    return ERR_OK;
}

static enum err_code read_sets(struct look *l, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    enum err_code rc = name_stack(l, &body, err);

    l->page.sets = arena_alloc(&l->arena, STACK_PAGE_SETS, sizeof *l->page.sets);
    if (l->page.sets == NULL)
        return arena_err(&l->arena, err);
    l->deploy->calls++;
    if (!rc)
        rc = aws_await_pages(l->task, l->session, OP_LIST_CHANGE_SETS, sb_sv(&body), take_sets, l,
                             err);
    for (size_t i = 0; i < l->page.set_count && i < SETS_DESCRIBED && !rc; i++)
        rc = describe_set(l, &l->page.sets[i], err);
    return rc;
}

static enum err_code take_drifts(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct look *l = owner;
    struct resource_drift *rows;
    size_t count = 0;
    enum err_code rc = decode_resource_drifts(reply->xml, &l->arena, &rows, &count, err);

    for (size_t i = 0; i < count && l->page.drift_count < STACK_PAGE_DRIFTS && !rc; i++) {
        if (stack_word_has_drifted(rows[i].status))
            l->page.drifts[l->page.drift_count++] = rows[i];
    }
    return rc;
}

static enum err_code read_drifts(struct look *l, struct err *err)
{
    static const char filter[] = "StackResourceDriftStatusFilters.member";
    CLEANUP(sb_release) struct sb body;
    enum err_code rc = name_stack(l, &body, err);

    l->page.drifts = arena_alloc(&l->arena, STACK_PAGE_DRIFTS, sizeof *l->page.drifts);
    if (l->page.drifts == NULL)
        return arena_err(&l->arena, err);
    if (!rc)
        rc = query_add_member(&body, filter, 1, NULL, SV("MODIFIED"), err);
    if (!rc)
        rc = query_add_member(&body, filter, 2, NULL, SV("DELETED"), err);
    l->deploy->calls++;
    return rc ? rc
              : aws_await_pages(l->task, l->session, OP_DESCRIBE_STACK_RESOURCE_DRIFTS,
                                sb_sv(&body), take_drifts, l, err);
}

/* ---- all of it ---- */

/* A part that AWS does not tell hides no other; the page says what is missing. */
static enum err_code read_part(struct look *l, const char *part,
                               enum err_code (*fn)(struct look *, struct err *), struct err *err)
{
    struct err why = {0};
    enum err_code rc = fn(l, &why);

    if (rc != ERR_DENIED && rc != ERR_FAILED)
        return rc ? err_set(err, rc, "%s", why.text) : rc;
    if (l->note[0] == '\0')
        (void)snprintf(l->note, sizeof l->note, "%s: %.250s", part, why.text);
    return ERR_OK;
}

static enum err_code read_parts(struct look *l, struct err *err)
{
    bool is_gone = sv_eq(l->page.stack.status, SV("DELETE_COMPLETE"));
    enum err_code rc = read_part(l, "resources", read_resources, err);

    if (!rc)
        rc = read_part(l, "events", read_events, err);
    if (!rc && !is_gone)
        rc = read_part(l, "change sets", read_sets, err);
    if (!rc && stack_word_has_drifted(l->page.stack.drift))
        rc = read_part(l, "drift", read_drifts, err);
    l->page.note = sv_of(l->note);
    return rc;
}

static void forget(struct look *l)
{
    arena_release(&l->arena);
    mem_free(l);
}

/* Reached, with what the cache has of it. */
static enum err_code begin(struct task *task, struct deploy *deploy, const struct operand *what,
                           struct look **out, struct err *err)
{
    struct look *l = mem_alloc(sizeof *l);
    int64_t read_at;
    enum err_code rc;

    if (l == NULL)
        return mem_err(err);
    *l = (struct look){.task = task, .deploy = deploy, .what = what};
    arena_init(&l->arena, TEXTS_MAX);
    rc = what->stack.len == 0
             ? err_set(err, ERR_USAGE, "no stack is chosen: K on a pipeline lists its stacks")
             : reach_place(task, deploy, NULL, what->id.account, what->id.region, &l->session, NULL,
                           err);
    if (rc) {
        forget(l);
        return rc;
    }
    if (stack_page_get(deploy->cache, what, &l->arena, &l->before, &read_at, NULL))
        l->before = (struct stack_page){.event_count = 0};
    *out = l;
    return ERR_OK;
}

/* Another stack of that name has events of its own. */
static enum err_code read_all(struct look *l, struct err *err)
{
    enum err_code rc;

    l->page = (struct stack_page){.detection = l->page.detection};
    rc = read_stack(l, err);
    if (rc)
        return rc;
    if (!sv_eq(l->before.stack.id, l->page.stack.id))
        l->before = (struct stack_page){.event_count = 0};
    rc = read_parts(l, err);
    if (!rc)
        rc = stack_page_put(l->deploy->cache, l->what, &l->page, err);
    l->before = l->page;
    return rc;
}

/* ---- drift ---- */

static enum err_code poll(struct look *l, struct sv id, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackDriftDetectionId", id, err);
    if (!rc)
        rc = ask(l, OP_DESCRIBE_STACK_DRIFT_DETECTION, &body, &reply, err);
    return rc ? rc : decode_drift_detection(reply->xml, &l->arena, &l->page.detection, err);
}

/* A detection that is under way was begun by an errand or a verb, which may have ended since. */
enum err_code stack_read(struct task *task, struct deploy *deploy, const struct operand *what,
                         struct err *err)
{
    struct look *l = NULL;
    enum err_code rc = begin(task, deploy, what, &l, err);

    if (rc || l == NULL)
        return rc;
    l->page.detection = l->before.detection;
    if (sv_eq(l->page.detection.status, DETECTS) && poll(l, l->before.detection.id, NULL))
        l->page.detection = (struct drift_detection){.status = SV("")};
    rc = read_all(l, err);
    forget(l);
    return rc;
}

static enum err_code begin_detection(struct look *l, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackName", l->what->stack, err);
    if (!rc)
        rc = ask(l, OP_DETECT_STACK_DRIFT, &body, &reply, err);
    if (!rc)
        rc = decode_drift_detection(reply->xml, &l->arena, &l->page.detection, err);
    l->page.detection.status = DETECTS;
    return rc;
}

static bool is_under_way(const struct err *why)
{
    return sv_find(sv_of(why->text), SV("already in progress")) >= 0;
}

/* One that somebody else began is followed where the page has its id. AWS tells that id to nobody
 * else: then ours begins when that one has ended. */
static enum err_code find_detection(struct look *l, struct err *err)
{
    struct sv known = l->before.detection.id;
    struct err why = {0};
    enum err_code rc = begin_detection(l, &why);

    for (int i = 0; rc && is_under_way(&why) && i < DRIFT_POLLS_MAX; i++) {
        if (known.len > 0 && poll(l, known, NULL) == ERR_OK &&
            sv_eq(l->page.detection.status, DETECTS))
            return ERR_OK;
        rc = task_sleep(l->task, DRIFT_POLL_MS, err);
        if (rc)
            return rc;
        rc = begin_detection(l, &why);
    }
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* The page tells how far it is: what drifted so far is all that AWS says of that. */
static enum err_code await_detection(struct look *l, struct err *err)
{
    struct sv id = l->page.detection.id;
    int64_t told = 0;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < DRIFT_POLLS_MAX && !rc; i++) {
        rc = poll(l, id, err);
        if (rc || !sv_eq(l->page.detection.status, DETECTS))
            return rc;
        if (l->page.detection.drifted != told)
            rc = stack_page_put(l->deploy->cache, l->what, &l->page, err);
        told = l->page.detection.drifted;
        if (!rc)
            rc = task_sleep(l->task, i < 5 ? DRIFT_POLL_MS / 4 : DRIFT_POLL_MS, err);
    }
    return rc ? rc : err_set(err, ERR_TIMEOUT, "AWS does not finish looking for drift");
}

enum err_code stack_drift_read(struct task *task, struct deploy *deploy, const struct operand *what,
                               struct err *err)
{
    struct look *l = NULL;
    enum err_code rc = begin(task, deploy, what, &l, err);

    if (rc || l == NULL)
        return rc;
    rc = find_detection(l, err);
    if (!rc)
        rc = read_all(l, err);
    if (!rc)
        rc = await_detection(l, err);
    if (!rc)
        rc = read_all(l, err);
    if (!rc && sv_eq(l->page.detection.status, SV("DETECTION_FAILED")))
        rc = err_set(err, ERR_FAILED, "AWS could not look for all drift: " SV_FMT,
                     SV_ARG(sv_take(l->page.detection.reason, 400)));
    forget(l);
    return rc;
}
