#include "core/operate/stack_page.h"

#include "core/aws/shape.h"
#include "core/base/time.h"
#include "core/model/masking.h"
#include "core/model/stack_word.h"

struct writing {
    struct jw *w;
    bool is_document;
};

/* ---- out ---- */

static void put_time(const struct writing *o, const char *name, int64_t ms)
{
    if (o->is_document)
        jw_put_epoch(o->w, name, ms);
    else
        jw_put_time(o->w, name, ms);
}

enum { TEXT_SHOWN = 600, MASKED_MAX = 8192 };

/* What AWS wrote, as long as a page can bear, without what looks like a secret. */
static void put_text(const struct writing *o, const char *name, struct sv text)
{
    CLEANUP(sb_release) struct sb masked;
    struct masking m = {0};

    sb_init(&masked, MASKED_MAX);
    if (text.len > 0 && mask_text(&m, sv_take(text, TEXT_SHOWN), &masked, NULL))
        sb_clear(&masked);
    jw_put_sv(o->w, name, masked.len > 0 ? sb_sv(&masked) : SV(""));
}

/* Its name tells as much as the value itself: "DbPassword". */
static void put_value(const struct writing *o, const char *name, struct sv key, struct sv value)
{
    CLEANUP(sb_release) struct sb pair;
    CLEANUP(sb_release) struct sb masked;
    struct masking m = {0};
    struct sv shown = SV("***");

    sb_init(&pair, MASKED_MAX);
    sb_init(&masked, MASKED_MAX);
    if (sb_addf(&pair, NULL, SV_FMT "=" SV_FMT, SV_ARG(sv_take(key, 255)),
                SV_ARG(sv_take(value, TEXT_SHOWN))) == ERR_OK &&
        mask_text(&m, sb_sv(&pair), &masked, NULL) == ERR_OK &&
        sv_starts(sb_sv(&masked), sv_take(key, 255)))
        shown = sv_drop(sb_sv(&masked), sv_take(key, 255).len + 1);
    jw_put_sv(o->w, name, value.len > 0 ? shown : SV(""));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_pairs(const struct writing *o, const char *name, const struct tag *pairs,
                      size_t count)
{
    jw_name(o->w, name);
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(count, STACK_PAGE_PAIRS); i++) {
        jw_open(o->w, '{');
        put_text(o, "key", pairs[i].key);
        put_value(o, "value", pairs[i].key, pairs[i].value);
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_resources(const struct writing *o, const struct stack_page *page)
{
    jw_name(o->w, "resources");
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(page->resource_count, STACK_PAGE_RESOURCES); i++) {
        const struct stack_resource *r = &page->resources[i];

        jw_open(o->w, '{');
        put_text(o, "logical", r->logical);
        put_text(o, "physical", r->physical);
        put_text(o, "type", r->type);
        put_text(o, "status", r->status);
        put_text(o, "reason", r->reason);
        put_text(o, "drift", r->drift);
        put_time(o, "updated", r->updated_at);
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_events(const struct writing *o, const struct stack_page *page)
{
    jw_name(o->w, "events");
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(page->event_count, STACK_PAGE_EVENTS); i++) {
        const struct stack_event *e = &page->events[i];

        jw_open(o->w, '{');
        put_text(o, "id", e->id);
        put_time(o, "at", e->at_ms);
        put_text(o, "logical", e->logical);
        put_text(o, "physical", e->physical);
        put_text(o, "type", e->type);
        put_text(o, "status", e->status);
        put_text(o, "reason", e->reason);
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_changes(const struct writing *o, const struct change_set *set)
{
    jw_name(o->w, "changes");
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(set->change_count, STACK_PAGE_CHANGES); i++) {
        const struct stack_change *c = &set->changes[i];

        jw_open(o->w, '{');
        put_text(o, "logical", c->logical);
        put_text(o, "action", c->action);
        put_text(o, "physical", c->physical);
        put_text(o, "type", c->type);
        put_text(o, "replacement", c->replacement);
        put_text(o, "details", sv_take(c->details, 300));
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_sets(const struct writing *o, const struct stack_page *page)
{
    jw_name(o->w, "change_sets");
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(page->set_count, STACK_PAGE_SETS); i++) {
        const struct change_set *s = &page->sets[i];

        jw_open(o->w, '{');
        put_text(o, "id", s->id);
        put_text(o, "name", s->name);
        put_text(o, "status", s->status);
        put_text(o, "reason", s->reason);
        put_text(o, "execution", s->execution_status);
        put_text(o, "description", s->description);
        put_time(o, "created", s->created_at);
        put_changes(o, s);
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_drifts(const struct writing *o, const struct stack_page *page)
{
    jw_name(o->w, "drifts");
    jw_open(o->w, '[');
    for (size_t i = 0; i < least(page->drift_count, STACK_PAGE_DRIFTS); i++) {
        const struct resource_drift *d = &page->drifts[i];

        jw_open(o->w, '{');
        put_text(o, "logical", d->logical);
        put_text(o, "physical", d->physical);
        put_text(o, "type", d->type);
        put_text(o, "status", d->status);
        put_time(o, "at", d->at_ms);
        jw_name(o->w, "differences");
        jw_open(o->w, '[');
        for (size_t k = 0; k < least(d->difference_count, STACK_PAGE_DIFFERENCES); k++) {
            jw_open(o->w, '{');
            put_text(o, "path", sv_take(d->differences[k].path, 200));
            put_text(o, "kind", d->differences[k].kind);
            put_value(o, "expected", d->differences[k].path,
                      sv_take(d->differences[k].expected, 300));
            put_value(o, "actual", d->differences[k].path, sv_take(d->differences[k].actual, 300));
            jw_close(o->w, '}');
        }
        jw_close(o->w, ']');
        jw_close(o->w, '}');
    }
    jw_close(o->w, ']');
}

static void put_detection(const struct writing *o, const struct drift_detection *d)
{
    jw_name(o->w, "detection");
    jw_open(o->w, '{');
    put_text(o, "id", d->id);
    put_text(o, "status", d->status);
    put_text(o, "reason", d->reason);
    jw_put_int(o->w, "drifted", d->drifted);
    put_time(o, "at", d->at_ms);
    jw_close(o->w, '}');
}

void stack_page_json(struct jw *w, const struct stack_page *page, bool is_document)
{
    const struct writing o = {w, is_document};
    const struct stack *s = &page->stack;

    jw_put_int(w, "schema", 1);
    put_text(&o, "name", s->name);
    put_text(&o, "id", s->id);
    put_text(&o, "status", s->status);
    put_text(&o, "reason", s->reason);
    put_text(&o, "description", s->description);
    put_text(&o, "role", s->role_arn);
    put_text(&o, "parent", s->parent_id);
    put_time(&o, "created", s->created_at);
    put_time(&o, "updated", s->updated_at);
    jw_put_bool(w, "is_protected", s->is_protected);
    put_text(&o, "drift", s->drift);
    put_time(&o, "drift_checked", s->drift_at);
    put_text(&o, "note", page->note);
    put_pairs(&o, "parameters", s->parameters, s->parameter_count);
    put_pairs(&o, "outputs", s->outputs, s->output_count);
    put_pairs(&o, "tags", s->tags, s->tag_count);
    put_resources(&o, page);
    put_events(&o, page);
    put_sets(&o, page);
    put_detection(&o, &page->detection);
    put_drifts(&o, page);
}

/* ---- in ---- */

/* clang-format off */
static const struct shape_member pair_members[] = {
    MEMBER(tag, "key",   TEXT, key),
    MEMBER(tag, "value", TEXT, value),
};
static const struct shape pair_shape = {
    .noun = "pair", MEMBERS(pair_members), .size = sizeof(struct tag), .cap = STACK_PAGE_PAIRS,
};
static const struct shape_member resource_members[] = {
    MEMBER(stack_resource, "logical",  TEXT, logical),
    MEMBER(stack_resource, "physical", TEXT, physical),
    MEMBER(stack_resource, "type",     TEXT, type),
    MEMBER(stack_resource, "status",   TEXT, status),
    MEMBER(stack_resource, "reason",   TEXT, reason),
    MEMBER(stack_resource, "drift",    TEXT, drift),
    MEMBER(stack_resource, "updated",  TIME, updated_at),
};
static const struct shape resource_shape = {
    .noun = "resource", MEMBERS(resource_members), .size = sizeof(struct stack_resource),
    .cap = STACK_PAGE_RESOURCES, .has_key = true,
};
static const struct shape_member event_members[] = {
    MEMBER(stack_event, "id",       TEXT, id),
    MEMBER(stack_event, "at",       TIME, at_ms),
    MEMBER(stack_event, "logical",  TEXT, logical),
    MEMBER(stack_event, "physical", TEXT, physical),
    MEMBER(stack_event, "type",     TEXT, type),
    MEMBER(stack_event, "status",   TEXT, status),
    MEMBER(stack_event, "reason",   TEXT, reason),
};
static const struct shape event_shape = {
    .noun = "event", MEMBERS(event_members), .size = sizeof(struct stack_event),
    .cap = STACK_PAGE_EVENTS, .has_key = true,
};
static const struct shape_member change_members[] = {
    MEMBER(stack_change, "logical",     TEXT, logical),
    MEMBER(stack_change, "action",      TEXT, action),
    MEMBER(stack_change, "physical",    TEXT, physical),
    MEMBER(stack_change, "type",        TEXT, type),
    MEMBER(stack_change, "replacement", TEXT, replacement),
    MEMBER(stack_change, "details",     TEXT, details),
};
static const struct shape change_shape = {
    .noun = "change", MEMBERS(change_members), .size = sizeof(struct stack_change),
    .cap = STACK_PAGE_CHANGES, .has_key = true,
};
static const struct shape_member set_members[] = {
    MEMBER(change_set, "id",          TEXT, id),
    MEMBER(change_set, "name",        TEXT, name),
    MEMBER(change_set, "status",      TEXT, status),
    MEMBER(change_set, "reason",      TEXT, reason),
    MEMBER(change_set, "execution",   TEXT, execution_status),
    MEMBER(change_set, "description", TEXT, description),
    MEMBER(change_set, "created",     TIME, created_at),
    LIST(change_set, "changes", changes, change_count, change_shape),
};
static const struct shape set_shape = {
    .noun = "change set", MEMBERS(set_members), .size = sizeof(struct change_set),
    .cap = STACK_PAGE_SETS, .has_key = true,
};
static const struct shape_member difference_members[] = {
    MEMBER(drift_difference, "path",     TEXT, path),
    MEMBER(drift_difference, "kind",     TEXT, kind),
    MEMBER(drift_difference, "expected", TEXT, expected),
    MEMBER(drift_difference, "actual",   TEXT, actual),
};
static const struct shape difference_shape = {
    .noun = "difference", MEMBERS(difference_members), .size = sizeof(struct drift_difference),
    .cap = STACK_PAGE_DIFFERENCES,
};
static const struct shape_member drift_members[] = {
    MEMBER(resource_drift, "logical",  TEXT, logical),
    MEMBER(resource_drift, "physical", TEXT, physical),
    MEMBER(resource_drift, "type",     TEXT, type),
    MEMBER(resource_drift, "status",   TEXT, status),
    MEMBER(resource_drift, "at",       TIME, at_ms),
    LIST(resource_drift, "differences", differences, difference_count, difference_shape),
};
static const struct shape drift_shape = {
    .noun = "drift", MEMBERS(drift_members), .size = sizeof(struct resource_drift),
    .cap = STACK_PAGE_DRIFTS, .has_key = true,
};
static const struct shape_member detection_members[] = {
    MEMBER(stack_page, "id",      TEXT, detection.id),
    MEMBER(stack_page, "status",  TEXT, detection.status),
    MEMBER(stack_page, "reason",  TEXT, detection.reason),
    MEMBER(stack_page, "drifted", INT,  detection.drifted),
    MEMBER(stack_page, "at",      TIME, detection.at_ms),
};
static const struct shape detection_shape = {.noun = "detection", MEMBERS(detection_members)};
static const struct shape_member page_members[] = {
    MEMBER(stack_page, "name",          TEXT, stack.name),
    MEMBER(stack_page, "id",            TEXT, stack.id),
    MEMBER(stack_page, "status",        TEXT, stack.status),
    MEMBER(stack_page, "reason",        TEXT, stack.reason),
    MEMBER(stack_page, "description",   TEXT, stack.description),
    MEMBER(stack_page, "role",          TEXT, stack.role_arn),
    MEMBER(stack_page, "parent",        TEXT, stack.parent_id),
    MEMBER(stack_page, "created",       TIME, stack.created_at),
    MEMBER(stack_page, "updated",       TIME, stack.updated_at),
    MEMBER(stack_page, "is_protected",  BOOL, stack.is_protected),
    MEMBER(stack_page, "drift",         TEXT, stack.drift),
    MEMBER(stack_page, "drift_checked", TIME, stack.drift_at),
    MEMBER(stack_page, "note",          TEXT, note),
    LIST(stack_page, "parameters",  stack.parameters, stack.parameter_count, pair_shape),
    LIST(stack_page, "outputs",     stack.outputs,    stack.output_count,    pair_shape),
    LIST(stack_page, "tags",        stack.tags,       stack.tag_count,       pair_shape),
    LIST(stack_page, "resources",   resources,        resource_count,        resource_shape),
    LIST(stack_page, "events",      events,           event_count,           event_shape),
    LIST(stack_page, "change_sets", sets,             set_count,             set_shape),
    LIST(stack_page, "drifts",      drifts,           drift_count,           drift_shape),
    INSIDE("detection", detection_shape),
};
static const struct shape page_shape = {
    .noun = "stack", MEMBERS(page_members), .has_key = true,
};
/* clang-format on */

static struct document_id id_of(const struct operand *what)
{
    return (struct document_id){.kind = DOCUMENT_STACK,
                                .partition = what->id.partition,
                                .account = what->id.account,
                                .region = what->id.region,
                                .key = what->stack};
}

static enum err_code get(struct cache *cache, const struct document_id *id, struct arena *arena,
                         struct stack_page *out, int64_t *read_at, struct err *err)
{
    struct sv text;
    cJSON *json;
    enum err_code rc = cache_get_document(cache, id, arena, &text, read_at, err);

    if (!rc)
        rc = json_parse(text, &json, err);
    if (rc)
        return rc;
    rc = shape_object(&page_shape, json, out, arena, err);
    cJSON_Delete(json);
    return rc;
}

/* What a failure's card has read is kept by name. */
static enum err_code get_by_name(struct cache *cache, const struct operand *what,
                                 struct arena *arena, struct stack_page *out, int64_t *read_at)
{
    struct document_id id = id_of(what);

    id.key = stack_name_of(what->stack);
    if (sv_eq(id.key, what->stack) || get(cache, &id, arena, out, read_at, NULL))
        return ERR_NOT_FOUND;
    return sv_eq(out->stack.id, what->stack) ? ERR_OK : ERR_NOT_FOUND;
}

enum err_code stack_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                             struct stack_page *out, int64_t *read_at, struct err *err)
{
    const struct document_id id = id_of(what);
    struct stack_page made = {0};
    struct stack_page named = {0};
    struct err why = {0};
    enum err_code rc = get(cache, &id, arena, &made, read_at, &why);

    if (rc == ERR_NOT_FOUND && !get_by_name(cache, what, arena, &named, read_at)) {
        *out = named;
        return ERR_OK;
    }
    if (rc)
        return err_set(err, rc, "%s", why.text);
    *out = made;
    return ERR_OK;
}

enum err_code stack_page_put(struct cache *cache, const struct operand *what,
                             const struct stack_page *page, struct err *err)
{
    const struct document_id id = id_of(what);
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    stack_page_json(&w, page, true);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : cache_put_document(cache, &id, sb_sv(&json), time_wall_ms(), err);
}

/* ---- questions ---- */

struct sv stack_name_of(struct sv name_or_arn)
{
    struct sv rest = name_or_arn;

    if (!sv_starts(name_or_arn, SV("arn:")))
        return name_or_arn;
    (void)sv_cut(rest, '/', &rest);
    return rest.len == 0 ? name_or_arn : sv_cut(rest, '/', &rest);
}

bool stack_page_is_busy(const struct stack_page *page)
{
    return stack_word_is_busy(page->stack.status) ||
           sv_eq(page->detection.status, SV("DETECTION_IN_PROGRESS"));
}

static bool is_about_stack(const struct stack_page *page, const struct stack_event *e)
{
    return sv_eq(e->type, SV("AWS::CloudFormation::Stack")) && sv_eq(e->physical, page->stack.id);
}

const struct stack_event *stack_page_failure(const struct stack_page *page)
{
    const struct stack_event *first = NULL;

    for (size_t i = 0; i < page->event_count; i++) {
        const struct stack_event *e = &page->events[i];

        if (is_about_stack(page, e) && sv_eq(e->reason, SV("User Initiated")))
            break;
        if (sv_ends(e->status, SV("_FAILED")) && !is_about_stack(page, e) &&
            sv_find(e->reason, SV("cancelled")) < 0)
            first = e;
    }
    return first;
}
